package copyrow

// plan is the list of actions, compiled: runs of kept fields are one segment,
// because they are copied in one move.
type plan struct {
	actions  []Action
	segments []segment
	forwards int  // fields that a row of the output has
	lead     int  // fields before the run of kept fields that ends the row
	allKept  bool // rows pass unchanged
}

// segment is a run of kept fields, or one field with another action.
type segment struct {
	action Action
	first  int
	next   int // the first field after it
}

func newPlan(actions []Action) plan {
	p := plan{actions: actions, allKept: true}
	for i, a := range actions {
		if a != Take {
			p.forwards++
		}
		if a == Keep && i > 0 && actions[i-1] == Keep {
			p.segments[len(p.segments)-1].next++
			continue
		}
		if a != Keep {
			p.allKept = false
			p.lead = i + 1
		}
		p.segments = append(p.segments, segment{a, i, i + 1})
	}
	return p
}
