package mask

import (
	"errors"
	"fmt"
	"math/rand"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/brianvoe/gofakeit/v6"
)

// refusedFunctions are gofakeit's functions that a mask may not call, and why.
var refusedFunctions = map[string]string{
	"firefoxuseragent": fromClock + "use chromeuseragent, or useragent, which leaves it out here",
	"pasttime":         fromClock + "use random with min and max", "futuretime": fromClock + "use random with min and max",
	"creditcardexp": fromClock + "use card_expiry", "creditcard": fromClock + "use credit_card, card_expiry and card_cvv",
	"person":   fromClock + "use full_name, email, phone and the others of the person group",
	"generate": "it calls others by name: use template",
	"map":      ofChance, "fixed_width": ofDocuments, "csv": ofDocuments, "json": ofDocuments, "xml": ofDocuments, "sql": ofDocuments,
	"template": ofDocuments, "email_text": ofDocuments, "markdown": ofDocuments,
	"imagejpeg": ofImages, "imagepng": ofImages, "svg": ofImages,
}

const (
	fromClock   = "it reads the clock, so no two refreshes would agree: "
	ofChance    = "it walks a map in an order that changes from run to run"
	ofDocuments = "it builds a document out of functions that may read the clock: use json, text or sql"
	ofImages    = "it draws a picture: use redact or constant"
)

// liveFunctions write what may be somebody's, and what to use instead.
var liveFunctions = map[string]string{
	"email": "email", "phone": "phone", "phoneformatted": "phone", "ssn": "national_id", "creditcardnumber": "credit_card",
	"ipv4address": "ip", "ipv6address": "ip", "macaddress": "mac", "url": "url", "domainname": "hostname", "imageurl": "url",
	"achaccount": "fpe_ff1", "achrouting": "fpe_ff1", "username": "username",
}

// ownFunctions replace functions of gofakeit that do not depend on their
// random numbers alone: year and date end today, daterange and isin draw from
// the library's global source, useragent calls date, shufflestrings changes
// its arguments for the next call.
var ownFunctions = map[string]func(r *rand.Rand, m *gofakeit.MapParams) (string, error){
	"year": func(r *rand.Rand, _ *gofakeit.MapParams) (string, error) {
		return strconv.Itoa(1900 + r.Intn(lastYear-1900+1)), nil
	},
	"date": func(r *rand.Rand, m *gofakeit.MapParams) (string, error) {
		const day = 24 * 60 * 60
		t := time.Unix(r.Int63n(int64(lastYear+1-1970)*365*day), 0).UTC()
		format := time.RFC3339
		if given := m.Get("format"); len(given) > 0 && given[0] != "RFC3339" {
			format = given[0]
		}
		return t.Format(format), nil
	},
	"daterange": func(r *rand.Rand, m *gofakeit.MapParams) (string, error) {
		from, err := time.Parse(time.DateOnly, strings.Join(m.Get("startdate"), ""))
		if err != nil {
			return "", errDateRange
		}
		to, err := time.Parse(time.DateOnly, strings.Join(m.Get("enddate"), ""))
		if err != nil || to.Before(from) {
			return "", errDateRange
		}
		days := int(to.Sub(from)/(24*time.Hour)) + 1
		return from.AddDate(0, 0, r.Intn(days)).Format(time.DateOnly), nil
	},
	"isin": func(r *rand.Rand, m *gofakeit.MapParams) (string, error) {
		security := []byte{'X', 'X'} // as isin has it, of no country
		for range 9 {
			security = append(security, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[r.Intn(36)])
		}
		var digits []byte
		for _, c := range security {
			if isDigit(c) {
				digits = append(digits, c)
			} else {
				digits = strconv.AppendInt(digits, int64(c-'A')+10, 10)
			}
		}
		return string(append(security, Luhn(digits))), nil
	},
	"useragent": func(r *rand.Rand, m *gofakeit.MapParams) (string, error) {
		info := gofakeit.GetFuncLookup([]string{"chromeuseragent", "operauseragent", "safariuseragent"}[r.Intn(3)])
		v, err := info.Generate(r, m, info)
		return fmt.Sprint(v), err
	},
	"shufflestrings": func(r *rand.Rand, m *gofakeit.MapParams) (string, error) {
		list := slices.Clone(m.Get("strs"))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		return strings.Join(list, ","), nil
	},
}

var errDateRange = errors.New("daterange needs startdate and enddate, as 2020-01-31")

// lastYear ends what gofakeit draws up to the day of the run.
const lastYear = 2025

func gofakeitSpec() *Spec {
	var refused []string
	for name := range refusedFunctions {
		refused = append(refused, name)
	}
	slices.Sort(refused)
	return define(Spec{
		Name:    "gofakeit",
		Summary: "what a function of gofakeit v6 draws",
		Doc: `Calls any of the functions of [gofakeit](https://github.com/brianvoe/gofakeit) by its name (` + "`carmodel`, `currencyshort`, `useragent`, `hackerphrase`" + `),
or fills a template: ` + "`{firstname} {lastname}, {jobtitle}`" + `, in which # stands for a digit and ? for a letter. Random numbers come from the subject, or with a domain from
the value, by the key; the real value does not enter. Text is cut to the column; a result that is no value of the column's type is replaced by a
neutral one and counted.

Nothing is linked to the other masks of the subject, and names come from no locale. Functions that could reach somebody (` + "`email`, `phone`, `url`, `ssn`" + ` …) need
` + "`live: true`" + `; this tool's own masks stay in ranges that nobody has. Functions that draw from the clock or from global random numbers are replaced by the like:
` + "`year` and `date`" + ` end in ` + strconv.Itoa(lastYear) + `, ` + "`daterange`" + ` takes two dates, ` + "`isin`" + ` is of the country XX, ` + "`useragent`" + ` knows no Firefox. Refused, because they read the clock, depend on chance or
make no single value: ` + strings.Join(refused, ", ") + `, and functions that return several values. Allocates, at about a microsecond a value.`,
		Example: "car: { mask: gofakeit, function: carmodel }",
		Params: []Param{
			{Name: "function", Type: String, Doc: "name of a function, as gofakeit's lookup knows it"},
			{Name: "template", Type: String, Doc: "text with {functions}, instead of one function; {sentence:3} passes parameters"},
			{Name: "args", Type: Strings, Doc: "the function's parameters, as name=value, such as [min=1, max=6]; a list repeats the name"},
			{Name: "live", Type: Boolean, Default: false, Doc: "allow functions whose output may be somebody's address or number"},
			perParam("subject"),
		},
		Accepts: literalKinds,
		Keyed:   []Keyed{BySubject, ByValue},
		probe: func(k Kind) Params {
			switch k {
			case Int, Numeric, Float:
				return Params{"function": "number", "args": []string{"min=1", "max=99"}}
			case Bool, UUID:
				return Params{"function": strings.ToLower(map[Kind]string{Bool: "bool", UUID: "uuid"}[k])}
			case Date, Timestamp, TimestampTZ:
				return Params{"function": "date"}
			case Enum:
				return Params{"function": "randomstring", "args": []string{"strs=sad", "strs=ok"}}
			}
			return Params{"function": "name"}
		},
	}, fitGofakeit)
}

var templateFunction = regexp.MustCompile(`\{([^{}:]*)(?::([^{}]*))?\}`)

func fitGofakeit(r *rule) (*compiled, *ParamError) {
	m := gofake{set: charsetOf(r.col.Encoding), room: r.col.room()}
	live := r.params.bool("live")
	switch {
	case r.params.has("function") == r.params.has("template"):
		return nil, &ParamError{Param: "function", Msg: "write a function or a template", Hint: "for example " + r.spec.Example}
	case r.params.has("template"):
		m.template = r.params.text("template")
		if r.params.has("args") {
			return nil, &ParamError{Param: "args", Msg: "belong to a function; a template passes them as {sentence:3}"}
		}
		for _, f := range templateFunction.FindAllStringSubmatch(m.template, -1) {
			if _, err := lookUp("template", f[1], live); err != nil {
				return nil, err
			}
			if ownFunctions[f[1]] != nil {
				return nil, &ParamError{Param: "template", Msg: f[1] + " is refused inside of a template, where gofakeit's own reads the clock or global random numbers", Hint: "use function: " + f[1]}
			}
		}
	default:
		name := strings.ToLower(r.params.text("function"))
		info, err := lookUp("function", name, live)
		if err != nil {
			return nil, err
		}
		m.own = ownFunctions[name]
		m.info = info
		if m.args, err = arguments(info, r.params.strings("args")); err != nil {
			return nil, err
		}
		if name == "daterange" && !slices.ContainsFunc(r.params.strings("args"), func(a string) bool { return strings.HasPrefix(a, "enddate=") }) {
			return nil, &ParamError{Param: "args", Msg: "daterange ends today without an enddate", Hint: "args: [startdate=2020-01-01, enddate=2024-12-31]"}
		}
	}
	// A first try tells parameters that are missing, and results that are no
	// single value.
	try := m.worker()
	try.source.stream = stream{1, 2}
	if text, err := try.generate(); err != nil {
		return nil, &ParamError{Param: "args", Msg: "gofakeit: " + err.Error(), Hint: "parameters: " + describeParams(m.info)}
	} else if _, ok := try.append(nil, &r.col, text); !ok {
		return nil, &ParamError{Param: "function", Msg: "what it returns is no value of " + r.column() + ", which is " + r.col.typeName()}
	}
	var neutralValue []byte
	if r.col.Kind != Enum || len(r.col.Labels) > 0 {
		neutralValue = neutral(&r.col, cut("x", r.col.MaxChars))
	}
	return &compiled{
		props: r.needs(r.drawBy(), Properties{PrivacyRank: r.labelRank()}),
		start: func() Masker {
			w := m.worker()
			w.keyer, w.neutral = r.drawKeyer(), neutralValue
			return w
		},
	}, nil
}

// lookUp finds a function that may be called.
func lookUp(param, name string, live bool) (*gofakeit.Info, *ParamError) {
	info := gofakeit.GetFuncLookup(name)
	if info == nil || name == "fields" {
		best, distance := "", 4
		for known := range gofakeit.FuncLookups {
			if d := editDistance(name, known); d < distance || d == distance && known < best {
				best, distance = known, d
			}
		}
		err := &ParamError{Param: param, Msg: "gofakeit has no function " + strconv.Quote(name)}
		if best != "" {
			err.Hint = "did you mean " + best + "?"
		}
		return nil, err
	}
	if why := refusedFunctions[name]; why != "" {
		return nil, &ParamError{Param: param, Msg: name + " is refused: " + why}
	}
	if use := liveFunctions[name]; use != "" && !live {
		return nil, &ParamError{Param: param, Msg: name + " may write what is somebody's", Hint: "use the mask " + use + ", or write live: true"}
	}
	if strings.HasPrefix(info.Output, "map[") || strings.HasPrefix(info.Output, "[]byte") {
		return nil, &ParamError{Param: param, Msg: name + " returns several values", Hint: "use the functions for each of them"}
	}
	for _, p := range info.Params {
		if p.Type == "[]Field" {
			return nil, &ParamError{Param: param, Msg: name + " is refused: " + ofDocuments}
		}
	}
	return info, nil
}

// arguments are a function's parameters with its defaults filled in.
func arguments(info *gofakeit.Info, args []string) (*gofakeit.MapParams, *ParamError) {
	m := gofakeit.NewMapParams()
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		known := slices.ContainsFunc(info.Params, func(p gofakeit.Param) bool { return p.Field == name })
		if !ok || !known {
			return nil, &ParamError{Param: "args", Msg: "there is no parameter " + strconv.Quote(name), Hint: "parameters: " + describeParams(info)}
		}
		m.Add(name, value)
	}
	for _, p := range info.Params {
		if len(m.Get(p.Field)) > 0 || p.Default == "" {
			continue
		}
		list, isList := strings.CutPrefix(p.Default, "[") // gofakeit cannot read its own default
		if !isList {
			m.Add(p.Field, p.Default)
			continue
		}
		for _, v := range strings.Split(strings.TrimSuffix(list, "]"), ",") {
			m.Add(p.Field, strings.TrimSpace(v))
		}
	}
	return m, nil
}

func describeParams(info *gofakeit.Info) string {
	if info == nil || len(info.Params) == 0 {
		return "none"
	}
	var out []string
	for _, p := range info.Params {
		out = append(out, p.Field+" ("+p.Type+")")
	}
	return strings.Join(out, ", ")
}

// keyedSource is a source of random numbers that is keyed anew for each value:
// seeding one of math/rand's costs microseconds and knows 2^31 streams only.
type keyedSource struct{ stream }

func (s *keyedSource) Uint64() uint64 { return s.next() }

func (s *keyedSource) Int63() int64 { return int64(s.next() >> 1) }

// Seed leaves the key alone: rand.Rand calls it when it forgets what it has read.
func (s *keyedSource) Seed(int64) {}

type gofake struct {
	info     *gofakeit.Info
	args     *gofakeit.MapParams
	own      func(*rand.Rand, *gofakeit.MapParams) (string, error)
	template string
	set      charset
	room     int

	keyer   keyer
	source  *keyedSource
	faker   *gofakeit.Faker
	neutral []byte
}

// worker is the mask with a faker of its own.
func (m gofake) worker() *gofake {
	m.source = &keyedSource{}
	m.faker = gofakeit.NewCustom(m.source)
	return &m
}

func (m *gofake) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	m.source.stream = d.stream()
	at := len(dst)
	text, err := m.generate()
	if err == nil {
		var ok bool
		if dst, ok = m.append(dst, m.keyer.col, text); ok {
			return dst, Masked
		}
	}
	return append(dst[:at], m.neutral...), Replaced
}

// generate is the function's result as text.
func (m *gofake) generate() (string, error) {
	m.faker.Rand.Seed(0) // forget bytes that Read kept
	switch {
	case m.template != "":
		return m.faker.Generate(m.template), nil
	case m.own != nil:
		return m.own(m.faker.Rand, m.args)
	}
	v, err := m.info.Generate(m.faker.Rand, m.args, m.info)
	if err != nil {
		return "", err
	}
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case float32:
		return strconv.FormatFloat(float64(v), 'f', -1, 32), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case error:
		return v.Error(), nil
	case []string:
		return strings.Join(v, ","), nil
	case []int, []uint:
		return strings.ReplaceAll(strings.Trim(fmt.Sprint(v), "[]"), " ", ","), nil
	}
	return fmt.Sprint(v), nil
}

// append writes a result into the column, text cut to it.
func (m *gofake) append(dst []byte, col *Column, text string) ([]byte, bool) {
	if col.Kind == Text {
		if text = m.set.fit(text); text == "" {
			text = "x"
		}
		return append(dst, cut(text, min(m.room, col.room()))...), true
	}
	return appendLiteral(dst, col, text)
}
