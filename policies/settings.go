package policies

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Setting is one setting of the configuration file: the single declaration
// that parsing, environment, flags, documentation and the editor's schema are
// made from. It is read off the tags of Config.
type Setting struct {
	Path    string // dotted, as in the file: target.database
	Env     string // environment variable, empty where there is none
	Flag    string // long flag without dashes, empty where there is none
	Type    string // string, integer, number, boolean, duration, size, secret, list, map, statements, services
	Default string // as it would be written; empty for none
	OneOf   []string
	Min     string
	Max     string
	Doc     string // sentences: meaning, unit, special values, when to leave it alone

	index []int // of the field in Config
}

// Size is a number of bytes, written as 500MB or 256MiB.
type Size int64

var (
	durationType  = reflect.TypeFor[time.Duration]()
	sizeType      = reflect.TypeFor[Size]()
	secretType    = reflect.TypeFor[Secret]()
	stringsType   = reflect.TypeFor[[]string]()
	stringMapType = reflect.TypeFor[map[string]string]()
	statementType = reflect.TypeFor[[]Statement]()
	serviceType   = reflect.TypeFor[[]NotifyService]()
)

// Settings lists every setting in the order of the file's documentation.
func Settings() []Setting {
	return append([]Setting(nil), settings()...)
}

var settings = sync.OnceValue(func() []Setting {
	return collectSettings(reflect.TypeFor[Config](), "", nil)
})

var settingsByPath = sync.OnceValue(func() map[string]*Setting {
	all := settings()
	byPath := make(map[string]*Setting, len(all))
	for i := range all {
		byPath[all[i].Path] = &all[i]
	}
	return byPath
})

func collectSettings(t reflect.Type, prefix string, index []int) []Setting {
	var out []Setting
	for i := range t.NumField() {
		f := t.Field(i)
		key := f.Tag.Get("yaml")
		if key == "" || key == "-" {
			continue
		}
		path := prefix + key
		at := append(append([]int(nil), index...), i)
		kind := settingType(f.Type)
		if kind == "" {
			out = append(out, collectSettings(f.Type, path+".", at)...)
			continue
		}
		s := Setting{
			Path: path, Type: kind, Default: f.Tag.Get("default"), Doc: f.Tag.Get("doc"),
			Min: f.Tag.Get("min"), Max: f.Tag.Get("max"), index: at,
		}
		if one := f.Tag.Get("oneof"); one != "" {
			s.OneOf = strings.Split(one, "|")
		}
		if outside := f.Tag.Get("outside"); outside != "no" {
			s.Env = "UNDERSTUDY_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
			if outside != "env" {
				s.Flag = strings.NewReplacer(".", "-", "_", "-").Replace(path)
			}
		}
		out = append(out, s)
	}
	return out
}

// settingType names the type of a leaf, empty for a section.
func settingType(t reflect.Type) string {
	switch t {
	case durationType:
		return "duration"
	case sizeType:
		return "size"
	case secretType:
		return "secret"
	case stringsType:
		return "list"
	case stringMapType:
		return "map"
	case statementType:
		return "statements"
	case serviceType:
		return "services"
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
	}
	return ""
}

// parse turns text into the setting's Go value. Errors do not repeat the text.
func (s *Setting) parse(text string) (reflect.Value, error) {
	v, err := parseSetting(s.Type, text)
	if err != nil {
		return v, err
	}
	if len(s.OneOf) > 0 && !contains(s.OneOf, text) {
		return v, fmt.Errorf("want one of %s", strings.Join(s.OneOf, ", "))
	}
	return v, s.inRange(v)
}

func parseSetting(kind, text string) (reflect.Value, error) {
	switch kind {
	case "string":
		return reflect.ValueOf(text), nil
	case "integer":
		n, err := strconv.Atoi(strings.ReplaceAll(text, "_", ""))
		if err != nil {
			return reflect.Value{}, fmt.Errorf("want a whole number")
		}
		return reflect.ValueOf(n), nil
	case "number":
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || n != n || n > 1e300 || n < -1e300 {
			return reflect.Value{}, fmt.Errorf("want a number")
		}
		return reflect.ValueOf(n), nil
	case "boolean":
		switch strings.ToLower(text) {
		case "true":
			return reflect.ValueOf(true), nil
		case "false":
			return reflect.ValueOf(false), nil
		}
		return reflect.Value{}, fmt.Errorf("want true or false")
	case "duration":
		d, err := parseDuration(text)
		return reflect.ValueOf(d), err
	case "size":
		n, err := ParseSize(text)
		return reflect.ValueOf(n), err
	case "list":
		var list []string
		for _, item := range strings.Split(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		return reflect.ValueOf(list), nil
	case "map":
		m := map[string]string{}
		for _, item := range strings.Split(text, ",") {
			if item = strings.TrimSpace(item); item == "" {
				continue
			}
			k, v, ok := strings.Cut(item, "=")
			if k = strings.TrimSpace(k); !ok || k == "" {
				return reflect.Value{}, fmt.Errorf("want name=value pairs with commas between")
			}
			m[k] = strings.TrimSpace(v)
		}
		return reflect.ValueOf(m), nil
	}
	return reflect.Value{}, fmt.Errorf("cannot be set here")
}

// inRange checks Min and Max, which are written like the setting itself.
func (s *Setting) inRange(v reflect.Value) error {
	number := func(v reflect.Value) float64 {
		if v.CanFloat() {
			return v.Float()
		}
		return float64(v.Int())
	}
	for _, bound := range []struct {
		text, words string
		wrong       func(v, b float64) bool
	}{
		{s.Min, "at least", func(v, b float64) bool { return v < b }},
		{s.Max, "at most", func(v, b float64) bool { return v > b }},
	} {
		if bound.text == "" {
			continue
		}
		b, err := parseSetting(s.Type, bound.text)
		if err != nil {
			return fmt.Errorf("limit of %s: %w", s.Path, err)
		}
		if bound.wrong(number(v), number(b)) {
			return fmt.Errorf("want %s %s", bound.words, bound.text)
		}
	}
	return nil
}

func parseDuration(text string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err != nil || d < 0 {
		return 0, fmt.Errorf("want a duration with its unit, such as 500ms, 30s, 5m or 4h")
	}
	return d, nil
}

// ParseSize reads a number of bytes: 4096, 512kB, 64MiB, 10GB.
func ParseSize(text string) (Size, error) {
	text = strings.TrimSpace(text)
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	n, err := strconv.ParseFloat(strings.ReplaceAll(digits, "_", ""), 64)
	unit, known := sizeUnits[strings.ToLower(strings.TrimSpace(text[len(digits):]))]
	if err != nil || !known || n < 0 || n != n || n*unit > 1<<62 {
		return 0, fmt.Errorf("want a size with its unit, such as 512kB, 64MiB or 10GiB")
	}
	return Size(n * unit), nil
}

var sizeUnits = map[string]float64{
	"": 1, "b": 1,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
