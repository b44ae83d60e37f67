package policies

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/catalog"
)

func tableOf(name string, columns ...string) *catalog.Table {
	text := &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: "text"}, Kind: 'b'}
	t := &catalog.Table{Name: catalog.Name{Schema: "public", Name: name}, Kind: catalog.Ordinary, Persistence: 'p'}
	for i, c := range columns {
		t.Columns = append(t.Columns, &catalog.Column{Num: int16(i + 1), Name: c, Type: text, TypMod: -1, TypeSQL: "text"})
	}
	return t
}

func TestNamesIn(t *testing.T) {
	t.Parallel()
	table := tableOf("t", "a", "b", "Mixed Case", `q"q`, "näme", "lower")
	for expr, want := range map[string][]string{
		"":                         nil,
		"(a + 1)":                  {"a"},
		"lower((b)::text)":         {"b", "lower"}, // a function of a column's name counts, to be safe
		`"Mixed Case" || 'a'`:      {"Mixed Case"},
		`"q""q" = 'it''s b'`:       {`q"q`},
		`upper(näme) <> E'\' a '`:  {"näme"},
		"ab || a1 || a_ || a$":     nil,
		"t.*":                      {"a", "b", "Mixed Case", `q"q`, "näme", "lower"},
		"'unclosed a":              nil,
		`"unclosed a`:              nil,
		"(payload ->> 'a'::text)":  nil,
		"CASE WHEN a THEN b END":   {"a", "b"},
		"date_trunc('b'::text, a)": {"a"},
	} {
		if got := namesIn(table, expr); !cmp.Equal(got, want) {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	table := tableOf("t", "email", "Odd \"Name", "b")
	for _, tc := range []struct {
		expr, column string
		fold, ok     bool
	}{
		{"lower(email)", "email", true, true},
		{"lower((email)::text)", "email", true, true},
		{"upper(email::text)", "email", true, true},
		{`lower("Odd ""Name")`, `Odd "Name`, true, true},
		{"md5(email)", "email", false, true},
		{"btrim((email)::text)", "email", false, true},
		{"email", "email", false, true},
		{"((email)::text)", "email", false, true},
		{"lower(btrim(email))", "email", true, true},
		{"lower(TRIM(BOTH FROM email))", "email", true, true},
		{"btrim(upper((email)::text))", "email", true, true},
		{"md5(lower((email)::text))", "email", true, true},
		{"loweremail", "", false, false},
		{"lower(left(email, 3))", "", false, false},
		{"lower(other)", "", false, false},
		{"left(email, 3)", "", false, false},
		{"(email || b)", "", false, false},
		{"COALESCE(email, ''::text)", "", false, false},
		{"lower(email) || b", "", false, false},
		{"(email)::character varying(3)", "", false, false}, // cuts
		{"reverse(email)", "", false, false},
		{"", "", false, false},
	} {
		column, fold, ok := wrapped(table, tc.expr)
		if column != tc.column || fold != tc.fold || ok != tc.ok {
			t.Errorf("%s: %q, %t, %t", tc.expr, column, fold, ok)
		}
	}
}

func TestNullTests(t *testing.T) {
	t.Parallel()
	for predicate, want := range map[string]bool{
		"(deleted_at IS NULL)":                           true,
		`("Odd Name" IS NOT NULL)`:                       true,
		"((a IS NULL) AND (b IS NOT NULL))":              true,
		"((a IS NULL) OR ((b IS NULL) AND (c IS NULL)))": true,
		"(a = 1)":                     false,
		"((a IS NULL) AND (b = 1))":   false,
		"(COALESCE(a, b) IS NULL)":    false,
		"(NOT (a IS NULL) AND b)":     false,
		"((a IS NULL) = (b IS NULL))": false,
		"active":                      false,
	} {
		if got := nullTests.MatchString(predicate); got != want {
			t.Errorf("%s: %t", predicate, got)
		}
	}
}

func TestNearestNames(t *testing.T) {
	t.Parallel()
	names := []string{"email", "full_name", "id", "created_at", "Mixed"}
	for name, want := range map[string]string{
		"emial": "email", "fullname": "full_name", "mixed": "Mixed", "createdat": "created_at", "i": "id", "di": "id", "xyz": "", "": "",
	} {
		if got := nearest(name, names); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
