package mask

import (
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/brianvoe/gofakeit/v6"
)

func TestGofakeit(t *testing.T) {
	t.Parallel()
	testMask(t, "gofakeit", []maskCase{
		{name: "function", col: column("text"), params: Params{"function": "carmodel"}, value: "x", want: `.+`},
		{name: "template", col: column("text"), params: Params{"template": "{firstname} {lastname}-##"}, value: "x", want: `\w+ \w+-\d\d`},
		{name: "arguments", col: column("int2"), params: Params{"function": "number", "args": []string{"min=5", "max=6"}}, value: "1", want: `5|6`},
		{name: "a list", col: column("text"), params: Params{"function": "randomstring", "args": []string{"strs=a", "strs=b"}}, value: "x", want: `a|b`},
		{name: "cut", col: varchar(3), params: Params{"function": "sentence"}, value: "x", want: `.{3}`},
		{name: "live", col: column("text"), params: Params{"function": "email", "live": true}, value: "x", want: `.+@.+`},
		{name: "year of ours", col: column("int4"), params: Params{"function": "year"}, value: "1", want: `(19|20)\d\d`},
		{name: "date of ours", col: column("date"), params: Params{"function": "date"}, value: "2020-01-01", want: `(19|20)\d\d-\d\d-\d\d`},
		{name: "by value", col: column("text"), params: Params{"function": "petname"}, domain: "pet", value: "Rex", want: `.+`},
	})
	testRefusals(t, "gofakeit", []refusal{
		{"nothing", column("text"), nil, BySubject, "function or a template"},
		{"both", column("text"), Params{"function": "name", "template": "x"}, BySubject, "function or a template"},
		{"no such function", column("text"), Params{"function": "carmodell"}, BySubject, "no function"},
		{"no such argument", column("text"), Params{"function": "number", "args": []string{"least=1"}}, BySubject, "no parameter"},
		{"the clock", column("text"), Params{"function": "pasttime"}, BySubject, "clock"},
		{"the clock in a template", column("text"), Params{"template": "{year}"}, BySubject, "clock"},
		{"today", column("text"), Params{"function": "daterange"}, BySubject, "today"},
		{"today in a template", column("text"), Params{"template": "{daterange:2020-01-01}"}, BySubject, "clock"},
		{"an address of somebody", column("text"), Params{"function": "email"}, BySubject, "somebody"},
		{"several values", column("text"), Params{"function": "address"}, BySubject, "several"},
		{"a picture", column("text"), Params{"function": "imagepng"}, BySubject, "picture"},
		{"a word in a number", column("int4"), Params{"function": "name"}, BySubject, "no value"},
		{"missing arguments", column("text"), Params{"function": "teams"}, BySubject, ""},
		{"a unique column", column("text").unique(), Params{"function": "name"}, BySubject, "same value"},
	})
}

// callable are the functions that the mask calls, with arguments that those
// need which have no defaults.
func callable(t *testing.T) map[string]Params {
	needs := map[string][]string{
		"digitn": {"count=3"}, "lettern": {"count=3"}, "float32range": {"min=1", "max=2"}, "float64range": {"min=1", "max=2"}, "intrange": {"min=1", "max=9"},
		"lexify": {"str=??"}, "numerify": {"str=##"}, "regex": {"str=[a-z]{3}"}, "randomint": {"ints=1", "ints=2"},
		"randomuint": {"uints=1", "uints=2"}, "randomstring": {"strs=a", "strs=b"}, "shuffleints": {"ints=1", "ints=2", "ints=3"},
		"shufflestrings": {"strs=a", "strs=b", "strs=c"}, "weighted": {"options=a", "options=b", "weights=1", "weights=2"},
		"daterange": {"startdate=2020-01-01", "enddate=2024-12-31"},
	}
	out := map[string]Params{}
	refused := 0
	for name := range gofakeit.FuncLookups {
		p := Params{"function": name, "live": true}
		if needs[name] != nil {
			p["args"] = needs[name]
		}
		if _, err := Find("gofakeit").Compile(column("text"), p, person42); err != nil {
			refused++
			if refusedFunctions[name] == "" && !strings.Contains(err.Error(), "several values") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		out[name] = p
	}
	if len(out) < 270 || refused > 40 {
		t.Errorf("%d functions are called and %d refused", len(out), refused)
	}
	return out
}

// Every function gives the same for the same key in two instances, in any
// order of calls.
func TestGofakeitIsDeterministic(t *testing.T) {
	t.Parallel()
	for name, params := range callable(t) {
		c := compileMask(t, "gofakeit", column("text"), params, person42)
		a, b := c.New(), compileMask(t, "gofakeit", column("text"), params, person42).New()
		for i := range 20 {
			in := func(n int) *Input { return &Input{Value: []byte("x"), Subject: []byte(fmt.Sprint(n))} }
			x, _ := a.Append(nil, in(i))
			b.Append(nil, in(i+1000))
			y, _ := b.Append(nil, in(i))
			if string(x) != string(y) {
				t.Errorf("%s: %q and %q of one subject", name, x, y)
				break
			}
		}
	}
}

// No function that we call reaches the clock or anything global, by the source
// of the library: a walk over the calls between its functions.
func TestGofakeitReadsNoClock(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/brianvoe/gofakeit/v6").Output()
	if err != nil {
		t.Skipf("go list: %v", err)
	}
	dir := strings.TrimSpace(string(out))
	files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	calls := map[string]map[string]bool{} // function to what it names
	lookups := map[string]map[string]bool{}
	set := gotoken.NewFileSet()
	names := func(n ast.Node) map[string]bool {
		out := map[string]bool{}
		ast.Inspect(n, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && (x.Name == "time" || x.Name == "os" || x.Name == "crand") {
					out[x.Name+"."+n.Sel.Name] = true
				}
			case *ast.Ident:
				out[n.Name] = out[n.Name] || n.Name == "globalFaker"
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok {
					out[f.Name] = true
				}
			}
			return true
		})
		return out
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Body != nil && n.Recv == nil {
					calls[n.Name.Name] = names(n.Body)
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "AddFuncLookup" && len(n.Args) == 2 {
					if lit, ok := n.Args[0].(*ast.BasicLit); ok {
						ast.Inspect(n.Args[1], func(m ast.Node) bool {
							if kv, ok := m.(*ast.KeyValueExpr); ok && fmt.Sprint(kv.Key) == "Generate" {
								lookups[strings.Trim(lit.Value, `"`)] = names(kv.Value)
							}
							return true
						})
					}
				}
			}
			return true
		})
	}
	if len(lookups) < 300 {
		t.Fatalf("%d functions found in %s", len(lookups), dir)
	}
	var reaches func(from map[string]bool, seen map[string]bool) string
	reaches = func(from, seen map[string]bool) string {
		list := make([]string, 0, len(from))
		for name, named := range from {
			if named {
				list = append(list, name)
			}
		}
		sort.Strings(list)
		for _, name := range list {
			if name == "time.Now" || name == "globalFaker" || strings.HasPrefix(name, "crand.") || strings.HasPrefix(name, "os.") {
				return name
			}
			// The global lookup is of functions by name; what they call is seen by their own names.
			if seen[name] || calls[name] == nil {
				continue
			}
			seen[name] = true
			if at := reaches(calls[name], seen); at != "" {
				return name + " → " + at
			}
		}
		return ""
	}
	for name := range callable(t) {
		if ownFunctions[name] != nil {
			if name != "shufflestrings" && reaches(lookups[name], map[string]bool{}) == "" {
				t.Errorf("%s is replaced without need", name)
			}
			continue
		}
		if at := reaches(lookups[name], map[string]bool{}); at != "" {
			t.Errorf("%s reaches %s", name, at)
		}
	}
	// Phrases of the library's data call functions by name, too.
	data, _ := filepath.Glob(filepath.Join(dir, "data", "*.go"))
	for _, file := range data {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range templateFunction.FindAllStringSubmatch(string(text), -1) {
			if refusedFunctions[f[1]] != "" || ownFunctions[f[1]] != nil {
				t.Errorf("%s calls %s", filepath.Base(file), f[1])
			}
		}
	}
	for _, name := range []string{"pasttime", "creditcardexp", "person", "isin", "daterange"} { // the walk finds what there is to find
		if reaches(lookups[name], map[string]bool{}) == "" {
			t.Errorf("%s does not seem to reach the clock", name)
		}
	}
}
