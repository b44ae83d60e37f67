package mask

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// jsonPath is one path of an allow-list, or of a rule.
type jsonPath struct {
	steps   []jsonStep
	subtree bool // ends in .**: everything below is meant too
	rule    int  // what happens there: see jsonMask.rules
}

// jsonStep is one step into an object or an array.
type jsonStep struct {
	kind  stepKind
	name  string // member
	index int    // element
}

type stepKind uint8

const (
	member     stepKind = iota // .name, ."a name", ['a name']
	anyMember                  // .*
	element                    // [3]
	anyElement                 // [*]
)

// parseJSONPath reads $, $.a.b, $.items[*].sku, $["a name"], $.*, $.prefs.**.
func parseJSONPath(s string) (jsonPath, error) {
	var p jsonPath
	rest, ok := strings.CutPrefix(s, "$")
	if !ok {
		return p, fmt.Errorf("path %s does not begin with $", strconv.Quote(s))
	}
	for rest != "" {
		bad := fmt.Errorf("path %s cannot be read from %s on", strconv.Quote(s), strconv.Quote(rest))
		switch {
		case rest == ".**":
			p.subtree = true
			return p, nil
		case strings.HasPrefix(rest, ".*"):
			p.steps = append(p.steps, jsonStep{kind: anyMember})
			rest = rest[2:]
		case strings.HasPrefix(rest, `."`):
			name, n, ok := quotedName(rest[1:])
			if !ok {
				return p, bad
			}
			p.steps = append(p.steps, jsonStep{kind: member, name: name})
			rest = rest[1+n:]
		case strings.HasPrefix(rest, "."):
			n := strings.IndexAny(rest[1:], ".[")
			if n < 0 {
				n = len(rest) - 1
			}
			if n == 0 || strings.ContainsAny(rest[1:1+n], "*\"'$") {
				return p, bad
			}
			p.steps = append(p.steps, jsonStep{kind: member, name: rest[1 : 1+n]})
			rest = rest[1+n:]
		case strings.HasPrefix(rest, "[*]"):
			p.steps = append(p.steps, jsonStep{kind: anyElement})
			rest = rest[3:]
		case strings.HasPrefix(rest, "["):
			inner, n, ok := bracketed(rest)
			if !ok {
				return p, bad
			}
			p.steps = append(p.steps, inner)
			rest = rest[n:]
		default:
			return p, bad
		}
		if len(p.steps) > maxJSONDepth {
			return p, fmt.Errorf("path %s is deeper than %d steps", strconv.Quote(s), maxJSONDepth)
		}
	}
	return p, nil
}

// bracketed reads [3], ["a name"] or ['a name'].
func bracketed(s string) (step jsonStep, n int, ok bool) {
	if len(s) < 3 {
		return step, 0, false
	}
	if s[1] == '"' || s[1] == '\'' {
		name, n, ok := quotedName(s[1:])
		if !ok || len(s) <= 1+n || s[1+n] != ']' {
			return step, 0, false
		}
		return jsonStep{kind: member, name: name}, n + 2, true
	}
	end := strings.IndexByte(s, ']')
	if end < 0 {
		return step, 0, false
	}
	index, err := strconv.ParseUint(s[1:end], 10, 31)
	return jsonStep{kind: element, index: int(index)}, end + 1, err == nil
}

// quotedName reads a name in double or single quotes at the start of s.
func quotedName(s string) (name string, n int, ok bool) {
	quote := s[0]
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			if quote == '\'' {
				return strings.ReplaceAll(s[1:i], `\'`, `'`), i + 1, true
			}
			err := json.Unmarshal([]byte(s[:i+1]), &name)
			return name, i + 1, err == nil
		}
	}
	return "", 0, false
}
