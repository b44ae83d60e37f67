package report

import (
	"cmp"
	"slices"
)

// Coverage sums what a policy does, by table, by mask and by what columns seem
// to hold. It is a list of what is covered, not a verdict.
type Coverage struct {
	Tables  []TableCoverage `json:"tables"`
	Masks   []MaskCoverage  `json:"masks"`
	Classes []ClassCoverage `json:"classes"` // of columns that may identify somebody
	Masked  int             `json:"columns_masked"`
	Kept    int             `json:"columns_kept"`
	Review  int             `json:"columns_to_review"`      // whose line of the policy still says # review:
	Lines   []string        `json:"review_lines,omitempty"` // all such lines, those about tables too, as file:line
}

// TableCoverage is one table; partitions count as the table they belong to.
type TableCoverage struct {
	Name    string         `json:"name"`
	Rows    string         `json:"rows"` // all, none, where
	Subject string         `json:"subject,omitempty"`
	Kept    int            `json:"kept"`
	Masked  int            `json:"masked"`
	Review  int            `json:"to_review"`
	Masks   map[string]int `json:"masks,omitempty"`
	Classes map[string]int `json:"masked_classes,omitempty"` // of the masked columns; "" is none
	Exposed []string       `json:"kept_classes,omitempty"`   // columns that are kept and seem to identify somebody
}

// MaskCoverage is one mask over all tables.
type MaskCoverage struct {
	Mask    string `json:"mask"`
	Columns int    `json:"columns"`
	Changed int64  `json:"values_changed"`
}

// ClassCoverage is one class of columns over all tables.
type ClassCoverage struct {
	Class   string   `json:"class"`
	Masked  int      `json:"masked"`
	Kept    int      `json:"kept"`
	Columns []string `json:"kept_columns,omitempty"`
}

// CoverageOf sums tables as a run or a check describes them.
func CoverageOf(tables []Table) *Coverage {
	c := &Coverage{Tables: []TableCoverage{}, Masks: []MaskCoverage{}, Classes: []ClassCoverage{}}
	at := map[string]int{}
	masks, classes := map[string]*MaskCoverage{}, map[string]*ClassCoverage{}
	for i := range tables {
		t := &tables[i]
		name := cmp.Or(t.Root, t.Name)
		_, counted := at[name]
		if !counted {
			at[name] = len(c.Tables)
			c.Tables = append(c.Tables, TableCoverage{Name: name, Rows: t.rowsWord(), Subject: t.Subject, Masks: map[string]int{}, Classes: map[string]int{}})
		}
		tc := &c.Tables[at[name]]
		for j := range t.Columns {
			col := &t.Columns[j]
			m := masks[col.Mask]
			if m == nil {
				m = &MaskCoverage{Mask: col.Mask}
				masks[col.Mask] = m
			}
			m.Changed += col.Changed
			if counted {
				continue
			}
			m.Columns++
			c.add(tc, col, classes)
		}
	}
	for _, m := range masks {
		c.Masks = append(c.Masks, *m)
	}
	for _, cl := range classes {
		c.Classes = append(c.Classes, *cl)
	}
	slices.SortFunc(c.Masks, func(a, b MaskCoverage) int {
		return cmp.Or(cmp.Compare(b.Columns, a.Columns), cmp.Compare(a.Mask, b.Mask))
	})
	slices.SortFunc(c.Classes, func(a, b ClassCoverage) int { return cmp.Compare(a.Class, b.Class) })
	return c
}

func (c *Coverage) add(tc *TableCoverage, col *Column, classes map[string]*ClassCoverage) {
	var cl *ClassCoverage
	if col.Class != "" {
		if cl = classes[col.Class]; cl == nil {
			cl = &ClassCoverage{Class: col.Class}
			classes[col.Class] = cl
		}
	}
	if col.Review {
		tc.Review++
		c.Review++
	}
	if col.Mask == "keep" {
		tc.Kept++
		c.Kept++
		if cl != nil {
			cl.Kept++
			cl.Columns = append(cl.Columns, tc.Name+"."+col.Name)
			tc.Exposed = append(tc.Exposed, col.Name)
		}
		return
	}
	tc.Masked++
	c.Masked++
	tc.Masks[col.Mask]++
	tc.Classes[col.Class]++
	if cl != nil {
		cl.Masked++
	}
}

// rowsWord says which rows of the table there are, in the policy's word.
func (t *Table) rowsWord() string {
	switch {
	case t.Mode == "structure only":
		return "none"
	case t.Where != "":
		return "where"
	}
	return "all"
}
