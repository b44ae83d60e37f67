package refresh

import (
	"slices"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
	"github.com/understudy-db/understudy/transform/originals"
)

// remember opens what remembers the original values of this attempt, and has
// every table that masks text filled in; nil where verify.originals is off.
func (r *run) remember(b *bound) (*originals.Store, error) {
	if r.Config.Verify.Originals == "off" {
		return nil, nil
	}
	store, err := originals.NewStore()
	if err != nil {
		return nil, fault.Wrap(fault.Preflight, err, "open a temporary file for hashes of original values").WithHint(spaceHint)
	}
	for _, t := range b.tables {
		t.remembered = t.rememberIn(store)
	}
	return store, nil
}

const spaceHint = "they take some 20 bytes for each masked text value in the folder for temporary files (TMPDIR)"

// rememberIn tells the store of the table's columns; nil if none is masked text.
func (t *boundTable) rememberIn(store *originals.Store) *originals.Table {
	if t.plan == nil {
		return nil
	}
	columns := make([]originals.Column, len(t.plan.Columns))
	var first, last []int
	any := false
	for i := range columns {
		columns[i].Skip = true
	}
	for _, c := range t.Columns {
		i := t.planColumn(c.Column.Name)
		if i < 0 || !c.Masked() || transform.KindOf(c.Column.Type) != mask.Text {
			continue
		}
		any = true
		columns[i] = originals.Column{Name: t.rootColumn(c.Column), Content: contentOf(c)}
		switch c.Rule {
		case "first_name":
			first = append(first, i)
		case "last_name":
			last = append(last, i)
		}
	}
	if !any {
		return nil
	}
	var names []originals.NamePart
	if len(first) == len(last) { // else nobody knows which belong together
		for n := range first {
			names = append(names, originals.NamePart{First: first[n], Last: last[n],
				Name: columns[first[n]].Name + " with " + catalog.Display(t.plan.Columns[last[n]].Name)})
		}
	}
	return store.Table(columns, names)
}

// labels are masks of what many people and things share, and so are classes of
// columns, whatever their mask.
var (
	labels       = []string{"city", "postal_code", "country", "region", "job_title", "choice", "name_prefix", "sex", "card_brand", "card_expiry", "file_name", "birth_date"}
	labelClasses = []string{"city", "postal_code", "birth_date"}
)

func contentOf(c *policies.ColumnBinding) originals.Content {
	switch {
	case slices.Contains(labels, c.Rule), slices.Contains(labelClasses, c.Class):
		return originals.Labels
	case c.Rule == "text", c.Class == "free_text":
		return originals.Prose
	}
	return originals.Identifiers
}

// rootColumn names a column for reports: of a partition, as its table's.
func (t *boundTable) rootColumn(c *catalog.Column) string {
	return t.Root.Name.String() + "." + catalog.Display(c.Name)
}

// remember has a stream's originals remembered, as those of a chunk. The
// recorder is nil where none are.
func (t *boundTable) remember(s *transform.Stream, c extract.Chunk) *originals.Recorder {
	if t.remembered == nil {
		return nil
	}
	recorder := t.remembered.Recorder(c.Index)
	s.Observe(recorder)
	return recorder
}

// keepOriginals has a chunk that is whole count.
func keepOriginals(r *originals.Recorder) error {
	if err := r.Keep(); err != nil {
		return fault.Wrap(fault.Preflight, err, "write hashes of original values").WithHint(spaceHint)
	}
	return nil
}
