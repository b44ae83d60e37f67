package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

const hostile = `"><script>alert(1)</script><img src=http://evil.example/x onerror=a()>` + "\u202e'`{{.Tool}}\n"

// hostileRun has a hostile text wherever a source or a policy puts one.
func hostileRun() *Run {
	r := sample()
	r.Tool, r.ID, r.Project, r.Staging, r.Database = hostile, hostile, hostile, hostile, hostile
	r.Error = &Failure{ExitCode: 7, Kind: "verification", Where: hostile, Message: hostile, Hint: hostile}
	r.Policy.Hash, r.Policy.KeyFingerprint = hostile, hostile
	r.Warnings = []string{hostile}
	r.Waiters = []Waiter{{What: hostile, Action: hostile}}
	r.Skipped = []Skipped{{hostile, hostile}}
	r.Gates = []Gate{{Name: hostile}}
	r.Waivers = []Waiver{{Rule: hostile, Object: hostile, Reason: hostile, Until: &r.Started, Origin: hostile}}
	r.Leaks = []Leak{{hostile, hostile, hostile, 1}}
	r.Originals = []Original{{Column: hostile, Mask: hostile, From: []string{hostile, hostile}, Rows: 1}}
	r.Stages = []Stage{{hostile, 1}}
	r.Swap.Previous = hostile
	r.Tables = append(r.Tables, Table{Name: hostile, Subject: hostile, Where: hostile, Mode: hostile, Rows: 3, Bytes: 3, Columns: []Column{
		{Name: hostile, Mask: hostile, KeyedBy: "value in " + hostile, Origin: hostile, Class: hostile, Counted: true, Replaced: 3, Oversize: 1},
		{Name: hostile, Mask: "keep", Class: "email", Review: true},
	}})
	return r
}

// The pages load nothing, run nothing, and show hostile names as text.
func TestHTML(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"run":      func(b *bytes.Buffer) error { return sample().WriteHTML(b) },
		"hostile":  func(b *bytes.Buffer) error { return hostileRun().WriteHTML(b) },
		"empty":    func(b *bytes.Buffer) error { return (&Run{Outcome: Failed}).WriteHTML(b) },
		"coverage": func(b *bytes.Buffer) error { return CoverageOf(hostileRun().Tables).WriteHTML(b, hostile) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(b.String(), "\u202e") {
				t.Error("a name can turn the direction of writing")
			}
			root, err := html.Parse(&b)
			if err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			elements := 0
			var walk func(n *html.Node)
			walk = func(n *html.Node) {
				switch n.Type {
				case html.TextNode:
					if n.Parent.Data == "style" && regexp.MustCompile(`url\(|@import|expression`).MatchString(n.Data) {
						t.Errorf("style loads: %s", n.Data)
					}
					text.WriteString(n.Data)
				case html.ElementNode:
					elements++
					switch n.Data {
					case "script", "img", "iframe", "link", "object", "embed", "form", "a", "svg", "base", "video", "audio", "source":
						t.Errorf("an element %s %v", n.Data, n.Attr)
					}
					for _, a := range n.Attr {
						if strings.HasPrefix(a.Key, "on") || a.Key == "src" || a.Key == "href" || a.Key == "srcset" || a.Key == "action" {
							t.Errorf("%s %s=%q", n.Data, a.Key, a.Val)
						}
						if a.Key == "style" && !regexp.MustCompile(`^width: [0-9.]+%$`).MatchString(a.Val) {
							t.Errorf("style=%q", a.Val)
						}
					}
				}
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					walk(c)
				}
			}
			walk(root)
			if elements < 20 {
				t.Errorf("%d elements only", elements)
			}
			if shown := strings.Count(text.String(), "<script>alert(1)</script>"); (name == "hostile" || name == "coverage") && shown < 4 {
				t.Errorf("the hostile text is shown %d times", shown)
			}
		})
	}
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	columns := []Column{
		{Name: "id", Mask: "keep"}, {Name: "email", Mask: "email", Class: "email", Changed: 3, Review: true},
		{Name: "phone", Mask: "keep", Class: "phone"}, {Name: "note", Mask: "text", Changed: 2},
	}
	c := CoverageOf([]Table{
		{Name: "p.a_1", Root: "p.a", Columns: columns}, {Name: "p.a_2", Root: "p.a", Columns: columns},
		{Name: "p.b", Mode: "structure only"}, {Name: "p.c", Where: "policy.yaml:3", Columns: columns[:1]},
	})
	if c.Masked != 2 || c.Kept != 3 || c.Review != 1 || len(c.Tables) != 3 {
		t.Errorf("%+v", c)
	}
	a := c.Tables[0]
	if a.Name != "p.a" || a.Masked != 2 || a.Kept != 2 || a.Review != 1 || len(a.Exposed) != 1 || a.Exposed[0] != "phone" || a.Classes["email"] != 1 || a.Masks["text"] != 1 {
		t.Errorf("%+v", a)
	}
	if c.Tables[1].Rows != "none" || c.Tables[2].Rows != "where" {
		t.Errorf("%+v", c.Tables)
	}
	for _, m := range c.Masks {
		if m.Mask == "email" && (m.Columns != 1 || m.Changed != 6) {
			t.Errorf("partitions: %+v", m)
		}
	}
}
