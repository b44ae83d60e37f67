package policies

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/understudy-db/understudy/catalog"
)

// FuzzTable: names are read without a panic, and what identSQL writes is read
// back as the same name.
func FuzzTable(f *testing.F) {
	for _, s := range []string{"public.orders", `public."Order Items"`, "a.*", `"x""y".z`, `a.b.c`, `".`, "", "A.B", `"a.b"."c*"`} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, s, name string) {
		if p, err := parseTable(s); err == nil {
			p.matches(catalog.Name{Schema: name, Name: s})
			for _, n := range p.exact() {
				if !p.wild() && !p.matches(n) {
					t.Errorf("%q does not match its own %v", s, n)
				}
			}
		}
		if s == "" || name == "" {
			return
		}
		n := catalog.Name{Schema: s, Name: name}
		p, err := parseTable(tableKey(n))
		if err != nil || p.wild() || !p.matches(n) || p.exact()[0] != n {
			t.Errorf("%q: written %s, read %+v, %v", n, tableKey(n), p, err)
		}
	})
}

// FuzzSubjectPath: paths are read without a panic; a path that was read is
// written so that it is read the same.
func FuzzSubjectPath(f *testing.F) {
	for _, s := range []string{
		"id", "customer_id -> public.customers", "(a, b) -> s.t.(c, d) -> s.u", `"A b"->"S"."T"`, "->", "a->b", "(a", "a.b", "a -> b.c.d.e",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parseSubjectPath(s)
		if err != nil {
			return
		}
		again, err := parseSubjectPath(p.String())
		if err != nil || again.String() != p.String() {
			t.Errorf("%q: written %q, read %q, %v", s, p, again, err)
		}
	})
}

// FuzzGlob against the plainest matcher there is.
func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "aXXbYc")
	f.Add("**", "")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 12 || len(s) > 20 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return
		}
		var match func(p, s []rune) bool
		match = func(p, s []rune) bool {
			switch {
			case len(p) == 0:
				return len(s) == 0
			case p[0] == '*':
				return match(p[1:], s) || len(s) > 0 && match(p, s[1:])
			}
			return len(s) > 0 && (p[0] == '?' || p[0] == s[0]) && match(p[1:], s[1:])
		}
		if want := match([]rune(pattern), []rune(s)); glob(pattern, s) != want {
			t.Errorf("glob(%q, %q) is not %t", pattern, s, want)
		}
	})
}

// FuzzPolicyFile: no file makes the loader panic, every problem has its place
// in the file, and no excerpt has a line break too many.
func FuzzPolicyFile(f *testing.F) {
	seedFromArchives(f, "testdata/policy/*.txtar")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := LoadPolicy([]string{"p.yaml"}, PolicyOptions{ReadFile: func(string) ([]byte, error) { return data, nil }})
		checkProblems(t, AsProblems(err), data)
	})
}

// FuzzConfigFile is the same for the configuration.
func FuzzConfigFile(f *testing.F) {
	seedFromArchives(f, "testdata/config/*.txtar")
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := LoadConfig("c.yaml", LoadOptions{ReadFile: func(string) ([]byte, error) { return data, nil }})
		checkProblems(t, AsProblems(err), data)
	})
}

func seedFromArchives(f *testing.F, pattern string) {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		for _, part := range strings.Split(string(data), ".yaml --\n")[1:] {
			text, _, _ := strings.Cut(part, "\n-- ")
			f.Add([]byte(text))
		}
	}
}

func checkProblems(t *testing.T, ps Problems, data []byte) {
	lines := strings.Count(strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\r", "\n"), "\n") + 1
	for _, p := range ps {
		if p.Line < 0 || p.Line > lines || p.Col < 0 || p.Msg == "" {
			t.Errorf("%d lines, problem %+v", lines, p)
		}
		if n := strings.Count(p.Excerpt, "\n"); n > 1 {
			t.Errorf("excerpt of %d lines: %q", n+1, p.Excerpt)
		}
	}
	_ = ps.Error()
}

// FuzzNearest: the cut-off does not change what distance finds below it.
func FuzzNearest(f *testing.F) {
	f.Add("email", "emial")
	f.Add("", "a")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 30 || len(b) > 30 {
			return
		}
		full := distance(a, b, 1000)
		for limit := 1; limit < 6; limit++ {
			if got := distance(a, b, limit); got != min(full, limit) {
				t.Errorf("distance(%q, %q, %d) = %d, want %d", a, b, limit, got, min(full, limit))
			}
		}
		if full != distance(b, a, 1000) {
			t.Errorf("distance of %q and %q depends on the order", a, b)
		}
	})
}

// FuzzYAMLText: what the writers of YAML write is read back as the same text.
func FuzzYAMLText(f *testing.F) {
	for _, s := range []string{"a", "x: y", "# c", "'", `"`, "\t", "null", "a b", "1", "", " ", "ä", "- a", "\u2028", "~", "0x1f", "*a", "a -> b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\ufffd") {
			return
		}
		for _, written := range []string{yamlKey(s), yamlText(s)} {
			_, root, problems := parseYAML("t", []byte("k: "+written+"\n"))
			if len(problems) > 0 || root == nil || root.get("k") == nil || root.get("k").kind != scalarNode || root.get("k").text != s {
				t.Errorf("%q: written %s, read %+v, %v", s, written, root, problems)
			}
		}
		if s == "" {
			return
		}
		_, root, problems := parseYAML("t", []byte("m:\n  "+yamlKey(s)+": 1\n"))
		if len(problems) > 0 || root.get("m") == nil || root.get("m").get(s) == nil {
			t.Errorf("key %q: written %s, %v", s, yamlKey(s), problems)
		}
	})
}
