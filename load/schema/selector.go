package schema

import (
	"errors"
	"strings"
	"unicode"

	"github.com/understudy-db/understudy/load/archive"
)

// selector names objects the way people write them: an optional kind and up
// to three identifiers, of which the last may have an argument list.
type selector struct {
	descs []string // empty: any
	parts []string
	args  string // "(integer, text)", empty for any
}

// selectable are the kinds that a selector may begin with, by what it says.
// A word for several descriptions means any of them.
func selectable() map[string][]string {
	m := map[string][]string{
		"constraint":    {"CONSTRAINT", "CHECK CONSTRAINT", "FK CONSTRAINT"},
		"check":         {"CHECK CONSTRAINT"},
		"language":      {"PROCEDURAL LANGUAGE"},
		"access method": {"ACCESS METHOD"},
		"default acl":   {"DEFAULT ACL"},
	}
	for _, desc := range []string{
		"AGGREGATE", "CAST", "COLLATION", "CONVERSION", "DEFAULT", "DOMAIN", "EVENT TRIGGER", "EXTENSION",
		"FOREIGN DATA WRAPPER", "FK CONSTRAINT", "FOREIGN TABLE", "FUNCTION", "INDEX", "MATERIALIZED VIEW", "OPERATOR",
		"OPERATOR CLASS", "OPERATOR FAMILY", "POLICY", "PROCEDURAL LANGUAGE", "PROCEDURE", "PROPERTY GRAPH", "PUBLICATION",
		"RULE", "SCHEMA", "SEQUENCE", "SERVER", "STATISTICS", "SUBSCRIPTION", "TABLE",
		"TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY", "TEXT SEARCH PARSER", "TEXT SEARCH TEMPLATE", "TRANSFORM",
		"TRIGGER", "TYPE", "USER MAPPING", "VIEW",
	} {
		m[strings.ToLower(desc)] = []string{desc}
		m[kinds[desc].say(desc)] = []string{desc}
	}
	return m
}

func parseSelector(text string) (selector, error) {
	text = strings.TrimSpace(text)
	var s selector
	rest := text
	longest := 0
	lower := strings.ToLower(text)
	for word, descs := range selectable() {
		if strings.HasPrefix(lower, word+" ") && len(word) > longest {
			longest, s.descs, rest = len(word), descs, text[len(word)+1:]
		}
	}
	rest = strings.TrimSpace(rest)
	for {
		name, tail, err := identifier(rest)
		if err != nil {
			return selector{}, err
		}
		s.parts = append(s.parts, name)
		if !strings.HasPrefix(tail, ".") {
			rest = strings.TrimSpace(tail)
			break
		}
		rest = tail[1:]
	}
	if strings.HasPrefix(rest, "(") && strings.HasSuffix(rest, ")") {
		s.args, rest = rest, ""
	}
	switch {
	case rest != "":
		return selector{}, errors.New("cannot be read after " + printable(text[:len(text)-len(rest)]))
	case len(s.parts) > 3:
		return selector{}, errors.New("has more than three names")
	case len(s.parts) == 1 && s.descs == nil:
		return selector{}, errors.New("has neither a schema nor a kind")
	}
	return s, nil
}

// identifier reads one SQL identifier off s.
func identifier(s string) (name, rest string, err error) {
	if strings.HasPrefix(s, `"`) {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] != '"':
				b.WriteByte(s[i])
			case i+1 < len(s) && s[i+1] == '"':
				b.WriteByte('"')
				i++
			case b.Len() == 0:
				return "", "", errors.New("has an empty name")
			default:
				return b.String(), s[i+1:], nil
			}
		}
		return "", "", errors.New("has a quote without its end")
	}
	end := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	if end < 0 {
		end = len(s)
	}
	if end == 0 {
		return "", "", errors.New("lacks a name")
	}
	// As the server folds identifiers, bytes above ASCII apart.
	fold := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s[:end])
	return fold, s[end:], nil
}

// matches tells whether the selector means an entry.
func (s selector) matches(e *archive.Entry, n *names) bool {
	if s.descs == nil {
		if minor[e.Desc] || tagged[e.Desc] && len(s.parts) != 3 {
			return false
		}
	} else {
		ok := false
		for _, desc := range s.descs {
			ok = ok || desc == e.Desc
		}
		if !ok {
			return false
		}
	}
	name := s.parts[len(s.parts)-1]
	switch len(s.parts) {
	case 1:
		return e.Namespace == "" && s.names(e, name)
	case 2:
		return e.Namespace == s.parts[0] && !tagged[e.Desc] && s.names(e, name)
	}
	if e.Namespace != s.parts[0] {
		return false
	}
	if tagged[e.Desc] {
		return e.Tag == s.parts[1]+" "+name
	}
	d := n.parent(e)
	return d != nil && d.Tag == s.parts[1] && s.names(e, name)
}

// names tells whether an entry's tag is the name, for functions also with any
// arguments.
func (s selector) names(e *archive.Entry, name string) bool {
	switch e.Desc {
	case "FUNCTION", "PROCEDURE", "AGGREGATE":
		if s.args != "" {
			return squeeze(e.Tag) == squeeze(name+s.args)
		}
		return strings.HasPrefix(e.Tag, name+"(")
	}
	return s.args == "" && e.Tag == name
}

// squeeze takes spaces and quotes out, so that argument lists compare.
func squeeze(s string) string { return strings.NewReplacer(" ", "", `"`, "").Replace(s) }
