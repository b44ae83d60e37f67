package schema

import (
	"regexp"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// Definition is an object that will be created, and the SQL that does it.
type Definition struct {
	Object string // kind and name
	SQL    string
}

// Definitions are all that will be created on staging, in the archive's order.
func (p *Plan) Definitions() []Definition {
	var out []Definition
	for _, e := range append(p.pre[:len(p.pre):len(p.pre)], p.post...) {
		if e.Defn != "" {
			out = append(out, Definition{p.defined(e), e.Defn})
		}
	}
	return out
}

// needless are quotes that pg_dump puts around every name in a comment's tag.
var needless = regexp.MustCompile(`"([a-z_][a-z0-9_]*)"`)

// defined names what an entry creates, comments with the schema of what they
// are on, as the tag "COLUMN t.c" does not.
func (p *Plan) defined(e *archive.Entry) string {
	kind, name, ok := strings.Cut(e.Tag, " ")
	if e.Desc != "COMMENT" || !ok || e.Namespace == "" {
		return p.known.object(e)
	}
	for _, two := range []string{"VIEW ", "TABLE ", "DATA WRAPPER ", "SEARCH "} { // MATERIALIZED VIEW, FOREIGN TABLE
		if rest, ok := strings.CutPrefix(name, two); ok {
			kind, name = kind+" "+strings.TrimSpace(two), rest
		}
	}
	return "comment on " + strings.ToLower(kind) + " " + catalog.Display(e.Namespace) + "." + needless.ReplaceAllString(name, "$1")
}
