package policies

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/mask"
)

// Policy is what the policy files say, before it meets a catalog: syntax,
// names of masks and their parameters are checked, tables and columns are not.
// It is read-only after LoadPolicy and may be bound any number of times.
type Policy struct {
	tables       []*tableRule // in the order of files and lines
	largeObjects *node
	comments     *node
	locale       *node
	unsupported  []*node
	skip         []*node
	waivers      []*waiver
	first        place // where a missing section would go
	sources      []*source
}

// tableRule is one entry below tables.
type tableRule struct {
	at      place
	key     string
	pattern tablePattern
	subject *subjectRule
	locale  string
	rows    RowsMode
	rowsSet bool
	rowsAt  place
	where   *node
	keep    []*node
	columns []*columnRule
	colsAt  place // where another column rule would go
}

// columnRule is one entry below columns.
type columnRule struct {
	place
	name string
	rule *Rule
}

type subjectRule struct {
	place
	text string
	path subjectPath
}

// Rule binds a mask and its parameters to columns.
type Rule struct {
	place
	spec    *mask.Spec
	params  mask.Params
	paramAt map[string]place
	domain  string
	subject *subjectRule
	locale  string // the rule's, else the table's, else the policy's

	unchanged bool // a refresh in which it changes no value is no mistake
}

// RowsMode says which rows of a table are copied.
type RowsMode uint8

const (
	AllRows   RowsMode = iota // every row
	NoRows                    // structure only
	WhereRows                 // rows that a condition selects
)

// String is the word that policies use.
func (m RowsMode) String() string {
	switch m {
	case NoRows:
		return "none"
	case WhereRows:
		return "where"
	}
	return "all"
}

// sectionKey is a key that a section of a policy file knows. One declaration
// feeds the decoder, its suggestions, the docs and the editor's schema.
type sectionKey struct{ name, doc string }

var (
	policyKeys = []sectionKey{
		{"version", "Version of this file's format. Always 1; required."},
		{"tables", "What happens to each table: a map from schema.table, in SQL identifier syntax, or a pattern with * and ?, to its entry."},
		{"locale", "Country whose names, addresses and numbers the fakes of all tables have: " + strings.Join(mask.Locales(), ", ") + ". Without it they are American."},
		{"large_objects", "Copy large objects (keep) or leave them out (none). Has to be said if the source has any."},
		{"comments", "Copy the comments on tables, columns and all else (keep, the default) or leave them out (none)."},
		{"unsupported", "Objects to leave out of staging with all that depends on them, each listed in the report: schema.name for a table, view, index or sequence, schema.table.name for a constraint, and with the kind in front for any other: function app.f(integer), type app.t, extension x. A refusal proposes the list."},
		{"extensions", "skip: extensions to leave out of staging. By default those are left out that need superuser and that nothing depends on."},
		{"waive", "Refusals that the team has decided to live with, each with rule, on, reason and perhaps until. The report lists those that let something pass."},
	}
	tableKeys = []sectionKey{
		{"subject", "Whose row it is: a column that identifies the subject (id), or a path to it (customer_id -> public.customers). Fakes of one subject agree with each other."},
		{"locale", "Locale of this table's fakes, where it differs from the policy's."},
		{"keep", "Columns that pass through unchanged."},
		{"columns", "A rule for each column that does not: the name of a mask, or a map with mask and its parameters."},
		{"rows", "Which rows are copied: all (the default), none (structure only), or {where: condition}, evaluated by the source."},
	}
	ruleKeys = []sectionKey{
		{"mask", "Name of the mask."},
		{"domain", "Value space shared by columns that must stay equal, such as person.email: the mask is keyed by the value in that domain instead of by the subject."},
		{"subject", "Subject of this one column, where it differs from the table's."},
		{"unchanged", "Write allowed where the rule may leave every value as it is. Otherwise a refresh in which it changes none fails before the swap."},
		{"locale", "Locale of this one column's fakes, where it differs from the table's."},
		{"when", "In a list of rules: SQL condition on the source's row, for which this one holds."},
		{"if", "In a list of rules: condition on value, the text that this one has written, in the language of expr; where it does not hold, the next item without when has its turn."},
	}
	extensionKeys = []sectionKey{
		{"skip", "Extensions to leave out of staging."},
	}
)

func keyNames(keys []sectionKey) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}

// PolicyOptions are what LoadPolicy takes from outside.
type PolicyOptions struct {
	ReadFile func(string) ([]byte, error) // nil is os.ReadFile
}

// LoadPolicy reads policy files as one policy. Errors are Problems.
func LoadPolicy(files []string, o PolicyOptions) (*Policy, error) {
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	l := &policyLoader{policy: &Policy{}, readFile: o.ReadFile, seen: map[string]*tableRule{}}
	if len(files) == 0 {
		l.add(&Problem{Kind: fault.Usage, Msg: "no policy file is named"}).hint("understudy init writes a first policy")
	}
	for _, file := range files {
		data, err := o.ReadFile(file)
		if err != nil {
			p := &Problem{File: file, Kind: fault.Usage, Msg: "the policy cannot be read: " + pathless(err)}
			if isNotExist(err) {
				p.Msg = "there is no such policy file"
				p.Hint = "understudy init -o " + file + " writes a first policy"
			}
			l.add(p)
			continue
		}
		l.file(file, data)
	}
	l.policy.spreadLocales()
	if err := l.problems.asError(); err != nil {
		return nil, err
	}
	return l.policy, nil
}

// ReviewLines are the places, as file:line, of comments that still ask a
// person to look, as init writes them.
func (p *Policy) ReviewLines() []string {
	var out []string
	for _, src := range p.sources {
		for i := range src.lines {
			if at := (place{src: src, line: i + 1}); at.asksForReview() {
				out = append(out, fmt.Sprintf("%s:%d", src.name, i+1))
			}
		}
	}
	return out
}

// policyLoader reads files into a policy and collects every problem.
type policyLoader struct {
	policy   *Policy
	problems Problems
	readFile func(string) ([]byte, error)
	seen     map[string]*tableRule // by normalised key, over all files
}

func (l *policyLoader) add(p *Problem) *noted {
	l.problems = append(l.problems, p)
	return (*noted)(p)
}

func (l *policyLoader) file(name string, data []byte) {
	src, root, problems := parseYAML(name, data)
	l.policy.sources = append(l.policy.sources, src)
	l.problems = append(l.problems, problems...)
	if root == nil {
		if len(problems) == 0 {
			l.add(place{src: src, line: 1, col: 1}.problem(fault.Usage, "", "the file is empty")).
				hint("a policy starts with: version: 1")
		}
		return
	}
	if l.policy.first.src == nil {
		l.policy.first = place{src: src, line: 1, col: 1}
	}
	if root.kind != mapNode {
		l.add(root.problem(fault.Usage, "", "want a map with version and tables, found %s", root.describe()))
		return
	}
	version := false
	for _, p := range root.pairs {
		switch p.key.text {
		case "version":
			version = true
			if p.value.kind != scalarNode || p.value.text != "1" {
				l.add(p.value.problem(fault.Usage, "version", "this understudy reads version 1 of the policy format")).
					hint("write version: 1, or use the release of understudy that the file was written for")
			}
		case "tables":
			l.policy.first = p.key.place
			l.tables(p.value)
		case "locale":
			if l.locale(p.value, "locale") == "" {
				continue
			}
			if first := l.policy.locale; first != nil && first.text != p.value.text {
				l.add(p.value.problem(fault.Usage, "locale", "%s says %s", first.place, first.text)).hint("put locale on the tables where they differ")
				continue
			}
			l.policy.locale = p.value
		case "large_objects":
			l.noneOrKeep(p.value, p.key.text, &l.policy.largeObjects)
		case "comments":
			l.noneOrKeep(p.value, p.key.text, &l.policy.comments)
		case "unsupported":
			l.policy.unsupported = append(l.policy.unsupported, l.names(p.value, "unsupported")...)
		case "extensions":
			l.extensions(p.value)
		case "waive":
			l.waivers(p.value)
		default:
			l.unknown(p.key, "", "a policy file", policyKeys)
		}
	}
	if !version {
		l.add(root.problem(fault.Usage, "version", "the file does not say its version")).hint("add this line at its top: version: 1")
	}
}

// configOnly are keys of the configuration file that people look for here.
var configOnly = []string{"source", "target", "key", "project", "policy", "load", "verify", "before_publish"}

func (l *policyLoader) unknown(key *node, where, what string, keys []sectionKey) {
	p := l.add(key.problem(fault.Usage, where, "%s has no key %s", what, shorten(key.text)))
	if where == "" && contains(configOnly, key.text) {
		p.hint("%s belongs into the configuration file, %s", key.text, DefaultConfigFile)
		return
	}
	p.hint("%s", didYouMean(key.text, keyNames(keys)))
}

// noneOrKeep reads a setting of the whole policy that several files may repeat.
func (l *policyLoader) noneOrKeep(n *node, name string, into **node) {
	switch {
	case n.kind != scalarNode || n.text != "none" && n.text != "keep":
		l.add(n.problem(fault.Usage, name, "want none or keep"))
	case *into != nil && (*into).text != n.text:
		l.add(n.problem(fault.Usage, name, "%s says %s", (*into).place, (*into).text))
	default:
		*into = n
	}
}

func (l *policyLoader) extensions(n *node) {
	if n.kind == nullNode {
		return
	}
	if n.kind != mapNode {
		l.add(n.problem(fault.Usage, "extensions", "want a map with skip, found %s", n.describe()))
		return
	}
	for _, p := range n.pairs {
		if p.key.text != "skip" {
			l.unknown(p.key, "extensions", "extensions", extensionKeys)
			continue
		}
		l.policy.skip = append(l.policy.skip, l.names(p.value, "extensions.skip")...)
	}
}

// names reads a list of names; one name alone may stand without brackets.
func (l *policyLoader) names(n *node, where string) []*node {
	items := n.items
	switch n.kind {
	case nullNode:
		return nil
	case scalarNode:
		items = []*node{n}
	case mapNode:
		l.add(n.problem(fault.Usage, where, "want a list of names, found a map"))
		return nil
	}
	var out []*node
	for _, item := range items {
		if item.kind == mapNode || item.kind == listNode || item.empty {
			l.add(item.problem(fault.Usage, where, "want a name, found %s", item.describe()))
			continue
		}
		out = append(out, item)
	}
	return out
}

func (l *policyLoader) tables(n *node) {
	if n.kind == nullNode {
		return
	}
	if n.kind != mapNode {
		l.add(n.problem(fault.Usage, "tables", "want a map from schema.table to its entry, found %s", n.describe()))
		return
	}
	for _, p := range n.pairs {
		l.table(p.key, p.value)
	}
}

func (l *policyLoader) table(key, n *node) {
	t := &tableRule{at: key.place, key: key.text, colsAt: key.place}
	pattern, err := parseTable(key.text)
	if err != nil {
		l.add(key.problem(fault.Usage, key.text, "%v", err)).hint(`names are written as in SQL: public.orders, public."Order Items", audit.*`)
		return
	}
	t.pattern = pattern
	normal := pattern.schema.String() + "." + pattern.name.String()
	if first := l.seen[normal]; first != nil {
		l.add(key.problem(fault.Usage, key.text, "this table has an entry already at %s", first.at)).
			hint("put both into one entry")
		return
	}
	l.seen[normal] = t
	l.policy.tables = append(l.policy.tables, t)
	if n.kind != mapNode {
		p := l.add(n.problem(fault.Usage, key.text, "want a map with keep, columns or rows, found %s", n.describe()))
		if n.kind == scalarNode && (n.text == "none" || n.text == "all") {
			p.hint("write { rows: %s }", n.text)
		}
		return
	}
	for _, p := range n.pairs {
		switch p.key.text {
		case "subject":
			t.subject = l.subject(p.value, key.text)
		case "locale":
			t.locale = l.locale(p.value, key.text)
		case "keep":
			t.keep = l.names(p.value, key.text+": keep")
		case "columns":
			t.colsAt = p.key.place
			l.columns(t, p.value)
		case "rows":
			t.rowsSet, t.rowsAt = true, p.value.place
			l.rows(t, p.value)
		default:
			l.unknown(p.key, key.text, "a table's entry", tableKeys)
		}
	}
	l.twice(t)
}

// twice finds columns that an entry names more than once.
func (l *policyLoader) twice(t *tableRule) {
	kept := make(map[string]*node, len(t.keep))
	for _, k := range t.keep {
		if first := kept[k.text]; first != nil {
			l.add(k.problem(fault.Usage, t.key+"."+k.text, "keep lists this column twice; the first is at line %d", first.line))
			continue
		}
		kept[k.text] = k
	}
	for _, c := range t.columns {
		if k := kept[c.name]; k != nil {
			l.add(c.problem(fault.Usage, t.key+"."+c.name, "this column is in keep (line %d) and has a rule: it can be one of the two", k.line))
		}
	}
}

func (l *policyLoader) subject(n *node, where string) *subjectRule {
	if n.kind != scalarNode {
		l.add(n.problem(fault.Usage, where, "subject: want a column or a path, found %s", n.describe())).
			hint("such as id, or customer_id -> public.customers")
		return nil
	}
	path, err := parseSubjectPath(n.text)
	if err != nil {
		l.add(n.problem(fault.Usage, where, "subject: %v", err)).
			hint("such as id, or order_id -> public.orders.customer_id -> public.customers")
		return nil
	}
	return &subjectRule{place: n.place, text: path.String(), path: path}
}

func (l *policyLoader) rows(t *tableRule, n *node) {
	switch {
	case n.kind == scalarNode && n.text == "all":
		t.rows = AllRows
	case n.kind == scalarNode && n.text == "none":
		t.rows = NoRows
	case n.kind == mapNode && len(n.pairs) == 1 && n.pairs[0].key.text == "where":
		w := n.pairs[0].value
		if w.kind != scalarNode || strings.TrimSpace(w.text) == "" {
			l.add(w.problem(fault.Usage, t.key, "rows: want an SQL condition, found %s", w.describe()))
			return
		}
		t.rows, t.where = WhereRows, w
	default:
		l.add(n.problem(fault.Usage, t.key, "rows: want none, all or {where: condition}"))
	}
}

func (l *policyLoader) columns(t *tableRule, n *node) {
	if n.kind == nullNode {
		return
	}
	if n.kind != mapNode {
		p := l.add(n.problem(fault.Usage, t.key, "columns: want a map from column to rule, found %s", n.describe()))
		if n.kind == listNode {
			p.hint("a list of columns goes below keep; columns is a map such as { email: email }")
		}
		return
	}
	for _, p := range n.pairs {
		where := t.key + "." + p.key.text
		if rule := l.columnRule(p.value, where); rule != nil {
			t.columns = append(t.columns, &columnRule{place: p.key.place, name: p.key.text, rule: rule})
		}
	}
}

// rule reads a rule in its short or long form, nil after a problem.
func (l *policyLoader) rule(n *node, where string) *Rule {
	name := n
	if n.kind == mapNode {
		if name = n.get("mask"); name == nil {
			return l.shortRule(n, where)
		}
	}
	switch {
	case name.kind == mapNode || name.kind == listNode:
		l.add(name.problem(fault.Usage, where, "want the name of a mask, or a map with mask and its parameters, found %s", name.describe()))
		return nil
	case name.broken:
		return nil
	case name.empty:
		l.add(name.problem(fault.Usage, where, "the rule is missing")).hint("null sets the column to NULL; keep passes it through")
		return nil
	}
	text := name.text
	if name.kind == nullNode {
		text = "null" // YAML's own null, however it is spelt
	}
	spec := mask.Find(text)
	if spec == nil {
		p := l.add(name.problem(fault.Usage, where, "there is no mask %s", shorten(text)))
		if near := mask.Nearest(text); near != "" {
			p.hint("did you mean %s?", near)
		} else {
			const usual = 14 // of the masks, which the usual ones begin
			p.hint("masks: %s and others, see docs/masks.md", strings.Join(maskNames(func(*mask.Spec) bool { return true })[:usual], ", "))
		}
		return nil
	}
	r := &Rule{place: n.place, spec: spec, params: mask.Params{}, paramAt: map[string]place{}}
	ok := true
	for _, p := range n.pairs {
		switch p.key.text {
		case "mask":
		case ruleWhen, ruleIf:
			l.add(p.key.problem(fault.Usage, where, "a rule with a condition needs one after it for the rows that do not meet it")).
				hint("write a list: [{ %s: condition, mask: %s }, { mask: … }]", p.key.text, spec.Name)
			ok = false
		case "domain":
			ok = l.domain(r, p.value, where) && ok
		case "unchanged":
			if r.unchanged = p.value.kind == scalarNode && p.value.text == "allowed"; !r.unchanged {
				l.add(p.value.problem(fault.Usage, where, "unchanged: want allowed, found %s", p.value.describe())).
					hint("leave it out where the rule has to change something")
				ok = false
			}
		case "subject":
			if !keyedWays(spec, mask.BySubject) {
				l.add(p.key.problem(fault.Usage, where, "the mask %s is not keyed by a subject", spec.Name))
				ok = false
				continue
			}
			r.subject = l.subject(p.value, where)
			ok = r.subject != nil && ok
		case "locale":
			r.locale = l.locale(p.value, where)
			ok = r.locale != "" && ok
		default:
			ok = l.param(r, p.key, p.value, where) && ok
		}
	}
	if r.domain != "" && r.subject != nil {
		l.add(n.problem(fault.Usage, where, "a rule is keyed by its value (domain) or by a subject, not both"))
		ok = false
	}
	for _, p := range spec.Params {
		if _, given := r.params[p.Name]; given {
			continue
		}
		if p.Required {
			if _, wrong := r.paramAt[p.Name]; !wrong {
				l.add(n.problem(fault.Usage, where, "the mask %s needs %s", spec.Name, p.Name)).hint("%s", p.Doc)
			}
			ok = false
		} else if p.Default != nil {
			r.params[p.Name] = p.Default
		}
	}
	if !ok {
		return nil
	}
	return r
}

// nearestMaskIn guesses the mask of a rule that names none.
func nearestMaskIn(n *node) string {
	for _, p := range n.pairs {
		if mask.Find(p.key.text) != nil {
			return p.key.text
		}
	}
	return "NAME"
}

func (l *policyLoader) domain(r *Rule, n *node, where string) bool {
	switch {
	case n.kind != scalarNode || strings.TrimSpace(n.text) == "":
		l.add(n.problem(fault.Usage, where, "domain: want a name such as person.email, found %s", n.describe()))
		return false
	case !keyedWays(r.spec, mask.ByValue):
		p := l.add(n.problem(fault.Usage, where, "the mask %s cannot be keyed by its value, so a domain means nothing to it", r.spec.Name))
		p.hint("masks that can: %s", strings.Join(maskNames(func(s *mask.Spec) bool { return keyedWays(s, mask.ByValue) }), ", "))
		return false
	}
	r.domain = strings.TrimSpace(n.text)
	return true
}

// locale reads the code of a locale, "" after a problem.
func (l *policyLoader) locale(n *node, where string) string {
	if n.kind != scalarNode || !contains(mask.Locales(), n.text) {
		found := n.describe()
		if n.kind == scalarNode {
			found = shorten(n.text)
		}
		l.add(n.problem(fault.Usage, where, "there is no locale %s", found)).hint("locales: %s", strings.Join(mask.Locales(), ", "))
		return ""
	}
	return n.text
}

// spreadLocales gives every rule the nearest locale.
func (p *Policy) spreadLocales() {
	for _, t := range p.tables {
		if t.locale == "" && p.locale != nil {
			t.locale = p.locale.text
		}
		for _, c := range t.columns {
			if c.rule != nil && c.rule.locale == "" {
				c.rule.locale = t.locale
			}
		}
	}
}

// param reads one parameter of a rule.
func (l *policyLoader) param(r *Rule, key, n *node, where string) bool {
	var decl *mask.Param
	known := []string{}
	for i := range r.spec.Params {
		known = append(known, r.spec.Params[i].Name)
		if r.spec.Params[i].Name == key.text {
			decl = &r.spec.Params[i]
		}
	}
	if decl == nil {
		p := l.add(key.problem(fault.Usage, where, "the mask %s has no parameter %s", r.spec.Name, shorten(key.text)))
		if len(known) == 0 {
			p.hint("it has none besides %s", strings.Join(keyNames(ruleKeys)[1:], ", "))
		} else {
			p.hint("%s", didYouMean(key.text, append(known, keyNames(ruleKeys)...)))
		}
		return false
	}
	r.paramAt[decl.Name] = n.place
	switch decl.Type {
	case mask.Rule:
		sub := l.subRule(r, decl.Name, n, where)
		r.params[decl.Name] = sub
		return sub != nil
	case mask.Lines:
		lines, err := l.lines(n)
		if err != nil {
			l.add(n.problem(fault.Usage, where, "%s: %v", decl.Name, err)).hint("%s", decl.Doc)
			return false
		}
		r.params[decl.Name] = lines
		return true
	case mask.Rules:
		subs, ok := l.subRules(r, decl, n, where)
		r.params[decl.Name] = subs
		return ok
	}
	value, err := paramValue(decl, n)
	if err != nil {
		l.add(n.problem(fault.Usage, where, "%s: %v", decl.Name, err)).hint("%s", decl.Doc)
		return false
	}
	r.params[decl.Name] = value
	return true
}

// lines reads the file whose path is written, relative to the policy file.
func (l *policyLoader) lines(n *node) ([]string, error) {
	if n.kind != scalarNode || n.text == "" {
		return nil, fmt.Errorf("want the path of a file, found %s", n.describe())
	}
	path := n.text
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(n.src.name), path)
	}
	data, err := l.readFile(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the file cannot be read: %s", pathless(err))
	case !utf8.Valid(data):
		return nil, errors.New("the file is not UTF-8")
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return nil, errors.New("the file is empty")
	}
	return lines, nil
}

// subRule reads a rule inside of another one; at is its name among the
// parameters. Nil after a problem.
func (l *policyLoader) subRule(r *Rule, at string, n *node, where string) *mask.Sub {
	inner := l.rule(n, where+" "+at)
	if inner == nil {
		return nil
	}
	if inner.subject != nil {
		l.add(inner.subject.problem(fault.Usage, where+" "+at, "a rule inside of another one has the same subject")).
			hint("put subject beside the outer mask")
		return nil
	}
	r.paramAt[at] = n.place
	for name, place := range inner.paramAt {
		r.paramAt[at+"."+name] = place
	}
	r.unchanged = r.unchanged || inner.unchanged
	return &mask.Sub{Spec: inner.spec, Params: inner.params, Domain: inner.domain, Locale: inner.locale}
}

// subRules reads a map of rules.
func (l *policyLoader) subRules(r *Rule, decl *mask.Param, n *node, where string) (subs []mask.NamedSub, ok bool) {
	if n.kind != mapNode {
		l.add(n.problem(fault.Usage, where, "%s: want a map from name to rule, found %s", decl.Name, n.describe())).hint("%s", decl.Doc)
		return nil, false
	}
	ok = true
	for _, p := range n.pairs {
		sub := l.subRule(r, decl.Name+"."+p.key.text, p.value, where)
		if sub == nil {
			ok = false
			continue
		}
		subs = append(subs, mask.NamedSub{Name: p.key.text, Sub: sub})
	}
	return subs, ok
}

// keyedWays tells whether a mask can be keyed that way. What the source
// evaluates is not keyed by us at all.
func keyedWays(s *mask.Spec, way mask.Keyed) bool {
	if s.Source {
		return false
	}
	for _, k := range s.Keyed {
		if k == way {
			return true
		}
	}
	return false
}

func maskNames(want func(*mask.Spec) bool) []string {
	var out []string
	for _, s := range mask.All() {
		if want(s) {
			out = append(out, s.Name)
		}
	}
	return out
}
