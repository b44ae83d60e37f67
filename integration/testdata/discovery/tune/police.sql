-- A French police.
CREATE TABLE "personnes" (
  "id_personne" integer,
  "nom_naissance" varchar(60), -- person_name
  "nom_marital" varchar(60), -- person_name
  "prenoms" varchar(80), -- person_name
  "surnom" varchar(40), -- username
  "sexe" char(1),
  "date_naiss" date, -- birth_date
  "commune_naiss" varchar(60), -- city
  "pays_naiss" varchar(3),
  "nationalite" varchar(3),
  "profession" varchar(60),
  "adresse_domicile" varchar(120), -- address
  "cp" varchar(5), -- postal_code
  "commune" varchar(60), -- city
  "tel" varchar(20), -- phone
  "filiation_pere" varchar(80), -- person_name
  "filiation_mere" varchar(80), -- person_name
  "num_cni" varchar(12), -- national_id
  "signalement" text, -- free_text
  "photo_face" varchar(255), -- url_profile
  "empreintes" bytea
);
CREATE TABLE "procedures" (
  "num_pv" varchar(15),
  "date_faits" timestamptz,
  "lieu_faits" varchar(120), -- address
  "nature_infraction" varchar(60),
  "victime" varchar(80), -- person_name
  "mis_en_cause" varchar(80), -- person_name
  "opj" varchar(60), -- person_name
  "resume_faits" text -- free_text
);
