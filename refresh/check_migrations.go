package refresh

import (
	"context"
	"errors"
	"fmt"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/migrations"
	"github.com/understudy-db/understudy/policies"
)

// CheckMigrations compares the policy with the schema that a folder of
// golang-migrate's files makes of an empty database: on the server of a URL, or
// where that is empty on a throw-away one. Neither source, target nor key is
// asked. A gap is placed where the migration made it. Tables are empty there,
// so that ranges which are only too small for production's rows are not found.
func CheckMigrations(ctx context.Context, o Options, dir string, server catalog.DSN) (c *Checked, err error) {
	o.fill()
	policy, err := loadPolicy(o.Config)
	if err != nil {
		return nil, err
	}
	scratch, err := migrations.OpenScratch(ctx, server)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	built, err := scratch.Build(ctx, dir)
	if err != nil {
		return nil, err
	}
	o.scratch = scratch.DSN
	warn := o.Observer.Warn
	o.Observer.Warn = func(string) {} // of a source's rights and settings, which a scratch database has none of
	source, err := openSource(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	o.Observer.Warn = warn
	b, err := bind(ctx, source, o.Config, policy, nil)
	if problems := policies.AsProblems(err); problems != nil {
		return nil, placed(problems, built)
	}
	if err != nil {
		return nil, err
	}
	used, warned, err := refusals(ctx, &o, source, policy, b)
	if problems := policies.AsProblems(err); problems != nil {
		return nil, placed(problems, built)
	}
	if err != nil {
		return nil, err
	}
	c = checked(b)
	c.Waivers, c.Warnings = used, append(c.Warnings, warned...)
	c.Version, c.Files = int64(built.Version), built.Files
	return c, nil
}

// placed moves gaps to where a migration made them: a problem for each column.
func placed(problems policies.Problems, built *migrations.Built) policies.Problems {
	var out policies.Problems
	for _, p := range problems {
		if p.Gap == nil {
			out = append(out, p)
			continue
		}
		if len(p.Gap.Columns) == 0 {
			if at, ok := built.Table(p.Gap.Table); ok {
				p.MoveTo(at.File, at.Line, at.Col, at.Text)
			}
			out = append(out, p)
			continue
		}
		policy := p.Place()
		for i, column := range p.Gap.Columns {
			q := *p
			q.Gap = &policies.Gap{Table: p.Gap.Table, Columns: []string{column}}
			q.Where, q.Msg = p.Gap.Table.String()+"."+catalog.Display(column), "this column is not in the policy"
			if i > 0 {
				q.Hint = "" // the first one's names the lines for all
			} else if policy != "" {
				q.Hint = fmt.Sprintf("in %s, %s", policy, p.Hint)
			}
			if at, ok := built.Column(p.Gap.Table, column); ok {
				q.MoveTo(at.File, at.Line, at.Col, at.Text)
			}
			out = append(out, &q)
		}
	}
	out.Sort()
	return out
}
