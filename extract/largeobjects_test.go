package extract

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestLargeObjects(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `
		SELECT lo_create(100); SELECT lo_from_bytea(101, decode(repeat('ab', 5000), 'hex')); SELECT lo_create(102);
		SELECT lo_from_bytea(200, 'x'), lo_put(200, 1000000, 'far away'); SELECT lo_create(201)`)
	s := openTest(t, url, nil)
	conn := server.Conn(t, url)
	run(t, conn, `SELECT lo_unlink(101); SELECT lo_put(200, 0, 'changed'); SELECT lo_create(300)`) // after the snapshot
	read := func(s *Source) (string, int64, error) {
		var b strings.Builder
		n, err := s.LargeObjects(testContext(t), func(oid catalog.OID, page int, data []byte) error {
			fmt.Fprintf(&b, "%d/%d:%d ", oid, page, len(data))
			return nil
		})
		return strings.TrimSpace(b.String()), n, err
	}
	const want = "100/0:0 101/0:2048 101/1:2048 101/2:904 102/0:0 200/0:1 200/488:584 201/0:0"
	if got, n, err := read(s); got != want || n != 5 || err != nil {
		t.Errorf("%s\n%s\n%d, %v", got, want, n, err)
	}
	refuse := errors.New("the target is full")
	if _, err := s.LargeObjects(testContext(t), func(catalog.OID, int, []byte) error { return refuse }); !errors.Is(err, refuse) {
		t.Error(err)
	}

	role, password := server.Role(t, "")
	limited := openTest(t, server.URLFor(role, password, databaseOf(url)), nil)
	if _, _, err := read(limited); !fault.Is(err, fault.Preflight) || !strings.Contains(err.Error(), "pg_largeobject") {
		t.Errorf("without the right: %v", err)
	}
	run(t, conn, `GRANT pg_read_all_data TO `+catalog.QuoteIdent(role))
	allowed := openTest(t, server.URLFor(role, password, databaseOf(url)), nil)
	if got, n, err := read(allowed); n != 5 || err != nil {
		t.Errorf("with pg_read_all_data: %s, %d, %v", got, n, err)
	}
}

// The session is lost in the middle: no page is missing and none comes twice.
func TestLargeObjectsGoOnAfterALoss(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `SELECT lo_from_bytea(i::oid, decode(repeat('ab', 100000), 'hex')) FROM generate_series(1, 50) i`)
	p := newProxy(t, url)
	s := openTest(t, p.url, func(c *Config, _ *timings) { c.Connections = minConnections })
	pages, seen := 0, map[string]bool{}
	n, err := s.LargeObjects(testContext(t), func(oid catalog.OID, page int, data []byte) error {
		key := fmt.Sprint(oid, page)
		if seen[key] {
			t.Errorf("page %s came twice", key)
		}
		seen[key] = true
		if pages++; pages == 500 || pages == 600 {
			readerLink(t, p, s).cut()
		}
		return nil
	})
	if err != nil || n != 50 || pages != 50*49 {
		t.Errorf("%d objects, %d pages, %v", n, pages, err)
	}
}
