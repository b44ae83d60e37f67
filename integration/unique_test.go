package integration

import "testing"

// Rows stay distinct under every kind of unique index, by construction: the
// generation's own indexes are the proof.
func TestUniqueIndexesOfEveryKind(t *testing.T) {
	t.Parallel()
	p := newProject(t, readFile(t, "testdata/unique/schema.sql"), readFile(t, "testdata/unique/policy.yaml"))
	p.refresh()
	s := p.staging()
	for sql, want := range map[string]string{
		`SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = indrelid WHERE relname = 'accounts' AND (indisunique OR indisexclusion) AND indisvalid`: "13",
		`SELECT count(*) FROM accounts WHERE email ~ 'corp[.]test' OR login ~ 'realdata' OR nick COLLATE "C" ~* 'realdata'`:                                 "0",
		`SELECT count(*) FROM accounts a JOIN members m ON m.tenant = a.tenant AND m.account = a.id`:                                                        "3000",
		`SELECT count(DISTINCT tenant) || ' ' || count(DISTINCT code) || ' ' || count(DISTINCT lower(email)) FROM accounts`:                                 "30 3000 3000",
	} {
		if got := one(t, s, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}
