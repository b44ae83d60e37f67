package migrations

import (
	"context"
	"fmt"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Apply runs the pending migrations on a database, by golang-migrate as it is,
// and tells how many there were. An error of a migration is a fault of kind
// Migration that names file and line.
func Apply(ctx context.Context, o Options, database string) (int, error) {
	folder, err := ReadFolder(o.Dir)
	if err != nil {
		return 0, err
	}
	if folder.OpenErr != nil {
		return 0, fault.New(fault.Migration, "%s", folder.OpenErr)
	}
	admin, err := catalog.Connect(ctx, o.Server, catalog.Session{AppName: "understudy/migrate"})
	if err != nil {
		return 0, err
	}
	h := &host{admin: admin, base: admin.Config(), role: o.Role}
	_ = admin.Close(ctx)
	s, err := h.openSession(ctx, database, o.Dir, o.Runner, nil, nil, nil)
	if err != nil {
		return 0, err
	}
	defer s.close()
	folder.split()
	for n := 0; ; n++ {
		v, dirty, err := s.driver.Version()
		if err != nil {
			return n, cannot("read the version of the database", cause(err))
		}
		if dirty {
			return n, fault.New(fault.Preflight, "version %d is marked dirty in %s", v, catalog.Display(database))
		}
		next := folder.after(v)
		if next == nil || o.Target > 0 && next.Version > o.Target {
			return n, nil
		}
		if why := unfit(next.Up, o.Own); why != "" {
			return n, fault.New(fault.Preflight, "version %d is not run: %s", next.Version, why).At(next.Up.Name)
		}
		if _, err := s.step(ctx, 1); err != nil {
			if ctx.Err() != nil {
				return n, context.Cause(ctx)
			}
			f, file := failureOf(err, "", 1), fmt.Sprintf("version %d", next.Version)
			if next.Up != nil {
				f, file = failureOf(err, next.Up.Src, 1), next.Up.Name
			}
			if f.Line > 0 {
				file = fmt.Sprintf("%s:%d", file, f.Line)
			}
			return n, fault.New(fault.Migration, "migration fails: %s (SQLSTATE %s)", f.Message, f.State).At(file)
		}
	}
}

// after is the first version above v; v is -1 for a database without one.
func (f *Folder) after(v int) *Pair {
	for _, p := range f.Pairs {
		if v < 0 || p.Version > uint64(v) {
			return p
		}
	}
	return nil
}
