-- A German registry of inhabitants.
CREATE TABLE "einwohner" (
  "ewo_id" bigint,
  "familienname" varchar(255), -- person_name
  "geburtsname" varchar(255), -- person_name
  "vornamen" varchar(255), -- person_name
  "rufname_kz" varchar(3),
  "doktorgrad" varchar(10),
  "ordensname" varchar(255), -- person_name
  "geburtsdatum" date, -- birth_date
  "geburtsort" varchar(255), -- city
  "geburtsstaat" char(3),
  "geschlecht" char(1),
  "staatsangehoerigkeit" char(3),
  "religionszugehoerigkeit" varchar(3),
  "familienstand" char(2),
  "steuer_idnr" char(11), -- national_id
  "pass_serien_nr" varchar(12), -- national_id
  "pa_seriennummer" varchar(12), -- national_id
  "sperrvermerk" varchar(20),
  "wahlrecht_kz" boolean,
  "sterbedatum" date
);
CREATE TABLE "anschrift" (
  "anschrift_id" bigint,
  "gemeindeschluessel" char(8),
  "gemarkung" varchar(40),
  "plz" char(5), -- postal_code
  "wohnort" varchar(255), -- city
  "ortsteil" varchar(255), -- city
  "strasse2" varchar(255), -- address
  "hausnr" varchar(5), -- address
  "hausnr_zusatz" varchar(5), -- address
  "stockwerk" varchar(5), -- address
  "wohnungsgeber" varchar(255), -- person_name
  "einzugsdatum" date,
  "auszugsdatum" date
);
CREATE TABLE "kfz_halter" (
  "kennz_aktuell" varchar(10),
  "fin" char(17), -- national_id
  "halter_name" varchar(255), -- person_name
  "halter_vorname" varchar(255), -- person_name
  "halter_geb" date, -- birth_date
  "evb_nr" varchar(7),
  "hsn" char(4),
  "tsn" char(3),
  "erstzulassung" date,
  "vers_gesellschaft" varchar(255)
);
CREATE TABLE "gewerbe" (
  "betriebsname" varchar(255),
  "inhaber_name" varchar(255), -- person_name
  "betriebsstaette_str" varchar(255), -- address
  "betriebsstaette_plz" varchar(255), -- postal_code
  "betriebsstaette_ort" varchar(255), -- city
  "taetigkeit" text,
  "steuernr" varchar(15), -- national_id
  "hr_nummer" varchar(20), -- national_id
  "anmeldedatum" date,
  "tel_gesch" varchar(255), -- phone
  "handy" varchar(255) -- phone
);
CREATE TABLE "hundesteuer" (
  "chipnr" varchar(15),
  "hundename" varchar(255),
  "rasse" varchar(255),
  "kassenzeichen" varchar(15),
  "halter" varchar(255), -- person_name
  "lastschrift_iban" varchar(34), -- iban
  "mandatsref" varchar(35)
);
