package mask

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// docs renders docs/masks.md from the catalogue.
func docs() string {
	var b strings.Builder
	b.WriteString(`# Masks

<!-- Written by go generate ./transform/mask from the masks' own declarations. -->

A mask is a pure function: of the key and what it is keyed by, and nothing else. The same key gives the same output in every
refresh, on every machine, in every order.

**Keyed by.** *Subject*: the person (or other entity) that a row belongs to; the real value does not enter, and all
masks of one group tell of the same fake person, address or company. Without a subject the row's key takes its place.
*Value*: the column's own value, within a ` + "`domain`" + `; equal values stay equal in all columns of the domain, so joins work,
and so does counting how often each occurs. *Nothing*: the same for every row.

**One to one** masks give different outputs for different inputs, by construction or with a probability of collision below
one in a million for the column's rows; a unique column takes no other. **Privacy rank** runs from 1, where the output tells nothing of
the value, to 5, where it is the value. **Reversible** masks can be undone by who holds the key.

NULL stays NULL and an empty string stays empty, except under ` + "`null`" + `, ` + "`redact`" + ` and ` + "`constant`" + `. A value that a mask
cannot read is replaced by a generated one and counted in the report, never passed through. Text is counted in characters.

**Locales.** ` + "`locale:`" + ` on the policy, on a table or on a rule, the nearest counting, makes names, addresses, phone numbers and official
numbers those of a country: ` + "`" + strings.Join(Locales(), "`, `") + "`" + `. A locale's cities have their region, the beginning of their postal codes and their
coordinates, so all masks of the address group agree. Letters such as ü and ñ stay where the server's encoding holds them (UTF8, LATIN1, LATIN9,
WIN1252) and are written in ASCII elsewhere, and in e-mail addresses and user names. Without a locale names and streets are American, as they
have always been, and everything that a mask makes is ASCII.

**Arrays, ranges, composites.** A mask that takes a type also takes arrays of it, of any number of dimensions, and masks each element; a mask of
dates, times or numbers takes ranges and multiranges of them, masks both bounds, and puts them in order again. Composites, hstore, JSON
and XML have masks of their own that take a rule for each part.

Masked data stays personal data in the eyes of the law as long as somebody holds the key; understudy does not make it anonymous.

| mask | writes | keyed by | one to one | privacy rank |
|---|---|---|---|---|
`)
	for _, s := range All() {
		one, rank := propertyRange(s)
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s | %s |\n", s.Name, s.Name, s.Summary, s.keyedBy(), one, rank)
	}
	for _, s := range All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n\n%s\n\n", s.Name, strings.ToUpper(s.Summary[:1])+s.Summary[1:], strings.ReplaceAll(s.Doc, "\nDon't:", "\n\nDon't:"))
		fmt.Fprintf(&b, "```yaml\n%s\n```\n\n", s.Example)
		if len(s.Params) > 0 {
			b.WriteString("| parameter | type | default | meaning |\n|---|---|---|---|\n")
			for _, p := range s.Params {
				meaning := p.Doc
				if len(p.OneOf) > 0 {
					meaning = "one of `" + strings.Join(p.OneOf, "`, `") + "`: " + meaning
				}
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, p.Type, defaultText(p), meaning)
			}
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "Types: %s. Keyed by: %s.", accepted(s), s.keyedBy())
		if s.Group != "" {
			fmt.Fprintf(&b, " Group: %s.", s.Group)
		}
		if s.Locale {
			b.WriteString(" Knows locales.")
		}
		if s.Source {
			b.WriteString(" Evaluated by the source database.")
		}
		b.WriteString("\n")
		if notes := propertyNotes(s); notes != "" {
			b.WriteString(notes)
		}
	}
	return b.String()
}

func defaultText(p Param) string {
	switch {
	case p.Required:
		return "required"
	case p.Default == nil:
		return ""
	case p.Default == "":
		return "empty"
	}
	return fmt.Sprintf("`%v`", p.Default)
}

func accepted(s *Spec) string {
	if len(s.Accepts) == len(anyKind) {
		return "all"
	}
	var names []string
	for _, k := range s.Accepts {
		names = append(names, k.String())
	}
	return strings.Join(names, ", ")
}

// compilations are a mask's properties over its types and ways of keying.
func compilations(s *Spec, each func(k Kind, by Keyed, p Properties)) {
	for _, k := range s.Accepts {
		types := typesOf[k]
		c := column(types[len(types)-1])
		if k == Text {
			c = column("text")
		}
		for _, by := range s.Keyed {
			compiled, err := s.Compile(c, probed(s, c), Binding{Keyed: by, Domain: "d", Subject: "s"})
			if err == nil {
				each(k, by, compiled.Properties())
			}
		}
	}
}

// propertyRange sums a mask up for the table.
func propertyRange(s *Spec) (one, rank string) {
	if s.Source {
		return map[string]string{"keep": "yes", "constant": "no", "sql": "up to it", "derive": "up to it", "same_as": "as the other column"}[s.Name], map[string]string{"keep": "5", "constant": "1", "sql": "up to it", "derive": "up to it", "same_as": "as the other column"}[s.Name]
	}
	if s.Name == "command" {
		return "up to it", "up to it"
	}
	if compound(s) {
		return "up to its rules", "up to its rules"
	}
	var yes, no bool
	least, most := 5, 1
	compilations(s, func(_ Kind, _ Keyed, p Properties) {
		yes, no = yes || p.Injective, no || !p.Injective
		least, most = min(least, p.PrivacyRank), max(most, p.PrivacyRank)
	})
	one = map[[2]bool]string{{true, false}: "yes", {false, true}: "no", {true, true}: "in part"}[[2]bool{yes, no}]
	if rank = fmt.Sprint(least); most > least {
		rank = fmt.Sprintf("%d to %d", least, most)
	}
	return one, rank
}

// propertyNotes are a mask's properties by way of keying, where one differs
// between types it is not claimed.
func propertyNotes(s *Spec) string {
	var b strings.Builder
	for _, by := range s.Keyed {
		var all *Properties
		rank := 1
		compilations(s, func(_ Kind, k Keyed, p Properties) {
			if k != by {
				return
			}
			rank = max(rank, p.PrivacyRank)
			if all == nil {
				all = &p
				return
			}
			all.Injective = all.Injective && p.Injective
			all.KeepsLength = all.KeepsLength && p.KeepsLength
			all.KeepsDistribution = all.KeepsDistribution && p.KeepsDistribution
			all.Reversible = all.Reversible && p.Reversible
		})
		if all == nil {
			continue
		}
		notes := []string{fmt.Sprintf("privacy rank %d", rank)}
		for _, n := range []struct {
			ok   bool
			text string
		}{
			{all.Injective, "one to one"}, {all.KeepsLength, "keeps the length"}, {all.KeepsDistribution, "keeps the distribution"},
			{all.Reversible, "reversible with the key"}, {all.WritesNull, "writes NULL"},
		} {
			if n.ok {
				notes = append(notes, n.text)
			}
		}
		fmt.Fprintf(&b, "By %s: %s.\n", by, strings.Join(notes, ", "))
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n" + strings.ReplaceAll(strings.TrimRight(b.String(), "\n"), "\n", "\\\n") + "\n"
}

func TestDocs(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "masks.md")
	got := docs()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Error("docs/masks.md is not what the masks declare: go generate ./transform/mask")
	}
}
