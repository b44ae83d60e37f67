package mask

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write golden files and docs anew")

// goldenParams are settings besides the defaults whose outputs are fixed too.
var goldenParams = map[string][]Params{
	"redact":        {{"with": "n/a"}},
	"email":         {{"style": "name"}, {"style": "token"}},
	"phone":         {{"numbers": "unassigned"}, {"format": "digits"}},
	"password_hash": {{"algorithm": "auto"}},
	"token":         {{"alphabet": "hex", "prefix": "", "length": int64(40)}, {"alphabet": "digits"}},
	"uuid":          {{"keep_time": true}},
	"permute":       {{"max": int64(5_000_000_000)}, {"max": int64(9), "min": int64(-2)}},
	"pseudonym":     {{"length": int64(40), "keep_prefix": true}},
	"shift_date":    {{"days": int64(3650)}},
	"ip":            {{"family": "ipv6"}},
	"credit_card":   {{"brand": "keep"}, {"brand": "amex", "format": "spaced"}, {"numbers": "unassigned"}},
	"card_expiry":   {{"format": "mm/yyyy"}},
	"iban":          {{"country": "de"}, {"country": "it", "format": "spaced"}},
	"national_id":   schemeParams(),
	"fpe_ff1":       {{"alphabet": "alnum"}},
	"geo_point":     {{"format": "wkt"}, {"order": "lat_lon"}},
	"region":        {{"form": "code"}},
	"birth_date":    {{"band": int64(0)}},
	"choice":        {{"values": []string{"a", "b", "c"}, "weights": []string{"5", "3", "1"}}},
	"random":        {{"length": int64(30), "alphabet": "hex"}},
	"pattern":       {{"pattern": "(EU|US)-[A-Z]{2,4}\\d{3}"}, {"pattern": "[0-9a-f]{40}"}},
	"replace":       {{"find": "[a-z]+", "with": "x"}},
	"partial":       {{"first": int64(2), "last": int64(2)}},
	"gofakeit":      {{"template": "{firstname} {lastname} ##"}, {"function": "useragent"}},
	"json":          {{"keep": []string{"$.a", "$[*].b.**"}, "keys": "mask"}},
}

var goldenValues = map[string][]string{
	"text": {
		"Jane Roe", "jane.roe@corp.test", "Jane.Roe@corp.test", "+49 (30) 1234-567", "2024-02-29", "2024-02-29T10:20:30.123Z", "10.1.2.3/24", "SW1A 1AA", "cus_9s6XKz",
		"018f3c2e-7b1a-4cde-8f00-0123456789ab", "08:00:2b:01:02:03", "pbkdf2_sha256$1$a$b", `{"a":"Jane Roe","b":[1,2.50,true,null,"jane@corp.test"]}`, "Gödel, Escher, Bach 日本語 🎻",
	},
	"json":  {`{"a":"Jane Roe","b":[1,2.50,true,null,"jane@corp.test"],"jane@corp.test":"2024-02-29"}`, `[{"b":{"c":"x"},"d":"https://corp.test"}]`},
	"int8":  {"0", "1", "7", "123456", "9223372036854775807"},
	"uuid":  {"018f3c2e-7b1a-4cde-8f00-0123456789ab", "018f3c2e-7b1a-7cde-8f00-0123456789ab"},
	"bytea": {`\x00ff10`},
}

func schemeParams() (all []Params) {
	for i := range idSchemes {
		all = append(all, Params{"scheme": idSchemes[i].name})
	}
	return all
}

// goldenLines are the outputs of the catalogue for a fixed key.
func goldenLines(t *testing.T) []string {
	lines := []string{fmt.Sprintf("catalogue version %d", CatalogVersion)}
	for _, s := range All() {
		if s.Source {
			continue
		}
		for _, kind := range scalars(s) {
			typeName := typesOf[kind][len(typesOf[kind])-1]
			if kind == Text {
				typeName = "text"
			}
			c := column(typeName)
			values := goldenValues[typeName]
			if values == nil {
				values = valuesFor(c)
			}
			if s.Name == "null" || s.Name == "redact" {
				values = values[:1] // one output, whatever the value
			}
			for _, keyed := range s.Keyed {
				for _, params := range append([]Params{probed(s, c)}, goldenParams[s.Name]...) {
					compiled, err := s.Compile(c, params, Binding{Keyed: keyed, Domain: "person.x", Subject: "public.customers", Keys: testRing})
					if err != nil {
						continue // of another type's settings
					}
					lines = append(lines, "", fmt.Sprintf("%s on %s by %s %v", s.Name, typeName, keyed, map[string]any(params)))
					m := compiled.New()
					for _, v := range values {
						got, outcome := maskOne(t, m, c, input(t, c, v, "42", "1001"))
						note := [...]string{"", "NULL", "replaced", "out of range", ""}[outcome]
						lines = append(lines, strings.TrimRight(fmt.Sprintf("\t%q -> %q %s", v, got, note), " "))
					}
				}
			}
		}
	}
	return append(append(lines, structuredLines(t)...), localeLines(t)...)
}

// localeLines are outputs under each locale: a change of its file is one of
// every mask that knows locales.
func localeLines(t *testing.T) (lines []string) {
	for _, code := range Locales() {
		for _, s := range All() {
			if !s.Locale {
				continue
			}
			c := column("text")
			lines = append(lines, "", fmt.Sprintf("%s on text in locale %s", s.Name, code))
			m := compileMask(t, s.Name, c, nil, Binding{Keyed: s.Keyed[0], Subject: "public.customers", Locale: code}).New()
			for subject := range 5 {
				got, _ := maskOne(t, m, c, input(t, c, "x", fmt.Sprint(subject), "1001"))
				lines = append(lines, fmt.Sprintf("\tsubject %d -> %q", subject, got))
			}
		}
	}
	return lines
}

// People rely on customer 42 being the same fake person tomorrow: an output
// that changes needs a new CatalogVersion and a note in the changelog.
func TestGolden(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "golden.txt")
	got := strings.Join(goldenLines(t), "\n") + "\n"
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, after := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	changed := 0
	for i := range max(len(before), len(after)) {
		var a, b string
		if i < len(before) {
			a = before[i]
		}
		if i < len(after) {
			b = after[i]
		}
		if a != b {
			if changed++; changed <= 5 {
				t.Errorf("line %d: %s\nnow: %s", i+1, a, b)
			}
		}
	}
	if changed > 0 {
		t.Errorf("%d outputs changed: raise CatalogVersion, then go generate", changed)
	}
}
