package refresh

import (
	"context"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/policies/discover"
)

// Discovered is a source's schema and what its columns seem to hold.
type Discovered struct {
	Catalog *catalog.Catalog
	Guesses []*discover.Found
	Skipped []error // tables of which no row could be read
}

// sparse is how few values of a column call for a second look.
const sparse = 500

// Discover reads the source's schema under one snapshot and guesses what the
// columns hold, with rows from samples of every table as well. It keeps counts of
// values and none of them. A table that cannot be read is judged by its names.
func Discover(ctx context.Context, o Options, rows bool) (*Discovered, error) {
	o.fill()
	source, err := openSource(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	out := &Discovered{Catalog: source.Catalog()}
	out.Guesses = discover.Schema(out.Catalog)
	if !rows {
		return out, nil
	}
	byTable := map[*catalog.Table][]*discover.Found{}
	for _, f := range out.Guesses {
		byTable[f.In] = append(byTable[f.In], f)
	}
	for _, t := range out.Catalog.Tables {
		if byTable[t] == nil || t.Kind == catalog.Foreign {
			continue
		}
		if err := sample(ctx, source, t, byTable[t]); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			out.Skipped = append(out.Skipped, err)
		}
	}
	return out, nil
}

func sample(ctx context.Context, source *extract.Source, t *catalog.Table, guesses []*discover.Found) error {
	s := discover.NewSample(t, guesses)
	columns := s.Columns()
	if len(columns) == 0 {
		return nil
	}
	read := 0
	err := source.Sample(ctx, t, columns, discover.SampleSize, discover.MaxValueChars, false, func(row [][]byte) {
		read++
		s.Row(row)
	})
	if err != nil {
		return err
	}
	// Columns that are mostly NULL get a second look, if there is more to see.
	for _, c := range s.Sparse(sparse) {
		if read < discover.SampleSize {
			break
		}
		at := s.Column(c)
		if err := source.Sample(ctx, t, []string{c}, discover.SampleSize, discover.MaxValueChars, true, at); err != nil {
			return err
		}
	}
	s.Judge()
	return nil
}
