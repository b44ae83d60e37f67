package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// Within a container's limit the collector is told of it; without one it is left alone.
func TestMemoryLimit(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "") // brought back afterwards
	os.Unsetenv("GOMEMLIMIT")
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	limitMemory(func() (uint64, error) { return 0, memlimit.ErrNoCgroup })
	if got := debug.SetMemoryLimit(-1); got != before {
		t.Errorf("without a limit: %d instead of %d", got, before)
	}
	limitMemory(memlimit.Limit(1000 << 20))
	if got := debug.SetMemoryLimit(-1); got != 700<<20 {
		t.Errorf("within 1000 MiB: %d MiB", got>>20)
	}
}

// Each verb has a man page; commands in a help text stay lines of their own.
func TestManPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "share", "man1")
	var out, said bytes.Buffer
	if code := Main([]string{"man", dir}, strings.NewReader(""), &out, &said); code != 0 {
		t.Fatalf("exit %d: %s", code, said.String())
	}
	for _, verb := range (&app{}).verbs() {
		if _, err := os.Stat(filepath.Join(dir, "understudy-"+verb.Name()+".1")); err != nil && !verb.Hidden {
			t.Error(err)
		}
	}
	page, err := os.ReadFile(filepath.Join(dir, "understudy.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nunderstudy check\nunderstudy refresh\n", "Exit codes: 0 done"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("understudy.1 lacks %q:\n%s", want, page)
		}
	}

	said.Reset()
	file := filepath.Join(dir, "understudy.1")
	if code := Main([]string{"man", file}, strings.NewReader(""), &out, &said); code != 2 || !strings.Contains(said.String(), file) {
		t.Errorf("a file for a folder: exit %d: %s", code, said.String())
	}
}

// Completion scripts know the verbs' flags from the program itself.
func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var out, said bytes.Buffer
		if code := Main([]string{"completion", shell}, strings.NewReader(""), &out, &said); code != 0 || !strings.Contains(out.String(), "understudy") {
			t.Errorf("%s: exit %d: %s", shell, code, said.String())
		}
	}
	var out, said bytes.Buffer
	if code := Main([]string{"__complete", "refresh", "--dry"}, strings.NewReader(""), &out, &said); code != 0 || !strings.Contains(out.String(), "--dry-run") {
		t.Errorf("exit %d: %s%s", code, out.String(), said.String())
	}
}
