package load

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/catalog"
)

// Role is what a database is for at the moment.
type Role string

const (
	Building  Role = "building"  // being filled; worthless once its run is gone
	Pristine  Role = "pristine"  // sealed: complete, verified, closed, and kept after publishing
	Complete  Role = "complete"  // sealed, but without pristine: it becomes live itself
	Candidate Role = "candidate" // on its way to staging: before_publish may have run on it
	Live      Role = "live"      // staging
	Previous  Role = "previous"  // was live, swapped out, kept for a rollback
	Discarded Role = "discarded" // was live, thrown away by a reset
)

const markerVersion = 1

// marker is the comment that tells our databases from all others. It travels
// with renames but not with copies: the OID in it must be the database's own.
// A dump that carries comments along, or a database created from one of ours
// as template, is therefore not ours.
type marker struct {
	Version    int         `json:"understudy"`
	Project    string      `json:"project"`
	Staging    string      `json:"staging"`
	Run        string      `json:"run"`
	Generation int         `json:"generation"`
	Role       Role        `json:"role"`
	OID        catalog.OID `json:"oid"`
	Created    time.Time   `json:"created"`
	Snapshot   *time.Time  `json:"snapshot,omitempty"` // of the source
	LSN        string      `json:"lsn,omitempty"`
	Key        string      `json:"key,omitempty"`       // fingerprint
	Published  *time.Time  `json:"published,omitempty"` // first swap of this generation
	Retired    *time.Time  `json:"retired,omitempty"`   // last swap out of staging
	Branch     string      `json:"branch,omitempty"`    // name of a branch
	Expires    *time.Time  `json:"expires,omitempty"`   // end of a branch
	Comment    string      `json:"comment,omitempty"`   // of an adopted database, before the marker took its place
}

// parseMarker reads a comment; nil if it is no marker of ours.
func parseMarker(comment string) *marker {
	if !strings.HasPrefix(comment, "{") {
		return nil
	}
	var m marker
	if json.Unmarshal([]byte(comment), &m) != nil || m.Version != markerVersion || m.Generation < 0 {
		return nil
	}
	return &m
}

func (m marker) String() string {
	b, err := json.Marshal(m)
	if err != nil {
		panic(fmt.Sprintf("load: a marker cannot be written: %v", err)) // plain strings and times only
	}
	return string(b)
}

// executor is a session or a transaction.
type executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// mark writes a marker.
func mark(ctx context.Context, on executor, database string, m marker) error {
	_, err := on.Exec(ctx, "COMMENT ON DATABASE "+quoted(database)+" IS "+catalog.QuoteLiteral(m.String()))
	return err
}
