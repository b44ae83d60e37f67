package migrations

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

const (
	// proofTimeout is how long one question to the source may take.
	proofTimeout = 30 * time.Second
	// proofCost is the planner's cost above which the source is not asked.
	proofCost = 5_000_000
)

// Proof is a question to the source about its rows, answered with yes or no:
// nothing else leaves it. A statement that passes on masked rows can fail on
// the real ones, and the other way round.
type Proof struct {
	Version   uint64 `json:"version"`
	Place     string `json:"place"`
	Statement int    `json:"statement"`
	Question  string `json:"question"` // SQL that is true where a row is in the way
	Source    *bool  `json:"source,omitempty"`
	Staged    bool   `json:"staged"` // the statement failed on the masked rows
	Verdict   string `json:"verdict"`
	Reason    string `json:"reason,omitempty"`
}

// Verdicts of proofs.
const (
	Proven   = "proven"           // passes here, and the source has no row in the way
	Real     = "real"             // fails here, and would on the source
	Artefact = "masking artefact" // fails here, but not on the source
	Hidden   = "hidden"           // passes here and would fail on the source
	Unproven = "unproven"         // not asked, or no answer
)

// question is what a statement asks of the rows of a table.
type question struct{ table, sql string }

// questions derives what must be true of the rows for a statement to succeed.
// The SQL is true where it is not. schema serves for what a statement leaves
// out: the key that a foreign key refers to, the rule of a constraint.
func questions(s string, schema fingerprint) (out []question) {
	w := lexStatement(s)
	k := kindOf(w)
	ask := func(format string, a ...any) {
		out = append(out, question{k.Table, "SELECT EXISTS (" + fmt.Sprintf(format, a...) + ")"})
	}
	if strings.HasPrefix(k.Verb, "CREATE UNIQUE INDEX") {
		open := -1
		for i := w.at; i < len(w.tokens) && open < 0; i++ {
			if w.symbol(i, '(') {
				open = i
			}
		}
		if cols, end := inParentheses(w, open); len(cols) > 0 {
			where := ""
			if at := w.find(end, "WHERE"); at >= 0 {
				where = w.raw(at+1, len(w.tokens))
			}
			ask("%s", duplicates(k.Table, cols, where))
		}
		return out
	}
	if k.Verb != "ALTER TABLE" {
		return nil
	}
	for _, a := range w.actions(w.at) {
		part := &words{src: w.src, tokens: w.tokens[a[0]:a[1]]}
		switch {
		case part.is(0, "ADD"):
			addQuestions(part, k.Table, schema, ask)
		case part.is(0, "ALTER"):
			i := 1
			if part.is(i, "COLUMN") {
				i++
			}
			col := part.raw(i, i+1)
			if part.find(i, "SET", "NOT", "NULL") >= 0 {
				ask("SELECT FROM %s WHERE %s IS NULL", k.Table, col)
			}
			if at := part.find(i, "TYPE"); at >= 0 && part.is(at+1, "VARCHAR", "CHAR", "CHARACTER") && part.find(at, "USING") < 0 {
				if open := at + 1; part.symbol(open+1, '(') {
					ask("SELECT FROM %s WHERE length(%s::text) > %s", k.Table, col, part.raw(open+2, open+3))
				}
			}
		case part.is(0, "VALIDATE") && part.is(1, "CONSTRAINT"):
			for key, def := range schema {
				name, on, _ := strings.Cut(strings.TrimPrefix(key, "constraint "), " on ")
				if expr, ok := strings.CutPrefix(def, "CHECK ("); ok && name == part.raw(2, 3) && lastPart(on) == plain(quotedPart(k.Table)) {
					expr = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(strings.TrimSuffix(expr, "(not valid)")), "NOT VALID"), " ")
					ask("SELECT FROM %s WHERE NOT (%s)", k.Table, strings.TrimSuffix(expr, ")"))
				}
			}
		}
	}
	return out
}

// addQuestions are those of ADD COLUMN and ADD CONSTRAINT.
func addQuestions(part *words, table string, schema fingerprint, ask func(string, ...any)) {
	if part.find(0, "NOT", "VALID") >= 0 || part.find(0, "USING", "INDEX") >= 0 {
		return
	}
	at := 1
	if part.is(1, "CONSTRAINT") {
		at = 3
	}
	switch {
	case part.is(at, "CHECK"):
		open := at + 1
		if _, end := inParentheses(part, open); end > open {
			ask("SELECT FROM %s WHERE NOT (%s)", table, part.raw(open+1, end))
		}
	case part.is(at, "UNIQUE"), part.is(at, "PRIMARY"):
		open := at + 1
		if part.is(at, "PRIMARY") {
			open++
		}
		cols, _ := inParentheses(part, open)
		if len(cols) == 0 {
			return
		}
		ask("%s", duplicates(table, cols, ""))
		if part.is(at, "PRIMARY") {
			ask("SELECT FROM %s WHERE %s IS NULL", table, strings.Join(cols, " IS NULL OR "))
		}
	case part.is(at, "FOREIGN"):
		cols, end := inParentheses(part, at+2)
		if len(cols) == 0 || !part.is(end+1, "REFERENCES") {
			return
		}
		part.at = end + 2
		other := part.name()
		keys, _ := inParentheses(part, part.at)
		if len(keys) == 0 {
			keys = primaryKey(schema, other)
		}
		if len(keys) != len(cols) {
			return
		}
		var there, match []string
		for i := range cols {
			there = append(there, "x."+cols[i]+" IS NOT NULL")
			match = append(match, "y."+keys[i]+" = x."+cols[i])
		}
		ask("SELECT FROM %s x WHERE %s AND NOT EXISTS (SELECT FROM %s y WHERE %s)", table, strings.Join(there, " AND "), other, strings.Join(match, " AND "))
	case (&checker{}).requiredColumn(part, [2]int{0, len(part.tokens)}):
		ask("SELECT FROM %s", table)
	}
}

// primaryKey are the columns of a table's primary key.
func primaryKey(schema fingerprint, table string) []string {
	for k, v := range schema {
		_, on, _ := strings.Cut(k, " on ")
		if cols, ok := strings.CutPrefix(v, "PRIMARY KEY ("); ok && strings.HasPrefix(k, "constraint ") && lastPart(on) == plain(quotedPart(table)) {
			return strings.Split(strings.TrimSuffix(cols, ")"), ", ")
		}
	}
	return nil
}

// inParentheses are the parts between commas of a list, and the token that
// closes it.
func inParentheses(w *words, open int) (parts []string, end int) {
	if !w.symbol(open, '(') {
		return nil, open
	}
	depth, start := 0, open+1
	for i := open; i < len(w.tokens); i++ {
		switch {
		case w.symbol(i, '('):
			depth++
		case w.symbol(i, ','):
			if depth == 1 {
				parts = append(parts, w.raw(start, i))
				start = i + 1
			}
		case w.symbol(i, ')'):
			if depth--; depth == 0 {
				return append(parts, w.raw(start, i)), i
			}
		}
	}
	return nil, open
}

func duplicates(table string, cols []string, where string) string {
	var there []string
	for _, c := range cols {
		there = append(there, c+" IS NOT NULL")
	}
	if where != "" {
		there = append(there, "("+where+")")
	}
	return fmt.Sprintf("SELECT FROM %s WHERE %s GROUP BY %s HAVING count(*) > 1", table, strings.Join(there, " AND "), strings.Join(cols, ", "))
}

// prover asks the source.
type prover struct {
	conn   *pgx.Conn
	why    string // why nobody is asked
	dirty  map[string]bool
	schema fingerprint // of the base: what the source has
}

// openProver connects to the source. Without one every proof is unproven.
func (r *rehearsal) openProver(ctx context.Context) error {
	r.proof = &prover{dirty: map[string]bool{}, schema: r.faithful.schema}
	switch {
	case r.Template == "":
		r.proof = nil
		return nil
	case r.SourceProof == "never" && r.Source == "":
		r.proof.why = "migrations.source_proof is never"
		return nil
	case r.Source == "":
		r.proof.why = "there is no line to the source"
		return nil
	}
	path := "public"
	_ = r.faithful.session.conn.QueryRow(ctx, "SHOW search_path", pgx.QueryExecModeSimpleProtocol).Scan(&path)
	conn, err := catalog.Connect(ctx, r.Source, catalog.Session{AppName: "understudy/rehearse proof", ReadOnly: true, Settings: map[string]string{
		"search_path": path, "statement_timeout": fmt.Sprint(proofTimeout.Milliseconds()), "lock_timeout": "1000",
	}})
	if err != nil {
		r.proof.why = "the source cannot be reached"
		r.Log.Warn("no proof on the source", "error", err)
		return nil
	}
	if r.sizes, err = sourceSizes(ctx, conn); err != nil {
		_ = conn.Close(ctx)
		return err
	}
	if r.SourceProof == "never" {
		_ = conn.Close(ctx)
		r.proof.why = "migrations.source_proof is never"
		return nil
	}
	var standby bool
	if err := conn.QueryRow(ctx, "SELECT pg_is_in_recovery()").Scan(&standby); err != nil {
		_ = conn.Close(ctx)
		return cannot("ask the source", err)
	}
	if !standby && r.SourceProof != "always" {
		_ = conn.Close(ctx)
		r.proof.why = "the source is no standby; migrations.source_proof: always asks it all the same"
		return nil
	}
	r.proof.conn = conn
	return nil
}

// prove asks the source about the statements of a version.
func (r *rehearsal) prove(ctx context.Context, res *Result) {
	if r.proof == nil || res.pair.Up == nil {
		return
	}
	for i, s := range res.pair.Up.Statements {
		k := KindOf(s.Text)
		for _, q := range questions(s.Text, r.faithful.schema) {
			if !r.proof.exists(q.table) {
				continue // made by a pending file: the source has no rows of it
			}
			p := Proof{Version: res.Version, Place: fmt.Sprintf("%s:%d", res.File, s.Line), Statement: i + 1, Question: q.sql, Verdict: Unproven}
			p.Staged = res.Failure != nil && res.Failure.Statement == i+1 && (strings.HasPrefix(res.Failure.State, "23") || strings.HasPrefix(res.Failure.State, "22"))
			switch {
			case r.proof.conn == nil:
				p.Reason = r.proof.why
			case r.proof.dirty[plain(quotedPart(q.table))]:
				p.Reason = "an earlier statement changes rows of the table"
			default:
				p.Source, p.Reason = r.proof.ask(ctx, q.sql)
			}
			if p.Source != nil {
				p.Verdict = map[[2]bool]string{{false, false}: Proven, {true, true}: Real, {false, true}: Artefact, {true, false}: Hidden}[[2]bool{*p.Source, p.Staged}]
			}
			r.report.SourceProof = append(r.report.SourceProof, p)
			r.judgeProof(res, p, s.Line)
		}
		switch k.Verb {
		case "UPDATE", "DELETE", "INSERT", "TRUNCATE":
			r.proof.dirty[plain(quotedPart(k.Table))] = true
		case "DO", "WITH", "MERGE", "CALL", "SELECT":
			for table := range r.proof.schema {
				if name, ok := strings.CutPrefix(table, "table "); ok && strings.Contains(s.Text, lastPart(name)) {
					r.proof.dirty[lastPart(name)] = true
				}
			}
		}
	}
}

func (p *prover) exists(table string) bool {
	for k := range p.schema {
		if name, ok := strings.CutPrefix(k, "table "); ok && lastPart(name) == plain(quotedPart(table)) {
			return true
		}
	}
	return false
}

// ask puts one question, prepared by the extended protocol, which takes no
// second statement. The answer is nil with a reason where there is none.
func (p *prover) ask(ctx context.Context, sql string) (*bool, string) {
	if _, err := p.conn.Prepare(ctx, "", sql); err != nil {
		return nil, "the source does not understand the question (SQLSTATE " + catalog.SQLState(err) + ")"
	}
	var plan []byte
	if err := p.conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+sql).Scan(&plan); err != nil {
		return nil, "the source does not plan the question (SQLSTATE " + catalog.SQLState(err) + ")"
	}
	var plans []struct {
		Plan struct {
			Cost float64 `json:"Total Cost"`
		}
	}
	if err := json.Unmarshal(plan, &plans); err != nil || len(plans) == 0 {
		return nil, "the plan cannot be read"
	}
	if cost := plans[0].Plan.Cost; cost > proofCost {
		return nil, fmt.Sprintf("too expensive for the source: cost %.0f, at most %d", cost, proofCost)
	}
	var answer bool
	if err := p.conn.QueryRow(ctx, sql).Scan(&answer); err != nil {
		return nil, "no answer (SQLSTATE " + catalog.SQLState(err) + ")"
	}
	return &answer, ""
}

func (r *rehearsal) judgeProof(res *Result, p Proof, line int) {
	f := Finding{Basis: Measured, File: res.File, Line: line, Statement: p.Statement}
	switch p.Verdict {
	case Hidden:
		f.Rule, f.Severity, f.Message = "hidden-failure", Blocker, "passes on the masked rows and fails on production's: this is true there: "+p.Question
	case Artefact:
		f.Rule, f.Severity, f.Message = "masking-artefact", Medium, "fails on the masked rows only; production has no row in the way. The rule that masks the column lets it break"
	case Unproven:
		f.Rule, f.Severity, f.Message = "unproven", Info, "depends on production's rows, and the source was not asked: "+p.Reason
	default:
		return
	}
	res.Findings = append(res.Findings, f)
}
