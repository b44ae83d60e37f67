package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/understudy-db/understudy/policies"
)

// Examples are true: their command lines have the verbs and flags that there are,
// their metrics exist, and their YAML is YAML.
func TestDeployExamples(t *testing.T) {
	t.Parallel()
	p := newProject(t, "", "version: 1\ntables: {}\n")
	help := map[string]string{}
	knows := func(file, verb, flag string) {
		if help[verb] == "" {
			help[verb] = p.ok(verb, "--help").stdout
		}
		if flag != "" && !strings.Contains(help[verb], flag+" ") && !strings.Contains(help[verb], flag+"\n") {
			t.Errorf("%s: %s has no %s", file, verb, flag)
		}
	}
	source, err := os.ReadFile("../internal/metrics/metrics.go")
	if err != nil {
		t.Fatal(err)
	}
	metric := regexp.MustCompile(`understudy_[a-z_]+`)
	flag := regexp.MustCompile(`--[a-z-]+`)
	commands := 0
	files, err := filepath.Glob("../deploy/*/*")
	if err != nil || len(files) < 7 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		if ext := filepath.Ext(file); ext == ".yaml" || ext == ".json" { // JSON is YAML
			var doc map[string]any
			if err := yaml.UnmarshalWithOptions(text, &doc, yaml.Strict()); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			for _, m := range regexp.MustCompile(`(?:args|command): \[([^\]]*)\]`).FindAllStringSubmatch(string(text), -1) {
				lines = append(lines, strings.ReplaceAll(m[1], ",", ""))
			}
			for _, m := range regexp.MustCompile(`(?m)^ *- (?:run: )?understudy (.*)$`).FindAllStringSubmatch(string(text), -1) {
				lines = append(lines, m[1])
			}
			for _, name := range metric.FindAllString(string(text), -1) {
				if strings.Contains(file, "/compose/") {
					break // names of roles there
				}
				if !strings.Contains(string(source), `"`+strings.TrimPrefix(name, "understudy_")+`"`) {
					t.Errorf("%s: there is no metric %s", file, name)
				}
			}
		}
		for _, m := range regexp.MustCompile(`(?m)^ExecStart=/usr/bin/understudy (.*)$`).FindAllStringSubmatch(string(text), -1) {
			lines = append(lines, m[1])
		}
		for _, line := range lines {
			commands++
			verb := strings.Fields(line)[0]
			knows(file, verb, "")
			for _, f := range flag.FindAllString(line, -1) {
				knows(file, verb, f)
			}
		}
	}
	c, err := policies.LoadConfig("../deploy/compose/understudy.yaml", policies.LoadOptions{})
	if err != nil || len(c.Warnings) > 0 {
		t.Errorf("the playground's configuration: %v, %v", err, c.Warnings)
	}
	if commands < 12 {
		t.Errorf("%d command lines were found", commands)
	}
}

// Alerts fire when they should, by Prometheus' own word.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian's package prometheus has it)")
	}
	if out, err := exec.Command(promtool, "test", "rules", "testdata/prometheus/alerts_test.yaml").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
