package extract

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Query is how one table is read. It must not change while it is in use.
type Query struct {
	Table *catalog.Table

	// Exprs is the SELECT list. None gives rows without columns: in text
	// format an empty line for each row, in binary format a row of no fields.
	Exprs []string

	// Where filters the rows; empty takes all.
	Where string

	// Joins are the other tables that Exprs and Where read. They are locked
	// and compared with the snapshot from the start of a chunk; tables that
	// are missing here are found out and compared too, but are locked later.
	Joins []*catalog.Table

	Binary bool
}

// Chunk is a range of a table's pages: the unit of reading and retrying.
type Chunk struct {
	Query     *Query
	Index, Of int
	FromBlock int64
	ToBlock   int64 // exclusive; without meaning when Last
	Whole     bool  // the table in one piece, without looking at ctid
	Last      bool  // open-ended: the table may have grown since
	Bytes     int64 // estimate, for ordering and progress
}

// SQL is the statement that reads one chunk, without COPY around it. Fragments
// of a policy stand on lines of their own, so that a comment in one of them
// swallows nothing else.
func (c Chunk) SQL() string { return c.sql(strings.Join(c.Query.Exprs, "\n, ")) }

func (c Chunk) sql(list string) string {
	var b strings.Builder
	b.WriteString("SELECT ")
	b.WriteString(list)
	b.WriteString("\nFROM ONLY ")
	b.WriteString(c.Query.Table.Name.SQL())
	var conditions []string
	if !c.Whole {
		ctid := fmt.Sprintf("(ctid >= '(%d,0)'::pg_catalog.tid", c.FromBlock)
		if !c.Last {
			ctid += fmt.Sprintf(" AND ctid < '(%d,0)'::pg_catalog.tid", c.ToBlock)
		}
		conditions = append(conditions, ctid+")")
	}
	if c.Query.Where != "" {
		conditions = append(conditions, "(\n"+c.Query.Where+"\n)")
	}
	if len(conditions) > 0 {
		b.WriteString("\nWHERE " + strings.Join(conditions, " AND "))
	}
	return b.String()
}

// copySQL sends the chunk's rows out. The closing parenthesis is on a line of
// its own.
func (c Chunk) copySQL() string {
	format := "text"
	if c.Query.Binary {
		format = "binary"
	}
	return "COPY (" + c.SQL() + "\n) TO STDOUT (FORMAT " + format + ")"
}

func (c Chunk) work(what string) work {
	if c.Of > 1 {
		what = fmt.Sprintf("%s chunk %d of", what, c.Index+1)
	}
	return work{what: what, table: c.Query.Table, joins: c.Query.Joins, lock: true}
}

// Copy reads one chunk under the snapshot and hands w the bytes of a COPY in the
// query's format, with header and trailer where it is binary, in pieces of at
// most 256 KiB that w must not keep. It returns the number of rows that the
// server says it sent.
//
// On an error w may have been handed a part of the rows. An error of w comes
// back wrapped. A *VoidError needs a new snapshot; any other fault of kind
// Transient is cured by copying the chunk again, from its start.
func (s *Source) Copy(ctx context.Context, c Chunk, w io.Writer) (rows int64, err error) {
	if err := s.watcher.lag.pass(ctx); err != nil {
		return 0, err
	}
	err = s.within(ctx, c.work("copy"), func(ctx context.Context, r *reader) error {
		if err := s.vet(ctx, r, c); err != nil {
			return err
		}
		var err error
		rows, err = r.copy.run(ctx, r.conn.PgConn(), copyOut{
			sql: c.copySQL(), binary: c.Query.Binary, w: w, stall: s.watcher.tm.stall,
			pace: func(n int) error {
				if r.yieldedTo() != nil {
					return errYielded
				}
				return s.bucket.take(ctx, n)
			},
			working: func() (bool, error) { return s.working(ctx, r) },
		})
		if err != nil {
			return err
		}
		// Functions may have read tables that nobody knew of before.
		return s.compare(ctx, r, c.Query)
	})
	if err != nil {
		return 0, err
	}
	return rows, nil
}

const countRows = "pg_catalog.count(*)"

// Count counts the rows that a query would read, under the snapshot.
func (s *Source) Count(ctx context.Context, q *Query) (rows int64, err error) {
	if err := s.watcher.lag.pass(ctx); err != nil {
		return 0, err
	}
	c := Chunk{Query: &Query{Table: q.Table, Where: q.Where, Joins: q.Joins, Exprs: []string{countRows}}, Of: 1, Whole: true}
	err = s.within(ctx, c.work("count"), func(ctx context.Context, r *reader) error {
		if err := s.vet(ctx, r, c); err != nil {
			return err
		}
		if err := r.conn.QueryRow(ctx, c.SQL()).Scan(&rows); err != nil {
			return err
		}
		return s.compare(ctx, r, c.Query)
	})
	if err != nil {
		return 0, err
	}
	return rows, nil
}

// errYielded stops a COPY that gives way; explain finds out for whom.
var errYielded = fault.New(fault.Other, "gave way")

// vet prepares the chunk's statement, which takes the locks of all tables it
// names and refuses a second statement hidden in a fragment, and then compares
// those tables with the snapshot.
func (s *Source) vet(ctx context.Context, r *reader, c Chunk) error {
	if where := c.Query.Where; where != "" {
		// Within brackets of another kind a condition that closes the
		// parenthesis around it does not parse. It would take the ctid range
		// out of force.
		if _, err := r.prepare(ctx, "SELECT ARRAY[\n"+where+"\n]\nFROM ONLY "+c.Query.Table.Name.SQL()); err != nil {
			return err
		}
	}
	fields, err := r.prepare(ctx, c.SQL())
	if err != nil {
		return err
	}
	if len(fields) != len(c.Query.Exprs) {
		return fault.New(fault.Policy, "the SELECT list gives %d columns instead of %d: an expression is not one expression",
			len(fields), len(c.Query.Exprs))
	}
	if err := s.vetVolatile(ctx, r, c); err != nil {
		return err
	}
	if err := s.compare(ctx, r, c.Query); err != nil {
		return err
	}
	if r.yieldedTo() != nil {
		return errYielded
	}
	return nil
}

// prepare has the server analyse exactly one statement without running it.
func (r *reader) prepare(ctx context.Context, sql string) ([]pgconn.FieldDescription, error) {
	if strings.Contains(sql, "\x00") { // ends the text in the protocol's messages, and what follows would be taken for another field
		return nil, &FragmentError{Msg: "the statement has a zero byte"}
	}
	d, err := r.conn.PgConn().Prepare(ctx, "", sql, nil)
	if err != nil {
		return nil, err
	}
	if len(d.ParamOIDs) > 0 {
		return nil, &FragmentError{Msg: "the statement has a parameter ($1)"}
	}
	return d.Fields, nil
}

// plainExpr is a column by its quoted name, perhaps cast to text: nothing that
// could call a function of somebody's.
var plainExpr = regexp.MustCompile(`^(?:"(?:[^"]|"")*"\.)*"(?:[^"]|"")*"(?:::(?:pg_catalog\.)?text)?$`)

// vetVolatile refuses volatile functions in a query, whether or not somebody
// has prepared its fragments before. It asks the server once for each query.
func (s *Source) vetVolatile(ctx context.Context, r *reader, c Chunk) error {
	plain := c.Query.Where == "" && !slices.ContainsFunc(c.Query.Exprs, func(e string) bool { return e != countRows && !plainExpr.MatchString(e) })
	if plain {
		return nil
	}
	if _, done := s.vetted.Load(c.Query); done {
		return nil
	}
	if err := r.refuseVolatile(ctx, c.SQL()); err != nil {
		return err
	}
	s.vetted.Store(c.Query, true)
	return nil
}

// working is asked when a reader has heard nothing for a while. It tells the two
// reasons apart: the server is still at work, or what it sends does not arrive.
func (s *Source) working(ctx context.Context, r *reader) (working bool, err error) {
	err = s.watcher.fresh(ctx, func(ctx context.Context, conn *session) error {
		return conn.QueryRow(ctx, `
			SELECT count(*) > 0 FROM pg_catalog.pg_stat_activity
			WHERE pid = $1::int4 AND state = 'active' AND wait_event IS DISTINCT FROM 'ClientWrite'`, int32(r.conn.pid)).Scan(&working)
	})
	if err != nil {
		return false, fault.Wrap(fault.Transient, catalog.Redact(err), "the link to the source is silent, and so is the watcher's")
	}
	return working, nil
}
