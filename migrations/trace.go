package migrations

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-migrate/migrate/v4/database"
	"github.com/golang-migrate/migrate/v4/database/multistmt"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// sampleEvery is how often the locks of a statement that commits itself are
// looked at from outside.
const sampleEvery = 5 * time.Millisecond

// tracer is golang-migrate's driver with a Run of its own: the file taken apart
// and every statement measured, in the transactions that the server would make
// of the whole file. It is used by one goroutine.
type tracer struct {
	database.Driver
	conn     *pgx.Conn
	observer *pgx.Conn
	runner   Runner

	notices []string

	// Of the file that runs.
	known      map[uint32]relation // relations that existed before it
	statements []*StatementResult
	began      time.Time
	commitMS   float64
	ownTx      bool // the transaction was begun by us, for the server's implicit block
	open       map[uint32]*held
	last       *measured // what the session said after the statement before, in the same transaction
	rolesRan   bool      // roles were made by the faithful run already
	tempFiles  bool      // the server says what it writes to temporary files
	size       int64     // of the database before the file
	trouble    string    // what the trace could not do

	together bool               // all files run in one transaction, which the caller ends
	before   []*StatementResult // of all files so far, if together
}

// relation is a table, index or the like before a file ran.
type relation struct {
	name  string // of the table it belongs to
	own   string // its own
	kind  string
	node  uint32
	table uint32 // OID of the table it belongs to
	size  int64
	rows  int64
}

// held is a lock and the statement that took it.
type held struct {
	mode string
	by   *StatementResult
	rel  relation
}

// Run runs one file.
func (t *tracer) Run(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	ctx := context.Background()
	t.statements, t.commitMS, t.ownTx, t.last, t.notices, t.trouble = nil, 0, false, nil, nil, ""
	src := string(b)
	if strings.TrimSpace(src) == "" {
		return nil
	}
	if !t.together || t.known == nil { // what the first file makes is still unseen by others at the last
		t.open = map[uint32]*held{}
		if err := t.survey(ctx); err != nil {
			return err
		}
		if err := t.observer.QueryRow(ctx, databaseSize).Scan(&t.size); err != nil {
			return cannot("measure the database", err)
		}
		t.began = time.Now()
		if t.together {
			if err := t.exec(ctx, "BEGIN"); err != nil {
				return err
			}
		}
	}
	pieces, implicit, err := t.pieces(src)
	if err != nil {
		return err
	}
	if !t.together {
		t.began = time.Now()
	}
	for i, p := range pieces {
		last := i == len(pieces)-1
		if err := t.statement(ctx, p, i+1, implicit, last); err != nil {
			return t.endOfFile(ctx, err)
		}
	}
	return t.endOfFile(ctx, nil)
}

// pieces are what is sent to the server one after the other. implicit: the
// server would take them as one transaction.
func (t *tracer) pieces(src string) ([]Statement, bool, error) {
	if t.runner.MultiStatement {
		var out []Statement
		at := 0
		err := multistmt.Parse(strings.NewReader(src), []byte(";"), migratepgx.DefaultMultiStatementMaxSize, func(m []byte) bool {
			if len(bytes.TrimSpace(m)) > 0 {
				s := Statement{Text: string(m), Offset: at}
				l := lexer{src: s.Text, standard: true}
				s.Line = lineOf(src, at+l.next().start)
				if l.next(); KindOf(s.Text).Verb != "" {
					out = append(out, s)
				}
			}
			at += len(m)
			return true
		})
		return out, false, err
	}
	standard := t.conn.PgConn().ParameterStatus("standard_conforming_strings") != "off"
	out, err := Split(src, standard)
	if err != nil {
		t.trouble = "the file was run whole: " + err.Error()
		return []Statement{{Text: src, Line: 1}}, false, nil
	}
	return out, len(out) > 1, nil
}

// survey reads what exists before the file.
func (t *tracer) survey(ctx context.Context) error {
	rows, err := t.observer.Query(ctx, `
		SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname), c.relkind::text, coalesce(pg_relation_filenode(c.oid), 0), coalesce(i.indrelid, c.oid),
		  CASE WHEN c.relkind IN ('r', 'm') THEN pg_total_relation_size(c.oid) ELSE 0 END, CASE WHEN c.reltuples < 0 AND pg_relation_size(c.oid) = 0 THEN 0 ELSE c.reltuples::int8 END
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid
		WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'm', 'i', 'I', 'v', 'f')`)
	if err != nil {
		return cannot("read the catalog", err)
	}
	t.known = map[uint32]relation{}
	var oid uint32
	var r relation
	if _, err = pgx.ForEachRow(rows, []any{&oid, &r.own, &r.kind, &r.node, &r.table, &r.size, &r.rows}, func() error {
		t.known[oid] = r
		return nil
	}); err != nil {
		return cannot("read the catalog", err)
	}
	for oid, r := range t.known {
		r.name = t.known[r.table].own
		t.known[oid] = r
	}
	return nil
}

// statement runs one piece and measures it.
func (t *tracer) statement(ctx context.Context, p Statement, n int, implicit, last bool) error {
	k := KindOf(p.Text)
	s := &StatementResult{N: n, Line: p.Line, Kind: k.Verb, Table: k.Table, kind: k, text: p.Text}
	t.statements = append(t.statements, s)
	if t.together {
		t.before = append(t.before, s)
	}
	idle := t.conn.PgConn().TxStatus() == 'I'
	// The server would take the rest of the file as one transaction. A lone
	// statement gets one too, so that its locks can be seen after it.
	if idle && k.Control == NoControl && (implicit || !k.Alone && !t.runner.MultiStatement && !mayCommit(k)) {
		if err := t.exec(ctx, "BEGIN"); err != nil {
			return err
		}
		t.ownTx, idle = true, false
	}
	if t.last == nil || idle {
		m, err := t.measure(ctx)
		if err != nil {
			return err
		}
		t.last = &m
	}
	before := *t.last
	s.LockTimeout = before.lockTimeout
	t.notices = t.notices[:0]
	var sampled map[uint32]string
	guard := t.rolesRan && (k.Roles || k.Beyond != "")
	if guard && !idle {
		if err := t.exec(ctx, "SAVEPOINT understudy_role"); err != nil {
			return err
		}
	}
	stopSampling := t.sample(ctx, idle)
	s.StartMS = ms(time.Since(t.began))
	start := time.Now()
	results, err := t.conn.PgConn().Exec(ctx, p.Text).ReadAll()
	s.MS = ms(time.Since(start))
	sampled, s.PeakBytes = stopSampling()
	if err != nil && guard {
		s.Skipped = "roles belong to the whole server: the faithful run had made this change already"
		err = nil
		if !idle {
			if err := t.exec(ctx, "ROLLBACK TO SAVEPOINT understudy_role"); err != nil {
				return err
			}
		}
	}
	if len(results) > 0 {
		s.Rows = results[0].CommandTag.RowsAffected()
		if results[0].CommandTag.Select() {
			s.Rows = int64(len(results[0].Rows))
		}
	}
	if err == nil && s.Skipped == "" && len(results) != 1 && t.trouble == "" {
		t.trouble = fmt.Sprintf("the server saw %d statements where the splitter saw one, in line %d", len(results), p.Line)
	}
	t.readNotices(s)
	if err != nil {
		s.Failure = failureOf(err, p.Text, p.Line)
		s.Failure.Statement = n
		if s.Failure.Line == 0 {
			s.Failure.Line = p.Line
		}
		return err
	}
	if t.conn.PgConn().TxStatus() == 'E' {
		return nil
	}
	after, err := t.measure(ctx)
	if err != nil {
		return err
	}
	t.last = &after
	wal := after.lsn - before.lsn
	s.WAL = &wal
	if idle {
		t.presume(k, sampled)
		for oid, mode := range sampled {
			t.note(s, oid, mode)
		}
		t.finish(0)
	} else {
		for oid, mode := range after.locks {
			t.note(s, oid, mode)
		}
		t.scanned(s, before.scans, after.scans)
	}
	if err := t.files(ctx, s); err != nil {
		return err
	}
	if t.conn.PgConn().TxStatus() == 'I' && !idle { // the file's own COMMIT or ROLLBACK
		t.finish(0)
		t.ownTx, t.last = false, nil
	}
	return nil
}

// presume adds the lock that a statement is known to take on its table, where it
// was over before anybody outside had looked.
func (t *tracer) presume(k Kind, sampled map[uint32]string) {
	mode := aloneLocks[k.Verb]
	if mode == "" || k.Concurrently || k.Table == "" {
		return
	}
	for oid, r := range t.known {
		if r.own == k.Table || quotedPart(r.own) == k.Table && (r.kind == "r" || r.kind == "m") {
			if sampled[oid] == "" {
				sampled[oid] = mode
			}
			return
		}
	}
}

// aloneLocks are what statements that run outside of a transaction lock their
// table with.
var aloneLocks = map[string]string{"VACUUM FULL": "AccessExclusiveLock", "CLUSTER": "AccessExclusiveLock", "REINDEX TABLE": "ShareLock"}

// mayCommit tells of statements that can commit inside themselves when they
// stand outside of a transaction.
func mayCommit(k Kind) bool { return k.Verb == "CALL" || k.Verb == "DO" }

func (t *tracer) exec(ctx context.Context, sql string) error {
	_, err := t.conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// endOfFile commits what the server would commit at the end of the file, or
// rolls it back, and leaves what is the file's own as it is.
func (t *tracer) endOfFile(ctx context.Context, failed error) error {
	if t.together {
		return failed
	}
	if failed != nil {
		if t.ownTx && t.conn.PgConn().TxStatus() != 'I' {
			_ = t.exec(ctx, "ROLLBACK")
		}
		t.finish(0)
		return failed
	}
	if !t.ownTx || t.conn.PgConn().TxStatus() == 'I' {
		t.finish(0)
		return nil
	}
	aborted := t.conn.PgConn().TxStatus() == 'E'
	start := time.Now()
	err := t.exec(ctx, "COMMIT")
	t.commitMS = ms(time.Since(start))
	t.finish(t.commitMS)
	if err == nil && aborted {
		err = errors.New("the transaction was aborted")
	}
	if err != nil && len(t.statements) > 0 {
		s := t.statements[len(t.statements)-1]
		s.Failure = failureOf(err, "", s.Line)
		s.Failure.AtCommit = true
		s.Failure.Line = s.Line
	}
	return err
}

// measured is what the session says of itself between two statements.
type measured struct {
	lsn         int64
	lockTimeout string
	locks       map[uint32]string
	scans       map[uint32]int64
}

// measure asks the migrating session itself, within its transaction, in one
// round trip. It also asks for the notices that tell of rewrites, which a file
// may have switched off.
func (t *tracer) measure(ctx context.Context) (m measured, err error) {
	var tables []string
	for oid, r := range t.known {
		if r.kind == "r" && r.size > 0 {
			tables = append(tables, strconv.FormatUint(uint64(oid), 10))
		}
	}
	sql := `SELECT pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn, pg_catalog.current_setting('lock_timeout'), pg_catalog.set_config('client_min_messages', 'debug1', false),
		(SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(l.relation, l.mode)), '[]') FROM pg_catalog.pg_locks l
		 WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation >= 16384),
		(SELECT COALESCE(pg_catalog.json_agg(pg_catalog.json_build_array(o, n)), '[]') FROM (SELECT o, pg_catalog.pg_stat_get_xact_numscans(o) AS n FROM pg_catalog.unnest('{` + strings.Join(tables, ",") + `}'::pg_catalog.oid[]) o) y WHERE n > 0)`
	res, err := t.conn.PgConn().Exec(ctx, sql).ReadAll()
	if err != nil {
		return m, err
	}
	row := res[0].Rows[0]
	if m.lsn, err = strconv.ParseInt(string(row[0]), 10, 64); err != nil {
		return m, err
	}
	m.lockTimeout = string(row[1])
	var locks [][2]json.RawMessage
	if err := json.Unmarshal(row[3], &locks); err != nil {
		return m, err
	}
	m.locks = map[uint32]string{}
	for _, l := range locks {
		oid, err := strconv.ParseUint(strings.Trim(string(l[0]), `"`), 10, 32)
		if err != nil {
			return m, err
		}
		mode := strings.Trim(string(l[1]), `"`)
		if old, ok := m.locks[uint32(oid)]; !ok || lockRank(mode) > lockRank(old) {
			m.locks[uint32(oid)] = mode
		}
	}
	var scans [][2]json.RawMessage
	if err := json.Unmarshal(row[4], &scans); err != nil {
		return m, err
	}
	m.scans = map[uint32]int64{}
	for _, s := range scans {
		oid, _ := strconv.ParseUint(strings.Trim(string(s[0]), `"`), 10, 32)
		m.scans[uint32(oid)], _ = strconv.ParseInt(string(s[1]), 10, 64)
	}
	return m, nil
}

// scanned notes the tables that a statement has read from end to end.
func (t *tracer) scanned(s *StatementResult, before, now map[uint32]int64) {
	for oid, n := range now {
		if n > before[oid] {
			s.Scans = append(s.Scans, t.known[oid].name)
		}
	}
	slices.Sort(s.Scans)
	s.Scans = slices.Compact(s.Scans)
}

// note records that a statement holds a lock, if it is stronger than the one
// that its transaction held already.
func (t *tracer) note(s *StatementResult, oid uint32, mode string) {
	old := t.open[oid]
	if old != nil && lockRank(old.mode) >= lockRank(mode) {
		return
	}
	r, existed := t.known[oid]
	if !existed {
		return // nobody can wait for what nobody can see
	}
	t.open[oid] = &held{mode: mode, by: s, rel: r}
	s.Locks = append(s.Locks, Lock{Relation: r.own, Mode: mode, StartMS: s.StartMS})
	if s.Sizes == nil {
		s.Sizes = map[string]Size{}
	}
	if table := t.known[r.table]; lockRank(mode) >= lockRank("ShareLock") && table.kind != "v" {
		s.Sizes[table.own] = Size{Before: table.size, After: table.size, Rows: table.rows}
	}
}

// finish ends the transaction: every lock was held from the start of its
// statement until now. commit is the time of the commit.
func (t *tracer) finish(commit float64) {
	running := 0.0
	since := map[*StatementResult]float64{} // time from a statement's start to the end of the transaction
	statements := t.statements
	if t.together {
		statements = t.before
	}
	for _, s := range slices.Backward(statements) {
		running += s.MS
		since[s] = running
	}
	for oid, h := range t.open {
		held := since[h.by] + commit
		for i := range h.by.Locks {
			if h.by.Locks[i].Relation == h.rel.own && h.by.Locks[i].Mode == h.mode {
				h.by.Locks[i].HeldMS = held
			}
		}
		if blocksWrites(h.mode) && h.rel.kind != "v" {
			if h.by.Blocked == nil {
				h.by.Blocked = map[string]Blocked{}
			}
			b := h.by.Blocked[h.rel.name]
			b.WriteMS = max(b.WriteMS, held)
			if blocksReads(h.mode) {
				b.ReadMS = max(b.ReadMS, held)
			}
			h.by.Blocked[h.rel.name] = b
		}
		delete(t.open, oid)
	}
	t.last = nil
}

// files finds what a statement has rewritten, by the files of relations that it
// locked against everybody.
func (t *tracer) files(ctx context.Context, s *StatementResult) error {
	var oids []string
	for oid, r := range t.known {
		if h := t.open[r.table]; h != nil && h.by == s && lockRank(h.mode) >= lockRank("ShareLock") || t.open[oid] != nil && t.open[oid].by == s && lockRank(t.open[oid].mode) >= lockRank("ShareLock") {
			oids = append(oids, strconv.FormatUint(uint64(oid), 10))
		}
	}
	// A statement that took no new lock can rewrite what an earlier one locked.
	if len(oids) == 0 && s.kind.Table != "" {
		for oid, r := range t.known {
			if t.open[r.table] != nil && lockRank(t.open[r.table].mode) >= lockRank("ShareLock") {
				oids = append(oids, strconv.FormatUint(uint64(oid), 10))
			}
		}
	}
	for _, l := range s.Locks { // of a statement that has committed already
		if lockRank(l.Mode) < lockRank("ShareLock") {
			continue
		}
		for oid, r := range t.known {
			if r.own == l.Relation || r.name == l.Relation {
				oids = append(oids, strconv.FormatUint(uint64(oid), 10))
			}
		}
	}
	if len(oids) == 0 {
		return nil
	}
	res, err := t.conn.PgConn().Exec(ctx, `SELECT c.oid, COALESCE(pg_catalog.pg_relation_filenode(c.oid), 0), CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_total_relation_size(c.oid) ELSE 0 END
		FROM pg_catalog.pg_class c WHERE c.oid = ANY ('{`+strings.Join(oids, ",")+`}'::pg_catalog.oid[])`).ReadAll()
	if err != nil {
		return err
	}
	for _, row := range res[0].Rows {
		oid64, _ := strconv.ParseUint(string(row[0]), 10, 32)
		node, _ := strconv.ParseUint(string(row[1]), 10, 32)
		size, _ := strconv.ParseInt(string(row[2]), 10, 64)
		oid := uint32(oid64)
		r := t.known[oid]
		if size > 0 && s.Sizes != nil {
			if z, ok := s.Sizes[r.own]; ok {
				z.After = size
				s.Sizes[r.own] = z
			}
		}
		if uint32(node) != r.node && r.node != 0 {
			switch r.kind {
			case "r", "m":
				if s.kind.Verb != "TRUNCATE" && !slices.Contains(s.Rewrites, r.own) {
					s.Rewrites = append(s.Rewrites, r.own)
				}
			case "i":
				if s.kind.Verb != "TRUNCATE" && !slices.Contains(s.Indexes, r.own) {
					s.Indexes = append(s.Indexes, r.own)
				}
			}
			r.node = uint32(node)
			t.known[oid] = r
		}
	}
	slices.Sort(s.Rewrites)
	slices.Sort(s.Indexes)
	return nil
}

// The server's own words at client_min_messages = debug1.
var (
	rewriting  = regexp.MustCompile(`^rewriting table "(.*)"$`)
	verifying  = regexp.MustCompile(`^verifying table "(.*)"$`)
	building   = regexp.MustCompile(`^building index "(.*)" on table "(.*)"`)
	temporary  = regexp.MustCompile(`^temporary file: path ".*", size ([0-9]+)$`)
	validating = regexp.MustCompile(`^validating foreign key constraint "(.*)"$`)
)

// readNotices notes what the server said about a statement. It names relations
// without their schema; only those that existed before the file count.
func (t *tracer) readNotices(s *StatementResult) {
	existed := func(table string) string {
		for _, r := range t.known {
			if (r.kind == "r" || r.kind == "m" || r.kind == "p") && lastPart(r.own) == table {
				return r.own
			}
		}
		return ""
	}
	if t.tempFiles {
		s.TempBytes = new(int64)
	}
	for _, n := range t.notices {
		if m := temporary.FindStringSubmatch(n); m != nil && s.TempBytes != nil {
			size, _ := strconv.ParseInt(m[1], 10, 64)
			*s.TempBytes += size
		} else if m := rewriting.FindStringSubmatch(n); m != nil {
			if name := existed(m[1]); name != "" && !slices.Contains(s.Rewrites, name) {
				s.Rewrites = append(s.Rewrites, name)
			}
		} else if m := verifying.FindStringSubmatch(n); m != nil {
			if name := existed(m[1]); name != "" {
				s.Scans = append(s.Scans, name)
			}
		} else if m := building.FindStringSubmatch(n); m != nil {
			if name := existed(m[2]); name != "" && !strings.HasPrefix(m[1], "pg_toast_") {
				s.Indexes = append(s.Indexes, schemaOf(name)+m[1])
			}
		} else if m := validating.FindStringSubmatch(n); m != nil {
			s.Validated = append(s.Validated, m[1])
		}
	}
	t.notices = t.notices[:0]
}

func schemaOf(name string) string { return strings.TrimSuffix(name, quotedPart(name)) }

// quotedPart is the last part of a qualified name, quotes and all.
func quotedPart(name string) string {
	if strings.HasSuffix(name, `"`) {
		if i := strings.LastIndex(name[:len(name)-1], `."`); i >= 0 {
			return name[i+1:]
		}
		return name
	}
	return name[strings.LastIndexByte(name, '.')+1:]
}

// lastPart is the last part of a qualified name without quotes.
func lastPart(name string) string {
	p := quotedPart(name)
	if len(p) > 1 && p[0] == '"' {
		return strings.ReplaceAll(p[1:len(p)-1], `""`, `"`)
	}
	return p
}

// notice collects what the server says.
func (t *tracer) notice(n *pgconn.Notice) {
	if s := n.SeverityUnlocalized; strings.HasPrefix(s, "DEBUG") || s == "LOG" {
		t.notices = append(t.notices, n.Message)
	}
}

const databaseSize = `SELECT pg_catalog.pg_database_size(pg_catalog.current_database())`

// sizeAfter is how long a statement runs before the database's size is looked
// at, and how long it takes until the next look: each reads the file system.
const sizeAfter = 50 * time.Millisecond

// sample watches the migrating session from outside until the returned function
// is called. That gives the strongest lock seen on each relation, if they are
// asked for, and by how much the database was larger at most than before the
// file; nil if the statement was too short for a look.
func (t *tracer) sample(ctx context.Context, locks bool) func() (map[uint32]string, *int64) {
	ctx, cancel := context.WithCancel(ctx)
	seen := map[uint32]string{}
	var peak *int64
	var wg sync.WaitGroup
	pid := t.conn.PgConn().PID()
	every := sizeAfter
	if locks {
		every = sampleEvery
	}
	wg.Go(func() {
		looked := time.Now()
		for {
			if locks {
				if rows, err := t.observer.Query(context.WithoutCancel(ctx), `SELECT relation, mode FROM pg_locks WHERE pid = $1 AND locktype = 'relation' AND relation >= 16384 AND granted`, pid); err == nil {
					var oid uint32
					var mode string
					_, _ = pgx.ForEachRow(rows, []any{&oid, &mode}, func() error {
						if lockRank(mode) > lockRank(seen[oid]) || seen[oid] == "" {
							seen[oid] = mode
						}
						return nil
					})
				}
			}
			if time.Since(looked) >= sizeAfter {
				var size int64
				if t.observer.QueryRow(context.WithoutCancel(ctx), databaseSize).Scan(&size) == nil {
					if grown := max(size-t.size, 0); peak == nil || grown > *peak {
						peak = &grown
					}
				}
				looked = time.Now()
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(every):
			}
		}
	})
	return func() (map[uint32]string, *int64) {
		cancel()
		wg.Wait()
		return seen, peak
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
