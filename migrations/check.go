package migrations

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/golang-migrate/migrate/v4/source"
)

// check finds what the text of a file alone tells.
func check(f *File, r Runner) []Finding {
	c := checker{file: f, runner: r, made: map[string]bool{}}
	if f.SplitErr != nil {
		c.unsplit()
		return c.found
	}
	if strings.HasPrefix(f.Src, "\ufeff") {
		c.add("byte-order-mark", Blocker, 0, "", "the file begins with a byte order mark, which the server refuses as a syntax error (42601)", "save the file as UTF-8 without a byte order mark")
	}
	for i, s := range f.Statements {
		c.kinds = append(c.kinds, KindOf(s.Text))
		c.words = append(c.words, lexStatement(s.Text))
		if k := c.kinds[i]; k.Table != "" && strings.HasPrefix(k.Verb, "CREATE TABLE") {
			c.made[k.Table] = true
		}
	}
	c.transactions()
	c.alone()
	c.multiStatement()
	for i := range f.Statements {
		c.statement(i)
	}
	if f.Direction == source.Up {
		c.enumUse()
		c.destructive()
	} else if f.Empty() {
		c.add("down-empty", Medium, 0, "", "the down file holds no statement: golang-migrate marks the version as undone and changes nothing", "")
	}
	return c.found
}

// checker walks one file.
type checker struct {
	file   *File
	runner Runner
	kinds  []Kind
	words  []*words
	made   map[string]bool // tables that the file itself makes
	found  []Finding
}

func (c *checker) add(rule string, s Severity, n int, relation, message, fix string) {
	f := Finding{Rule: rule, Severity: s, Basis: Static, File: c.file.Name, Statement: n, Relation: relation, Message: message, Fix: fix}
	if n > 0 {
		f.Line = c.file.Statements[n-1].Line
	}
	c.found = append(c.found, f)
}

func (c *checker) unsplit() {
	var e *SplitError
	if !errors.As(c.file.SplitErr, &e) {
		return
	}
	f := Finding{Rule: "not-sql", Severity: Blocker, Basis: Static, File: c.file.Name, Line: e.Line, Message: e.What + "; the server refuses the whole file (42601)"}
	copied := slices.IndexFunc(c.file.Statements, func(s Statement) bool { return KindOf(s.Text).CopyStdin })
	if e.Meta && copied >= 0 {
		f.Rule, f.Line, f.Statement = "copy-stdin", c.file.Statements[copied].Line, copied+1
		f.Message = "the rows after COPY … FROM STDIN are for psql: golang-migrate sends them to the server as SQL, which refuses the whole file (42601)"
		f.Fix = "write the rows as INSERT INTO … VALUES (pg_dump --inserts does), or load them outside of the migration"
	} else if e.Meta {
		f.Rule, f.Fix = "psql-command", "take out the command of psql; a dump made with pg_dump --no-owner --schema-only may still hold \\restrict lines"
	}
	c.found = append(c.found, f)
}

// transactions looks at BEGIN and COMMIT.
func (c *checker) transactions() {
	open, opened := false, 0
	for i, k := range c.kinds {
		n := i + 1
		switch k.Control {
		case Begin:
			if open {
				c.add("nested-begin", Medium, n, "", "BEGIN within a transaction only warns; the first COMMIT ends both", "keep one BEGIN; and COMMIT; around the whole file, or none: the server runs a file without them as one transaction")
			}
			open, opened = true, n
		case Commit, Rollback:
			switch {
			case c.runner.OneTransaction:
				c.add("ends-transaction", Blocker, n, "", k.Verb+" ends the transaction that the runner has opened around all files: what came before stays if a later file fails, and later files run outside of it", "leave BEGIN and COMMIT out: the runner commits")
			case !open && k.Control == Commit && n > 1:
				c.add("stray-commit", Blocker, n, "", "COMMIT without BEGIN makes permanent what came before it: if a later statement fails, half of the file stays", "take COMMIT out; the server runs the file as one transaction")
			case open && n < len(c.kinds):
				c.add("not-atomic", Medium, n, "", fmt.Sprintf("%s ends the transaction and %d more statement(s) follow: if one of them fails, the first part stays", k.Verb, len(c.kinds)-n), "put what follows into a file of its own")
			}
			open = false
		case Savepoint:
			if !open && len(c.kinds) > 1 && c.words[i].is(0, "SAVEPOINT") {
				c.add("savepoint-outside", Blocker, n, "", "SAVEPOINT needs BEGIN: in a file of several statements without it the server refuses it (25P01)", "put BEGIN; and COMMIT; around the file")
			}
		}
	}
	if open {
		c.add("begin-without-commit", High, opened, "", "BEGIN is never committed by the file; golang-migrate's own bookkeeping commits it by accident", "end the file with COMMIT;, or take BEGIN out")
	}
	if first := slices.IndexFunc(c.kinds, func(k Kind) bool { return k.Control == Begin }); first >= 0 && !open && !c.runner.OneTransaction {
		c.add("explicit-begin", Info, first+1, "", "with BEGIN in the file an error leaves golang-migrate's session in an aborted transaction that keeps its advisory lock; without it the server rolls back by itself", "leave BEGIN and COMMIT out: the server runs the whole file as one transaction")
	}
}

// alone finds statements that the server refuses in a transaction, which a file
// of several statements is.
func (c *checker) alone() {
	inside := false
	for i, k := range c.kinds {
		switch k.Control {
		case Begin:
			inside = true
		case Commit, Rollback:
			inside = false
		}
		if !k.Alone || !c.runner.OneTransaction && (len(c.kinds) == 1 || c.runner.MultiStatement && !inside) {
			continue
		}
		what := k.Verb
		if c.runner.OneTransaction {
			c.add("not-alone", Blocker, i+1, k.Table, what+" cannot run inside a transaction, and the runner opens one around all files (25001)", "run it outside of the migrations, or by a runner that commits after every file")
			continue
		}
		c.add("not-alone", Blocker, i+1, k.Table, what+" cannot run inside a transaction, and the server makes a file of several statements one (25001)",
			"move it to a file of its own, with no other statement:\n"+c.file.Statements[i].Text+";")
	}
}

// multiStatement finds what golang-migrate's own splitting would break.
func (c *checker) multiStatement() {
	if !c.runner.MultiStatement {
		return
	}
	for i, s := range c.file.Statements {
		if strings.Contains(s.Text, ";") {
			c.add("multi-statement-split", Blocker, i+1, "", "x-multi-statement cuts at every semicolon, also inside of strings and function bodies: this statement arrives in pieces", "run the project without x-multi-statement, or keep semicolons out of this statement")
		}
	}
	if len(c.kinds) > 1 {
		c.add("multi-statement", Medium, 1, "", "with x-multi-statement every statement commits by itself: a failure leaves the first part of the file in place", "")
	}
}

// statement looks at one statement by itself.
func (c *checker) statement(i int) {
	k, w, n := c.kinds[i], c.words[i], i+1
	up := c.file.Direction == source.Up
	switch {
	case k.CopyStdin:
		c.add("copy-stdin", Blocker, n, k.Table, "COPY … FROM STDIN waits for rows that golang-migrate never sends: the run hangs", "write the rows as INSERT INTO … VALUES, or load them outside of the migration")
	case k.Beyond != "" && !k.Roles:
		c.add("beyond-database", Medium, n, "", k.Verb+" reaches beyond this database: "+k.Beyond, "")
	case k.Roles:
		c.add("roles", Info, n, "", k.Verb+": roles belong to the whole server; a second database on it meets what the first one made", "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'name') THEN CREATE ROLE name; END IF; END $$;")
	}
	if k.Concurrently && strings.HasPrefix(k.Verb, "CREATE") && w.find(0, "IF", "NOT", "EXISTS") >= 0 {
		fix := "DROP INDEX CONCURRENTLY IF EXISTS " + k.Name + ";\n-- and in the next file:\n" + without(c.file.Statements[i].Text, "IF NOT EXISTS") + ";"
		c.add("concurrently-if-not-exists", Medium, n, k.Table, "if the build fails, an invalid index stays; run again, IF NOT EXISTS passes over it and the version counts as done", fix)
	}
	if up {
		c.leak(i)
	}
}

// leak finds a setting that outlives the file, unless the file itself takes it
// back.
func (c *checker) leak(i int) {
	w, n := c.words[i], i+1
	var name, fix string
	switch {
	case c.kinds[i].Verb == "SET" && !w.is(1, "LOCAL", "CONSTRAINTS", "TRANSACTION"):
		name = settingName(w)
		fix = "SET LOCAL " + strings.TrimSpace(strings.TrimPrefix(w.raw(1, len(w.tokens)), "SESSION ")) + ";  -- ends with the file's transaction"
		if at := w.find(0, "DEFAULT"); at > 0 && (w.is(at-1, "TO", "AUTHORIZATION", "ZONE") || w.symbol(at-1, '=')) || name == "" {
			return
		}
	case c.kinds[i].Verb == "SELECT" && w.find(0, "set_config") >= 0:
		at := w.find(0, "set_config")
		args := w.strings(at)
		if len(args) == 0 || len(w.tokens) >= 2 && w.is(len(w.tokens)-2, "TRUE") {
			return
		}
		name = strings.ToLower(args[0])
		fix = "leave the line out, or end the file with RESET " + name + ";"
	default:
		return
	}
	for _, later := range c.words[i+1:] {
		if later.is(0, "RESET") && (later.is(1, "ALL") || settingName(later) == name) || later.is(0, "DISCARD") && later.is(1, "ALL") ||
			later.is(0, "SET") && settingName(later) == name && (later.is(len(later.tokens)-1, "DEFAULT") || name == "role" && later.is(len(later.tokens)-1, "NONE")) {
			return
		}
	}
	c.add("setting-leaks", leakSeverity(name), n, "", leakMessage(name), fix)
}

// settingName is what SET or RESET is about, by its name in pg_settings.
func settingName(w *words) string {
	at := 1
	if w.is(at, "SESSION") && !w.is(at+1, "AUTHORIZATION") {
		at++
	}
	switch {
	case w.is(at, "SESSION"):
		return "session_authorization"
	case w.is(at, "CHARACTERISTICS"):
		return "default_transaction_isolation"
	case w.is(at, "TIME"):
		return "timezone"
	case w.is(at, "SCHEMA"):
		return "search_path"
	case w.is(at, "NAMES"):
		return "client_encoding"
	}
	return strings.ToLower(w.raw(at, at+1))
}

// leakSeverity weighs what a setting does to the files that follow in the same
// session, and to golang-migrate's own bookkeeping in it.
func leakSeverity(name string) Severity {
	switch name {
	case "role", "session_authorization", "session_replication_role":
		return High
	case "search_path", "row_security", "timezone", "datestyle", "intervalstyle", "standard_conforming_strings", "default_tablespace", "default_table_access_method",
		"default_transaction_read_only", "default_transaction_isolation", "default_transaction_deferrable", "check_function_bodies", "client_encoding", "quote_all_identifiers":
		return Medium
	}
	return Info
}

func leakMessage(name string) string {
	what := ""
	switch name {
	case "role", "session_authorization":
		what = ": golang-migrate writes its version as that role, and later files run as it"
	case "session_replication_role":
		what = ": foreign keys and triggers may not fire there"
	case "search_path":
		what = ": unqualified names mean something else there, and something else again when the files run on different days"
	}
	return "SET " + name + " stays in force for the files that follow in the same run" + what
}

// without is a statement less some words of it.
func without(s, words string) string {
	i := strings.Index(strings.ToUpper(s), words)
	if i < 0 {
		return s
	}
	return strings.TrimRight(s[:i]+strings.TrimLeft(s[i+len(words):], " \t\r\n"), " \t\r\n")
}

// enumUse finds a value that a file adds to a type and uses before the commit.
func (c *checker) enumUse() {
	type added struct {
		value string
		n     int
	}
	var values []added
	madeType := map[string]bool{}
	for i, k := range c.kinds {
		n := i + 1
		if k.Verb == "CREATE TYPE" {
			madeType[k.Name] = true
		}
		if k.Control == Commit {
			values = nil
		}
		w := c.words[i]
		if at := w.find(0, "ADD", "VALUE"); k.Verb == "ALTER TYPE" && at >= 0 {
			if s := w.strings(at); len(s) > 0 && !madeType[k.Name] && !c.runner.MultiStatement {
				values = append(values, added{s[0], n})
			}
			continue
		}
		for _, a := range values {
			if slices.Contains(w.strings(0), a.value) {
				c.add("enum-value-used", Blocker, n, "", fmt.Sprintf("the value added in line %d is used in the same transaction: the server refuses it (55P04)", c.file.Statements[a.n-1].Line), "move ALTER TYPE … ADD VALUE to an earlier file of its own")
				break
			}
		}
	}
}

// destructive finds statements that throw rows away.
func (c *checker) destructive() {
	for i, k := range c.kinds {
		w, n := c.words[i], i+1
		if c.made[k.Table] {
			continue
		}
		switch k.Verb {
		case "DROP TABLE":
			c.add("drop-table", High, n, k.Table, "the rows of "+k.Table+" are gone, and a down file cannot bring them back; programs that still run fail with 42P01",
				"ALTER TABLE "+k.Table+" RENAME TO "+renamed(k.Table)+";  -- after the last program that reads it is gone\n-- and some releases later:\nDROP TABLE "+renamed(k.Table)+";")
		case "TRUNCATE":
			c.add("truncate", High, n, k.Table, "the rows of "+k.Table+" are gone, and a down file cannot bring them back", "")
		case "DELETE":
			if w.find(0, "WHERE") < 0 {
				c.add("delete-all", High, n, k.Table, "DELETE without WHERE: every row of "+k.Table+" goes, one by one", "")
			}
		case "UPDATE":
			if w.find(0, "WHERE") < 0 {
				c.add("update-all", Medium, n, k.Table, "UPDATE without WHERE: every row of "+k.Table+" is written again and locked until the file ends", batches(w, k))
			}
		case "DROP SCHEMA":
			c.add("drop-schema", High, n, "", "DROP SCHEMA "+k.Name+": whatever is in it is gone", "")
		case "ALTER TABLE":
			c.alterTable(i)
		}
	}
}

// alterTable looks at the actions of ALTER TABLE that lose something or break
// programs that still run.
func (c *checker) alterTable(i int) {
	k, n := c.kinds[i], i+1
	w := lexStatement(c.file.Statements[i].Text)
	kindOf(w)
	if w.is(w.at, "RENAME") {
		old := k.Table
		what := "table " + old
		if !w.is(w.at+1, "TO") {
			at := w.at + 1
			if w.is(at, "CONSTRAINT") {
				return
			}
			if w.is(at, "COLUMN") {
				at++
			}
			what = "column " + old + "." + strings.ToLower(w.raw(at, at+1))
			c.add("rename-column", High, n, k.Table, "programs that still run know "+what+" by its old name and fail (42703)",
				renameColumnFix(w, k, at))
			return
		}
		c.add("rename-table", High, n, k.Table, "programs that still run know "+what+" by its old name and fail (42P01)",
			c.file.Statements[i].Text+";\nCREATE VIEW "+old+" AS SELECT * FROM "+strings.ToLower(w.raw(w.at+2, len(w.tokens)))+";  -- until the last of them is gone")
		return
	}
	for _, a := range w.actions(w.at) {
		at := a[0]
		switch {
		case w.is(at, "DROP") && !w.is(at+1, "CONSTRAINT", "NOT", "DEFAULT", "EXPRESSION", "IDENTITY"):
			name := at + 1
			if w.is(name, "COLUMN") {
				name++
			}
			if w.is(name, "IF") {
				name += 2
			}
			c.add("drop-column", High, n, k.Table, "the values of "+k.Table+"."+w.raw(name, name+1)+" are gone, and a down file cannot bring them back; programs that still name the column fail (42703)",
				"-- first release programs that do not name it; then, in a file of its own:\nSET LOCAL lock_timeout = '2s';\n"+c.file.Statements[i].Text+";")
		case w.is(at, "ADD") && c.requiredColumn(w, a):
			if col := columnName(w, at); col != "" {
				c.add("add-not-null", High, n, k.Table, "NOT NULL without a default: fails as soon as "+k.Table+" holds one row (23502)",
					addNotNullFix(w, k, a, col))
			}
		}
	}
}

// requiredColumn tells whether ADD COLUMN asks for a value that it does not give.
func (c *checker) requiredColumn(w *words, a [2]int) bool {
	part := &words{src: w.src, tokens: w.tokens[a[0]:a[1]]}
	if part.is(1, "CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "EXCLUDE", "VALUE", "GENERATED") {
		return false
	}
	notNull := part.find(0, "NOT", "NULL") >= 0 || part.find(0, "PRIMARY", "KEY") >= 0
	given := part.find(0, "DEFAULT") >= 0 || part.find(0, "GENERATED") >= 0
	for i := range part.tokens {
		if part.is(i, "SERIAL", "BIGSERIAL", "SMALLSERIAL", "SERIAL4", "SERIAL8") {
			given = true
		}
	}
	return notNull && !given
}

// columnName is the column of ADD [COLUMN] [IF NOT EXISTS] name.
func columnName(w *words, at int) string {
	i := at + 1
	if w.is(i, "COLUMN") {
		i++
	}
	if w.is(i, "IF") {
		i += 3
	}
	return w.raw(i, i+1)
}

// atomic tells whether a file that fails leaves nothing behind.
func atomic(f *File, r Runner) bool {
	if f.SplitErr != nil {
		return true // refused before its first statement
	}
	if r.MultiStatement && len(f.Statements) > 1 {
		return false
	}
	for i, s := range f.Statements {
		k := KindOf(s.Text)
		if k.Concurrently || k.Alone {
			return false
		}
		if k.Control == Commit && i < len(f.Statements)-1 {
			return false
		}
	}
	return true
}

// isInvalid tells of a line of a fingerprint that is an invalid index or a
// constraint that was never validated.
func isInvalid(key, value string) bool {
	return strings.HasPrefix(key, "index ") && strings.Contains(value, " INVALID") || strings.HasPrefix(key, "constraint ") && strings.Contains(value, " (not valid)")
}
