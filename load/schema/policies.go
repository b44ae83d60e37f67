package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// policySQL is the statement that creates a row security policy on the target:
// its definition as it is where all its roles exist under their own names,
// else one with the roles mapped. Empty: none of its roles exists, so that it
// would apply to nobody; what is lost is reported.
func (p *Plan) policySQL(e *archive.Entry) string {
	i := -1
	if p.o.Facts != nil {
		i = slices.IndexFunc(p.o.Facts.Policies, func(x Policy) bool { return x.OID == e.OID })
	}
	if i < 0 || len(p.o.Facts.Policies[i].Roles) == 0 {
		return e.Defn
	}
	policy := &p.o.Facts.Policies[i]
	var roles []string
	for _, r := range policy.Roles {
		to, ok := p.role(r)
		if !ok {
			p.skip(p.known.object(e)+" for role "+catalog.Display(r), "the role does not exist on the target")
			continue
		}
		roles = append(roles, to)
	}
	slices.Sort(roles)
	roles = slices.Compact(roles)
	switch {
	case len(roles) == 0:
		return ""
	case slices.Equal(roles, policy.Roles):
		return e.Defn
	}
	return policy.sql(roles)
}

func (x *Policy) sql(roles []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE POLICY %s ON %s", catalog.QuoteIdent(x.Name), x.Table.SQL())
	if !x.Permissive {
		b.WriteString(" AS RESTRICTIVE")
	}
	fmt.Fprintf(&b, " FOR %s TO %s", x.Command, rolesSQL(roles))
	// The expressions are the server's own, written by pg_get_expr.
	if x.Using != "" {
		b.WriteString(" USING (" + x.Using + ")")
	}
	if x.Check != "" {
		b.WriteString(" WITH CHECK (" + x.Check + ")")
	}
	return b.String()
}
