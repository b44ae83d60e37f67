package catalog

import (
	"fmt"
	"strings"
)

// OnDatabase is the same connection string leading to another database of the
// server. What is said last counts, in both forms.
func (d DSN) OnDatabase(database string) DSN {
	s := d.Reveal()
	if !strings.HasPrefix(s, "postgres://") && !strings.HasPrefix(s, "postgresql://") {
		quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(database)
		return DSN(strings.TrimSpace(s + " dbname='" + quoted + "'"))
	}
	joint := "?"
	switch {
	case hasQuery(s) && strings.HasSuffix(s, "?"), hasQuery(s) && strings.HasSuffix(s, "&"):
		joint = ""
	case hasQuery(s):
		joint = "&"
	}
	return DSN(s + joint + "dbname=" + percentEncode(database))
}

// hasQuery tells whether a URL has parameters. As in libpq, an @ before the
// first slash ends the credentials, and those may hold a question mark.
func hasQuery(s string) bool {
	_, s, _ = strings.Cut(s, "://")
	if i := strings.IndexAny(s, "@/"); i >= 0 && s[i] == '@' {
		s = s[i+1:]
	}
	return strings.Contains(s, "?")
}

// percentEncode encodes every byte that is not a plain letter or digit: libpq
// does not agree with net/url on the others.
func percentEncode(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
