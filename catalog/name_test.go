package catalog_test

import (
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestDisplay(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"users": "users", "_x1$": "_x1$", "Users": `"Users"`, "1st": `"1st"`, "": `""`, "a b": `"a b"`, `a"b`: `"a""b"`,
		"größe": `"größe"`, "a\nb": `"a\u{a}b"`, "\x1b[31mred": `"\u{1b}[31mred"`, "\xff": `"\xff"`, "a\u202eb": `"a\u{202e}b"`, "50%": `"50%"`,
	} {
		if got := catalog.Display(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := (catalog.Name{Schema: "public", Name: "Order Items"}).String(); got != `public."Order Items"` {
		t.Error(got)
	}
}

// Whatever a name or a text holds, the server reads it as one.
func TestQuoting(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Source(t).Database(t), catalog.Session{})
	for _, s := range []string{"users", `a"b`, `a'b`, `\`, `\'; DROP TABLE x; --`, "a\nb", "größe", "$$", `E'\x'`, "--", "/*", "%s", ";"} {
		for _, setting := range []string{"on", "off"} {
			if _, err := conn.Exec(t.Context(), "SET standard_conforming_strings = "+setting); err != nil {
				t.Fatal(err)
			}
			var text, column string
			rows, err := conn.Query(t.Context(), "SELECT "+catalog.QuoteLiteral(s)+" AS "+catalog.QuoteIdent(s))
			if err != nil {
				t.Fatal(err)
			}
			column = rows.FieldDescriptions()[0].Name
			if rows.Next() {
				if err := rows.Scan(&text); err != nil {
					t.Error(err)
				}
			}
			rows.Close()
			if err := rows.Err(); err != nil || text != s || column != s {
				t.Errorf("%q became the text %q and the name %q, %v", s, text, column, err)
			}
		}
	}
}
