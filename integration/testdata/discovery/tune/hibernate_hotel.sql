-- Hibernate: a German hotel.
CREATE TABLE "gast" (
  "id" bigint,
  "version" integer,
  "anrede" varchar(255),
  "vorname" varchar(255), -- person_name
  "nachname" varchar(255), -- person_name
  "geburtstag" date, -- birth_date
  "nationalitaet" varchar(255),
  "ausweisnr" varchar(255), -- national_id
  "strasse_nr" varchar(255), -- address
  "plz" varchar(255), -- postal_code
  "ort" varchar(255), -- city
  "telefon_privat" varchar(255), -- phone
  "telefon_geschaeftlich" varchar(255), -- phone
  "email" varchar(255), -- email
  "newsletter" boolean,
  "stammgast" boolean,
  "kfz_kennzeichen" varchar(255),
  "bemerkungen" text, -- free_text
  "erstellt_am" timestamptz,
  "erstellt_von" varchar(255) -- username
);
CREATE TABLE "reservierung" (
  "id" bigint,
  "gast_id" bigint,
  "zimmernummer" varchar(5),
  "anreise" date,
  "abreise" date,
  "personen" integer,
  "sonderwuensche" text, -- free_text
  "kk_nummer" varchar(20), -- credit_card
  "kk_gueltig_bis" varchar(5),
  "kk_inhaber" varchar(255), -- person_name
  "rechnungsadresse" varchar(255), -- address
  "status" varchar(255),
  "buchungscode" varchar(10)
);
CREATE TABLE "meldeschein" (
  "id" bigint,
  "nachname" varchar(255), -- person_name
  "vorname" varchar(255), -- person_name
  "geb_datum" date, -- birth_date
  "wohnanschrift" varchar(255), -- address
  "staatsangehoerigkeit" varchar(255),
  "reisedokument_nr" varchar(255), -- national_id
  "begleitpersonen" text, -- free_text
  "unterschrift" bytea
);
CREATE TABLE "mitarbeiter" (
  "id" bigint,
  "kuerzel" varchar(5), -- username
  "vollname" varchar(255), -- person_name
  "personal_nr" varchar(8),
  "durchwahl" varchar(10), -- phone
  "e_mail" varchar(255), -- email
  "svnr" varchar(12), -- national_id
  "kontonummer" varchar(255), -- iban
  "gehaltsstufe" varchar(5),
  "eintritt" date
);
