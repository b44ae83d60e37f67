package migrations

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"two", "a; b", []string{"a", "b"}},
		{"empty ones are left out", ";;a;;", []string{"a"}},
		{"comments alone", "-- a; b\n/* c; /* d; */ e; */", nil},
		{"comment that does not nest shut", "/* /* */ a; */ b", []string{"b"}},
		{"quotes", `a ';' ";"; b`, []string{`a ';' ";"`, "b"}},
		{"doubled quotes", `a 'x'';'; b "y"";"`, []string{`a 'x'';'`, `b "y"";"`}},
		{"backslash is itself", `a '\'; b`, []string{`a '\'`, "b"}},
		{"backslash in E", `a E'\';'; b`, []string{`a E'\';'`, "b"}},
		{"E goes on in the next line", "a E'x'\n '\\';'; b", []string{"a E'x'\n '\\';'", "b"}},
		{"a string ends in the same line", `a 'x' '\'; b`, []string{`a 'x' '\'`, "b"}},
		{"U&", `a U&'\'; b U&"\"; c`, []string{`a U&'\'`, `b U&"\"`, "c"}},
		{"a word that ends in e", `type'\'; b`, []string{`type'\'`, "b"}},
		{"dollars", "a $$;$x$;$$; b $x$;$$;$x$; c", []string{"a $$;$x$;$$", "b $x$;$$;$x$", "c"}},
		{"a dollar in a name", "a$b$ ; c$b$", []string{"a$b$", "c$b$"}},
		{"parameters", "a $1; b $2", []string{"a $1", "b $2"}},
		{"parentheses", "create rule r do (a; b); c", []string{"create rule r do (a; b)", "c"}},
		{"closing too often", "a); b", []string{"a)", "b"}},
		{"atomic", "create function f() returns int begin atomic select case when true then 1 end; select 2; end; b",
			[]string{"create function f() returns int begin atomic select case when true then 1 end; select 2; end", "b"}},
		{"or replace procedure", "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC a; END; b", []string{"CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC a; END", "b"}},
		{"begin is a statement", "begin; create table a(); end; b", []string{"begin", "create table a()", "end", "b"}},
		{"windows", "a;\r\n-- x;\r\nb;\r\n", []string{"a", "b"}},
		{"minus in an operator", "select 1 --1; \n+ 2; b", []string{"select 1 --1; \n+ 2", "b"}},
		{"byte order mark", "\ufeffa; b", []string{"\ufeffa", "b"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Split(c.src, true)
			if err != nil {
				t.Fatal(err)
			}
			var texts []string
			for _, s := range got {
				texts = append(texts, s.Text)
				if c.src[s.Offset:s.Offset+len(s.Text)] != s.Text || lineOf(c.src, s.Offset) != s.Line {
					t.Errorf("%q is not at offset %d, line %d", s.Text, s.Offset, s.Line)
				}
			}
			if d := cmp.Diff(c.want, texts); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSplitOldStrings(t *testing.T) {
	got, err := Split(`a '\';'; b`, false)
	if err != nil || len(got) != 2 || got[0].Text != `a '\';'` {
		t.Errorf("with standard_conforming_strings off: %v, %v", got, err)
	}
}

func TestSplitErrors(t *testing.T) {
	for src, line := range map[string]int{
		"a;\n\\connect x": 2,
		"a;\n\n'b":        3,
		"a /* /* */ \n":   1,
		"a;\n$x$ $$ ":     2,
		"\"a":             1,
		"\\N\tx":          1,
	} {
		_, err := Split(src, true)
		var e *SplitError
		if !errors.As(err, &e) || e.Line != line || e.Meta != strings.Contains(src, `\`) {
			t.Errorf("%q: %v, not an error in line %d", src, err, line)
		}
	}
}

// A command of psql is named; what may be a row of COPY is not.
func TestPsqlCommandIsNamed(t *testing.T) {
	for src, want := range map[string]string{
		"\\i other.sql": `\i is`, "\\copy a from b": `\copy is`, "\\connect": `\connect is`, "\\set ON_ERROR_STOP 1": `\set is`, "SELECT 1 \\gexec\n": `\gexec is`,
		"\\! rm x": `\! is`, "\\N\tquokka": "a backslash", "\\iquokka": "a backslash",
	} {
		_, err := Split(src, true)
		var e *SplitError
		if !errors.As(err, &e) || !strings.HasPrefix(e.What, want) || strings.Contains(e.What, "quokka") {
			t.Errorf("%q: %v", src, err)
		}
	}
}

// FuzzSplit holds for any input: statements lie in the file one after the other
// with nothing but blanks, comments and semicolons in between, and splitting a
// statement again gives itself.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"a; b", "$a$;$a$", "E'\\';'", "/*/**/", "create function f() begin atomic a; end; b", "(;)", "\\x", "'a'\n--\n'b'"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, src string, standard bool) {
		got, err := Split(src, standard)
		pos := 0
		for _, s := range got {
			if s.Offset < pos || src[s.Offset:s.Offset+len(s.Text)] != s.Text {
				t.Fatalf("%q out of place at %d", s.Text, s.Offset)
			}
			between := lexer{src: strings.ReplaceAll(src[pos:s.Offset], ";", " "), standard: standard}
			if k := between.next(); k.kind != tokenEnd {
				t.Fatalf("%q was dropped before %q", between.src, s.Text)
			}
			pos = s.Offset + len(s.Text)
			again, err := Split(s.Text, standard)
			if err != nil || len(again) != 1 || again[0].Text != s.Text {
				t.Fatalf("%q splits again into %v, %v", s.Text, again, err)
			}
		}
		if err == nil {
			rest := lexer{src: strings.ReplaceAll(src[pos:], ";", " "), standard: standard}
			if k := rest.next(); k.kind != tokenEnd {
				t.Fatalf("%q was dropped at the end", rest.src)
			}
		}
	})
}
