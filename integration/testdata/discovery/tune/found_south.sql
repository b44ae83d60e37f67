-- Italian and Spanish columns as found in public dumps.
CREATE TABLE agente (
  username varchar(20) PRIMARY KEY, -- username
  telefono varchar(10), -- phone
  password varchar(255), -- password_hash
  selectedprefix varchar(5),
  admin_creatore varchar(20), -- username
  nome varchar(20), -- person_name
  cognome varchar(20), -- person_name
  nomeagenzia varchar(20)
);
CREATE TABLE immagine (
  id_inserzione varchar(10),
  url varchar(150)
);
CREATE TABLE cartafedelta (
  nomecarta varchar(30), -- person_name
  cognomecarta varchar(30), -- person_name
  idcarta varchar(20)
);
CREATE TABLE cliente (
  nome varchar(30), -- person_name
  cognome varchar(30), -- person_name
  cf varchar(16), -- national_id
  livello varchar(20),
  nazione varchar(30),
  datanascita date -- birth_date
);
CREATE TABLE fattura (
  piva integer, -- national_id
  cf varchar(16), -- national_id
  codunivoco integer,
  pec char(100), -- email
  nome varchar(30), -- person_name
  cognome varchar(30), -- person_name
  via varchar(100), -- address
  numerocivico integer -- address
);
CREATE TABLE contatti (
  id integer PRIMARY KEY,
  tipo varchar(50),
  domanda varchar(255) -- free_text
);
CREATE TABLE clienti (
  idcliente bigint PRIMARY KEY,
  piva varchar(40), -- national_id
  codfisc varchar(40), -- national_id
  cap varchar(40), -- postal_code
  citta varchar(40), -- city
  cell varchar(40), -- phone
  website varchar(40), -- url_profile
  documento varchar,
  num_doc varchar, -- national_id
  rilasciato_da varchar,
  nato_a varchar, -- city
  intestazione varchar, -- person_name
  provincia bigint
);
CREATE TABLE soggetto (
  id bigint PRIMARY KEY,
  codicefiscale varchar(255), -- national_id
  cognome varchar(255), -- person_name
  denominazione varchar(255),
  nick varchar(255), -- username
  ragionesociale varchar(255),
  sessosoggetto varchar(255),
  tipologiasoggetto varchar(255),
  titolosoggetto varchar(255)
);
CREATE TABLE indirizzo (
  id bigint PRIMARY KEY,
  civico varchar(255), -- address
  provincia varchar(255),
  via varchar(255), -- address
  soggetto bigint
);
CREATE TABLE paziente (
  cf char(16) PRIMARY KEY, -- national_id
  numerotessera char(20), -- national_id
  cap varchar(5), -- postal_code
  via varchar(30), -- address
  nciv numeric(3,0) -- address
);
CREATE TABLE autore (
  id integer PRIMARY KEY,
  cognome varchar(255), -- person_name
  pseudonimo varchar(255), -- username
  nascita date, -- birth_date
  morte date,
  biografia text -- free_text
);
CREATE TABLE persona (
  telefono varchar(10), -- phone
  numeroopt integer,
  numerocartaidentita varchar(9) -- national_id
);
CREATE TABLE administrador (
  id_usuario integer PRIMARY KEY,
  cedula varchar(20), -- national_id
  nombres varchar(60), -- person_name
  apellidos varchar(60) -- person_name
);
CREATE TABLE sgm_adm_usuarios (
  usuario varchar(15), -- username
  password varchar(100), -- password_hash
  nombre varchar(50), -- person_name
  apellidos varchar(50), -- person_name
  fecha_alta date
);
CREATE TABLE sgm_adm_entidades (
  id varchar(3) PRIMARY KEY,
  nombrecorto varchar(70),
  nombrelargo varchar(500),
  codigo_ine varchar(12)
);
CREATE TABLE cliente_bus (
  numero_cliente integer PRIMARY KEY,
  cedula_ruc varchar(15), -- national_id
  contrasena varchar(60) -- password_hash
);
CREATE TABLE inventario (
  id_producto integer PRIMARY KEY,
  producto text,
  descripcion_producto varchar(50),
  imagen_producto text,
  talla varchar(5)
);
CREATE TABLE usuario (
  id_usuario integer PRIMARY KEY,
  direccion varchar(60), -- address
  email varchar(20), -- email
  telefono integer, -- phone
  foto_usuario bytea, -- url_profile
  nombre_usuario varchar(50) -- username
);
CREATE TABLE alergia (
  idalergia bigint,
  descripcion varchar, -- free_text
  idpaciente bigint
);
CREATE TABLE consulta (
  idconsulta bigint,
  nombre varchar, -- person_name
  apellidos varchar, -- person_name
  razon varchar -- free_text
);
CREATE TABLE socio (
  id_socio integer PRIMARY KEY,
  telefono integer, -- phone
  avalista integer,
  dni varchar, -- national_id
  nombre_apellidos varchar, -- person_name
  id_poblacion integer
);
CREATE TABLE pedido (
  id_pedido integer PRIMARY KEY,
  forma_pago varchar,
  forma_envio varchar
);
CREATE TABLE lotes (
  id bigint PRIMARY KEY,
  manzana char(1),
  lote_numero integer,
  nombres varchar, -- person_name
  apellidos varchar, -- person_name
  dni varchar, -- national_id
  celular text -- phone
);
