package extract

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestSequences(t *testing.T) {
	t.Parallel()
	var ddl strings.Builder
	ddl.WriteString(`CREATE TABLE a (id serial, n int GENERATED ALWAYS AS IDENTITY); INSERT INTO a SELECT FROM generate_series(1, 7);
		CREATE SCHEMA "S s"; CREATE SEQUENCE "S s"."q'1" START 5 INCREMENT -2 MINVALUE -100 MAXVALUE 10;`)
	for i := range sequenceBatch + 50 {
		ddl.WriteString("CREATE SEQUENCE many" + strconv.Itoa(i) + ";")
	}
	server := pgtest.Source(t)
	url := server.Database(t, ddl.String())
	s := openTest(t, url, nil)
	conn := server.Conn(t, url)
	run(t, conn, `SELECT nextval('a_id_seq'); SELECT nextval('many249')`) // after the snapshot
	got, err := s.Sequences(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[catalog.Name]SequenceState{
		{Schema: "public", Name: "a_id_seq"}: {8, true},
		{Schema: "public", Name: "a_n_seq"}:  {7, true},
		{Schema: "S s", Name: "q'1"}:         {5, false},
		{Schema: "public", Name: "many0"}:    {1, false},
		{Schema: "public", Name: "many249"}:  {1, true},
	} {
		if got[name] != want {
			t.Errorf("%s: %+v, want %+v", name, got[name], want)
		}
	}
	if len(got) != sequenceBatch+53 {
		t.Errorf("%d sequences", len(got))
	}
	run(t, conn, `DROP SEQUENCE many7`)
	var void *VoidError
	if _, err := s.Sequences(testContext(t)); !errors.As(err, &void) {
		t.Errorf("after DROP SEQUENCE: %v", err)
	}
}

func TestSequencesNamesAllThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE SEQUENCE yes; CREATE SEQUENCE no1; CREATE SEQUENCE no2; GRANT SELECT ON yes TO PUBLIC`)
	role, password := server.Role(t, "")
	s := openTest(t, server.URLFor(role, password, databaseOf(url)), nil)
	_, err := s.Sequences(testContext(t))
	if !fault.Is(err, fault.Preflight) || !strings.Contains(err.Error(), "public.no1, public.no2") || strings.Contains(err.Error(), "yes") {
		t.Error(err)
	}
}
