package migrations

import (
	"slices"
	"strings"
)

// Kind is what a statement is, as far as its first words tell.
type Kind struct {
	Verb  string // CREATE INDEX, ALTER TABLE, UPDATE …; what the reports print
	Table string // the relation it names first, as written, folded; empty: none
	Name  string // the object it makes, changes or drops besides the table

	Concurrently bool
	Control      Control // BEGIN, COMMIT …
	Alone        bool    // the server refuses it inside a transaction
	CopyStdin    bool    // COPY … FROM STDIN: needs a client that sends the rows
	Beyond       string  // why it reaches beyond its own database; empty: it does not
	Machine      bool    // it runs a program or writes a file where the server runs
	Roles        bool    // creates, alters or drops a role
}

// Control is the part that a statement has in transactions.
type Control byte

// Kinds of transaction control.
const (
	NoControl Control = iota
	Begin
	Commit
	Rollback
	Savepoint // SAVEPOINT, RELEASE, ROLLBACK TO
)

// KindOf tells what a statement is from its words; it knows no catalog.
func KindOf(s string) Kind {
	w := lexStatement(s)
	k := kindOf(w)
	if k.Verb == "" {
		k.Verb = leading(w)
	}
	return k
}

// leading are the first words in upper case, two at most.
func leading(w *words) string {
	var parts []string
	for i := range w.tokens {
		if w.tokens[i].kind != tokenWord || len(parts) == 2 {
			break
		}
		parts = append(parts, strings.ToUpper(w.text(i)))
		if i == 0 && slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "DO", "VALUES", "CALL", "SET", "RESET", "GRANT", "REVOKE", "MERGE", "EXPLAIN", "SHOW", "TABLE", "TRUNCATE", "COPY", "LOCK", "ANALYZE", "VACUUM"}, parts[0]) {
			break
		}
	}
	return strings.Join(parts, " ")
}

func kindOf(w *words) (k Kind) {
	switch {
	case w.take("BEGIN"), w.take("START", "TRANSACTION"):
		k.Verb, k.Control = "BEGIN", Begin
	case w.take("COMMIT"), w.take("END"):
		k.Verb, k.Control = "COMMIT", Commit
		if w.is(w.at, "PREPARED") {
			k.Alone, k.Control = true, NoControl
		}
	case w.take("ROLLBACK"), w.take("ABORT"):
		k.Verb, k.Control = "ROLLBACK", Rollback
		if w.find(0, "TO") >= 0 {
			k.Control = Savepoint
		}
		if w.is(w.at, "PREPARED") {
			k.Alone, k.Control = true, NoControl
		}
	case w.take("SAVEPOINT"), w.take("RELEASE"):
		k.Verb, k.Control = "SAVEPOINT", Savepoint
	case w.take("PREPARE", "TRANSACTION"):
		k.Verb, k.Beyond = "PREPARE TRANSACTION", "a prepared transaction outlives its session"
	case w.take("CREATE"):
		createKind(w, &k)
	case w.take("ALTER"):
		alterKind(w, &k)
	case w.take("DROP"):
		dropKind(w, &k)
	case w.take("TRUNCATE"):
		w.take("TABLE")
		w.take("ONLY")
		k.Verb, k.Table = "TRUNCATE", w.name()
	case w.take("UPDATE"):
		w.take("ONLY")
		k.Verb, k.Table = "UPDATE", w.name()
	case w.take("DELETE", "FROM"):
		w.take("ONLY")
		k.Verb, k.Table = "DELETE", w.name()
	case w.take("INSERT", "INTO"):
		k.Verb, k.Table = "INSERT", w.name()
	case w.take("REINDEX"):
		reindexKind(w, &k)
	case w.take("VACUUM"):
		k.Verb, k.Alone = "VACUUM", true
		if w.find(0, "FULL") >= 0 || strings.Contains(strings.ToUpper(w.raw(1, 8)), "FULL") {
			k.Verb = "VACUUM FULL"
		}
		k.Table = lastName(w)
	case w.take("CLUSTER"):
		k.Verb, k.Table = "CLUSTER", w.name()
	case w.take("REFRESH", "MATERIALIZED", "VIEW"):
		k.Verb, k.Concurrently = "REFRESH MATERIALIZED VIEW", w.take("CONCURRENTLY")
		k.Table = w.name()
	case w.take("COPY"):
		copyKind(w, &k)
	case w.take("LOCK"):
		w.take("TABLE")
		w.take("ONLY")
		k.Verb, k.Table = "LOCK TABLE", w.name()
	case w.take("COMMENT", "ON"), w.take("SECURITY", "LABEL"):
		k.Verb = "COMMENT"
		if w.is(w.at, "ROLE", "DATABASE", "TABLESPACE") {
			k.Beyond, k.Roles = "a comment on a "+strings.ToLower(w.text(w.at)), w.is(w.at, "ROLE")
		}
	case w.take("DO"):
		k.Verb = "DO"
		insideBody(w, &k)
	case w.take("GRANT"), w.take("REVOKE"):
		k.Verb = strings.ToUpper(w.text(0))
		switch on := w.find(0, "ON"); {
		case on < 0:
			k.Beyond, k.Roles = "membership in a role", true
		case w.is(on+1, "DATABASE", "TABLESPACE", "PARAMETER"):
			k.Beyond = "rights on a " + strings.ToLower(w.text(on+1))
		}
	case w.take("REASSIGN", "OWNED"):
		k.Verb, k.Beyond = "REASSIGN OWNED", "databases belong to roles too"
	case w.take("LOAD"):
		k.Verb, k.Beyond = "LOAD", "a library of the server"
	case w.take("CHECKPOINT"):
		k.Verb, k.Beyond = "CHECKPOINT", "a checkpoint of the whole server"
	case w.take("IMPORT", "FOREIGN", "SCHEMA"):
		k.Verb, k.Beyond = "IMPORT FOREIGN SCHEMA", "another server"
	default:
		reachingFunctions(w, &k)
	}
	return k
}

func createKind(w *words, k *Kind) {
	unique := w.take("UNIQUE")
	switch {
	case w.take("INDEX"):
		k.Verb = "CREATE INDEX"
		if unique {
			k.Verb = "CREATE UNIQUE INDEX"
		}
		if k.Concurrently = w.take("CONCURRENTLY"); k.Concurrently {
			k.Verb += " CONCURRENTLY"
			k.Alone = true
		}
		w.take("IF", "NOT", "EXISTS")
		if !w.is(w.at, "ON") {
			k.Name = w.name()
		}
		if w.take("ON") {
			w.take("ONLY")
			k.Table = w.name()
		}
	case w.take("DATABASE"):
		k.Verb, k.Beyond, k.Alone = "CREATE DATABASE", "another database", true
	case w.take("TABLESPACE"):
		k.Verb, k.Beyond, k.Alone = "CREATE TABLESPACE", "a folder of the server", true
	case w.take("ROLE"), w.take("GROUP"), !w.is(w.at+1, "MAPPING") && w.take("USER"):
		k.Verb, k.Beyond, k.Roles = "CREATE ROLE", "roles belong to the whole server", true
	case w.take("SUBSCRIPTION"):
		k.Verb, k.Beyond = "CREATE SUBSCRIPTION", "another server"
	case w.take("SERVER"), w.take("USER", "MAPPING"), w.take("FOREIGN", "DATA"):
		k.Verb = "CREATE SERVER"
	default:
		w.take("OR", "REPLACE")
		for w.take("GLOBAL") || w.take("LOCAL") || w.take("TEMP") || w.take("TEMPORARY") || w.take("UNLOGGED") || w.take("CONSTRAINT") || w.take("RECURSIVE") || w.take("TRUSTED") {
		}
		for _, what := range []string{"TABLE", "MATERIALIZED VIEW", "VIEW", "TRIGGER", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "SCHEMA", "SEQUENCE", "EXTENSION", "POLICY", "FOREIGN TABLE", "STATISTICS", "RULE", "EVENT TRIGGER"} {
			if w.take(strings.Fields(what)...) {
				k.Verb = "CREATE " + what
				w.take("IF", "NOT", "EXISTS")
				k.Name = w.name()
				if what == "TABLE" || what == "MATERIALIZED VIEW" {
					k.Table = k.Name
				}
				if on := w.find(w.at, "ON"); on >= 0 && (what == "TRIGGER" || what == "POLICY") {
					w.at = on + 1
					k.Table = w.name()
				}
				return
			}
		}
	}
}

func alterKind(w *words, k *Kind) {
	switch {
	case w.take("SYSTEM"):
		k.Verb, k.Beyond, k.Alone = "ALTER SYSTEM", "settings of the whole server", true
	case w.take("DATABASE"):
		k.Verb, k.Beyond, k.Name = "ALTER DATABASE", "a database by name", w.name()
	case w.take("TABLESPACE"):
		k.Verb, k.Beyond = "ALTER TABLESPACE", "a folder of the server"
	case w.take("ROLE"), w.take("GROUP"), !w.is(w.at+1, "MAPPING") && w.take("USER"):
		k.Verb, k.Beyond, k.Roles = "ALTER ROLE", "roles belong to the whole server", true
	case w.take("SUBSCRIPTION"):
		k.Verb, k.Beyond = "ALTER SUBSCRIPTION", "another server"
	default:
		for _, what := range []string{"TABLE", "MATERIALIZED VIEW", "VIEW", "INDEX", "TYPE", "DOMAIN", "SEQUENCE", "SCHEMA", "FUNCTION", "DEFAULT PRIVILEGES", "EXTENSION", "FOREIGN TABLE"} {
			if w.take(strings.Fields(what)...) {
				k.Verb = "ALTER " + what
				w.take("IF", "EXISTS")
				w.take("ONLY")
				k.Name = w.name()
				if what == "TABLE" || what == "MATERIALIZED VIEW" || what == "FOREIGN TABLE" {
					k.Table = k.Name
					if w.symbol(w.at, '*') {
						w.at++
					}
					if w.find(w.at, "DETACH", "PARTITION") >= 0 && w.find(w.at, "CONCURRENTLY") >= 0 {
						k.Concurrently, k.Alone = true, true
					}
				}
				return
			}
		}
	}
}

func dropKind(w *words, k *Kind) {
	switch {
	case w.take("DATABASE"):
		k.Verb, k.Beyond, k.Alone = "DROP DATABASE", "another database", true
	case w.take("TABLESPACE"):
		k.Verb, k.Beyond, k.Alone = "DROP TABLESPACE", "a folder of the server", true
	case w.take("ROLE"), w.take("GROUP"), !w.is(w.at+1, "MAPPING") && w.take("USER"):
		k.Verb, k.Beyond, k.Roles = "DROP ROLE", "roles belong to the whole server", true
	case w.take("SUBSCRIPTION"):
		k.Verb, k.Beyond = "DROP SUBSCRIPTION", "another server"
	case w.take("OWNED"):
		k.Verb, k.Beyond = "DROP OWNED", "rights on the database and its server go too"
	case w.take("INDEX"):
		k.Verb = "DROP INDEX"
		if k.Concurrently = w.take("CONCURRENTLY"); k.Concurrently {
			k.Verb += " CONCURRENTLY"
			k.Alone = true
		}
		w.take("IF", "EXISTS")
		k.Name = w.name()
	default:
		for _, what := range []string{"TABLE", "MATERIALIZED VIEW", "VIEW", "SCHEMA", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "SEQUENCE", "TRIGGER", "EXTENSION", "POLICY", "FOREIGN TABLE"} {
			if w.take(strings.Fields(what)...) {
				k.Verb = "DROP " + what
				w.take("IF", "EXISTS")
				k.Name = w.name()
				if what == "TABLE" || what == "MATERIALIZED VIEW" {
					k.Table = k.Name
				}
				return
			}
		}
	}
}

func reindexKind(w *words, k *Kind) {
	k.Verb = "REINDEX"
	if w.symbol(w.at, '(') {
		for w.at < len(w.tokens) && !w.symbol(w.at, ')') {
			if w.is(w.at, "CONCURRENTLY") {
				k.Concurrently = true
			}
			w.at++
		}
		w.at++
	}
	what := ""
	for _, kind := range []string{"TABLE", "INDEX", "SCHEMA", "DATABASE", "SYSTEM"} {
		if w.take(kind) {
			what = kind
			break
		}
	}
	if w.take("CONCURRENTLY") {
		k.Concurrently = true
	}
	if k.Name = w.name(); what == "TABLE" {
		k.Table = k.Name
	}
	k.Alone = k.Concurrently || what == "DATABASE" || what == "SCHEMA" || what == "SYSTEM"
	k.Verb += " " + what
	if k.Concurrently {
		k.Verb += " CONCURRENTLY"
	}
}

func copyKind(w *words, k *Kind) {
	k.Verb, k.Table = "COPY", w.name()
	for i := range w.tokens {
		switch {
		case w.is(i, "FROM") && w.is(i+1, "STDIN"):
			k.CopyStdin = true
		case w.is(i, "TO", "FROM") && w.is(i+1, "PROGRAM"):
			k.Beyond, k.Machine = "a program on the server's machine", true
		case w.is(i, "TO", "FROM") && i+1 < len(w.tokens) && w.tokens[i+1].kind == tokenString:
			k.Beyond, k.Machine = "a file on the server's machine", w.is(i, "TO")
		}
	}
}

// reaching are functions that act outside of their database.
var reaching = map[string]string{
	"dblink": "another server", "dblink_connect": "another server", "dblink_exec": "another server", "dblink_connect_u": "another server", "dblink_send_query": "another server",
	"pg_terminate_backend": "other sessions", "pg_cancel_backend": "other sessions", "pg_reload_conf": "settings of the whole server", "pg_rotate_logfile": "the server's log",
	"pg_promote": "the whole server", "pg_switch_wal": "the whole server", "lo_export": "a file on the server's machine", "lo_import": "a file on the server's machine",
	"pg_write_server_files": "files on the server's machine", "pg_create_physical_replication_slot": "a replication slot", "pg_create_logical_replication_slot": "a replication slot",
}

func reachingFunctions(w *words, k *Kind) {
	for i := range w.tokens {
		if w.tokens[i].kind == tokenWord && w.symbol(i+1, '(') {
			if why := reaching[strings.ToLower(w.text(i))]; why != "" {
				k.Beyond, k.Machine = why, k.Machine || strings.EqualFold(w.text(i), "lo_export")
				return
			}
		}
	}
}

// insideBody looks at the statements in the body of DO. What it puts together
// from strings is not seen.
func insideBody(w *words, k *Kind) {
	for i := range w.tokens {
		if w.tokens[i].kind != tokenString {
			continue
		}
		body := dollarBody(w.text(i))
		l := lexer{src: body, standard: true}
		inner := &words{src: body}
		for len(inner.tokens) < maxWords {
			t := l.next()
			if t.kind == tokenEnd || l.unterminated != "" {
				break
			}
			inner.tokens = append(inner.tokens, t)
		}
		reachingFunctions(inner, k)
		for j := range inner.tokens {
			if !inner.is(j, "CREATE", "ALTER", "DROP", "GRANT", "COPY") {
				continue
			}
			at := &words{src: body, tokens: inner.tokens[j:]}
			if at.is(0, "GRANT", "COPY") {
				at.tokens = at.tokens[:min(len(at.tokens), 40)]
			}
			if in := kindOf(at); in.Beyond != "" && (in.Roles || !at.is(0, "GRANT")) {
				k.also(in)
			}
		}
		// EXECUTE 'CREATE ROLE …' and format('ALTER DATABASE %I …').
		for j := range inner.tokens {
			if inner.tokens[j].kind == tokenString {
				if in := kindOf(lexStatement(stringValue(inner.text(j)))); in.Beyond != "" {
					k.also(in)
				}
			}
		}
	}
}

// also notes that a statement inside of k reaches beyond the database.
func (k *Kind) also(in Kind) {
	k.Beyond, k.Roles, k.Machine = in.Beyond, k.Roles || in.Roles, k.Machine || in.Machine
}

func dollarBody(s string) string {
	if tag := dollarTag(s); tag != "" && len(s) >= 2*len(tag) {
		return s[len(tag) : len(s)-len(tag)]
	}
	return stringValue(s)
}

func lastName(w *words) string {
	if n := len(w.tokens); n > 1 && (w.tokens[n-1].kind == tokenWord || w.tokens[n-1].kind == tokenQuoted) && !w.is(n-1, "VACUUM", "FULL", "ANALYZE", "FREEZE", "VERBOSE") {
		w.at = n - 1
		if w.symbol(n-2, '.') {
			w.at = n - 3
		}
		return w.name()
	}
	return ""
}
