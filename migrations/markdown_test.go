package migrations_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/understudy-db/understudy/migrations"
)

// A report that is too long for a pull request is cut between lines, and what
// was open is closed.
func TestMarkdownIsCut(t *testing.T) {
	for _, sev := range []migrations.Severity{migrations.High, migrations.Medium, migrations.Info} {
		r := &migrations.Report{Headline: "PASS"}
		for _, s := range []migrations.Severity{migrations.Blocker, sev} {
			for n := range 300 {
				r.Folder = append(r.Folder, migrations.Finding{Rule: "x", Severity: s, File: fmt.Sprintf("%d_ä.up.sql", n), Message: strings.Repeat("ö ", 100), Fix: "SELECT 1;\nSELECT 2;"})
			}
		}
		var b strings.Builder
		if err := r.WriteMarkdown(&b); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if len(text) > 60_000 || !strings.Contains(text, "cut") || strings.Count(text, "<details") != strings.Count(text, "</details>") || strings.Count(text, "```")%2 != 0 {
			t.Errorf("%v: %d bytes, %d details opened, %d closed, %d fences", sev, len(text),
				strings.Count(text, "<details"), strings.Count(text, "</details>"), strings.Count(text, "```"))
		}
	}
}

// A folder of which golang-migrate runs nothing is an error that says why.
func TestFolderOfNothing(t *testing.T) {
	for name, want := range map[string]string{
		"20190100000001000000_client.up.sql": "does not fit into 64 bits",
		"1-client.up.sql":                    "VERSION_title.up.sql",
		"client.up.sql":                      "no file has a name like",
		"README.md":                          "no file has a name like",
	} {
		if _, err := migrations.ReadFolder(fstest.MapFS{name: {Data: []byte("SELECT 1")}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
