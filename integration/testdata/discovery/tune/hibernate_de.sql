-- Hibernate, German: a mutual insurer, HR, with SAP-like leftovers.
CREATE TABLE versicherter (
  id bigint PRIMARY KEY,
  version integer,
  anrede varchar(20),
  titel varchar(30),
  vorname varchar(80), -- person_name
  nachname varchar(80), -- person_name
  geburtsname varchar(80), -- person_name
  geburtsdatum date, -- birth_date
  geburtsort varchar(80), -- city
  geschlecht char(1),
  familienstand varchar(20),
  staatsangehoerigkeit varchar(3),
  krankenversichertennr varchar(10), -- national_id
  rentenversicherungsnummer varchar(12), -- national_id
  steueridentifikationsnummer varchar(11), -- national_id
  strasse varchar(120), -- address
  hausnr varchar(10), -- address
  adresszusatz varchar(80), -- address
  plz varchar(5), -- postal_code
  ort varchar(80), -- city
  ortsteil varchar(80), -- city
  bundesland varchar(40),
  land_kz char(2),
  telefon_privat varchar(40), -- phone
  telefon_dienst varchar(40), -- phone
  mobil varchar(40), -- phone
  telefax varchar(40), -- phone
  email_adresse varchar(120), -- email
  kontoinhaber varchar(80), -- person_name
  iban varchar(34), -- iban
  bic varchar(11),
  kreditinstitut varchar(80),
  bemerkungen text, -- free_text
  eintrittsdatum date,
  angelegt_am timestamp,
  angelegt_von varchar(40), -- username
  geaendert_am timestamp,
  geaendert_von varchar(40), -- username
  gesperrt boolean,
  mandant_id bigint
);
CREATE TABLE mitarbeiter (
  personalnr varchar(10),
  name varchar(60), -- person_name
  vname varchar(60), -- person_name
  gebdat date, -- birth_date
  kuerzel varchar(5), -- username
  kostenstelle varchar(10),
  abteilung varchar(60),
  gehalt numeric(10,2),
  steuerklasse char(1),
  sv_nummer varchar(12), -- national_id
  durchwahl varchar(10), -- phone
  mail_dienstlich varchar(100), -- email
  notfallkontakt varchar(120), -- person_name
  notfalltelefon varchar(40), -- phone
  kfz_kennzeichen varchar(12),
  austrittsgrund varchar(200), -- free_text
  wochenstunden numeric(4,1)
);
CREATE TABLE kna1 (
  kunnr varchar(10) PRIMARY KEY,
  land1 char(3),
  name1 varchar(35), -- person_name
  name2 varchar(35), -- person_name
  ort01 varchar(35), -- city
  pstlz varchar(10), -- postal_code
  stras varchar(35), -- address
  telf1 varchar(16), -- phone
  telfx varchar(31), -- phone
  stcd1 varchar(16), -- national_id
  stceg varchar(20), -- national_id
  erdat date,
  ernam varchar(12), -- username
  ktokd char(4),
  spras char(1)
);
CREATE TABLE vertrag (
  id bigint PRIMARY KEY,
  vertragsnummer varchar(20),
  versicherter_id bigint REFERENCES versicherter,
  tarif varchar(20),
  beginn date,
  ende date,
  beitrag numeric(10,2),
  zahlweise varchar(10),
  zahlungsreferenz varchar(40),
  sachbearbeiter varchar(60), -- person_name
  status varchar(10),
  notiz varchar(2000) -- free_text
);
CREATE TABLE schriftwechsel (
  id bigint PRIMARY KEY,
  betreff varchar(200), -- free_text
  nachricht text, -- free_text
  absender varchar(120), -- email
  empfaenger varchar(120), -- email
  eingang timestamp,
  anhang bytea,
  dateiname varchar(200),
  mimetyp varchar(80)
);
CREATE TABLE benutzer (
  benutzername varchar(50) PRIMARY KEY, -- username
  passwort_hash varchar(100), -- password_hash
  anzeigename varchar(100), -- person_name
  letzte_anmeldung timestamp,
  fehlversuche integer,
  ip_adresse varchar(45), -- ip
  sitzungsschluessel varchar(64), -- secret_token
  sprache char(2),
  rolle varchar(20),
  aktiv boolean
);
CREATE TABLE arzt (
  id bigint PRIMARY KEY,
  lanr varchar(9), -- national_id
  arztname varchar(100), -- person_name
  praxisname varchar(100),
  fachrichtung varchar(60),
  praxisanschrift varchar(200), -- address
  praxistelefon varchar(30), -- phone
  homepage varchar(100) -- url_profile
);
CREATE TABLE leistungsart ( code varchar(10) PRIMARY KEY,
  bezeichnung varchar(100),
  beschreibung varchar(500),
  kuerzel varchar(10),
  steuersatz numeric(4,2)
);
