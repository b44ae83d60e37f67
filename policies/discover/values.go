package discover

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// SampleSize is how many values of a column are enough: of 5,000, a share of
// 0.1 % of a table's rows is met with a probability of 99.3 %.
const SampleSize = 5000

// MaxValueChars is the length that values may be cut to before they are judged.
const MaxValueChars = 8192

// Sample judges values of one table's columns. It keeps counts, never a value.
type Sample struct {
	columns []*columnSample
	all     []*Found // also those whose values are not read
}

type columnSample struct {
	found  *Found
	kind   mask.Kind
	rows   int // values that are not empty
	hits   []int
	shapes []int

	inText    map[Class]int // values within which one stands: an e-mail address in a note
	random    int           // values that look like keys
	names     int           // values that are a person's name, by the dictionary
	cities    int
	sentence  int                 // values of five words or more
	documents int                 // JSON
	longest   int                 // characters of the longest value
	unfit     [2]bool             // of Alphabets: not all values are written in it
	different map[uint64]struct{} // hashes of values, as many as fit fewDifferent and one more
	spread    spread
}

// NewSample takes the guesses about one table's columns, which Judge will
// change. Columns whose values could change nothing are left out: keys,
// numbers that count up, enums, times but for dates in tables of people.
func NewSample(t *catalog.Table, guesses []*Found) *Sample {
	s := &Sample{all: guesses}
	personal := s.personal()
	for _, f := range guesses {
		if c := f.Of; c.Generated == 0 && readable(t, c, f.Guess, personal) {
			s.columns = append(s.columns, &columnSample{
				found: f, kind: transform.KindOf(c.Type), hits: make([]int, len(validators)), shapes: make([]int, len(validators)), inText: map[Class]int{},
			})
		}
	}
	return s
}

func readable(t *catalog.Table, c *catalog.Column, g Guess, personal bool) bool {
	under := c.Type.Underlying()
	if under.Array && under.Elem != nil {
		return transform.KindOf(under.Elem) == mask.Text
	}
	switch transform.KindOf(c.Type) {
	case mask.Text, mask.JSON, mask.JSONB, mask.XML:
		return true
	case mask.Date, mask.Timestamp, mask.TimestampTZ:
		return personal && g.Class == Plain && !anyOf(Tokens(c.Name), otherDates, changeWords)
	case mask.Float:
		return g.Class == Plain && nothingElse(Tokens(c.Name))
	case mask.Int, mask.Numeric:
		return c.Sequence == nil && g.Class != Key && g.Class != Reference && under.Name.Name != "int2" && !inPrimaryKey(t, c)
	}
	return under.Name.Name == "hstore"
}

// Columns are the columns to read, in the order that Row takes.
func (s *Sample) Columns() []string {
	out := make([]string, len(s.columns))
	for i, c := range s.columns {
		out[i] = c.found.Column
	}
	return out
}

// Row judges one row's values in text form; nil is NULL. They are not kept.
func (s *Sample) Row(values [][]byte) {
	for i, v := range values {
		if c := s.columns[i]; len(v) > 0 && c.rows < SampleSize {
			c.add(strings.TrimSpace(string(v)))
		}
	}
}

// Column is Row for rows of one column alone.
func (s *Sample) Column(name string) func(row [][]byte) {
	for _, c := range s.columns {
		if c.found.Column == name {
			c.restart()
			return func(row [][]byte) {
				if v := row[0]; len(v) > 0 && c.rows < SampleSize {
					c.add(strings.TrimSpace(string(v)))
				}
			}
		}
	}
	return func([][]byte) {}
}

// restart forgets the first look: the second one meets the same values again.
func (c *columnSample) restart() {
	*c = columnSample{found: c.found, kind: c.kind, hits: make([]int, len(validators)), shapes: make([]int, len(validators)), inText: map[Class]int{}}
}

// Sparse are columns of which fewer values than wanted were met.
func (s *Sample) Sparse(wanted int) []string {
	var out []string
	for _, c := range s.columns {
		if c.rows < wanted {
			out = append(out, c.found.Column)
		}
	}
	return out
}

func (c *columnSample) add(v string) {
	if v == "" {
		return
	}
	c.rows++
	if c.kind == mask.Text {
		for i, alphabet := range Alphabets {
			c.unfit[i] = c.unfit[i] || !mask.Enciphers(alphabet, v)
		}
	}
	if n := utf8.RuneCountInString(v); n > c.longest {
		c.longest = n
	}
	if len(c.different) <= fewDifferent {
		if c.different == nil {
			c.different = map[uint64]struct{}{}
		}
		c.different[maphash.String(seed, v)] = struct{}{}
	}
	switch {
	case c.kind == mask.JSON || c.kind == mask.JSONB || v[0] == '{' && strings.HasSuffix(v, "}") && strings.Contains(v, `"`):
		c.addJSON(v)
		return
	case len(v) > 2 && v[0] == '{' && v[len(v)-1] == '}': // an array
		v, _, _ = strings.Cut(v[1:len(v)-1], ",")
		v = strings.Trim(v, `"`)
	}
	whole := false
	d := digitsOf(v)
	if undecided(c.found.Guess) {
		c.spread.add(v, c.kind, d)
	}
	if c.kind == mask.Float || c.kind == mask.Date || c.kind == mask.Timestamp || c.kind == mask.TimestampTZ {
		return
	}
	for i, x := range validators {
		switch x.judge(v, d) {
		case valid:
			c.hits[i]++
			whole = true
		case shape:
			c.shapes[i]++
		}
	}
	if whole {
		return
	}
	words := strings.Fields(v)
	if randomText(v) {
		c.random++
	}
	switch n := len(words); {
	case n <= 4:
		c.addName(words)
	case n > 4:
		c.sentence++
	}
	if len(words) > 1 || len(v) > 60 {
		met := within(words)
		for class := range met {
			c.inText[class]++
		}
		if !met[Phone] && phoneWithin(v) {
			c.inText[Phone]++
		}
	}
}

var phoneRun = regexp.MustCompile(`\+?\(?\d[\d()/. \-]{7,20}\d`)

// phoneWithin finds a phone number with blanks in it among words.
func phoneWithin(v string) bool {
	for _, run := range phoneRun.FindAllString(v[:min(len(v), 2000)], 5) {
		if judgePhone(run, digits{}) == valid {
			return true
		}
	}
	return false
}

// within finds values that stand among other words.
func within(words []string) map[Class]bool {
	var out map[Class]bool
	for i, w := range words {
		if i == 500 {
			break
		}
		w = strings.Trim(w, `.,;:!?()[]<>"'`)
		if len(w) < 6 {
			continue
		}
		d := digitsOf(w)
		for _, x := range validators {
			if x.class == Geo || x.class == NationalID && d.plain {
				continue
			}
			if x.judge(w, d) == valid {
				if out == nil {
					out = map[Class]bool{}
				}
				out[x.class] = true
				break
			}
		}
	}
	return out
}

func (c *columnSample) addName(words []string) {
	text := strings.Join(words, " ")
	if cityNames[fold(text)] {
		c.cities++
	}
	for _, w := range words {
		if givenNamesKnown[fold(strings.Trim(w, ".,"))] {
			c.names++
			return
		}
	}
}

// addJSON walks a document's leaves: what the keys are called, and what the
// values are.
func (c *columnSample) addJSON(v string) {
	var doc any
	c.documents++
	if json.Unmarshal([]byte(v), &doc) != nil { // cut off, or like JSON only
		for class := range within(strings.FieldsFunc(v, func(r rune) bool { return r == '"' || r == ' ' })) {
			c.inText[class]++
		}
		return
	}
	met := map[Class]bool{}
	walkJSON("", doc, met, 0)
	for class := range met {
		c.inText[class]++
	}
}

const maxJSONDepth = 50

func walkJSON(key string, v any, met map[Class]bool, depth int) {
	if depth > maxJSONDepth {
		return
	}
	switch x := v.(type) {
	case map[string]any:
		for k, v := range x {
			walkJSON(k, v, met, depth+1)
		}
	case []any:
		for _, v := range x {
			walkJSON(key, v, met, depth+1)
		}
	case string:
		d := digitsOf(x)
		for _, val := range validators {
			if val.judge(x, d) == valid && !(val.class == NationalID && d.plain) {
				met[val.class] = true
				return
			}
		}
		if strings.ContainsRune(x, ' ') {
			for class := range within(strings.Fields(x)) {
				met[class] = true
			}
			if phoneWithin(x) {
				met[Phone] = true
			}
		}
		if class, score := Name(key); score >= 0.8 && x != "" && class.Public() != None && class != FreeText && class != JSON {
			met[class] = true
		}
	}
}

// seed keys the hashes by which different values are counted; it lives as long
// as the process.
var seed = maphash.MakeSeed()

const (
	// fewDifferent values are codes rather than what people wrote.
	fewDifferent = 20
	// leastHits is how many values have to be of a kind before a column is said
	// to hold it: one in five thousand may be chance.
	leastHits = 3
	// leastShare of values, for the same reason.
	leastShare = 0.0008
	// trustShape is the share of look-alikes that have to be right: random
	// digits pass a check digit in one of ten cases.
	trustShape = 0.5
	// nameShare of values that the dictionary of given names knows makes a
	// column of names: of real ones it knows about half.
	nameShare = 0.25
)

// Judge brings the names' say and the values' together, in place.
func (s *Sample) Judge() {
	for _, c := range s.columns {
		if c.rows > 0 {
			c.found.Guess = c.judge(c.found.Guess)
		}
	}
	s.judgeSpread()
	for _, c := range s.columns {
		for i, alphabet := range Alphabets {
			if c.unfit[i] {
				c.found.Unfit = append(c.found.Unfit, alphabet)
			}
		}
	}
}

func (c *columnSample) judge(g Guess) Guess {
	share := func(n int) float64 { return float64(n) / float64(c.rows) }
	var class Class
	best := 0.0
	var said []string
	byClass := map[Class]float64{}
	for i, x := range validators {
		hits := c.hits[i]
		if hits < min(leastHits, c.rows) || share(hits) < leastShare || float64(hits) < trustShape*float64(hits+c.shapes[i]) {
			continue
		}
		if c.kind != mask.Text && (x.class == Phone || x.class == Geo) {
			continue
		}
		if x.class == NationalID && c.weakNumbers(i) {
			continue
		}
		if share(hits) > byClass[x.class] {
			byClass[x.class] = share(hits)
			said = append(said, fmt.Sprintf("%s of %d values are %s", percent(share(hits)), c.rows, x.name))
		}
		if share(hits) > best {
			class, best = x.class, share(hits)
		}
	}
	said = append(said, c.inside()...)
	g.Evidence = append(slices.Clone(g.Evidence), said...)
	switch {
	case best > 0:
		return c.combine(g, class, best, byClass)
	case c.contradicts(g):
		g.Confidence = odds(logit(g.Confidence) - 3.2)
		g.Evidence = append(g.Evidence, fmt.Sprintf("hardly any of %d values looks like it", c.rows))
		return g
	case g.Class == Unknown || g.Class == Category && g.Confidence < 0.7:
		return c.guessText(g)
	case g.Class == FullName || g.Class == FirstName || g.Class == LastName:
		if share(c.names) >= nameShare {
			g.Confidence = odds(logit(g.Confidence) + 2)
			g.Evidence = append(g.Evidence, fmt.Sprintf("%s of %d values hold a given name of the dictionary", percent(share(c.names)), c.rows))
		}
	}
	return g
}

// weakNumbers tells whether a national number without letters or separators
// has too little behind it: below one in two hundred values it may be chance.
func (c *columnSample) weakNumbers(i int) bool {
	return float64(c.hits[i]) < 0.005*float64(c.rows) && strings.Contains("NHS BSN NIF PESEL German", strings.Fields(validators[i].name)[1])
}

// inside tells what stands in free text and documents.
func (c *columnSample) inside() []string {
	var out []string
	for _, x := range []struct {
		class Class
		what  string
	}{{Email, "an e-mail address"}, {Phone, "a phone number"}, {Bank, "an IBAN"}, {Card, "a card number"}, {NationalID, "an official number"}, {Secret, "a secret"}, {IP, "an IP address"}, {FullName, "a name"}, {Address, "an address"}, {BirthDate, "a date of birth"}} {
		n := c.inText[x.class]
		if x.class == FullName {
			n = max(n, c.inText[FirstName], c.inText[LastName])
		}
		if n > 0 {
			out = append(out, fmt.Sprintf("%s of %d values hold %s", percent(float64(n)/float64(c.rows)), c.rows, x.what))
		}
	}
	return out
}

// weight is how much a share of values says, as log-odds: one in a hundred
// outweighs a name that says nothing, one in a thousand calls for a look.
func weight(share float64) float64 { return 5.6 + 1.6*math.Log10(100*share) }

func logit(p float64) float64 { p = min(max(p, 0.01), 0.99); return math.Log(p / (1 - p)) }
func odds(x float64) float64  { return 1 / (1 + math.Exp(-x)) }

// combine adds up what the name says and what the values say.
func (c *columnSample) combine(g Guess, class Class, share float64, byClass map[Class]float64) Guess {
	if s, ok := byClass[g.Class]; ok {
		return g.is(g.Class, odds(logit(g.Confidence)+weight(s)), g.Evidence...)
	}
	prior := 0.03
	switch {
	case g.Class == JSON && c.kind == mask.Text && c.documents == 0:
		// Its name promised JSON, and there is none.
	case g.Class == JSON, g.Class == FreeText && share < 0.5:
		return g // whatever it holds, it is replaced as a whole
	case g.Class.Public() != None && share < 0.5:
		return g // a user name may be an e-mail address
	case g.Class == Secret || g.Class == Password:
		return g
	case g.Class.Public() != None:
		prior = 0.2
	}
	g.Partly = share < 0.5
	return g.is(class, odds(logit(prior)+weight(share)), g.Evidence...)
}

// contradicts tells whether values are nothing of what the name says, where
// values of the class are easily recognised.
func (c *columnSample) contradicts(g Guess) bool {
	const few, enough = 0.05, 20
	if c.rows < enough {
		return false
	}
	ok := 0
	for i, x := range validators {
		if x.class == g.Class {
			ok += c.hits[i]
		}
	}
	switch g.Class {
	case Email, MAC, Bank:
		return g.Class != Bank && float64(ok) < few*float64(c.rows)
	case IP:
		return c.kind == mask.Text && float64(ok) < few*float64(c.rows)
	}
	return false
}

// guessText is for columns that neither name nor check digits say anything of.
func (c *columnSample) guessText(g Guess) Guess {
	share := func(n int) float64 { return float64(n) / float64(c.rows) }
	const enough = 20
	if c.kind != mask.Text || c.rows < enough {
		return g
	}
	switch {
	case share(c.names) >= nameShare && share(c.sentence) < 0.1:
		return g.is(FullName, min(0.5+share(c.names), 0.9), append(g.Evidence, fmt.Sprintf("%s of %d values hold a given name of the dictionary", percent(share(c.names)), c.rows))...)
	case share(c.cities) >= nameShare:
		return g.is(City, min(0.5+share(c.cities), 0.9), append(g.Evidence, fmt.Sprintf("%s of %d values are towns of the dictionary", percent(share(c.cities)), c.rows))...)
	case share(c.random) >= 0.9:
		return g.is(Secret, 0.65, append(g.Evidence, fmt.Sprintf("%s of %d values are random text as keys are", percent(share(c.random)), c.rows))...)
	case c.documents*2 > c.rows:
		return g.is(JSON, 0.85, append(g.Evidence, fmt.Sprintf("%s of %d values are JSON", percent(share(c.documents)), c.rows))...)
	case slices.ContainsFunc([]Class{Email, Phone, Bank, Card, NationalID, Secret}, func(x Class) bool {
		return c.inText[x] >= leastHits && share(c.inText[x]) >= leastShare
	}):
		return g.is(FreeText, 0.8, g.Evidence...)
	case c.longest <= 3:
		return g.is(Category, 0.75, append(g.Evidence, fmt.Sprintf("none of %d values is longer than three characters", c.rows))...)
	case share(c.sentence) >= 0.3:
		return g.is(FreeText, 0.8, append(g.Evidence, fmt.Sprintf("%s of %d values have five words or more", percent(share(c.sentence)), c.rows))...)
	case c.rows >= 500 && len(c.different) <= fewDifferent:
		return g.is(Category, 0.72, append(g.Evidence, fmt.Sprintf("%d values are few different ones", c.rows))...)
	}
	return g
}

// percent is a share in words that give no single value away.
func percent(share float64) string {
	switch p := 100 * share; {
	case p >= 99.5:
		return "nearly all"
	case p >= 10:
		return fmt.Sprintf("%.0f %%", p)
	case p >= 0.1:
		return fmt.Sprintf("%.1f %%", p)
	}
	return "less than 0.1 %"
}
