package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load/archive"
)

// refusals collects what keeps the target from taking the schema, so that all
// of it is told at once, with what would go along were it left out.
type refusals struct {
	p       *Plan
	others  []string // what leaving an object out does not help against
	objects []obstacle
}

// obstacle is an object that the target does not take.
type obstacle struct {
	entry *archive.Entry
	why   string // begins with a verb: "takes a superuser to create"
}

// refusals begin with what is known without the target.
func (p *Plan) refusals() *refusals { return &refusals{p: p, objects: slices.Clone(p.unmet)} }

func (r *refusals) add(e *archive.Entry, format string, args ...any) {
	r.objects = append(r.objects, obstacle{e, fmt.Sprintf(format, args...)})
}

func (r *refusals) addOther(format string, args ...any) {
	r.others = append(r.others, fmt.Sprintf(format, args...))
}

// err is all of them as one fault of kind Preflight, nil if there are none.
// Its hint ends with lines for a policy file that leave the objects out.
func (r *refusals) err(what string) error {
	problems := slices.Clone(r.others)
	var names []string
	for _, x := range r.objects {
		name := r.p.known.object(x.entry)
		names = append(names, name)
		problems = append(problems, name+" "+x.why)
	}
	if len(names) == 0 {
		return refusal(fault.Preflight, what, problems, "")
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var b strings.Builder
	b.WriteString(`have an administrator install or create what is missing in a database, and name that as target.template; or leave it out by these lines of the policy:
unsupported:`)
	for _, name := range names {
		b.WriteString("\n  - '" + strings.ReplaceAll(name, "'", "''") + "'")
	}
	slices.Sort(problems)
	problems = slices.Compact(problems)
	if along := r.along(); len(along) > 0 {
		problems[len(problems)-1] += "\nleaving them out takes these along:"
		problems = append(problems, along...)
	}
	return fault.New(fault.Preflight, "%s:\n  %s", what, strings.Join(problems, "\n  ")).WithHint("%s", b.String())
}

// along are the objects that would be left out together with the refused ones.
func (r *refusals) along() []string {
	d := r.p.undecided()
	before := make(map[int]bool)
	for id := range r.p.omit {
		before[id] = true
	}
	var queue []*archive.Entry
	for _, x := range r.objects {
		before[x.entry.ID] = true
		d.leaveOut(x.entry, &why{asked: true})
		queue = append(queue, x.entry)
	}
	d.takeAlong(queue)
	var out []string
	for _, e := range r.p.a.Entries {
		if w := d.why[e.ID]; w != nil && !w.silent && !before[e.ID] {
			out = append(out, r.p.known.object(e))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// refusal is several problems as one fault.
func refusal(kind fault.Kind, what string, problems []string, hint string) error {
	if len(problems) == 0 {
		return nil
	}
	slices.Sort(problems)
	problems = slices.Compact(problems)
	return fault.New(kind, "%s:\n  %s", what, strings.Join(problems, "\n  ")).WithHint("%s", hint)
}
