package extract

import (
	"context"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// lasting are functions of PostgreSQL whose effects outlive a transaction that
// is rolled back, even a read-only one: on other sessions, files, the WAL,
// replication, statistics.
var lasting = []string{
	"lo_export", "pg_backup_start", "pg_backup_stop", "pg_cancel_backend", "pg_copy_logical_replication_slot",
	"pg_copy_physical_replication_slot", "pg_create_logical_replication_slot", "pg_create_physical_replication_slot",
	"pg_create_restore_point", "pg_drop_replication_slot", "pg_file_rename", "pg_file_sync", "pg_file_unlink", "pg_file_write",
	"pg_log_backend_memory_contexts", "pg_log_standby_snapshot", "pg_logical_emit_message", "pg_logical_slot_get_binary_changes",
	"pg_logical_slot_get_changes", "pg_promote", "pg_reload_conf", "pg_replication_origin_advance", "pg_replication_origin_create",
	"pg_replication_origin_drop", "pg_replication_slot_advance", "pg_rotate_logfile", "pg_start_backup", "pg_stat_reset",
	"pg_stat_reset_replication_slot", "pg_stat_reset_shared", "pg_stat_reset_single_function_counters",
	"pg_stat_reset_single_table_counters", "pg_stat_reset_slru", "pg_stat_reset_subscription_stats", "pg_stop_backup", "pg_switch_wal",
	"pg_sync_replication_slots", "pg_terminate_backend", "pg_wal_replay_pause", "pg_wal_replay_resume",
}

// copyOutside is COPY to a file or a program in the text of a function.
var copyOutside = regexp.MustCompile(`(?is)\bcopy\b[^;]*\bto\b\s*(?:program\b|e?'|\$)`)

// routine is a function that a statement may come to.
type routine struct {
	OID          uint32
	Schema, Name string
	Volatile     bool
	Language     string
	Extension    string // it belongs to, empty for none
	Body         string
}

func (f routine) String() string {
	return catalog.Name{Schema: f.Schema, Name: f.Name}.String() + "()"
}

// ours tells whether somebody wrote the function for this database, so that its
// text tells what it does.
func (f routine) ours() bool {
	return f.Extension == "" && f.Language != "c" && f.Language != "internal"
}

// routines finds functions by name and, if $3, those that no statement names:
// behind casts, domains, aggregates, operators, ranges and operator classes.
const routines = `
	SELECT p.oid, n.nspname::text, p.proname::text, p.provolatile = 'v', l.lanname::text, coalesce(e.extname::text, ''),
	       p.prosrc || coalesce(' ' || pg_catalog.pg_get_function_sqlbody(p.oid), '')
	FROM pg_catalog.pg_proc p
	JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
	JOIN pg_catalog.pg_language l ON l.oid = p.prolang
	LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
	LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
	WHERE p.proname = ANY ($1::text[]) AND (p.oid >= 16384 OR p.proname = ANY ($2::text[]))
	   OR $3 AND p.oid >= 16384 AND p.oid IN (
	      SELECT castfunc FROM pg_catalog.pg_cast
	      UNION SELECT oprcode FROM pg_catalog.pg_operator
	      UNION SELECT amproc FROM pg_catalog.pg_amproc
	      UNION SELECT rngcanonical FROM pg_catalog.pg_range UNION SELECT rngsubdiff FROM pg_catalog.pg_range
	      UNION SELECT pg_catalog.unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggmtransfn, aggminvtransfn, aggmfinalfn]) FROM pg_catalog.pg_aggregate
	      UNION SELECT u.refobjid FROM pg_catalog.pg_depend u JOIN pg_catalog.pg_constraint k ON k.oid = u.objid AND k.contypid <> 0
	            WHERE u.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND u.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass)
	ORDER BY 1`

// refuseLasting refuses a statement that may come to something that no rollback
// undoes, however far behind functions that claim to be harmless: their texts
// are searched for the names of what they call. It finds more than there is
// rather than less; what it cannot see is a name that a function puts together.
func (r *reader) refuseLasting(ctx context.Context, text string) error {
	names, hidden := called(text), true
	seen, caller := map[uint32]bool{}, map[string]routine{}
	for len(names) > 0 || hidden {
		rows, err := r.conn.Query(ctx, routines, names, lasting, hidden)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[routine])
		if err != nil {
			return err
		}
		names, hidden = nil, false
		for _, f := range found {
			by, behind := caller[f.Name]
			switch {
			case seen[f.OID]:
				continue
			case f.ours() && escapedIdentifier.MatchString(f.Body):
				return &FragmentError{Msg: fmt.Sprintf(`%s calls by identifiers written as U&"…", which cannot be looked through: SQL of a policy must not come to it`, f)}
			case f.ours() && copyOutside.MatchString(f.Body):
				return &FragmentError{Msg: fmt.Sprintf("%s copies to a file or program, which no rollback undoes: SQL of a policy must not come to it", f)}
			case !f.ours() && f.Volatile && behind:
				return &FragmentError{Msg: fmt.Sprintf("%s calls %s, whose effects no rollback undoes: SQL of a policy must not come to it", by, f)}
			}
			seen[f.OID] = true
			if !f.ours() {
				continue
			}
			for _, name := range called(f.Body) {
				if _, known := caller[name]; !known {
					caller[name] = f
					names = append(names, name)
				}
			}
		}
	}
	return nil
}
