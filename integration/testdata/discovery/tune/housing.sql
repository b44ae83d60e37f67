-- A Dutch housing association.
CREATE TABLE "huurders" (
  "huurder_nr" integer,
  "aanhef" varchar(10),
  "naam_huurder" varchar(60), -- person_name
  "geb_datum" date, -- birth_date
  "adres_regel1" varchar(60), -- address
  "pc_plaats" varchar(60), -- city
  "mobiel" varchar(15), -- phone
  "e_mail" varchar(80), -- email
  "iban_huurder" varchar(34), -- iban
  "bewindvoerder" varchar(60), -- person_name
  "inkomen" numeric(12,2),
  "medebewoners" text, -- free_text
  "sleutelcode" varchar(10) -- secret_token
);
CREATE TABLE "reparatieverzoeken" (
  "nr" integer,
  "melding_omschr" text, -- free_text
  "bereikbaar_op" varchar(20), -- phone
  "gemeld_door" varchar(60), -- username
  "monteur" varchar(40) -- person_name
);
