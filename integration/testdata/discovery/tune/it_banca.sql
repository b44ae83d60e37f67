-- An Italian bank.
CREATE TABLE "clienti" (
  "ndg" varchar(16),
  "ragione_sociale_cognome" varchar(255), -- person_name
  "nome_cliente" varchar(255), -- person_name
  "cod_fisc" char(16), -- national_id
  "p_iva" char(11), -- national_id
  "dt_nascita" date, -- birth_date
  "luogo_nascita" varchar(255), -- city
  "prov_nascita" char(2),
  "ind_residenza" varchar(255), -- address
  "civico" varchar(6), -- address
  "cap_res" char(5), -- postal_code
  "comune_res" varchar(255), -- city
  "prov_res" char(2),
  "cell" varchar(255), -- phone
  "tel_fisso" varchar(255), -- phone
  "email_pec" varchar(255), -- email
  "num_doc_id" varchar(15), -- national_id
  "tipo_doc_id" char(2),
  "scad_doc_id" date,
  "iban_addebito" varchar(27), -- iban
  "reddito_annuo" numeric(12,2),
  "flag_pep" char(1),
  "note_gestore" text, -- free_text
  "gestore" varchar(255) -- person_name
);
CREATE TABLE "movimenti" (
  "id_mov" bigint,
  "causale" varchar(10),
  "descr_mov" varchar(200), -- free_text
  "importo" numeric(12,2),
  "iban_controparte" varchar(34), -- iban
  "ordinante" varchar(255), -- person_name
  "beneficiario" varchar(255), -- person_name
  "dt_valuta" date
);
CREATE TABLE "deleghe" (
  "id" integer,
  "delegato_nominativo" varchar(255), -- person_name
  "delegato_cf" char(16), -- national_id
  "firma_digitale" bytea
);
