package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// The disk under the target's rows is full, at several points of a run: staging
// serves, and the room that the generation took is given back.
func TestTargetDiskFull(t *testing.T) {
	t.Parallel()
	dst := pgtest.Fresh(t, map[string]string{"min_wal_size": "32MB"})
	volume := pgtest.OnVolume(t, dst, "base", 256<<20)

	// full demands that a refresh has met the full disk and said what it knows.
	full := func(t *testing.T, p *project, r result) {
		t.Helper()
		for _, word := range []string{"SQLSTATE 53100", "takes", "when the target", "all databases of " + p.name + " together", "make room"} {
			if r.code != 4 || !strings.Contains(r.stderr, word) {
				t.Errorf("exit %d, or no %q\n%s", r.code, word, lines(r.stderr, "error"))
			}
		}
	}
	t.Run("copy", func(t *testing.T) {
		g := newGatedOn(t, pgtest.Source(t), dst)
		x := g.midLoad()
		volume.Fill(0)
		free := volume.Free()
		g.open()
		r := x.wait()
		full(t, g.project, r)
		if !strings.Contains(r.stderr, "public.people") || strings.Contains(r.stderr, "could not drop") {
			t.Errorf("the table is not named, or the generation stays\n%s", r.stderr)
		}
		if now := volume.Free(); now < free+2<<20 {
			t.Errorf("%d bytes were free, and %d are since the generation was dropped", free, now)
		}
		if left := g.databases(); slices.Contains(left, generationName(g.name, 2)) {
			t.Errorf("left over: %q", left)
		}
		g.unharmed()
		volume.Clear()
		g.shut()
		g.recovers()
	})
	for _, stage := range []string{"policy", "table public.people"} { // what follows is CREATE DATABASE, or the indexes
		t.Run("after "+stage, func(t *testing.T) {
			heavy(t)
			p := newProjectOn(t, pgtest.Source(t), dst, peopleSchema, peoplePolicy, fixture)
			p.refresh()
			p.learn()
			p.watch(peopleGlance)
			x := p.startStepped("refresh")
			x.until(stage)
			volume.Fill(0)
			r := x.goOn()
			volume.Clear()
			if stage == "policy" {
				if r.code != 4 || !strings.Contains(r.stderr, "SQLSTATE 53100") || !strings.Contains(r.stderr, "make room") {
					t.Errorf("exit %d\n%s", r.code, lines(r.stderr, "error"))
				}
			} else {
				full(t, p, r)
			}
			if left := p.unfinished(); len(left) > 0 {
				t.Errorf("left over: %q", left)
			}
			p.tidy(p.refresh().Generation)
		})
	}
	t.Run("clone", func(t *testing.T) {
		p := newProjectOn(t, pgtest.Source(t), dst, peopleSchema, peoplePolicy)
		p.refresh()
		p.learn()
		p.watch(peopleGlance)
		// Reset can be done without: the generation itself becomes staging, also
		// where it is a checkpoint that finds no room.
		x := p.startStepped("refresh")
		x.until("seal")
		volume.Fill(1 << 20)
		r := x.goOn()
		volume.Clear()
		if r.code != 0 || !strings.Contains(r.stderr, "no room for a pristine") {
			t.Errorf("exit %d\n%s", r.code, r.stderr)
		}
		p.fails(4, "no pristine", "reset")
		// Where it must not, the generation waits for more room.
		x = p.startStepped("refresh", "--target-pristine", "true")
		x.until("seal")
		dst.Exec(t, "postgres", "CHECKPOINT")
		volume.Fill(1 << 20)
		r = x.goOn()
		full(t, p, r)
		if !strings.Contains(r.stderr, "refresh --resume") {
			t.Errorf("no way out:\n%s", r.stderr)
		}
		volume.Clear()
		p.ok("refresh", "--resume")
		p.tidy(4)
	})
}

// The disk under the target's log is full: the server panics and stays down
// until there is room. Staging is what it was when it is back.
func TestTargetLogDiskFull(t *testing.T) {
	t.Parallel()
	dst := pgtest.Fresh(t, map[string]string{"min_wal_size": "32MB", "max_wal_size": "1GB", "checkpoint_timeout": "1h", "wal_recycle": "off"})
	volume := pgtest.OnVolume(t, dst, "pg_wal", 256<<20)
	g := newGatedOn(t, pgtest.Source(t), dst)
	g.witness.losesServer()
	x := g.midLoad()
	// Fill what is left of the present segment and of those made in advance.
	dst.Exec(t, "postgres", "CREATE TABLE filler (v text)")
	volume.Fill(0)
	g.open()
	writes := make(chan struct{})
	go func() {
		defer close(writes)
		for volume.Free() == 0 { // ends with the server
			conn := dst.URL("postgres")
			if err := tryExecute(conn, `INSERT INTO filler SELECT repeat('x', 500) FROM generate_series(1, 100000)`); err != nil {
				return
			}
		}
	}()
	r := x.wait()
	<-writes
	if r.code != 75 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	log, err := dst.Local.Log()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log, "PANIC") || !strings.Contains(log, "No space left on device") {
		t.Fatal("the server did not run out of room for its log")
	}
	volume.Clear()
	if err := dst.Local.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	dst.Exec(t, "postgres", "DROP TABLE filler")
	g.unharmed()
	g.recovers()
}
