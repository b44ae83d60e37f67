package refresh

import (
	"context"
	"errors"
	"fmt"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
)

// Finding is one thing that doctor found out about either side.
type Finding struct {
	Side     string `json:"side"`     // source, target, key
	Severity string `json:"severity"` // refuse, warn, note
	Subject  string `json:"subject,omitempty"`
	Message  string `json:"message"`
	Fix      string `json:"fix,omitempty"` // a statement or command to paste, or words
}

// Diagnosis is what doctor has to say.
type Diagnosis struct {
	Source   string    `json:"source,omitempty"` // what answered, in words
	Target   string    `json:"target,omitempty"`
	Space    string    `json:"space,omitempty"`
	Findings []Finding `json:"findings"`
}

// Refused tells whether a refresh would be refused as things are.
func (d *Diagnosis) Refused() bool {
	for _, f := range d.Findings {
		if f.Severity == "refuse" {
			return true
		}
	}
	return false
}

// Doctor looks at both sides without reading a row and without writing. What
// cannot be examined is a finding, so that one side's failure does not hide
// the other's.
func Doctor(ctx context.Context, o Options) *Diagnosis {
	o.fill()
	d := &Diagnosis{}
	if _, err := o.Config.Key(ctx); err != nil {
		d.failed("key", err)
	}
	d.source(ctx, &o)
	d.target(ctx, &o)
	return d
}

func (d *Diagnosis) add(side, severity, subject, msg, fix string) {
	d.Findings = append(d.Findings, Finding{side, severity, subject, msg, fix})
}

// failed notes that something could not be examined.
func (d *Diagnosis) failed(side string, err error) {
	hint := ""
	var f *fault.Error
	if errors.As(err, &f) {
		hint = f.Hint
	}
	d.add(side, "refuse", "", err.Error(), hint)
}

func (d *Diagnosis) source(ctx context.Context, o *Options) {
	cfg, err := sourceConfig(ctx, o)
	if err != nil {
		d.failed("source", err)
		return
	}
	p, err := extract.Probe(ctx, cfg)
	if err != nil {
		d.failed("source", err)
		return
	}
	kind := "primary"
	if p.Standby {
		kind = fmt.Sprintf("standby, %s behind", p.Lag)
	}
	d.Source = fmt.Sprintf("PostgreSQL %s, %s, database %s as %s", p.Version, kind, catalog.Display(p.Database), catalog.Display(p.Role))
	for _, f := range p.Findings {
		d.add("source", f.Severity.String(), f.Subject, f.Msg, f.Fix)
	}
}

func (d *Diagnosis) target(ctx context.Context, o *Options) {
	target, err := openTarget(ctx, o, true)
	if err != nil {
		d.failed("target", err)
		return
	}
	defer target.Close()
	d.Target = target.Describe()
	findings, err := target.Rights(ctx)
	if err != nil {
		d.failed("target", err)
		return
	}
	d.rights(findings)
	if d.Source == "" {
		return
	}
	source, err := openSource(ctx, o)
	if err != nil {
		return // told already
	}
	defer source.Close()
	if err := proveApart(ctx, target, source); err != nil {
		d.failed("target", err)
	}
	space, err := target.Preflight(ctx, source.Catalog())
	if err != nil {
		d.failed("target", err)
		return
	}
	d.Space = space.String()
	extensions, err := target.Extensions(ctx, source.Catalog(), o.Config.Extensions.Skip)
	if err != nil {
		d.failed("target", err)
	}
	d.rights(extensions)
}

// rights adds what a look at the target turned up.
func (d *Diagnosis) rights(findings []load.Finding) {
	for _, f := range findings {
		severity := "warn"
		if f.Refuses {
			severity = "refuse"
		}
		d.add("target", severity, "", f.Msg, f.Fix)
	}
}
