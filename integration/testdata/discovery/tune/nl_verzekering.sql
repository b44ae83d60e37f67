-- A Dutch insurer.
CREATE TABLE "polishouders" (
  "relatienr" varchar(10),
  "naam" varchar(255), -- person_name
  "voorvoegsels" varchar(255), -- person_name
  "voornamen" varchar(255), -- person_name
  "geb_dat" date, -- birth_date
  "bsn_nr" varchar(9), -- national_id
  "adres" varchar(255), -- address
  "pc" varchar(7), -- postal_code
  "plaats" varchar(255), -- city
  "tel_prive" varchar(255), -- phone
  "tel_werk" varchar(255), -- phone
  "mobiel_nr" varchar(255), -- phone
  "mailadres" varchar(255), -- email
  "rekeningnr" varchar(34), -- iban
  "tnv" varchar(255), -- person_name
  "wachtwoord_hash" varchar(255), -- password_hash
  "laatste_inlog" timestamptz
);
CREATE TABLE "schades" (
  "schadenr" varchar(12),
  "schadedatum" date,
  "omschrijving" text, -- free_text
  "kenteken" varchar(8),
  "tegenpartij_naam" varchar(255), -- person_name
  "tegenpartij_kenteken" varchar(8),
  "getuige" varchar(255), -- person_name
  "locatie_ongeval" varchar(255), -- address
  "schadebedrag" numeric(12,2),
  "behandelaar" varchar(255) -- username
);
