package mask

// keyer turns what a rule is keyed by into draws. It belongs to one Masker.
type keyer struct {
	prf    prf
	col    *Column
	by     keyedBy
	perRow bool
	table  []byte // row keys are unique in their table only
}

type keyedBy uint8

const (
	byValue   keyedBy = iota
	bySubject         // the subject, else the row
	byRow             // the row, else the subject: fillers of two rows of a subject differ
)

// keyer for a rule's label: the mask's group, so that the group's masks draw
// the same record, or something that only this rule has.
func (r *rule) keyer(by keyedBy, label string) keyer {
	name := "value:" + r.domain()
	if by != byValue {
		name = "subject:" + r.bind.Subject
	}
	return keyer{
		prf:    newPRF(r.bind.Keys.derive(prfKey, name, label)),
		col:    &r.col,
		by:     by,
		perRow: r.bind.PerRow,
		table:  []byte(r.col.Table),
	}
}

// recordKeyer keys a mask of a group: by value on its own, by subject together
// with the rest of the group.
func (r *rule) recordKeyer() keyer {
	if r.bind.Keyed == ByValue {
		return r.keyer(byValue, r.spec.Name)
	}
	k := r.keyer(bySubject, r.spec.Group)
	k.perRow = false // the names stay the subject's; identifiers ask for rowDraw
	return k
}

// columnKeyer keys a mask that shares nothing with other columns: two phone
// numbers of one person differ.
func (r *rule) columnKeyer() keyer {
	if r.bind.Keyed == ByValue {
		return r.keyer(byValue, r.spec.Name)
	}
	return r.keyer(bySubject, r.ownLabel())
}

// rowKeyer keys a filler: by value, else by row.
func (r *rule) rowKeyer() keyer {
	if r.bind.Keyed == ByValue {
		return r.keyer(byValue, r.spec.Name)
	}
	return r.keyer(byRow, r.ownLabel())
}

func (r *rule) ownLabel() string { return r.spec.Name + " of " + r.column() }

func (r *rule) column() string { return r.col.Table + "." + r.col.Name }

// domain is the value space of a value-keyed rule; without a declared one the
// column is its own.
func (r *rule) domain() string {
	if r.bind.Domain != "" {
		return "domain:" + r.bind.Domain
	}
	return "column:" + r.column()
}

// needs fills in what a keyer reads.
func (r *rule) needs(by keyedBy, p Properties) Properties {
	if r.bind.Keyed == ByValue {
		p.NeedsValue = true
		return p
	}
	hasSubject := r.bind.Subject != ""
	p.NeedsSubject = hasSubject && by == bySubject
	p.NeedsRow = !hasSubject || by == byRow || r.bind.PerRow
	return p
}

// draw for one value.
func (k *keyer) draw(in *Input) draw {
	k.prf.buf = k.prf.buf[:0]
	if k.by == byValue {
		var tail []byte
		k.prf.buf, tail = appendCanonical(append(k.prf.buf, 'V'), k.col, in.Value)
		return k.prf.draw(tail)
	}
	k.key(in)
	if k.perRow {
		k.row(in)
	}
	return k.prf.draw(nil)
}

// drawBytes is draw for a value that the mask brought into its own canonical form.
func (k *keyer) drawBytes(canonical []byte) draw {
	k.prf.buf = append(k.prf.buf[:0], 'C')
	return k.prf.draw(canonical)
}

// rowDraw is what identifiers of a record are made from where a subject has
// several rows under a unique index.
func (k *keyer) rowDraw(in *Input) draw {
	k.prf.buf = append(k.prf.buf[:0], 'P')
	k.key(in)
	k.row(in)
	return k.prf.draw(nil)
}

func (k *keyer) key(in *Input) {
	useRow := in.Subject == nil || k.by == byRow && in.Row != nil
	if useRow {
		k.row(in)
	} else {
		k.prf.buf = field(k.prf.buf, 'S', in.Subject)
	}
}

func (k *keyer) row(in *Input) {
	k.prf.buf = field(k.prf.buf, 'T', k.table)
	k.prf.buf = field(k.prf.buf, 'R', in.Row)
}
