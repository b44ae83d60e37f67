package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestCopyEqualsServersOwnCopy(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t,
		`CREATE TABLE t (id int, a text, b bytea, n numeric);
		 INSERT INTO t SELECT i, repeat('ä\t\\x', i % 50), decode(md5(i::text), 'hex'), i / 7.0 FROM generate_series(1, 20000) i`,
		`INSERT INTO t VALUES (0, repeat('x', 3000000), decode(repeat('ff', 1000000), 'hex'), 'NaN'), (-1, NULL, NULL, NULL)`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.ChunkBytes = 1 << 20 })
	direct := pgtest.Source(t).Conn(t, url)
	for _, binary := range []bool{false, true} {
		q := columns(table(t, s, "t"), binary)
		var got, want bytes.Buffer
		w := &limited{w: &got}
		rows, err := s.Copy(testContext(t), whole(q), w)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := direct.PgConn().CopyTo(testContext(t), &want, whole(q).copySQL()); err != nil {
			t.Fatal(err)
		}
		if rows != 20002 {
			t.Errorf("binary %v: %d rows", binary, rows)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("binary %v: %d bytes differ from the server's %d", binary, got.Len(), want.Len())
		}
		if w.largest > readBuffer {
			t.Errorf("a piece had %d bytes", w.largest)
		}
	}
}

// limited notes how large the pieces are.
type limited struct {
	w       *bytes.Buffer
	largest int
}

func (l *limited) Write(p []byte) (int, error) {
	l.largest = max(l.largest, len(p))
	return l.w.Write(p)
}

func TestCopyKeepsRowsWithoutColumns(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE none (); INSERT INTO none DEFAULT VALUES; INSERT INTO none DEFAULT VALUES`)
	s := openTest(t, url, nil)
	for _, tc := range []struct {
		binary bool
		want   string
	}{
		{false, "\n\n"},
		{true, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00" + "\x00\x00" + "\xff\xff"},
	} {
		var out bytes.Buffer
		rows, err := s.Copy(testContext(t), whole(columns(table(t, s, "none"), tc.binary)), &out)
		if err != nil || rows != 2 || out.String() != tc.want {
			t.Errorf("binary %v: %d rows, %q, %v", tc.binary, rows, out.String(), err)
		}
	}
}

func TestCopyReadsTheSnapshotOnly(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 10)`)
	s := openTest(t, url, nil)
	conn := pgtest.Source(t).Conn(t, url)
	run(t, conn, `INSERT INTO t SELECT generate_series(11, 20); UPDATE t SET id = -id WHERE id < 3; DELETE FROM t WHERE id = 5`)
	var out bytes.Buffer
	rows, err := s.Copy(testContext(t), whole(columns(table(t, s, "t"), false)), &out)
	if err != nil || rows != 10 || out.String() != "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n" {
		t.Fatalf("%d rows, %q, %v", rows, out.String(), err)
	}
	n, err := s.Count(testContext(t), &Query{Table: table(t, s, "t"), Where: "id > 3 -- the rest"})
	if err != nil || n != 7 {
		t.Fatalf("count %d, %v", n, err)
	}
}

type failing struct {
	after int
	err   error
}

func (f *failing) Write(p []byte) (int, error) {
	if f.after -= len(p); f.after < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func TestCopyHandsBackTheWritersError(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE t AS SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.Connections = minConnections })
	chunk := whole(columns(table(t, s, "t"), true))
	want := errors.New("the target is full")
	for _, after := range []int{0, 1 << 20} {
		if _, err := s.Copy(testContext(t), chunk, &failing{after, want}); !errors.Is(err, want) {
			t.Fatalf("after %d bytes: %v", after, err)
		}
		pid := s.pool.readers[0].pid.Load()
		if pid == 0 {
			t.Errorf("after %d bytes: the session was given up instead of cancelled", after)
		}
		if rows, err := s.Copy(testContext(t), chunk, &limited{w: new(bytes.Buffer)}); err != nil || rows != 20000 {
			t.Fatalf("the next copy: %d, %v", rows, err)
		}
	}
}

// signalling closes a channel at the first write and then waits for another.
type signalling struct {
	first, goOn chan struct{}
	n           int
}

func (s *signalling) Write(p []byte) (int, error) {
	if s.n++; s.n == 1 {
		close(s.first)
		<-s.goOn
	}
	return len(p), nil
}

func TestCopyStopsWithItsContext(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE t AS SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.Connections = minConnections })
	chunk := whole(columns(table(t, s, "t"), true))
	ctx, cancel := context.WithCancel(testContext(t))
	w := &signalling{first: make(chan struct{}), goOn: make(chan struct{})}
	go func() {
		<-w.first
		cancel()
		close(w.goOn)
	}()
	if _, err := s.Copy(ctx, chunk, w); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if rows, err := s.Copy(testContext(t), chunk, &limited{w: new(bytes.Buffer)}); err != nil || rows != 20000 {
		t.Fatalf("the next copy: %d, %v", rows, err)
	}
	ctx, cancel = context.WithCancel(testContext(t))
	cancel()
	if _, err := s.Copy(ctx, chunk, w); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestCopyRefusesFragmentsThatChangeTheStatement(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE t AS SELECT i FROM generate_series(1, 100) i`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.ChunkBytes = 1 })
	tb := table(t, s, "t")
	for _, where := range []string{
		"true) OR (true", "true)) to stdout; commit; begin read write; create table x(i int); copy (select (1", "true --", "true /*", "1", "true; select 1",
	} {
		_, err := s.Copy(testContext(t), whole(&Query{Table: tb, Exprs: []string{"i"}, Where: where}), new(bytes.Buffer))
		if where == "true --" {
			if err != nil {
				t.Errorf("%q: %v", where, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%q passed", where)
		}
	}
	for _, exprs := range [][]string{{"i, i"}, {"i", "i) , (i"}, {"*"}, {"i) to stdout; select (1"}} {
		if exprs[0] == "*" {
			continue // one column here
		}
		if _, err := s.Copy(testContext(t), whole(&Query{Table: tb, Exprs: exprs}), new(bytes.Buffer)); err == nil {
			t.Errorf("%q passed", exprs)
		}
	}
}

func TestCopyNamesTheTableInErrors(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE t AS SELECT 'secret-value'::text AS v`)
	s := openTest(t, url, nil)
	_, err := s.Copy(testContext(t), whole(&Query{Table: table(t, s, "t"), Exprs: []string{"v::int"}}), new(bytes.Buffer))
	if err == nil || !strings.Contains(err.Error(), "public.t") || strings.Contains(fmt.Sprintf("%+v", err), "secret-value") {
		t.Fatal(err)
	}
}
