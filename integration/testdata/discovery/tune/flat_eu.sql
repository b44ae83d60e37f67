-- Student and small-business schemas as they are found: flat and Pascal-case names, typos, suffixes, several languages.
CREATE TABLE paciente (
  id_pac serial NOT NULL,
  nombre_pac varchar(25), -- person_name
  apellido_paterno_pac varchar(25), -- person_name
  apellido_materno_pac varchar(25), -- person_name
  identificacion_pac varchar(10), -- national_id
  telefono_celular_pac varchar(10), -- phone
  direccion_pac varchar(300), -- address
  correo_pac varchar(50), -- email
  fecha_nacimiento_pac date, -- birth_date
  motivo_pac text, -- free_text
  enfermedad_actual_pac text, -- free_text
  obra_social_pac varchar(40),
  nro_afiliado_pac varchar(30) -- national_id
);
CREATE TABLE anagrafica (
  id serial PRIMARY KEY,
  codicefiscale varchar(16), -- national_id
  nome varchar(100), -- person_name
  cognome varchar(100), -- person_name
  comunediresidenza varchar(100), -- city
  provinciadiresidenza varchar(100),
  viadiresidenza varchar(100), -- address
  numerocivicodiresidenza varchar(100), -- address
  citta_di_nascita varchar(20), -- city
  telefonocasa varchar(20), -- phone
  professione varchar(50)
);
CREATE TABLE "Kunden" (
  "KID" serial PRIMARY KEY,
  "Firma" varchar(255),
  "Kontonummer" varchar(50), -- iban
  "Steuernummer" varchar(50), -- national_id
  "Ansprechpartner1" varchar(255), -- person_name
  "Telefonnummer1" varchar(20), -- phone
  "EMail1" varchar(255), -- email
  "Lieferadresse_ID" integer,
  "privat" boolean,
  "Anmerkungen" text, -- free_text
  "StrasseHausnr" varchar(80), -- address
  "PLZOrt" varchar(80), -- city
  "KundeSeit" date
);
CREATE TABLE kundendaten (
  k_id integer PRIMARY KEY,
  k_nummer integer,
  k_vorname varchar(30), -- person_name
  k_nachname varchar(30), -- person_name
  k_strasse varchar(50), -- address
  k_hausnummer integer, -- address
  k_telefonnummer integer, -- phone
  k_plz integer, -- postal_code
  k_ort varchar(40) -- city
);
CREATE TABLE ansprechpartner (
  id serial PRIMARY KEY,
  ansprechpartner_vorname varchar(80), -- person_name
  ansprechpartner_nachname varchar(80), -- person_name
  ansprechpartner_position varchar(80),
  telefon_geschaeft varchar(30), -- phone
  mailadresse varchar(80), -- email
  rechnung_plz varchar(10), -- postal_code
  rechnung_ort varchar(60), -- city
  rechnung_strasse varchar(80), -- address
  kundenart varchar(20)
);
CREATE TABLE klanten (
  klantnummer varchar(15) PRIMARY KEY,
  voornaam varchar(30), -- person_name
  naam varchar(30), -- person_name
  straat varchar(50), -- address
  huisnummer integer, -- address
  busnummer integer, -- address
  gemeente varchar(30), -- city
  postcode varchar(4), -- postal_code
  btwnummer varchar(30), -- national_id
  gbd date, -- birth_date
  mailadres varchar(60), -- email
  kvk_nummer bigint -- national_id
);
CREATE TABLE f_pessoa (
  pkpessoa integer PRIMARY KEY,
  fkuser integer,
  tipo integer,
  cpf varchar(14), -- national_id
  nome varchar(150), -- person_name
  datanascimento timestamp, -- birth_date
  naturalidade varchar(30), -- city
  nacionalidade varchar(30),
  estadocivil integer,
  rg varchar(14), -- national_id
  orgaoemissor varchar(50),
  nomepai varchar(100), -- person_name
  telefonecelular varchar(20), -- phone
  numeroendereco varchar(10), -- address
  senhahash varchar(100), -- password_hash
  dataexpedicaorg date
);
CREATE TABLE personne (
  idpersonne serial PRIMARY KEY,
  nompers varchar(50), -- person_name
  prenompers varchar(50), -- person_name
  datenaiss date, -- birth_date
  adressepers varchar(100), -- address
  cppers char(5), -- postal_code
  villepers varchar(50), -- city
  telpers varchar(15), -- phone
  mailpers varchar(80), -- email
  cin varchar(12), -- national_id
  csp varchar(10),
  numetudiant varchar(12)
);
CREATE TABLE employee (
  empno integer PRIMARY KEY,
  ename varchar(30), -- person_name
  firstnme varchar(12), -- person_name
  midinit char(1), -- person_name
  lastname varchar(15), -- person_name
  workdept char(3),
  phoneno char(4),
  hiredate date,
  job char(8),
  edlevel smallint,
  sex char(1),
  birthdate date, -- birth_date
  adress varchar(80), -- address
  salary numeric(9,2),
  superssn varchar(11), -- national_id
  contact_number varchar(20) -- phone
);
CREATE TABLE northwind_customers (
  customer_id bpchar PRIMARY KEY,
  company_name varchar(40),
  contact_name varchar(30), -- person_name
  contact_title varchar(30),
  address varchar(60), -- address
  city varchar(15), -- city
  region varchar(15),
  postal_code varchar(10), -- postal_code
  country varchar(15),
  phone varchar(24), -- phone
  fax varchar(24) -- phone
);
CREATE TABLE northwind_employees (
  employee_id smallint PRIMARY KEY,
  title_of_courtesy varchar(25),
  home_phone varchar(24), -- phone
  extension varchar(4),
  photo bytea, -- url_profile
  reports_to smallint,
  photo_path varchar(255) -- url_profile
);
CREATE TABLE northwind_orders (
  order_id smallint PRIMARY KEY,
  ship_via smallint,
  freight real,
  ship_name varchar(40), -- person_name
  ship_address varchar(60), -- address
  ship_city varchar(15), -- city
  ship_region varchar(15),
  ship_postal_code varchar(10), -- postal_code
  ship_country varchar(15)
);
CREATE TABLE titolari (
  id serial PRIMARY KEY,
  denominazione varchar(100),
  sesso char(1),
  luogo_nasc varchar(50), -- city
  data_nasc date, -- birth_date
  ind_res varchar(80), -- address
  cap_res varchar(5), -- postal_code
  citta_res varchar(50), -- city
  cell varchar(20), -- phone
  matricola varchar(10),
  iban_accredito varchar(27), -- iban
  firma_digitale text, -- secret_token
  annotazioni text -- free_text
);
CREATE TABLE funcionarios (
  cd_funcionario integer PRIMARY KEY,
  no_funcionario varchar(80), -- person_name
  nu_cpf char(11), -- national_id
  nu_telefone varchar(15), -- phone
  no_logradouro varchar(80), -- address
  no_municipio varchar(60), -- city
  co_cep char(8), -- postal_code
  dt_admissao date,
  vl_salario numeric(10,2),
  tx_observacao text, -- free_text
  in_ativo char(1)
);
CREATE TABLE contribuyentes (
  rut varchar(12) PRIMARY KEY, -- national_id
  razonsocial varchar(80),
  giro varchar(80),
  representante varchar(80), -- person_name
  comuna varchar(40), -- city
  fono1 varchar(15), -- phone
  e_mail varchar(80), -- email
  fec_ing date,
  usr_crea varchar(20), -- username
  clave varchar(64) -- password_hash
);
