package integration

import (
	"strings"
	"testing"
)

// The verbs that read production and write nothing tell no row either, in any
// form of output, whether they succeed or a rule fails on a row. The harness
// searches what they say.
func TestLookingTellsNoRow(t *testing.T) {
	t.Parallel()
	p := newProject(t, canaryTypes+`INSERT INTO canary_kinds SELECT 'canarykind' || n || 'x', 'canaryremark' || n || 'y' FROM generate_series(10, 400) n;`,
		"version: 1\ntables:\n"+canaryRules)
	for _, output := range []string{"text", "json"} {
		for _, args := range [][]string{{"init"}, {"check"}, {"preview", "public.canaries"}, {"preview", "public.canary_kinds"}, {"doctor"}, {"refresh", "--dry-run"}} {
			p.ok(append(args, "--output", output, "--verbose")...)
		}
	}
	for _, expression := range []string{"remark::int::text", "remark::regclass::text", "current_setting(remark)", "(1 / (length(remark) - length(remark)))::text", "remark::xml::text || ('<' || remark)::xml::text"} {
		p.write("policy.yaml", "version: 1\ntables:\n"+strings.Replace(canaryRules, "keep: [code, remark]", `keep: [code], columns: { remark: { mask: sql, expression: "`+expression+`" } }`, 1))
		if r := p.run("preview", "public.canary_kinds", "--verbose"); r.code == 0 {
			t.Errorf("%s: no row fails it", expression)
		}
	}
	p.write("policy.yaml", "version: 1\ntables:\n"+strings.Replace(canaryRules, "keep: [code, remark]", `keep: [code, remark], rows: { where: "remark::int > 0" }`, 1))
	if r := p.run("preview", "public.canary_kinds", "--output", "json"); r.code == 0 {
		t.Error("the condition fails on no row")
	}
}
