package mask

// keyer turns what a rule is keyed by into draws. It belongs to one Masker.
type keyer struct {
	prf    prf
	rows   prf // for messages with a row key, which is unique in its table only
	col    *Column
	by     keyedBy
	perRow bool
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
	return r.keyerOf(prfKey, name, label, by)
}

func (r *rule) keyerOf(p purpose, name, label string, by keyedBy) keyer {
	k := keyer{prf: newPRF(r.bind.Keys.derive(p, name, label)), col: &r.col, by: by, perRow: r.bind.PerRow}
	if by != byValue {
		k.rows = newPRF(r.bind.Keys.derive(p, name+" row of "+r.col.Table, label))
	}
	return k
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
	p, tail := k.message(in)
	return p.draw(tail)
}

// half is draw for who needs words 0 and 1 only.
func (k *keyer) half(in *Input) draw {
	p, tail := k.message(in)
	return p.half(tail)
}

// message begins what a value is drawn from, and says by which function.
func (k *keyer) message(in *Input) (p *prf, tail []byte) {
	switch {
	case k.by == byValue:
		k.prf.begin('V')
		k.prf.msg, tail = appendCanonical(k.prf.msg, k.col, in.Value)
		return &k.prf, tail
	case in.Subject == nil, k.by == byRow && in.Row != nil:
		return k.row('R', nil, in.Row), nil
	case k.perRow:
		return k.row('B', in.Subject, in.Row), nil
	}
	k.prf.begin('S')
	k.prf.msg = append(k.prf.msg, in.Subject...)
	return &k.prf, nil
}

// row begins a message with the row's key, and the subject's where the tag says so.
func (k *keyer) row(tag byte, subject, row []byte) *prf {
	k.rows.begin(tag)
	if tag != 'R' {
		k.rows.msg = field(k.rows.msg, subject)
	}
	k.rows.msg = append(k.rows.msg, row...)
	return &k.rows
}

// drawBytes is draw for a value that the mask brought into its own canonical form.
func (k *keyer) drawBytes(canonical []byte) draw {
	k.prf.begin('C')
	return k.prf.draw(canonical)
}

// rowDraw is what identifiers of a record are made from where a subject has
// several rows under a unique index.
func (k *keyer) rowDraw(in *Input) draw {
	if in.Subject == nil {
		return k.row('Q', nil, in.Row).draw(nil)
	}
	return k.row('P', in.Subject, in.Row).draw(nil)
}
