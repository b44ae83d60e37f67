package integration

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A witness is an application of staging's: it asks all the while a fault is
// brought about and repaired, and says at the end what it was answered. Every
// answer is a generation's number and a checksum of its content. Any other
// answer, a generation that shows two contents, and a lost session or a refused
// login without a swap fail the test.
type witness struct {
	t        testing.TB
	url, sql string
	stop     context.CancelFunc
	done     chan struct{}

	mu      sync.Mutex
	seen    map[string]int    // answers, by generation
	order   []string          // generations in the order they were first seen, and seen again after another
	content map[string]string // of each generation
	ended   int               // sessions that the server ended
	refused int               // logins turned away
	since   time.Time         // of a loss that no answer has followed yet
	shut    time.Duration     // without an answer, from each loss to the next answer
	gone    int               // attempts that found no server
	wrong   []string

	swaps int  // that may have been tried without a new generation
	down  bool // the fault takes the target's server down
	back  bool // a generation may come back: rollback
}

// peopleGlance is what a witness of peopleSchema asks for.
const peopleGlance = `SELECT md5(string_agg(p::text, ',' ORDER BY id)) || count(*) FROM people p`

const (
	// askEvery leaves the machine to the test.
	askEvery = 20 * time.Millisecond
	// answerWithin is how long an answer may take. A login waits for the renames.
	answerWithin = time.Minute
)

// watch starts a witness. The query's single value is the content; it must be quick.
func (p *project) watch(content string) *witness {
	p.t.Helper()
	user, password := p.target.Role(p.t, "LOGIN")
	p.target.Exec(p.t, "postgres", `GRANT `+p.owner+` TO `+user)
	ctx, cancel := context.WithCancel(context.Background())
	w := &witness{
		t: p.t, url: p.target.URLFor(user, password, p.name), stop: cancel, done: make(chan struct{}),
		sql:  `SELECT (SELECT generation::text FROM _understudy.provenance), (` + content + `)`,
		seen: map[string]int{}, content: map[string]string{},
	}
	go w.ask(ctx)
	p.t.Cleanup(w.report)
	waitFor(p.t, "the witness's first answer", func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.seen) > 0 || len(w.wrong) > 0
	})
	return w
}

func (w *witness) ask(ctx context.Context) {
	defer close(w.done)
	var conn *pgx.Conn
	for ctx.Err() == nil {
		conn = w.once(conn)
		select {
		case <-ctx.Done():
		case <-time.After(askEvery):
		}
	}
	if conn != nil {
		conn.Close(context.Background())
	}
}

// once asks once, and returns the session if it still is one.
func (w *witness) once(conn *pgx.Conn) *pgx.Conn {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	var err error
	if conn == nil {
		if conn, err = pgx.Connect(ctx, w.url); err != nil {
			w.turnedAway(err)
			return nil
		}
	}
	var generation, content string
	if err = conn.QueryRow(ctx, w.sql).Scan(&generation, &content); err != nil {
		w.cut(err)
		conn.Close(ctx)
		return nil
	}
	w.answered(generation, content)
	return conn
}

func (w *witness) answered(generation, content string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open()
	w.seen[generation]++
	if n := len(w.order); n == 0 || w.order[n-1] != generation {
		w.order = append(w.order, generation)
	}
	if first, ok := w.content[generation]; !ok {
		w.content[generation] = content
	} else if first != content {
		w.wrong = append(w.wrong, "generation "+generation+" shows two contents")
	}
}

// open ends a time without answers.
func (w *witness) open() {
	if !w.since.IsZero() {
		w.shut += time.Since(w.since)
		w.since = time.Time{}
	}
}

// turnedAway notes a login that failed. PostgreSQL looks the name up before it
// lets a login wait for a rename, and then says once that it is gone.
func (w *witness) turnedAway(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == "3D000" && strings.Contains(pg.Detail, "renamed"):
		w.refused++
	case w.down && (pg == nil || strings.HasPrefix(pg.Code, "57P")):
		w.gone++
	default:
		w.wrong = append(w.wrong, "connect: "+err.Error())
	}
	w.lose()
}

// cut notes a session that was lost: told to go, or found gone.
func (w *witness) cut(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var pg *pgconn.PgError
	if errors.As(err, &pg) && !strings.HasPrefix(pg.Code, "57P") {
		w.wrong = append(w.wrong, "query: "+err.Error())
		return
	}
	w.ended++
	w.lose()
}

// lose begins a time without answers.
func (w *witness) lose() {
	if w.since.IsZero() {
		w.since = time.Now()
	}
}

// losesServer: the fault takes the target's server down.
func (w *witness) losesServer() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = true
}

// maySwap: swaps are tried that leave the old generation in place.
func (w *witness) maySwap(times int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.swaps += times
}

// mayReturn: a generation that was swapped out comes back.
func (w *witness) mayReturn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.back = true
}

// report stops the witness and says what it saw, in one line.
func (w *witness) report() {
	w.stop()
	<-w.done
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open()
	var answers int
	for _, n := range w.seen {
		answers += n
	}
	what := "all old content"
	if len(w.order) > 1 {
		what = "old content"
		for i, g := range w.order {
			if i > 0 {
				what += ", then generation " + g
			}
			what += fmt.Sprintf(" (%d)", w.seen[g])
		}
	}
	line := fmt.Sprintf("fault %s: staging answered %d times: %s", w.t.Name(), answers, what)
	if w.ended+w.refused > 0 {
		line += fmt.Sprintf("; %d sessions ended, %d logins refused, %d ms without an answer at the swap", w.ended, w.refused, w.shut.Milliseconds())
	}
	if w.down {
		line += fmt.Sprintf("; no server %d times", w.gone)
	}
	w.t.Log(line)

	for _, wrong := range slices.Compact(slices.Sorted(slices.Values(w.wrong))) {
		w.t.Errorf("staging answered otherwise: %s", wrong)
	}
	if answers == 0 {
		w.t.Error("staging never answered")
	}
	if len(w.seen) != len(w.order) && !w.back {
		w.t.Errorf("generations came back: %q", w.order)
	}
	// A session may be told twice at a swap: before, and after the rename that
	// its login waited for.
	if most := 2 * (len(w.order) - 1 + w.swaps); !w.down && (w.ended > most || w.refused > most) {
		w.t.Errorf("%d sessions ended and %d logins refused; the swaps account for %d", w.ended, w.refused, most)
	}
}
