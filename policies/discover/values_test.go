package discover_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
)

// check finds the last digits that make a number valid, by asking the
// validators' own sums anew: these are written from the schemes' definitions.
func digits(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + r.IntN(10))
	}
	return string(b)
}

func luhn(s string) string {
	sum := 0
	for i := range len(s) {
		n := int(s[len(s)-1-i] - '0')
		if i%2 == 0 {
			n *= 2
			n = n/10 + n%10
		}
		sum += n
	}
	return s + fmt.Sprint((10-sum%10)%10)
}

func mod97(s string) int {
	rest := 0
	for _, c := range s {
		switch {
		case c >= 'A':
			rest = (rest*100 + int(c-'A') + 10) % 97
		default:
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}

func sumOf(s string, weights ...int) int {
	n := 0
	for i, w := range weights {
		n += int(s[i]-'0') * w
	}
	return n
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func chars(r *rand.Rand, n int, from string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = from[r.IntN(len(from))]
	}
	return string(b)
}

func word(r *rand.Rand) string {
	return pick(r, "amber", "bolt", "crate", "delta", "engine", "frame", "gravel", "handle", "inlet", "joint", "kernel", "lever", "motor", "nozzle", "orbit", "panel", "quartz", "rotor", "screw", "torque", "unit", "valve", "widget", "yield", "zinc")
}

// kinds make values that are valid by definition.
var kinds = map[string]func(r *rand.Rand) string{
	"email": func(r *rand.Rand) string {
		return word(r) + pick(r, ".", "_", "+") + digits(r, 3) + "@" + word(r) + pick(r, ".com", ".co.uk", ".de", ".museum")
	},
	"phone": func(r *rand.Rand) string {
		return pick(r, "+49 151 2"+digits(r, 7), "+1 212 555 "+digits(r, 4), "+33 6 "+digits(r, 2)+" "+digits(r, 2)+" 11 22", "(312) 555-"+digits(r, 4), "+442079460"+digits(r, 3), "+351 912 "+digits(r, 3)+" "+digits(r, 3), "202-555-0"+digits(r, 3))
	},
	"ip": func(r *rand.Rand) string {
		if r.IntN(4) == 0 {
			return "2001:db8:" + chars(r, 4, "123456789abcdef") + "::" + chars(r, 3, "123456789abcdef")
		}
		return fmt.Sprintf("%d.%d.%d.%d", 30+r.IntN(190), r.IntN(256), r.IntN(256), r.IntN(256))
	},
	"mac": func(r *rand.Rand) string {
		var parts []string
		for range 6 {
			parts = append(parts, chars(r, 2, "0123456789abcdef"))
		}
		return strings.Join(parts, pick(r, ":", "-"))
	},
	"iban": func(r *rand.Rand) string {
		country, n := "DE", 18
		if r.IntN(2) == 0 {
			country, n = "ES", 20
		}
		bban := digits(r, n)
		iban := fmt.Sprintf("%s%02d%s", country, 98-mod97(bban+country+"00"), bban)
		if r.IntN(2) == 0 {
			return iban
		}
		var parts []string
		for ; len(iban) > 4; iban = iban[4:] {
			parts = append(parts, iban[:4])
		}
		return strings.Join(append(parts, iban), " ")
	},
	"credit_card": func(r *rand.Rand) string {
		n := luhn(pick(r, "4"+digits(r, 14), "52"+digits(r, 13), "37"+digits(r, 12)))
		if len(n) == 16 && r.IntN(2) == 0 {
			return n[:4] + "-" + n[4:8] + "-" + n[8:12] + "-" + n[12:]
		}
		return n
	},
	"national_id us": func(r *rand.Rand) string {
		return fmt.Sprintf("%03d-%02d-%04d", 100+r.IntN(500), 1+r.IntN(99), 1+r.IntN(9999))
	},
	"national_id br": func(r *rand.Rand) string {
		s := digits(r, 9)
		check := func(n int) string {
			if n %= 11; n < 2 {
				return "0"
			}
			return fmt.Sprint(11 - n)
		}
		s += check(sumOf(s, 10, 9, 8, 7, 6, 5, 4, 3, 2))
		s += check(sumOf(s, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
		return pick(r, s, s[:3]+"."+s[3:6]+"."+s[6:9]+"-"+s[9:])
	},
	"national_id es": func(r *rand.Rand) string {
		n := r.IntN(100_000_000)
		return fmt.Sprintf("%08d%c", n, "TRWAGMYFPDXBNJZSQVHLCKE"[n%23])
	},
	"national_id nl": func(r *rand.Rand) string {
		for {
			s := digits(r, 8)
			if n := sumOf(s, 9, 8, 7, 6, 5, 4, 3, 2) % 11; n < 10 && s[0] != '0' {
				return s + fmt.Sprint(n)
			}
		}
	},
	"national_id fr": func(r *rand.Rand) string {
		s := fmt.Sprintf("%d%02d%02d%02d%03d%03d", 1+r.IntN(2), r.IntN(100), 1+r.IntN(12), 1+r.IntN(95), 1+r.IntN(990), 1+r.IntN(999))
		return s + fmt.Sprintf("%02d", 97-mod97(s))
	},
	"national_id it": func(r *rand.Rand) string { return pick(r, "RSSMRA85T10A562S", "MRTMTT91D08F205J", "BNCLRA80A41H501D") },
	"national_id pl": func(r *rand.Rand) string {
		s := fmt.Sprintf("%02d%02d%02d%04d", 40+r.IntN(59), 1+r.IntN(12), 1+r.IntN(28), r.IntN(10000))
		return s + fmt.Sprint((10-sumOf(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10)
	},
	"national_id gb": func(r *rand.Rand) string {
		for {
			s := digits(r, 9)
			if n := 11 - sumOf(s, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11; n != 10 {
				s += fmt.Sprint(n % 11)
				return pick(r, s, s[:3]+" "+s[3:6]+" "+s[6:])
			}
		}
	},
	"password_hash": func(r *rand.Rand) string {
		return pick(r, "$2b$12$"+chars(r, 53, alphanumeric), "$argon2id$v=19$m=65536,t=3,p=4$"+chars(r, 22, alphanumeric)+"$"+chars(r, 43, alphanumeric), "pbkdf2_sha256$600000$"+chars(r, 22, alphanumeric)+"$"+chars(r, 43, alphanumeric)+"=", "$6$"+chars(r, 8, alphanumeric)+"$"+chars(r, 86, alphanumeric))
	},
	"secret_token": func(r *rand.Rand) string {
		head := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`))
		return pick(r, head+"."+chars(r, 60, alphanumeric)+"."+chars(r, 43, alphanumeric), "sk_"+"live_"+chars(r, 24, alphanumeric), "gh"+"p_"+chars(r, 36, alphanumeric), "AK"+"IA"+chars(r, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
	},
}

// fillers are what such values stand among. None says anything about people.
var fillers = []func(r *rand.Rand) string{
	word,
	func(r *rand.Rand) string { return word(r) + "-" + word(r) + "-" + digits(r, 4) },
	func(r *rand.Rand) string { return strings.ToUpper(chars(r, 3, "abcdefghkmnp")) + digits(r, 6) },
	func(r *rand.Rand) string {
		return fmt.Sprintf("20%02d-%02d-%02d", r.IntN(26), 1+r.IntN(12), 1+r.IntN(28))
	},
	func(r *rand.Rand) string { return fmt.Sprintf("%d.%d.%d", r.IntN(9), r.IntN(30), r.IntN(99)) },
	func(r *rand.Rand) string { return fmt.Sprintf("%d.%02d", r.IntN(9000), r.IntN(100)) },
	func(r *rand.Rand) string { return chars(r, 40, "0123456789abcdef") },
	func(r *rand.Rand) string { return "https://cdn.invalid/" + word(r) + "/" + digits(r, 8) + ".png" },
}

// hard are columns that look like something and are not.
var hard = []func(r *rand.Rand) string{
	func(r *rand.Rand) string { return "1" + digits(r, 8) },
	func(r *rand.Rand) string { return "7" + digits(r, 9) },
	func(r *rand.Rand) string { return digits(r, 11) },
	func(r *rand.Rand) string { return "4" + digits(r, 15) },
	func(r *rand.Rand) string { return digits(r, 15) },
	func(r *rand.Rand) string { return digits(r, 8) + chars(r, 1, "ABCDEFGHJKLMNPQRSTVWXYZ") },
	func(r *rand.Rand) string {
		return fmt.Sprintf("%d.%d.%d.%d", r.IntN(5), r.IntN(20), r.IntN(9), r.IntN(12))
	},
	func(r *rand.Rand) string { return fmt.Sprintf("%02d:%02d:%02d", r.IntN(24), r.IntN(60), r.IntN(60)) },
	func(r *rand.Rand) string { return "DE" + digits(r, 20) },
	func(r *rand.Rand) string {
		return chars(r, 8, "0123456789abcdef") + "-4a3b-8c2d-" + chars(r, 12, "0123456789abcdef")
	},
	func(r *rand.Rand) string { return "@" + word(r) + " " + word(r) },
	func(r *rand.Rand) string { return fmt.Sprintf("16%s", digits(r, 8)) },
	func(r *rand.Rand) string { return word(r) + "@" + word(r) },
	func(r *rand.Rand) string { return fmt.Sprintf("%s/%s-%s", digits(r, 3), digits(r, 2), digits(r, 4)) },
}

// textTable is a table of text columns whose names say nothing.
func textTable(columns int) (*catalog.Table, []*discover.Found) {
	text := &catalog.Type{OID: 25, Name: catalog.Name{Schema: "pg_catalog", Name: "text"}, Kind: 'b', Category: 'S'}
	t := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "zzt"}, Kind: catalog.Ordinary}
	for i := range columns {
		t.Columns = append(t.Columns, &catalog.Column{Num: int16(i + 1), Name: fmt.Sprintf("qx%d", i), Type: text, TypMod: -1, TypeSQL: "text"})
	}
	var out []*discover.Found
	for i, g := range discover.Table(t) {
		out = append(out, &discover.Found{Guess: g, In: t, Of: t.Columns[i]})
	}
	return t, out
}

const (
	perClass      = 40
	rowsOfFixture = 1000
	contamination = 0.01
)

// TestValues: one value in a hundred is enough to know a column, whatever the
// others are, and what only looks like it is left alone.
func TestValues(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	type want struct {
		class string
		value func() string
	}
	var wants []want
	for _, name := range slices.Sorted(maps.Keys(kinds)) { // in the same order each time, for the same values
		make, class := kinds[name], strings.Fields(name)[0]
		for range perClass {
			fill, left := fillers[r.IntN(len(fillers))], 0
			wants = append(wants, want{class, func() string {
				if left--; left < 0 { // one in a hundred rows, at the latest
					left = int(1/contamination) - 1
					return make(r)
				}
				return fill(r)
			}})
		}
	}
	for _, list := range [][]func(*rand.Rand) string{fillers, hard} {
		for _, fill := range list {
			for range 15 {
				wants = append(wants, want{"none", func() string { return fill(r) }})
			}
		}
	}
	table, guesses := textTable(len(wants))
	s := discover.NewSample(table, guesses)
	if n := len(s.Columns()); n != len(wants) {
		t.Fatalf("%d columns to read, want %d", n, len(wants))
	}
	row := make([][]byte, len(wants))
	for range rowsOfFixture {
		for i, w := range wants {
			row[i] = []byte(w.value())
		}
		s.Row(row)
	}
	s.Judge()
	hit, missed, extra := 0, 0, 0
	for i, w := range wants {
		got := string(guesses[i].Class.Public())
		switch {
		case got == w.class && got != "none":
			hit++
		case got != w.class && w.class != "none":
			missed++
			t.Logf("missed %s: %s, %v", w.class, got, guesses[i].Evidence)
		}
		if got != w.class && got != "none" {
			extra++
			t.Logf("%s for %s: %v, such as %s", got, w.class, guesses[i].Evidence, w.value())
		}
	}
	recall, precision := float64(hit)/float64(hit+missed), float64(hit)/float64(hit+extra)
	t.Logf("recall %.3f, precision %.3f of %d columns", recall, precision, len(wants))
	if recall < 0.99 || precision < 0.97 {
		t.Errorf("recall %.3f, want 0.99; precision %.3f, want 0.97", recall, precision)
	}
}

// TestValuesAndNames: what a name says and what values say are weighed.
func TestValuesAndNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		column string
		values []string
		class  discover.Class
		least  float64
		most   float64
		says   string
	}{
		"both":           {"email", []string{"a@example.org", "b@example.org"}, discover.Email, 0.99, 1, "nearly all"},
		"contradiction":  {"email", []string{"bolt 7", "zinc 8"}, discover.Email, 0.3, 0.7, "hardly any"},
		"user name":      {"username", []string{"bolt", "zinc", "unit", "a@example.org"}, discover.Username, 0.9, 1, "25 %"},
		"free text":      {"notes", []string{"call +49 151 23456789 or write to a@example.org soon please"}, discover.FreeText, 0.9, 1, "e-mail address"},
		"JSON":           {"payload", []string{`{"user": {"mail": "a@example.org"}, "n": [1, 2]}`, `{"first_name": "x"}`}, discover.JSON, 0.8, 1, "e-mail address"},
		"JSON by values": {"qx", []string{`{"a": 1}`}, discover.JSON, 0.8, 1, "JSON"},
		"names":          {"qx", []string{"Hans Huber", "Giulia Rossi", "somebody else"}, discover.FullName, 0.7, 1, "dictionary"},
		"towns":          {"qx", []string{"Köln", "Lyon", "elsewhere"}, discover.City, 0.7, 1, "dictionary"},
		"sentences":      {"qx", []string{"this is what somebody wrote at some length"}, discover.FreeText, 0.7, 1, "five words"},
		"keys":           {"qx", []string{"kJ8s7Hq2LmZx0PdTe4WbYv", "Zt3Rq8Nn1KcVb6XwYp0aLs"}, discover.Secret, 0.3, 0.7, "random"},
		"positions":      {"qx", []string{"52.5200, 13.4050", "-33.8688,151.2093"}, discover.Geo, 0.9, 1, "positions"},
		"an array":       {"qx", []string{`{a@example.org,b@example.org}`}, discover.Email, 0.9, 1, "e-mail"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, _ := textTable(1)
			table.Columns[0].Name = c.column
			found := []*discover.Found{{Guess: discover.Table(table)[0], In: table, Of: table.Columns[0]}}
			s := discover.NewSample(table, found)
			for i := range 300 {
				s.Row([][]byte{[]byte(c.values[i%len(c.values)])})
				s.Row([][]byte{nil})
			}
			s.Judge()
			g := found[0].Guess
			evidence := strings.Join(g.Evidence, "; ")
			if g.Class != c.class || g.Confidence < c.least || g.Confidence > c.most || !strings.Contains(evidence, c.says) {
				t.Errorf("%s %.2f: %s", g.Class, g.Confidence, evidence)
			}
			for _, v := range c.values {
				if strings.Contains(evidence, v) {
					t.Errorf("the evidence shows a value: %s", evidence)
				}
			}
			if _, err := json.Marshal(g); err != nil {
				t.Error(err)
			}
		})
	}
}

// BenchmarkSample: 500 columns of 5,000 rows are to take less than a minute.
func BenchmarkSample(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	table, guesses := textTable(500)
	row := make([][]byte, 500)
	for i := range row {
		row[i] = []byte(append(append([]func(*rand.Rand) string{}, fillers...), hard...)[i%(len(fillers)+len(hard))](r))
	}
	for b.Loop() {
		s := discover.NewSample(table, guesses)
		for range discover.SampleSize {
			s.Row(row)
		}
		s.Judge()
	}
}

// BenchmarkSchema: 1,000 columns of names alone are to take less than a second.
func BenchmarkSchema(b *testing.B) {
	table, _ := textTable(50)
	for i, c := range table.Columns {
		c.Name = []string{"customer_email", "shippingAddressLine2", "telefonnummer_privat", "status", "qwertzuiop"}[i%5] + fmt.Sprint(i)
	}
	for b.Loop() {
		for range 20 {
			discover.Table(table)
		}
	}
}
