package policies

import (
	"strings"
	"sync"
)

// Class is what a column's values are about, as far as a policy cares.
type Class string

const (
	ClassEmail      Class = "email"
	ClassPhone      Class = "phone"
	ClassFullName   Class = "full_name"
	ClassFirstName  Class = "first_name"
	ClassLastName   Class = "last_name"
	ClassUsername   Class = "username"
	ClassPassword   Class = "password_hash"
	ClassSecret     Class = "secret_token"
	ClassAddress    Class = "address"
	ClassStreet     Class = "street"
	ClassCity       Class = "city"
	ClassPostalCode Class = "postal_code"
	ClassCompany    Class = "company"
	ClassBirthDate  Class = "birth_date"
	ClassIP         Class = "ip"
	ClassMAC        Class = "mac"
	ClassURL        Class = "url"
	ClassGeo        Class = "geo"
	ClassNationalID Class = "national_id"
	ClassBank       Class = "bank_account"
	ClassCard       Class = "credit_card"
	ClassFreeText   Class = "free_text"
	ClassJSON       Class = "json"
	ClassUserAgent  Class = "user_agent"
	ClassMoney      Class = "personal_amount" // salary, income
	ClassTrait      Class = "personal_trait"  // gender, religion: few values, much said
	ClassCategory   Class = "category"        // few values about the thing, not the person
	ClassKey        Class = "key"             // surrogate keys
	ClassReference  Class = "reference"       // foreign keys
	ClassPlain      Class = "plain"           // counts, amounts, flags, times of the system
	ClassUnknown    Class = "unknown"
)

// phrase is a run of words that speaks for a class, with the probability that
// a text column of this name holds it.
type phrase struct {
	words  []string
	class  Class
	weight float64
}

// lexiconEntries are the words of the trade in several languages, folded to
// plain lower-case letters. A phrase of several words beats its parts.
var lexiconEntries = []struct {
	class  Class
	weight float64
	text   string // phrases separated by commas
}{
	{ClassEmail, 0.97, `email, e mail, emails, email address, email id, mail id, mail address, emailadresse, mailadresse, courriel, correo, correo electronico,
		adresse mail, adresse email, adresse electronique, endereco email, email adres, indirizzo email, posta elettronica, e post`},
	{ClassEmail, 0.75, `mail, mel`},
	{ClassPhone, 0.96, `phone, phone number, phone no, telephone, telephone number, tel, tel no, telefon, telefonnummer, telefono, numero telefono, telefone,
		telefoon, telefoonnummer, rufnummer, handynummer, mobilnummer, mobile number, mobile no, mobile phone, cell phone, cellphone, cell number, celular, movil,
		numero telephone, numero tel, msisdn, whatsapp, fax, fax number, faxnummer, telefax, gsm, tlf, tfno, cellulare, contact number, fono, telemovel, festnetz`},
	{ClassPhone, 0.72, `mobile, mobil, handy, cell, portable, mobiel`},
	{ClassFirstName, 0.97, `first name, firstname, given name, givenname, forename, fname, vorname, rufname, prenom, primer nombre, segundo nombre, voornaam,
		nome proprio, middle name, middlename, middle initial, second name, first names, given names, imie, fornavn, nombres, roepnaam, primeiro nome`},
	{ClassLastName, 0.97, `last name, lastname, surname, surnames, family name, familyname, lname, nachname, familienname, zuname, nom famille, apellido, apellidos,
		primer apellido, segundo apellido, apellido paterno, apellido materno, cognome, sobrenome, achternaam, maiden name, geburtsname, mother maiden, nazwisko,
		etternavn, nom naissance, nom jeune fille, ultimo nome, tussenvoegsel, apelido`},
	{ClassFullName, 0.95, `full name, fullname, display name, displayname, real name, realname, contact name, customer name, client name, person name, patient name,
		employee name, recipient name, sender name, cardholder, cardholder name, card holder, holder name, account holder, owner name, author name, nom complet, nombre completo,
		ansprechpartner, nome completo, volledige naam, billing name, shipping name, ship name, ship to name, beneficiary name, signer name, signatory, emergency contact,
		contact person, kontaktperson, contactpersoon, manager name, supervisor name, student name, teacher name, doctor name, guest name, passenger name, driver name, legal name person,
		persona contacto, nombre contacto, nombre cliente, nom client, nom contact, kundenname, empfaenger name, empfaengername, karteninhaber, kontoinhaber, titulaire, titular, intestatario,
		nominativo, nombre apellidos, nombre apellido, nom prenom, attendee name, lead name, personenname, vollstaendiger name`},
	{ClassFullName, 0.72, `recipient, sender name, signed by, contact, ansprechperson, empfaenger, destinatario, destinataire, beneficiary, beneficiario, referee, guardian, next of kin, spouse`},
	{ClassUsername, 0.94, `username, user name, login, login name, user login, nickname, screen name, screenname, benutzername, anmeldename, nutzername, identifiant,
		nombre usuario, nome utente, nome usuario, nom utilisateur, gebruikersnaam, userid login, account name, twitter, twitter handle, github username, github login, telegram, skype, instagram, user handle, uname, sam account name, logon name, logon`},
	{ClassUsername, 0.65, `created by, updated by, modified by, changed by, assigned to, approved by, signed off by, entered by, deleted by, erstellt von, geaendert von, creado por, cree par, actor, author, assignee, reporter`},
	{ClassUsername, 0.72, `handle, nick, user, usuario, utente, benutzer, alias, pseudo, spitzname, apodo, mote`},
	{ClassPassword, 0.97, `password, passwords, passwd, pwd, password hash, password digest, encrypted password, hashed password, crypted password, pass hash, passhash, pwhash, passwort,
		passwort hash, kennwort, mot passe, mot de passe, mdp, contrasena, senha, wachtwoord, password salt, passphrase, old password, previous password, hashed pw, haslo, parola, parola chiave, clave acceso`},
	{ClassPassword, 0.75, `pass, pw, salt, clave`},
	{ClassSecret, 0.95, `token, tokens, secret, secrets, api key, apikey, api token, access token, refresh token, auth token, id token, reset token, session token, session key, session id token, private key, client secret,
		secret key, otp, otp secret, totp, totp secret, mfa secret, recovery code, recovery codes, backup codes, webhook secret, signing key, signing secret, bearer, jwt, credential, credentials, activation code,
		activation key, confirmation token, confirmation code, verification code, verification token, invite token, invitation token, device token, push token, remember token, csrf, csrf token, cookie, cookies,
		fcm token, encryption key, unlock token, authentication token, license key, licence key, auth key, security code, security answer, secret answer, magic link, access code, access key, oauth token, pairing code, hash token, persist code, jeton, cle api, cle secrete, geheimnis, geheimer schluessel`},
	{ClassSecret, 0.72, `nonce, pin, invite code, invitation code, challenge, fingerprint, promo token`},
	{ClassAddress, 0.94, `address, addresses, full address, home address, postal address, mailing address, shipping address, billing address, delivery address, ship address, bill address, postal addr, adresse, adresse postale, adresse complete, anschrift, postanschrift, lieferadresse,
		rechnungsadresse, wohnadresse, direccion, direccion postal, domicilio, endereco, indirizzo, adres, residence address, work address, addr, residential address, morada, adresse livraison, adresse facturation, lieferanschrift, rechnungsanschrift, woonadres`},
	{ClassAddress, 0.72, `residence, location address`},
	{ClassStreet, 0.94, `street, street address, street name, street number, street no, address line, address1, address2, addr1, addr2, address 1, address 2, address 3, addr 1, addr 2, address line 1, address line 2, address line 3, line 1, line 2, line1, line2, strasse, strassenname,
		hausnummer, hausnr, hnr, house number, house no, house name, building number, rue, voie, nom voie, calle, numero calle, rua, logradouro, straat, straatnaam, huisnummer, apartment, apartment number, apt, apt number, suite, unit number, flat number, adresszusatz, complement adresse, complemento,
		thoroughfare, strasse nr, str nr, numero voie, civico, numero civico, plot number, street 1, street 2, ship street, bill street, bairro, colonia`},
	{ClassStreet, 0.72, `str, via, avenue, building, premise, room address`},
	{ClassCity, 0.93, `city, city name, town, town name, ort, wohnort, ortsname, stadt, ville, ciudad, cidade, citta, comune, localite, localidad, plaats, woonplaats, plaatsnaam, locality, municipality, suburb, birth place, birthplace, place birth, place of birth, geburtsort, lieu naissance, lieu de naissance,
		lugar nacimiento, luogo nascita, hometown, home town, ship city, billing city, miasto, poblacion, municipio, gemeinde, ortsteil, stad, village`},
	{ClassCity, 0.7, `commune, county, district, borough, neighborhood, neighbourhood`},
	{ClassPostalCode, 0.96, `zip, zipcode, zip code, zip 4, postal code, postalcode, postcode, post code, plz, postleitzahl, code postal, codigo postal, codigopostal, codice postale, codice avviamento postale, cep, postal, zip postal, ship zip, ship postal code, billing zip, pincode, kod pocztowy, eircode, npa`},
	{ClassPostalCode, 0.72, `cp, pin code, cap`},
	{ClassCompany, 0.93, `company, company name, companyname, employer, employer name, firma, firmenname, unternehmen, unternehmensname, arbeitgeber, legal name, entreprise, nom entreprise, empresa, nombre empresa, nome empresa, societe, raison sociale, razon social, razao social, ragione sociale, azienda, bedrijf, bedrijfsnaam, business name,
		organisation name, organization name, org name, employeur, legal entity, trading name, trade name, workplace, corporation, account company, nome fantasia, denominazione`},
	{ClassCompany, 0.75, `organisation, organization, business, institution, affiliation, societa, werkgever`},
	{ClassBirthDate, 0.97, `birth date, birthdate, birthday, date birth, date of birth, dob, born, born on, born at, birth day, birth year, year birth, year of birth, birth month, geburtsdatum, geburtstag, geburtsjahr, geb datum, gebdat, date naissance, date de naissance, naissance, fecha nacimiento, fecha de nacimiento, nacimiento,
		nascimento, data nascimento, data de nascimento, data nascita, data di nascita, nascita, geboortedatum, bday, birth, death date, date death, date of death, deceased, deceased at, deceased on, died on, sterbedatum, fechanacimiento, datanascimento, datenaissance, fnac, birth dt, brth dt, urodzenia`},
	{ClassIP, 0.97, `ip, ip address, ipaddress, ip addr, ipaddr, remote addr, remote address, remote ip, client ip, client addr, last ip, sign in ip, login ip, host ip, user ip, ipv4, ipv6, signup ip, registration ip, adresse ip, direccion ip, ip adresse, indirizzo ip, source ip, src ip, dst ip, forwarded for`},
	{ClassMAC, 0.97, `mac, mac address, mac addr, macaddr, macaddress, hwaddr, hardware address`},
	{ClassURL, 0.9, `url, urls, website, web site, homepage, home page, link, links, uri, avatar url, photo url, image url, picture url, profile url, linkedin, linkedin url, facebook, facebook url, webseite, site web, sitio web, pagina web, href, web, blog, website url, personal site`},
	{ClassURL, 0.72, `avatar, photo, picture, image, foto, bild, imagen, profile picture, profile image, referer, referrer, portrait`},
	{ClassGeo, 0.95, `latitude, longitude, lat, lng, lon, geo, geom, geometry, coordinates, coordinate, coords, gps, geopoint, geo point, geo location, geolocation, lat lng, lat lon, breitengrad, laengengrad, latitud, longitud, latitudine, longitudine, geocode, gps position, geohash, long lat, breite, home location, last location, current location, geog`},
	{ClassGeo, 0.72, `location point, position gps, place point`},
	{ClassNationalID, 0.95, `ssn, social security, social security number, social security no, sin number, national id, nationalid, national insurance, national insurance number, nino, nhs number, tax id, taxid, tax number, tax no, tax code, taxpayer id, tin, itin, ein, passport, passport number, passport no, passnummer, reisepass, reisepassnummer, driver license, drivers license,
		driver licence, driving licence, driving license, license number, licence number, license no, dni, nif, nie, cif, cpf, cnpj, rg, curp, rfc, rut, cedula, sozialversicherungsnummer, sv nummer, svnr, steuernummer, steuer id, steuerid, steuer identifikationsnummer, personalausweis, ausweisnummer, ausweis nr, insee, nir, numero securite sociale, securite sociale, numero secu,
		codice fiscale, partita iva, bsn, burgerservicenummer, pesel, nip, aadhaar, aadhar, pan number, identity number, identity card, identification number, id number, id card, id card number, id document, document number, numero documento, documento identidad, medical record number, mrn, insurance number, insurance id, health card, health insurance, versicherungsnummer, versichertennummer,
		krankenversichertennummer, student number, member number, membership number, personal number, personnummer, personalnummer, employee number, employee no, staff number, matricule, matrikelnummer, license plate, licence plate, number plate, plate number, kennzeichen, immatriculation, matricula, patente, vin, vat number, vat id, vat no, ust id, ustid, umsatzsteuer id, uid nummer, siret, siren, numero siret, registration number, nss, nuss, voter id, patient number, patient no, patientennummer,
		npi, numero identificacion, carte identite, numero passeport, passeport, pasaporte, passaporto, paspoort, paspoortnummer, rijbewijs, titulo eleitor, nis, pis, carteira identidade`},
	{ClassBank, 0.95, `iban, bic, swift, swift code, bank account, bank account number, account number, account no, acct number, acct no, kontonummer, konto nr, kontonr, bankverbindung, bankkonto, bankleitzahl, blz, routing number, routing no, aba number, sort code, clabe, rib, numero cuenta, cuenta bancaria, cuenta corriente, numero compte, compte bancaire, conto corrente, numero conto, conta bancaria, conta corrente, agencia,
		rekeningnummer, bankrekening, sepa mandate, mandate reference, bsb, ifsc, bitcoin address, wallet address, crypto address, paypal, paypal account`},
	{ClassCard, 0.95, `credit card, credit card number, creditcard, card number, card no, cardnumber, cc number, cc no, cc num, ccnum, card num, pan, debit card, kreditkarte, kreditkartennummer, kartennummer, carte bancaire, carte credit, numero carte, tarjeta, tarjeta credito, numero tarjeta, cartao, cartao credito, numero cartao, carta credito, numero carta, cvv, cvv2, cvc, card cvv, card last4, last4, last 4, last four, card last 4,
		card last four, card digits, card expiry, card expiration, exp month, exp year, card expiry date, cc last4, cc exp, creditcard number, payment card, kaartnummer`},
	{ClassFreeText, 0.93, `note, notes, comment, comments, description, descr, message, messages, body, bio, biography, about, about me, remark, remarks, memo, feedback, review text, summary, details, bemerkung, bemerkungen, notiz, notizen, anmerkung, kommentar, beschreibung, nachricht, commentaire, commentaires, remarque, remarques, description longue,
		descripcion, nota, notas, comentario, comentarios, mensaje, observacion, observaciones, observacoes, descricao, descrizione, opmerking, opmerkingen, omschrijving, question, answer, answers, transcript, diagnosis, diagnose, complaint, complaints, caption, abstract, excerpt, instructions, instruction, special instructions, delivery instructions, delivery notes, symptoms, anamnese, befund, historial, allergies, medication, medications, prescription, diagnostic, interests,
		email subject, mail subject, email body, reply, response text, inquiry, request text, cover letter, resume, cv text, statement, narrative, post content, message content, text body, raw text, chat, conversation, search query, search term, freitext, hinweis, hinweise, verwendungszweck, betreff`},
	{ClassFreeText, 0.72, `content, contents, text, reason, title, subject, headline, review, history, justification, explanation, inhalt, contenu, contenido, conteudo, texto, texte, objet, asunto, raison, motivo, grund, error message, error, exception, stack trace, stacktrace, log, output, tekst`},
	{ClassJSON, 0.9, `payload, metadata, meta data, properties, props, attributes, preferences, settings, raw data, raw, data, custom fields, extra, extras, options, request body, response body, request, response, profile data, snapshot, changes, diff, old values, new values, headers, params, parameters, context, object changes, einstellungen`},
	{ClassUserAgent, 0.93, `user agent, useragent, ua, browser, browser string, http user agent, device info`},
	{ClassMoney, 0.9, `salary, wage, wages, income, annual income, net worth, gehalt, einkommen, lohn, salaire, revenu, salario, sueldo, ingresos, renda, stipendio, reddito, salaris, inkomen, compensation, bonus, pay rate, hourly rate, credit score, bonitaet, credit limit, remuneration`},
	{ClassTrait, 0.92, `gender, sex, religion, ethnicity, ethnic group, race, nationality, citizenship, marital status, civil status, civil state, blood type, blood group, political party, sexual orientation, orientation sexuelle, disability, geschlecht, konfession, familienstand, staatsangehoerigkeit, nationalitaet, blutgruppe, sexe, nationalite, situation familiale, etat civil, sexo, genero, estado civil, nacionalidad, nacionalidade, religione, sesso, stato civile, nazionalita, geslacht,
		burgerlijke staat, nationaliteit, salutation, anrede, civilite, tratamiento, gender identity, pronouns, raca, raza, height cm, weight kg, body mass, bmi, age, smoker, job title, occupation, profession, beruf, berufsbezeichnung, metier, ocupacion, profesion, profissao, professione, beroep, education, education level, designation`},
	{ClassCategory, 0.93, `status, state, type, kind, category, categories, code, locale, language, lang, currency, currency code, country, country code, countrycode, iso code, timezone, time zone, tz, unit, units, level, priority, role, roles, color, colour, size, format, mime, mime type, content type, extension, file extension, sku, ean, upc, gtin, isbn, version, channel, source, platform, os, device type,
		gateway, provider, method, payment method, frequency, plan, tier, stage, phase, mode, flag, class, group, symbol, checksum, etag, algorithm, environment, env, event, event type, event name, action, resource, resource type, queue, job class, severity, region, province, statut, statuts, typ, sprache, waehrung, land, laendercode, laenderkennzeichen, estado, tipo, moneda, pais, stato, etat, langue, devise, pays, tipo documento,
		estatus, categoria, kategorie, kategorien, categorie, munt, taal, soort, staat, bundesland, kanton, canton, departement, provincia, region code, department, abteilung, team, permission, permissions, scope, scopes, visibility, theme, slug, model, record type, polymorphic type, item type, owner type, barcode, brand, marke, material, season, grade, rating, result, outcome, weekday, day of week, quarter, fiscal year, schema, table name, column name, field name, key name, cron, migration, lock, namespace, hostname, host, mail host, smtp host, domain, layout, template name, template,
		content encoding, charset, encoding, http method, status code, error code, response code, lang code, language code, iso, iso2, iso3, alpha2, alpha3, fips, abbreviation, abbr, shortcode, prefix, currency symbol, stock symbol, ticker, incoterm, carrier, shipping method, tracking status, warehouse code, bin location, aisle, shelf, gruppe, einheit, farbe, groesse, rang, rolle, sorte, modus, quelle, kanal, kode, codigo, codice, cor, couleur, taille, talla, unidad, unite, unita, rol, papel, prioridad, nivel, grupo, hash algorithm`},
}

// negatives are last words that turn a phrase into something about it: an
// email_type is no e-mail, an email_sent_at is a time.
var negatives = words(`id, ids, type, types, count, counts, counter, cnt, total, status, state, flag, enabled, disabled, verified, confirmed, valid, validated, required,
	optional, visible, hidden, public, allowed, blocked, active, template, templates, format, domain, host, port, provider, kind, category, size, length, len, version, sent, opened, clicked, bounced,
	opt, optin, optout, in, out, at, on, by, expires, expiry, expiration, ttl, changed, updated, created, since, until, frequency, preference, pref, locale, lang, language, timezone, position, index,
	idx, order, sort, rank, weight, score, interval, timeout, attempts, retries, limit, quota, policy, algorithm, iterations, rounds, method, mode, level, label, confidence, hash type, width, height, class, model, scope, scopes, strategy, prefix, suffix, pattern, regex, mask, column, field, module, schema, table, typ, anzahl, datum, tipo, fecha, data tipo, fk, seq`)

// keepsMeaning are last words that do not take a phrase's meaning away.
var keepsMeaning = words(`value, text, raw, original, old, new, previous, current, primary, secondary, main, alt, alternate, backup, home, work, private, business, normalized, normalised, canonical, lower, lowercase, hash, hashed, encrypted, enc, cipher, plain, clean, formatted, string, str, full, number, no, nr, num, address, addr, line, name, url, 1, 2, 3, 4, one, two`)

// personTables are words for tables whose rows are people.
var personTables = words(`user, customer, client, person, people, employee, patient, member, contact, author, student, teacher, doctor, physician, nurse, staff, lead, subscriber, donor, guest,
	applicant, candidate, visitor, voter, passenger, driver, owner, buyer, seller, player, attendee, participant, recipient, beneficiary, holder, cardholder, insured, policyholder, prospect, worker, tutor, parent, child, resident, citizen, profile, individual, actor, reader, borrower, recruiter, agent, signatory, volunteer, speaker, manager, admin, administrator, operator, account holder, human,
	kunde, kundin, mitarbeiter, benutzer, nutzer, patient, mitglied, schueler, lehrer, arzt, gast, teilnehmer, ansprechpartner, besucher, versicherter, angestellter, mieter, fahrer, bewerber, utilisateur, employe, adherent, membre, personne, eleve, medecin, salarie, abonne, locataire, usuario, cliente, empleado, persona, paciente, alumno, profesor, medico, miembro, contacto, trabajador, huesped, utente, dipendente, paziente, persone, socio, studente, contatto, pessoa, funcionario, aluno, contato, membro, colaborador,
	klant, medewerker, gebruiker, leerling, lid, werknemer, patientin, uzytkownik, klient, pracownik`)

// thingTables are words for tables whose names name things.
var thingTables = words(`product, item, category, tag, role, permission, plan, country, currency, language, department, setting, feature, template, job, queue, event, warehouse, brand, file, attachment, course, article, page, menu, service, region, state, province, type, status, option, attribute, variant, sku, collection, catalog, catalogue, shop, store, channel, campaign, group, team, list, board, material, part, ingredient, recipe, movie, film, album, track, artist, genre, playlist, book, publisher, station, stop, route, line, vehicle, airport, airline, flight, hotel, room, building, sensor,
	device, model, version, migration, report, metric, dashboard, widget, workflow, rule, policy, test, skill, subject, exam, grade, sport, league, season, stadium, color, size, unit, level, stage, tier, license, coupon, discount, promotion, tax, lookup, enum, dictionary, translation, locale, theme, layout, form, field, question, survey, task, project, sprint, milestone, repository, branch, package, module, component, environment, server, host, cluster, database, schema, table, column, index, bucket, folder,
	produkt, artikel, kategorie, abteilung, land, rolle, ware, lager, produit, categorie, pays, article, service, entrepot, producto, categoria, pais, almacen, articulo, prodotto, prodotti, reparto, produto, artigo, landcode, afdeling`)

// genericNames mean a person's name in a table of people and a thing's elsewhere.
var genericNames = words(`name, nom, nombre, nome, naam, bezeichnung, namn, names, namen`)

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Split(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out[w] = true
		}
	}
	return out
}

// compiledLexicon is the lexicon indexed for look-up.
type compiledLexicon struct {
	byFirst map[string][]phrase // phrases by their first word
	words   map[string]bool     // every word of three letters or more, for taking compounds apart
}

var lexicon = sync.OnceValue(func() *compiledLexicon {
	l := &compiledLexicon{byFirst: map[string][]phrase{}, words: map[string]bool{}}
	for _, e := range lexiconEntries {
		for _, text := range strings.Split(e.text, ",") {
			ws := strings.Fields(text)
			if len(ws) == 0 {
				continue
			}
			l.byFirst[ws[0]] = append(l.byFirst[ws[0]], phrase{ws, e.class, e.weight})
			for _, w := range ws {
				l.addWord(w)
			}
		}
	}
	for _, list := range []map[string]bool{genericNames, personTables} {
		for w := range list {
			l.addWord(w)
		}
	}
	for _, w := range strings.Fields("kunden kunde last first number user work home geburts geburt nummer datum code") {
		l.addWord(w)
	}
	return l
})

func (l *compiledLexicon) addWord(w string) {
	if len(w) >= 3 && !strings.Contains(w, " ") {
		l.words[w] = true
	}
}
