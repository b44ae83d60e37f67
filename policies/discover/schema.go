package discover

import (
	"strings"

	"github.com/understudy-db/understudy/catalog"
)

// schemaFacts are what all tables of a schema have in common.
type schemaFacts struct {
	glue      string          // letters that nearly all names of columns begin with
	program   string          // first word of nearly all names of tables, which names the program
	longTexts bool            // text columns have a length: what has none is meant for whole sentences
	limits    bool            // text columns with a length are as many as those without
	shared    map[string]bool // names of columns that many tables have
}

const (
	leastTables  = 4   // tables of a schema that share a first word, or a column
	programShare = 0.7 // of its tables that do
)

// factsOf are the facts of every schema.
func factsOf(cat *catalog.Catalog) map[string]schemaFacts {
	tables := map[string][]*catalog.Table{}
	for _, t := range cat.Tables {
		if Covers(t) {
			tables[t.Name.Schema] = append(tables[t.Name.Schema], t)
		}
	}
	out := map[string]schemaFacts{}
	for schema, all := range tables {
		f := schemaFacts{glue: gluedBySchema(all), program: programOf(all), shared: map[string]bool{}}
		limited, without := 0, 0
		tablesOf := map[string]int{}
		for _, t := range all {
			for _, c := range t.Columns {
				if tablesOf[c.Name]++; tablesOf[c.Name] >= leastTables {
					f.shared[c.Name] = true
				}
				if textLength(c) > 0 {
					limited++
				} else if c.Type.Underlying().Name.Name == "text" {
					without++
				}
			}
		}
		f.limits = limited >= 12 && limited >= without
		f.longTexts = limited >= 12 && limited >= 3*without
		out[schema] = f
	}
	return out
}

// programOf is the word that nearly all tables' names begin with and that says
// nothing of their rows: the ip of ip_clients and ip_invoices is no address.
func programOf(tables []*catalog.Table) string {
	counts := map[string]int{}
	for _, t := range tables {
		if first, _, ok := strings.Cut(strings.ToLower(t.Name.Name), "_"); ok && first != "" {
			counts[first]++
		}
	}
	for w, n := range counts {
		if n < leastTables || float64(n) < programShare*float64(len(tables)) {
			continue
		}
		for _, said := range []map[string]bool{personTables, companyTables, contentTables, thingTables} {
			if has(said, w) {
				return ""
			}
		}
		return w
	}
	return ""
}
