package extract

import (
	"context"
	"crypto/sha512"
	"hash"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// consumer counts what it is handed, and hashes it if it is to be as busy as a
// masker is.
type consumer struct {
	n, writes int64
	busy      hash.Hash
}

func (c *consumer) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	c.writes++
	if c.busy != nil {
		_, _ = c.busy.Write(p)
	}
	return len(p), nil
}

// BenchmarkCopy compares the reader on the raw connection with pgconn.CopyTo,
// both on the same session and statement, per row of some 110 bytes.
func BenchmarkCopy(b *testing.B) {
	url := pgtest.Source(b).Database(b,
		`CREATE TABLE a (id bigint, email text, name text, at timestamptz, total numeric(10,2), note text);
		 INSERT INTO a SELECT i, 'user' || i || '@example.com', 'Some Name ' || i, now(), i % 1000 + 0.5, repeat('x', i % 60) FROM generate_series(1, 500000) i`,
		`VACUUM ANALYZE a`)
	s := openTest(b, url, func(_ *Config, tm *timings) { *tm = defaultTimings })
	chunk := whole(columns(table(b, s, "a"), true))
	const rows = 500_000
	each := func(b *testing.B, busy bool, copy func(context.Context, *reader, io.Writer) error) {
		err := s.within(context.Background(), chunk.work("copy"), func(ctx context.Context, r *reader) error {
			b.ReportAllocs()
			b.ResetTimer()
			w, cpu := new(consumer), ownCPU(b)
			if busy {
				w.busy = sha512.New()
			}
			for b.Loop() {
				if err := copy(ctx, r, w); err != nil {
					return err
				}
			}
			b.ReportMetric(float64(ownCPU(b)-cpu)/float64(b.N)/rows, "own-cpu-ns/row")
			b.ReportMetric(float64(w.n)/float64(w.writes), "bytes/write")
			b.SetBytes(w.n / int64(b.N))
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, busy := range []bool{false, true} {
		name := map[bool]string{false: "idle", true: "busy"}[busy]
		b.Run("raw/"+name, func(b *testing.B) {
			each(b, busy, func(ctx context.Context, r *reader, w io.Writer) error {
				_, err := r.copy.run(ctx, r.conn.PgConn(), copyOut{
					sql: chunk.copySQL(), binary: true, w: w, stall: defaultTimings.stall,
					pace: func(int) error { return nil }, working: func() (bool, error) { return true, nil },
				})
				return err
			})
		})
		b.Run("pgconn/"+name, func(b *testing.B) {
			each(b, busy, func(ctx context.Context, r *reader, w io.Writer) error {
				_, err := r.conn.PgConn().CopyTo(ctx, w, chunk.copySQL())
				return err
			})
		})
	}
}

// ownCPU is the time that this process has spent computing.
func ownCPU(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkSmallTable is the price of everything around the COPY of one row.
func BenchmarkSmallTable(b *testing.B) {
	url := pgtest.Source(b).Database(b, `CREATE TABLE a AS SELECT 1 AS i`)
	s := openTest(b, url, func(_ *Config, tm *timings) { *tm = defaultTimings })
	chunk := whole(columns(table(b, s, "a"), true))
	for b.Loop() {
		if _, err := s.Copy(context.Background(), chunk, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
