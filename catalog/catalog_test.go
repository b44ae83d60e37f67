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
