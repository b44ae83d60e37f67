-- A German parcel service.
CREATE TABLE "sendungen" (
  "sdg_nr" varchar(20),
  "abs_name1" varchar(40), -- person_name
  "abs_name2" varchar(40), -- person_name
  "abs_strasse" varchar(40), -- address
  "abs_plz" varchar(10), -- postal_code
  "abs_ort" varchar(40), -- city
  "abs_land" char(2),
  "empf_name1" varchar(40), -- person_name
  "empf_strasse" varchar(40), -- address
  "empf_plz" varchar(10), -- postal_code
  "empf_ort" varchar(40), -- city
  "empf_tel" varchar(20), -- phone
  "empf_email" varchar(80), -- email
  "avis_text" varchar(200), -- free_text
  "gewicht" numeric(12,2),
  "colli" integer,
  "nachnahme_betrag" numeric(12,2),
  "zusteller" varchar(40), -- person_name
  "unterschrift_name" varchar(40), -- person_name
  "zustell_zeitpunkt" timestamptz,
  "ablageort" varchar(80),
  "gps_breite" numeric(12,2), -- geo
  "gps_laenge" numeric(12,2) -- geo
);
CREATE TABLE "fahrer" (
  "pers_nr" varchar(8), -- national_id
  "nachname" varchar(40), -- person_name
  "vorname" varchar(40), -- person_name
  "fs_nr" varchar(15), -- national_id
  "fs_klassen" varchar(20),
  "handy_dienst" varchar(20), -- phone
  "tourkennung" varchar(10)
);
