package mask

import (
	"cmp"
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Each file of locales is one locale: labels and how addresses and numbers are
// written. Another file adds another locale. A file's labels decide about
// outputs, so changing one raises CatalogVersion.
//
//go:embed locales/*.txt
var localeFiles embed.FS

// locale is one file.
type locale struct {
	code     string
	language string
	country  [3]string // two letters, three letters, name
	phones   []phoneRange
	trunk    string // before national numbers
	postal   string // # for a digit, @ for a letter, behind the place's own beginning
	street   []string
	address  []string
	numbers  int       // the largest house number
	prefixes [2]string // male, female
	sexes    [2]string

	male, female, last, streets, company, jobs []string
	regions                                    map[string]string
	places                                     []town
}

// town is a city, and where it lies.
type town struct {
	name       string
	region     string // code
	regionName string
	postal     string // how its postal codes begin
	lat, lon   float64
}

// phoneRange is a block of numbers that are kept for fiction.
type phoneRange struct {
	country, area, line string
	free                int // digits behind line
}

// Locales are the codes that a rule's locale may have.
func Locales() []string { return localeTable().codes }

// findLocale is the locale of a code, nil if there is none.
func findLocale(code string) *locale { return localeTable().byCode[code] }

type localeSet struct {
	codes  []string
	byCode map[string]*locale
}

var localeTable = sync.OnceValue(func() *localeSet {
	set := &localeSet{byCode: map[string]*locale{}}
	files, err := localeFiles.ReadDir("locales")
	if err != nil {
		panic("mask: " + err.Error())
	}
	for _, f := range files {
		text, err := localeFiles.ReadFile(path.Join("locales", f.Name()))
		if err != nil {
			panic("mask: " + err.Error())
		}
		code := strings.TrimSuffix(f.Name(), ".txt")
		l, err := parseLocale(code, string(text))
		if err != nil {
			panic(fmt.Sprintf("mask: locale %s: %v", code, err))
		}
		set.codes = append(set.codes, code)
		set.byCode[code] = l
	}
	return set
})

// parseLocale reads a file: settings, one a line, then sections of labels
// behind a line with == and a name. Labels are parted by commas, or by blanks
// on lines without a comma. Regions are code|name, cities
// name|region|beginning of the postal code|latitude|longitude.
func parseLocale(code, text string) (*locale, error) {
	l := &locale{code: code, numbers: 199, regions: map[string]string{}}
	lists := map[string]*[]string{"male": &l.male, "female": &l.female, "last": &l.last, "street": &l.streets, "company": &l.company, "job": &l.jobs}
	section := ""
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		bad := func(what string) error { return fmt.Errorf("line %d: %s", n+1, what) }
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "=="):
			section = strings.TrimSpace(strings.TrimPrefix(line, "=="))
		case section == "":
			if !l.set(line) {
				return nil, bad("no setting")
			}
		case section == "region":
			code, name, ok := strings.Cut(line, "|")
			if !ok {
				return nil, bad("no region")
			}
			l.regions[code] = name
		case section == "city":
			f := strings.Split(line, "|")
			if len(f) != 5 || l.regions[f[1]] == "" {
				return nil, bad("no city of a known region")
			}
			lat, err := strconv.ParseFloat(f[3], 64)
			lon, err2 := strconv.ParseFloat(f[4], 64)
			if err != nil || err2 != nil {
				return nil, bad("no coordinates")
			}
			l.places = append(l.places, town{f[0], f[1], l.regions[f[1]], f[2], lat, lon})
		case lists[section] == nil:
			return nil, bad("no section " + section)
		case strings.Contains(line, ","):
			*lists[section] = append(*lists[section], strings.Split(line, ",")...)
		default:
			*lists[section] = append(*lists[section], strings.Fields(line)...)
		}
	}
	for _, list := range lists {
		slices.Sort(*list)
		*list = slices.Compact(*list)
		if len(*list) == 0 {
			return nil, fmt.Errorf("a section is missing")
		}
	}
	if len(l.places) == 0 || l.postal == "" || l.country[2] == "" {
		return nil, fmt.Errorf("cities, postal or country are missing")
	}
	return l, nil
}

// set takes one setting.
func (l *locale) set(line string) bool {
	name, value, _ := strings.Cut(line, " ")
	fields := strings.Fields(value)
	bySex := func(to *[2]string) bool {
		if len(fields) != 2 || fields[0] != "m" && fields[0] != "f" {
			return false
		}
		to[map[string]int{"m": 0, "f": 1}[fields[0]]] = fields[1]
		return true
	}
	switch name {
	case "language":
		l.language = value
	case "country":
		if len(fields) < 3 {
			return false
		}
		l.country = [3]string{fields[0], fields[1], strings.Join(fields[2:], " ")}
	case "phone":
		r := phoneRange{}
		if len(fields) != 3 || !strings.HasPrefix(fields[0], "+") {
			return false
		}
		r.country, r.area, r.line = fields[0][1:], fields[1], strings.TrimRight(fields[2], "x")
		r.free = len(fields[2]) - len(r.line)
		l.phones = append(l.phones, r)
	case "trunk":
		l.trunk = value
	case "postal":
		l.postal = value
	case "street":
		l.street = template(value)
	case "address":
		l.address = template(value)
	case "numbers":
		l.numbers, _ = strconv.Atoi(value)
	case "prefix":
		return bySex(&l.prefixes)
	case "sex":
		return bySex(&l.sexes)
	default:
		return false
	}
	return true
}

// template takes text with {fields} apart: each field and each stretch between
// them is one part.
func template(s string) (parts []string) {
	for s != "" {
		open := strings.IndexByte(s, '{')
		if open != 0 {
			if open < 0 {
				open = len(s)
			}
			parts, s = append(parts, s[:open]), s[open:]
			continue
		}
		end := strings.IndexByte(s, '}') + 1
		parts, s = append(parts, s[:end]), s[end:]
	}
	return parts
}

// lexiconKey is what a locale's prepared labels depend on.
type lexiconKey struct {
	code string
	set  charset
}

var lexicons struct {
	sync.Mutex
	made map[lexiconKey]*lexicon
}

// lexicon is the locale with labels that a server's encoding holds.
func (l *locale) lexicon(set charset) *lexicon {
	lexicons.Lock()
	defer lexicons.Unlock()
	key := lexiconKey{l.code, set}
	if made := lexicons.made[key]; made != nil {
		return made
	}
	if lexicons.made == nil {
		lexicons.made = map[lexiconKey]*lexicon{}
	}
	lex := l.newLexicon(set)
	lexicons.made[key] = lex
	return lex
}

func (l *locale) newLexicon(set charset) *lexicon {
	fit := func(list []string) []string {
		out := make([]string, len(list))
		for i, s := range list {
			out[i] = set.fit(s)
		}
		return out
	}
	base := englishLexicon()
	lex := &lexicon{
		locale: l, last: fit(l.last), street: fit(l.streets), suffix: fit(l.company), jobs: fit(l.jobs),
		words: base.words, phrases: base.phrases, // Latin words are at home everywhere
		prefixes: [2]string(fit(l.prefixes[:])), sexes: [2]string(fit(l.sexes[:])), country: [3]string(fit(l.country[:])),
	}
	type named struct {
		name string
		sex  sexOf
	}
	var names []named
	for _, n := range l.male {
		sex := male
		if _, both := slices.BinarySearch(l.female, n); both {
			sex = either
		}
		names = append(names, named{n, sex})
	}
	for _, n := range l.female {
		if _, both := slices.BinarySearch(l.male, n); !both {
			names = append(names, named{n, female})
		}
	}
	slices.SortFunc(names, func(a, b named) int { return cmp.Compare(a.name, b.name) })
	for _, n := range names {
		lex.first = append(lex.first, set.fit(n.name))
		lex.firstSlug = append(lex.firstSlug, slug(transliterate(n.name)))
		lex.firstSex = append(lex.firstSex, n.sex)
	}
	for _, n := range l.last {
		lex.lastSlug = append(lex.lastSlug, slug(transliterate(n)))
	}
	for _, p := range l.places {
		p.name, p.regionName = set.fit(p.name), set.fit(p.regionName)
		lex.city = append(lex.city, p.name)
		lex.places = append(lex.places, p)
	}
	return lex
}

// country is the two letters of a rule's locale in lower case, or what stands
// in for it without one.
func (r *rule) country(without string) string {
	if l := findLocale(r.bind.Locale); l != nil {
		return strings.ToLower(l.country[0])
	}
	return without
}
