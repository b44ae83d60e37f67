package mask

import (
	"fmt"
	"slices"
	"strings"
)

// fill checks parameters against their declarations and adds the defaults.
func (s *Spec) fill(given Params) (Params, *ParamError) {
	for name := range given {
		if s.param(name) == nil {
			hint := s.Name + " takes no parameters"
			if len(s.Params) > 0 {
				var names []string
				for _, p := range s.Params {
					names = append(names, p.Name)
				}
				hint = fmt.Sprintf("%s takes %s", s.Name, strings.Join(names, ", "))
			}
			return nil, &ParamError{Param: name, Msg: "unknown parameter", Hint: hint}
		}
	}
	out := make(Params, len(s.Params))
	for i := range s.Params {
		p := &s.Params[i]
		v, ok := given[p.Name]
		switch {
		case !ok && p.Required:
			return nil, &ParamError{Param: p.Name, Msg: "is required: " + p.Doc}
		case !ok:
			if p.Default != nil {
				out[p.Name] = p.Default
			}
			continue
		case !p.Type.holds(v):
			return nil, &ParamError{Param: p.Name, Msg: "must be " + p.Type.String()}
		}
		if str, ok := v.(string); ok && len(p.OneOf) > 0 && !slices.Contains(p.OneOf, str) {
			return nil, &ParamError{Param: p.Name, Msg: "must be one of " + strings.Join(p.OneOf, ", ")}
		}
		out[p.Name] = v
	}
	return out, nil
}

func (s *Spec) param(name string) *Param {
	for i := range s.Params {
		if s.Params[i].Name == name {
			return &s.Params[i]
		}
	}
	return nil
}

// holds tells whether v is of the Go type that the parameter's type names.
func (t ParamType) holds(v any) bool {
	switch v.(type) {
	case string:
		return t == String || t == Scalar
	case int64:
		return t == Integer || t == Decimal || t == Scalar
	case float64:
		return t == Decimal || t == Scalar
	case bool:
		return t == Boolean || t == Scalar
	case []string:
		return t == Strings || t == Lines
	case *Sub:
		return t == Rule
	case []NamedSub:
		return t == Rules
	case nil:
		return t == Scalar
	}
	return false
}

// String is how messages and docs name the type.
func (t ParamType) String() string {
	return [...]string{"text", "an integer", "true or false", "a list of texts", "a number", "a scalar", "a rule", "a map of rules", "the path of a file"}[t]
}

func (p Params) text(name string) string {
	s, _ := p[name].(string)
	return s
}

func (p Params) int(name string) int64 {
	n, _ := p[name].(int64)
	return n
}

// float is a Decimal parameter, 0 where it is missing.
func (p Params) float(name string) float64 {
	switch v := p[name].(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return 0
}

func (p Params) bool(name string) bool {
	b, _ := p[name].(bool)
	return b
}

func (p Params) strings(name string) []string {
	s, _ := p[name].([]string)
	return s
}

func (p Params) rule(name string) *Sub {
	s, _ := p[name].(*Sub)
	return s
}

func (p Params) rules(name string) []NamedSub {
	s, _ := p[name].([]NamedSub)
	return s
}

func (p Params) has(name string) bool { return p[name] != nil }

// between refuses an integer parameter outside of lo … hi.
func (p Params) between(name string, lo, hi int64) *ParamError {
	if n := p.int(name); n < lo || n > hi {
		return &ParamError{Param: name, Msg: fmt.Sprintf("must be between %d and %d", lo, hi)}
	}
	return nil
}
