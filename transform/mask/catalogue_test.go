package mask

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestCatalogueIsComplete(t *testing.T) {
	t.Parallel()
	want := strings.Fields(`keep null constant redact full_name first_name last_name email phone username address street city
		postal_code company text password_hash token uuid permute pseudonym shift_date generalize ip mac url json sql
		credit_card card_brand card_expiry card_cvv iban national_id fpe_ff1
		sex name_prefix middle_name birth_name job_title region country latitude longitude geo_point
		birth_date choice random pattern replace partial gofakeit hostname file_name
		xml hstore array composite when noise same_as derive command`)
	for _, name := range want {
		if Find(name) == nil {
			t.Errorf("no mask %s", name)
		}
	}
	if len(All()) != len(want) {
		t.Errorf("%d masks, want %d", len(All()), len(want))
	}
	seen := map[string]bool{}
	for _, s := range All() {
		if seen[s.Name] {
			t.Errorf("two masks %s", s.Name)
		}
		seen[s.Name] = true
		if s.Summary == "" || s.Doc == "" || s.Example == "" || len(s.Accepts) == 0 || len(s.Keyed) == 0 || s.Compile == nil {
			t.Errorf("%s: something is missing", s.Name)
		}
		if strings.HasSuffix(s.Summary, ".") || strings.Contains(s.Summary, "\n") {
			t.Errorf("%s: summary %q", s.Name, s.Summary)
		}
		for _, p := range s.Params {
			if p.Doc == "" || p.Required && p.Default != nil || p.Default != nil && !p.Type.holds(p.Default) {
				t.Errorf("%s.%s: declaration", s.Name, p.Name)
			}
		}
	}
}

// The examples of the docs have to be right.
func TestExamplesCompile(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		var rule map[string]any
		if err := yaml.Unmarshal([]byte(s.Example), &rule); err != nil || len(rule) != 1 {
			t.Errorf("%s: example %q: %v", s.Name, s.Example, err)
			continue
		}
		for _, v := range rule {
			params, bind := Params{}, Binding{Keyed: s.Keyed[0]}
			switch v := v.(type) {
			case nil:
				if s.Name != "null" {
					t.Errorf("%s: example %q", s.Name, s.Example)
				}
			case string:
				if v != s.Name {
					t.Errorf("%s: example of %s", s.Name, v)
				}
			case map[string]any:
				if v["mask"] != s.Name {
					t.Errorf("%s: example of %v", s.Name, v["mask"])
				}
				for name, value := range v {
					switch value := value.(type) {
					case uint64:
						params[name] = int64(value)
					case string:
						params[name] = value
						if p := s.param(name); p != nil && p.Type == Rule {
							params[name] = sub(value, nil, "")
						}
					case map[string]any:
						params[name] = subOf(t, s.param(name), value)
					case []any:
						var list []string
						for _, e := range value {
							list = append(list, fmt.Sprint(e))
						}
						params[name] = list
					default:
						params[name] = value
					}
				}
				if _, ok := v["domain"]; ok {
					bind = inDomain("d")
				}
				delete(params, "mask")
				delete(params, "domain")
			}
			if s.Source {
				if _, err := s.fill(params); err != nil {
					t.Errorf("%s: example %q: %v", s.Name, s.Example, err)
				}
				continue
			}
			types := typesOf[s.Accepts[0]]
			if compound(s) && s.Accepts[0] == Other {
				types = typesOf[Text]
			}
			if _, err := s.Compile(column(types[len(types)-1]), params, bind); err != nil {
				t.Errorf("%s: example %q: %v", s.Name, s.Example, err)
			}
		}
	}
}

// subOf reads the rules of an example.
func subOf(t *testing.T, p *Param, value map[string]any) any {
	t.Helper()
	one := func(v any) *Sub {
		switch v := v.(type) {
		case string:
			return &Sub{Spec: Find(v)}
		case map[string]any:
			domain, _ := v["domain"].(string)
			return &Sub{Spec: Find(v["mask"].(string)), Domain: domain}
		}
		t.Fatalf("%v is no rule", v)
		return nil
	}
	if p.Type == Rule {
		return one(value)
	}
	var subs []NamedSub
	for _, name := range slices.Sorted(maps.Keys(value)) {
		subs = append(subs, NamedSub{name, one(value[name])})
	}
	return subs
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"email": "email", "emial": "email", "e-mail": "email", "EMail": "email", "emails": "email",
		"fullname": "full_name", "full-name": "full_name", "name": "full_name", "fist_name": "first_name", "surname": "last_name",
		"shiftdate": "shift_date", "permut": "permute", "zip": "postal_code", "jsonb": "json", "keeep": "keep", "passthrough": "keep",
		"pseudonim": "pseudonym", "uid": "uuid", "generalise": "generalize", "adress": "address", "password": "password_hash",
		"quantum_flux_capacitor": "", "xyzzyx": "", "": "",
	} {
		if got := Nearest(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
	for other, meant := range otherNames {
		if Find(meant) == nil || Find(other) != nil {
			t.Errorf("%s for %s", other, meant)
		}
	}
}

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "acb", 1}, {"kitten", "sitting", 3}, {"ca", "abc", 3}} {
		if got := editDistance(tc.a, tc.b); got != tc.want {
			t.Errorf("%q to %q: %d, want %d", tc.a, tc.b, got, tc.want)
		}
	}
}
