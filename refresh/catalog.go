package refresh

import (
	"context"

	"github.com/understudy-db/understudy/catalog"
)

// ReadCatalog reads the source's schema under one snapshot, and no row.
func ReadCatalog(ctx context.Context, o Options) (*catalog.Catalog, error) {
	o.fill()
	source, err := openSource(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	return source.Catalog(), nil
}
