package extract

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// pieces are what FuzzFragment puts texts together from.
var pieces = []string{
	" ", "\n", "(", ")", "[", "]", ",", ";", "'", `"`, `\`, "$$", "$a$", "--", "/*", "*/", "E'", `U&"`, "U&'", "$1", "::", ".", "*", ":",
	"true", "false", "null", "0", "1", "id", "email", "t", "public.t", "public.q", "ctid", "tableoid", "x", "text", "int", "boolean",
	"SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IS", "IN", "AS", "WITH", "UNION", "ALL", "VALUES", "TABLE", "LIMIT", "CASE", "WHEN", "THEN", "ELSE", "END",
	"INSERT INTO public.t", "DELETE FROM public.t", "UPDATE public.t SET id = 0", "RETURNING 1", "FOR UPDATE", "INTO", "GROUP BY", "HAVING",
	"COPY", "TO STDOUT", "TO PROGRAM", "DROP TABLE public.t", "CREATE TABLE public.written ()", "COMMIT", "BEGIN READ WRITE", "DO", "CALL", "EXPLAIN ANALYZE",
	"nextval('public.q')", "setval('public.q', 100)", "public.liar(email)", "public.outside(email)", "public.told(email)", "public.untold(email)",
	"pg_advisory_lock(1)", "lo_create(4711)", "set_config('search_path', 'public', false)", "count(*)", "ROW(", "ARRAY[", "EXISTS(", "COALESCE(", "||", "=", "<>", "+", "<?>",
}

// FuzzFragment: whatever text stands for an expression or a condition, the
// source stays what it is, no row leaves that its chunk does not hold, and
// every row has the columns it was asked for. PostgreSQL itself judges.
func FuzzFragment(f *testing.F) {
	for _, seed := range append(hostile[:12:12], harmless[:6]...) {
		f.Add(seed, []byte{})
	}
	f.Add("", []byte{2, 24, 3, 3, 72, 7, 75, 7, 74})
	url := pgtest.Source(f).Database(f, fragmentSchema)
	admin := pgtest.Source(f).Conn(f, url)
	s := openTest(f, url, func(c *Config, tm *timings) { c.Connections = minConnections })
	tb := table(f, s, "t")
	f.Fuzz(func(t *testing.T, text string, tokens []byte) {
		for _, b := range tokens {
			text += pieces[int(b)%len(pieces)]
		}
		if len(text) > 2000 || strings.Contains(text, "pg_sleep") {
			t.Skip("nothing new, or too slow")
		}
		var before, after string
		if err := admin.QueryRow(testContext(t), state).Scan(&before); err != nil {
			t.Fatal(err)
		}
		_, err := s.PrepareExpr(testContext(t), tb, text)
		if err != nil && !fault.Is(err, fault.Policy) && !fault.Is(err, fault.Preflight) && !fault.Is(err, fault.Transient) {
			t.Errorf("PrepareExpr: %v", err)
		}
		n, err := s.Copy(testContext(t), Chunk{Query: &Query{Table: tb, Exprs: []string{"id"}, Where: text}, Index: 1, Of: 2, FromBlock: 1, Last: true}, new(bytes.Buffer))
		if err == nil && n != 0 && text != "" {
			t.Errorf("%q lets %d rows of another chunk through", text, n)
		}
		var out bytes.Buffer
		n, err = s.Copy(testContext(t), whole(&Query{Table: tb, Exprs: []string{"id", "(\n" + text + "\n)", "email"}}), &out)
		if err == nil && (n != 10 || strings.Count(out.String(), "\n") != 10 || strings.Count(out.String(), "\t") != 20) {
			t.Errorf("%q: %d rows:\n%s", text, n, out.String())
		}
		if err := admin.QueryRow(testContext(t), state).Scan(&after); err != nil {
			t.Fatal(err)
		}
		if before != after {
			t.Fatalf("%q has changed the source: %s, was %s", text, after, before)
		}
	})
}

var gapAlone = regexp.MustCompile(`(?s)^` + gap + `$`)

// FuzzCalled: the name of a function is found whatever stands between it and
// the parenthesis, and whatever is around it.
func FuzzCalled(f *testing.F) {
	f.Add("pg_sleep", " ", "", "")
	f.Add("pg_sleep", "/* ( */", "'('", "--")
	f.Add(`A"b`, "-- (\n", "x(", `"y`)
	f.Fuzz(func(t *testing.T, name, between, before, after string) {
		if name == "" || len(name) > 63 || !utf8.ValidString(name+between+before+after) {
			t.Skip("no name")
		}
		if !gapAlone.MatchString(between) {
			t.Skip("not between a name and its parenthesis")
		}
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		began := time.Now()
		found := called(before + " " + quoted + between + "(" + after)
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %s", took)
		}
		if !slices.Contains(found, name) {
			t.Errorf("%q is not among %q", name, found)
		}
	})
}
