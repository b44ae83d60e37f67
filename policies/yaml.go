package policies

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/understudy-db/understudy/internal/fault"
)

// node is a YAML value with its place. Anchors are resolved already: an alias
// shows the anchored value under the alias's own place.
type node struct {
	place
	kind   nodeKind
	text   string  // scalars: the value, quotes and block indicators removed
	plain  bool    // scalars: written without quotes, so it may be a number, bool or null
	empty  bool    // nulls: nothing was written at all
	broken bool    // nulls: stands for something that cannot be used, which is told already
	pairs  []pair  // maps, in file order, keys unique
	items  []*node // lists
}

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	nullNode
	mapNode
	listNode
)

type pair struct{ key, value *node }

// get finds a key of a map, nil if it is not there.
func (n *node) get(key string) *node {
	for _, p := range n.pairs {
		if p.key.text == key {
			return p.value
		}
	}
	return nil
}

// describe names what was written, for messages about wrong types.
func (n *node) describe() string {
	switch {
	case n.kind == nullNode && n.empty:
		return "nothing"
	case n.kind == nullNode:
		return "null"
	case n.kind == mapNode:
		return "a map"
	case n.kind == listNode:
		return "a list"
	case strings.TrimSpace(n.text) == "":
		return "an empty text"
	}
	return "text"
}

const (
	// maxFileBytes bounds a configuration or policy file; ten thousand tables
	// with fifty columns each fit.
	maxFileBytes = 32 << 20
	// maxDepth bounds the nesting of flow collections: the parser recurses.
	maxDepth = 1000
)

// parseYAML reads one file into nodes. The root is nil when the file holds
// nothing but comments. Problems of the syntax itself stop at the first, since
// nothing after it can be trusted; duplicate keys and the like are all listed.
func parseYAML(name string, data []byte) (*source, *node, Problems) {
	src := &source{name: name}
	if len(data) > maxFileBytes {
		return src, nil, Problems{place{src: src}.problem(fault.Usage, "", "the file is larger than %d MiB", maxFileBytes>>20)}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	src.lines = strings.Split(string(data), "\n")
	if p := unreadable(src); p != nil {
		return src, nil, Problems{p}
	}

	file, err := parse(data)
	if err != nil {
		return src, nil, Problems{syntaxProblem(src, err)}
	}
	r := &yamlReader{src: src, anchors: map[string]*node{}}
	var root *node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.DirectiveType {
			continue
		}
		if root != nil {
			second := r.node(doc.Body)
			r.problems = append(r.problems, second.problem(fault.Usage, "", "the file holds several YAML documents; one is read").
				hint("remove the line that starts with ---, or put the second document into a file of its own"))
			break
		}
		root = r.node(doc.Body)
	}
	return src, root, r.problems
}

// parse calls the YAML parser; a panic in it is a file that it cannot read.
func parse(data []byte) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("this is not YAML that can be read")
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
}

// unreadable finds what no YAML parser should be asked to read.
func unreadable(src *source) *Problem {
	depth := 0
	for i, line := range src.lines {
		if !utf8.ValidString(line) {
			return place{src: src, line: i + 1, col: 1}.problem(fault.Usage, "", "the file is not UTF-8 text").
				hint("save it as UTF-8; if it is UTF-16, convert it: iconv -f UTF-16 -t UTF-8")
		}
		for col, r := range []rune(line) {
			switch {
			case r == 0:
				return place{src: src, line: i + 1, col: col + 1}.problem(fault.Usage, "", "the file holds a zero byte")
			case r == '[' || r == '{':
				depth++
			case (r == ']' || r == '}') && depth > 0:
				depth--
			}
			if depth > maxDepth {
				return place{src: src, line: i + 1, col: col + 1}.problem(fault.Usage, "", "brackets are nested too deeply")
			}
		}
		// "- - - -" and "? ? ?" nest without brackets.
		if strings.Count(line, "- ")+strings.Count(line, "? ")+strings.Count(line, "-\t") > maxDepth {
			return place{src: src, line: i + 1, col: 1}.problem(fault.Usage, "", "lists are nested too deeply")
		}
	}
	return nil
}

// syntaxProblem turns the parser's error into one of ours, with hints for the
// mistakes that its words do not explain.
func syntaxProblem(src *source, err error) *Problem {
	at := place{src: src, line: 1, col: 1}
	msg := err.Error()
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		msg = syntax.Message
		if t := syntax.Token; t != nil && t.Position != nil {
			at.line, at.col = t.Position.Line, max(1, t.Position.Column)
		}
	}
	line := ""
	if at.line >= 1 && at.line <= len(src.lines) {
		line = src.lines[at.line-1]
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch trimmed := strings.TrimLeft(line, " \t"); {
	case strings.Contains(indent, "\t"):
		at.col = strings.IndexByte(line, '\t') + 1
		return at.problem(fault.Usage, "", "a tab in the indentation").hint("indent with spaces")
	case strings.HasPrefix(trimmed, "*"):
		return at.problem(fault.Usage, "", "%s", msg).hint(`a name that starts with * needs quotes in YAML: "*.audit_log"`)
	case strings.HasPrefix(trimmed, `"`) || strings.HasPrefix(trimmed, `'`):
		return at.problem(fault.Usage, "", "%s", msg).hint(`a name that starts with a quoted part needs quotes around all of it: '"My Schema".orders'`)
	}
	return at.problem(fault.Usage, "", "%s", msg)
}

// yamlReader turns the parser's tree into nodes.
type yamlReader struct {
	src      *source
	anchors  map[string]*node
	problems Problems
}

func (r *yamlReader) at(n ast.Node) place {
	p := place{src: r.src, line: 1, col: 1}
	if t := n.GetToken(); t != nil && t.Position != nil {
		p.line, p.col = t.Position.Line, max(1, t.Position.Column)
	}
	return p
}

func (r *yamlReader) add(n ast.Node, format string, args ...any) *noted {
	p := r.at(n).problem(fault.Usage, "", format, args...)
	r.problems = append(r.problems, p)
	return (*noted)(p)
}

// node converts one value; what cannot be used becomes null and a problem.
func (r *yamlReader) node(n ast.Node) *node {
	if n == nil {
		return &node{place: place{src: r.src, line: 1, col: 1}, kind: nullNode, empty: true}
	}
	at := r.at(n)
	scalar := func(text string, plain bool) *node {
		return &node{place: at, kind: scalarNode, text: text, plain: plain}
	}
	switch x := n.(type) {
	case *ast.StringNode:
		return scalar(x.Value, x.Token == nil || (x.Token.Type != token.SingleQuoteType && x.Token.Type != token.DoubleQuoteType))
	case *ast.LiteralNode:
		return scalar(x.Value.Value, false)
	case *ast.NullNode:
		out := &node{place: at, kind: nullNode, text: x.Token.Value, plain: true}
		out.empty = x.Token.Type == token.ImplicitNullType
		return out
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return scalar(n.GetToken().Value, true)
	case *ast.MappingNode:
		return r.mapping(n, x.Values)
	case *ast.MappingValueNode:
		return r.mapping(n, []*ast.MappingValueNode{x})
	case *ast.SequenceNode:
		out := &node{place: at, kind: listNode}
		for _, v := range x.Values {
			out.items = append(out.items, r.node(v))
		}
		return out
	case *ast.AnchorNode:
		out := r.node(x.Value)
		// Known only once complete, so that an anchor cannot hold itself.
		r.anchors[x.Name.GetToken().Value] = out
		return out
	case *ast.AliasNode:
		name := x.Value.GetToken().Value
		to, ok := r.anchors[name]
		if !ok {
			r.add(n, "*%s refers to an anchor that is not there", name).
				hint("set the anchor &%s above this line; text that starts with * needs quotes", name)
			break
		}
		out := *to
		out.place = at
		return &out
	case *ast.TagNode:
		if tag := x.Start.Value; tag != "!!str" {
			r.add(n, "the YAML tag %s is not supported", tag).hint("write the value without it")
		}
		out := r.node(x.Value)
		if out.kind == scalarNode || out.kind == nullNode && !out.empty {
			out.kind, out.plain = scalarNode, false
		}
		return out
	default:
		r.add(n, "this kind of YAML is not supported: %s", strings.ToLower(n.Type().YAMLName()))
	}
	return &node{place: at, kind: nullNode, empty: true, broken: true}
}

func (r *yamlReader) mapping(n ast.Node, values []*ast.MappingValueNode) *node {
	out := &node{place: r.at(n), kind: mapNode}
	seen := make(map[string]*node, len(values))
	for i, v := range values {
		if v.Key == nil || v.Key.Type() == ast.MergeKeyType {
			at := ast.Node(v)
			if v.Key != nil {
				at = v.Key
			}
			r.add(at, "YAML merge keys (<<) are not supported").hint("repeat the lines, or use a table pattern")
			continue
		}
		key := r.node(v.Key)
		if key.kind == mapNode || key.kind == listNode || key.empty || isExplicitKey(v.Key) {
			r.add(v.Key, "a key has to be a plain name")
			continue
		}
		if i == 0 && !isFlow(n) {
			out.place = key.place // a block map starts at its first key, not at the colon
		}
		if first, dup := seen[key.text]; dup {
			r.problems = append(r.problems, key.problem(fault.Usage, key.text, "this key is here twice; the first is at line %d", first.line))
			continue
		}
		seen[key.text] = key
		out.pairs = append(out.pairs, pair{key, r.node(v.Value)})
	}
	return out
}

func isExplicitKey(n ast.Node) bool { return n.Type() == ast.MappingKeyType }

func isFlow(n ast.Node) bool {
	m, ok := n.(*ast.MappingNode)
	return ok && m.IsFlowStyle
}

// yamlKey writes a name as a YAML scalar: bare where every reader takes it for
// the same text, quoted otherwise.
func yamlKey(s string) string {
	bare := s != ""
	for i, r := range s {
		ok := r == '_' || r == '.' || r == '$' && i > 0 || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && (r >= '0' && r <= '9' || r == '"' || r == '-')
		if !ok {
			bare = false
			break
		}
	}
	if bare && !reservedWords[strings.ToLower(s)] {
		return s
	}
	return yamlQuote(s)
}

// reservedWords are words that some reader of YAML takes for something else.
var reservedWords = map[string]bool{
	"null": true, "true": true, "false": true, "yes": true, "no": true, "on": true, "off": true, "y": true, "n": true,
	".": true, "..": true, ".inf": true, ".nan": true,
}

// yamlQuote writes text as a quoted scalar.
func yamlQuote(s string) string {
	printable := true
	for _, r := range s {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == utf8.RuneError || r == 0xfeff || r == 0x2028 || r == 0x2029 {
			printable = false
		}
	}
	if printable {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x100 && (r < ' ' || r >= 0x7f && r < 0xa0):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == 0xfeff || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
