package policies

import (
	"sort"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
	"github.com/understudy-db/understudy/transform/mask"
)

// chooseSubjects finds out whose row it is: people's tables are their own
// subjects, other tables lead to one by foreign keys.
func (p *proposer) chooseSubjects() {
	people := map[*proposal]bool{}
	for _, t := range p.tables {
		if t.rows == "" && t.isPeople() && len(t.owner.keys) > 0 {
			people[t] = true
		}
	}
	for _, t := range p.tables {
		if t.rows != "" || !t.masksBySubject() {
			continue
		}
		if path, why := p.pathToPeople(t, people); path != "" {
			t.subject, t.why = path, why
			continue
		}
		if people[t] {
			t.subject, t.why = columnList(t.owner.keys[0]), "the rows are people"
		}
	}
	// Where the table of people itself masks nothing by subject, its key still
	// names the subject for the tables that lead to it: nothing has to be said.
}

// isPeople tells whether a table's rows are people: by its name, or because it
// holds what only people have.
func (t *proposal) isPeople() bool {
	classes := map[discover.Class]bool{}
	for _, d := range t.columns {
		if d.guess.Confidence >= reviewBelow {
			classes[d.guess.Class] = true
		}
	}
	named := classes[discover.FullName] || classes[discover.FirstName] || classes[discover.LastName]
	reachable := classes[discover.Email] || classes[discover.Username] || classes[discover.Phone] || classes[discover.BirthDate]
	if t.around.Person {
		return named || reachable || classes[discover.Password]
	}
	return !t.around.Thing && (classes[discover.FirstName] && classes[discover.LastName] || classes[discover.Password] && reachable)
}

// masksBySubject tells whether any column would be keyed by a subject.
func (t *proposal) masksBySubject() bool {
	for _, d := range t.columns {
		if d.follow != nil {
			continue
		}
		c := d.choice()
		if spec := mask.Find(c.mask); !spec.Source && !c.domain && len(spec.Keyed) > 0 && spec.Keyed[0] == mask.BySubject {
			return true
		}
	}
	return false
}

// maxHops is how many tables a proposed path goes through at most: each
// look-up costs time, and a far relation is rarely the person.
const maxHops = 3

// pathToPeople finds the shortest way from a table to a table of people. Of
// several equally short ones the column that is NOT NULL, then the first.
func (p *proposer) pathToPeople(t *proposal, people map[*proposal]bool) (path, why string) {
	type step struct {
		at    *proposal
		path  string
		sure  bool // no column on the way may be NULL
		key   bool // it references what tells the people apart
		same  bool // at most one row for each person
		first bool
	}
	seen := map[*proposal]bool{t: true}
	frontier := []step{{at: t, sure: true, first: true}}
	for range maxHops {
		var next []step
		var found []step
		for _, s := range frontier {
			for _, fk := range s.at.owner.table.ForeignKeys {
				to := p.byOwn[p.binder.byTable[fk.References]]
				if to == nil || to == s.at || seen[to] && !people[to] || fk.References.Partition != nil {
					continue
				}
				if s.first && people[t] && !isKeyOf(s.at.owner, fk) {
					continue // a person's manager is another person; a profile's user is the same
				}
				names, notNull := columnsOf(fk)
				here := s.path + columnList(names)
				if !s.first {
					here = s.path + "." + columnList(names)
				}
				st := step{at: to, path: here + " -> " + tableKey(to.owner.table.Name), sure: s.sure && notNull, key: referencesKey(fk)}
				st.same = s.first && isKeyOf(s.at.owner, fk)
				if people[to] {
					found = append(found, st)
				} else {
					seen[to] = true
					next = append(next, st)
				}
			}
		}
		if len(found) > 0 {
			sort.SliceStable(found, func(i, j int) bool {
				switch {
				case found[i].same != found[j].same:
					return found[i].same
				case found[i].key != found[j].key:
					return found[i].key
				}
				return found[i].sure && !found[j].sure
			})
			why = "the person that the row belongs to"
			if len(found) > 1 && found[1].key && !found[0].same {
				why = "review: other columns lead to people, too"
			}
			return found[0].path, why
		}
		frontier = next
	}
	return "", ""
}

// isKeyOf tells whether a foreign key's columns are a key of their own table.
func isKeyOf(o *owner, fk *catalog.ForeignKey) bool {
	var cols []*catalog.Column
	for _, n := range fk.Columns {
		if c := fk.Table.ColumnNum(n); c != nil {
			cols = append(cols, c)
		}
	}
	return o.isUnique(cols)
}

// referencesKey tells whether a foreign key references a primary key.
func referencesKey(fk *catalog.ForeignKey) bool {
	pk := fk.References.PrimaryKey()
	if pk == nil || len(pk.Keys) != len(fk.RefColumns) {
		return false
	}
	for _, k := range pk.Keys {
		found := false
		for _, n := range fk.RefColumns {
			found = found || n == k.Column
		}
		if !found {
			return false
		}
	}
	return true
}

func columnsOf(fk *catalog.ForeignKey) (names []string, notNull bool) {
	notNull = true
	for _, n := range fk.Columns {
		if c := fk.Table.ColumnNum(n); c != nil {
			names = append(names, c.Name)
			notNull = notNull && c.NotNull
		}
	}
	return names, notNull
}

func columnList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = identSQL(n)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}
