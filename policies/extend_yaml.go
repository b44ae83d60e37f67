package policies

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// yamlEdit inserts lines into a policy file's text and leaves every other byte
// as it is.
type yamlEdit struct {
	lines []string // without their ends
	eol   string
	last  bool // the last line has an end
	root  ast.Node
}

func newYAMLEdit(name string, text []byte) (*yamlEdit, error) {
	y := &yamlEdit{eol: "\n"}
	s := string(text)
	if strings.Contains(s, "\r\n") {
		if strings.Count(s, "\r\n") != strings.Count(s, "\n") {
			return nil, errors.New("its lines end in two ways; make them all alike")
		}
		y.eol = "\r\n"
	}
	y.lines = strings.Split(s, y.eol)
	if n := len(y.lines); y.lines[n-1] == "" {
		y.lines, y.last = y.lines[:n-1], true
	}
	return y, y.parse(name)
}

func (y *yamlEdit) parse(name string) error {
	file, err := parse([]byte(strings.TrimPrefix(strings.Join(y.lines, "\n"), "\xef\xbb\xbf")))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	y.root = nil
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.DirectiveType {
			y.root = doc.Body
			break
		}
	}
	return nil
}

func (y *yamlEdit) bytes() []byte {
	s := strings.Join(y.lines, y.eol)
	if y.last && len(y.lines) > 0 {
		s += y.eol
	}
	return []byte(s)
}

// mappingOf is the map that a value is, also behind an anchor.
func mappingOf(n ast.Node) (pairs []*ast.MappingValueNode, flow *ast.MappingNode) {
	switch x := n.(type) {
	case *ast.MappingNode:
		if x.IsFlowStyle {
			flow = x
		}
		return x.Values, flow
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{x}, nil
	case *ast.AnchorNode:
		return mappingOf(x.Value)
	}
	return nil, nil
}

func child(n ast.Node, key string) *ast.MappingValueNode {
	pairs, _ := mappingOf(n)
	for _, p := range pairs {
		if p.Key != nil && p.Key.GetToken() != nil && p.Key.GetToken().Value == key {
			return p
		}
	}
	return nil
}

// insert puts lines before the line of index at.
func (y *yamlEdit) insert(at int, lines []string) {
	y.lines = append(y.lines[:at:at], append(lines, y.lines[at:]...)...)
	if at+len(lines) == len(y.lines) {
		y.last = true
	}
}

func (y *yamlEdit) atEnd(line string) { y.insert(len(y.lines), []string{line}) }

// blockEnd is the index behind the last line of the block map below a key:
// before blank lines and comments that stand further left.
func (y *yamlEdit) blockEnd(key *ast.MappingValueNode) int {
	pos := key.Key.GetToken().Position
	end := pos.Line
	for i := pos.Line; i < len(y.lines); i++ {
		text := strings.TrimLeft(y.lines[i], " ")
		indent := len(y.lines[i]) - len(text)
		if strings.TrimSpace(text) == "" {
			continue
		}
		if indent < pos.Column {
			if strings.HasPrefix(text, "#") {
				continue
			}
			break
		}
		end = i + 1
	}
	return end
}

// addWaivers writes items to the end of the waive list, which it starts if there
// is none.
func (y *yamlEdit) addWaivers(name string, items []string) error {
	if err := y.parse(name); err != nil { // lines may have been added above
		return err
	}
	indented := func(indent string) []string {
		out := make([]string, len(items))
		for i, item := range items {
			out[i] = indent + item
		}
		return out
	}
	key := child(y.root, "waive")
	if key == nil {
		y.insert(len(y.lines), append([]string{"waive:"}, indented("  ")...))
		return nil
	}
	switch list := key.Value.(type) {
	case *ast.NullNode:
		y.insert(key.Key.GetToken().Position.Line, indented("  "))
		return nil
	case *ast.SequenceNode:
		if list.IsFlowStyle {
			break
		}
		dash := list.Start.Position
		y.insert(y.listEnd(dash.Line, dash.Column-1), indented(strings.Repeat(" ", dash.Column-1)))
		return nil
	}
	return errors.New("waive is not a list of lines that begin with a dash")
}

// listEnd is the index behind the last line of a block list whose first dash
// stands in a line, at an indentation.
func (y *yamlEdit) listEnd(line, indent int) int {
	end := line
	for i := line; i < len(y.lines); i++ {
		text := strings.TrimLeft(y.lines[i], " ")
		if strings.TrimSpace(text) == "" {
			continue
		}
		if depth := len(y.lines[i]) - len(text); depth < indent || depth == indent && !strings.HasPrefix(text, "-") {
			if strings.HasPrefix(text, "#") {
				continue
			}
			break
		}
		end = i + 1
	}
	return end
}

// indentOf is the indentation of a block map's keys.
func indentOf(pairs []*ast.MappingValueNode) string {
	return strings.Repeat(" ", pairs[0].Key.GetToken().Position.Column-1)
}

// inFlow writes text before the closing brace of a flow map.
func (y *yamlEdit) inFlow(m *ast.MappingNode, text string) error {
	if m.End == nil || m.End.Position == nil {
		return errors.New("the map in braces cannot be extended")
	}
	i := m.End.Position.Line - 1
	if i < 0 || i >= len(y.lines) {
		return errors.New("the map in braces cannot be extended")
	}
	line := []rune(y.lines[i])
	at := m.End.Position.Column - 1
	if at < 0 || at >= len(line) || line[at] != '}' {
		return errors.New("the map in braces cannot be extended")
	}
	before := strings.TrimRight(string(line[:at]), " ")
	gap := string(line[len([]rune(before)):at])
	if gap == "" && len(m.Values) == 0 {
		gap = " "
	}
	switch {
	case len(m.Values) == 0:
		before += " "
	case strings.HasSuffix(before, ","):
		before += " "
	default:
		before += ", "
	}
	y.lines[i] = before + text + gap + string(line[at:])
	return nil
}

// flowRules are columns' rules inside braces, where no comment fits.
func (t *proposal) flowRules() string {
	var out []string
	for _, d := range t.columns {
		out = append(out, yamlKey(d.col.Name)+": "+d.choice().yaml(d.leader()))
	}
	return strings.Join(out, ", ")
}

// addColumns puts rules into the entry of that key.
func (y *yamlEdit) addColumns(entry string, t *proposal) error {
	tables := child(y.root, "tables")
	if tables == nil {
		return errors.New("it has no tables")
	}
	e := child(tables.Value, entry)
	if e == nil {
		return errors.New("its entry is not found")
	}
	pairs, flow := mappingOf(e.Value)
	columns := child(e.Value, "columns")
	if columns == nil {
		if flow != nil {
			return y.inFlow(flow, "columns: { "+t.flowRules()+" }")
		}
		if len(pairs) == 0 {
			return errors.New("its entry is not a map")
		}
		indent := indentOf(pairs)
		y.insert(y.blockEnd(e), append([]string{indent + "columns:"}, t.columnLines(indent+"  ")...))
		return nil
	}
	rules, flow := mappingOf(columns.Value)
	switch {
	case flow != nil:
		return y.inFlow(flow, t.flowRules())
	case len(rules) > 0:
		y.insert(y.blockEnd(columns), t.columnLines(indentOf(rules)))
	case columns.Value == nil || columns.Value.Type() == ast.NullType:
		at := columns.Key.GetToken().Position
		y.insert(at.Line, t.columnLines(strings.Repeat(" ", at.Column+1)))
	default:
		return errors.New("columns is not a map")
	}
	return nil
}

// addTables puts entries behind the last one.
func (y *yamlEdit) addTables(tables []*proposal) error {
	section := child(y.root, "tables")
	entries := func(indent string) []string {
		var out []string
		for _, t := range tables {
			out = append(out, strings.Split(strings.TrimRight(t.yaml(indent), "\n"), "\n")...)
		}
		return out
	}
	if section == nil {
		y.insert(len(y.lines), append([]string{"tables:"}, entries("  ")...))
		return nil
	}
	pairs, flow := mappingOf(section.Value)
	switch {
	case flow != nil && len(pairs) == 0 && flow.Start != nil && flow.End != nil && flow.Start.Position.Line == flow.End.Position.Line:
		// tables: {} becomes a block.
		i, line := flow.Start.Position.Line-1, []rune(y.lines[flow.Start.Position.Line-1])
		if flow.End.Position.Column > len(line) {
			return errors.New("the map in braces cannot be extended")
		}
		y.lines[i] = strings.TrimRight(string(line[:flow.Start.Position.Column-1]), " ") + string(line[flow.End.Position.Column:])
		y.insert(section.Key.GetToken().Position.Line, entries("  "))
	case flow != nil:
		var out []string
		for _, t := range tables {
			entry := "rows: all"
			switch {
			case t.rows != "":
				entry = "rows: none"
			case len(t.columns) > 0:
				entry = "columns: { " + t.flowRules() + " }"
			}
			if t.subject != "" && t.rows == "" {
				entry = "subject: " + yamlQuote(t.subject) + ", " + entry
			}
			out = append(out, yamlKey(tableKey(t.owner.table.Name))+": { "+entry+" }")
		}
		return y.inFlow(flow, strings.Join(out, ", "))
	case len(pairs) > 0:
		y.insert(y.blockEnd(section), entries(indentOf(pairs)))
	default:
		y.insert(section.Key.GetToken().Position.Line, entries("  "))
	}
	return nil
}
