-- A French club.
CREATE TABLE "adherents" (
  "num_adh" varchar(10),
  "civilite" varchar(5),
  "nom_adh" varchar(255), -- person_name
  "prenom_adh" varchar(255), -- person_name
  "nom_jf" varchar(255), -- person_name
  "dt_naiss" date, -- birth_date
  "lieu_naiss" varchar(255), -- city
  "adr_voie" varchar(255), -- address
  "adr_cplt" varchar(255), -- address
  "adr_cp" varchar(5), -- postal_code
  "adr_ville" varchar(255), -- city
  "tel_dom" varchar(255), -- phone
  "tel_port" varchar(255), -- phone
  "mel" varchar(255), -- email
  "profession" varchar(255),
  "nss" varchar(15), -- national_id
  "rib" varchar(27), -- iban
  "titulaire_rib" varchar(255), -- person_name
  "pers_urgence" varchar(255), -- person_name
  "tel_urgence" varchar(255), -- phone
  "certif_medical" boolean,
  "dt_certif" date,
  "droit_image" boolean,
  "licence_ffa" varchar(12), -- national_id
  "photo_id_path" varchar(255), -- url_profile
  "mdp_hash" varchar(255), -- password_hash
  "commentaires" text, -- free_text
  "cotis_payee" boolean
);
CREATE TABLE "dons" (
  "id_don" integer,
  "montant" numeric(12,2),
  "mode_pmt" varchar(255),
  "recu_fiscal_no" varchar(255),
  "donateur" varchar(255), -- person_name
  "courriel_donateur" varchar(255) -- email
);
CREATE TABLE "benevoles" (
  "id" integer,
  "id_adh" integer,
  "dispo" text, -- free_text
  "num_permis" varchar(15), -- national_id
  "immat_vehicule" varchar(10),
  "nb_places" integer
);
