package migrations

import (
	"html/template"
	"io"
	"slices"
	"strings"
)

// bar is one lock on the timeline of a file, in per cent of the file's time.
type bar struct {
	Left, Width float64
	Class       string
	Title       string
}

// track is one relation on the timeline.
type track struct {
	Relation string
	Bars     []bar
}

// page is a report with what its HTML form needs besides.
type page struct {
	*Report
	All []*Finding
}

// Timeline is when which relation was locked while a version ran.
func (m *Result) Timeline() []track {
	total := m.CommitMS
	for _, s := range m.Statements {
		total = max(total, s.StartMS+s.MS)
		for _, l := range s.Locks {
			total = max(total, l.StartMS+l.HeldMS)
		}
	}
	if total == 0 {
		return nil
	}
	byRelation := map[string][]bar{}
	for _, s := range m.Statements {
		for _, l := range s.Locks {
			class := "weak"
			switch {
			case blocksReads(l.Mode):
				class = "reads"
			case blocksWrites(l.Mode):
				class = "writes"
			}
			byRelation[l.Relation] = append(byRelation[l.Relation], bar{100 * l.StartMS / total, max(100*l.HeldMS/total, 0.4), class, l.Mode + ", " + msText(l.HeldMS)})
		}
	}
	var out []track
	for rel, bars := range byRelation {
		out = append(out, track{rel, bars})
	}
	slices.SortFunc(out, func(a, b track) int { return strings.Compare(a.Relation, b.Relation) })
	return out
}

// Felt are the statements that others feel or that take their time.
func (m *Result) Felt() (out []*StatementResult) {
	for _, s := range m.Statements {
		if len(s.Blocked) > 0 || s.MS >= 50 || s.Failure != nil {
			out = append(out, s)
		}
	}
	return out
}

// ReadMS is the longest that reads of a relation wait for a statement.
func (s *StatementResult) ReadMS() (v float64) {
	for _, b := range s.Blocked {
		v = max(v, b.ReadMS)
	}
	return v
}

// WriteMS is the longest that writes of a relation wait for a statement.
func (s *StatementResult) WriteMS() (v float64) {
	for _, b := range s.Blocked {
		v = max(v, b.WriteMS)
	}
	return v
}

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"ms": msText, "join": strings.Join, "bytes": func(n *int64) string {
		if n == nil {
			return "–"
		}
		return bytesText(*n)
	},
}).Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Rehearsal of {{.Path}}</title>
<style>
body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em;color:#222;background:#fff}
h1{font-size:1.3em}h2{font-size:1.05em;margin:1.6em 0 .3em}
.passed{color:#176b2c}.failed{color:#b3141b}.incomplete{color:#8a5a00}
table{border-collapse:collapse;width:100%}td,th{padding:.25em .6em;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}
th{font-weight:600}.n{text-align:right;white-space:nowrap}
pre{background:#f4f4f4;padding:.5em;overflow:auto;margin:.3em 0;font-size:13px}
code{font-size:13px}.BLOCKER,.HIGH{color:#b3141b;font-weight:600}.MEDIUM{color:#8a5a00;font-weight:600}.INFO{color:#555}
.line{display:flex;align-items:center;margin:2px 0}.line span{flex:0 0 16em;overflow:hidden;text-overflow:ellipsis;font-size:13px}
.track{position:relative;flex:1;height:14px;background:#f0f0f0}.track i{position:absolute;top:0;height:14px;min-width:2px}
.reads{background:#c0272d}.writes{background:#e69f00}.weak{background:#9bb7d4}
.key i{display:inline-block;width:1em;height:.8em;margin:0 .3em 0 1em}
@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}pre{background:#242424}.track{background:#2a2a2a}td,th{border-color:#383838}.passed{color:#6cc585}.failed,.BLOCKER,.HIGH{color:#ff7a7f}.incomplete,.MEDIUM{color:#e0a94a}.INFO{color:#aaa}}
</style></head><body>
<h1 class="{{.Outcome}}">{{.Headline}}</h1>
<p>{{.Path}}, {{len .Migrations}} versions, {{printf "%.1f" .Seconds}} s on PostgreSQL {{.Server}}, base: {{.Base.Kind}}.</p>
{{if .NotShown}}<ul>{{range .NotShown}}<li>Not shown: {{.}}</li>{{end}}</ul>{{end}}
{{if .NotMeasured}}<ul>{{range .NotMeasured}}<li>Not measured: {{.}}</li>{{end}}</ul>{{end}}
{{with .TogetherText}}<p>{{.}}</p>{{end}}
{{if .Gates}}<h2>Gates not kept</h2><table>{{range .Gates}}<tr><td>{{.Gate}}<td><code>{{.Place}}</code><td>{{.Message}}</tr>{{end}}</table>{{end}}
{{if .All}}<h2>Findings</h2><table>{{range .All}}<tr><td class="{{.Severity}}">{{.Severity}}<td><code>{{.Place}}</code><td><b>{{.Rule}}</b> ({{.Basis}}{{if .Waived}}, waived: {{.Waived.Reason}}{{end}})<br>{{.Message}}{{if .Fix}}<details><summary>instead</summary><pre>{{.Fix}}</pre></details>{{end}}</tr>{{end}}</table>{{end}}
<p class="key">Locks: <i class="reads"></i>reads and writes wait <i class="writes"></i>writes wait <i class="weak"></i>nobody waits</p>
{{range .Migrations}}<h2 id="v{{.Version}}">{{.Version}} {{.Title}} – {{.Status}}{{if .MS}}, {{ms .MS}}{{end}}</h2>
{{if .Reason}}<p>{{.Reason}}</p>{{end}}{{if eq .Status "failed"}}<p class="failed">Line {{.Failure.Line}}: {{.Failure.Message}}{{if .Failure.State}} (SQLSTATE {{.Failure.State}}){{end}}</p><p>{{.Recovery}}</p>{{end}}
{{with .Timeline}}{{range .}}<div class="line"><span title="{{.Relation}}">{{.Relation}}</span><div class="track">{{range .Bars}}<i class="{{.Class}}" style="left:{{printf "%.2f" .Left}}%;width:{{printf "%.2f" .Width}}%" title="{{.Title}}"></i>{{end}}</div></div>{{end}}{{end}}
{{with .Felt}}<table><tr><th>line<th>statement<th class="n">time<th class="n">reads blocked<th class="n">writes blocked<th class="n">rows<th class="n">WAL<th>rewrites, scans, indexes</tr>
{{range .}}<tr><td>{{.Line}}<td>{{.Kind}} {{.Table}}{{if .Failure}} <span class="failed">fails</span>{{end}}<td class="n">{{ms .MS}}<td class="n">{{ms .ReadMS}}<td class="n">{{ms .WriteMS}}<td class="n">{{.Rows}}<td class="n">{{bytes .WAL}}<td>{{if .Rewrites}}rewrites {{join .Rewrites ", "}} {{end}}{{if .Scans}}reads {{join .Scans ", "}} {{end}}{{if .Indexes}}builds {{join .Indexes ", "}}{{end}}</tr>{{end}}</table>{{end}}
{{if .Probe}}<p>Live requests meanwhile: {{range $t, $p := .Probe}}{{$t}}: {{$p.Requests}} requests, longest read {{ms $p.ReadMaxMS}}, longest write {{ms $p.WriteMaxMS}}. {{end}}</p>{{end}}{{with .Queue}}<p>Lock queue on {{.Table}}: with a reader that stays {{ms .ReaderMS}}, the next request waited {{ms .WaitMS}}.</p>{{end}}
{{with .Down}}<p>Down: <b>{{.Verdict}}</b>{{if .Reason}} ({{.Reason}}){{end}}{{if .Failure}}: {{.Failure.Message}}{{end}}</p>{{if .Diff}}<details><summary>{{len .Diff}} differences</summary><pre>{{range .Diff}}{{.}}
{{end}}</pre></details>{{end}}{{end}}
{{end}}</body></html>
`))

// WriteHTML writes the report as one page that needs nothing else.
func (r *Report) WriteHTML(w io.Writer) error {
	return pageTemplate.Execute(w, page{r, r.all()})
}
