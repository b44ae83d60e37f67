package discover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// Schema guesses what every column of every table holds, from names, types
// and constraints alone: ordinary tables, partitioned ones (their partitions
// have the same columns and are left out) and foreign tables, also generated
// columns and tables of migration tools. Tables of extensions, views and
// materialized views are left out. The order is the catalog's.
func Schema(cat *catalog.Catalog) []*Found {
	var out []*Found
	byColumn := map[*catalog.Column]int{}
	facts := factsOf(cat)
	for _, t := range cat.Tables {
		if !Covers(t) {
			continue
		}
		for i, g := range table(t, facts[t.Name.Schema]) {
			byColumn[t.Columns[i]] = len(out)
			out = append(out, &Found{g, t, t.Columns[i]})
		}
	}
	for _, t := range cat.Tables {
		for _, fk := range t.ForeignKeys {
			if !fk.Inherited {
				inherit(out, byColumn, fk)
			}
		}
	}
	return out
}

// Found is a guess about a column of a catalog.
type Found struct {
	Guess
	In *catalog.Table
	Of *catalog.Column
}

// Around is what a table's name and columns say about its rows.
type Around struct {
	Words         []string // of its name
	Person, Thing bool
}

// AroundOf looks at a table as a whole.
func AroundOf(t *catalog.Table) Around {
	s := surroundingsOf(t, schemaFacts{})
	return Around{s.table, s.person, s.thing}
}

// Covers tells whether Schema guesses about a table.
func Covers(t *catalog.Table) bool {
	if t.Extension != "" || t.Partition != nil {
		return false
	}
	return t.Kind == catalog.Ordinary || t.Kind == catalog.Partitioned || t.Kind == catalog.Foreign
}

// inherit gives a foreign key's columns the class of what they reference: a
// reference to an e-mail address is one, a reference to an id is an id.
func inherit(out []*Found, at map[*catalog.Column]int, fk *catalog.ForeignKey) {
	for i, num := range fk.Columns {
		from, to := fk.Table.ColumnNum(num), fk.References.ColumnNum(fk.RefColumns[i])
		if from == nil || to == nil {
			continue
		}
		f, ok := at[from]
		if !ok {
			continue
		}
		why := fmt.Sprintf("a foreign key to %s.%s", fk.References.Name.Name, to.Name)
		if t, ok := at[to]; ok && out[t].Class.Public() != None && out[t].Class != FreeText && out[t].Class != JSON {
			out[f].Guess = out[f].is(out[t].Class, out[t].Confidence, why)
			continue
		}
		out[f].Guess = out[f].is(Reference, 0.97, why)
	}
}

// Table guesses about one table's columns, in their order.
func Table(t *catalog.Table) []Guess { return table(t, schemaFacts{}) }

func table(t *catalog.Table, facts schemaFacts) []Guess {
	s := surroundingsOf(t, facts)
	out := make([]Guess, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = classify(t, c, s)
	}
	s.learn(out)
	for i, c := range t.Columns {
		out[i] = classify(t, c, s)
		if g := out[i]; (g.Class == Unknown || g.Class == Plain) && inPrimaryKey(t, c) {
			out[i] = g.is(Key, 0.9, "a key of the table")
		}
	}
	return out
}

func inPrimaryKey(t *catalog.Table, c *catalog.Column) bool {
	if pk := t.PrimaryKey(); pk != nil {
		for _, k := range pk.Keys {
			if k.Column == c.Num {
				return true
			}
		}
	}
	return false
}

// Name guesses from a name alone, as of a text column: JSON keys, domains.
func Name(name string) (Class, float64) {
	m, ok := classifyName(Tokens(name))
	if !ok {
		return Unknown, 0
	}
	return m.phrase.class, m.score
}

func classify(t *catalog.Table, c *catalog.Column, s *surroundings) Guess {
	g := Guess{Schema: t.Name.Schema, Table: t.Name.Name, Column: c.Name, Type: c.TypeSQL}
	kind := transform.KindOf(c.Type)
	elem := kind
	if c.Type.Underlying().Array && c.Type.Underlying().Elem != nil {
		elem = transform.KindOf(c.Type.Underlying().Elem)
	}
	if elem == mask.Bool {
		return g.is(Plain, 0.97, "a yes or no")
	}
	if elem == mask.Enum {
		return g.is(Category, 0.95, "an enum")
	}
	all := s.tokens(c.Name)
	if s.brazilian && len(all) > 1 && strings.HasPrefix(strings.ToLower(c.Name), "no_") {
		all[0] = "name" // no_municipio is the name of a town
	}
	f := column{t: t, c: c, s: s, kind: elem, length: textLength(c), toks: s.strip(all), all: all}
	if got, ok := f.byContext(g); ok && f.fits(got.Class) {
		return got
	}
	m, ok := f.byName()
	if !ok || m.phrase.class == Category || m.phrase.class == Username {
		if got, ok := f.byPattern(g); ok {
			return got
		}
	}
	if ok {
		if f.sentences(m) {
			return g.is(FreeText, 0.6, "text without a limit, where other columns have one")
		}
		if f.fits(m.phrase.class) {
			return f.refine(g, m)
		}
		if got, ok := f.byType(g); ok {
			if got.Class == Plain && m.phrase.class != Category {
				got.Evidence = []string{fmt.Sprintf("its type, %s; the name alone would say %s", c.TypeSQL, m.phrase.class)}
			}
			return got
		}
		if kind == mask.Text {
			return g.is(Category, 0.75, fmt.Sprintf("too short, %s, for what its name says", c.TypeSQL))
		}
	}
	if got, ok := f.byChecks(g); ok {
		return got
	}
	if got, ok := f.byComment(g); ok {
		return got
	}
	if got, ok := f.byType(g); ok {
		return got
	}
	return f.unknown(g)
}

var (
	birthStems  = words(`geb, gebu, geburts, nac, nacim, nacimiento, nasc, naiss, naissance, nascita, nasci, birth, born, geboorte, ur, urodz`)
	changeWords = words(`create, created, creating, creation, crt, cre, crea, update, updated, upd, modify, modified, modif, mod, change, changed, chg, chng, insert, inserted, ins, last, lst, delete, deleted, del, entry, entered, ent, approve, approved, appr, alta, baja, registro, creacion, modificacion, ult, ultima, inclusao, alteracao, inserimento, modifica, ultimo, erstell, aender, anlage, creat, maj, saisie, verify, verified, auth, mkr, maker, chkr, checker`)
	userWords   = words(`user, usr, usuario, usu, utente, utilisateur, util, gebruiker, benutzer, nutzer, operator, oper, login`)
	eventWords  = words(`faits, delito, hechos, reato, feit, start, end, current, business, exact, precise, actual, user, rider, driver, customer, from, to, origin, destination, loss, accident, incident, event, meeting, pickup, dropoff, delivery, crime, offence, offense, unfall, evento, siniestro, accidente, infraccion, hecho, entrega, recogida, sinistre, livraison, ongeval, incidente, sinistro, acidente, retirada, consegna, ritiro, collection, interview, appointment, session, arrest, ritrovo, incontro, partenza, arrivo, encuentro, reunion, rencontre, poll, job, work, trabajo, treff, einsatz, schaden, tat, exam, ceremony, wedding, funeral, death, burial, marriage, deces, defuncion, matrimonio, obito, morte`)
)

// byPattern knows names by a word of each of two kinds.
func (f *column) byPattern(g Guess) (Guess, bool) {
	var birth, change, user, place, event string
	for _, w := range f.toks {
		switch {
		case birthStems[w]:
			birth = w
		case userWords[w]:
			user = w
		case placeWords[w]:
			place = w
		case eventWords[w]:
			event = w
		}
		if changeWords[w] {
			change = w
		}
	}
	date := f.kind == mask.Date || f.kind == mask.Timestamp || f.kind == mask.TimestampTZ
	switch {
	case date && birth != "" && (f.s.person || f.kind == mask.Date):
		return g.is(BirthDate, 0.85, fmt.Sprintf("a date, and %q in its name", birth)), true
	case f.kind == mask.Text && len(f.toks) <= 4 && change != "" && user != "" && f.fits(Username) && !f.has("agent", "type", "role", "group", "date", "time"):
		return g.is(Username, 0.75, "who did something, as text"), true
	case f.kind == mask.Text && len(f.toks) == 2 && place != "" && event != "" && (f.length == 0 || f.length >= 30):
		return g.is(Address, 0.72, fmt.Sprintf("the place of a %s", event)), true
	}
	return g, false
}

// writings are words for what somebody wrote where only sentences have no limit,
// and for a kind of thing elsewhere.
var writings = words(`plan, resolution, result, results, outcome, action, actions, solution, cause, purpose, objective, objectives, goal, goals, scope, context, background, conclusion, recommendation, recommendations, resultado, resultados, resultat, ergebnis, ergebnisse, esito, loesung, massnahme, massnahmen, ziel, ziele, zweck, evaluation, situation, experience, education, skills, interests, hobbies, achievements, responsibilities, requirements, symptoms, diagnosis, symptome, sintomas, procedure, medication, medications, treatment, response, explanation, rationale, consequence, position`)

// sentences tells whether a word that else stands for a kind of thing is what
// somebody wrote: plan and result, where only sentences have no limit.
func (f *column) sentences(m match) bool {
	return f.s.longTexts && (f.s.person || f.s.content) && m.phrase.class == Category && len(f.toks) == 1 && writings[f.toks[0]] && f.c.Type.Underlying().Name.Name == "text"
}

// column is one column with what is known of it.
type column struct {
	t      *catalog.Table
	c      *catalog.Column
	s      *surroundings
	kind   mask.Kind // of its elements, for arrays
	length int       // greatest number of characters; 0 for no limit
	toks   []string  // words of its name without the table's affixes
	all    []string
}

// byName tries the name without what all columns share, then the whole, then
// what the domain is called.
func (f *column) byName() (match, bool) {
	if class, ok := lexicon().whole[strings.Join(f.toks, " ")]; ok {
		return match{phrase{f.toks, class, 0.72}, 0, 0.72}, true
	}
	m, ok := classifyName(f.toks)
	if len(f.all) > len(f.toks) && !f.shortens() {
		if whole, found := classifyName(f.all); found && !f.affixOnly(whole) && f.reaches(whole) && (!ok || len(whole.phrase.words) > len(m.phrase.words)) {
			m, ok = whole, true
		}
	}
	if f.c.Type.Kind == 'd' && (!ok || m.phrase.class == Category) {
		if d, found := classifyName(Tokens(f.c.Type.Name.Name)); found && d.phrase.class != Category {
			return d, true
		}
	}
	return m, ok
}

// regionWords are words for parts of an address too large to point at anyone.
var regionWords = words(`state, country, county, region, province, provincia, nazione, nacion, pais, pays, paese, land, regione, departement, departamento, bundesland, kanton, canton, wojewodztwo, provincie, estado, etat, kraj, continent, timezone`)

// birthPlaces are words for places that say so beside a word for birth.
var birthPlaces = words(`luogo, lieu, lugar, local, place, plaats, ort, loc, municipio, comune, distrito`)

// affixOnly tells whether a match is made of nothing but what all columns share.
func (f *column) affixOnly(m match) bool {
	for _, w := range f.all[m.at : m.at+len(m.phrase.words)] {
		if !f.s.affix[w] {
			return false
		}
	}
	return true
}

// reaches tells whether a match has a word that all columns share: without one,
// the words that are left have been judged already.
func (f *column) reaches(m match) bool {
	for _, w := range f.all[m.at : m.at+len(m.phrase.words)] {
		if f.s.affix[w] || f.s.abbreviates(w) {
			return true
		}
	}
	return false
}

// shortens tells whether what all columns begin with is a short form of the
// table's name that stands for another word elsewhere: the lst of lists.
func (f *column) shortens() bool {
	first := split(f.s.trim(f.c.Name))[0]
	return f.s.affix[f.all[0]] && first != f.all[0] && !f.s.tableHas(map[string]bool{f.all[0]: true})
}

var (
	serverWords = words(`address, host, server, addr`)
	mobileWords = words(`mobile, handy, cell, movil, celular, cellulare, mobiel, telemovel`)
)

// refine settles what a name that speaks for one class means in this table.
func (f *column) refine(g Guess, m match) Guess {
	class, score := m.phrase.class, m.score
	why := []string{m.evidence()}
	word := strings.Join(m.phrase.words, " ")
	if n := len(f.toks) - 1; n > 0 && (class == Email || class == Street || class == Address) && serverWords[f.toks[n]] && f.s.siblings[strings.Join(f.toks[:n], " ")+" port"] {
		return g.is(Category, 0.85, "the address of a server, with its port beside it")
	}
	switch class {
	case IP:
		if word == "client address" && f.s.classes[City]+f.s.classes[PostalCode]+f.s.classes[Phone] > 0 {
			return g.is(Address, 0.88, "the address of a client, beside town or phone")
		}
	case BirthDate:
		if f.kind == mask.Int && idWords[f.all[len(f.all)-1]] {
			return g.is(Key, 0.8, "the name ends in id")
		}
		// Place of birth: the birth says when, another word says what.
		for i, w := range f.toks {
			if i >= m.at && i < m.at+len(m.phrase.words) {
				continue
			}
			if birthPlaces[w] && f.kind == mask.Text {
				return g.is(City, 0.85, "the name says a place of birth")
			}
			if o, ok := classifyName([]string{w}); ok && (o.phrase.class == City || o.phrase.class == Category) && f.kind == mask.Text && w != "date" && w != "data" {
				return g.is(o.phrase.class, 0.85, "the name says a place of birth")
			}
		}
	case FreeText:
		if strings.HasPrefix(word, "descri") || word == "beschreibung" || word == "omschrijving" || word == "descricao" || word == "descrizione" {
			for _, w := range f.all {
				if w != word && has(thingTables, w) && !has(contentTables, w) {
					return g.is(Category, 0.72, "describes a "+w)
				}
			}
		}
		if (word == "title" || strings.HasPrefix(word, "descri") || word == "descripcion" || word == "descrizione" || word == "beschreibung" || word == "descricao" || word == "omschrijving" || word == "contenu" || word == "resume" || word == "content" || word == "inhalt" || word == "contenido" || word == "subject" || word == "betreff" || word == "asunto" || word == "assunto" || word == "oggetto" || word == "objet" || word == "onderwerp") && f.s.thing && !f.s.content {
			return g.is(Category, 0.7, "describes a thing, in the table "+fmt.Sprintf("%q", f.t.Name.Name))
		}
		if strings.HasPrefix(word, "descri") && m.at == 1 && slices.Contains(f.s.table, f.all[0]) && !f.s.person && !f.s.content {
			return g.is(Category, 0.68, "what a "+f.all[0]+" is called")
		}
		if (strings.HasPrefix(word, "descri") || word == "beschreibung" || word == "omschrijving" || word == "opis") && !f.s.person && !f.s.content && f.labelled() && !f.owned() {
			return g.is(Category, 0.66, "describes what has a name or code beside it")
		}
		if word == "signature" && f.s.thing && !f.s.person {
			return g.is(Category, 0.66, "the signature of a thing")
		}
		if f.s.tableHas(publishedTables) && !f.s.person && publishedWords[word] {
			return g.is(Category, 0.68, fmt.Sprintf("published, in the table %q", f.t.Name.Name))
		}
		if score > 0.85 && f.length > 0 && f.length < 20 {
			score = 0.72
		}
	case Street, Address:
		for i, w := range f.toks {
			if o, ok := classifyName([]string{w}); ok && o.phrase.class == PostalCode && (i < m.at || i >= m.at+len(m.phrase.words)) {
				return g.is(PostalCode, 0.85, "the name says "+fmt.Sprintf("%q", w))
			}
		}
		for i, w := range f.toks {
			if regionWords[w] && (i < m.at || i >= m.at+len(m.phrase.words)) {
				return g.is(Category, 0.75, fmt.Sprintf("the %s of an address", w))
			}
		}
		if word == "via" && m.at > 0 {
			return g.is(Category, 0.75, "the way of something")
		}
		if f.s.tableHas(mailTables) && (word == "address") && !f.s.person {
			return g.is(Email, 0.85, "an address in a table of mail")
		}
		if word == "building" || word == "suite" || word == "complement" {
			if f.s.classes[City]+f.s.classes[PostalCode]+f.s.classes[Street] < 2 {
				return g.is(Category, 0.7, why...)
			}
		}
		if word == "county district" || word == "barrio" {
			score = max(score, 0.75)
		}
	case PostalCode:
		if (word == "cap" || word == "cp") && f.s.classes[City]+f.s.classes[Street]+f.s.classes[Address] == 0 {
			return g.is(Category, 0.6, why...)
		}
		if word == "cap" || word == "cp" {
			score, why = 0.92, append(why, "beside a town or street")
		}
	case URL:
		if (f.s.thing || f.s.company) && !f.s.person && !strings.Contains(word, "avatar") && !strings.Contains(word, "profile") && !strings.Contains(word, "facebook") && !strings.Contains(word, "linkedin") {
			return g.is(Link, 0.75, append(why, "in a table of things or companies")...)
		}
	case Link:
		if f.s.person && len(f.toks) == len(m.phrase.words) && (word == "image" || word == "image url" || word == "url" || word == "uri" || word == "link" || word == "urls" || word == "imagen" || word == "bild" || word == "imagem" || word == "afbeelding" || word == "immagine" || word == "banner" || word == "cover") && f.kind == mask.Text {
			return g.is(URL, 0.8, append(why, f.s.why)...)
		}
		if word == "domain" || word == "path" || word == "request path" {
			return g.is(Category, 0.75, why...)
		}
	case Password:
		if word == "clave" && (f.hasSibling("value") || f.hasSibling("valor") || f.s.thing && !f.s.person) {
			return g.is(Category, 0.75, "the key of a setting")
		}
	case JSON:
		if f.kind == mask.Text && word == "extra" && m.at+len(m.phrase.words) < len(f.toks) {
			return g.is(FreeText, 0.6, why...)
		}
		if f.kind == mask.Text && f.length > 0 && (word == "meta" || word == "metadata") && m.at+len(m.phrase.words) < len(f.toks) {
			return g.is(Category, 0.7, "something about the page or file")
		}
	case NationalID, Number:
		if f.kind == mask.Text && pictureWords[f.toks[len(f.toks)-1]] {
			return g.is(URL, 0.8, append(why, "a picture of it")...)
		}
		if (word == "number documento" || word == "documento" || word == "document number" || word == "number document") && f.s.thing && !f.s.person && !f.s.named() {
			return g.is(Category, 0.7, "the number of a paper of the house")
		}
		if f.s.shared[f.c.Name] && len(m.phrase.words) == 2 && (m.phrase.words[1] == "number" || m.phrase.words[0] == "number") && (has(personTables, m.phrase.words[0]) || has(personTables, m.phrase.words[1])) {
			return g.is(Reference, 0.7, "a number of our own, which many tables have")
		}
		if n := len(m.phrase.words); (f.kind == mask.Int || f.kind == mask.Numeric) && n == 2 && m.phrase.words[1] == "id" && has(personTables, m.phrase.words[0]) {
			return g.is(Key, 0.85, "the id of a "+m.phrase.words[0]+", as a number")
		}
		if (f.kind == mask.Int || f.kind == mask.Numeric) && (numbersOfOurs[word] || f.c.Sequence != nil) {
			return g.is(Key, 0.8, "a number of our own, by its type")
		}
	case Secret:
		if (word == "pincode" || word == "pin code") && f.s.classes[City]+f.s.classes[Street]+f.s.classes[Address] > 0 {
			return g.is(PostalCode, 0.85, append(why, "beside a town or street")...)
		}
		if word == "salt" || word == "pin" {
			score = max(score, 0.8)
		}
	case Trait:
		if f.s.thing && !f.s.person && len(m.phrase.words) == 1 {
			return g.is(Category, 0.8, why...)
		}
	case Category:
		if word == "slug" && f.s.person {
			return g.is(Username, 0.7, append(why, f.s.why)...)
		}
	case Username:
		if word == "user id" && (len(f.toks) > 2 || !f.s.tableHas(personTables) && !f.s.tableHas(keyTables)) && !f.hasSibling("password") {
			return g.is(Reference, 0.72, why...)
		}
		if word == "userid" && (f.c.Type.Underlying().Name.Name == "bpchar" || !f.s.tableHas(personTables) && !f.hasSibling("password")) {
			return g.is(Reference, 0.72, why...)
		}
		if n := len(f.toks) - 1; n > 0 && mobileWords[f.toks[n]] && f.kind == mask.Text {
			return g.is(Phone, 0.85, "the name ends in "+f.toks[n])
		}
		if word == "kuerzel" && !f.s.person {
			return g.is(Category, 0.75, why...)
		}
	case FullName, Company:
		if n := len(f.toks) - 1; class == FullName && n == 1 && numberWords[f.toks[n]] && m.at == 0 && len(m.phrase.words) == 1 && score < 0.8 {
			return g.is(Category, 0.7, "the number of a "+word)
		}
		if word == "display name" && !f.s.person && !f.hasSibling("user name") && !f.hasSibling("email") {
			return g.is(Category, 0.7, append(why, "and nothing else says that it is a person's")...)
		}
		if f.s.thing && len(m.phrase.words) == 1 && word != "author" && word != "sender" && word != "contact" && word != "recipient" && score < 0.8 && !f.s.content {
			score = 0.66
		}
	}
	if f.kind == mask.JSON || f.kind == mask.JSONB {
		if w := f.listsSettings(); w != "" && class != Secret && class != Geo {
			return g.is(Category, 0.66, fmt.Sprintf("%s of the program, by the name", w))
		}
		if class != Secret && class != Geo && class != JSON {
			return g.is(JSON, 0.8, "its type, "+f.c.TypeSQL)
		}
	}
	if f.lowerIndex() && (class == Email || class == Username) {
		score, why = max(score, 0.98), append(why, "indexed in lower case")
	}
	return g.is(class, score, why...)
}

// publishedTables hold what a program or its makers say, in words that are the
// same for everybody, and publishedWords what such a text is called.
var (
	publishedTables = words(`template, templatemail, mailtemplate, canned, snippet, layout, cms, faq, page, pages, translation, translations, texts, vorlage, plantilla, modele, modello, modelo, sjabloon, boilerplate, newsletter, campaign, campaigns, announcement, banner, help, helptext, glossary, lexicon, pdfmodels, news, wiki, content`)
	publishedWords  = words(`body, text, subject, message, html, cuerpo, corpo, corps, tekst,  content, title, summary, answer, question, response, description, comment, betreff, asunto, assunto, oggetto, objet, onderwerp, inhalt, contenido, contenu, conteudo, contenuto, nachricht, mensaje, mensagem, messaggio, bericht, message text, message html, html body, text body, body html, body text, email body, subtitle, intro, introduction, instructions`)
)

// labels are names of columns that say what a thing is called.
var labels = []string{"name", "code", "label", "title", "nome", "nombre", "nom", "naam", "titre", "titulo", "titolo", "libelle", "bezeichnung", "codigo", "codice", "key", "slug", "titel", "abbreviation", "cle", "clave", "chave", "chiave", "sleutel", "schluessel", "codigo parametro", "parameter"}

// owners are names of columns that say whose the row is.
var owners = []string{"user id", "author id", "member id", "customer id", "person id", "owner id", "patient id", "client id", "contact id", "student id", "employee id", "creator id", "profile id"}

// owned tells whether a row belongs to somebody, who may have written it.
func (f *column) owned() bool {
	for _, o := range owners {
		if f.s.siblings[o] {
			return true
		}
	}
	return false
}

// labelled tells whether the rows have a name or code.
func (f *column) labelled() bool {
	for _, l := range labels {
		if f.hasSibling(l) {
			return true
		}
	}
	return false
}

// numbersOfOurs are numbers that a program counts up by itself when they are integers.
var numbersOfOurs = words(`number empleado, number funcionario, number dipendente, number employe, number salarie, number mitarbeiter, employee number, staff number, student number, patient number, personal number, matricule, matricula, matricola, personalnummer, personalnr, library card number, card number, member number, person number, document number, patientennummer, number etudiant`)

// lowerIndex tells whether an index holds the column in lower case, as for
// names that people log in with.
func (f *column) lowerIndex() bool {
	for _, x := range f.t.Indexes {
		for _, k := range x.Keys {
			if e := strings.ToLower(k.Expression); strings.HasPrefix(e, "lower(") && strings.Contains(e, strings.ToLower(f.c.Name)) {
				return true
			}
		}
	}
	return false
}

// byChecks looks at what the column is checked against.
func (f *column) byChecks(g Guess) (Guess, bool) {
	checks := append([]*catalog.Check(nil), f.c.Type.Checks...)
	for _, k := range f.t.Checks {
		if len(k.Columns) == 1 && k.Columns[0] == f.c.Num {
			checks = append(checks, k)
		}
	}
	for _, k := range checks {
		switch def := k.Definition; {
		case f.kind != mask.Text:
		case strings.Contains(def, "@"):
			return g.is(Email, 0.88, "its check looks for an @"), true
		case strings.Contains(def, `\+[0-9`), strings.Contains(def, `\+\d`), strings.Contains(def, `\+?[0-9`):
			return g.is(Phone, 0.75, "its check looks for a + and digits"), true
		case strings.Contains(def, "[A-Z]{2}[0-9]{2}"), strings.Contains(def, `[A-Z]{2}\d{2}`):
			return g.is(Bank, 0.75, "its check looks for an IBAN"), true
		case strings.Contains(def, `[0-9]{3}-[0-9]{2}-[0-9]{4}`), strings.Contains(def, `\d{3}-\d{2}-\d{4}`):
			return g.is(NationalID, 0.85, "its check looks for a social security number"), true
		case strings.Contains(def, "= ANY (ARRAY["), strings.Contains(def, " OR ") && strings.Contains(def, "= '"):
			return g.is(Category, 0.9, "its check lists its values"), true
		case strings.Contains(def, "://"):
			return g.is(Link, 0.8, "its check looks for a URL"), true
		}
	}
	return g, false
}

// maxComment is the longest comment that is read as a name: "the customer's
// e-mail". Longer ones tell stories.
const maxComment = 6

func (f *column) byComment(g Guess) (Guess, bool) {
	ws := Tokens(f.c.Comment)
	if len(ws) == 0 || len(ws) > maxComment || f.kind != mask.Text && f.kind != mask.Date {
		return g, false
	}
	m, ok := classifyName(ws)
	if !ok || m.phrase.class == Category || m.phrase.class == FreeText || m.phrase.class == JSON || m.score < 0.8 || !f.fits(m.phrase.class) {
		return g, false
	}
	return g.is(m.phrase.class, m.score*0.85, "its comment says "+fmt.Sprintf("%q", strings.Join(m.phrase.words, " "))), true
}

// unknown is a text column that nothing is known about.
func (f *column) unknown(g Guess) Guess {
	last := f.all[max(0, len(f.all)-1):]
	switch {
	case len(f.toks) == 1 && f.toks[0] == "suffix" && f.s.person && f.s.named():
		return g.is(LastName, 0.72, "Jr. or III, beside a name")
	case len(f.toks) > 1 && byWords[last[0]] && !byThings[f.toks[len(f.toks)-2]] && (f.length == 0 || f.length >= 8):
		return g.is(Username, 0.72, "who did something, as text")
	case len(f.toks) == 2 && f.toks[1] == "id" && f.s.person && ownIDs[f.toks[0]] && !inPrimaryKey(f.t, f.c) && f.s.classes[FullName]+f.s.classes[LastName]+f.s.classes[BirthDate] > 0:
		return g.is(Number, 0.72, fmt.Sprintf("the number of a %s, as text, in a table of people", f.toks[0]))
	case len(last) == 1 && idWords[last[0]]:
		return g.is(Key, 0.78, fmt.Sprintf("the name ends in %q", last[0]))
	case len(last) == 1 && negatives[last[0]]:
		return g.is(Category, 0.75, fmt.Sprintf("the name ends in %q", last[0]))
	case len(f.toks) == 1 && (f.length == 0 || f.length >= 10) && has(personTables, f.toks[0]) && !notNames[f.toks[0]]:
		return g.is(FullName, 0.72, fmt.Sprintf("called a %s, and text", f.toks[0]))
	case f.kind == mask.Text && len(f.toks) == 2 && (f.length == 0 || f.length >= 20) && has(personTables, f.toks[1]) && !notNames[f.toks[1]] && !flagWords[f.toks[0]] && !numberWords[f.toks[0]] && !f.s.thing && !romance(f.toks[1]):
		return g.is(FullName, 0.7, fmt.Sprintf("called a %s, and text", f.toks[1]))
	case f.kind == mask.Text && len(f.toks) == 1 && f.length >= 20 && f.length <= 120 && doer(f.toks[0]) && !f.s.thing:
		return g.is(FullName, 0.6, "called by what somebody does, and text")
	case f.s.person && len(f.toks) > 1 && (pictureWords[f.toks[len(f.toks)-1]] || pictureWords[f.toks[0]] || f.toks[0] == "thumbnail") && f.kind == mask.Text && (f.length == 0 || f.length >= 20):
		return g.is(URL, 0.7, "a picture in a table of people")
	case f.length > 0 && f.length <= 5:
		return g.is(Category, 0.75, "short, "+f.c.TypeSQL)
	case f.c.Default != "" && strings.HasPrefix(f.c.Default, "'") && !strings.HasPrefix(f.c.Default, "''"):
		return g.is(Category, 0.75, "a default value, as codes have")
	}
	if len(last) == 1 && rawWords[last[0]] && (f.length == 0 || f.length >= 1000) && !(f.s.thing && !f.s.person && !f.s.content) {
		return g.is(JSON, 0.6, fmt.Sprintf("the name ends in %q: whatever was sent or stored", last[0]))
	}
	if f.c.Type.Underlying().Name.Name == "text" && !(len(f.all) > 0 && f.all[0] == "id") && (f.s.limited > 1 || (f.s.longTexts || f.s.limits) && (f.s.person || f.s.content)) {
		return g.is(FreeText, 0.55, "text without a limit, where other columns have one")
	}
	return g.is(Unknown, 0.5, "nothing in its name")
}

// pictureWords end the names of columns that hold a picture, or where it is.
var pictureWords = words(`image, photo, picture, img, pic, foto, selfie, scan, bild, imagem, immagine, afbeelding, imagen`)

// romance tells whether a word for a person is of a language that says first
// what is theirs: a parecer_procurador is an opinion.
func romance(w string) bool {
	for _, end := range []string{"o", "a", "or", "ente", "ante", "eur"} {
		if strings.HasSuffix(w, end) && w != "operator" && w != "author" && w != "doctor" && w != "mentor" && w != "tutor" && w != "donor" && w != "instructor" && w != "professor" {
			return true
		}
	}
	return false
}

// rawWords end the names of texts that hold what a program sent or stored.
var rawWords = words(`data, payload, yaml, header, blob, dump, serialized, params, daten, donnees, datos, dados, dati`)

var (
	byWords  = words(`by, von, por, par, door, durch`)
	byThings = words(`sort, sorted, order, ordered, group, grouped, powered, partition, filter, triggered, caused, followed, limited, measured, divided, stand, multiplied, priced, paid, pago, payed`)
	ownIDs   = words(`student, employee, staff, teacher, patient, badge, matricule, worker, faculty`)
)

// notNames are words for people and other things that a text column means less
// often by a name.
var notNames = words(`partner, profile, lead, individual, family, household, party, human, crew, provider, signup, registration, fisica, anagrafica, anagrafe, relatie, staff, personal, personnel, persons, user, usr, usuario, socio, interno, titular, admin, kind, cust, rep, soggetto, worker, operator, holder, rider`)

// textLength is the length of varchar(n) and char(n), 0 without one.
func textLength(c *catalog.Column) int {
	mod := c.TypMod
	if c.Type.Kind == 'd' {
		mod = c.Type.BaseMod
	}
	if transform.KindOf(c.Type) != mask.Text || mod < 4 {
		return 0
	}
	return int(mod) - 4
}
