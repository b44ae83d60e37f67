package discover_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/policies/discover"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"first_name":     {"first", "name"},
		"firstName":      {"first", "name"},
		"HTTPServerURL":  {"http", "server", "url"},
		"EMAIL":          {"email"},
		"address2":       {"address", "2"},
		"ipv4_addr":      {"ipv4", "address"},
		"md5":            {"md5"},
		"line2text":      {"line", "2", "text"},
		"straße":         {"strasse"},
		"Größe":          {"groesse"},
		"número_cliente": {"number", "cliente"},
		"emailaddress":   {"email"},
		"contactphone":   {"contact", "phone"},
		"praxistelefon":  {"praxis", "telefon"},
		"a.b c-d":        {"a", "b", "c", "d"},
		"JT_HLDR_NM":     {"jt", "holder", "name"},
		"MTHR_MDN_NM":    {"mother", "maiden", "name"},
		"dsnombre":       {"nombre"},
		"andress":        {"address"},
		"pasword":        {"password"},
		"direction":      {"direction"},
		"admitnotes":     {"admit", "notes"},
		"__x__":          {"x"},
		"":               {},
	} {
		if got := discover.Tokens(name); !cmp.Equal(got, want) {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
