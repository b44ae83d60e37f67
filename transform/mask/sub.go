package mask

import (
	"fmt"
	"strconv"
)

// Sub is a rule inside of another one: for the elements of an array, a field of
// a composite, the values at a path of a document.
type Sub struct {
	Spec   *Spec
	Params Params // as Compile takes them
	Domain string // keyed by the value in this domain; empty: as the outer rule is
	Locale string // empty: the outer rule's
	If     string // in a list of rules: a condition on what the rule writes; empty: none
}

// String is the mask's name, for messages.
func (s *Sub) String() string { return s.Spec.Name }

// NamedSub is a rule for one named part.
type NamedSub struct {
	Name string
	Sub  *Sub
}

// GoString spells a rule out, so that hashes of parameters depend on what a
// rule says and not on where it lies in memory.
func (s *Sub) GoString() string {
	text := fmt.Sprintf("mask.Sub{%q, %#v, %q}", s.Spec.Name, s.Params, s.Domain)
	if s.If != "" {
		text += fmt.Sprintf(" if %q", s.If)
	}
	if s.Locale != "" {
		text += " in " + s.Locale
	}
	return text
}

// part binds a sub-rule to a part of the column's values. A part that is kept
// is nil. Errors are of the outer rule's parameter.
func (r *rule) part(col Column, s *Sub, param string) (*compiled, *ParamError) {
	c, err := r.compilePart(col, s)
	if err != nil {
		at := param
		if err.Param != "" {
			at += "." + err.Param
		}
		return nil, &ParamError{Param: at, Msg: s.Spec.Name + ": " + err.Msg, Hint: err.Hint}
	}
	return c, nil
}

func (r *rule) compilePart(col Column, s *Sub) (*compiled, *ParamError) {
	switch {
	case s.Spec.Name == "keep":
		return nil, nil
	case s.Spec.Name == "constant":
		return col.constant(s.Params["value"])
	case s.Spec.Name == "when":
		return nil, &ParamError{Msg: "conditions belong to the rule of the column", Hint: "write the column's rules as a list with when"}
	case s.Spec.Name == "command":
		return nil, &ParamError{Msg: "a program masks whole values, not parts of them", Hint: "give the command to the column"}
	case s.Spec.Source:
		return nil, &ParamError{Msg: "what the source evaluates cannot stand inside of another rule", Hint: "use a mask of another kind, or sql for the whole column"}
	}
	bind, hint := r.partBinding(s)
	if hint != "" {
		return nil, &ParamError{Msg: "is keyed by the subject, and the rule around it by its value", Hint: hint}
	}
	return s.Spec.compile(col, s.Params, bind)
}

// constant writes the same value of the column's type, which for whole columns
// the source does.
func (c *Column) constant(value any) (*compiled, *ParamError) {
	if value == nil {
		return nil, &ParamError{Msg: "NULL is written by the mask null"}
	}
	text := fmt.Sprint(value)
	if chars := len([]rune(text)); chars > c.room() {
		return nil, &ParamError{Msg: fmt.Sprintf("the constant has %d characters, and %s holds %d", chars, c.Name, c.MaxChars)}
	}
	switch c.Kind {
	case Text, Int, Numeric, Float, Bool, Date, Timestamp, TimestampTZ, UUID, JSON, JSONB, Enum, XML:
	default:
		return nil, &ParamError{Msg: "does not write a " + c.typeName() + " inside of another rule"}
	}
	wire, ok := appendTyped(nil, c, []byte(text))
	if !ok {
		return nil, &ParamError{Param: "value", Msg: "is no " + c.typeName()}
	}
	return &compiled{
		props: Properties{Deterministic: true, Capacity: 1, PrivacyRank: 1}, emptyToo: true, text: c.Kind == Text,
		start: func() Masker { return fixedMask(wire) },
	}, nil
}

// partBinding keys a sub-rule: by value where it names a domain or knows
// nothing else, else as a rule of its own would be.
func (r *rule) partBinding(s *Sub) (bind Binding, hint string) {
	bind = r.bind
	bind.After = nil
	bind.IntegerKey, bind.PerRow = false, false // several parts share the row's number
	bind.Keyed, bind.Domain = s.Spec.Keyed[0], s.Domain
	if s.Locale != "" {
		bind.Locale = s.Locale
	}
	switch {
	case s.Domain != "":
		bind.Keyed = ByValue
	case r.bind.Keyed == ByValue && bind.Keyed == BySubject: // no subject is read
		bind.Keyed, bind.Domain = ByValue, r.bind.Domain
		for _, k := range s.Spec.Keyed {
			if k == ByValue {
				return bind, ""
			}
		}
		return bind, "leave out the outer rule's domain"
	}
	return bind, ""
}

// tally is what became of the parts of one value.
type tally struct {
	replaced bool // some part could not be read
	touched  bool // some part was masked
}

// note takes a part's outcome in; what is left of it is Masked, Null, or a
// failure of the whole.
func (t *tally) note(part Outcome) Outcome {
	switch part {
	case Replaced:
		t.replaced = true
		return Masked
	case Kept:
		return Masked
	}
	t.touched = true
	return part
}

// whole is the outcome of a value whose parts are all noted.
func (t *tally) whole(outcome Outcome) Outcome {
	switch {
	case outcome == Masked && t.replaced:
		return Replaced
	case outcome == Masked && !t.touched:
		return Kept
	}
	return outcome
}

// take adds what a part reads and promises to what the whole does.
func (p *Properties) take(part *compiled) {
	p.NeedsValue = true
	if part == nil {
		p.PrivacyRank = max(p.PrivacyRank, 5)
		return
	}
	q := &part.props
	p.NeedsSubject = p.NeedsSubject || q.NeedsSubject
	p.NeedsRow = p.NeedsRow || q.NeedsRow
	p.MayKeep = p.MayKeep || q.MayKeep
	p.PrivacyRank = max(p.PrivacyRank, q.PrivacyRank)
}

// places derives inputs for the parts of one value, so that two elements of an
// array become two people. The first part is keyed as the value itself: it
// agrees with the row's other columns.
type places struct {
	subject, row []byte
}

// at is what the part at a place other than 0 is keyed by. No subject or row
// key in text holds a zero byte, so that no key is taken for another.
func (p *places) at(in, part *Input, place uint64) {
	part.Subject, part.Row = in.Subject, in.Row
	if place == 0 {
		return
	}
	if in.Subject != nil {
		p.subject = strconv.AppendUint(append(append(p.subject[:0], in.Subject...), 0), place, 10)
		part.Subject = p.subject
	}
	if in.Row != nil {
		p.row = strconv.AppendUint(append(append(p.row[:0], in.Row...), 0), place, 10)
		part.Row = p.row
	}
}
