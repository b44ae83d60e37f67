package policies

import (
	"slices"
	"strings"
	"unicode"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// choicesFor lists the ways to treat a column, the best first. The last one
// always passes: keep, with the reason why a person has to decide.
func choicesFor(o *owner, c *catalog.Column, g *discover.Guess) []choice {
	kind := transform.KindOf(c.Type)
	key := inKey(o, c)
	if (kind == mask.Int || kind == mask.UUID || kind == mask.Numeric || kind == mask.Text && g.Class == discover.Unknown) && key && g.Class != discover.Secret {
		g.Class, g.Confidence, g.Evidence = discover.Key, 0.9, []string{"a key of the table"}
	}
	out := classChoices(g, c, kind)
	if out[0].mask != ruleKeep && boundsPartitions(o, c) {
		// Few masked values would find a partition, and the bounds are copied anyway.
		return choices(keepBecause("the bounds of the partitions show its values; a mask has to stay within them"))
	}
	if last := out[len(out)-1]; last.mask != ruleKeep {
		if surelyPersonal[g.Class] != "" && !c.NotNull && !key {
			out = append(out, is(ruleNull).because("nothing else fits this column"))
		}
		out = append(out, keepBecause("no mask fits this column, and it may hold "+classWords(g.Class)+": decide"))
	}
	return out
}

// inKey tells whether a column is part of a primary key.
func inKey(o *owner, c *catalog.Column) bool {
	if pk := o.table.PrimaryKey(); pk != nil {
		for _, k := range pk.Keys {
			if k.Column == c.Num {
				return true
			}
		}
	}
	return false
}

// boundsPartitions tells whether rows are in partitions by ranges or lists of
// the column's values, on any level.
func boundsPartitions(o *owner, c *catalog.Column) bool {
	for _, t := range append([]*catalog.Table{o.table}, partitionsOf(o.table)...) {
		if t.PartKey == nil || t.PartKey.Strategy == 'h' {
			continue
		}
		for _, num := range t.PartKey.Columns {
			same := t.ColumnNum(num)
			if same != nil && same.Name == c.Name || num == 0 && speaksOf(t.PartKey.Definition, c.Name) {
				return true
			}
		}
	}
	return false
}

// speaksOf tells whether an expression of the server's seems to read a column.
func speaksOf(expression, column string) bool {
	words := strings.FieldsFunc(expression, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return slices.Contains(words, column) || strings.Contains(expression, catalog.QuoteIdent(column))
}

func is(name string, params ...param) choice { return choice{mask: name, params: params} }

func (c choice) byValue() choice { c.domain = true; return c }

// readsValue tells whether equal values become equal.
func (c choice) readsValue() bool {
	spec := mask.Find(c.mask)
	return c.domain || spec != nil && !spec.Source && len(spec.Keyed) > 0 && spec.Keyed[0] == mask.ByValue
}

func (c choice) because(reason string) choice       { c.review = reason; return c }
func keepBecause(reason string) choice              { return is(ruleKeep).because(reason) }
func with(name string, value any) param             { return param{name, value} }
func choices(first choice, more ...choice) []choice { return append([]choice{first}, more...) }

// nullOr is NULL where the column allows it, and otherwise what stands in.
func nullOr(c *catalog.Column, review string, otherwise ...choice) []choice {
	if !c.NotNull {
		return append([]choice{is(ruleNull).because(review)}, otherwise...)
	}
	return otherwise
}

// classChoices is the catalogue of what to do with each class.
func classChoices(g *discover.Guess, c *catalog.Column, kind mask.Kind) []choice {
	switch kind {
	case mask.Text:
		return textChoices(g)
	case mask.Int, mask.Numeric, mask.Float:
		return numberChoices(g, kind)
	case mask.Date, mask.Timestamp, mask.TimestampTZ:
		if g.Class == discover.BirthDate {
			return choices(is("shift_date"), is("generalize", with("to", "year")), is("redact"))
		}
		return choices(is(ruleKeep))
	case mask.Bool, mask.Time, mask.Enum:
		return choices(is(ruleKeep))
	case mask.UUID:
		if g.Class == discover.Secret {
			return choices(is("uuid"))
		}
		return choices(is(ruleKeep))
	case mask.Inet:
		return choices(is("ip"), is("ip").byValue(), is("ip", with("family", "ipv6")).byValue(), is("redact"))
	case mask.MAC:
		return choices(is("mac"), is("mac").byValue(), is("redact"))
	case mask.JSON, mask.JSONB:
		return choices(is("json"), is("redact"))
	case mask.Bytea:
		switch g.Class {
		case discover.Secret:
			return choices(is("token"), is("pseudonym"), is("redact"))
		case discover.Password:
			return choices(is("password_hash"), is("token"), is("redact"))
		}
		return nullOr(c, "bytes may be anything: a picture, a document", is("redact").because("bytes may be anything: a picture, a document"),
			is("pseudonym").because("bytes may be anything"))
	case mask.Point, mask.Geometry:
		return choices(is("geo_point"))
	case mask.XML:
		return append(choices(is("xml")), nullOr(c, "a document may hold anything", is("redact").because("a document may hold anything"))...)
	}
	return otherChoices(g, c)
}

func textChoices(g *discover.Guess) []choice {
	own := is("pseudonym").because("its values have to stay distinct, so equal ones stay equal")
	rest := []choice{own, is("token").because("the column is short or unique"), is("redact").because("nothing else fits this column")}
	switch g.Class {
	case discover.Email:
		return append(choices(is("email"), is("email").byValue()), rest...)
	case discover.Phone:
		return append(append(choices(is("phone"), is("phone").byValue()), ciphers(g)...), rest...)
	case discover.FullName, discover.FirstName, discover.LastName, discover.City, discover.Street, discover.Address, discover.PostalCode, discover.Company:
		return append(choices(is(string(g.Class)), is(string(g.Class)).byValue()), rest...)
	case discover.Username:
		return append(choices(is("username"), is("username").byValue()), rest...)
	case discover.Password:
		return append(choices(is("password_hash"), is("token")), rest...)
	case discover.Secret:
		return append(choices(is("token"), is("token").byValue()), rest...)
	case discover.NationalID, discover.Number, discover.Bank, discover.Card:
		out := append(numberMasks(g), is("token", with("prefix", ""), with("alphabet", "digits")), is("token"), own)
		return append(append(out, ciphers(g)...), is("redact"))
	case discover.IP:
		return append(choices(is("ip"), is("ip", with("family", "ipv6"))), rest...)
	case discover.MAC:
		return append(choices(is("mac")), rest...)
	case discover.URL, discover.Link:
		return append(choices(is("url"), is("url").byValue()), rest...)
	case discover.BirthDate:
		return append(choices(is("shift_date").because("a date kept as text: other text in it becomes a date")), rest...)
	case discover.Geo:
		return append(choices(is("redact").because("a position kept as text")), rest...)
	case discover.JSON:
		return append(choices(is("text").because("if it is JSON, json keeps its structure")), rest...)
	case discover.Trait:
		return choices(keepBecause("says much about a person where few share it; generalize or null hide it"))
	case discover.Category:
		return choices(is(ruleKeep))
	case discover.Key:
		id := "an id of text may tell who it is; keep it if it does not"
		return choices(own.because(id), is("token").because(id))
	case discover.FreeText, discover.UserAgent:
		return append(choices(is("text")), rest...)
	}
	unknown := "nothing known about this text; keep it if it says nothing about people"
	for i := range rest {
		rest[i].review = unknown
	}
	return append(choices(is("text").because(unknown)), rest...)
}

// schemes are the official numbers that have a scheme of their own in the mask
// national_id, by words of a column's name.
var schemes = []struct{ word, scheme string }{
	{"ssn", "us_ssn"}, {"social security", "us_ssn"}, {"cpf", "br_cpf"}, {"bsn", "nl_bsn"}, {"burgerservice", "nl_bsn"}, {"codice fiscale", "it_codice_fiscale"}, {"codicefiscale", "it_codice_fiscale"},
	{"codfisc", "it_codice_fiscale"}, {"cod fisc", "it_codice_fiscale"}, {"pesel", "pl_pesel"}, {"nhs", "gb_nhs"}, {"nino", "gb_nino"}, {"national insurance", "gb_nino"}, {"siret", "fr_siret"}, {"siren", "fr_siren"},
	{"steueridentifikations", "de_steuer_id"}, {"steuer id", "de_steuer_id"}, {"steuerid", "de_steuer_id"}, {"dni", "es_dni"}, {"nie", "es_nie"}, {"nir", "fr_nir"}, {"securite sociale", "fr_nir"}, {"secu", "fr_nir"},
	{"aadhaar", "in_aadhaar"}, {"ahv", "ch_ahv"}, {"rijksregister", "be_nrn"}, {"contribuinte", "pt_nif"}, {"hetu", "fi_hetu"}, {"fodselsnummer", "no_fnr"}, {"sin", "ca_sin"},
}

// ciphers keep short numbers distinct, where no fake has room enough.
func ciphers(g *discover.Guess) []choice {
	all := []choice{
		is("fpe_ff1").byValue().because("short and unique, so its values are enciphered; the run stops at one that is not made of digits"),
		is("fpe_ff1", with("alphabet", "alnum")).byValue().because("short and unique, so its values are enciphered"),
	}
	var out []choice
	for i, alphabet := range discover.Alphabets {
		if !slices.Contains(g.Unfit, alphabet) {
			out = append(out, all[i])
		}
	}
	return out
}

// numberMasks are the masks that make numbers of the same kind, where the name
// tells the kind.
func numberMasks(g *discover.Guess) []choice {
	name := " " + strings.Join(discover.Tokens(g.Column), " ") + " "
	has := func(words string) bool { return strings.Contains(name, " "+words) }
	switch g.Class {
	case discover.Bank:
		if has("iban") {
			return choices(is("iban"), is("iban").byValue())
		}
	case discover.Card:
		switch {
		case has("cvv"), has("cvc"), has("security code"):
			return choices(is("card_cvv"))
		case has("last"), has("digits"), has("masked"):
			return nil
		}
		return choices(is("credit_card"), is("credit_card").byValue())
	case discover.NationalID:
		for _, s := range schemes {
			if strings.Contains(name, " "+s.word+" ") {
				scheme := with("scheme", s.scheme)
				return choices(is("national_id", scheme), is("national_id", scheme).byValue())
			}
		}
	}
	return nil
}

func numberChoices(g *discover.Guess, kind mask.Kind) []choice {
	permute := is("permute", with("max", "type"), with("min", int64(0))).because("a number that identifies somebody; write a max of your own")
	switch g.Class {
	case discover.Phone, discover.NationalID, discover.Number, discover.Bank, discover.Card:
		return choices(permute, is("redact"))
	case discover.BirthDate:
		return choices(is("generalize", with("step", int64(5))).because("years of birth in groups of five"))
	case discover.PostalCode:
		return choices(is("generalize", with("step", int64(1000))).because("the last digits of a postal code become 0"))
	case discover.Money:
		return choices(is("generalize", with("step", int64(1000))).because("rounded to thousands"), is("generalize", with("step", int64(10))).because("rounded to tens"))
	case discover.Geo:
		return choices(is("generalize", with("step", 0.1)).because("degrees in tenths, some 11 km; integers need a step of their own"),
			is("generalize", with("step", int64(1))).because("whole degrees, some 111 km"))
	}
	return choices(is(ruleKeep))
}

// otherChoices are for types that no mask produces.
func otherChoices(g *discover.Guess, c *catalog.Column) []choice {
	under := c.Type.Underlying()
	switch {
	case g.Class == discover.Plain, g.Class == discover.Category:
		return choices(is(ruleKeep))
	case under.Name.Name == "tsvector":
		return nullOr(c, "holds the words of the text it was made from", is(ruleConstant, with("value", "")).because("holds the words of the text it was made from"))
	case g.Class == discover.Geo:
		return nullOr(c, "a position; sql can round it", keepBecause("a position; sql can round it"))
	case under.Array && under.Elem != nil && transform.KindOf(under.Elem) == mask.Text && g.Class != discover.Unknown:
		return append(textChoices(g), is(ruleConstant, with("value", "{}")).because("an array may hold anything; sql can mask it"))
	case under.Array && under.Elem != nil && transform.KindOf(under.Elem) != mask.Other && transform.KindOf(under.Elem) != mask.Text && surelyPersonal[g.Class] == "":
		return append(classChoices(g, c, transform.KindOf(under.Elem)), keepBecause("no mask fits this array"))
	case under.Array:
		return nullOr(c, "an array may hold anything; sql can mask it", is(ruleConstant, with("value", "{}")).because("an array may hold anything; sql can mask it"))
	case under.Name.Name == "hstore":
		return append(choices(is("hstore")), nullOr(c, "may hold anything", is(ruleConstant, with("value", "")).because("may hold anything"))...)
	}
	return nullOr(c, "no mask makes values of type "+c.TypeSQL+"; sql can", keepBecause("no mask makes values of type "+c.TypeSQL+"; sql can"))
}
