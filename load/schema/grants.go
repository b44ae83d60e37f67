package schema

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
)

// giveGrants brings access lists and default privileges. It may be repeated.
// What cannot be given is reported and is no error; the error is one of the
// connection.
func (p *Plan) giveGrants(ctx context.Context, c *conn) error {
	if p.o.Facts == nil {
		p.reportAllGrants()
		return nil
	}
	lost := make(lostRoles)
	for i := range p.o.Facts.Grants {
		g := &p.o.Facts.Grants[i]
		if e := p.known.byOID[ref{g.Class, g.OID}]; e != nil && p.omitted(e) || g.Keyword == largeObject && !p.o.LargeObjects {
			continue
		}
		if err := p.giveOne(ctx, c, g, lost); err != nil {
			return err
		}
	}
	for i := range p.o.Facts.Defaults {
		if err := p.giveDefault(ctx, c, &p.o.Facts.Defaults[i], lost); err != nil {
			return err
		}
	}
	lost.report(p)
	return nil
}

// reportAllGrants is said where the source's grants were not read.
func (p *Plan) reportAllGrants() {
	n := 0
	for _, e := range p.a.Entries {
		if kindOf(e).fate == grant && !p.omitted(e) {
			n++
		}
	}
	if n > 0 {
		p.skip("grants", fmt.Sprintf("not read from the source; %d access lists are not carried", n))
	}
}

func (p *Plan) giveOne(ctx context.Context, c *conn, g *Grant, lost lostRoles) error {
	name := g.name()
	owner := func(role string) (string, bool) {
		if role == g.Owner {
			return p.target.owner, true
		}
		return p.role(role)
	}
	initial, items := g.Initial, g.Items
	if g.Foreign {
		owner = p.role
	}
	if g.Keyword == "SCHEMA" && g.Object == "public" {
		// Its owner stays, and what it starts with is the target's business.
		initial = []Item{{Privilege: "USAGE"}}
		if p.target.major < 15 {
			initial = append(initial, Item{Privilege: "CREATE"})
		}
		items = slices.DeleteFunc(slices.Clone(items), func(i Item) bool { return i.Role == g.Owner })
	}
	initial, items = p.widen(g.Keyword+"S", g.Column, initial), p.widen(g.Keyword+"S", g.Column, items)
	initial, _ = mapItems(initial, owner)
	items, missing := mapItems(items, owner)
	for _, role := range missing {
		lost.add(role, name)
	}
	column := ""
	if g.Column != "" {
		column = " (" + catalog.QuoteIdent(g.Column) + ")"
	}
	taken, given := minus(initial, items), minus(items, initial)
	sql := grantSQL("", column, g.Keyword+" "+g.Object, taken, given)
	if sql == "" {
		return nil
	}
	err := c.run(ctx, sql)
	state := catalog.SQLState(err)
	switch {
	case err == nil && !g.Foreign:
		return nil
	case err == nil:
		// Without the right to grant, the server only warns.
		ok, err := p.given(ctx, c, g, taken, given)
		if err != nil && !refused(catalog.SQLState(err)) {
			return err
		}
		if !ok {
			p.skip("grants on "+name, "only the owner of the object, an extension or the system, can give them")
		}
		return nil
	case !refused(state):
		return err
	case g.Foreign && state != stateInsufficientPrivilege:
		return nil // what it belongs to was left out
	}
	p.skip("grants on "+name, catalog.Redact(err).Error())
	return nil
}

// largeObject is the keyword of grants on large objects.
const largeObject = "LARGE OBJECT"

// name is the object as reports call it.
func (g *Grant) name() string {
	if first, more, many := strings.Cut(g.Object, ", "); g.Keyword == largeObject && many {
		return fmt.Sprintf("large object %s and %d more", first, strings.Count(more, ",")+1)
	}
	s := strings.ToLower(g.Keyword) + " " + printable(g.Object)
	if g.Keyword == "ROUTINE" {
		s = "function " + printable(g.Object)
	}
	if g.Column != "" {
		s += ", column " + catalog.Display(g.Column)
	}
	return s
}

// refused tells whether the server understood and said no, as opposed to a
// connection that broke or a server that is in trouble.
func refused(state string) bool {
	return strings.HasPrefix(state, "42") || strings.HasPrefix(state, "0L") || strings.HasPrefix(state, "0A") || strings.HasPrefix(state, "28")
}

// given tells whether the lists of an object that may not be ours are as wanted.
func (p *Plan) given(ctx context.Context, c *conn, g *Grant, taken, given []Item) (bool, error) {
	ask := func(i Item) (has bool, err error) {
		role, privilege := i.Role, i.Privilege
		if role == "" {
			role = "public"
		}
		if i.Grantable {
			privilege += " WITH GRANT OPTION"
		}
		var sql string
		args := []any{role, g.Object, privilege}
		switch {
		case g.Column != "":
			sql = "SELECT pg_catalog.has_column_privilege($1, $2::text, $4::text, $3)"
			args = append(args, g.Column)
		case g.Keyword == "SCHEMA", g.Keyword == "LANGUAGE":
			sql = "SELECT pg_catalog.has_schema_privilege($1, oid, $3) FROM pg_catalog.pg_namespace WHERE pg_catalog.quote_ident(nspname) = $2"
			if g.Keyword == "LANGUAGE" {
				sql = "SELECT pg_catalog.has_language_privilege($1, oid, $3) FROM pg_catalog.pg_language WHERE pg_catalog.quote_ident(lanname) = $2"
			}
		default:
			f := map[string]string{"ROUTINE": "function"}[g.Keyword]
			if f == "" {
				f = strings.ToLower(g.Keyword)
			}
			sql = "SELECT pg_catalog.has_" + f + "_privilege($1, $2::text, $3)"
		}
		err = c.QueryRow(ctx, sql, args...).Scan(&has)
		return has, err
	}
	for _, i := range given {
		if has, err := ask(i); err != nil || !has {
			return false, err
		}
	}
	for _, i := range taken {
		if i.Role != "" {
			continue // may have it by way of another role
		}
		if has, err := ask(i); err != nil || has {
			return false, err
		}
	}
	return true, nil
}

func (p *Plan) giveDefault(ctx context.Context, c *conn, d *DefaultGrant, lost lostRoles) error {
	name := "default privileges on " + strings.ToLower(d.Keyword)
	if d.Schema != "" {
		name += " in schema " + catalog.Display(d.Schema)
		if e := p.known.schemas[d.Schema]; e != nil && p.omitted(e) {
			return nil
		}
	}
	creator, ok := p.o.Roles[d.Role]
	if !ok && slices.Contains(p.o.Facts.Owners, d.Role) {
		creator, ok = p.target.owner, true
	}
	if !ok {
		creator, ok = d.Role, p.target.roles[d.Role]
	}
	if !ok {
		lost.add(d.Role, name)
		return nil
	}
	as := func(role string) (string, bool) {
		if role == d.Role {
			return creator, true
		}
		return p.role(role)
	}
	initial, _ := mapItems(p.widen(d.Keyword, "", d.Initial), as)
	items, missing := mapItems(p.widen(d.Keyword, "", d.Items), as)
	for _, role := range missing {
		lost.add(role, name)
	}
	prefix := "ALTER DEFAULT PRIVILEGES "
	if creator != p.target.owner {
		prefix += "FOR ROLE " + catalog.QuoteIdent(creator) + " "
	}
	if d.Schema != "" {
		prefix += "IN SCHEMA " + catalog.QuoteIdent(d.Schema) + " "
	}
	sql := grantSQL(prefix, "", d.Keyword, minus(initial, items), minus(items, initial))
	if sql == "" {
		return nil
	}
	if err := c.run(ctx, sql); err != nil {
		if !refused(catalog.SQLState(err)) {
			return err
		}
		p.skip(name+" created by "+catalog.Display(d.Role), catalog.Redact(err).Error())
	}
	return nil
}

// maintainSince is the version that has brought the privilege MAINTAIN.
const maintainSince = 17

// widen adds the privilege that a newer target knows and the source does not:
// whoever has all that the source knows of has ALL, as pg_dump writes it, and
// whoever lacks one gets no more than is listed.
func (p *Plan) widen(keyword, column string, items []Item) []Item {
	if keyword != "TABLES" || column != "" || p.o.SourceMajor >= maintainSince || p.target.major < maintainSince {
		return items
	}
	out := slices.Clone(items)
	for _, i := range items {
		if i.Privilege != "SELECT" {
			continue
		}
		all := !slices.ContainsFunc([]string{"INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"}, func(other string) bool {
			return !slices.Contains(items, Item{Role: i.Role, Privilege: other, Grantable: i.Grantable})
		})
		if all {
			out = append(out, Item{Role: i.Role, Privilege: "MAINTAIN", Grantable: i.Grantable})
		}
	}
	return out
}

// mapItems gives every item its role on the target. Items without one are left
// out, their roles returned.
func mapItems(items []Item, role func(string) (string, bool)) (out []Item, missing []string) {
	for _, i := range items {
		if i.Role != "" {
			to, ok := role(i.Role)
			if !ok {
				if !slices.Contains(missing, i.Role) {
					missing = append(missing, i.Role)
				}
				continue
			}
			i.Role = to
		}
		out = append(out, i)
	}
	return out, missing
}

// minus are the items of a that b does not have.
func minus(a, b []Item) []Item {
	var out []Item
	for _, i := range a {
		if !slices.Contains(b, i) && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// grantSQL takes first and gives then: a privilege that loses its grant option
// is in both lists. One statement for each role; column follows each privilege.
func grantSQL(prefix, column, object string, taken, given []Item) string {
	type to struct {
		role      string
		grantable bool
	}
	privileges := func(items []Item) ([]to, map[to][]string) {
		m := make(map[to][]string)
		for _, i := range items {
			k := to{i.Role, i.Grantable}
			m[k] = append(m[k], i.Privilege)
		}
		keys := slices.SortedFunc(maps.Keys(m), func(a, b to) int {
			if a.role == b.role && a.grantable != b.grantable {
				if b.grantable {
					return -1
				}
				return 1
			}
			return strings.Compare(a.role, b.role)
		})
		return keys, m
	}
	list := func(ps []string) string { return strings.Join(ps, column+", ") + column + " ON " + object }
	var b strings.Builder
	keys, m := privileges(taken)
	for _, k := range keys {
		fmt.Fprintf(&b, "%sREVOKE %s FROM %s;\n", prefix, list(m[k]), roleSQL(k.role))
	}
	keys, m = privileges(given)
	for _, k := range keys {
		fmt.Fprintf(&b, "%sGRANT %s TO %s", prefix, list(m[k]), roleSQL(k.role))
		if k.grantable {
			b.WriteString(" WITH GRANT OPTION")
		}
		b.WriteString(";\n")
	}
	return b.String()
}

// lostRoles are roles that the target does not have, with what was granted to
// them. They are reported by role: there may be thousands of grants to each.
type lostRoles map[string][]string

func (l lostRoles) add(role, object string) { l[role] = append(l[role], object) }

func (l lostRoles) report(p *Plan) {
	const shown = 3
	for role, objects := range l {
		what := strings.Join(objects[:min(shown, len(objects))], ", ")
		if more := len(objects) - shown; more > 0 {
			what += fmt.Sprintf(" and %d more", more)
		}
		p.skip("grants to role "+catalog.Display(role), "the role does not exist on the target; it had rights on "+what)
	}
}
