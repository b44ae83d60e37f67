-- A German nursery.
CREATE TABLE "kinder" (
  "kind_id" integer,
  "kind_name" varchar(60), -- person_name
  "kind_vorname" varchar(60), -- person_name
  "geb" date, -- birth_date
  "gruppe" varchar(20),
  "allergien" text, -- free_text
  "impfstatus" varchar(20),
  "abholberechtigte" text, -- person_name
  "mutter_name" varchar(60), -- person_name
  "mutter_mobil" varchar(20), -- phone
  "vater_name" varchar(60), -- person_name
  "vater_mobil" varchar(20), -- phone
  "kinderarzt" varchar(60), -- person_name
  "krankenkasse" varchar(40),
  "besonderheiten" text, -- free_text
  "essensgeld_iban" varchar(34) -- iban
);
