package main

import (
	"os"
	"runtime/debug"
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
