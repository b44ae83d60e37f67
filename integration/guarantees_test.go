package integration

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// docs/guarantees.md, docs/survives.md and docs/versions.md name tests, and cases of tests; each
// of them exists.
func TestGuaranteesAreTested(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile("`([a-z/]+)\\.(Test[A-Za-z]+)(?:/([A-Za-z0-9_-]+))?`")
	code := map[string]string{} // of the tests of each package
	for path, atLeast := range map[string]int{"../docs/guarantees.md": 50, "../docs/survives.md": 150, "../docs/versions.md": 25} {
		tests := named.FindAllStringSubmatch(readFile(t, path), -1)
		if len(tests) < atLeast {
			t.Errorf("%s names only %d tests", path, len(tests))
		}
		for _, m := range tests {
			pkg, test, sub := m[1], m[2], m[3]
			if code[pkg] == "" {
				code[pkg] = testCode(t, pkg)
			}
			if !strings.Contains(code[pkg], "\nfunc "+test+"(t *testing.T)") {
				t.Errorf("%s: there is no test %s in %s", path, test, pkg)
			}
			if sub != "" && !caseExists(t, pkg, sub, code[pkg]) {
				t.Errorf("%s: there is no case %s of %s in %s", path, sub, test, pkg)
			}
		}
	}
}

func testCode(t *testing.T, pkg string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", pkg, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		b.WriteString(readFile(t, f))
	}
	return b.String()
}

// caseExists tells whether a case of a test is there: a file of its name in
// testdata, or the name in the code.
func caseExists(t *testing.T, pkg, name, code string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", pkg, "testdata", "*", name+".*"))
	if err != nil {
		t.Fatal(err)
	}
	return len(files) > 0 || strings.Contains(code, strconv.Quote(name))
}

// docs/survives.md has a row with tests for each of the 64 cases, and no case
// of the tests is missing there.
func TestEveryCaseIsListed(t *testing.T) {
	t.Parallel()
	const cases = 64
	doc := readFile(t, "../docs/survives.md")
	rows := regexp.MustCompile("(?m)^\\| ([0-9]+) \\| .+ \\| .+ \\| `[^|]+` \\|$").FindAllStringSubmatch(doc, -1)
	var numbers []int
	for _, r := range rows {
		n, err := strconv.Atoi(r[1])
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	for n := 1; n <= cases; n++ {
		if !slices.Contains(numbers, n) {
			t.Errorf("there is no row %d with tests", n)
		}
	}
	if len(numbers) != cases {
		t.Errorf("%d rows", len(numbers))
	}
	for pattern, test := range map[string]string{"testdata/same/*.sql": "TestKeepsEverything", "testdata/survives/*.txtar": "TestSurvives"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, f := range files {
			name := strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))
			if !strings.Contains(doc, "`integration."+test+"/"+name+"`") {
				t.Errorf("%s/%s is not in the list", test, name)
			}
		}
	}
}

// docs/guarantees.md has a row for each of the 32 faults, in order, that says
// what happens and names tests, or says what it comes with.
func TestEveryFaultIsListed(t *testing.T) {
	t.Parallel()
	const faults = 32
	rows := regexp.MustCompile(`(?m)^\| ([0-9]+) \| ([^|]+) \| ([^|]+) \| ([^|]*) ?\| ([^|]*) ?\| ([^|]*) ?\|$`).FindAllStringSubmatch(readFile(t, "../docs/guarantees.md"), -1)
	for i, r := range rows {
		if r[1] != strconv.Itoa(i+1) {
			t.Errorf("row %d has the number %s", i+1, r[1])
		}
		if !strings.Contains(r[6], ".Test") && !strings.HasPrefix(r[3], "comes with") {
			t.Errorf("fault %s has no test", r[1])
		}
	}
	if len(rows) != faults {
		t.Errorf("%d faults are listed", len(rows))
	}
}
