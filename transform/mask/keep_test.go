package mask

import (
	"strings"
	"testing"
)

// keep, constant and sql are expressions of the source.
func TestEvaluatedBySource(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"keep", "constant", "sql"} {
		s := Find(name)
		if !s.Source {
			t.Errorf("%s is not marked", name)
		}
		for _, types := range typesOf {
			_, err := s.Compile(column(types[0]), nil, Binding{Keyed: s.Keyed[0]})
			if err == nil || !strings.Contains(err.Error(), "evaluated by the source") {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, s := range All() {
		if s.Source != (s.fit == nil) {
			t.Errorf("%s: Source is %v", s.Name, s.Source)
		}
	}
	if p := Find("constant").param("value"); p == nil || !p.Required || p.Type != Scalar {
		t.Error("constant needs a value")
	}
	if p := Find("sql").param("expression"); p == nil || !p.Required || p.Type != String {
		t.Error("sql needs an expression")
	}
}
