package load

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/fault"
)

func TestSecondBuildIsBusyAndNamesTheHolder(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	first := tg.open(func(c *Config) { c.RunID = "first" })
	second := tg.open(func(c *Config) { c.RunID = "second" })
	_, release, err := first.LockBuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = second.LockBuild(t.Context())
	wantFault(t, err, fault.Busy, "build lock", tg.staging, "understudy/first", "pid", "since", "127.0.0.1")

	st, err := second.Status(t.Context())
	if err != nil || len(st.Holders) != 1 || st.Holders[0].Lock != "build" {
		t.Errorf("status: %+v, %v", st, err)
	}

	// The publish lock is another one.
	_, releasePublish, err := second.LockPublish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	releasePublish()

	release()
	release()
	_, releaseSecond, err := second.LockBuild(t.Context())
	if err != nil {
		t.Fatalf("after the release: %v", err)
	}
	releaseSecond()
}

// Advisory locks belong to a database; ours must hold whatever the
// maintenance database.
func TestLockHoldsAcrossMaintenanceDatabases(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	other := tg.Database(t)
	first := tg.open()
	second := tg.open(func(c *Config) {
		c.DSN = c.DSN.OnDatabase(other[strings.LastIndex(other, "/")+1 : strings.Index(other, "?")])
	})
	_, release, err := first.LockBuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	_, _, err = second.LockBuild(t.Context())
	wantFault(t, err, fault.Busy)
}

func TestLocksOfOtherProjectsDoNotMatter(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	for i := range 3 {
		s := tg.open(func(c *Config) { c.Project = fmt.Sprintf("p%d", i) })
		_, release, err := s.LockBuild(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer release()
	}
}

// A run whose lock is gone must not go on beside another.
func TestLostLockCancelsTheRun(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	held, release, err := s.LockBuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	st, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tg.Exec(t, "postgres", fmt.Sprintf("SELECT pg_terminate_backend(%d)", st.Holders[0].PID))
	select {
	case <-held.Done():
	case <-time.After(time.Minute):
		t.Fatal("not noticed")
	}
	wantFault(t, context.Cause(held), fault.Transient, "the build lock is lost")
}

func TestReleaseIsQuickAndUnlocksBeforeItReturns(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	for range 20 {
		_, release, err := s.LockBuild(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		release()
		err = s.admin(t.Context(), func(conn *pgx.Conn) error {
			holders, err := s.holders(t.Context(), conn, buildLock)
			if len(holders) > 0 {
				t.Errorf("still held: %v", holders)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
