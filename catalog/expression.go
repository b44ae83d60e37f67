package catalog

import "strings"

// Settled is an expression as the server prints it once it has read its own
// print: x IN ('a', 'b') of a varchar is stored with the cast around the array,
// (ARRAY['a'::character varying, …])::text[], and printed so; read again, the
// cast goes into the elements. extract('YEAR' FROM t) is printed as EXTRACT(YEAR
// FROM t), which is read as year. A constant without a name in a sub-select,
// EXISTS (SELECT 'x'), is printed with its type, 'x'::text, which is read as a
// column of the type's name, 'x'::text AS text. A database that was restored
// once prints the second form for good; here such names are left out.
func Settled(expr string) string {
	if !strings.Contains(expr, castOpening) && !strings.Contains(expr, extractOpening) && !strings.Contains(expr, " AS ") {
		return expr
	}
	var out strings.Builder
	for i := 0; i < len(expr); {
		if end := quoteEnd(expr, i); end > i {
			out.WriteString(expr[i:end])
			i = end
			continue
		}
		if typ, end := castName(expr, i); end > 0 {
			out.WriteString("::" + typ)
			i = end
			continue
		}
		if n := extractEnd(expr[i:]); n > 0 {
			out.WriteString(extractOpening + strings.ToLower(expr[i+len(extractOpening):i+n]))
			i += n
			continue
		}
		elements, typ, end := castArray(expr, i)
		if end == 0 {
			out.WriteByte(expr[i])
			i++
			continue
		}
		writeElements(&out, elements, typ)
		i = end
	}
	return out.String()
}

const (
	castOpening    = "(ARRAY["
	extractOpening = "EXTRACT("
)

// castName reads ::type AS name at i, where the name is the one that a column
// has of a cast to the type; end is 0 if there is something else.
func castName(expr string, i int) (typ string, end int) {
	rest, ok := strings.CutPrefix(expr[i:], "::")
	if !ok {
		return "", 0
	}
	at := strings.Index(rest[:min(len(rest), longestType)], " AS ")
	if at < 0 || typeEnd(rest[:at]) != at {
		return "", 0
	}
	typ = rest[:at]
	name := typ
	if p := strings.IndexByte(name, '('); p >= 0 { // a modifier, perhaps in the middle: timestamp(3) with time zone
		if q := strings.IndexByte(name[p:], ')'); q >= 0 {
			name = name[:p] + name[p+q+1:]
		}
	}
	name = strings.TrimSuffix(name, "[]")
	if internal, ok := internalNames[name]; ok {
		name = internal
	} else if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		name = name[dot+1:]
	}
	name = strings.Trim(name, `"`)
	from := i + len("::") + at + len(" AS ")
	to := from
	if q := quoteEnd(expr, from); q > from {
		to = q
	} else {
		for to < len(expr) && isNamePart(expr[to]) {
			to++
		}
	}
	if strings.Trim(expr[from:to], `"`) != name {
		return "", 0
	}
	return typ, to
}

// longestType is more than a schema's and a type's name with a modifier take.
const longestType = 300

// internalNames are names of types in pg_type that SQL calls otherwise.
var internalNames = map[string]string{
	"character varying": "varchar", "character": "bpchar", "integer": "int4", "bigint": "int8", "smallint": "int2", "boolean": "bool",
	"double precision": "float8", "real": "float4", "bit varying": "varbit",
	"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp", "time with time zone": "timetz", "time without time zone": "time",
}

func isNamePart(c byte) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

// extractEnd is the length of EXTRACT( and the field behind it, 0 if s begins
// with something else.
func extractEnd(s string) int {
	if !strings.HasPrefix(s, extractOpening) {
		return 0
	}
	n := strings.Index(s, " FROM ")
	if n < 0 || strings.ContainsAny(s[len(extractOpening):n], `'"() `) {
		return 0
	}
	return n
}

// castArray reads (ARRAY[…])::type[] at i; end is 0 if there is something else.
func castArray(expr string, i int) (elements []string, typ string, end int) {
	if !strings.HasPrefix(expr[i:], castOpening) {
		return nil, "", 0
	}
	elements, i = arrayElements(expr, i+len(castOpening))
	rest, ok := strings.CutPrefix(expr[i:], ")::")
	if !ok {
		return nil, "", 0
	}
	n := typeEnd(rest)
	typ, ok = strings.CutSuffix(rest[:n], "[]")
	if !ok {
		return nil, "", 0
	}
	return elements, typ, i + len(")::") + n
}

// arrayElements splits what stands before the bracket that closes an array,
// and answers the position after it.
func arrayElements(expr string, i int) (elements []string, end int) {
	from, depth := i, 0
	for i < len(expr) {
		if end := quoteEnd(expr, i); end > i {
			i = end
			continue
		}
		switch c := expr[i]; {
		case c == '(' || c == '[':
			depth++
		case c == ']' && depth == 0:
			return append(elements, strings.TrimSpace(expr[from:i])), i + 1
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			elements = append(elements, strings.TrimSpace(expr[from:i]))
			from = i + 1
		}
		i++
	}
	return nil, len(expr)
}

// writeElements writes an array whose elements have the cast, those of arrays
// within it too.
func writeElements(out *strings.Builder, elements []string, typ string) {
	out.WriteString("ARRAY[")
	for n, e := range elements {
		if n > 0 {
			out.WriteString(", ")
		}
		if inner, ok := strings.CutPrefix(e, "ARRAY["); ok {
			if within, end := arrayElements(inner, 0); end == len(inner) {
				writeElements(out, within, typ)
				continue
			}
		}
		out.WriteString("(" + Settled(e) + ")::" + typ)
	}
	out.WriteByte(']')
}

// typeEnd is the length of the name of a type, with its modifier and brackets.
func typeEnd(s string) int {
	i := 0
	for i < len(s) {
		if end := quoteEnd(s, i); end > i && s[i] == '"' {
			i = end
			continue
		}
		switch c := s[i]; {
		case c == '[' && strings.HasPrefix(s[i:], "[]"):
			for strings.HasPrefix(s[i:], "[]") {
				i += 2
			}
			return i
		case c == '(':
			closing := strings.IndexByte(s[i:], ')')
			if closing < 0 {
				return i
			}
			i += closing
		case c == ' ' || c == '.' || isNamePart(c):
		default:
			return i
		}
		i++
	}
	return i
}

// quoteEnd is the position after the literal or quoted name that begins at i,
// or i. A backslash counts in E'…' only, which is how the server prints those
// that have one.
func quoteEnd(s string, i int) int {
	q := s[i]
	if q != '\'' && q != '"' {
		return i
	}
	escapes := q == '\'' && i > 0 && s[i-1] == 'E'
	for i++; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] != q:
		case i+1 < len(s) && s[i+1] == q:
			i++
		default:
			return i + 1
		}
	}
	return len(s)
}
