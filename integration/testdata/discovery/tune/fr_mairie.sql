-- A French town hall.
CREATE TABLE "administres" (
  "id" integer,
  "nom_usage" varchar(255), -- person_name
  "nom_naissance" varchar(255), -- person_name
  "prenoms" varchar(255), -- person_name
  "sexe" char(1),
  "date_naissance" date, -- birth_date
  "commune_naissance" varchar(255), -- city
  "dept_naissance" varchar(3),
  "adresse_ligne1" varchar(255), -- address
  "adresse_ligne2" varchar(255), -- address
  "code_postal" varchar(5), -- postal_code
  "ville" varchar(255), -- city
  "telephone_fixe" varchar(255), -- phone
  "telephone_mobile" varchar(255), -- phone
  "courriel" varchar(255), -- email
  "numero_fiscal" varchar(13), -- national_id
  "num_secu" varchar(15), -- national_id
  "piece_identite_num" varchar(255), -- national_id
  "piece_identite_type" varchar(255),
  "observations" text -- free_text
);
CREATE TABLE "demandes" (
  "id" integer,
  "ref_dossier" varchar(255),
  "objet" varchar(255), -- free_text
  "corps" text, -- free_text
  "agent_traitant" varchar(255), -- person_name
  "date_depot" timestamptz,
  "statut" varchar(255),
  "nom_demandeur" varchar(255), -- person_name
  "email_demandeur" varchar(255), -- email
  "ip_depot" varchar(45) -- ip
);
CREATE TABLE "etat_civil_actes" (
  "num_acte" varchar(255),
  "pere_nom" varchar(255), -- person_name
  "pere_prenoms" varchar(255), -- person_name
  "mere_nom" varchar(255), -- person_name
  "mere_prenoms" varchar(255), -- person_name
  "epoux1" varchar(255), -- person_name
  "epoux2" varchar(255), -- person_name
  "temoin1" varchar(255), -- person_name
  "officier" varchar(255), -- person_name
  "mention_marginale" text -- free_text
);
CREATE TABLE "cantine" (
  "id" integer,
  "enfant_nom" varchar(255), -- person_name
  "enfant_prenom" varchar(255), -- person_name
  "classe" varchar(255),
  "allergie" text, -- free_text
  "quotient_familial" numeric(12,2),
  "payeur_iban" varchar(34), -- iban
  "regime" varchar(255)
);
