package discover_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
)

// TestSpread: values that tell nothing one by one are known by how they lie,
// and what lies much alike is not.
func TestSpread(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	day := func(from, to int) time.Time {
		return time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(365*(to-from)))
	}
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	n := 0
	count := func() int { n++; return n }
	type column struct {
		name, typ string
		class     discover.Class
		value     func() string
	}
	fraction := func(from, to float64) func() string {
		return func() string { return fmt.Sprintf("%.6f", from+(to-from)*r.Float64()) }
	}
	for name, columns := range map[string][]column{
		"births": {
			{"qa", "date", discover.BirthDate, func() string { return day(1940, 2006).Format(time.DateOnly) }},
			{"qb", "text", discover.BirthDate, func() string { return day(1940, 2006).Format("02.01.2006") }},
			{"qc", "text", discover.BirthDate, func() string { return day(1940, 2006).Format("20060102") }},
			{"qd", "timestamp", discover.BirthDate, func() string { return day(1940, 2006).Format(time.DateOnly) + " 00:00:00" }},
			{"hired_on", "date", discover.Plain, func() string { return day(1950, 2006).Format(time.DateOnly) }},
			{"qe", "date", discover.Plain, func() string { return day(2012, 2024).Format(time.DateOnly) }},
			{"qf", "date", discover.Plain, func() string { return fmt.Sprintf("%d-01-01", 1940+r.IntN(66)) }},
			{"qg", "timestamp", discover.Plain, func() string {
				return day(1940, 2006).Add(time.Duration(r.IntN(86000)) * time.Second).Format(time.DateTime)
			}},
			{"email", "text", discover.Email, func() string { return fmt.Sprintf("a%d@example.org", count()) }},
		},
		"dates of things": {
			{"qa", "date", discover.Plain, func() string { return day(1940, 2006).Format(time.DateOnly) }},
			{"label", "text", discover.Category, func() string { return pick("bolt", "nut") }},
		},
		"phones": {
			{"qa", "text", discover.Phone, func() string {
				return pick("0170", "0171", "0172", "0175", "0176", "0174", "0177", "0178", "0179") + fmt.Sprintf("%07d", 2000000+r.IntN(7999999))
			}},
			{"qb", "text", discover.Phone, func() string {
				return pick("212", "415", "312", "206", "617", "303", "512", "404") + fmt.Sprintf("%d%06d", 2+r.IntN(8), 110000+r.IntN(880000))
			}},
			{"qc", "text", discover.Phone, func() string { return fmt.Sprintf("06%08d", 10000000+r.IntN(89999999)) }},
			{"qd", "text", discover.Unknown, func() string { return fmt.Sprintf("%010d", r.IntN(9999999999)) }},
			{"qe", "text", discover.Unknown, func() string { return fmt.Sprintf("%010d", 2125550000+count()) }},
			{"qf", "text", discover.Unknown, func() string { return fmt.Sprintf("%010d", count()) }},
			{"qg", "text", discover.Unknown, func() string { return fmt.Sprintf("17%08d", r.IntN(99999999)) }},
			{"qh", "text", discover.FreeText, func() string { return pick("ring 0171 2345678 soon", "or (212) 736-5000 then", "nothing") }},
		},
		"positions": {
			{"qa", "float8", discover.Geo, fraction(47, 55)},
			{"qb", "float8", discover.Geo, fraction(6, 15)},
			{"qc", "numeric", discover.Geo, fraction(-122, -70)},
			{"qd", "numeric", discover.Geo, fraction(30, 48)},
			{"weight", "float8", discover.Plain, fraction(2, 80)},
			{"height", "float8", discover.Plain, fraction(2, 80)},
			{"qe", "float8", discover.Plain, fraction(0, 1)},
			{"qf", "float8", discover.Plain, fraction(0, 1)},
			{"qg", "numeric", discover.Plain, func() string { return fmt.Sprintf("%.2f", 90*r.Float64()) }},
			{"qh", "numeric", discover.Plain, func() string { return fmt.Sprintf("%.2f", 90*r.Float64()) }},
		},
	} {
		table := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "zzt"}, Kind: catalog.Ordinary}
		for i, c := range columns {
			typ := &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: c.typ}, Kind: 'b', Category: 'S'}
			table.Columns = append(table.Columns, &catalog.Column{Num: int16(i + 1), Name: c.name, Type: typ, TypMod: -1, TypeSQL: c.typ})
		}
		var found []*discover.Found
		for i, g := range discover.Table(table) {
			found = append(found, &discover.Found{Guess: g, In: table, Of: table.Columns[i]})
		}
		s := discover.NewSample(table, found)
		byName := map[string]column{}
		for _, c := range columns {
			byName[c.name] = c
		}
		for range 600 {
			var row [][]byte
			for _, c := range s.Columns() {
				row = append(row, []byte(byName[c].value()))
			}
			s.Row(row)
		}
		s.Judge()
		for _, f := range found {
			if want := byName[f.Column].class; f.Class != want {
				t.Errorf("%s: %s %s is %s (%v), want %s", name, f.Column, f.Type, f.Class, f.Evidence, want)
			}
		}
	}
}
