package catalog

// lengthHeader is what varchar's and char's type modifier has on top of the
// length.
const lengthHeader = 4

// MaxChars is the length limit of a column in characters: n of varchar(n) and
// char(n), also below domains. 0 means no limit.
func MaxChars(c *Column) int {
	t, mod := c.Type, c.TypMod
	for t != nil && t.Kind == 'd' && t.Base != nil {
		// A domain's column has no modifier of its own.
		t, mod = t.Base, t.BaseMod
	}
	if t == nil || t.Name.Schema != "pg_catalog" || t.Name.Name != "varchar" && t.Name.Name != "bpchar" {
		return 0
	}
	return max(int(mod)-lengthHeader, 0)
}
