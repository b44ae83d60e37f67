package policies

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/notify"
)

// decoder fills structs with yaml tags from nodes and collects every problem.
type decoder struct {
	problems Problems
	places   map[string]place // where each setting and section was written
}

func (d *decoder) add(p *Problem) { d.problems = append(d.problems, p) }

// section decodes a map into a struct. what names it in messages.
func (d *decoder) section(n *node, v reflect.Value, path, what string) {
	if n.kind == nullNode {
		return // "source:" with nothing below it says nothing
	}
	if n.kind != mapNode {
		d.add(n.problem(fault.Usage, path, "want a map for %s, found %s", what, n.describe()))
		return
	}
	fields := map[string]reflect.Value{}
	var names []string
	for i := range v.NumField() {
		if key := v.Type().Field(i).Tag.Get("yaml"); key != "" && key != "-" {
			fields[key] = v.Field(i)
			names = append(names, key)
		}
	}
	for _, p := range n.pairs {
		at := join(path, p.key.text)
		f, ok := fields[p.key.text]
		if !ok {
			d.add(p.key.problem(fault.Usage, at, "%s has no setting of this name", what).hint("%s", didYouMean(p.key.text, names)))
			continue
		}
		d.places[at] = p.key.place
		if settingType(f.Type()) == "" {
			d.section(p.value, f, at, at)
			continue
		}
		d.leaf(p.value, f, at)
	}
}

// leaf decodes one setting.
func (d *decoder) leaf(n *node, v reflect.Value, path string) {
	s := settingsByPath()[path]
	if n.kind == nullNode && n.empty {
		d.add(n.problem(fault.Usage, path, "the value is missing"))
		return
	}
	switch s.Type {
	case "statements":
		d.statements(n, v, path)
		return
	case "services":
		d.services(n, v, path)
		return
	case "list":
		if n.kind == listNode {
			var list []string
			for _, item := range n.items {
				if text, ok := d.text(item, path, "a text"); ok {
					list = append(list, text)
				}
			}
			v.Set(reflect.ValueOf(list))
			d.places[path] = n.place
			return
		}
		if text, ok := d.text(n, path, "a list"); ok {
			v.Set(reflect.ValueOf([]string{text}))
			d.places[path] = n.place
		}
		return
	case "map":
		if n.kind != mapNode {
			d.add(n.problem(fault.Usage, path, "want a map, found %s", n.describe()))
			return
		}
		m := map[string]string{}
		for _, p := range n.pairs {
			if text, ok := d.text(p.value, join(path, p.key.text), "a text"); ok {
				m[p.key.text] = text
			}
		}
		v.Set(reflect.ValueOf(m))
		d.places[path] = n.place
		return
	case "secret":
		if text, ok := d.text(n, path, "a text"); ok {
			v.Set(reflect.ValueOf(Secret{text: text, at: n.place, set: true}))
			d.places[path] = n.place
		}
		return
	}
	text, ok := d.text(n, path, "a "+s.Type)
	if !ok {
		return
	}
	if strings.Contains(text, "${") {
		d.add(n.problem(fault.Usage, path, "references are only for source.url, target.url and key").
			hint("give this setting by --%s or %s instead", s.Flag, s.Env))
		return
	}
	value, err := s.parse(text)
	if err == nil && !n.plain && s.Type != "string" && s.Type != "duration" && s.Type != "size" {
		d.add(n.problem(fault.Usage, path, "want a %s, found text in quotes", s.Type))
		return
	}
	if err != nil {
		p := n.problem(fault.Usage, path, "%v, found %s", err, shorten(text))
		if len(s.OneOf) > 0 {
			if near := nearest(text, s.OneOf); near != "" {
				p.Hint = "did you mean " + near + "?"
			}
		}
		d.add(p)
		return
	}
	v.Set(value.Convert(v.Type()))
	d.places[path] = n.place
}

// text is a scalar as text.
func (d *decoder) text(n *node, path, want string) (string, bool) {
	if n.kind != scalarNode {
		d.add(n.problem(fault.Usage, path, "want %s, found %s", want, n.describe()))
		return "", false
	}
	return n.text, true
}

func (d *decoder) statements(n *node, v reflect.Value, path string) {
	if n.kind != listNode {
		d.add(n.problem(fault.Usage, path, "want a list of {file: path} or {sql: text}, found %s", n.describe()))
		return
	}
	var list []Statement
	for _, item := range n.items {
		if item.kind != mapNode {
			d.add(item.problem(fault.Usage, path, "want {file: path} or {sql: text}, found %s", item.describe()))
			continue
		}
		var st Statement
		for _, p := range item.pairs {
			text, ok := d.text(p.value, path, "a text")
			if !ok {
				continue
			}
			switch p.key.text {
			case "file":
				st.File = text
			case "sql":
				st.SQL = text
			default:
				d.add(p.key.problem(fault.Usage, path, "want file or sql, found %s", shorten(p.key.text)))
			}
		}
		if (strings.TrimSpace(st.File) == "") == (strings.TrimSpace(st.SQL) == "") {
			d.add(item.problem(fault.Usage, path, "want either a file or sql"))
			continue
		}
		d.places[itemPath(path, len(list))] = item.place
		list = append(list, st)
	}
	v.Set(reflect.ValueOf(list))
	d.places[path] = n.place
}

// services decodes a list of notify.services, and tries what can be tried
// without their secrets.
func (d *decoder) services(n *node, v reflect.Value, path string) {
	if n.kind != listNode {
		d.add(n.problem(fault.Usage, path, "want a list of {url: …, events: […], template: …}, found %s", n.describe()))
		return
	}
	var list []NotifyService
	for _, item := range n.items {
		at := itemPath(path, len(list))
		if item.kind != mapNode {
			d.add(item.problem(fault.Usage, at, "want {url: …, events: […], template: …}, found %s", item.describe()))
			continue
		}
		var s NotifyService
		for _, p := range item.pairs {
			switch p.key.text {
			case "url":
				if text, ok := d.text(p.value, at, "a URL"); ok {
					s.URL = Secret{text: text, at: p.value.place, set: text != ""}
				}
			case "template":
				if text, ok := d.text(p.value, at, "a template"); ok {
					s.Template = text
					if _, err := notify.ParseTemplate(text); err != nil {
						d.add(p.value.problem(fault.Usage, at, "template: %v", err).hint("it may hold {{.Type}}, {{.Time}}, {{.Project}}, {{.Staging}}, {{.Run}}, {{.ExitCode}} and {{.Text}}"))
					}
				}
			case "events":
				s.Events = d.events(p.value, at)
			default:
				d.add(p.key.problem(fault.Usage, at, "a service has no setting of this name").hint("%s", didYouMean(p.key.text, []string{"url", "events", "template"})))
			}
		}
		if !s.URL.IsSet() {
			d.add(item.problem(fault.Usage, at, "the service has no url"))
		} else if problem := s.URL.check(at); problem != nil {
			d.add(problem)
		} else if s.URL.literal() {
			if err := notify.CheckURL(s.URL.text); err != nil {
				d.add(s.URL.at.problem(fault.Usage, at, "%v", err))
			}
		}
		d.places[at] = item.place
		list = append(list, s)
	}
	v.Set(reflect.ValueOf(list))
	d.places[path] = n.place
}

// events decodes the list of one service.
func (d *decoder) events(n *node, path string) []string {
	items := []*node{n}
	if n.kind == listNode {
		items = n.items
	}
	var list []string
	for _, item := range items {
		if text, ok := d.text(item, path, "the name of an event"); ok {
			if !contains(notify.Types, text) {
				d.add(item.problem(fault.Usage, path, "there is no event %s", shorten(text)).hint("known are %s", strings.Join(notify.Types, ", ")))
			}
			list = append(list, text)
		}
	}
	return list
}

// itemPath names one item of a list among the places.
func itemPath(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// shorten quotes a short text for a message.
func shorten(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return `"` + s + `"`
}
