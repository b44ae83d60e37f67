package schema

import (
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// Omits tells whether an object is left out. Its argument is what
// [catalog.CompareOptions.Skip] gets: the name of a relation, type or sequence,
// "schema NAME" or "extension NAME". It knows "collation NAME" as well.
func (p *Plan) Omits(object string) bool {
	for _, e := range p.known.shown[object] {
		if p.omitted(e) {
			return true
		}
	}
	return false
}

// Explains tells whether a difference between source and target is there
// because a part of a relation, such as an index, is left out.
func (p *Plan) Explains(d catalog.Difference) bool {
	for _, e := range p.known.partsOf[d.Object] {
		if !p.omitted(e) {
			continue
		}
		own := e.Tag
		if of := p.known.parent(e); tagged[e.Desc] {
			own = strings.TrimPrefix(e.Tag, of.Tag+" ")
		}
		for _, says := range partWords[e.Desc] {
			if strings.HasPrefix(d.What, says.before+catalog.Display(own)+says.after) {
				return true
			}
		}
	}
	return false
}

// partWords are how catalog.Compare speaks of parts, by description.
var partWords = map[string][]struct{ before, after string }{
	"INDEX":            {{"index ", " is missing"}},
	"CONSTRAINT":       {{"index ", " is missing"}, {"check ", " is missing"}},
	"CHECK CONSTRAINT": {{"check ", " is missing"}},
	"FK CONSTRAINT":    {{"foreign key ", " is missing"}},
	"DEFAULT":          {{"column ", " differs in its default"}},
}

// shownAs is the name that Omits knows an entry by, empty if by none.
func shownAs(e *archive.Entry) string {
	switch {
	case e.Desc == "SCHEMA":
		return "schema " + catalog.Display(e.Tag)
	case e.Desc == "EXTENSION":
		return "extension " + catalog.Display(e.Tag)
	case e.Desc == "COLLATION":
		return "collation " + catalog.Name{Schema: e.Namespace, Name: e.Tag}.String()
	case e.TableOID == classRelation, e.TableOID == classType:
		return catalog.Name{Schema: e.Namespace, Name: e.Tag}.String()
	}
	return ""
}

// Postponed lists views that have only their column names and types until
// PostData, because their query needs a primary key or is part of a cycle, and
// views that do not exist before.
func (p *Plan) Postponed() []catalog.Name {
	var out []catalog.Name
	for _, e := range p.post {
		var of *archive.Entry
		switch {
		case isViewRule(e):
			of = p.known.parent(e)
		case e.Desc == "VIEW" || e.Desc == "MATERIALIZED VIEW":
			of = e
		}
		if of != nil {
			out = append(out, catalog.Name{Schema: of.Namespace, Name: of.Tag})
		}
	}
	slices.SortFunc(out, catalog.Name.Compare)
	return slices.Compact(out)
}
