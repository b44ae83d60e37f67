package mask

import (
	"fmt"
	"strings"

	"github.com/expr-lang/expr/vm"
)

func whenSpec() *Spec {
	return define(Spec{
		Name:    "when",
		Summary: "the first of several rules whose condition holds for the row",
		Doc: `Takes one of several rules by conditions over the source's row. A column's rules are written as a list, tried in order;
the last has no condition, so that no row goes without a rule:

` + "```yaml" + `
email:
  - { when: "is_staff AND department = 'support'", mask: keep }
  - { when: "deleted_at IS NOT NULL", mask: "null" }
  - { mask: email, domain: person.email }
` + "```" + `

` + "`if`" + ` is a condition on what the rule has written, ` + "`value`" + `, in the language of [expr](https://expr-lang.org/docs/language-definition), for columns of text and enums. Where it does not hold, or cannot be computed,
the next item that has no ` + "`when`" + ` has its turn:

` + "```yaml" + `
nick:
  - { when: "kind = 'bot'", mask: keep }
  - { if: "len(value) <= 12 && not (value contains ' ')", mask: username }
  - { mask: pattern, pattern: "user[0-9]{6}" }
` + "```" + `

Conditions of ` + "`when`" + ` are SQL, evaluated by the source, read-only and prepared first as those of ` + "`rows`" + ` are; one that is NULL does not hold. Each rule
does what it does alone; ` + "`same_as` and `derive`" + ` have no conditions, and every ` + "`after`" + ` of ` + "`noise`" + ` in the list has to name the same column. On a unique column every rule has to be ` + "`keep`, `null`" + ` or one whose outputs meet no other value (` + "`email`, `username`, `pseudonym`" + `
and the like). Not for columns of a foreign key or a primary key, whose values have to change alike everywhere.`,
		Example: `note: { mask: when, cases: { "kind = 'public'": keep }, else: text }`,
		Params: []Param{
			{Name: "cases", Type: Rules, Required: true, Doc: "rules by their conditions, tried in order"},
			{Name: "else", Type: Rule, Required: true, Doc: "the rule for all other rows"},
		},
		Accepts: anyKind,
		Keyed:   []Keyed{BySubject},
	}, func(r *rule) (*compiled, *ParamError) {
		cases := r.params.rules("cases")
		switch {
		case len(cases) == 0:
			return nil, &ParamError{Param: "cases", Msg: "holds no rule"}
		case len(cases) > maxCases:
			return nil, &ParamError{Param: "cases", Msg: fmt.Sprintf("holds more than %d rules", maxCases)}
		}
		props := Properties{Injective: true}
		apart := true // what every rule writes meets nothing that another does
		rules := make([]*compiled, 0, len(cases)+1)
		programs := make([]*vm.Program, len(cases)+1)
		next := make([]int, len(cases)+1) // the item that has its turn after one whose if does not hold
		kept := 0
		add := func(s *Sub, param string) *ParamError {
			c, err := r.alternative(s, param)
			if err != nil {
				return err
			}
			rules = append(rules, c)
			props.take(c)
			if c == nil {
				props.MayKeep = true
				kept++
				return nil
			}
			props.MayKeep = props.MayKeep || c.props.MayKeep
			props.MasksNull = props.MasksNull || c.props.MasksNull
			props.WritesNull = props.WritesNull || c.props.WritesNull
			apart = apart && (c.bits > 0 && c.props.Injective || s.Spec.Name == ruleNull)
			return nil
		}
		for i, c := range cases {
			if err := add(c.Sub, "cases."+c.Name); err != nil {
				return nil, err
			}
			if c.Sub.If != "" {
				if r.col.Kind != Text && r.col.Kind != Enum {
					return nil, &ParamError{Param: "cases." + c.Name, Msg: fmt.Sprintf("if is about text, and %s is %s", r.column(), r.col.TypeName), Hint: "use when, a condition in SQL on the source's row"}
				}
				program, err := compileCondition(c.Sub.If)
				if err != nil {
					return nil, &ParamError{Param: "cases." + c.Name, Msg: "if: " + err.Error()}
				}
				programs[i] = program
			}
		}
		for i, open := len(cases)-1, len(cases); i >= 0; i-- {
			next[i] = open
			if isAlways(cases[i].Name) {
				open = i
			}
		}
		if err := add(r.params.rule("else"), "else"); err != nil {
			return nil, err
		}
		if kept == len(rules) {
			return nil, &ParamError{Msg: "every rule keeps the value", Hint: "write keep for the column"}
		}
		if props.Injective = apart; r.col.Unique && !apart {
			return nil, &ParamError{
				Msg:  fmt.Sprintf("%s is unique, and what one rule writes could meet what another does", r.column()),
				Hint: "use keep, null, email, username, pseudonym, token or url in all of them",
			}
		}
		return &compiled{props: props, emptyToo: true, start: func() Masker {
			m := &whenMask{rules: make([]fieldMask, len(rules)), conditions: make([]*condition, len(rules)), next: next}
			for i, p := range programs {
				if p != nil {
					m.conditions[i] = &condition{program: p}
				}
			}
			for i, c := range rules {
				if c != nil {
					m.rules[i] = fieldMask{c.New(), c.props.MasksNull}
				}
			}
			return m
		}}, nil
	})
}

// Always is the condition of the n-th item, from 0, that has if and no when.
func Always(n int) string { return "true" + strings.Repeat(andTrue, n) }

func isAlways(condition string) bool { return strings.ReplaceAll(condition, andTrue, "") == "true" }

const andTrue = " AND true"

const (
	ruleNull = "null"
	maxCases = 100
)

// alternative binds one of the column's rules; nil keeps the value.
func (r *rule) alternative(s *Sub, param string) (*compiled, *ParamError) {
	if s.Spec.Name == "sql" { // the source has evaluated it
		return &compiled{
			props: Properties{NeedsValue: true, MayKeep: true, WritesNull: !r.col.NotNull, PrivacyRank: 5}, emptyToo: true,
			start: func() Masker { return copyMask{} },
		}, nil
	}
	if s.Spec.Source || s.Spec.Name == r.spec.Name {
		return r.part(r.col, s, param)
	}
	if s.Spec.Name == "command" && len(s.Params.strings("with")) > 0 {
		return nil, &ParamError{Param: param + ".with", Msg: "a program under a condition gets no other columns"}
	}
	bind, _ := r.partBinding(s)
	bind.After = r.bind.After
	bind.PerRow, bind.IntegerKey = r.bind.PerRow, r.bind.IntegerKey // one value a row, as without conditions
	c, err := s.Spec.compile(r.col, s.Params, bind)
	if err != nil {
		at := param
		if err.Param != "" {
			at += "." + err.Param
		}
		return nil, &ParamError{Param: at, Msg: s.Spec.Name + ": " + err.Msg, Hint: err.Hint}
	}
	return c, nil
}

// copyMask passes on what the source made of the column.
type copyMask struct{}

func (copyMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	return append(dst, in.Value...), Masked
}

type whenMask struct {
	rules      []fieldMask // the last has no condition
	conditions []*condition
	next       []int // what comes after a rule whose condition on its output does not hold
}

func (m *whenMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	i, last := 0, len(m.rules)-1
	for _, c := range in.Case {
		i = 10*i + int(c-'0')
	}
	if in.Case == nil || i < 0 || i > last {
		i = last
	}
	for {
		out, outcome := m.write(i, dst, in)
		if c := m.conditions[i]; c == nil || outcome == Null || c.holds(out[len(dst):]) {
			return out, outcome
		}
		i = m.next[i]
	}
}

// write has one rule write.
func (m *whenMask) write(i int, dst []byte, in *Input) ([]byte, Outcome) {
	switch r := &m.rules[i]; {
	case in.Value == nil && (r.masker == nil || !r.nulls):
		return dst, Null
	case r.masker == nil:
		return append(dst, in.Value...), Kept
	default:
		return r.masker.Append(dst, in)
	}
}
