package catalog_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// connect opens a session as the product does and closes it after the test.
func connect(t testing.TB, url string, s catalog.Session) *pgx.Conn {
	t.Helper()
	conn, err := catalog.Connect(t.Context(), catalog.DSN(url), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// read reads a database's catalog in a transaction of its own.
func read(t testing.TB, url string) *catalog.Catalog {
	t.Helper()
	conn := connect(t, url, catalog.Session{ReadOnly: true})
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	cat, err := catalog.Read(t.Context(), tx)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}
