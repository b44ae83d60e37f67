package discover_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
)

// TestAnyNames: whatever columns and tables are called, every column gets a
// class, a confidence and a reason.
func TestAnyNames(t *testing.T) {
	t.Parallel()
	words := strings.Fields("email mail phone name nom nombre first last address adresse city ort zip cap number nr no id type status of by at description beschreibung product producto naissance birth fecha data key token value note 1 2 x é ß __ - . user usuario kunde foto url text display ship contact company firma geburts ein a")
	r := rand.New(rand.NewPCG(3, 4))
	name := func() string {
		var parts []string
		for range 1 + r.IntN(4) {
			parts = append(parts, words[r.IntN(len(words))])
		}
		return strings.Join(parts, []string{"_", "", " "}[r.IntN(3)])
	}
	text := &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: "text"}, Kind: 'b', Category: 'S'}
	domain := &catalog.Type{Name: catalog.Name{Schema: "public", Name: "email_address"}, Kind: 'd', Category: 'S', Base: text, BaseMod: -1}
	for range 3000 {
		table := &catalog.Table{Name: catalog.Name{Schema: "public", Name: name()}, Kind: catalog.Ordinary}
		for i := range 1 + r.IntN(8) {
			c := &catalog.Column{Num: int16(i + 1), Name: name(), Type: text, TypMod: -1, TypeSQL: "text"}
			if r.IntN(10) == 0 {
				c.Type = domain
			}
			table.Columns = append(table.Columns, c)
		}
		for _, g := range discover.Table(table) {
			if g.Class == "" || g.Confidence <= 0 || g.Confidence > 1 || len(g.Evidence) == 0 {
				t.Fatalf("%s.%s: %+v", table.Name.Name, g.Column, g)
			}
		}
	}
	// All columns begin and end alike, and one is a phrase with the end.
	table := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "x"}, Kind: catalog.Ordinary}
	for i, n := range []string{"x_description_html", "x_note_html", "x_body_html", "x_name_html", "x_text_html"} {
		table.Columns = append(table.Columns, &catalog.Column{Num: int16(i + 1), Name: n, Type: text, TypMod: -1, TypeSQL: "text"})
	}
	discover.Table(table)
	for _, odd := range []string{"", "_", "-", "123", "é", strings.Repeat("a", 63), strings.Repeat("mailort", 9)} {
		discover.Tokens(odd)
		discover.Name(odd)
	}
}
