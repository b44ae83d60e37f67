package load

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// Provenance says where a generation comes from. It stays in the database for
// everybody to read: it holds names, counts and hashes, no value and no key.
type Provenance struct {
	Project, Staging string // filled in by Seal
	Run              string // filled in by Seal
	Generation       int    // filled in by Seal

	Snapshot       time.Time // of the source
	LSN            string
	PolicyHash     string
	KeyFingerprint string
	CatalogVersion int // of the masks
	ToolVersion    string
	Rows           map[catalog.Name]int64 // per table
	Outputs        map[string]Output      // per masked column, by schema.table.column
	Schema         *catalog.Fingerprint   // of the source; nil of older versions
}

// Output is what a masked column's values depend on besides key and data.
type Output struct {
	Mask    string `json:"mask"`
	Version int    `json:"version"` // of the mask's outputs
	Rule    string `json:"rule"`    // hash of parameters, domain and subject
}

const provenanceSQL = `
CREATE TABLE _understudy.provenance (
	only_row        boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	project         text NOT NULL,
	staging         text NOT NULL,
	run             text NOT NULL,
	generation      int  NOT NULL,
	snapshot_time   timestamptz NOT NULL,
	snapshot_lsn    text NOT NULL,
	policy_hash     text NOT NULL,
	key_fingerprint text NOT NULL,
	mask_version    int  NOT NULL,
	tool_version    text NOT NULL,
	rows            jsonb NOT NULL,
	outputs         jsonb NOT NULL,
	schema          jsonb NOT NULL
);
COMMENT ON SCHEMA _understudy IS 'kept by understudy: where this database comes from';
COMMENT ON TABLE _understudy.provenance IS 'where this database comes from; rows: loaded rows by table; outputs: mask and version by column; schema: hashes of the source''s definitions';
GRANT USAGE ON SCHEMA _understudy TO PUBLIC;
GRANT SELECT ON _understudy.provenance TO PUBLIC;
DROP TABLE _understudy.ledger`

const writeProvenance = `
INSERT INTO _understudy.provenance (project, staging, run, generation, snapshot_time, snapshot_lsn, policy_hash,
	key_fingerprint, mask_version, tool_version, rows, outputs, schema)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::jsonb, COALESCE(NULLIF($12::text::jsonb, 'null'), '{}'), COALESCE(NULLIF($13::text::jsonb, 'null'), '{}'))`

// write replaces the ledger by the provenance.
func (p Provenance) write(ctx context.Context, conn *pgx.Conn) error {
	counts := make(map[string]int64, len(p.Rows))
	for name, n := range p.Rows {
		counts[name.String()] = n
	}
	rows, err := json.Marshal(counts)
	if err != nil {
		return err
	}
	outputs, err := json.Marshal(p.Outputs)
	if err != nil {
		return err
	}
	schema, err := json.Marshal(p.Schema)
	if err != nil {
		return err
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
		defer cancel()
		_ = tx.Rollback(cleanup)
	}()
	if _, err := tx.Conn().PgConn().Exec(ctx, provenanceSQL).ReadAll(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, writeProvenance, p.Project, p.Staging, p.Run, p.Generation, p.Snapshot, p.LSN,
		p.PolicyHash, p.KeyFingerprint, p.CatalogVersion, p.ToolVersion, string(rows), string(outputs), string(schema)); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

// readProvenance reads what tells whose a database is.
func readProvenance(ctx context.Context, conn *pgx.Conn) (p Provenance, err error) {
	err = conn.QueryRow(ctx, `SELECT project, staging, run, generation FROM _understudy.provenance`).
		Scan(&p.Project, &p.Staging, &p.Run, &p.Generation)
	return p, err
}

// ServingProvenance reads where staging comes from; nil if nothing of ours
// serves. Generations of older versions have no Outputs.
func (s *Server) ServingProvenance(ctx context.Context) (*Provenance, error) {
	inv, err := s.inventory(ctx, false)
	if err != nil || inv.staging == nil || inv.staging.marker == nil {
		return nil, err
	}
	conn, err := s.dialDatabase(ctx, inv.staging.name, "inspect", nil)
	if err != nil {
		return nil, err
	}
	defer closeQuietly(conn)
	var p Provenance
	var outputs, schema []byte
	// As JSON, because older generations lack the last columns.
	err = conn.QueryRow(ctx, `SELECT run, generation, snapshot_time, policy_hash, key_fingerprint, mask_version, tool_version,
		pg_catalog.to_jsonb(p) -> 'outputs', NULLIF(pg_catalog.to_jsonb(p) -> 'schema', '{}') FROM _understudy.provenance p`).
		Scan(&p.Run, &p.Generation, &p.Snapshot, &p.PolicyHash, &p.KeyFingerprint, &p.CatalogVersion, &p.ToolVersion, &outputs, &schema)
	if err == nil && outputs != nil {
		err = json.Unmarshal(outputs, &p.Outputs)
	}
	if err == nil && schema != nil {
		err = json.Unmarshal(schema, &p.Schema)
	}
	if err != nil {
		return nil, s.failed(err, "read the provenance of %s", catalog.Display(inv.staging.name))
	}
	p.Project, p.Staging = s.cfg.Project, s.cfg.Staging
	return &p, nil
}
