package refresh

import (
	"context"
	"time"

	"github.com/understudy-db/understudy/load"
)

// CreateBranch clones staging's clean state into a database for one engineer or
// one job. A ttl of 0 is the configuration's. Neither key nor source is needed.
func CreateBranch(ctx context.Context, o Options, name string, ttl time.Duration) (load.Branch, error) {
	o.fill()
	target, err := openTarget(ctx, &o, false)
	if err != nil {
		return load.Branch{}, err
	}
	defer target.Close()
	if ttl == 0 {
		ttl = o.Config.Branches.TTL
	}
	b := load.BranchOptions{Name: name, TTL: ttl, Max: o.Config.Branches.Max, MaxBytes: int64(o.Config.Branches.MaxBytes),
		PublishOptions: load.PublishOptions{Progress: o.Observer.Stage, Lenient: true}}
	if o.Migrated {
		if b.Migrate, err = o.apply(ctx); err != nil {
			return load.Branch{}, err
		}
	}
	if _, err := target.Janitor(ctx); err != nil { // those whose time is over make room
		o.Observer.Warn("old databases are left for the next run: " + err.Error())
	}
	return target.CreateBranch(ctx, b)
}

// Branches lists staging's branches. Nothing is changed.
func Branches(ctx context.Context, o Options) ([]load.Branch, error) {
	o.fill()
	target, err := openTarget(ctx, &o, true)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	return target.Branches(ctx)
}

// DropBranch drops a branch and ends its sessions.
func DropBranch(ctx context.Context, o Options, name string) (load.Branch, error) {
	o.fill()
	target, err := openTarget(ctx, &o, false)
	if err != nil {
		return load.Branch{}, err
	}
	defer target.Close()
	return target.DropBranch(ctx, name)
}

// ExtendBranch lets a branch live for so long from now on; 0 is the configuration's.
func ExtendBranch(ctx context.Context, o Options, name string, ttl time.Duration) (load.Branch, error) {
	o.fill()
	target, err := openTarget(ctx, &o, false)
	if err != nil {
		return load.Branch{}, err
	}
	defer target.Close()
	if ttl == 0 {
		ttl = o.Config.Branches.TTL
	}
	return target.ExtendBranch(ctx, name, ttl)
}
