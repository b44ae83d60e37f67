package discover

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/understudy-db/understudy/transform/mask"
)

// Some values tell nothing one by one, and all of a column do: dates that lie
// as births do, digits that are all phone numbers of one country, two columns
// of fractions that are positions.

const (
	// enoughSpread is how many values have to be met before their spread counts.
	enoughSpread = 100
	// mostDialled is how many values are asked whether they can be dialled.
	mostDialled = 200
	// leastStarts is how many different beginnings set numbers that somebody
	// has apart from numbers that a program counted up.
	leastStarts = 40
)

// spread is what the values of a column are as a whole.
type spread struct {
	dates, firsts int         // dates without a time; of these, first days of a year
	years         map[int]int // … by year

	dialled int            // values of digits alone that were asked
	regions map[string]int // of these, valid numbers of a country
	starts  map[string]struct{}

	fractions, wide, latitudes, longitudes int // numbers of four decimals and more; beyond 1; within 90, 180
}

func (s *spread) add(v string, kind mask.Kind, d digits) {
	switch {
	case len(v) > 40:
	case kind == mask.Date || kind == mask.Timestamp || kind == mask.TimestampTZ:
		s.addDate(v)
	case kind == mask.Float || kind == mask.Numeric:
		s.addFraction(v)
	case kind == mask.Text:
		s.addDate(v)
		s.addFraction(v)
		s.dial(v, d)
	}
}

var dateForm = regexp.MustCompile(`^(?:(\d{4})-(\d\d)-(\d\d)(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?|(\d\d?)([./-])(\d\d?)([./-])(\d{4})|((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))$`)

func (s *spread) addDate(v string) {
	if v[0] < '0' || v[0] > '9' || len(v) < 8 {
		return
	}
	m := dateForm.FindStringSubmatch(v)
	if m == nil {
		return
	}
	year, _ := strconv.Atoi(m[1] + m[8] + m[9])
	if s.years == nil {
		s.years = map[int]int{}
	}
	s.dates++
	s.years[year]++
	if (m[2]+m[10] == "01" && m[3]+m[11] == "01") || (m[4] == "01" && m[6] == "01") {
		s.firsts++
	}
}

func (s *spread) addFraction(v string) {
	_, decimals, ok := strings.Cut(v, ".")
	if !ok || len(decimals) < 4 {
		return
	}
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return
	}
	s.fractions++
	if math.Abs(f) > 1 {
		s.wide++
	}
	if math.Abs(f) <= 90 {
		s.latitudes++
	}
	if math.Abs(f) <= 180 {
		s.longitudes++
	}
}

// dialRegions are countries whose numbers are known without a plus: they begin
// with a 0, or leave gaps wide enough for other digits to fall into.
var (
	dialRegions = []string{"US", "BR", "DE", "FR", "GB", "IT", "NL", "AU"}
	beginWith0  = words(`DE, FR, GB, IT, NL, AU`)
)

func (s *spread) dial(v string, d digits) {
	if !d.plain || len(v) < 9 || len(v) > 12 || s.dialled >= mostDialled {
		return
	}
	if s.regions == nil {
		s.regions, s.starts = map[string]int{}, map[string]struct{}{}
	}
	s.dialled++
	s.starts[v[:5]] = struct{}{}
	for _, region := range dialRegions {
		if s.dialled > 30 && s.regions[region]*2 < s.dialled {
			continue // not this country's
		}
		if beginWith0[region] != (v[0] == '0') {
			continue
		}
		if n, err := phonenumbers.Parse(v, region); err == nil && phonenumbers.IsValidNumberForRegion(n, region) {
			s.regions[region]++
		}
	}
}

// births tells whether dates lie as those of adults' births do: over decades,
// hardly any of late.
func (s *spread) births(rows int) bool {
	if rows < enoughSpread || float64(s.dates) < 0.95*float64(rows) || 3*s.firsts > s.dates {
		return false
	}
	now := time.Now().Year()
	old, late, wrong := 0, 0, 0
	decades := map[int]int{}
	for year, n := range s.years {
		decades[year/10] += n
		switch {
		case year < 1890 || year > now:
			wrong += n
		case year <= now-40:
			old += n
		case year > now-10:
			late += n
		}
	}
	broad := 0
	for _, n := range decades {
		if 100*n >= 3*s.dates {
			broad++
		}
	}
	return 100*wrong <= s.dates && 5*old >= s.dates && 20*late <= s.dates && broad >= 4
}

// phones names the country whose phone numbers the values are, if any.
func (s *spread) phones(rows int) (string, bool) {
	if s.dialled < enoughSpread || len(s.starts) < leastStarts || 10*s.dialled < 9*min(rows, mostDialled) {
		return "", false
	}
	for _, region := range dialRegions {
		if 100*s.regions[region] >= 97*s.dialled {
			return region, true
		}
	}
	return "", false
}

// positions tells whether nearly all values are numbers as in positions, and how
// many of them keep a limit.
func (s *spread) positions(rows, inLimit int) bool {
	return rows >= enoughSpread && 10*s.fractions >= 9*rows && 10*s.wide >= 9*rows && inLimit == s.fractions
}

// otherDates are words for days of which nobody is born.
var otherDates = words(`hire, hired, entry, join, joined, start, started, end, ended, begin, began, issue, issued, expiry, valid, from, until, to, published, publication, release, released, founded, founding, death, died, deceased, built, construction, opened, closed, due, order, paid, eintritt, austritt, gruendung, embauche, fallecimiento, deces, obito, ingreso, alta, baja, event, visit, visited, purchase, sale, contract, registration, registered, wedding, marriage, baptism, graduation, retired, retirement`)

// positionWords may stand in the names of columns that hold positions.
var positionWords = words(`pos, position, coord, coordinate, coordinates, loc, location, point, geo, map, gps, north, south, east, west, wgs, home, pickup, dropoff, start, end, last, place, site`)

// judgeSpread looks at what a table's columns hold as a whole.
func (s *Sample) judgeSpread() {
	personal := s.personal()
	for i, c := range s.columns {
		g := &c.found.Guess
		if !undecided(*g) {
			continue
		}
		toks := Tokens(g.Column)
		if region, ok := c.spread.phones(c.rows); ok && g.Class != Plain {
			*g = g.is(Phone, 0.8, append(g.Evidence, fmt.Sprintf("nearly all of %d values can be dialled in %s", c.rows, region))...)
			continue
		}
		if personal && c.spread.births(c.rows) && len(c.different) > fewDifferent && !anyOf(toks, otherDates, changeWords) {
			*g = g.is(BirthDate, 0.75, append(g.Evidence, fmt.Sprintf("%d dates lie as births do, in a table of people", c.rows))...)
			continue
		}
		if i+1 == len(s.columns) {
			continue
		}
		next := s.columns[i+1]
		if next.found.Of.Num != c.found.Of.Num+1 || next.found.Class != g.Class || next.kind != c.kind || !nothingElse(toks) || !nothingElse(Tokens(next.found.Column)) {
			continue
		}
		if c.spread.positions(c.rows, c.spread.latitudes) && next.spread.positions(next.rows, next.spread.longitudes) ||
			c.spread.positions(c.rows, c.spread.longitudes) && next.spread.positions(next.rows, next.spread.latitudes) {
			why := "two columns of fractions within the limits of positions"
			*g = g.is(Geo, 0.72, append(g.Evidence, why)...)
			next.found.Guess = next.found.is(Geo, 0.72, append(next.found.Evidence, why)...)
		}
	}
}

// undecided tells whether a name leaves it open what a column holds.
func undecided(g Guess) bool {
	return g.Class == Unknown || g.Class == Plain || g.Class == Category && g.Confidence < 0.8
}

// personal tells whether the table's rows are people, by what was found in it.
func (s *Sample) personal() bool {
	for _, f := range s.all {
		switch f.Class {
		case FullName, FirstName, LastName, Email, Phone, NationalID:
			if f.Confidence >= 0.7 {
				return true
			}
		}
	}
	return len(s.all) > 0 && AroundOf(s.all[0].In).Person
}

func anyOf(toks []string, lists ...map[string]bool) bool {
	for _, t := range toks {
		for _, list := range lists {
			if list[t] {
				return true
			}
		}
	}
	return false
}

// nothingElse tells whether a name leaves room for a position: it has no word
// that says what else is measured.
func nothingElse(toks []string) bool {
	for _, t := range toks {
		if len(t) > 2 && !isDigits(t) && !positionWords[t] && vocabulary().words[t] {
			return false
		}
	}
	return true
}
