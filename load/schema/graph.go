package schema

import (
	"fmt"
	"slices"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load/archive"
)

// step is one unit of work after the data that may run beside others.
type step struct {
	name    string
	entry   *archive.Entry // nil for a refresh
	refresh *catalog.Table // the materialized view to fill
	walk    *walk          // how a foreign key is checked; nil leaves it to the server

	// Locks, as the server will take them or stronger. Steps that would wait
	// for each other on the server do not run at the same time: that would
	// idle a session at best and deadlock at worst.
	shared    []lock
	exclusive []lock

	loaded    []catalog.OID // tables whose rows have to be there
	allLoaded bool          // every table's rows have to be there

	after []*step // steps that wait for this one
	waits int     // steps that this one waits for
	cost  float64 // bytes to go through, about
	rank  float64 // cost of the longest chain of steps that begins here
	order int     // in the archive; breaks ties

	spare   int           // processes that it may use beside its session's own
	elapsed time.Duration // once it is done
}

// lock is something that steps have to agree about: a relation, or the
// attaching of indexes in a partition tree.
type lock struct {
	oid    catalog.OID
	attach bool
}

// heavy are the descriptions that are worth running side by side: they go
// through rows. What comes after the data otherwise only changes catalogs.
var heavy = map[string]bool{
	"INDEX": true, "CONSTRAINT": true, "CHECK CONSTRAINT": true, "FK CONSTRAINT": true, "INDEX ATTACH": true,
}

// graph is what runs after the data.
type graph struct {
	p     *Plan
	steps []*step
	light []*archive.Entry // afterwards, one after the other, in archive order

	byEntry   map[int]*step
	refreshes map[catalog.OID]*step   // by the materialized view
	indexing  map[catalog.OID][]*step // index builds by their table
	isExcl    map[catalog.OID]bool    // indexes whose definition changes their table
}

func (p *Plan) graph() (*graph, error) {
	g := &graph{
		p:         p,
		byEntry:   make(map[int]*step),
		refreshes: make(map[catalog.OID]*step),
		indexing:  make(map[catalog.OID][]*step),
		isExcl:    make(map[catalog.OID]bool),
	}
	if p.o.Facts != nil {
		for _, oid := range p.o.Facts.Locking {
			g.isExcl[oid] = true
		}
	}
	g.addSteps()
	for _, s := range g.steps {
		g.connect(s)
	}
	return g, g.rank()
}

// addSteps makes steps of what is heavy, of refreshes, and of all that those
// depend on.
func (g *graph) addSteps() {
	want := make(map[int]bool)
	late := make(map[int]*archive.Entry)
	for _, e := range g.p.post {
		if !g.p.omitted(e) {
			late[e.ID] = e
		}
	}
	var need func(e *archive.Entry)
	need = func(e *archive.Entry) {
		if e == nil || want[e.ID] {
			return
		}
		want[e.ID] = true
		for _, id := range e.Deps {
			need(late[id])
		}
	}
	for _, e := range g.p.post {
		if heavy[e.Desc] {
			need(late[e.ID])
		}
	}
	for _, t := range g.p.src.Tables {
		e := g.p.known.byOID[ref{classRelation, t.OID}]
		if t.Kind != catalog.MatView || !t.Populated || e == nil || g.p.omitted(e) {
			continue
		}
		s := &step{name: "refresh materialized view " + t.Name.String(), refresh: t, order: len(g.p.a.Entries)}
		g.refreshes[t.OID] = s
		g.steps = append(g.steps, s)
		need(late[e.ID])
		for _, v := range g.reads(t) {
			for _, x := range g.viewQueries(v) {
				need(late[x.ID])
			}
		}
	}
	for i, e := range g.p.post {
		switch {
		case late[e.ID] == nil:
		case want[e.ID]:
			s := &step{name: "create " + g.p.known.object(e), entry: e, order: i}
			if e.Desc == "INDEX ATTACH" {
				s.name = "attach index " + catalog.Name{Schema: e.Namespace, Name: e.Tag}.String()
			}
			g.byEntry[e.ID] = s
			g.steps = append(g.steps, s)
			t := g.p.known.indexes[e.OID]
			if e.Desc == "CONSTRAINT" {
				t = g.p.known.keys[e.ID].table
			}
			if t != nil && (e.Desc == "INDEX" || e.Desc == "CONSTRAINT") {
				g.indexing[t.OID] = append(g.indexing[t.OID], s)
			}
		default:
			g.light = append(g.light, e)
		}
	}
}

// viewQueries are the entries that bring a view or materialized view, should
// they come after the data.
func (g *graph) viewQueries(t *catalog.Table) (out []*archive.Entry) {
	e := g.p.known.byOID[ref{classRelation, t.OID}]
	if e == nil {
		return nil
	}
	out = append(out, e)
	for _, x := range g.p.post {
		if isViewRule(x) && g.p.known.parent(x) == e {
			out = append(out, x)
		}
	}
	return out
}

// reads are all relations that a view reads, by way of other views as well.
func (g *graph) reads(t *catalog.Table) []*catalog.Table {
	var out []*catalog.Table
	seen := map[catalog.OID]bool{t.OID: true}
	queue := t.DependsOn
	for len(queue) > 0 {
		oid := queue[0]
		queue = queue[1:]
		r := g.p.src.TableOID(oid)
		if seen[oid] || r == nil {
			continue
		}
		seen[oid] = true
		out = append(out, r)
		if r.Kind == catalog.MatView {
			continue // what it reads was read when it was filled
		}
		queue = append(slices.Clone(queue), r.DependsOn...)
		for _, x := range r.Partitions {
			queue = append(queue, x.OID)
		}
		for _, x := range r.Children {
			queue = append(queue, x.OID)
		}
	}
	return out
}

// tree is a table with all its partitions, on every level.
func tree(t *catalog.Table) []*catalog.Table {
	out := []*catalog.Table{t}
	for _, x := range t.Partitions {
		out = append(out, tree(x)...)
	}
	return out
}

// connect says what a step waits for, what it locks and what it costs.
func (g *graph) connect(s *step) {
	if s.refresh != nil {
		g.connectRefresh(s)
		return
	}
	e := s.entry
	for _, id := range e.Deps {
		if before := g.byEntry[id]; before != nil {
			edge(before, s)
		}
	}
	s.cost = 1
	switch e.Desc {
	case "INDEX":
		if t := g.p.known.indexes[e.OID]; t != nil {
			g.onIndex(s, t, indexByOID(t, e.OID), g.isExcl[e.OID])
			return
		}
	case "CONSTRAINT":
		if k, ok := g.p.known.keys[e.ID]; ok {
			g.onIndex(s, k.table, k.index, true)
			return
		}
	case "FK CONSTRAINT":
		if fk := g.foreignKey(e); fk != nil {
			g.onForeignKey(s, fk)
			return
		}
	case "INDEX ATTACH":
		for _, t := range g.relations(e) {
			s.shared = append(s.shared, lock{oid: t.OID})
			s.exclusive = append(s.exclusive, lock{oid: t.Root().OID, attach: true})
		}
		return
	}
	if heavy[e.Desc] {
		s.allLoaded = true // a function in a check may read other tables
		for _, t := range g.relations(e) {
			for _, x := range tree(t) {
				s.cost += float64(x.Bytes)
				s.lock(x.OID, true)
			}
		}
		return
	}
	// The query of a view, or a function that is in one: it reads catalogs only.
	for _, t := range g.relations(e) {
		s.lock(t.OID, false)
	}
	if d := g.p.known.parent(e); d != nil && d.TableOID == classRelation {
		s.lock(d.OID, true)
	}
}

// onIndex is the building of an index, alone or as a constraint.
func (g *graph) onIndex(s *step, t *catalog.Table, x *catalog.Index, exclusive bool) {
	if x != nil && (x.Predicate != "" || slices.ContainsFunc(x.Keys, func(k catalog.IndexKey) bool { return k.Column == 0 })) {
		s.allLoaded = true // a function in it may read other tables
	}
	switch t.Kind {
	case catalog.Partitioned:
		// Without storage: done at once, and needed first by the leaves' own
		// indexes. A constraint changes the whole tree, and must not wait for the
		// loading of a leaf that waits for it.
		s.lock(t.OID, exclusive)
		if exclusive {
			for _, leaf := range tree(t)[1:] {
				s.lock(leaf.OID, true)
				s.needs(leaf)
			}
		}
		s.allLoaded = false
		return
	case catalog.MatView:
		// Built once, with the rows, instead of empty and again by the refresh.
		if fill := g.refreshes[t.OID]; fill != nil {
			edge(fill, s)
		}
	}
	s.needs(t)
	s.lock(t.OID, exclusive)
	s.cost += float64(t.Bytes)
	if x != nil {
		s.cost += 2 * float64(x.Bytes)
	}
}

// connectRefresh lets a materialized view be filled when all that it reads is
// there, with the indexes that make it quick.
func (g *graph) connectRefresh(s *step) {
	t := s.refresh
	s.cost = 1 + float64(t.Bytes)
	s.allLoaded = true // functions may read what no dependency tells of
	s.lock(t.OID, true)
	for _, e := range g.viewQueries(t) {
		if before := g.byEntry[e.ID]; before != nil {
			edge(before, s)
		}
	}
	for _, r := range g.reads(t) {
		s.cost += float64(r.Bytes)
		s.lock(r.OID, false)
		if before := g.refreshes[r.OID]; before != nil {
			edge(before, s)
		}
		for _, e := range g.viewQueries(r) {
			if before := g.byEntry[e.ID]; before != nil {
				edge(before, s)
			}
		}
		for _, before := range g.indexing[r.OID] {
			edge(before, s)
		}
	}
}

func (g *graph) foreignKey(e *archive.Entry) *catalog.ForeignKey {
	for _, t := range g.relations(e) {
		for _, fk := range t.ForeignKeys {
			if fk.OID == e.OID {
				return fk
			}
		}
	}
	return nil
}

// relations are those that an entry depends on directly.
func (g *graph) relations(e *archive.Entry) []*catalog.Table {
	var out []*catalog.Table
	for _, id := range e.Deps {
		d := g.p.a.Entry(id)
		if d == nil || d.TableOID != classRelation {
			continue
		}
		if t := g.p.src.TableOID(d.OID); t != nil && !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

func indexByOID(t *catalog.Table, oid catalog.OID) *catalog.Index {
	for _, x := range t.Indexes {
		if x.OID == oid {
			return x
		}
	}
	return nil
}

func edge(before, after *step) {
	if before == after || slices.Contains(before.after, after) {
		return
	}
	before.after = append(before.after, after)
	after.waits++
}

func (s *step) needs(t *catalog.Table) {
	if t.HasRows() {
		s.loaded = append(s.loaded, t.OID)
	}
}

func (s *step) lock(oid catalog.OID, exclusive bool) {
	l := lock{oid: oid}
	switch {
	case exclusive && !slices.Contains(s.exclusive, l):
		s.exclusive = append(s.exclusive, l)
	case !exclusive && !slices.Contains(s.shared, l):
		s.shared = append(s.shared, l)
	}
}

// rank orders the steps by what hangs on them, and proves that there is no
// cycle.
func (g *graph) rank() error {
	const visiting, visited = 1, 2
	state := make(map[*step]int, len(g.steps))
	var visit func(s *step) error
	visit = func(s *step) error {
		switch state[s] {
		case visited:
			return nil
		case visiting:
			return fault.New(fault.Other, "the schema archive is damaged: %s depends on itself", s.name)
		}
		state[s] = visiting
		longest := 0.0
		for _, x := range s.after {
			if err := visit(x); err != nil {
				return err
			}
			longest = max(longest, x.rank)
		}
		s.rank = s.cost + longest
		state[s] = visited
		return nil
	}
	for _, s := range g.steps {
		if err := visit(s); err != nil {
			return fmt.Errorf("order what follows the data: %w", err)
		}
	}
	return nil
}
