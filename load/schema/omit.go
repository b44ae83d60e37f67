package schema

import (
	"fmt"
	"slices"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load/archive"
)

// why an entry is left out.
type why struct {
	reason string
	silent bool // nobody misses it, or what it belongs to is reported
	asked  bool // by Unsupported, itself or what it depends on
}

// decision is what is left out, by dump ID.
type decision struct {
	p          *Plan
	why        map[int]*why
	dependents map[int][]*archive.Entry // by the dump ID of what they depend on
	fresh      []*archive.Entry         // left out, dependents not looked at yet
}

// decide settles the fate of every entry, before the target is known.
func (p *Plan) decide() (*decision, error) {
	d := p.undecided()
	if p.o.NoComments {
		p.skip("comments", "the policy says comments: none")
	}
	if err := d.asked(); err != nil {
		return nil, err
	}
	d.byDefault()
	return d, nil
}

// undecided is a decision that leaves out only what is no schema.
func (p *Plan) undecided() *decision {
	d := &decision{p: p, why: make(map[int]*why), dependents: dependents(p.a)}
	for _, e := range p.a.Entries {
		if kindOf(e).fate == ignore || p.o.NoComments && e.Desc == "COMMENT" {
			d.leaveOut(e, &why{silent: true})
		}
	}
	return d
}

func dependents(a *archive.Archive) map[int][]*archive.Entry {
	m := make(map[int][]*archive.Entry)
	for _, e := range a.Entries {
		for _, id := range e.Deps {
			if ds := m[id]; len(ds) == 0 || ds[len(ds)-1] != e {
				m[id] = append(ds, e)
			}
		}
	}
	return m
}

// leaveOut marks an entry and what belongs to it. The first reason stays.
func (d *decision) leaveOut(e *archive.Entry, w *why) {
	if d.why[e.ID] != nil {
		return
	}
	if isViewRule(e) {
		// Without its query the view would be a shell that selects nulls.
		if view := d.p.known.parent(e); view != nil {
			d.why[e.ID] = &why{silent: true, asked: w.asked}
			d.fresh = append(d.fresh, e)
			d.leaveOut(view, w)
			return
		}
	}
	d.why[e.ID] = w
	d.fresh = append(d.fresh, e)
	for _, x := range d.dependents[e.ID] {
		if d.p.known.parent(x) == e {
			d.leaveOut(x, &why{silent: true, asked: w.asked})
		}
	}
}

// asked leaves out what Unsupported names, with all that depends on it.
func (d *decision) asked() error {
	var problems []string
	var queue []*archive.Entry
	for _, text := range d.p.o.Unsupported {
		sel, err := parseSelector(text)
		found := false
		for _, e := range d.p.a.Entries {
			// What a report calls an object can be pasted, even a cast.
			if k := kindOf(e); k.fate == ignore || k.fate == session || minor[e.Desc] && err != nil ||
				!(err == nil && sel.matches(e, d.p.known)) && d.p.known.object(e) != text {
				continue
			}
			found = true
			if d.why[e.ID] == nil {
				d.leaveOut(e, &why{reason: "listed under unsupported", asked: true})
				queue = append(queue, e)
			}
		}
		switch {
		case found:
		case err != nil:
			problems = append(problems, fmt.Sprintf("%q %v", text, err))
		default:
			problems = append(problems, fmt.Sprintf("%q: the source has no such object", text))
		}
	}
	if len(problems) > 0 {
		return refusal(fault.Policy, "the list of unsupported objects is wrong", problems,
			`write "schema.name", "kind schema.name", "kind schema.table.name" or "kind name", as in "view public.report"`)
	}
	d.takeAlong(queue)
	return nil
}

// takeAlong leaves out whatever depends on what was asked for, however far.
func (d *decision) takeAlong(queue []*archive.Entry) {
	seen := make(map[int]bool)
	for len(queue) > 0 {
		e := queue[0]
		queue = queue[1:]
		if seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		reason := fmt.Sprintf("depends on %s, which is left out", d.p.known.object(e))
		for _, x := range d.affected(e) {
			switch w := d.why[x.ID]; {
			case w == nil:
				d.leaveOut(x, &why{reason: reason, asked: true, silent: minor[x.Desc]})
			case !w.asked:
				continue
			}
			queue = append(queue, x)
		}
	}
}

// affected is what cannot be there without e: what depends on it, the view if
// e is its query, and the shell that stands in for a base type while its
// functions are created.
func (d *decision) affected(e *archive.Entry) []*archive.Entry {
	out := d.dependents[e.ID]
	switch {
	case isViewRule(e):
		if view := d.p.known.parent(e); view != nil {
			out = append(slices.Clone(out), view)
		}
	case e.Desc == "TYPE":
		if shell := d.p.known.shells[catalog.Name{Schema: e.Namespace, Name: e.Tag}]; shell != nil {
			out = append(slices.Clone(out), shell)
		}
	}
	return out
}

// byDefault leaves out what must not act from staging, and extensions that are
// not wanted. What depends on those and is not left out as well is refused:
// only the user can say that it is not needed.
func (d *decision) byDefault() {
	skip := make(map[string]bool)
	for _, name := range d.p.o.SkipExtensions {
		skip[name] = true
	}
	d.fresh = nil // what was asked for has taken its dependents along
	for _, e := range d.p.a.Entries {
		if d.why[e.ID] != nil {
			continue
		}
		switch k := kindOf(e); k.fate {
		case neutral:
			d.leaveOut(e, &why{reason: k.reason, silent: minor[e.Desc]})
		case extension:
			reason := actors[e.Tag]
			if skip[e.Tag] {
				reason = "listed under extensions.skip"
			}
			if reason != "" {
				d.leaveOut(e, &why{reason: reason})
			}
		}
	}
	for name := range skip {
		if !slices.ContainsFunc(d.p.a.Entries, func(e *archive.Entry) bool { return e.Desc == "EXTENSION" && e.Tag == name }) {
			d.p.o.Warn(fmt.Sprintf("extensions.skip names %s, which the source does not have", printable(name)))
		}
	}

	for len(d.fresh) > 0 {
		e := d.fresh[0]
		d.fresh = d.fresh[1:]
		for _, x := range d.dependents[e.ID] {
			switch {
			case d.why[x.ID] != nil || kindOf(x).fate == grant || kindOf(x).fate == session:
			case minor[x.Desc]:
				d.leaveOut(x, &why{silent: true})
			case x.Desc == "SEQUENCE": // of a column
				d.leaveOut(x, &why{reason: "belongs to " + d.p.known.object(e)})
			default:
				because := ""
				if w := d.why[e.ID]; w.reason != "" {
					because = " (" + w.reason + ")"
				}
				d.p.unmet = append(d.p.unmet, obstacle{x, fmt.Sprintf("depends on %s, which is left out%s", d.p.known.object(e), because)})
			}
		}
	}
}

// needing lists what would be created and cannot be without e.
func (p *Plan) needing(e *archive.Entry) []*archive.Entry {
	var out []*archive.Entry
	for _, x := range p.a.Entries {
		if slices.Contains(x.Deps, e.ID) && !p.omitted(x) && kindOf(x).fate != grant && kindOf(x).fate != ignore && p.known.parent(x) != e {
			out = append(out, x)
		}
	}
	return out
}
