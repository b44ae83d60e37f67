package catalog

import "testing"

// A composite that holds an array of itself must not send us round for ever.
func TestBinaryCopyOfTypesThatHoldThemselves(t *testing.T) {
	t.Parallel()
	text := &Type{Name: Name{"pg_catalog", "text"}, Kind: 'b', HasBinary: true}
	node := &Type{Name: Name{"public", "node"}, Kind: 'c', HasBinary: true}
	nodes := &Type{Name: Name{"public", "_node"}, Kind: 'b', Array: true, Elem: node, HasBinary: true}
	node.Fields = []*Field{{Name: "children", Type: nodes}, {Name: "v", Type: text}}
	if !node.BinaryCopy() || !nodes.BinaryCopy() {
		t.Error("a type that holds itself has a binary form if its parts have")
	}
	text.HasBinary = false
	if node.BinaryCopy() || nodes.BinaryCopy() {
		t.Error("a part without a binary form is overlooked")
	}
}

// The server's own send and receive functions do not agree about these.
func TestBinaryCopyOfTypesThatDoNotComeBack(t *testing.T) {
	t.Parallel()
	query := &Type{Name: Name{"pg_catalog", "tsquery"}, Kind: 'b', HasBinary: true}
	own := &Type{Name: Name{"public", "tsquery"}, Kind: 'b', HasBinary: true}
	for _, c := range []struct {
		what string
		typ  *Type
		want bool
	}{
		{"tsquery", query, false},
		{"an array of it", &Type{Kind: 'b', Array: true, Elem: query, HasBinary: true}, false},
		{"a domain over it", &Type{Kind: 'd', Base: query, HasBinary: true}, false},
		{"a composite with it", &Type{Kind: 'c', Fields: []*Field{{Name: "q", Type: query}}, HasBinary: true}, false},
		{"int2vector", &Type{Name: Name{"pg_catalog", "int2vector"}, Kind: 'b', HasBinary: true}, false},
		{"oidvector", &Type{Name: Name{"pg_catalog", "oidvector"}, Kind: 'b', HasBinary: true}, false},
		{"another type of that name", own, true},
	} {
		if got := c.typ.BinaryCopy(); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}

func TestPortableHash(t *testing.T) {
	t.Parallel()
	text := &Type{Name: Name{"pg_catalog", "text"}, Kind: 'b'}
	mood := &Type{Name: Name{"public", "mood"}, Kind: 'e'}
	node := &Type{Kind: 'c'}
	node.Fields = []*Field{{Type: &Type{Kind: 'b', Array: true, Elem: node}}, {Type: text}}
	for _, c := range []struct {
		what string
		typ  *Type
		want bool
	}{
		{"text", text, true},
		{"an enum", mood, false},
		{"a domain over an enum", &Type{Kind: 'd', Base: mood}, false},
		{"an array of enums", &Type{Kind: 'b', Array: true, Elem: mood}, false},
		{"a composite with an enum", &Type{Kind: 'c', Fields: []*Field{{Type: text}, {Type: mood}}}, false},
		{"regclass", &Type{Name: Name{"pg_catalog", "regclass"}, Kind: 'b', RegAlias: true}, false},
		{"a domain with a collation of its own rules", &Type{Kind: 'd', Base: text, NonDetColl: true}, false},
		{"a composite that holds itself", node, true},
	} {
		if got := c.typ.PortableHash(); got != c.want {
			t.Errorf("%s: %t", c.what, got)
		}
	}
}

func TestMaxChars(t *testing.T) {
	t.Parallel()
	varchar := &Type{Name: Name{"pg_catalog", "varchar"}, Kind: 'b'}
	bpchar := &Type{Name: Name{"pg_catalog", "bpchar"}, Kind: 'b'}
	text := &Type{Name: Name{"pg_catalog", "text"}, Kind: 'b'}
	own := &Type{Name: Name{"public", "varchar"}, Kind: 'b'}
	inner := &Type{Kind: 'd', Base: varchar, BaseMod: 24}
	outer := &Type{Kind: 'd', Base: inner, BaseMod: -1}
	for _, c := range []struct {
		typ  *Type
		mod  int32
		want int
	}{
		{varchar, 34, 30}, {varchar, -1, 0}, {bpchar, 5, 1}, {text, -1, 0}, {own, 34, 0}, {inner, -1, 20}, {outer, -1, 20}, {nil, -1, 0},
	} {
		if got := MaxChars(&Column{Type: c.typ, TypMod: c.mod}); got != c.want {
			t.Errorf("got %d, want %d", got, c.want)
		}
	}
}
