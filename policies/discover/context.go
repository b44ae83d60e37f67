package discover

import (
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/transform/mask"
)

// genericNameWords mean a person's name in a table of people and a thing's elsewhere.
const genericNameWords = `name, nom, nombre, nome, naam, namn, nume, names, namen, noms, nombres, nomi, nomes`

var (
	genericNames = words(genericNameWords)

	numberWords   = words(`number, cd, nro, nummer, numero`)
	valueWords    = words(`value, val, valor, valeur, wert, waarde, valore, content, data, detail, details, contact, info, sendto, address, number, value compact`)
	endpoints     = words(`from, to, sender, recipient, recipients, absender, empfaenger, expediteur, destinataire, remitente, destinatario, mittente, remetente, afzender, ontvanger, cc, bcc, reply, sent to, sender number, to number, from number, envelope sender, receiver, source number, destination number, src, dst, source, destination, caller, callee, called, calling, origin, origen, destino, recipient address, sender address, external author`)
	titleWords    = words(`title, titel, titre, titulo, titolo, headline, summary, name, subject, record name, display name`)
	placeWords    = words(`location, standort, lieu, lugar, luogo, locatie, ubicacion, venue, place, veranstaltungsort, aufenthaltsort, treffpunkt, localizacao, emplacement`)
	identWords    = words(`identifier, ident, identificador, identificatore, ident value, identifier value, identification, identificacion, identificacao, identificazione`)
	registerWords = words(`reg number, register number, registration number, roll number, admission number, enrollment number, enrolment number, index number, regd number, usn, file number, case number person, number registro, number inscripcion, number inscription, number inscricao`)
	secretWords   = words(`key, code, token, value, hash, digest, secret, hashed, credential, data`)
	givenNames    = []string{"vorname", "vornamen", "first name", "prenom", "prenoms", "voornaam", "voornamen", "given name", "forename", "vname", "vorn", "prenume", "firstname", "rufname", "voorletters"}
	familyNames   = []string{"apellido", "apellidos", "cognome", "sobrenome", "apelido", "achternaam", "last name", "surname", "apellido paterno", "primer apellido", "nachname", "apellido 1", "lastname", "family name", "prenom"}
	streetNames   = []string{"street", "strasse", "calle", "rua", "rue", "via", "straat", "straatnaam", "logradouro", "endereco", "str", "address", "voie", "street name", "direccion", "indirizzo", "adres", "adresse", "nombre calle", "strassenname", "avenida", "neighborhood", "neighbourhood", "bairro", "complement", "complemento", "colonia"}
	// askTables hold what somebody asked for, with the name of who did.
	askTables = words(`subscription, booking, order, reservation, appointment, registration, signup, request, inquiry, enquiry, review, comment, application, message, rsvp, ticket, feedback, donation, complaint, submission, quote, anmeldung, buchung, bestellung, anfrage, reservierung, inscription, reservation, commande, demande, reserva, pedido, solicitud, inscripcion, prenotazione, ordine, iscrizione, richiesta, inscricao, reservering, bestelling, aanmelding, cita, agendamento, newsletter subscription, invitation, invite, guestbook, gaestebuch, testimonial, log`)
	// documentTables have a number of their own beside the address that they are for.
	documentTables = words(`invoice, bill, order, quote, quotation, receipt, delivery note, credit note, rechnung, auftrag, angebot, lieferschein, gutschrift, bestellung, facture, devis, commande, bon livraison, avoir, factura, facturas, pedido, albaran, presupuesto, fattura, preventivo, ordine, ddt, bolla, fatura, encomenda, orcamento, factuur, offerte, pakbon`)
	systemThings   = words(`file, host, domain, table, column, schema, class, method, function, template, package, key, tag, path, app, application, client type, browser, node, image, container, program, script, command, metric, object, entity, resource, original file, section, region, index, constraint, trigger, sheet, dataset, store, level, model, short, legal, brand, print, icon, type, code, report, job, queue, unit, display type, fonction, field, label, server, menu, action, layout, theme, module, plugin, event, cron, worker, space, bucket, workflow, attribute, option, permission, value, alternate thing, scientific, common, generic, trade`)
)

// byContext decides about names that say something only together with their
// table and neighbours.
func (f *column) byContext(g Guess) (Guess, bool) {
	toks := f.toks
	if len(toks) == 0 || f.kind != mask.Text && f.kind != mask.Int && f.kind != mask.Bytea && f.kind != mask.Numeric {
		return g, false
	}
	if f.kind == mask.Text {
		if got, ok := f.genericName(g, toks); ok {
			return got, true
		}
	}
	for len(toks) > 1 && isDigits(toks[len(toks)-1]) {
		toks = toks[:len(toks)-1]
	}
	one := strings.Join(toks, " ")
	s := f.s
	if n := len(toks) - 1; n > 0 && f.kind == mask.Text {
		person := strings.Join(toks[:n], " ") // buyer_first, buyer_last
		switch {
		case toks[n] == "first" && s.siblings[person+" last"]:
			return g.is(FirstName, 0.85, "half a name, with the other beside it"), true
		case toks[n] == "last" && s.siblings[person+" first"]:
			return g.is(LastName, 0.85, "half a name, with the other beside it"), true
		}
	}
	if numberWords[one] && !s.tableHas(documentTables) && !(len(f.all) > 0 && s.abbreviates(f.all[0])) { // obj_nr of objekte is a key
		for _, street := range streetNames {
			if s.siblings[street] && !f.smallInt() && !inPrimaryKey(f.t, f.c) {
				return g.is(Street, 0.85, fmt.Sprintf("a number beside %q", street)), true
			}
		}
	}
	if f.kind == mask.Int || f.kind == mask.Numeric {
		if c := f.c.Type.Underlying().Name.Name; c == "int4" || c == "int2" || f.kind == mask.Numeric {
			return g, false
		}
	}
	switch {
	case s.tableHas(callTables) && endpoints[one] && !s.tableHas(mailTables):
		return g.is(Phone, 0.85, "an end of a call or text message"), true
	case s.tableHas(mailTables) && endpoints[one] && one != "source" && one != "origin":
		return g.is(Email, 0.8, "an end of a message"), true
	case s.content && (one == "external author" || one == "requester" || one == "from"):
		return g.is(Email, 0.72, "who wrote to us"), true
	case one == "apartado" && (s.classes[Street]+s.classes[Address]+s.classes[PostalCode] > 0):
		return g.is(Address, 0.8, "a post-office box beside an address"), true
	case one == "agent" && s.classes[IP] > 0:
		return g.is(Category, 0.75, "a program beside an address of the network"), true
	case one == "bcc" && f.kind == mask.Text, one == "cc" && f.kind == mask.Text && (s.siblings["bcc"] || s.siblings["email"]) && (f.length == 0 || f.length > 20):
		return g.is(Email, 0.78, "who else gets a message"), true
	case one == "internet" && f.kind == mask.Text && (s.classes[Phone] > 0 || s.classes[Email] > 0):
		return g.is(URL, 0.75, "an address beside phone or e-mail"), true
	case one == "address" && s.siblings["medium"]:
		return g.is(Email, 0.8, "an address on some medium"), true
	case one == "account" && s.siblings["password"] || one == "account" && s.siblings["account password"]:
		return g.is(Username, 0.75, "an account beside a password"), true
	case one == "client name" && s.siblings["client secret"]:
		return g.is(Category, 0.8, "the name of a program"), true
	case one == "credential" && s.person && s.siblings["user name"]:
		return g.is(Password, 0.75, "a credential of a person"), true
	case one == "account name" && (s.classes[Bank] > 0 || s.siblings["account number"]) && !s.thing && f.kind == mask.Text:
		return g.is(FullName, 0.75, "whose account it is, beside its number"), true
	case identWords[one] && s.siblings["token"]:
		return g.is(Email, 0.7, "what a token was sent to"), true
	case one == "dir" && s.person && f.kind == mask.Text:
		return g.is(Address, 0.72, "short for direccion, in a table of people"), true
	case (one == "sid" || one == "id" && f.kind == mask.Text && !f.beside(Secret)) && s.tableHas(words(`session, sessions`)):
		return g.is(Secret, 0.8, "what a session is known by"), true
	case registerWords[one] && s.person:
		return g.is(Number, 0.72, "a number that people are registered under"), true
	case (one == "contact" || one == "contacts" || one == "contato" || one == "contacto" || one == "contatto" || one == "kontakt") && s.person && f.kind == mask.Text && !f.beside(Phone) && s.named():
		return g.is(Phone, 0.72, "how to reach a person who is named, and no phone beside it"), true
	case one == "emergency contact" && (s.siblings["emergency person"] || s.siblings["emergency contact name"] || s.siblings["emergency name"] || f.length > 0 && f.length <= 20):
		return g.is(Phone, 0.75, "how to reach somebody, who is named beside it"), true
	case identWords[one] && one != "ident value" && s.tableHas(accountTables):
		return g.is(Username, 0.75, "what an account is known by"), true
	case identWords[one] && (s.person || s.tableHas(personTables)):
		return g.is(NationalID, 0.75, "what people are told apart by"), true
	case one == "data" && s.tableHas(words(`session, sessions, token, tokens`)):
		return g.is(JSON, 0.75, "what a session remembers"), true
	case one == "value" && s.tableHas(keyTables) && has(keyTables, s.table[len(s.table)-1]):
		return g.is(Secret, 0.8, fmt.Sprintf("in the table %q", f.t.Name.Name)), true
	case one == "handler" && s.tableHas(words(`job`)):
		return g.is(JSON, 0.7, "what a job is to do, with its arguments"), true
	case valueWords[one]:
		for _, w := range s.table {
			switch m, ok := classifyName([]string{w}); {
			case ok && (m.phrase.class == Phone || m.phrase.class == Email) && !s.person && !s.siblings["subject"] && !s.siblings["from"]:
				return g.is(m.phrase.class, 0.85, fmt.Sprintf("the %s of a table of them", one)), true
			}
		}
		if s.tableHas(contactTables) && s.siblings["type"] || s.tableHas(words(`mechanism, telecom, contactpoint, media`)) {
			return g.is(Phone, 0.72, "a way to reach somebody"), true
		}
		if one == "value" && s.person {
			return g.is(FreeText, 0.72, "anything about a person"), true
		}
	case titleWords[one] && one != "name" && !(s.person && one == "headline") && one != "display name" && one != "summary" && one != "subject":
		switch {
		case s.person && !s.content:
			return g.is(Trait, 0.8, "a title of a person"), true
		case s.thing && !s.content || s.tableHas(keyTables) || s.company:
			return g.is(Category, 0.75, "the title of a thing"), true
		case s.content:
			return g.is(FreeText, 0.8, "the title of what people write"), true
		}
		return g.is(Category, 0.6, "a title, and nothing says that people write it"), true
	case placeWords[one] && f.length != 1:
		switch {
		case s.person:
			return g.is(City, 0.72, "where a person is"), true
		case s.content || s.tableHas(words(`event, meeting, appointment, booking, incident`)), f.takesTime():
			return g.is(Address, 0.72, "where it takes place"), true
		case one == "location" || one == "standort" || one == "locatie":
			return g.is(Category, 0.62, "a place of a thing"), true
		}
	case one == "holder" || one == "name":
		if s.tableHas(cardTables) && one == "holder" {
			return g.is(FullName, 0.9, "of a card"), true
		}
	}
	if s.tableHas(keyTables) && secretWords[one] && (len(s.table) < 4) && f.kind != mask.Int {
		if one == "key" || one == "code" || one == "token" || one == "secret" || one == "hash" || one == "hashed" || one == "digest" || one == "credential" {
			return g.is(Secret, 0.85, fmt.Sprintf("in the table %q", f.t.Name.Name)), true
		}
	}
	// phones.number, passports.number, bank_accounts.number: the table says of what.
	if len(toks) == 1 && (numberWords[one] || one == "holder" || one == "code" || one == "hash") && len(s.table) <= 3 {
		both := append(append([]string{}, s.table...), toks...)
		for i := range both[:len(both)-1] {
			both[i] = singulars(both[i])[len(singulars(both[i]))-1]
		}
		if m, ok := classifyName(both); ok && m.phrase.class != Category && m.phrase.class != FreeText && (m.phrase.class != IP || s.tableHas(words(`ip, ips`))) && m.at+len(m.phrase.words) >= len(both)-1 && m.score >= 0.7 && f.fits(m.phrase.class) {
			return g.is(m.phrase.class, 0.85, fmt.Sprintf("the %s in the table %q", one, f.t.Name.Name)), true
		}
	}
	return g, false
}

// genericName decides about columns called name, by what they are the name of.
func (f *column) genericName(g Guess, toks []string) (Guess, bool) {
	s := f.s
	plain := toks
	for len(plain) > 1 && (isDigits(plain[len(plain)-1]) || plain[len(plain)-1] == "field") {
		plain = plain[:len(plain)-1]
	}
	last, first := plain[len(plain)-1], plain[0]
	if len(f.all) > len(toks) {
		if m, ok := classifyName(f.all); ok && len(m.phrase.words) > 1 && m.phrase.class != Category && !f.affixOnly(m) {
			return g, false // ship_name among ship_address, ship_city
		}
	}
	if len(plain) == 1 && genericNames[last] {
		return f.bareName(g, last)
	}
	if !genericNames[last] && !genericNames[first] {
		return g, false
	}
	if class, other := f.otherHalf(plain); class != "" {
		return g.is(class, 0.88, fmt.Sprintf("a name beside %q", other)), true
	}
	if _, ok := lexicon().whole[strings.Join(plain, " ")]; ok {
		return g, false
	}
	if m, ok := classifyName(plain); ok && len(m.phrase.words) > 1 && m.score > 0.5 {
		return g, false // user_name, first_name: the lexicon knows better
	}
	of := first
	if genericNames[last] && len(plain) > 1 {
		of = plain[len(plain)-2]
	} else if genericNames[first] && len(plain) > 1 {
		of = plain[1]
	}
	switch {
	case has(systemThings, of):
		return g.is(Category, 0.8, fmt.Sprintf("the name of a %s", of)), true
	case has(personTables, of), isRole(of):
		return g.is(FullName, 0.88, fmt.Sprintf("the name of a %s", of)), true
	case has(companyTables, of):
		return g.is(Company, 0.85, fmt.Sprintf("the name of a %s", of)), true
	case has(thingTables, of):
		return g.is(Category, 0.8, fmt.Sprintf("the name of a %s", of)), true
	}
	for _, w := range plain {
		if w == of || genericNames[w] {
			continue
		}
		if has(personTables, w) || isRole(w) {
			return g.is(FullName, 0.72, fmt.Sprintf("the name of a %s", w)), true
		}
	}
	if m, ok := classifyName(plain); ok && m.phrase.class != Category {
		return g, false
	}
	for _, w := range s.table {
		if w == of { // c_bpartner.bpartner_name
			return f.bareName(g, last)
		}
	}
	if s.person && len(of) <= 3 && len(plain) == 2 && s.begin(of) > 2 && genericNames[last] && !vocabulary().words[of] {
		return f.bareName(g, last) // ec_name of the children of an employee
	}
	if doer(of) {
		return g.is(FullName, 0.7, fmt.Sprintf("the name of a %s, who does something", of)), true
	}
	return g.is(Category, 0.72, fmt.Sprintf("the name of a %s", of)), true
}

// isRole tells whether the lexicon knows a word for people of some part.
func isRole(w string) bool {
	m, ok := classifyName([]string{w})
	return ok && m.phrase.class == FullName
}

// doers end words for people who do something, in several languages. Machines
// do things too.
var (
	doers = []string{"er", "or", "eur", "euse", "trice", "tore", "ista", "iste", "aar"}

	machines = words(`discriminator, vettore, fattore, motore, valore, errore, settore, separator, iterador, denominator, numerator, operador logico, selettore, vector, sensor, accelerator, adapter, adaptor, amplifier, balancer, bazaar, behavior, binder, blender, boiler, booster, border, buffer, builder, calculator, chamber, character, charger, collector, compiler, computador, connector, constructor, contador, container, controller, converter, cooler, corner, crawler, cylinder, danger, decoder, descriptor, detector, dinner, dispatcher, divider, docker, drawer, elevator, encoder, escalator, explorer, exporter, extractor, feather, filler, filter, flavor, footer, formatter, former, freighter, gather, generator, gutter, handler, harbor, heater, helicopter, higher, identificador, importer, indicador, indicator, inferior, injector, integer, iterator, junior, ladder, launcher, leather, ledger, linker, listener, loader, logger, mapper, marker, matrice, merger, messenger, mirror, mixer, monitor, moteur, ordenador, orderer, ordinateur, parameter, parser, pointer, poller, posterior, printer, procesador, processor, producer, projector, protector, radiator, rather, reactor, renderer, resolver, retailer, scanner, scheduler, scooter, selector, semester, senior, serializer, serveur, settore, shoulder, shutter, slicer, slider, spacer, spider, spinner, starter, sticker, superior, tanker, tender, terror, theater, timber, toaster, tracker, tractor, trailer, transfer, transformer, transistor, transmitter, trigger, validator, vector, watcher, weather, wrapper`)
)

// doer tells whether a word that no list knows ends as words for people do.
func doer(w string) bool {
	if len(w) < 6 || strings.HasSuffix(w, "nummer") || machines[w] || vocabulary().words[w] {
		return false
	}
	for _, end := range doers {
		if strings.HasSuffix(w, end) {
			return true
		}
	}
	return false
}

// bareName decides about a column called just name.
func (f *column) bareName(g Guess, last string) (Guess, bool) {
	s := f.s
	if class, other := f.partner(last); class != "" {
		return g.is(class, 0.92, fmt.Sprintf("a name beside %q", other)), true
	}
	table := fmt.Sprintf("%q", f.t.Name.Name)
	switch {
	case s.tableHas(cardTables) && (s.siblings["month"] || s.siblings["last digits"] || s.siblings["last 4"] || s.siblings["expiry"]):
		return g.is(FullName, 0.85, "the name on a card"), true
	case s.tableHas(townTables) && !s.person && len(s.table) <= 2:
		return g.is(City, 0.75, "a name in the table of towns "+table), true
	case s.company && !s.person:
		return g.is(Company, 0.8, "a name in the table of companies "+table), true
	case s.person && s.tableHas(contentTables) && !s.tableHas(personTables):
		return g.is(FullName, 0.75, "a name in "+s.why), true
	case s.person && s.siblings["contact name"]:
		return g.is(FreeText, 0.7, "a name beside \"contact name\""), true
	case s.person && s.siblings["full name"]:
		return g.is(Username, 0.75, "a name beside \"full name\""), true
	case s.person:
		return g.is(FullName, 0.9, "a name in "+s.why), true
	case s.siblings["anonymous"] || s.siblings["is anonymous"]:
		return g.is(FullName, 0.8, "a name of somebody who may stay anonymous"), true
	case s.tableHas(askTables) && s.classes[Email]+s.classes[Phone]+s.classes[URL] > 0 && !s.siblings["title"]:
		return g.is(FullName, 0.8, "a name beside an e-mail address or phone"), true
	case s.tableHas(words(`lead, opportunity`)):
		return g.is(FreeText, 0.6, "what a lead is called"), true
	case s.thing, s.content:
		return g.is(Category, 0.78, "a name in the table of things "+table), true
	}
	return g.is(Category, 0.65, "a name, and nothing says that it is a person's"), true
}

// beside tells whether a column of the table has a name that speaks for a class.
func (f *column) beside(class Class) bool {
	for name := range f.s.siblings {
		if m, ok := classifyName(strings.Fields(name)); ok && m.phrase.class == class {
			return true
		}
	}
	return false
}

// partner finds the other half of a person's name: a plain "name" beside a
// "vorname" is the family's, a "nombre" beside "apellidos" the given one.
func (f *column) partner(last string) (Class, string) {
	for _, other := range givenNames {
		if f.hasSibling(other) && (last == "name" || last == "nom" || last == "naam" || last == "nume") {
			return LastName, other
		}
	}
	for _, other := range familyNames {
		if f.hasSibling(other) && genericNames[last] {
			return FirstName, other
		}
	}
	return "", ""
}

// otherHalf finds the other half of a person's name that has more words around:
// entreprise_nom beside entreprise_prenom, nom_tuteur beside prenom_tuteur.
func (f *column) otherHalf(plain []string) (Class, string) {
	n := len(plain) - 1
	word, around := plain[n], func(half string) string { return strings.Join(plain[:n], " ") + " " + half }
	if !genericNames[word] {
		word, around = plain[0], func(half string) string { return half + " " + strings.Join(plain[1:], " ") }
	}
	for _, half := range givenNames {
		if (word == "name" || word == "nom" || word == "naam" || word == "nume") && f.s.siblings[around(half)] {
			return LastName, around(half)
		}
	}
	for _, half := range familyNames {
		if f.s.siblings[around(half)] {
			return FirstName, around(half)
		}
	}
	return "", ""
}

// takesTime tells whether the rows begin and end, as what takes place does.
func (f *column) takesTime() bool {
	begins := f.hasSibling("begin") || f.hasSibling("start") || f.hasSibling("start time") || f.hasSibling("start date") || f.hasSibling("start at") || f.hasSibling("starts at")
	return begins && !f.s.person && !f.s.company && !f.s.thing
}

// begin counts the columns whose names begin with a word.
func (s *surroundings) begin(w string) (n int) {
	for name := range s.siblings {
		if strings.HasPrefix(name, w+" ") {
			n++
		}
	}
	return n
}

func (f *column) hasSibling(name string) bool {
	if f.s.siblings[name] {
		return true
	}
	for w := range f.s.affix {
		if f.s.siblings[name+" "+w] || f.s.siblings[w+" "+name] {
			return true
		}
	}
	return false
}
