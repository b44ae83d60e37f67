-- Telecom and billing, Spanish names with abbreviations.
CREATE TABLE abonados (
  cod_abonado integer PRIMARY KEY,
  nombre varchar(40), -- person_name
  apellido1 varchar(40), -- person_name
  apellido2 varchar(40), -- person_name
  tipo_doc char(3),
  num_doc varchar(15), -- national_id
  fec_nac date, -- birth_date
  sexo char(1),
  dir_facturacion varchar(120), -- address
  calle varchar(80), -- address
  numero varchar(6), -- address
  piso varchar(6), -- address
  cod_postal char(5), -- postal_code
  poblacion varchar(60), -- city
  provincia varchar(40),
  tlf_contacto varchar(15), -- phone
  movil varchar(15), -- phone
  correo varchar(80), -- email
  cta_bancaria varchar(34), -- iban
  titular varchar(80), -- person_name
  fec_alta date,
  fec_baja date,
  observ text, -- free_text
  saldo numeric(12,2),
  segmento varchar(10),
  clave_web varchar(60) -- password_hash
);
CREATE TABLE lineas (
  msisdn varchar(15) PRIMARY KEY, -- phone
  imsi varchar(15), -- national_id
  iccid varchar(20),
  imei varchar(16), -- national_id
  puk varchar(8), -- secret_token
  cod_abonado integer REFERENCES abonados,
  cod_plan varchar(8),
  estado char(1),
  fec_activacion timestamp,
  ip_asignada inet, -- ip
  mac_router macaddr -- mac
);
CREATE TABLE cdr (
  id bigserial PRIMARY KEY,
  num_origen varchar(20), -- phone
  num_destino varchar(20), -- phone
  fecha_inicio timestamp,
  duracion_seg integer,
  celda varchar(16),
  latitud numeric(9,6), -- geo
  longitud numeric(9,6), -- geo
  coste numeric(10,4),
  tipo_trafico char(2)
);
CREATE TABLE facturas (
  num_factura varchar(20) PRIMARY KEY,
  fec_emision date,
  base_imponible numeric(12,2),
  nif_cliente varchar(15), -- national_id
  nombre_cliente varchar(100), -- person_name
  domicilio_fiscal varchar(150), -- address
  importe numeric(12,2),
  concepto varchar(200),
  estado_pago varchar(10)
);
CREATE TABLE empleados (
  id serial PRIMARY KEY,
  nombre_completo varchar(100), -- person_name
  dni varchar(9), -- national_id
  nss varchar(12), -- national_id
  telefono_movil varchar(15), -- phone
  email_corporativo varchar(80), -- email
  usuario varchar(20), -- username
  contrasena varchar(100), -- password_hash
  puesto varchar(40),
  salario_bruto numeric(10,2),
  fecha_nacimiento date, -- birth_date
  ciudad_nacimiento varchar(60), -- city
  estado_civil varchar(15),
  jefe varchar(80), -- person_name
  foto varchar(200) -- url_profile
);
CREATE TABLE incidencias (
  id serial PRIMARY KEY,
  asunto varchar(200), -- free_text
  descripcion text, -- free_text
  prioridad smallint,
  abierto_por varchar(40), -- username
  asignado_a varchar(40), -- username
  respuesta text, -- free_text
  motivo_cierre varchar(200), -- free_text
  canal varchar(10)
);
CREATE TABLE tarjetas (
  id serial PRIMARY KEY,
  num_tarjeta varchar(19), -- credit_card
  caducidad char(5),
  nombre_titular varchar(80), -- person_name
  token_pasarela varchar(80), -- secret_token
  marca varchar(12)
);
CREATE TABLE planes (
  cod_plan varchar(8) PRIMARY KEY,
  nombre varchar(40),
  descripcion varchar(200),
  cuota numeric(8,2),
  minutos_incluidos integer
);
