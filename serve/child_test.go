package serve

import (
	"io"
	"testing"
)

func TestLastLine(t *testing.T) {
	t.Parallel()
	var l lastLine
	for _, s := range []string{"{\"a\":1}\n{\"b\"", ":2}", "\n{\"c\":3}\n"} {
		_, _ = io.WriteString(&l, s)
	}
	if got := string(l.line()); got != `{"c":3}` {
		t.Error(got)
	}
}
