package migrations

import (
	"fmt"
	"strings"
)

// renamed is a table's name with _old, kept in its quotes.
func renamed(table string) string {
	last := quotedPart(table)
	if strings.HasSuffix(last, `"`) {
		return last[:len(last)-1] + `_old"`
	}
	return last + "_old"
}

// batches is an UPDATE of a whole table in small transactions.
func batches(w *words, k Kind) string {
	set := w.find(0, "SET")
	if set < 0 {
		return ""
	}
	end := len(w.tokens)
	for _, stop := range []string{"WHERE", "FROM", "RETURNING"} {
		if at := w.find(set, stop); at >= 0 {
			end = min(end, at)
		}
	}
	return fmt.Sprintf("-- outside of the migrations, again and again until no row is left, a transaction each:\nUPDATE %s SET %s\nWHERE ctid = ANY (ARRAY(SELECT ctid FROM %s WHERE /* not done yet */ LIMIT 5000));",
		k.Table, w.raw(set+1, end), k.Table)
}

// renameColumnFix adds the new column beside the old one.
func renameColumnFix(w *words, k Kind, at int) string {
	to := w.find(at, "TO")
	if to < 0 {
		return ""
	}
	old, name := w.raw(at, at+1), w.raw(to+1, to+2)
	return fmt.Sprintf("-- keep %s until no program names it: a view gives the new name, or a second column does:\nALTER TABLE %s ADD COLUMN %s /* type of %s */;\n-- fill it in batches, write both by a trigger, release, then drop %s", old, k.Table, name, old, old)
}

// addNotNullFix adds a required column in steps.
func addNotNullFix(w *words, k Kind, a [2]int, col string) string {
	def := w.raw(a[0], a[1])
	return fmt.Sprintf("ALTER TABLE %s %s DEFAULT /* a constant */;\n-- or, where each row needs its own value:\nALTER TABLE %s %s;\n-- fill it in batches; then, each in a file of its own:\n%s", k.Table, def, k.Table, without(def, "NOT NULL"), notNullSteps(k.Table, col))
}

// notNullSteps makes a column NOT NULL without reading it under a lock.
func notNullSteps(table, col string) string {
	name := quoteJoined(lastPart(table), plain(col), "not_null")
	return fmt.Sprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID;\n-- next file:\nALTER TABLE %s VALIDATE CONSTRAINT %s;\n-- next file:\nALTER TABLE %s ALTER COLUMN %s SET NOT NULL;\nALTER TABLE %s DROP CONSTRAINT %s;",
		table, name, col, table, name, table, col, table, name)
}

func plain(col string) string { return strings.Trim(col, `"`) }

// quoteJoined makes a name of parts, quoted where it must be.
func quoteJoined(parts ...string) string {
	name := strings.Join(parts, "_")
	for i := range len(name) {
		c := name[i]
		if !(c >= 'a' && c <= 'z' || c == '_' || isDigit(c) && i > 0) {
			return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	return name
}

// tail are the tokens of ALTER TABLE behind the table's name.
func tail(s *StatementResult) *words {
	w := lexStatement(s.text)
	kindOf(w)
	return w
}

// action is the first part of an ALTER TABLE that the given test takes.
func action(w *words, is func(at int) bool) (a [2]int, ok bool) {
	for _, a := range w.actions(w.at) {
		if is(a[0]) {
			return a, true
		}
	}
	return a, false
}

// rewriteFix is how to come to the same without writing a table anew under
// lock.
func rewriteFix(s *StatementResult) string {
	w, t := tail(s), s.kind.Table
	if a, ok := action(w, func(at int) bool { return w.is(at, "ADD") }); ok {
		col := columnName(w, a[0])
		part := &words{src: w.src, tokens: w.tokens[a[0]:a[1]]}
		def := part.find(0, "DEFAULT")
		switch {
		case part.find(0, "GENERATED", "ALWAYS", "AS") >= 0 && part.find(0, "STORED") >= 0:
			return fmt.Sprintf("-- a plain column kept up to date by a trigger and filled in batches does the same; so does a view or an index on the expression\nALTER TABLE %s ADD COLUMN %s /* type */;", t, col)
		case def >= 0:
			value := part.raw(def+1, len(part.tokens))
			if end := part.find(def, "NOT", "NULL"); end > 0 {
				value = part.raw(def+1, end)
			}
			return fmt.Sprintf("ALTER TABLE %s %s;\nALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s;\n-- fill it in batches; then, each in a file of its own:\n%s", t, without(part.raw(0, def), "NOT NULL"), t, col, value, notNullSteps(t, col))
		}
		return fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s bigint;\nCREATE SEQUENCE %s OWNED BY %s.%s;\nALTER TABLE %s ALTER COLUMN %s SET DEFAULT nextval('%s');\n-- fill it in batches; then, each in a file of its own:\n%s",
			t, col, quoteJoined(lastPart(t), plain(col), "seq"), t, col, t, col, quoteJoined(lastPart(t), plain(col), "seq"), notNullSteps(t, col))
	}
	if a, ok := action(w, func(at int) bool { return w.is(at, "ALTER") }); ok {
		i := a[0] + 1
		if w.is(i, "COLUMN") {
			i++
		}
		col := w.raw(i, i+1)
		if at := w.find(i, "TYPE"); at >= 0 && at < a[1] {
			typ := w.raw(at+1, a[1])
			if u := w.find(at, "USING"); u >= 0 && u < a[1] {
				typ = w.raw(at+1, u)
			}
			fresh := quoteJoined(plain(col), "new")
			return fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s;\n-- write both by a trigger, fill %s in batches, then in one short transaction:\nALTER TABLE %s DROP COLUMN %s;\nALTER TABLE %s RENAME COLUMN %s TO %s;", t, fresh, typ, fresh, t, col, t, fresh, col)
		}
	}
	return "pg_repack or pg-osc change a table beside the old one and swap the two"
}

// indexFix builds an index without keeping writers waiting.
func indexFix(s *StatementResult) string {
	name := s.kind.Name
	sql := without(concurrently(s.text), "IF NOT EXISTS")
	if name == "" {
		return sql + ";  -- in a file of its own, with no other statement"
	}
	return "DROP INDEX CONCURRENTLY IF EXISTS " + name + ";  -- a file of its own: what an earlier try may have left\n-- next file, with no other statement:\n" + sql + ";"
}

// concurrently puts CONCURRENTLY behind INDEX, or behind what REINDEX names.
func concurrently(sql string) string {
	w := lexStatement(sql)
	for i := range w.tokens {
		if w.is(i, "INDEX") || w.is(0, "REINDEX") && w.is(i, "TABLE", "SCHEMA", "DATABASE") {
			return sql[:w.tokens[i].end] + " CONCURRENTLY" + sql[w.tokens[i].end:]
		}
	}
	return sql
}

// uniqueFix makes a constraint of an index that was built before.
func uniqueFix(s *StatementResult) string {
	w, t := tail(s), s.kind.Table
	a, ok := action(w, func(at int) bool { return w.is(at, "ADD") })
	if !ok {
		return ""
	}
	part := &words{src: w.src, tokens: w.tokens[a[0]:a[1]]}
	if part.find(0, "EXCLUDE") >= 0 {
		return "an exclusion constraint cannot be made of an existing index: plan for the time, or check by a trigger until then"
	}
	what := "UNIQUE"
	at := part.find(0, "UNIQUE")
	if at < 0 {
		at, what = part.find(0, "PRIMARY", "KEY"), "PRIMARY KEY"
	}
	cols := "…"
	for i := max(at, 0); i < len(part.tokens); i++ {
		if part.symbol(i, '(') {
			for e := i; e < len(part.tokens); e++ {
				if part.symbol(e, ')') {
					cols = part.raw(i+1, e)
					break
				}
			}
			break
		}
	}
	if cols == "…" {
		cols = columnName(w, a[0])
	}
	name := ""
	if part.is(1, "CONSTRAINT") {
		name = part.raw(2, 3)
	}
	if name == "" {
		suffix := "key"
		if what != "UNIQUE" {
			suffix = "pkey"
		}
		name = quoteJoined(lastPart(t), strings.NewReplacer(", ", "_", ",", "_", `"`, "").Replace(cols), suffix)
	}
	fix := fmt.Sprintf("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s);  -- a file of its own\n-- next file:\nALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s;", name, t, cols, t, name, what, name)
	if what != "UNIQUE" {
		fix += "  -- columns must be NOT NULL already"
	}
	return fix
}

// foreignKeyFix checks old rows after the constraint holds for new ones.
func foreignKeyFix(s *StatementResult) string {
	w, t := tail(s), s.kind.Table
	a, ok := action(w, func(at int) bool { return w.is(at, "ADD") })
	if !ok || len(s.Validated) == 0 {
		return ""
	}
	if w.find(a[0], "FOREIGN") < 0 { // ADD COLUMN … REFERENCES
		return "ALTER TABLE " + t + " " + w.raw(a[0], max(w.find(a[0], "REFERENCES"), a[0]+1)) + ";\nALTER TABLE " + t + " ADD CONSTRAINT " + quoteJoined(s.Validated[0]) + " FOREIGN KEY (" + columnName(w, a[0]) + ") " + w.raw(w.find(a[0], "REFERENCES"), a[1]) + " NOT VALID;\n-- next file:\nALTER TABLE " + t + " VALIDATE CONSTRAINT " + quoteJoined(s.Validated[0]) + ";"
	}
	return notValid(w, a, t, quoteJoined(s.Validated[0]))
}

func notValid(w *words, a [2]int, t, name string) string {
	def := w.raw(a[0], a[1])
	if !w.is(a[0]+1, "CONSTRAINT") {
		def = "ADD CONSTRAINT " + name + " " + w.raw(a[0]+1, a[1])
	}
	return fmt.Sprintf("ALTER TABLE %s %s NOT VALID;\n-- next file, so that the lock is gone:\nALTER TABLE %s VALIDATE CONSTRAINT %s;", t, def, t, name)
}

// scanFix avoids reading a table under lock.
func scanFix(s *StatementResult) string {
	w, t := tail(s), s.kind.Table
	if a, ok := action(w, func(at int) bool { return w.is(at, "ALTER") && w.find(at, "SET", "NOT", "NULL") >= 0 }); ok {
		i := a[0] + 1
		if w.is(i, "COLUMN") {
			i++
		}
		return notNullSteps(t, w.raw(i, i+1))
	}
	if a, ok := action(w, func(at int) bool { return w.is(at, "ATTACH") }); ok {
		name := w.raw(a[0]+2, w.find(a[0], "FOR"))
		return "ALTER TABLE " + name + " ADD CONSTRAINT " + quoteJoined(lastPart(name), "bound") + " CHECK (/* the bounds, and the key IS NOT NULL */) NOT VALID;\n-- next file:\nALTER TABLE " + name + " VALIDATE CONSTRAINT " + quoteJoined(lastPart(name), "bound") + ";\n-- next file:\n" + s.text + ";"
	}
	if a, ok := action(w, func(at int) bool { return w.is(at, "ADD") && w.find(at, "CHECK") >= 0 }); ok {
		name := quoteJoined(lastPart(t), "check")
		if w.is(a[0]+1, "CONSTRAINT") {
			name = w.raw(a[0]+2, a[0]+3)
		}
		return notValid(w, a, t, name)
	}
	if w.find(0, "VALIDATE", "CONSTRAINT") >= 0 {
		return "put VALIDATE CONSTRAINT into a file of its own: in the transaction that took the strong lock it gains nothing"
	}
	if w.find(0, "USING", "INDEX") >= 0 {
		return "make the columns NOT NULL first (CHECK … NOT VALID, VALIDATE, SET NOT NULL, in files of their own)"
	}
	return ""
}
