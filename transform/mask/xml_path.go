package mask

import (
	"fmt"
	"strconv"
	"strings"
)

// xmlPath is a path of element names, perhaps with an attribute at its end.
type xmlPath struct {
	steps     []xmlStep
	attribute string // "" for the element's own text; "*" for any
	subtree   bool   // ends in /**: all text and attributes at the element and below
	rule      int    // see leaves.rules
}

// xmlStep is one element; deep: any number of elements may come before it.
type xmlStep struct {
	name string // "*" for any
	deep bool
}

// parseXMLPath reads /order/buyer, //email, /order/item/@id, //note/**.
func parseXMLPath(s string) (xmlPath, error) {
	var p xmlPath
	rest := s
	bad := func() error {
		return fmt.Errorf("path %s cannot be read from %s on", strconv.Quote(s), strconv.Quote(rest))
	}
	for rest != "" {
		var step xmlStep
		if rest[0] != '/' {
			return p, bad()
		}
		if rest == "/**" && len(p.steps) > 0 {
			p.subtree = true
			return p, nil
		}
		tail := rest[1:]
		if strings.HasPrefix(tail, "/") {
			step.deep, tail = true, tail[1:]
		}
		name, _, _ := strings.Cut(tail, "/")
		switch {
		case name == "", name == "@", strings.ContainsAny(name, " \t\n[]()<>'\"=&"):
			return p, bad()
		case name[0] == '@':
			if len(tail) > len(name) || step.deep && len(p.steps) > 0 {
				return p, bad()
			}
			if step.deep {
				p.steps = append(p.steps, xmlStep{name: "*", deep: true})
			}
			p.attribute = name[1:]
			return p, nil
		}
		step.name = name
		p.steps = append(p.steps, step)
		rest = tail[len(name):]
	}
	if len(p.steps) == 0 {
		return p, fmt.Errorf("the path is empty")
	}
	return p, nil
}

// xmlNamed tells whether a name is what a step asks for, with or without its
// namespace's prefix.
func xmlNamed(want string, name []byte) bool {
	if want == "*" || want == string(name) {
		return true
	}
	n := len(name) - len(want)
	return n > 0 && name[n-1] == ':' && want == string(name[n:])
}

// matches tells whether the path's elements are those that lead here.
func (p *xmlPath) matches(at [][]byte) bool { return matchSteps(p.steps, at, p.subtree) }

func matchSteps(steps []xmlStep, at [][]byte, subtree bool) bool {
	if len(steps) == 0 {
		return subtree || len(at) == 0
	}
	if steps[0].deep {
		for i := range at {
			if xmlNamed(steps[0].name, at[i]) && matchSteps(steps[1:], at[i+1:], subtree) {
				return true
			}
		}
		return false
	}
	return len(at) > 0 && xmlNamed(steps[0].name, at[0]) && matchSteps(steps[1:], at[1:], subtree)
}
