-- A Portuguese health centre.
CREATE TABLE "utentes" (
  "nr_utente" varchar(9), -- national_id
  "nome_completo" varchar(255), -- person_name
  "nome_proprio" varchar(255), -- person_name
  "apelidos" varchar(255), -- person_name
  "dt_nascimento" date, -- birth_date
  "sexo" char(1),
  "nacionalidade" varchar(255),
  "naturalidade" varchar(255), -- city
  "nif" char(9), -- national_id
  "n_ss" varchar(11), -- national_id
  "cc_numero" varchar(12), -- national_id
  "cc_validade" date,
  "morada" varchar(255), -- address
  "cod_postal" varchar(8), -- postal_code
  "localidade" varchar(255), -- city
  "freguesia" varchar(255), -- city
  "distrito" varchar(255),
  "telemovel" varchar(255), -- phone
  "telef_casa" varchar(255), -- phone
  "correio_eletronico" varchar(255), -- email
  "medico_familia" varchar(255), -- person_name
  "contacto_emergencia" varchar(255), -- person_name
  "tel_emergencia" varchar(255), -- phone
  "grupo_sanguineo" varchar(3),
  "alergias" text, -- free_text
  "obs" text, -- free_text
  "profissao" varchar(255),
  "estado_civil" varchar(255)
);
CREATE TABLE "consultas" (
  "id_consulta" bigint,
  "nr_utente" varchar(9), -- national_id
  "dt_consulta" timestamptz,
  "especialidade" varchar(255),
  "motivo" text, -- free_text
  "diagnostico" text, -- free_text
  "prescricao" text, -- free_text
  "cedula_medico" varchar(10) -- national_id
);
