-- A Spanish clinic.
CREATE TABLE "pacientes" (
  "nhc" varchar(10), -- national_id
  "nombre_pac" varchar(255), -- person_name
  "apellidos_pac" varchar(255), -- person_name
  "fnac_pac" date, -- birth_date
  "sexo_pac" char(1),
  "dni_pac" varchar(9), -- national_id
  "cip_sns" varchar(16), -- national_id
  "dir_pac" varchar(255), -- address
  "pob_pac" varchar(255), -- city
  "cpos_pac" varchar(5), -- postal_code
  "prov_pac" varchar(255),
  "tel1_pac" varchar(255), -- phone
  "tel2_pac" varchar(255), -- phone
  "email_pac" varchar(255), -- email
  "aseguradora" varchar(255),
  "num_poliza" varchar(255), -- national_id
  "antecedentes" text, -- free_text
  "alergias" text, -- free_text
  "fecha_alta" date,
  "medico_resp" varchar(255), -- person_name
  "num_colegiado" varchar(255) -- national_id
);
CREATE TABLE "citas" (
  "id_cita" integer,
  "nhc" varchar(10), -- national_id
  "fecha_hora" timestamptz,
  "motivo_consulta" text, -- free_text
  "anulada" boolean,
  "usu_alta" varchar(255), -- username
  "tel_aviso" varchar(255) -- phone
);
CREATE TABLE "facturas" (
  "num_fact" varchar(12),
  "cif_nif" varchar(9), -- national_id
  "nombre_fiscal" varchar(255), -- person_name
  "domicilio" varchar(255), -- address
  "base_imp" numeric(12,2),
  "iva" numeric(12,2),
  "iban_cargo" varchar(24) -- iban
);
