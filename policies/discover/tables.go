package discover

import (
	"strings"

	"github.com/understudy-db/understudy/catalog"
)

// personTableWords are words for tables whose rows are people.
const personTableWords = `tecnico, technicien, technicus, techniker, inmate, prisoner, gevangene, gevangenen, detenu, detenuto, haeftling, recluso, interno penal, demographic, demographics, demographiccust, insuree, children, dependents, municipe, municipes, deelnemer, deelnemers, seeker, user, customer, client, person, people, employee, patient, member, contact, author, student, teacher, doctor, physician, nurse, staff, lead, subscriber, donor, guest, partner, party, personnel, persons,
	applicant, candidate, visitor, voter, passenger, driver, owner, buyer, seller, player, attendee, participant, recipient, beneficiary, holder, cardholder, insured, policyholder, prospect, worker, tutor, parent, child, resident, citizen, profile, individual, actor, reader, borrower, recruiter, signatory, volunteer, speaker, manager, admin, administrator, operator, human,
	household, family, tenant person, landlord, consumer, shopper, creditor, debtor, payee, payer, caregiver, guardian, practitioner, therapist, dentist, surgeon, clinician, counselor, mentor, coach, trainer, instructor, professor, lecturer, pupil, alumni, alumnus, graduate, trainee, intern, apprentice, crew, pilot, captain, technician, inspector, officer, judge, lawyer, attorney, witness, suspect, victim, inmate, soldier, veteran, refugee, immigrant, pastor, priest, parishioner, godparent, bride, groom, follower, friend, invitee, signup, registrant, registration, requester, requestor, submitter, organizer, organiser, nominee, purchaser, enquirer, inquirer, originator, approver, reviewer, commenter, poster, uploader, editor, mentee, freelancer, contractor, courier, rider, cashier, salesperson, salesman, rep, usr, cust, patron, socpeople, bpartner, respondent, signer, claimant, complainant, petitioner, licensee, taxpayer, shareholder, director, deputy, senator, politician, athlete, runner, swimmer, referee, dependent, dependant, relative, nok, kin, spouse, emergency contact, physician, provider, prescriber,
	kunde, kundin, mitarbeiter, benutzer, nutzer, patient, mitglied, schueler, schuelerin, lehrer, lehrerin, arzt, gast, teilnehmer, ansprechpartner, besucher, versicherter, versicherte, angestellter, mieter, fahrer, bewerber, vermieter, spender, abonnent, halter, inhaber, eigentuemer, kontakt, kontaktperson, personal, person, personen, erziehungsberechtigter, angehoeriger, bewohner, buerger, einwohner, waehler, student, studierende, studierender, dozent, trainer, spieler, azubi, helfer, verfasser, autor, leser, entleiher, debitor, kreditor, adresskontakt, kirchenmitglied, gemeindemitglied, konfirmand, pfarrer, soldat, zeuge, klaeger, beklagter, mandantin, vertreter, betreuer, klient, klientin, pflegekraft, anwender, bankkunde, privatkunde, einzelperson, nutzerkonto,
	utilisateur, employe, adherent, membre, personne, eleve, medecin, salarie, abonne, locataire, usager, inscrit, beneficiaire, enseignant, etudiant, stagiaire, contribuable, citoyen, habitant, resident, proprietaire, assure, patiente, parrain, donateur, benevole, joueur, licencie, participant, intervenant, formateur, praticien, infirmier, conducteur, chauffeur, passager, electeur, auteur, lecteur, emprunteur, responsable, tuteur, interlocuteur, candidat, collaborateur, particulier, internaute, acheteur, vendeur,
	usuario, cliente, empleado, persona, paciente, alumno, alumna, profesor, medico, miembro, contacto, trabajador, huesped, socio, abonado, ciudadano, vecino, titular, beneficiario, estudiante, docente, maestro, tutor, padre, madre, hijo, familiar, apoderado, representante, afiliado, asegurado, donante, voluntario, jugador, entrenador, chofer, conductor, pasajero, votante, autor, lector, inquilino, propietario, arrendatario, candidato, postulante, aspirante, vendedor, comprador, proveedor persona, enfermero, doctor, terapeuta, funcionario, colaborador, participante, asistente, invitado, residente, contribuyente, interno, deudor, personal,
	utente, dipendente, paziente, persone, studente, contatto, cittadino, anagrafica, anagrafe, assistito, iscritto, tesserato, associato, socio, insegnante, alunno, genitore, conducente, autista, passeggero, ospite, affittuario, proprietario, volontario, donatore, giocatore, allenatore, medico, infermiere, operatore, referente, intestatario, contribuente, lavoratore, collaboratore, candidato, autore, lettore, figlio, familiare, residente, elettore, soggetto, nominativo, beneficiario, assicurato,
	pessoa, funcionario, aluno, contato, membro, colaborador, utilizador, utente, professor, servidor, morador, cidadao, eleitor, dependente, responsavel, titular, segurado, beneficiario, fornecedor pessoa, motorista, passageiro, hospede, inquilino, proprietario, voluntario, doador, jogador, candidato, vendedor, comprador, enfermeiro, filho, familiar, leitor, associado, socio, estudante, trabalhador, contribuinte, fiel, fisica, individuo,
	klant, clienten, medewerker, gebruiker, leerling, lid, leden, werknemer, patientin, huurder, verhuurder, bewoner, inwoner, burger, deelnemer, docent, leraar, ouder, kind, vrijwilliger, donateur, speler, chauffeur, passagier, gast, lezer, lener, verzekerde, contactpersoon, persoon, personen, sollicitant, kandidaat, abonnee, koper, verkoper, eigenaar, arts, verpleegkundige, begunstigde, kiezer, student, cursist, relatie, uzytkownik, klient, pracownik, clienti, angajat, angajati, pacienti`

const companyTableWords = `cemiterio, cementerio, cimetiere, cimitero, friedhof, cemetery, estabelecimento, establecimiento, etablissement, esercizio, hopital, hospitais, hopitaux, clinica, clinique, refugio, refuge, shelter, sede, filial, filiale, sucursal, succursale, agencia, agence, farmacia, pharmacie, apotheke, pharmacy, tienda, loja, magasin, negozio, winkel, boutique, shop, store, consignee, consignor, payer, ayuntamiento, mairie, comune, gemeinde, school district, escola, escuela, ecole, scuola, college, laboratorio, laboratoire, labor, laboratory, restaurante, restaurant, ristorante, parroquia, paroquia, paroisse, pfarrei, parish, church, igreja, iglesia, eglise, mutuelle, aseguradora, seguradora, assicurazione, assureur, versicherung, insurance company, finanzamt, amtsgericht, standesamt, jugendamt, behoerde, ministerium, krankenkasse, tax office, prefecture, ayuntamiento, company, organization, organisation, supplier, vendor, business, employer, firma, unternehmen, entreprise, empresa, azienda, bedrijf, manufacturer, agency, merchant,
	lieferant, fournisseur, proveedor, fornitore, leverancier, fornecedor, firm, corporation, societe, subcontractor, insurer, hospital, clinic, school, university, bank, carrier, shipper, sponsor, publisher, distributor, franchise, dealer, hersteller, spediteur, pharmacy, institution, institute, church, club, association, establishment, etablissement, establecimiento, ente, instituicao, institucion, escuela, escola, scuola, ecole, schule, krankenhaus, klinik, praxis, apotheke, verein, restaurant, agence, agencia, agenzia, clinica, ospedale, ziekenhuis, insurance, branch, filiale, sucursal, tenant, org, laboratory, payer, debiteur, garage`

// thingTableWords are words for tables whose names name things.
const thingTableWords = `parametre, parametro, parametri, setare, setari, einstellung, impostazione, instelling, ajuste, catalogo, puntos catalogo, catalogue, group, groupe, grupo, gruppo, gruppe, groep, expense, income, despesa, receita, gasto, ingreso, depense, recette, spesa, spese, entrata, ausgabe, einnahme, uitgave, inkomst, cell, inventario, inventory item, mailbox, mailboxes, segment, segmento, segmenten, sender profile, token, mascota, mascotas, pet, pets, animal, animais, animales, animali, animaux, tier, tiere, huisdier, kunstwerk, kunstwerken, artwork, materiaalsoort, terrain, terreno, equipement, equipamento, equipamiento, coverage, cobertura, coberturas, couverture, garantie, aliquota, aliquote, causale, causali, listino, listini, modalita, cardapio, carta, devoir, uebung, fitnessgeraet, geraet, funktion, aktion, hito, inmueble, immobile, immeuble, bien, logement, vehicule, vehiculo, veiculo, veicolo, fahrzeug, voertuig, vehicle, rubric, quiz, wiki, web conference, channel, check, probe, monitor, sla, filter, topic list, faq, canned, priority, passcode, agreement type, plan type, salle, sala, raum, zimmer, room, saal, lokaal, cron, delivery,  action, dayoff, holiday, feiertag, festivo, ferie, feriado, bot, chart, ledger, object, config, configuration, property, scenario, assistant, menu, election, exam session, trip, ride, journey, shipment, inventory, inventario, inventaire, bestand, magazine, product, item, category, tag, role, permission, plan, country, currency, language, department, setting, feature, template, job, queue, event, warehouse, brand, file, attachment, course, article, page, menu, service, region, state, province, type, status, option, attribute, variant, sku, collection, catalog, catalogue, shop, store, channel, campaign, group, team, list, board, material, part, ingredient, recipe, movie, film, album, track, genre, playlist, book, station, stop, route, line, vehicle, airport, airline, flight, hotel, room, building, sensor, newsletter,
	device, model, version, migration, metric, dashboard, widget, workflow, rule, policy, test, skill, subject, exam, grade, sport, league, season, stadium, color, size, unit, level, stage, tier, license, coupon, discount, promotion, tax, lookup, enum, dictionary, translation, locale, theme, layout, form, field, question, survey, task, project, sprint, milestone, repository, branch, package, module, component, environment, server, host, cluster, database, schema, table, column, index, bucket, folder, concept, permission, content type, order, invoice, payment, city, location, position, application, app, webhook, oauthapp, identity provider, provider type, privilege, drug, medication, procedure, program, site, system, resource, label, badge, award, domain, zone, slot, class, section, board, blob, step, statement, tariff, contract, subscription, currency, rate, account type, kind, reason, speciality, specialty, game, song, image, media, video, photo, document, asset, property, lot, parcel, node, link, view, report definition, job title, occupation, profession,
	produkt, artikel, kategorie, abteilung, land, rolle, ware, lager, produit, categorie, pays, service, entrepot, producto, categoria, pais, almacen, articulo, prodotto, prodotti, articoli, reparto, produto, artigo, landcode, afdeling, leistung, leistungsart, tarif, vertrag, bestellung, rechnung, auftrag, projekt, fahrzeug, raum, kurs, fach, klasse, gruppe, art, typ, staat, matiere, classe, commande, facture, contrat, projet, vehicule, salle, groupe, etat, statut, grade, curso, plan, pedido, factura, contrato, proyecto, vehiculo, sala, grupo, estado, materia, asignatura, aula, cargo, puesto, modulo, corso, ordine, fattura, contratto, progetto, veicolo, stanza, gruppo, stato, ruolo, disciplina, fatura, projeto, veiculo, cargo, setor, unidade, servico, servicio, servizio, dienst, bestelling, factuur, groep, rol, status, voertuig, kamer, vak, cursus, artikelen, magazijn, marca, marke, marque, merk, deposito, magazzino, planes, profession`

// contentTableWords are words for tables in which people write.
const contentTableWords = `ticket, issue, post, topic, message, comment, thread, task, review, mail, email, discussion, question, answer, reply, note, feedback, complaint, incident, case, booking, appointment, event, meeting, request, inquiry, enquiry, lead, opportunity, activity, conversation, chat, letter, article comment, todo, story, report, announcement, status, toot, note, memo, submission, entry, journal, correspondence, suggestion, proposal, idea, petition, offer, reminder, calendar,
	nachricht, anfrage, beschwerde, vorgang, termin, schriftwechsel, brief, kommentar, beitrag, thema, aufgabe, meldung, vorfall, incidence, incidencia, mensaje, consulta, queja, reclamo, solicitud, cita, comentario, tarea, reclamation, demande, rendez vous, courrier, commentaire, tache, signalement, segnalazione, messaggio, richiesta, appuntamento, reclamo, commento, mensagem, chamado, solicitacao, agendamento, reclamacao, tarefa, comentario, bericht, melding, klacht, afspraak, verzoek, taak, opmerking, outbox, inbox, notification, sms, chatpost, guestbook, gaestebuch, announcement, bulletin`

var (
	personTables  = words(personTableWords)
	companyTables = words(companyTableWords)
	thingTables   = words(thingTableWords)
	contentTables = words(contentTableWords)

	mailTables    = words(`mail, email, message, newsletter, outbox, inbox, nachricht, courrier, courriel, correo, mensaje, messaggio, mensagem, bericht, envelope, mailing, correspondence, schriftwechsel, notification, korrespondenz`)
	callTables    = words(`call, calls, cdr, cdrs, sms, mms, ruf, anruf, gespraech, appel, llamada, chiamata, chamada, telefoongesprek, voicemail, phone, fax, text message, whatsapp`)
	cardTables    = words(`card, creditcard, tarjeta, kreditkarte, carte, carta, cartao, cc, wallet`)
	keyTables     = words(`key, keys, token, tokens, apikey, secret, authtoken, invite, invitation, credential, otp, passkey, session, jeton, schluessel`)
	townTables    = words(`city, town, municipality, municipio, comune, ciudad, cidade, ville, commune, gemeinde, gemeente, plaats, localidad, localidade, localita, poblacion, stadt, ort, barangay, village`)
	accountTables = words(`user, account, login, authentication method, auth, credential, identity, usuario, utilisateur, benutzer, utente, gebruiker, authentication`)
	contactTables = words(`mechanism, contact, contactpoint, contactinfo, telecom, kontaktdaten, kommunikation, communication, coordonnee, contacto, contatto, contato`)
	tablePrefixes = words(`tbl, tb, tab, t, auth, app, wp, llx, phpbb, res, sys, core, accounts, account, public, mm, mdl, ad, v, hr, crm, of, f, m`)
)

// kindTables end the names of tables that list the few kinds of something, which
// the words before say.
var kindTables = words(`source, status, type, category, level, kind, state, role, reason code, tipo, estado, stato, categoria, art, typ, soort, statut`)

// tenantWords are words for people who rent and for customers of a program.
var tenantWords = words(`tenant, tenants`)

// surroundings are what a column's neighbours tell.
type surroundings struct {
	schemaFacts

	name    string
	end     string   // letters that names end with, taken off as well
	table   []string // words of the table's name, without the program's
	person  bool     // the table's rows are people
	thing   bool     // … things
	company bool     // … companies
	content bool     // people write in it

	siblings  map[string]bool // names, as words
	classes   map[Class]int   // of the other columns, by name alone
	affix     map[string]bool // words that most columns begin or end with
	limited   int             // text columns with a limit, less those without
	brazilian bool            // names begin with nu, co, no, as in offices of Brazil
	why       string          // what speaks for people
}

// tokens are the words of a column's name.
func (s *surroundings) tokens(name string) []string { return Tokens(s.trim(name)) }

func (s *surroundings) trim(name string) string { return trimEnd(trimGlue(name, s.glue), s.end) }

func (s *surroundings) tableHas(list map[string]bool) bool {
	for _, w := range s.table {
		if has(list, w) {
			return true
		}
	}
	return false
}

// words of a table's name that its kind may be read from: the last one says
// what English and German rows are, the first one what Romance rows are.
func surroundingsOf(t *catalog.Table, facts schemaFacts) *surroundings {
	if facts.glue == "" {
		facts.glue = gluedByTable(t)
	}
	s := &surroundings{schemaFacts: facts, end: gluedName(t), name: t.Name.Name, siblings: map[string]bool{}, classes: map[Class]int{}}
	name := t.Name.Name
	if p := len(facts.program); p > 0 && len(name) > p+1 && strings.EqualFold(name[:p+1], facts.program+"_") {
		name = name[p+1:]
	}
	s.table, s.affix = Tokens(name), s.affixes(t)
	if !known(s.table) {
		s.table = s.tokens(name)
	}
	for _, c := range t.Columns {
		s.siblings[strings.Join(s.tokens(c.Name), " ")] = true
		if textLength(c) > 0 {
			s.limited++
		} else if c.Type.Underlying().Name.Name == "text" {
			s.limited--
		}
		name := strings.ToLower(c.Name)
		s.brazilian = s.brazilian || strings.HasPrefix(name, "nu_") || strings.HasPrefix(name, "co_") || strings.HasPrefix(name, "sg_") || strings.HasPrefix(name, "ds_")
	}
	ws := s.table
	for len(ws) > 1 && tablePrefixes[ws[0]] {
		ws = ws[1:]
	}
	// kind counts from both ends: the nearer to an end the surer.
	order := make([]string, 0, len(ws))
	for i, j := len(ws)-1, 0; i >= j; i, j = i-1, j+1 {
		order = append(order, ws[i])
		if j < i {
			order = append(order, ws[j])
		}
	}
	for _, w := range order {
		switch {
		case len(ws) > 1 && w == "app", w == "data" || w == "info" || w == "detail" || w == "details" || w == "record" || w == "name" || w == "address" || w == "master" || w == "entity" || w == "base" || w == "history" || w == "archive" || w == "identifier" || w == "stammdaten" || w == "account" || w == "attribute":
			continue
		case len(ws) > 1 && w == ws[len(ws)-1] && has(kindTables, w):
			s.thing = true // job_seeker_statuses
		case has(personTables, w):
			s.person, s.why = true, "a table of people by its name"
		case has(companyTables, w):
			s.company = true
		case has(contentTables, w):
			s.content = true
		case has(thingTables, w):
			s.thing = true
		default:
			continue
		}
		break
	}
	s.content = s.content || s.tableHas(contentTables) && !s.person && !(s.thing && has(kindTables, ws[len(ws)-1]))
	return s
}

// affixes are first and last words that most of a table's columns share: the
// adh of nom_adh, prenom_adh, ville_adh. Of fewer than five columns all share
// one that means nothing by itself.
func (s *surroundings) affixes(t *catalog.Table) map[string]bool {
	out := map[string]bool{}
	if len(t.Columns) < 3 {
		return out
	}
	first, last := map[string]int{}, map[string]int{}
	for _, c := range t.Columns {
		if ws := s.tokens(c.Name); len(ws) > 1 {
			first[ws[0]]++
			last[ws[len(ws)-1]]++
		}
	}
	for _, m := range []map[string]int{first, last} {
		for w, n := range m {
			if len(t.Columns) >= 5 && 2*n > len(t.Columns) || n == len(t.Columns) && !vocabulary().words[w] && !vocabulary().short[w] {
				out[w] = true
			}
		}
	}
	return out
}

// strip takes a table's affixes off, and short forms of its name, unless
// nothing would be left.
func (s *surroundings) strip(ws []string) []string {
	out := ws
	if len(out) > 1 && (s.affix[out[0]] || s.abbreviates(out[0])) {
		out = out[1:]
	}
	if n := len(out) - 1; n > 0 && (s.affix[out[n]] || s.abbreviates(out[n])) {
		out = out[:n]
	}
	return out
}

// abbreviates tells whether a word of no meaning of its own begins the table's
// name: the adh of adherents, the pac of pacientes.
func (s *surroundings) abbreviates(w string) bool {
	if m, ok := classifyName([]string{w}); ok && m.phrase.class == Category && s.person && s.tableHas(map[string]bool{w: true}) {
		return true // kind_name in kinder
	}
	if len(w) < 3 || len(w) > 5 || vocabulary().words[w] {
		return false
	}
	for _, t := range s.table {
		if len(t) > len(w)+1 && strings.HasPrefix(t, w) {
			return true
		}
	}
	return false
}

// named tells whether the rows' people have names in columns.
func (s *surroundings) named() bool {
	if s.classes[FullName]+s.classes[FirstName]+s.classes[LastName] > 0 {
		return true
	}
	for n := range genericNames {
		if s.siblings[n] {
			return true
		}
	}
	return false
}

// learn adds what the columns' own names say about the rows.
func (s *surroundings) learn(guesses []Guess) {
	for _, g := range guesses {
		if g.Confidence >= 0.6 {
			s.classes[g.Class]++
		}
	}
	given, family := s.classes[FirstName] > 0, s.classes[LastName] > 0
	if s.company && s.tableHas(tenantWords) && (given || family || s.classes[BirthDate] > 0 || s.classes[NationalID] > 0 || s.siblings["lease start date"] || s.siblings["rent"]) {
		s.person, s.company, s.why = true, false, "a table of people who rent, by its columns"
	}
	switch {
	case s.person || s.company:
	case given && family, s.classes[BirthDate] > 0 && !s.thing, s.classes[Password] > 0 && (s.classes[Email] > 0 || s.classes[Username] > 0):
		s.person, s.why, s.thing = true, "a table with columns that only people have", false
	case !s.thing && !s.content && (s.classes[Email] > 0 || s.classes[Phone] > 0):
		s.person, s.why = true, "a table with an e-mail address or phone"
		if s.siblings["vat"] || s.siblings["vat id"] || s.siblings["website"] || s.siblings["industry"] {
			s.person, s.company = false, true
		}
	}
}
