-- A Spanish town hall.
CREATE TABLE "padron_habitantes" (
  "nia" varchar(10), -- national_id
  "nombre" varchar(255), -- person_name
  "primer_apellido" varchar(255), -- person_name
  "segundo_apellido" varchar(255), -- person_name
  "fec_nacimiento" date, -- birth_date
  "muni_nacimiento" varchar(255), -- city
  "tipo_doc" char(1),
  "num_doc" varchar(12), -- national_id
  "letra" char(1),
  "cod_via" integer,
  "nombre_via" varchar(255), -- address
  "num_portal" varchar(5), -- address
  "esc" varchar(3), -- address
  "planta" varchar(3), -- address
  "puerta" varchar(3), -- address
  "cod_postal" char(5), -- postal_code
  "nucleo" varchar(255), -- city
  "tfno1" varchar(255), -- phone
  "tfno2" varchar(255), -- phone
  "mail" varchar(255), -- email
  "fec_alta" date,
  "nivel_estudios" varchar(255)
);
CREATE TABLE "tributos" (
  "num_recibo" varchar(15),
  "ejercicio" integer,
  "sujeto_pasivo" varchar(255), -- person_name
  "nif_sp" varchar(9), -- national_id
  "domicilio_fiscal" varchar(255), -- address
  "ref_catastral" varchar(20),
  "importe" numeric(12,2),
  "ccc" varchar(24), -- iban
  "titular_cuenta" varchar(255), -- person_name
  "observ" text -- free_text
);
CREATE TABLE "multas" (
  "expediente" varchar(15),
  "matricula" varchar(10),
  "conductor" varchar(255), -- person_name
  "dni_conductor" varchar(9), -- national_id
  "lugar_infraccion" varchar(255), -- address
  "agente" varchar(10),
  "fec_denuncia" timestamptz,
  "hecho_denunciado" text, -- free_text
  "puntos" integer
);
