package policies

import (
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// Guess is what a column seems to hold, and why.
type Guess struct {
	Schema, Table, Column string
	Type                  string
	Class                 Class
	Confidence            float64 // 0 … 1
	Evidence              string
	Rule                  string // the mask that Propose chose
	Review                string // why a person should look at it; empty where the case is clear
}

// surroundings are what a column's neighbours tell.
type surroundings struct {
	table    []string // words of the table's name
	person   bool     // the table's rows are people, by its name
	thing    bool     // … things
	company  bool     // … companies
	siblings map[string]bool
}

func surroundingsOf(t *catalog.Table) surroundings {
	s := surroundings{table: tokens(t.Name.Name), siblings: map[string]bool{}}
	for _, c := range t.Columns {
		s.siblings[strings.Join(tokens(c.Name), " ")] = true
	}
	if len(s.table) > 0 {
		// The last word says what the rows are: customer_orders are orders.
		last := s.table[len(s.table)-1]
		s.person, s.thing, s.company = has(personTables, last), has(thingTables, last), has(companyTables, last)
		if n := len(s.table); n > 1 && !s.person && (last == "data" || last == "info" || last == "detail" || last == "details" || last == "profile" || last == "record" || last == "records") {
			s.person = has(personTables, s.table[n-2])
		}
	}
	return s
}

var companyTables = words(`company, organization, organisation, supplier, vendor, business, employer, firma, unternehmen, entreprise, empresa, azienda, bedrijf, manufacturer, partner, agency, merchant, account,
	lieferant, fournisseur, proveedor, fornitore, leverancier, firm, corporation, societe, subcontractor, insurer, hospital, clinic, school, university, bank, carrier, shipper, sponsor, publisher, distributor, franchise, dealer, hersteller, spediteur`)

// has tells whether a word, or what it is the plural of, is in a list.
func has(list map[string]bool, word string) bool {
	for _, w := range singulars(word) {
		if list[w] {
			return true
		}
	}
	return false
}

// classify guesses what a column holds from names and types alone.
func classify(t *catalog.Table, c *catalog.Column, s surroundings) Guess {
	g := Guess{
		Schema: t.Name.Schema, Table: t.Name.Name, Column: c.Name, Type: c.TypeSQL,
		Class: ClassUnknown, Evidence: "nothing in its name",
	}
	kind := transform.KindOf(c.Type)
	if kind == mask.Bool {
		return g.is(ClassPlain, 0.95, "a yes or no")
	}
	byName, found := classifyName(tokens(c.Name), s)
	if found && fitsClass(byName.Class, kind, c) {
		g.Class, g.Confidence, g.Evidence = byName.Class, byName.Confidence, byName.Evidence
		return g
	}
	if g, ok := classifyChecks(t, c, kind, g); ok && !found {
		return g
	}
	if byType, ok := classifyType(c, kind, g); ok {
		if found && byType.Class == ClassPlain && byName.Class != ClassCategory {
			byType.Evidence = fmt.Sprintf("its type, %s; the name alone would say %s", c.TypeSQL, byName.Class)
		}
		return byType
	}
	if found && (byName.Class == ClassCategory || byName.Class == ClassKey) {
		return g.is(byName.Class, byName.Confidence, byName.Evidence)
	}
	return g
}

func (g Guess) is(class Class, confidence float64, evidence string) Guess {
	g.Class, g.Confidence, g.Evidence = class, confidence, evidence
	return g
}

// classifyChecks looks at what the column's domain is called, and for an @ in
// what it is checked against.
func classifyChecks(t *catalog.Table, c *catalog.Column, kind mask.Kind, g Guess) (Guess, bool) {
	checks := c.Type.Checks
	if c.Type.Kind == 'd' {
		byName, ok := classifyName(tokens(c.Type.Name.Name), surroundings{})
		if ok && fitsClass(byName.Class, kind, c) {
			return g.is(byName.Class, byName.Confidence, fmt.Sprintf("its domain's name: %s", byName.Evidence)), true
		}
	}
	for _, k := range t.Checks {
		if len(k.Columns) == 1 && k.Columns[0] == c.Num {
			checks = append(checks[:len(checks):len(checks)], k)
		}
	}
	for _, k := range checks {
		if kind == mask.Text && strings.Contains(k.Definition, "@") {
			return g.is(ClassEmail, 0.85, "its check looks for an @"), true
		}
	}
	return g, false
}

// classifyType knows types that say all by themselves.
func classifyType(c *catalog.Column, kind mask.Kind, g Guess) (Guess, bool) {
	under := c.Type.Underlying()
	switch kind {
	case mask.Inet:
		return g.is(ClassIP, 0.93, "its type, "+c.TypeSQL), true
	case mask.MAC:
		return g.is(ClassMAC, 0.95, "its type, "+c.TypeSQL), true
	case mask.JSON, mask.JSONB:
		return g.is(ClassJSON, 0.8, "its type, "+c.TypeSQL), true
	case mask.XML:
		return g.is(ClassFreeText, 0.7, "its type, "+c.TypeSQL), true
	case mask.Enum:
		return g.is(ClassCategory, 0.9, "an enum"), true
	case mask.UUID:
		return g.is(ClassKey, 0.8, "a uuid"), true
	case mask.Int, mask.Numeric, mask.Float:
		return g.is(ClassPlain, 0.85, "a number"), true
	case mask.Date, mask.Timestamp, mask.TimestampTZ, mask.Time:
		return g.is(ClassPlain, 0.8, "a date or time"), true
	case mask.Other:
		switch under.Name.Name {
		case "point", "geometry", "geography", "box", "circle", "path", "polygon", "lseg", "line":
			return g.is(ClassGeo, 0.7, "its type, "+c.TypeSQL), true
		}
		if harmless(under) {
			return g.is(ClassPlain, 0.85, "its type, "+c.TypeSQL), true
		}
	}
	return g, false
}

// harmlessTypes hold no text and no identity by themselves.
var harmlessTypes = words(`interval, timetz, money, oid, "char", bit, varbit, pg_lsn, xid, xid8, cid, tid, regclass, regproc, regprocedure, regtype, regrole, regnamespace, regoper, regoperator, regconfig, regdictionary, regcollation, int2vector, oidvector, txid_snapshot, pg_snapshot, tsquery`)

func harmless(t *catalog.Type) bool {
	t = t.Underlying()
	switch {
	case t.Array || t.Kind == 'r' || t.Kind == 'm':
		if t.Elem == nil {
			return false
		}
		switch transform.KindOf(t.Elem) {
		case mask.Int, mask.Numeric, mask.Float, mask.Bool, mask.Date, mask.Timestamp, mask.TimestampTZ, mask.Time, mask.UUID, mask.Enum:
			return true
		}
		return harmless(t.Elem) && t.Elem != t
	case t.Name.Schema == "pg_catalog":
		return harmlessTypes[t.Name.Name] || t.Name.Name == "char"
	}
	return false
}

// flagWords in front make a column a setting about something.
var flagWords = words(`is, has, can, allow, allows, enable, enables, show, send, use, uses, require, requires, no of, num, count, total, min, max, should, must, accepts, want, wants, needs, was, are, do, does, anzahl, nb, nbre, cantidad`)

// classifyName looks for the phrase that says most about a name.
func classifyName(toks []string, s surroundings) (Guess, bool) {
	var g Guess
	if len(toks) == 0 {
		return g, false
	}
	if g, ok := genericName(toks, s); ok {
		return g, true
	}
	best, bestWords, found := 0.0, 0, false
	for i := range toks {
		for _, first := range singulars(toks[i]) {
			for _, p := range lexicon().byFirst[first] {
				if !matchesAt(toks, i, p.words) {
					continue
				}
				score := p.weight * tail(toks[i+len(p.words):], p)
				if i > 0 && flagWords[toks[0]] && p.class != ClassCategory {
					score = 0
				}
				if score < 0.3 {
					continue
				}
				if len(p.words) > bestWords || len(p.words) == bestWords && score > best {
					best, bestWords, found = score, len(p.words), true
					g = g.is(p.class, score, fmt.Sprintf("the name says %q", strings.Join(p.words, " ")))
				}
			}
		}
	}
	if last := toks[len(toks)-1]; !found && idWords[last] {
		return g.is(ClassKey, 0.75, fmt.Sprintf("the name ends in %q", last)), true
	}
	return g, found
}

// idWords end the names of ids, also those of other systems.
var idWords = words(`id, ids, uuid, guid, uid, oid, ref, reference, referenz, number, no, nr, num, nummer, numero, key, schluessel, hash, digest, uri id`)

func matchesAt(toks []string, i int, phrase []string) bool {
	if i+len(phrase) > len(toks) {
		return false
	}
	for j, w := range phrase {
		ok := false
		for _, form := range singulars(toks[i+j]) {
			ok = ok || form == w
		}
		if !ok {
			return false
		}
	}
	return true
}

// tail says how much of a phrase's meaning is left with words behind it.
func tail(rest []string, p phrase) float64 {
	if len(rest) == 0 {
		return 1
	}
	last := rest[len(rest)-1]
	switch {
	case p.class == ClassCategory:
		return 0.6
	case keepsMeaning[last]:
		return 0.95
	case negatives[last]:
		return 0
	}
	return 0.8
}

// genericName decides about columns called name, by what they are the name of.
func genericName(toks []string, s surroundings) (Guess, bool) {
	var g Guess
	last := toks[len(toks)-1]
	if !genericNames[last] {
		return g, false
	}
	if len(toks) > 1 {
		of := toks[len(toks)-2]
		switch {
		case matchesPhrase(toks):
			return g, false // user_name, first_name: the lexicon knows better
		case has(personTables, of):
			return g.is(ClassFullName, 0.9, fmt.Sprintf("the name of a %s", of)), true
		case has(companyTables, of):
			return g.is(ClassCompany, 0.85, fmt.Sprintf("the name of a %s", of)), true
		case has(thingTables, of) || has(systemThings, of):
			return g.is(ClassCategory, 0.8, fmt.Sprintf("the name of a %s", of)), true
		}
		return g, false
	}
	if class, other := partner(last, s.siblings); class != "" {
		return g.is(class, 0.9, fmt.Sprintf("a name beside %q", other)), true
	}
	table := strings.Join(s.table, " ")
	switch {
	case s.person:
		return g.is(ClassFullName, 0.9, fmt.Sprintf("a name in the table of people %q", table)), true
	case s.company:
		return g.is(ClassCompany, 0.8, fmt.Sprintf("a name in the table of companies %q", table)), true
	case s.thing:
		return g.is(ClassCategory, 0.75, fmt.Sprintf("a name in the table of things %q", table)), true
	}
	return g, false
}

var systemThings = words(`file, host, domain, table, column, schema, class, method, function, display, template, package, key, tag, path, app, application, client type, browser, node, image, container, program, script, command, metric, object, entity, resource, original file, content, section, region, index, constraint, trigger, sheet, dataset`)

func matchesPhrase(toks []string) bool {
	for i := range toks {
		for _, first := range singulars(toks[i]) {
			for _, p := range lexicon().byFirst[first] {
				if len(p.words) > 1 && i+len(p.words) == len(toks) && matchesAt(toks, i, p.words) {
					return true
				}
			}
		}
	}
	return false
}

// partner finds the other half of a person's name: a plain "name" beside a
// "vorname" is the family's, a "nombre" beside "apellidos" the given one.
func partner(last string, siblings map[string]bool) (Class, string) {
	given := []string{"vorname", "first name", "prenom", "voornaam", "given name", "forename"}
	family := []string{"apellido", "apellidos", "cognome", "sobrenome", "achternaam", "last name", "surname", "apellido paterno", "primer apellido", "nachname"}
	for _, s := range given {
		if siblings[s] && (last == "name" || last == "nom" || last == "naam") {
			return ClassLastName, s
		}
	}
	for _, s := range family {
		if siblings[s] && (last == "nombre" || last == "nome" || last == "naam" || last == "name" || last == "nom") {
			return ClassFirstName, s
		}
	}
	return "", ""
}

// fitsClass tells whether a column of this kind can hold a class at all.
func fitsClass(class Class, kind mask.Kind, c *catalog.Column) bool {
	switch kind {
	case mask.Text:
		return class != ClassMoney
	case mask.Int, mask.Numeric:
		switch class {
		case ClassPhone, ClassNationalID, ClassBank, ClassCard:
			return kind == mask.Int || c.TypMod >= 0
		case ClassMoney, ClassBirthDate, ClassPostalCode, ClassGeo:
			return true
		case ClassTrait:
			return false
		}
		return false
	case mask.Float:
		return class == ClassGeo || class == ClassMoney
	case mask.Date, mask.Timestamp, mask.TimestampTZ:
		return class == ClassBirthDate
	case mask.UUID:
		return class == ClassSecret
	case mask.Bytea:
		switch class {
		case ClassSecret, ClassPassword, ClassIP, ClassMAC, ClassURL, ClassFreeText, ClassNationalID, ClassCard, ClassBank, ClassEmail, ClassPhone, ClassAddress:
			return true
		}
		return false
	case mask.Inet:
		return class == ClassIP
	}
	return false
}
