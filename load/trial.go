package load

import "context"

// Trial takes sample rows as a load would and gives them up at the end, to see
// whether they satisfy what the table demands of a row.
type Trial struct{ w *TableWriter }

// OpenTrial begins a trial of one table. Nothing of it stays behind.
func (b *Build) OpenTrial(ctx context.Context, load TableLoad) (*Trial, error) {
	sql := b.beginSQL(load)
	if !load.ViaRoot {
		// Into a new file, which the rollback removes: no dead rows are left.
		sql += load.emptySQL() + "; "
	}
	key := loadKey{table: load.Table.Name}
	w, err := b.start(ctx, load, key, sql+load.copySQL(false))
	if err != nil {
		return nil, b.loadFailed(err, load, key)
	}
	return &Trial{w}, nil
}

// Write hands rows on, in any split, without header and trailer.
func (t *Trial) Write(p []byte) (int, error) { return t.w.Write(p) }

// Finish tells whether the target takes all rows: a counter-example is a
// *ConstraintError within a fault.Data.
func (t *Trial) Finish() error {
	defer t.w.Abort()
	if err := t.w.endCopy(); err != nil {
		return t.w.describe(err)
	}
	return nil
}

// Abort ends the trial early. After Finish it does nothing.
func (t *Trial) Abort() { t.w.Abort() }

// Try is a whole trial of rows that are at hand.
func (b *Build) Try(ctx context.Context, load TableLoad, rows []byte) error {
	t, err := b.OpenTrial(ctx, load)
	if err != nil {
		return err
	}
	defer t.Abort()
	if _, err := t.Write(rows); err != nil {
		return err
	}
	return t.Finish()
}
