-- A Mexican shop.
CREATE TABLE "clientes" (
  "id_cliente" integer,
  "nombres" varchar(255), -- person_name
  "ap_paterno" varchar(255), -- person_name
  "ap_materno" varchar(255), -- person_name
  "f_nac" date, -- birth_date
  "rfc" varchar(13), -- national_id
  "curp" varchar(18), -- national_id
  "correo" varchar(255), -- email
  "tel_celular" varchar(255), -- phone
  "tel_casa" varchar(255), -- phone
  "calle" varchar(255), -- address
  "num_ext" varchar(255), -- address
  "num_int" varchar(255), -- address
  "colonia" varchar(255), -- address
  "cp" varchar(5), -- postal_code
  "delegacion" varchar(255), -- city
  "estado" varchar(255),
  "entre_calles" varchar(255), -- address
  "referencias" text, -- free_text
  "contrasena" varchar(255), -- password_hash
  "limite_credito" numeric(12,2),
  "activo" boolean
);
CREATE TABLE "pedidos" (
  "id" integer,
  "folio" varchar(255),
  "id_cliente" integer,
  "direccion_envio" varchar(255), -- address
  "quien_recibe" varchar(255), -- person_name
  "instrucciones" text, -- free_text
  "total" numeric(12,2),
  "guia_paqueteria" varchar(255),
  "fecha" timestamptz
);
CREATE TABLE "empleados" (
  "num_nomina" varchar(10),
  "nombre_completo" varchar(255), -- person_name
  "nss" varchar(11), -- national_id
  "clabe" varchar(18), -- iban
  "puesto" varchar(255),
  "sueldo_diario" numeric(12,2),
  "fecha_ingreso" date,
  "huella" bytea,
  "usuario_sistema" varchar(255) -- username
);
CREATE TABLE "proveedores" (
  "id" integer,
  "razon_social" varchar(255),
  "rfc" varchar(13), -- national_id
  "contacto_nombre" varchar(255), -- person_name
  "contacto_tel" varchar(255), -- phone
  "contacto_correo" varchar(255), -- email
  "cuenta_bancaria" varchar(255), -- iban
  "banco" varchar(255),
  "dias_credito" integer,
  "domicilio" varchar(255) -- address
);
