package hook

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a hook inherits has no secret in it, and how it ended is told.
func TestRun(t *testing.T) {
	t.Setenv("UNDERSTUDY_KEY", "hidden")
	t.Setenv("PRODUCTION_URL", "hidden")
	t.Setenv("SEEN", "seen")
	var out bytes.Buffer
	h := Hook{Args: []string{"sh", "-c", "env; echo to stderr >&2"}, Timeout: time.Minute, Env: []string{"UNDERSTUDY_VERB=refresh"}, Hide: []string{"PRODUCTION_URL"}, Output: &out}
	if err := h.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"UNDERSTUDY_VERB=refresh", "SEEN=seen", "to stderr"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s is missing", want)
		}
	}
	if strings.Contains(out.String(), "hidden") {
		t.Error("it inherits a secret")
	}
	h.Args = []string{"sh", "-c", "exit 3"}
	if err := h.Run(t.Context()); err == nil || err.Error() != "it ended with exit code 3" {
		t.Error(err)
	}
	h.Args = []string{filepath.Join(t.TempDir(), "nowhere")}
	if err := h.Run(t.Context()); err == nil {
		t.Error("a program that is not there has run")
	}
}

// A hook that hangs is killed with what it has started; so is one whose run ends.
func TestRunHangs(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "alive")
	script := "(while :; do date +%s%N > " + mark + "; sleep 0.05; done) & wait"
	hang := func(ctx context.Context, timeout time.Duration) error {
		return Hook{Args: []string{"sh", "-c", script}, Timeout: timeout, Output: &bytes.Buffer{}}.Run(ctx)
	}
	if err := hang(t.Context(), 300*time.Millisecond); err == nil || !strings.Contains(err.Error(), "longer than 300ms") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(300*time.Millisecond, cancel)
	if err := hang(ctx, time.Hour); err == nil {
		t.Error("it ended well")
	}
	last, err := os.ReadFile(mark)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if now, _ := os.ReadFile(mark); !bytes.Equal(now, last) {
		t.Error("what it has started goes on")
	}
}
