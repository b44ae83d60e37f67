-- A Spanish car rental.
CREATE TABLE "alquileres" (
  "num_contrato" varchar(12),
  "arrendatario" varchar(80), -- person_name
  "doc_identidad" varchar(15), -- national_id
  "permiso_cond" varchar(15), -- national_id
  "fec_exp_permiso" date,
  "conductor_adic" varchar(80), -- person_name
  "dir_local" varchar(120), -- address
  "telf_contacto" varchar(20), -- phone
  "tarj_num" varchar(19), -- credit_card
  "tarj_venc" char(4),
  "matricula_veh" varchar(10),
  "km_salida" integer,
  "obs_danos" text, -- free_text
  "firma_cliente" bytea
);
