package policies

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"sort"
	"strconv"

	"github.com/understudy-db/understudy/transform/mask"
)

// hash is the SHA-256 of the resolved policy: what happens to each column, not
// where in which file it was written. Two policies with equal hashes do the
// same to the same schema. Partitions count as their root.
func (b *Binding) hash() string {
	h := sha256.New()
	line := func(fields ...string) {
		for _, f := range fields {
			writeField(h, f)
		}
		h.Write([]byte{'\n'})
	}
	line("understudy policy 1", "masks "+strconv.Itoa(mask.CatalogVersion))
	seen := map[*owner]bool{}
	for _, t := range b.Tables {
		if seen[t.owner] {
			continue
		}
		seen[t.owner] = true
		line("table", t.owner.name, t.Rows.String(), t.Where, t.Subject)
		columns := append([]*ColumnBinding(nil), t.Columns...)
		sort.Slice(columns, func(i, j int) bool { return columns[i].Column.Name < columns[j].Column.Name })
		for _, c := range columns {
			subject := ""
			if c.Keyed == "subject" {
				subject = c.state.plan.sql(t.owner.table)
			}
			line("column", c.Column.Name, c.Rule, paramText(c.Params), c.Keyed, c.Domain, c.Subject, subject, strconv.FormatBool(c.PerRow))
		}
	}
	line("large objects", b.LargeObjects)
	if b.NoComments {
		line("no comments")
	}
	line(append([]string{"unsupported"}, b.Unsupported...)...)
	line(append([]string{"skip"}, b.SkipExtensions...)...)
	return hex.EncodeToString(h.Sum(nil))
}

// writeField writes a length first, so that fields cannot run into each other.
func writeField(h hash.Hash, s string) { fmt.Fprintf(h, "%d:%s,", len(s), s) }

func paramText(p mask.Params) string {
	s := ""
	for _, k := range sortedKeys(p) {
		s += fmt.Sprintf("%d:%s=%T:%#v;", len(k), k, p[k], p[k])
	}
	return s
}
