package migrations

import (
	"fmt"
	"slices"
	"strings"
)

// A table is small when nobody notices work on it, and smaller than that it is
// no table to worry about at all.
const (
	smallRows  = 10_000
	smallBytes = 4 << 20
)

// judge turns what was measured of a version into findings.
func (r *rehearsal) judge(res *Result) {
	j := &judge{r: r, res: res}
	j.failed()
	for _, s := range res.Statements {
		if s.Failure == nil && s.Skipped == "" {
			j.statement(s)
		}
	}
	j.lockTimeout()
	j.underLock()
	j.validateUnderLock()
	j.sequences()
	j.total()
	if res.Equal != nil && !*res.Equal {
		j.add("witness", Medium, nil, "", "the traced run differs from golang-migrate's own: "+res.Difference[0], "")
	}
}

type judge struct {
	r   *rehearsal
	res *Result
}

func (j *judge) add(rule string, s Severity, st *StatementResult, relation, message, fix string) {
	f := Finding{Rule: rule, Severity: s, Basis: Measured, File: j.res.File, Relation: relation, Message: message, Fix: fix}
	if st != nil {
		f.Line, f.Statement = st.Line, st.N
	}
	j.res.Findings = append(j.res.Findings, f)
}

// weigh lowers a severity for tables that hold little. In an empty rehearsal no
// table holds anything, and production's sizes are not known.
func (j *judge) weigh(s Severity, st *StatementResult, table string) Severity {
	if j.r.Template == "" {
		return s
	}
	z, ok := st.Sizes[table]
	switch {
	case !ok:
		return s
	case z.Rows == 0 || z.Before <= 8192:
		return Info
	case z.Rows > 0 && z.Rows < smallRows && z.Before < smallBytes:
		return min(s, Medium)
	}
	return s
}

// size says how large a table is, in words for a message.
func (j *judge) size(st *StatementResult, table string) string {
	if j.r.Template == "" {
		return "the time it takes grows with the table, which is empty here"
	}
	z := st.Sizes[table]
	if e := st.Estimate; e != nil && e.Table == table {
		return fmt.Sprintf("%s here, %s in production; it takes %s here, likely %s there", bytesText(z.Before), bytesText(j.r.sizes[table]), msText(st.MS), estimateText(e.MS))
	}
	return fmt.Sprintf("%s here, with indexes; it takes %s", bytesText(z.Before), msText(st.MS))
}

// failed reports a version that did not apply.
func (j *judge) failed() {
	f := j.res.Failure
	if f == nil {
		return
	}
	if j.res.Status == NotRehearsed {
		j.add("missing-on-server", Medium, nil, "", j.res.Reason, missingFix(f))
		last := &j.res.Findings[len(j.res.Findings)-1]
		last.Line, last.Statement = f.Line, f.Statement
		return
	}
	msg := f.Message
	if f.State != "" {
		msg += " (SQLSTATE " + f.State + ")"
	}
	if f.AtCommit {
		msg = "at the commit: " + msg
	}
	if len(j.res.Inherited) > 0 {
		msg += "; in force from earlier files: " + strings.Join(j.res.Inherited, ", ")
	}
	fix := failureFix(f)
	j.add("fails", Blocker, nil, f.Table, msg, fix)
	last := &j.res.Findings[len(j.res.Findings)-1]
	last.Line, last.Statement = f.Line, f.Statement
	if len(j.res.Partial) > 0 && !j.r.Runner.OneTransaction {
		j.add("partial", Blocker, nil, "", fmt.Sprintf("the failed file has left %d change(s) behind: %s", len(j.res.Partial), strings.Join(head(j.res.Partial, 3), "; ")), "undo them by hand before the next try, or make the file one transaction")
	}
	j.res.Recovery = recovery(j.res, j.previous())
	if j.r.Runner.OneTransaction {
		j.res.Recovery = fmt.Sprintf("All pending files are rolled back with it: the database stays at version %d. Correct the file, run up again.", j.r.report.Base.Version)
	}
}

// previous is the version that the database was at before, -1 without.
func (j *judge) previous() int64 {
	prev := int64(-1)
	for _, m := range j.r.report.Migrations {
		if m.Version < j.res.Version {
			prev = int64(m.Version)
		}
	}
	return prev
}

// recovery is what to do after golang-migrate has stopped.
func recovery(res *Result, previous int64) string {
	var b strings.Builder
	if res.Aborted {
		b.WriteString("golang-migrate's session stays in an aborted transaction and keeps its advisory lock until the program ends: end it first. ")
	}
	if len(res.Partial) > 0 {
		b.WriteString("Undo what the file has left behind. ")
	}
	if previous < 0 {
		fmt.Fprintf(&b, "Version %d is marked dirty: empty the table schema_migrations, correct the file, run up again.", res.Version)
	} else {
		fmt.Fprintf(&b, "Version %d is marked dirty: `migrate force %d`, correct the file, run up again.", res.Version, previous)
	}
	return b.String()
}

// failureFix is what commonly helps against an error.
func failureFix(f *Failure) string {
	switch f.State {
	case "23502":
		if f.Table != "" && f.Column != "" {
			return fmt.Sprintf("fill %s.%s first (in batches), or give it a DEFAULT", f.Table, f.Column)
		}
	case "23505":
		return "find the duplicates first: SELECT …, count(*) FROM … GROUP BY … HAVING count(*) > 1"
	case "23503":
		return "delete or repair the rows that point nowhere first"
	case "23514":
		return "repair the rows that break the rule first, or add it NOT VALID"
	case "25001":
		return "put the statement into a file of its own"
	case "55P04":
		return "move ALTER TYPE … ADD VALUE to an earlier file of its own"
	}
	if f.Missing != "" {
		return missingFix(f)
	}
	return ""
}

// statement judges one statement that ran.
func (j *judge) statement(s *StatementResult) {
	k := s.kind
	for _, t := range s.Rewrites {
		j.rewrite(s, t)
	}
	rewritten := func(t string) bool { return slices.Contains(s.Rewrites, t) }
	for table, b := range s.Blocked {
		if rewritten(table) {
			continue
		}
		built := j.builtOn(s, table)
		switch {
		case strings.HasPrefix(k.Verb, "CREATE") && strings.Contains(k.Verb, "INDEX") && !k.Concurrently:
			j.add("index-build", j.weigh(High, s, table), s, table, "writes to "+table+" wait until the index is built; "+j.size(s, table), indexFix(s))
		case k.Verb == "ALTER TABLE" && built:
			j.add("unique-build", j.weigh(High, s, table), s, table, "reads and writes of "+table+" wait until the index of the constraint is built; "+j.size(s, table), uniqueFix(s))
		case k.Verb == "ALTER TABLE" && len(s.Validated) > 0:
			j.add("foreign-key-validation", j.weigh(High, s, table), s, table, "writes to "+table+" wait while every row is checked; "+j.size(s, table), foreignKeyFix(s))
		case k.Verb == "ALTER TABLE" && slices.Contains(s.Scans, table):
			j.add("table-scan", j.weigh(High, s, table), s, table, blockedWords(b)+" of "+table+" wait while every row is checked; "+j.size(s, table), scanFix(s))
		case k.Verb == "ALTER DOMAIN":
			j.add("domain-scan", j.weigh(Medium, s, table), s, table, "every table that uses the domain is read, and writes to "+table+" wait", "ALTER DOMAIN "+k.Name+" ADD CONSTRAINT … NOT VALID;\n-- next file:\nALTER DOMAIN "+k.Name+" VALIDATE CONSTRAINT …;")
		case strings.HasPrefix(k.Verb, "REINDEX"):
			j.add("reindex", j.weigh(High, s, table), s, table, blockedWords(b)+" of "+table+" wait until the indexes are built again; "+j.size(s, table), concurrently(s.text)+";  -- in a file of its own")
		case k.Verb == "REFRESH MATERIALIZED VIEW" && !k.Concurrently:
			j.add("refresh", j.weigh(Medium, s, table), s, table, "reads of "+table+" wait until it is filled again", "REFRESH MATERIALIZED VIEW CONCURRENTLY "+table+";  -- needs a unique index, in a file of its own")
		case k.Verb == "DROP INDEX" && !k.Concurrently:
			j.add("index-drop", j.weigh(Medium, s, table), s, table, "reads and writes of "+table+" queue behind DROP INDEX", "DROP INDEX CONCURRENTLY "+k.Name+";  -- in a file of its own")
		case k.Verb == "LOCK TABLE":
			j.add("explicit-lock", j.weigh(Medium, s, table), s, table, blockedWords(b)+" of "+table+" wait until the file ends", "")
		}
	}
	if k.Verb == "ALTER TABLE" && len(s.Validated) > 0 {
		j.unindexedReference(s)
	}
	if (k.Verb == "UPDATE" || k.Verb == "DELETE") && s.Rows >= smallRows {
		sev := Medium
		if s.Rows >= 100*smallRows || s.MS > 5000 {
			sev = High
		}
		j.add("large-"+strings.ToLower(k.Verb), sev, s, k.Table, fmt.Sprintf("%d rows in one transaction: each stays locked until the file ends", s.Rows), batches(lexStatement(s.text), k))
	}
	j.timeZone(s)
}

// blockedWords are who waits.
func blockedWords(b Blocked) string {
	if b.ReadMS > 0 {
		return "reads and writes"
	}
	return "writes"
}

// builtOn tells whether a statement built an index on a table.
func (j *judge) builtOn(s *StatementResult, table string) bool {
	return len(s.Indexes) > 0 && strings.Contains(table, ".") && slices.ContainsFunc(s.Indexes, func(i string) bool { return schemaOf(i) == schemaOf(table) })
}

// rewrite reports a table that was written anew.
func (j *judge) rewrite(s *StatementResult, t string) {
	switch s.kind.Verb {
	case "VACUUM FULL", "CLUSTER":
		j.add("rewrite", j.weigh(High, s, t), s, t, s.kind.Verb+" writes "+t+" anew while reads and writes wait; "+j.size(s, t), "pg_repack does the same without the long lock, outside of the migrations")
	case "REFRESH MATERIALIZED VIEW":
		j.add("refresh", j.weigh(Medium, s, t), s, t, "reads of "+t+" wait until it is filled again", "REFRESH MATERIALIZED VIEW CONCURRENTLY "+t+";  -- needs a unique index, in a file of its own")
	default:
		j.add("rewrite", j.weigh(High, s, t), s, t, "the whole of "+t+" and its indexes are written anew while reads and writes wait; "+j.size(s, t), rewriteFix(s))
	}
}

// timeZone reports a change between timestamp and timestamptz, which depends on
// the session's time zone.
func (j *judge) timeZone(s *StatementResult) {
	up := strings.ToUpper(s.text)
	if s.kind.Verb == "ALTER TABLE" && strings.Contains(up, "TYPE") && (strings.Contains(up, "TIMESTAMPTZ") || strings.Contains(up, "WITH TIME ZONE")) && !strings.Contains(up, "AT TIME ZONE") && len(s.Blocked) > 0 {
		sev := High
		for t := range s.Blocked {
			sev = min(sev, j.weigh(High, s, t))
		}
		j.add("depends-on-time-zone", sev, s, s.kind.Table, "the values and the time it takes depend on the session's TimeZone: with UTC nothing is written, with another zone every row is, and moves", "say which zone the old values were in: … TYPE timestamptz USING column AT TIME ZONE 'UTC'")
	}
}

// unindexedReference reports a foreign key whose columns no index begins with.
func (j *judge) unindexedReference(s *StatementResult) {
	for _, con := range s.Validated {
		key := "constraint " + quoteJoined(con) + " on "
		for k, v := range j.r.faithful.schema {
			if !strings.HasPrefix(k, key) || !strings.HasPrefix(v, "FOREIGN KEY (") {
				continue
			}
			table := strings.TrimPrefix(k, key)
			cols, _, _ := strings.Cut(strings.TrimPrefix(v, "FOREIGN KEY ("), ")")
			if !hasIndex(j.r.faithful.schema, table, cols) {
				j.add("foreign-key-without-index", Medium, s, table, "no index of "+table+" begins with ("+cols+"): every DELETE in the other table reads all of "+table,
					fmt.Sprintf("CREATE INDEX CONCURRENTLY ON %s (%s);  -- in a file of its own, before the constraint", table, cols))
			}
		}
	}
}

func hasIndex(fp fingerprint, table, cols string) bool {
	for k, v := range fp {
		if strings.HasPrefix(k, "index ") && strings.Contains(v, " ON "+table+" ") && (strings.Contains(v, "("+cols+")") || strings.Contains(v, "("+cols+",")) {
			return true
		}
	}
	return false
}

// lockTimeout reports strong locks taken without a limit on waiting for them.
func (j *judge) lockTimeout() {
	for _, s := range j.res.Statements {
		if s.LockTimeout != "0" || s.Failure != nil {
			continue
		}
		for table := range s.Blocked {
			mode := ""
			for _, l := range s.Locks {
				if lockRank(l.Mode) > lockRank(mode) {
					mode = l.Mode
				}
			}
			fix := "SET LOCAL lock_timeout = '2s';  -- first in the file; run again when it gives up"
			if s.kind.Alone {
				fix = "set lock_timeout for the role that migrates: ALTER ROLE … SET lock_timeout = '2s'"
			}
			j.add("no-lock-timeout", j.weigh(Medium, s, table), s, table, mode+" on "+table+" without lock_timeout: while it waits for one long reader, everybody else waits behind it", fix)
			return
		}
	}
}

// validateUnderLock reports VALIDATE CONSTRAINT in the transaction that took a
// strong lock on the table: it reads the table just as slowly, and everybody
// waits.
func (j *judge) validateUnderLock() {
	for i, s := range j.res.Statements {
		if s.kind.Verb != "ALTER TABLE" || lexStatement(s.text).find(0, "VALIDATE", "CONSTRAINT") < 0 || len(s.Scans)+len(s.Validated) == 0 {
			continue
		}
		for _, earlier := range j.res.Statements[:i] {
			for table, b := range earlier.Blocked {
				if b.WriteMS > earlier.MS && lastPart(table) == plain(quotedPart(s.kind.Table)) {
					j.add("validate-under-lock", j.weigh(High, earlier, table), s, table, fmt.Sprintf("%s is locked since line %d: VALIDATE in the same transaction gains nothing over a constraint that is checked at once", table, earlier.Line), "-- a file of its own:\n"+s.text+";")
					return
				}
			}
		}
	}
}

// sequences reports serial columns whose sequence has a narrower type.
func (j *judge) sequences() {
	for _, s := range j.res.Statements {
		for _, q := range j.res.narrow {
			if s.kind.Verb == "ALTER TABLE" && lastPart(q.table) == plain(quotedPart(s.kind.Table)) && lexStatement(s.text).find(0, "TYPE") >= 0 {
				j.add("sequence-type", Medium, s, q.table, "the sequence of "+q.table+"."+q.column+" is still "+q.kind+": it ends where the old type ended", "ALTER SEQUENCE "+q.sequence+" AS bigint;")
			}
		}
	}
}

// underLock reports work that goes on while a table is already locked against
// everybody.
func (j *judge) underLock() {
	for i, s := range j.res.Statements {
		for table, b := range s.Blocked {
			if b.ReadMS <= 0 || i+1 >= len(j.res.Statements) {
				continue
			}
			rest := b.ReadMS - s.MS
			for _, later := range j.res.Statements[i+1:] {
				if later.Failure == nil && rest > s.MS && rest > 50 && later.MS > rest/2 && later.kind.Control == NoControl {
					j.add("work-under-lock", j.weigh(High, s, table), later, table, fmt.Sprintf("%s is locked since line %d, and reads wait %.0f ms for this statement", table, s.Line, later.MS), "split the file: the change of the table in one, this statement in another")
					return
				}
			}
		}
	}
}

// total adds up what the version keeps others waiting for.
func (j *judge) total() {
	res := j.res
	for _, s := range res.Statements {
		if s.WAL != nil {
			res.WAL += *s.WAL
		}
		if s.TempBytes != nil {
			if res.TempBytes == nil {
				res.TempBytes = new(int64)
			}
			*res.TempBytes += *s.TempBytes
		}
		if s.PeakBytes != nil {
			res.PeakBytes = max(res.PeakBytes, *s.PeakBytes)
		}
		for t, b := range s.Blocked {
			if res.Blocked == nil {
				res.Blocked = map[string]Blocked{}
			}
			sum := res.Blocked[t]
			sum.ReadMS, sum.WriteMS = max(sum.ReadMS, b.ReadMS), max(sum.WriteMS, b.WriteMS)
			res.Blocked[t] = sum
		}
	}
	for _, i := range res.Invalid {
		if strings.HasPrefix(i, "index ") {
			j.add("invalid-index", Blocker, nil, "", i+" is invalid: it is kept up to date and never used", "DROP INDEX CONCURRENTLY IF EXISTS "+strings.TrimPrefix(i, "index ")+";  -- then build it again")
		}
	}
}

// judgeDown turns the round trip into findings.
func (r *rehearsal) judgeDown(res *Result) {
	if q := res.Queue; q != nil {
		for i := range res.Findings {
			if f := &res.Findings[i]; f.Rule == "no-lock-timeout" {
				f.Message += fmt.Sprintf("; tried here: with a reader that stays %s, the next request for %s waited %s", msText(q.ReaderMS), q.Table, msText(q.WaitMS))
			}
		}
	}
	for table, p := range res.Probe {
		for state, n := range p.Errors {
			if state == "42P01" || state == "42703" {
				res.Findings = append(res.Findings, Finding{Rule: "requests-fail", Severity: High, Basis: Measured, File: res.File, Relation: table,
					Message: fmt.Sprintf("%d of %d requests for %s failed with %s once the version had run: programs that still use the old name fail", n, p.Requests, table, state)})
			}
		}
	}
	d := res.Down
	if d == nil {
		return
	}
	add := func(rule string, s Severity, line int, msg, fix string) {
		res.Findings = append(res.Findings, Finding{Rule: rule, Severity: s, Basis: Measured, File: res.DownFile, Line: line, Message: msg, Fix: fix})
	}
	switch d.Verdict {
	case DownFailed:
		msg := "the down file fails: " + d.Failure.Message + " (SQLSTATE " + d.Failure.State + ")"
		if len(res.Inherited) > 0 {
			msg += "; the up file ran under settings of earlier files, which a rollback on another day does not have: " + strings.Join(res.Inherited, ", ")
		}
		add("down-fails", High, d.Failure.Line, msg, "")
	case Differs:
		add("down-differs", Medium, 0, "the down file leaves another schema: "+strings.Join(head(d.Diff, 3), "; "), "")
	case ReupFailed:
		add("reup-fails", Medium, d.ReupError.Line, "after down, up cannot run again: "+d.ReupError.Message+" (SQLSTATE "+d.ReupError.State+")", "")
		res.Findings[len(res.Findings)-1].File = res.File
	case ReupDiffer:
		add("reup-differs", Medium, 0, "after down, up makes another schema: "+strings.Join(head(d.ReupDiff, 3), "; "), "")
	case OrderOnly:
		add("column-order", Info, 0, "down restores everything but the order of columns", "")
	}
	if len(d.Rows) > 0 && d.Verdict != DownEmpty {
		add("down-changes-rows", Info, 0, "down does not bring the rows back: "+strings.Join(head(d.Rows, 5), ", "), "")
	}
}

func head(s []string, n int) []string {
	if len(s) <= n {
		return s
	}
	return append(slices.Clone(s[:n]), fmt.Sprintf("and %d more", len(s)-n))
}

// bytesText is a size for people.
func bytesText(n int64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%d GB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d kB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
