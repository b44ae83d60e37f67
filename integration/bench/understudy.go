package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform/mask"
)

// staging is the database that understudy replaces.
const staging = "shop_staging"

// stagingSessions stay connected to staging until the swap ends them.
const stagingSessions = 4

// understudy is a refresh by the binary that users get, with everything it
// does: schema, pre-solve, masks, counts, statistics, checks, the swap.
type understudy struct {
	*bench
	title    string
	binary   string
	policy   string
	pristine string

	sessions []*pgx.Conn
}

func (u *understudy) name() string { return u.title }
func (u *understudy) about() string {
	what := "understudy refresh, from the first connection to the swap; " + u.policy
	if u.pristine == "true" {
		what += ", keeping a pristine copy for reset"
	}
	if u.title == otherName {
		what += ", by " + u.binary
	}
	return what
}
func (u *understudy) database() string { return staging }
func (u *understudy) dir() string      { return filepath.Join(u.work, "refresh") }

// prepare makes a staging database with people in it, and what a team would
// keep in its repository.
func (u *understudy) prepare(ctx context.Context) error {
	if err := u.execute(ctx, u.target.URL("postgres"), "CREATE DATABASE "+staging+" OWNER owner"); err != nil {
		return err
	}
	for range stagingSessions {
		conn, err := pgx.Connect(ctx, u.target.URLFor("app", "app", staging))
		if err != nil {
			return err
		}
		u.sessions = append(u.sessions, conn)
	}
	policy, err := files.ReadFile("sql/" + u.policy)
	if err != nil {
		return err
	}
	config := fmt.Sprintf(`version: 1
project: bench
source: { url: %q }
target: { url: %q, database: %s, owner: owner, load_jobs: %d, index_jobs: %d, pristine: %q }
key: "${file:%s}"
policy: [policy.yaml]
`, u.source.URLFor("reader", "reader", database), u.target.URLFor("understudy", "understudy", "postgres"),
		staging, u.jobs, u.jobs, u.pristine, filepath.Join(u.dir(), "key"))
	return errors.Join(
		os.Mkdir(u.dir(), 0o700),
		os.WriteFile(filepath.Join(u.dir(), "key"), []byte(mask.GenerateKey().Encode()), 0o600),
		os.WriteFile(filepath.Join(u.dir(), "policy.yaml"), policy, 0o600),
		os.WriteFile(filepath.Join(u.dir(), "understudy.yaml"), []byte(config), 0o600),
	)
}

func (u *understudy) run(ctx context.Context, m *measurement) error {
	err := m.run(ctx, u.binary, "refresh", "--config", filepath.Join(u.dir(), "understudy.yaml"), "--adopt", staging, "--report", u.dir())
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(u.dir(), "report.json"))
	if err != nil {
		return err
	}
	var r report.Run
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	if r.Swap == nil {
		return errors.New("the report tells of no swap")
	}
	for _, s := range r.Stages {
		m.Steps = append(m.Steps, step{s.Name, s.Seconds})
	}
	m.SwapMS, m.Masked = r.Swap.Milliseconds, r.Totals.MaskedFields
	if want := u.policy == "masked.yaml"; want != (m.Masked > 0) {
		return fmt.Errorf("%d values were masked by %s", m.Masked, u.policy)
	}
	return nil
}

func (u *understudy) cleanUp() error {
	for _, conn := range u.sessions {
		_ = conn.Close(context.Background()) // the swap has ended it
	}
	u.sessions = nil
	return os.RemoveAll(u.dir())
}
