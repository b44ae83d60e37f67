package extract

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func keeperPIDs(s *Source) []uint32 {
	return []uint32{s.keepers.pids[0].Load(), s.keepers.pids[1].Load()}
}

func TestKeepersTakeNoTableLocks(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a (id int)`)
	s := openTest(t, url, nil)
	conn := pgtest.Source(t).Conn(t, url)
	var locks, keepers int
	err := conn.QueryRow(testContext(t), `
		SELECT count(*) FILTER (WHERE locktype <> 'virtualxid'), count(DISTINCT pid)
		FROM pg_locks WHERE pid = ANY ($1::int8[])`, []int64{int64(keeperPIDs(s)[0]), int64(keeperPIDs(s)[1])}).Scan(&locks, &keepers)
	if err != nil || locks != 0 || keepers != 2 {
		t.Fatalf("%d locks of %d keepers, %v", locks, keepers, err)
	}
	// So DDL does not wait while nothing is being read.
	run(t, conn, `SET lock_timeout = '1s'; ALTER TABLE a ADD x int; DROP TABLE a`)
}

// One keeper after the other is lost, again and again, and the snapshot lives on.
func TestSnapshotSurvivesTheLossOfEitherKeeper(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT generate_series(1, 10) AS i`)
	s := openTest(t, url, nil)
	conn := pgtest.Source(t).Conn(t, url)
	run(t, conn, `DELETE FROM a`)
	for i := range 4 {
		pid := keeperPIDs(s)[i%2]
		run(t, conn, `SELECT pg_terminate_backend(`+itoa(pid)+`, 10000)`)
		// The first import by the lost keeper's id finds out.
		if rows, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer)); err != nil || rows != 10 {
			t.Fatalf("after loss %d: %d rows, %v", i, rows, err)
		}
		if i%2 == 1 {
			s.keepers.check(testContext(t)) // nobody imports by the second's id while the first lives
		}
		if slices.Contains(keeperPIDs(s), pid) {
			t.Fatalf("loss %d was not made up for", i)
		}
	}
}

func TestSnapshotIsLostWithBothKeepers(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a (id int)`)
	s := openTest(t, url, nil)
	conn := pgtest.Source(t).Conn(t, url)
	for _, pid := range keeperPIDs(s) {
		run(t, conn, `SELECT pg_terminate_backend(`+itoa(pid)+`, 10000)`)
	}
	for range 2 {
		_, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer))
		var void *VoidError
		if !errors.As(err, &void) || !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "snapshot is lost") {
			t.Fatal(err)
		}
	}
}

func TestKeepersAreFoundLostWithoutAnyReader(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t)
	s := openTest(t, url, func(_ *Config, tm *timings) { tm.ping = 20 * time.Millisecond })
	conn := pgtest.Source(t).Conn(t, url)
	pid := keeperPIDs(s)[1]
	run(t, conn, `SELECT pg_terminate_backend(`+itoa(pid)+`, 10000)`)
	eventually(t, "the keeper is replaced", func() bool { return !slices.Contains(keeperPIDs(s), pid) })
}

func TestSnapshotHasAnEnd(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT i, repeat('x', 1000) v FROM generate_series(1, 20000) i`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.MaxSnapshotAge, c.MaxMBps = 5*time.Second, 0.1 })
	_, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer))
	var void *VoidError
	if err == nil || errors.As(err, &void) || fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "max_snapshot_age") {
		t.Fatal(err)
	}
	// Production is not held back any longer, although nobody has closed us.
	conn := pgtest.Source(t).Conn(t, url)
	eventually(t, "nothing of ours holds a snapshot", func() bool {
		var held int
		err := conn.QueryRow(testContext(t), `SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND backend_xmin IS NOT NULL`,
			s.opener.name).Scan(&held)
		return err == nil && held == 0
	})
}

// holdVariable tells a copy of this test binary to hold a snapshot of a source
// until it is killed.
const holdVariable = "UNDERSTUDY_TEST_HOLD"

func TestHoldSnapshot(t *testing.T) {
	url := os.Getenv(holdVariable)
	if url == "" {
		t.Skip("runs in a process of its own, started by TestVanishedMachineLetsProductionGo")
	}
	openTest(t, url, func(c *Config, tm *timings) {
		c.RunID, tm.ping, tm.idle = "hold", 100*time.Millisecond, 2*time.Second
	})
	fmt.Println("holding")
	<-testContext(t).Done()
}

func TestVanishedMachineLetsProductionGo(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t)
	cmd := exec.CommandContext(testContext(t), os.Args[0], "-test.run=^TestHoldSnapshot$")
	cmd.Env = append(os.Environ(), holdVariable+"="+url)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if lines.Text() == "holding" {
			break
		}
	}
	conn := pgtest.Source(t).Conn(t, url)
	held := func() (n int) {
		err := conn.QueryRow(testContext(t), `SELECT count(*) FROM pg_stat_activity
			WHERE application_name = 'understudy/hold' AND backend_xmin IS NOT NULL`).Scan(&n)
		if err != nil {
			t.Error(err)
		}
		return n
	}
	if held() != 2 {
		t.Fatalf("%d sessions hold the snapshot", held())
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server lets the snapshot go", func() bool { return held() == 0 })
}

// sessions waits until the source has so many sessions of ours.
func sessions(t *testing.T, url string, s *Source, want int) {
	t.Helper()
	conn := pgtest.Source(t).Conn(t, url)
	eventually(t, "our sessions are "+itoa(uint32(want)), func() bool {
		var n int
		err := conn.QueryRow(testContext(t), `SELECT count(*) FROM pg_stat_activity WHERE application_name = $1`, s.opener.name).Scan(&n)
		return err == nil && n == want
	})
}
