package integration

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// docs/guarantees.md names tests; each of them exists.
func TestGuaranteesAreTested(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/guarantees.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`([a-z]+)\\.(Test[A-Za-z]+)`").FindAllStringSubmatch(string(doc), -1)
	if len(named) < 50 {
		t.Errorf("only %d tests are named", len(named))
	}
	code := map[string]string{}
	for _, m := range named {
		if code[m[1]] == "" {
			files, err := filepath.Glob(filepath.Join("..", m[1], "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				text, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				code[m[1]] += string(text)
			}
		}
		if !strings.Contains(code[m[1]], "\nfunc "+m[2]+"(t *testing.T)") {
			t.Errorf("there is no test %s in %s", m[2], m[1])
		}
	}
}
