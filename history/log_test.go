package history

import (
	"log/slog"
	"strings"
	"testing"
)

// Lines are short, counted, and end with a word about what is missing.
func TestLogIsBounded(t *testing.T) {
	t.Parallel()
	l := NewLog(slog.LevelInfo)
	log := slog.New(l).With("run", "r1", "who", "x y").WithGroup("g")
	log.Debug("unseen")
	log.Info("first", "n", 7, "run", "kept within a group")
	log.Warn(strings.Repeat("é", 3000))
	l.Warn("told \x00 otherwise\xff")
	for range maxLines {
		log.Info("again")
	}
	lines := *l.lines
	if len(lines) != maxLines || lines[maxLines-1].Text != "the log is cut here" || lines[maxLines-1].N != maxLines {
		t.Fatalf("%d lines, the last one %+v", len(lines), lines[len(lines)-1])
	}
	if got := lines[0]; got.N != 1 || got.Level != "INFO" || got.Text != `first who="x y" g.n=7 g.run="kept within a group"` {
		t.Errorf("%+v", got)
	}
	if got := lines[1]; got.Level != "WARN" || len(got.Text) > maxLine+10 || !strings.HasSuffix(got.Text, "…") {
		t.Errorf("%d bytes, %s", len(got.Text), got.Level)
	}
	if got := lines[2].Text; got != "told ? otherwise?" {
		t.Errorf("%q", got)
	}
}
