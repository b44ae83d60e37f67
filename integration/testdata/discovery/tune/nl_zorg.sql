-- Dutch home care.
CREATE TABLE "clienten" (
  "clientnr" varchar(10), -- national_id
  "bsn" char(9), -- national_id
  "achternaam" varchar(255), -- person_name
  "tussenvoegsel" varchar(10), -- person_name
  "voorletters" varchar(10), -- person_name
  "roepnaam" varchar(255), -- person_name
  "geboortedatum" date, -- birth_date
  "geslacht" char(1),
  "burgerlijke_staat" varchar(255),
  "straat" varchar(255), -- address
  "huisnr" integer, -- address
  "huisnr_toev" varchar(6), -- address
  "postcode" varchar(7), -- postal_code
  "woonplaats" varchar(255), -- city
  "telefoon_thuis" varchar(255), -- phone
  "tel_mobiel" varchar(255), -- phone
  "emailadres" varchar(255), -- email
  "huisarts" varchar(255), -- person_name
  "huisarts_agb" varchar(8), -- national_id
  "apotheek" varchar(255),
  "verzekeraar_uzovi" char(4),
  "polisnr" varchar(15), -- national_id
  "mantelzorger" varchar(255), -- person_name
  "tel_mantelzorger" varchar(255), -- phone
  "indicatie" text -- free_text
);
CREATE TABLE "zorgplan" (
  "id" integer,
  "doelen" text, -- free_text
  "afspraken" text, -- free_text
  "evaluatie_tekst" text, -- free_text
  "begeleider" varchar(255), -- person_name
  "ingangsdatum" date
);
CREATE TABLE "rapportages" (
  "id" integer,
  "datum" timestamptz,
  "tekst" text, -- free_text
  "auteur" varchar(255), -- person_name
  "soort" varchar(255)
);
