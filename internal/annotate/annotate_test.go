package annotate

import (
	"strings"
	"testing"
)

var example = []Finding{
	{Rule: "a-rule", Level: Error, File: "db/1,2:x.sql", Line: 3, Col: 7, Title: "100 % sure", Message: "first\nsecond: 50 %"},
	{Rule: "b", Level: Note, File: "f", Line: 1, Title: "t", Message: "<m>", Waived: "we know"},
	{Rule: "b", Level: Warning, Title: "t", Message: "nowhere"},
}

func TestGitHub(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := GitHub(&b, example); err != nil {
		t.Fatal(err)
	}
	want := `::error file=db/1%2C2%3Ax.sql,line=3,col=7,title=100 %25 sure::first%0Asecond: 50 %25
::notice file=f,line=1,title=t::<m>
::warning title=t::nowhere
`
	if b.String() != want {
		t.Errorf("%s instead of %s", b.String(), want)
	}
}

func TestSARIF(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := SARIF(&b, "", []Rule{Describe("a-rule", "what it means"), {ID: "b", Name: "b"}}, example); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"version":"2.1.0"`, `"rules":[{"id":"a-rule","shortDescription":{"text":"what it means"}},{"id":"b","name":"b"}]`,
		`{"ruleId":"a-rule","level":"error","message":{"text":"first\nsecond: 50 %"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"db/1,2:x.sql"},"region":{"startLine":3,"startColumn":7}}}]}`,
		`"message":{"text":"<m>"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"f"},"region":{"startLine":1}}}],"suppressions":[{"kind":"inSource","justification":"we know"}]}`,
		`{"ruleId":"b","level":"warning","message":{"text":"nowhere"}}`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is missing in %s", want, b.String())
		}
	}
}
