package policies_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform/mask"
)

// editorsSchema is understudy.schema.json as editors use it.
func editorsSchema(t *testing.T) func(text string) error {
	t.Helper()
	file, err := os.Open("../understudy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("understudy.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("understudy.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) error {
		asJSON, err := yaml.YAMLToJSON([]byte(text))
		if err != nil {
			return err
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
		if err != nil {
			return err
		}
		return s.Validate(v)
	}
}

// beyondSchema are archives of wrong policies whose mistakes no schema of JSON
// sees: names, paths and conditions inside of texts, what stands twice, YAML's
// own rules, and ranges that depend on another value.
var beyondSchema = []string{
	"names-wrong", "subjects-wrong", "tables-twice",
	"syntax-anchors", "syntax-documents", "syntax-encoding", "syntax-tab",
}

// The schema that completes policies in editors takes every policy that
// understudy takes, and marks the wrong ones.
func TestSchemaOnPolicies(t *testing.T) {
	t.Parallel()
	valid := editorsSchema(t)
	paths, err := filepath.Glob("testdata/policy/*.txtar")
	if err != nil || len(paths) < 20 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		marked := false
		for _, f := range archive.Files {
			if !strings.HasSuffix(f.Name, ".yaml") {
				continue
			}
			_, loads := policies.LoadPolicy([]string{f.Name}, policies.PolicyOptions{ReadFile: func(string) ([]byte, error) { return f.Data, nil }})
			err := valid(string(f.Data))
			marked = marked || err != nil
			if loads == nil && err != nil {
				t.Errorf("%s: %s is a policy, and the schema says: %v", name, f.Name, err)
			}
			if loads != nil && err == nil && !slices.Contains(beyondSchema, name) {
				t.Errorf("%s: the schema takes %s, and understudy does not: %v", name, f.Name, loads)
			}
		}
		if marked && slices.Contains(beyondSchema, name) && !strings.HasPrefix(name, "syntax") {
			t.Errorf("%s: the schema sees it now; take it off the list", name)
		}
	}
}

func TestSchemaOnExamples(t *testing.T) {
	t.Parallel()
	valid := editorsSchema(t)
	examples := map[string]string{}
	for _, s := range mask.All() {
		examples["mask "+s.Name] = "version: 1\ntables:\n  public.t:\n    columns:\n" + indent(s.Example, "      ")
	}
	for _, path := range []string{"../README.md", "../docs/configuration.md", "../docs/operations.md", "../docs/privacy.md", "../docs/design.md"} {
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, block := range strings.Split(string(text), "```yaml\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			block = dedent(block)
			if !strings.Contains(block, "version:") {
				block = "version: 1\n" + block
			}
			examples[path+" example "+string(rune('1'+i))] = block
		}
	}
	files, err := filepath.Glob("../integration/testdata/*/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(files, "../cmd/understudy/demo/policy.yaml") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		examples[path] = string(text)
	}
	if len(examples) < 35 {
		t.Errorf("%d examples only", len(examples))
	}
	for name, text := range examples {
		if err := valid(text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
	for name, text := range map[string]string{
		"unknown key":        "version: 1\ntabels: {}",
		"unknown mask":       "version: 1\ntables: { a.b: { columns: { c: emial } } }",
		"other's parameter":  "version: 1\ntables: { a.b: { columns: { c: { mask: email, days: 3 } } } }",
		"no parameter":       "version: 1\ntables: { a.b: { columns: { c: sql } } }",
		"wrong rows":         "version: 1\ntables: { a.b: { rows: some } }",
		"no version":         "tables: { a.b: { rows: none } }",
		"other version":      "version: 2\ntables: { a.b: { rows: none } }",
		"unchanged of what":  "version: 1\ntables: { a.b: { columns: { c: { mask: email, unchanged: yes } } } }",
		"config: number":     "version: 1\nproject: x\nsource: { url: a, connections: many }",
		"config: unknown":    "version: 1\nproject: x\nsorce: { url: a }",
		"config: one of few": "version: 1\nproject: x\nrotate: weekly",
	} {
		if valid(text) == nil {
			t.Errorf("%s: the schema takes\n%s", name, text)
		}
	}
}

// Every configuration of testdata that understudy takes as it is written.
func TestSchemaOnConfigurations(t *testing.T) {
	t.Parallel()
	valid := editorsSchema(t)
	paths, err := filepath.Glob("testdata/config/*.txtar")
	if err != nil || len(paths) < 5 {
		t.Fatal(paths, err)
	}
	seen := 0
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			_, loads := policies.LoadConfig(f.Name, policies.LoadOptions{
				ReadFile: func(string) ([]byte, error) { return f.Data, nil },
				Env:      func(string) (string, bool) { return "", false },
			})
			if !strings.HasSuffix(f.Name, ".yaml") || loads != nil {
				continue
			}
			seen++
			if err := valid(string(f.Data)); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	if seen < 2 {
		t.Errorf("%d configurations only", seen)
	}
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by) + "\n"
}

// dedent takes off what the first line is indented by, as in a list of a page.
func dedent(text string) string {
	by := text[:len(text)-len(strings.TrimLeft(text, " "))]
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n"+by, "\n"), by)
}
