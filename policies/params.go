package policies

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/transform/mask"
)

// paramValue converts a written value to the Go type that a mask's parameter
// declares.
func paramValue(p *mask.Param, n *node) (any, error) {
	if p.Type == mask.Strings {
		items := n.items
		switch n.kind {
		case scalarNode:
			items = []*node{n} // one alone may stand without brackets
		case listNode:
		default:
			return nil, fmt.Errorf("want a list, found %s", n.describe())
		}
		list := make([]string, 0, len(items))
		for _, item := range items {
			if item.kind != scalarNode {
				return nil, fmt.Errorf("want a list of texts, found %s in it", item.describe())
			}
			if err := oneOf(p, item.text); err != nil {
				return nil, err
			}
			list = append(list, item.text)
		}
		return list, nil
	}
	if p.Type == mask.Scalar {
		return scalarValue(n)
	}
	if n.kind != scalarNode {
		return nil, fmt.Errorf("want %s, found %s", paramWords(p.Type), n.describe())
	}
	switch p.Type {
	case mask.Integer:
		i, ok := intValue(n)
		if !ok {
			return nil, fmt.Errorf("want a whole number")
		}
		return i, nil
	case mask.Decimal:
		f, err := strconv.ParseFloat(strings.ReplaceAll(n.text, "_", ""), 64)
		if err != nil || !n.plain || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, fmt.Errorf("want a number")
		}
		return f, nil
	case mask.Boolean:
		if b, ok := boolValue(n); ok {
			return b, nil
		}
		return nil, fmt.Errorf("want true or false")
	}
	return n.text, oneOf(p, n.text)
}

func oneOf(p *mask.Param, text string) error {
	if len(p.OneOf) == 0 || contains(p.OneOf, text) {
		return nil
	}
	if near := nearest(text, p.OneOf); near != "" {
		return fmt.Errorf("want one of %s; did you mean %s?", strings.Join(p.OneOf, ", "), near)
	}
	return fmt.Errorf("want one of %s", strings.Join(p.OneOf, ", "))
}

func paramWords(t mask.ParamType) string {
	switch t {
	case mask.Integer:
		return "a whole number"
	case mask.Decimal:
		return "a number"
	case mask.Boolean:
		return "true or false"
	}
	return "a text"
}

// scalarValue is a value as YAML means it: text, number, bool or null.
func scalarValue(n *node) (any, error) {
	switch n.kind {
	case nullNode:
		if n.empty {
			return nil, fmt.Errorf("the value is missing")
		}
		return nil, nil
	case scalarNode:
		if b, ok := boolValue(n); ok {
			return b, nil
		}
		if i, ok := intValue(n); ok {
			return i, nil
		}
		if f, err := strconv.ParseFloat(n.text, 64); err == nil && n.plain && looksDecimal(n.text) {
			return f, nil
		}
		return n.text, nil
	}
	return nil, fmt.Errorf("want text, a number, true, false or null, found %s", n.describe())
}

// looksDecimal keeps words that ParseFloat knows (inf, nan, 0x1p3) text.
func looksDecimal(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && !strings.ContainsRune("+-.eE", r) }) < 0
}

// intValue reads a plain whole number; 007 is text that somebody meant.
func intValue(n *node) (int64, bool) {
	digits := strings.TrimLeft(n.text, "+-")
	if !n.plain || len(digits) > 1 && digits[0] == '0' && !strings.HasPrefix(digits, "0x") {
		return 0, false
	}
	i, err := strconv.ParseInt(strings.ReplaceAll(n.text, "_", ""), 0, 64)
	return i, err == nil
}

func boolValue(n *node) (value, ok bool) {
	if !n.plain {
		return false, false
	}
	switch n.text {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}
