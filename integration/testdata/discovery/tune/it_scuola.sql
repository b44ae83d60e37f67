-- An Italian school.
CREATE TABLE "alunni" (
  "matricola" varchar(10),
  "cognome" varchar(255), -- person_name
  "nome" varchar(255), -- person_name
  "sesso" char(1),
  "data_nasc" date, -- birth_date
  "comune_nasc" varchar(255), -- city
  "cittadinanza" varchar(255),
  "cod_fiscale" char(16), -- national_id
  "indirizzo" varchar(255), -- address
  "n_civico" varchar(6), -- address
  "cap" char(5), -- postal_code
  "citta" varchar(255), -- city
  "telefono1" varchar(255), -- phone
  "telefono2" varchar(255), -- phone
  "mail_genitore" varchar(255), -- email
  "cognome_padre" varchar(255), -- person_name
  "nome_padre" varchar(255), -- person_name
  "cognome_madre" varchar(255), -- person_name
  "nome_madre" varchar(255), -- person_name
  "intolleranze" text, -- free_text
  "disabilita" boolean,
  "note" text -- free_text
);
CREATE TABLE "docenti" (
  "id" integer,
  "cognome" varchar(255), -- person_name
  "nome" varchar(255), -- person_name
  "materia" varchar(255),
  "cell_personale" varchar(255), -- phone
  "posta_elettronica" varchar(255), -- email
  "ruolo" varchar(255),
  "codice_iban" varchar(255), -- iban
  "data_assunzione" date
);
CREATE TABLE "voti" (
  "id" integer,
  "matricola" varchar(10),
  "materia" varchar(255),
  "voto" numeric(12,2),
  "data_voto" date,
  "giudizio" text -- free_text
);
