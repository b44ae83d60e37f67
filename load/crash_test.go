package load

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/fault"
)

// locksAreFree waits until the server has noticed that the child is dead.
func (tg *target) locksAreFree(s *Server) {
	tg.t.Helper()
	eventually(tg.t, "the dead run's locks are free", func() bool {
		st, err := s.Status(tg.t.Context())
		if err != nil {
			tg.t.Fatal(err)
		}
		return len(st.Holders) == 0
	})
}

func TestKilledHolderFreesTheLock(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	c := tg.startChild("hold")
	c.await("locked")
	_, _, err := s.LockBuild(t.Context())
	wantFault(t, err, fault.Busy, "understudy/child")
	c.kill()
	tg.locksAreFree(s)
	_, release, err := s.LockBuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	release()
}

// Killed while loading: staging serves, the half-built generation goes.
func TestKilledWhileLoading(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	tg.published(s)
	c := tg.startChild("load")
	c.await("loading")
	tg.wantJanitor(s) // it lives
	c.kill()
	if tg.note() != "generation 1" {
		t.Errorf("staging is %q", tg.note())
	}
	tg.locksAreFree(s)
	tg.wantDatabases("S S__u1 S__u2")
	tg.wantJanitor(s, "S__u2")
	tg.published(s)
	if tg.note() != "generation 2" {
		t.Errorf("staging is %q", tg.note())
	}
}

// Killed between sealing and the swap: at each step staging serves, and the
// complete generation can still be published.
func TestKilledWhilePublishing(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"clone", "in the clone", "swap"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			tg := newTarget(t)
			s := tg.open()
			tg.published(s)
			c := tg.startChild("publish")
			c.await("sealed")
			switch at {
			case "clone":
				c.await("step clone")
			case "in the clone":
				c.await("step clone")
				c.goOn()
				eventually(t, "the clone is under way", func() bool {
					var n int
					err := tg.query("postgres", `SELECT count(*)::int FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE "`+tg.staging+`%'`, &n)
					return err == nil && n > 0 || tg.oid(s.names.live(2)) != 0
				})
			case "swap":
				c.await("step clone")
				c.goOn()
				c.await("step swap")
			}
			c.kill()
			if tg.note() != "generation 1" {
				t.Errorf("staging is %q", tg.note())
			}
			tg.locksAreFree(s)
			eventually(t, "no server process goes on cloning", func() bool {
				var n int
				err := tg.query("postgres", `SELECT count(*)::int FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'CREATE DATABASE "`+tg.staging+`%'`, &n)
				return err == nil && n == 0
			})
			st, err := s.Status(t.Context())
			if err != nil || st.Waiting == nil || st.Waiting.Number != 2 {
				t.Errorf("waiting: %+v, %v", st.Waiting, err)
			}
			if _, err := s.Janitor(t.Context()); err != nil {
				t.Fatal(err)
			}
			if tg.oid(s.names.live(2)) != 0 {
				t.Error("the half-made clone is still there")
			}
			if _, err := s.Resume(t.Context(), PublishOptions{}); err != nil {
				t.Fatal(err)
			}
			if tg.note() != "the child's" {
				t.Errorf("staging is %q", tg.note())
			}
		})
	}
}

// Killed inside the swap's transaction, after the first rename: staging is as
// it was and open, and who was waiting to log in gets in.
func TestKilledInsideTheSwap(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	tg.published(s)
	before := tg.oid(tg.staging)
	c := tg.startChild("publish")
	c.await("step clone")
	c.goOn()
	c.await("step swap")

	// The second rename has to wait for us.
	candidate := tg.oid(s.names.live(2))
	conn := tg.Conn(t, tg.URL("postgres"))
	tx, err := conn.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), "COMMENT ON DATABASE "+quoted(s.names.live(2))+" IS 'in the way'"); err != nil {
		t.Fatal(err)
	}
	c.goOn()
	eventually(t, "the second rename waits", func() bool {
		var n int
		err := tg.query("postgres", fmt.Sprintf(`SELECT count(*)::int FROM pg_locks WHERE NOT granted AND locktype = 'object' AND objid = %d`, candidate), &n)
		return err == nil && n > 0
	})
	login := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn, err := pgx.Connect(ctx, tg.URL(tg.staging))
		if err == nil {
			err = conn.Close(ctx)
		}
		login <- err
	}()
	eventually(t, "a login waits", func() bool {
		var n int
		err := tg.query("postgres", fmt.Sprintf(`SELECT count(*)::int FROM pg_locks WHERE NOT granted AND locktype = 'object' AND objid = %d`, before), &n)
		return err == nil && n > 0
	})
	c.kill()
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-login; err != nil {
		t.Errorf("the login that waited: %v", err)
	}
	tg.locksAreFree(s)
	if tg.oid(tg.staging) != before || tg.note() != "generation 1" {
		t.Errorf("staging is %q", tg.note())
	}
	tg.wantDatabases("S S__u1 S__u2 S__u2_live")
	tg.wantJanitor(s, "S__u2_live")
	if _, err := s.Resume(t.Context(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	if tg.note() != "the child's" {
		t.Errorf("staging is %q", tg.note())
	}
}

// The server is restarted under a load: the run goes on with a redo, and
// staging serves as soon as the server does.
func TestServerRestartUnderALoad(t *testing.T) {
	t.Parallel()
	tg := newTargetOn(t, freshServer(t))
	s := tg.open()
	tg.published(s)
	b := tg.create(s, "CREATE TABLE public.t (id int)")
	// Sessions at rest, and one at work.
	var writers []*TableWriter
	for i := range 4 {
		w, err := b.OpenChunk(t.Context(), tableLoad("t", "id"), i)
		if err != nil {
			t.Fatal(err)
		}
		writers = append(writers, w)
	}
	for _, w := range writers {
		w.Abort()
	}
	w, err := b.OpenTable(t.Context(), tableLoad("t", "id"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("1\n")); err != nil {
		t.Fatal(err)
	}
	if err := tg.Local.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFault(t, w.Commit(t.Context(), 1), fault.Transient)
	if err := loadRows(t.Context(), b, tableLoad("t", "id"), []byte("1\n2\n"), 2); err != nil {
		t.Fatalf("the redo: %v", err)
	}
	if err := b.Seal(t.Context(), testProvenance); err != nil {
		t.Fatal(err)
	}
	if tg.note() != "generation 1" {
		t.Errorf("staging is %q", tg.note())
	}
}
