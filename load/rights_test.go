package load

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/fault"
)

func TestOpenWithTheLeastRights(t *testing.T) {
	t.Parallel()
	s := newTarget(t).open()
	findings, err := s.Rights(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if f.Refuses || !strings.Contains(f.Fix, "pg_signal_backend") && !strings.Contains(f.Fix, "max_connections") && !strings.Contains(f.Fix, "log_min_messages") {
			t.Errorf("unexpected finding: %+v", f)
		}
	}
}

// Each missing right is refused before anything is written, with the
// statement that grants it; the statement works.
func TestMissingRightsAreNamedWithTheirRemedy(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]struct {
		away  string // {role}, {owner}
		words []string
	}{
		"createdb":   {"ALTER ROLE {role} NOCREATEDB", []string{"may not create databases"}},
		"membership": {"REVOKE {owner} FROM {role}", []string{"is no member of"}},
		"inherit":    {"ALTER ROLE {role} NOINHERIT", []string{"does not inherit"}},
		"sessions":   {"ALTER ROLE {role} CONNECTION LIMIT 3", []string{"3 sessions"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tg := newTarget(t)
			if name == "inherit" && tg.Major() >= 16 {
				t.Skip("from PostgreSQL 16 on, inheriting is a property of the membership")
			}
			tg.Exec(t, "postgres", strings.NewReplacer("{role}", tg.role, "{owner}", tg.owner).Replace(take.away))
			_, err := Open(t.Context(), tg.config())
			wantFault(t, err, fault.Preflight, take.words...)
			tg.wantDatabases("")

			look := tg.open(func(c *Config) { c.Inspect = true })
			findings, err := look.Rights(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				if i := strings.Index(f.Fix, "ALTER"); f.Refuses && name == "sessions" {
					tg.Exec(t, "postgres", f.Fix[i:])
				} else if f.Refuses {
					tg.Exec(t, "postgres", f.Fix)
				}
			}
			tg.open()
		})
	}
}

func TestMissingOwnerIsCreatedByTheHint(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.Exec(t, "postgres", "DROP ROLE "+tg.owner)
	_, err := Open(t.Context(), tg.config())
	wantFault(t, err, fault.Preflight, "does not exist", `CREATE ROLE "`+tg.owner+`" NOLOGIN; GRANT "`+tg.owner+`" TO "`+tg.role+`";`)
	for line := range strings.SplitSeq(err.(*fault.Error).Hint, "\n") {
		tg.Exec(t, "postgres", line)
	}
	tg.open()
}

func TestPowerfulOwnerIsWarnedOf(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.Exec(t, "postgres", "ALTER ROLE "+tg.owner+" LOGIN CREATEDB")
	findings, err := tg.open().Rights(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		if strings.Contains(f.Msg, "CREATEDB, LOGIN") && !f.Refuses {
			tg.Exec(t, "postgres", f.Fix)
			return
		}
	}
	t.Errorf("no warning in %+v", findings)
}

func TestMaintenanceDatabaseMustNotBeStaging(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	tg.published(s)
	_, err := Open(t.Context(), tg.config(func(c *Config) { c.DSN = c.DSN.OnDatabase(tg.staging) }))
	wantFault(t, err, fault.Usage, "leads to", "itself")
}

func TestAdoptMustNameStaging(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	_, err := Open(t.Context(), tg.config(func(c *Config) { c.Adopt = "other" }))
	wantFault(t, err, fault.Usage, "--adopt other")
}
