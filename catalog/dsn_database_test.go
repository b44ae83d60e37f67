package catalog

import (
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestOnDatabaseChangesTheDatabaseOnly(t *testing.T) {
	for _, dsn := range []string{
		"postgres://u:p@127.0.0.1:5433/postgres?sslmode=disable",
		"postgres://u:p@127.0.0.1:5433/postgres",
		"postgres://u:p@127.0.0.1:5433",
		"postgresql://u:p@127.0.0.1:5433/a?dbname=b&sslmode=disable",
		"postgresql://u:p@127.0.0.1:5433/a?sslmode=disable&",
		"postgresql://u:p@127.0.0.1:5433/a?",
		"host=127.0.0.1 port=5433 user=u password=p dbname=a",
		"host=127.0.0.1 port=5433 user=u password='p' dbname='a b' ",
	} {
		for _, name := range []string{"shop", `a "b" 'c' \d`, "größe&x=1?#/+ %41", "dbname=x"} {
			cfg, err := pgconn.ParseConfig(DSN(dsn).OnDatabase(name).Reveal())
			if err != nil {
				t.Errorf("%s on %q: %v", dsn, name, err)
				continue
			}
			if cfg.Database != name || cfg.User != "u" || cfg.Password != "p" || cfg.Host != "127.0.0.1" || cfg.Port != 5433 {
				t.Errorf("%s on %q leads to %q at %s:%d as %s", dsn, name, cfg.Database, cfg.Host, cfg.Port, cfg.User)
			}
		}
	}
}

func TestOnDatabaseWithQuestionMarkInPassword(t *testing.T) {
	cfg, err := pgconn.ParseConfig(DSN("postgres://u:p?q@127.0.0.1/a").OnDatabase("b").Reveal())
	if err != nil || cfg.Database != "b" || cfg.Password != "p?q" {
		t.Errorf("database %q, password %q, %v", cfg.Database, cfg.Password, err)
	}
}
