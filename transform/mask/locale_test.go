package mask

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// What every locale's file has to bring.
func TestLocales(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"de", "en", "es", "fr"} {
		if !slices.Contains(Locales(), code) {
			t.Fatalf("%q", Locales())
		}
	}
	for _, code := range Locales() {
		l := findLocale(code)
		if n := len(l.male) + len(l.female); n < 300 || len(l.male) < 140 || len(l.female) < 140 {
			t.Errorf("%s: %d first names", code, n)
		}
		if len(l.last) < 400 || len(l.places) < 200 || len(l.streets) < 80 || len(l.company) < 5 || len(l.jobs) < 40 {
			t.Errorf("%s: %d last names, %d cities, %d streets, %d legal forms, %d jobs", code, len(l.last), len(l.places), len(l.streets), len(l.company), len(l.jobs))
		}
		for _, list := range [][]string{l.male, l.female, l.last, l.streets, l.company, l.jobs, l.prefixes[:], l.sexes[:], l.country[:]} {
			for _, s := range list {
				if s == "" || strings.TrimSpace(s) != s || !isASCII(transliterate(s)) || slug(transliterate(s)) == "" {
					t.Errorf("%s: label %q", code, s)
				}
				for _, r := range transliterate(s) {
					if r < ' ' {
						t.Errorf("%s: label %q", code, s)
					}
				}
				// Nothing may be lost on the way to ASCII but marks.
				if letters(transliterate(s)) < letters(s) {
					t.Errorf("%s: %q in ASCII is %q", code, s, transliterate(s))
				}
			}
		}
		seen := map[string]bool{}
		for _, p := range l.places {
			if seen[p.name+p.region] {
				t.Errorf("%s: %s twice", code, p.name)
			}
			seen[p.name+p.region] = true
			if !regexp.MustCompile(`^\d\d\d?$`).MatchString(p.postal) || len(p.postal) >= len(l.postal) || p.lat == 0 || p.lon == 0 {
				t.Errorf("%s: %v", code, p)
			}
		}
		text, err := os.ReadFile(filepath.Join("locales", code+".txt"))
		if err != nil || !strings.Contains(string(text[:800]), "licence") {
			t.Errorf("%s: the file does not tell its source and licence (%v)", code, err)
		}
	}
}

func letters(s string) (n int) {
	for _, r := range s {
		if unicode.IsLetter(r) && r != 'ª' && r != 'º' {
			n++
		}
	}
	return n
}

func TestParseLocaleErrors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"nonsense x":                             "line 1: no setting",
		"language X\n\n== cities\nA":             "line 4: no section cities",
		"== region\nA":                           "line 2: no region",
		"== city\nA|B|1|2|3":                     "line 2: no city of a known region",
		"== region\nB|Bb\n== city\nA|B|1|x|3":    "line 4: no coordinates",
		"phone 030 123":                          "line 1: no setting",
		"prefix x Mx":                            "line 1: no setting",
		"language X\n== male\nA\n== female\nB\n": "a section is missing",
	} {
		if _, err := parseLocale("xx", text); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// A subject's person and address agree with each other, in every locale and
// without one.
func TestLinkedRecords(t *testing.T) {
	t.Parallel()
	for _, code := range append(Locales(), "") {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			bind := Binding{Keyed: BySubject, Subject: "public.customers", Locale: code}
			l := findLocale(code)
			text := column("text")
			for i := range 300 {
				subject := fmt.Sprint(i)
				get := func(mask string, p Params) string { return oneOf(t, mask, text, p, bind, "x", subject, "1") }
				first, last, full := get("first_name", nil), get("last_name", nil), get("full_name", nil)
				if full != first+" "+last {
					t.Fatalf("%q is %q %q", full, first, last)
				}
				if mail := get("email", nil); !strings.HasPrefix(mail, slug(transliterate(first))+"."+slug(transliterate(last))+".") {
					t.Fatalf("%s has the address %s", full, mail)
				}
				sex, prefix := get("sex", Params{"male": "m", "female": "f"}), get("name_prefix", nil)
				middle := get("middle_name", nil)
				if l != nil {
					for _, name := range []string{first, middle} {
						_, his := slices.BinarySearch(l.male, name)
						_, hers := slices.BinarySearch(l.female, name)
						if sex == "m" && !his || sex == "f" && !hers {
							t.Fatalf("%s %s is %s", first, middle, sex)
						}
					}
					if prefix != l.prefixes[map[string]int{"m": 0, "f": 1}[sex]] {
						t.Fatalf("%s, %s, is addressed %s", full, sex, prefix)
					}
				}
				city, region, code := get("city", nil), get("region", nil), get("region", Params{"form": "code"})
				street, postal, line := get("street", nil), get("postal_code", nil), get("address", nil)
				if !strings.Contains(line, street) || !strings.Contains(line, city) || l != nil && !strings.Contains(line, postal) {
					t.Fatalf("%q, %q, %q in %q", street, city, postal, line)
				}
				lat, lon, point := get("latitude", nil), get("longitude", nil), get("geo_point", nil)
				if point != lat+","+lon {
					t.Fatalf("%s %s is not %s", lat, lon, point)
				}
				near := false
				places := englishLexicon().places
				if l != nil {
					places = l.places
				}
				var y, x float64
				fmt.Sscan(lat, &y)
				fmt.Sscan(lon, &x)
				for _, p := range places {
					if p.name == city && p.regionName == region && p.region == code && math.Abs(p.lat-y) < 0.04 && math.Abs(p.lon-x) < 0.04 && strings.HasPrefix(postal, p.postal) {
						near = true
					}
				}
				if !near {
					t.Fatalf("nothing of the name lies at %s, %s %s, %s, %s", city, region, code, postal, point)
				}
			}
		})
	}
}

// A curve of frequencies draws more labels than there are; a city's region and
// place go with it, and a name's sex.
func TestLinkedRecordsByCurve(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"", "de"} {
		bind := Binding{Keyed: BySubject, Subject: "s", Locale: code, Shapes: map[Class]*Curve{City: zipf(500, 10_000), FirstName: zipf(900, 10_000)}}
		plain := Binding{Keyed: BySubject, Subject: "s", Locale: code}
		lex := (&rule{bind: plain, col: column("text")}).evenLexicon()
		text := column("text")
		for i := range 300 {
			get := func(mask string, p Params) string {
				return oneOf(t, mask, text, p, bind, "x", fmt.Sprint(i), "1")
			}
			city, region, first, sex := get("city", nil), get("region", nil), get("first_name", nil), get("sex", Params{"male": "m", "female": "f"})
			found, fits := false, false
			for _, p := range lex.places {
				found = found || strings.HasPrefix(city, p.name) && p.regionName == region
			}
			for n, name := range lex.first {
				if strings.HasPrefix(first, name) {
					fits = fits || lex.firstSex[n] == either || (lex.firstSex[n] == female) == (sex == "f")
				}
			}
			if !found || !fits {
				t.Fatalf("%q: %s in %s, %s is %s", code, city, region, first, sex)
			}
		}
	}
}

// Letters stay where the encoding holds them.
func TestLocaleEncodings(t *testing.T) {
	t.Parallel()
	bind := Binding{Keyed: BySubject, Subject: "s", Locale: "fr"}
	seen := map[string]map[rune]bool{}
	for _, encoding := range []string{"UTF8", "LATIN1", "WIN1252", "LATIN2", "SQL_ASCII"} {
		c := column("text")
		c.Encoding = encoding
		seen[encoding] = map[rune]bool{}
		for _, mask := range []string{"full_name", "city", "street", "job_title", "region", "company"} {
			m := compileMask(t, mask, c, nil, bind).New()
			for i := range 3000 {
				out, _ := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte(fmt.Sprint(i))})
				for _, r := range string(out) {
					seen[encoding][r] = true
				}
			}
		}
		if holdsE := seen[encoding]['é']; holdsE != (charsetOf(encoding) != asciiOnly) {
			t.Errorf("%s: é %v", encoding, holdsE)
		}
		for r := range seen[encoding] {
			if charsetOf(encoding) == asciiOnly && r >= 0x80 || charsetOf(encoding) == latin1 && r > 0xff {
				t.Errorf("%s: %q", encoding, r)
			}
		}
	}
	for from, to := range map[string]string{"Größe": "Groesse", "Œuvre": "Oeuvre", "Ñuñez": "Nunez", "L'Haÿ": "L'Hay", "日本": ""} {
		if got := transliterate(from); got != to {
			t.Errorf("%s: %s", from, got)
		}
	}
}

func TestLocalForms(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		locale, mask string
		col          Column
		params       Params
		want         string
	}{
		{"de", "phone", column("text"), nil, `\+49(3023125|4066969|6990009|8999998|2214710)\d{3}`},
		{"de", "phone", column("text"), Params{"format": "national"}, `0(3023125|4066969|6990009|8999998|2214710)\d{3}`},
		{"de", "phone", column("text"), Params{"format": "dashed"}, `0(30-23125|40-66969|69-90009|89-99998|221-4710)\d{3}`},
		{"de", "phone", column("int8"), nil, `49\d{10}`},
		{"fr", "phone", column("text"), nil, `\+33(19900|26191|35301|46571|53649|63998)\d{4}`},
		{"fr", "phone", column("text"), Params{"format": "digits"}, `33\d{9}`},
		{"es", "phone", column("text"), Params{"format": "national"}, `4\d{8}`},
		{"en", "phone", column("text"), nil, `\+1\d{3}55501\d\d`},
		{"de", "postal_code", varchar(5), nil, `\d{5}`},
		{"de", "address", column("text"), nil, `\D+ \d{1,3}, \d{5} .+`},
		{"fr", "address", column("text"), nil, `\d{1,3} .+, \d{5} .+`},
		{"es", "address", column("text"), nil, `.+, \d{1,3}, \d{5} .+`},
		{"en", "address", column("text"), nil, `\d{1,4} .+, .+, [A-Z]{2} \d{5}`},
		{"de", "country", column("text"), nil, `Deutschland`},
		{"es", "country", varchar(2), nil, `ES`},
		{"fr", "country", varchar(3), nil, `FRA`},
		{"", "country", column("text"), nil, `United States`},
		{"de", "sex", column("text"), nil, `männlich|weiblich`},
		{"de", "sex", varchar(1), nil, `m|w`},
		{"de", "national_id", column("text"), nil, `0\d( \d{3}){3}`},
		{"es", "national_id", column("text"), nil, `9\d{7}-[A-Z]`},
		{"fr", "iban", column("text"), nil, `FR\d\d00000\d{18}`},
		{"en", "iban", column("text"), nil, `XX\d{20}`},
		{"de", "company", column("text"), nil, `\p{Lu}.+-\p{Lu}.+ .+`},
		{"fr", "geo_point", column("point"), nil, `\(-?\d+(\.\d+)?,[45]\d(\.\d+)?\)`},
	} {
		for i := range 50 {
			bind := Binding{Keyed: Find(tc.mask).Keyed[0], Subject: "s", Locale: tc.locale}
			got := oneOf(t, tc.mask, tc.col, tc.params, bind, "1", fmt.Sprint(i), "1")
			if !regexp.MustCompile(`^(?:` + tc.want + `)$`).MatchString(got) {
				t.Errorf("%s %s %v: %q", tc.locale, tc.mask, tc.params, got)
			}
			if tc.col.MaxChars > 0 && charsIn(got) > tc.col.MaxChars {
				t.Errorf("%s %s: %q is too long", tc.locale, tc.mask, got)
			}
		}
	}
}

func TestPersonMasks(t *testing.T) {
	t.Parallel()
	enum := column("mood")
	enum.Labels = []string{"Male", "FEMALE", "other"}
	german := column("mood")
	german.Labels = []string{"weiblich", "maennlich"}
	for mask, cases := range map[string][]maskCase{
		"sex": {
			{name: "text", col: column("text"), value: "x", want: `male|female`},
			{name: "letter", col: varchar(1), value: "F", want: `m|f`},
			{name: "integer", col: column("int2"), value: "1", want: `1|2`},
			{name: "boolean", col: column("bool"), value: "t", want: `t|f`},
			{name: "enum", col: enum, value: "other", want: `Male|FEMALE`},
			{name: "enum by labels", col: german, params: Params{"male": "maennlich", "female": "weiblich"}, value: "weiblich", want: `weiblich|maennlich`},
		},
		"name_prefix": {{name: "text", col: column("text"), value: "Dr.", want: `Mr\.|Ms\.`}, {name: "short", col: varchar(2), value: "Dr", want: `Mr|Ms`}, {name: "none", col: column("text"), value: "", want: ``}},
		"middle_name": {{name: "text", col: column("text"), value: "Q", want: `[A-Z][a-z]+`}, {name: "initial", col: varchar(2), value: "Q.", want: `[A-Z]`}},
		"birth_name":  {{name: "text", col: column("text"), value: "x", want: `[A-Z].+`}, {name: "short", col: varchar(3), value: "x", want: `[A-Z].{0,2}`}},
		"job_title":   {{name: "text", col: column("text"), value: "x", want: `[A-Z][a-z]+`}, {name: "by value", col: varchar(5), domain: "job", value: "x", want: `[A-Z].{0,4}`}},
		"region":      {{name: "name", col: column("text"), value: "x", want: `[A-Z][a-z].*`}, {name: "code", col: varchar(2), value: "x", want: `[A-Z]{2}`}, {name: "by value", col: varchar(2), domain: "d", value: "x", want: `[A-Z]{2}`}},
		"latitude":    {{name: "numeric", col: numeric(9, 6), value: "1.5", want: `\d\d\.\d{6}`}, {name: "few decimals", col: numeric(5, 2), value: "1.5", want: `\d\d\.\d\d`}, {name: "float", col: column("float8"), value: "1.5", want: `\d\d(\.\d{1,6})?`}, {name: "text", col: column("text"), params: Params{"decimals": int64(0)}, value: "1", want: `\d\d`}},
		"longitude":   {{name: "numeric", col: numeric(9, 6), value: "1.5", want: `-\d{2,3}\.\d{6}`}, {name: "real", col: column("float4"), value: "1.5", want: `-\d{2,3}(\.\d+)?`}},
		"geo_point": {
			{name: "point", col: column("point"), value: "(1,2)", want: `\(-\d+(\.\d+)?,\d+(\.\d+)?\)`},
			{name: "latitude first", col: column("point"), params: Params{"order": "lat_lon"}, value: "(1,2)", want: `\(\d+(\.\d+)?,-\d+(\.\d+)?\)`},
			{name: "geometry", col: column("geometry"), value: "0101000020E6100000000000000000F03F0000000000000040", want: `0101000020E6100000[0-9A-F]{32}`},
			{name: "geometry of its own system", col: column("geometry"), value: "0102000020110F0000", want: `0101000020110F0000[0-9A-F]{32}`},
			{name: "big endian", col: column("geometry"), value: "002000000100000F11", want: `0101000020110F0000[0-9A-F]{32}`},
			{name: "no system", col: column("geometry"), value: "0101000000000000000000F03F0000000000000040", want: `0101000000[0-9A-F]{32}`},
			{name: "no geometry", col: column("geometry"), value: "01", want: `0101000020E6100000[0-9A-F]{32}`, outcome: Replaced},
			{name: "wkt", col: column("text"), params: Params{"format": "wkt"}, value: "x", want: `POINT\(-\d+\.\d{6} \d+\.\d{6}\)`},
			{name: "geojson", col: column("jsonb"), value: "{}", want: `\{"type": "Point", "coordinates": \[-\d+\.\d{6}, \d+\.\d{6}\]\}`},
		},
	} {
		t.Run(mask, func(t *testing.T) {
			t.Parallel()
			testMask(t, mask, cases)
		})
	}
	testRefusals(t, "sex", []refusal{
		{"an enum of no sexes", column("mood"), nil, BySubject, "no label for male"},
		{"a label that is none", column("mood"), Params{"male": "x"}, BySubject, "no label of the enum"},
		{"a word in an integer", column("int2"), Params{"male": "x"}, BySubject, "whole number"},
		{"a word that does not fit", varchar(1), Params{"male": "Mr"}, BySubject, "longer"},
	})
	testRefusals(t, "latitude", []refusal{
		{"small numbers", numeric(4, 2), nil, BySubject, "three digits"}, {"short text", varchar(5), nil, BySubject, "needs"}, {"decimals", column("text"), Params{"decimals": int64(7)}, BySubject, "between"},
	})
	testRefusals(t, "geo_point", []refusal{{"text in JSON", column("json"), Params{"format": "wkt"}, BySubject, "geojson"}, {"short text", varchar(20), nil, BySubject, "needs 21"}})
	testRefusals(t, "country", []refusal{{"one letter", varchar(1), nil, ByNothing, "needs"}})
	own := Binding{Keyed: BySubject, Subject: "s", Labels: nordic{}}
	if _, err := Find("region").Compile(column("text"), nil, own); err == nil || !strings.Contains(err.Error(), "where their cities lie") {
		t.Errorf("labels without places: %v", err)
	}
}
