-- Magento, WordPress, Keycloak, church, bank, government: mixed habits and languages.
CREATE TABLE customer_entity (
  entity_id serial PRIMARY KEY,
  website_id smallint,
  email varchar(255), -- email
  increment_id varchar(50),
  prefix varchar(40),
  firstname varchar(255), -- person_name
  middlename varchar(255), -- person_name
  lastname varchar(255), -- person_name
  dob date, -- birth_date
  password_hash varchar(128), -- password_hash
  rp_token varchar(128), -- secret_token
  rp_token_created_at timestamp,
  taxvat varchar(50), -- national_id
  gender smallint,
  failures_num smallint
);
CREATE TABLE sales_order_address (
  entity_id serial PRIMARY KEY,
  region varchar(255),
  postcode varchar(255), -- postal_code
  lastname varchar(255), -- person_name
  street varchar(255), -- address
  city varchar(255), -- city
  telephone varchar(255), -- phone
  fax varchar(255), -- phone
  company varchar(255),
  vat_id text, -- national_id
  address_type varchar(255)
);
CREATE TABLE sales_order (
  entity_id serial PRIMARY KEY,
  customer_email varchar(128), -- email
  customer_firstname varchar(128), -- person_name
  customer_lastname varchar(128), -- person_name
  customer_note text, -- free_text
  remote_ip varchar(45), -- ip
  x_forwarded_for varchar(255), -- ip
  coupon_code varchar(255),
  shipping_description varchar(255),
  grand_total numeric(20,4),
  protect_code varchar(255) -- secret_token
);
CREATE TABLE wp_users (
  "ID" bigserial PRIMARY KEY,
  user_login varchar(60), -- username
  user_pass varchar(255), -- password_hash
  user_nicename varchar(50), -- username
  user_email varchar(100), -- email
  user_url varchar(100), -- url_profile
  user_registered timestamp,
  user_activation_key varchar(255), -- secret_token
  display_name varchar(250) -- person_name
);
CREATE TABLE wp_comments (
  "comment_ID" bigserial PRIMARY KEY,
  comment_author text, -- person_name
  comment_author_email varchar(100), -- email
  comment_author_url varchar(200), -- url_profile
  "comment_author_IP" varchar(100), -- ip
  comment_content text, -- free_text
  comment_agent varchar(255),
  comment_karma integer
);
CREATE TABLE user_entity (
  id varchar(36) PRIMARY KEY,
  email varchar(255), -- email
  email_constraint varchar(255), -- email
  email_verified boolean,
  first_name varchar(255), -- person_name
  last_name varchar(255), -- person_name
  realm_id varchar(255),
  username varchar(255), -- username
  not_before integer
);
CREATE TABLE credential (
  id varchar(36) PRIMARY KEY,
  salt bytea, -- secret_token
  secret_data text, -- secret_token
  credential_data text, -- secret_token
  user_label varchar(255),
  priority integer
);
CREATE TABLE kirchenmitglied (
  id serial PRIMARY KEY,
  familienname varchar(80), -- person_name
  rufname varchar(80), -- person_name
  "Geburtstag" date, -- birth_date
  taufdatum date,
  konfession varchar(20),
  "Straße" varchar(80), -- address
  "Postleitzahl" varchar(10), -- postal_code
  "Wohnort" varchar(60), -- city
  "TelefonPrivat" varchar(30), -- phone
  "EMail" varchar(80), -- email
  ehepartner varchar(80), -- person_name
  seelsorgenotiz text -- free_text
);
CREATE TABLE bankkunde (
  kdnr varchar(12) PRIMARY KEY,
  nachn varchar(40), -- person_name
  vorn varchar(40), -- person_name
  gebdatum date, -- birth_date
  str varchar(60), -- address
  hnr varchar(8), -- address
  plz char(5), -- postal_code
  tel_priv varchar(20), -- phone
  ktonr varchar(12), -- iban
  blz char(8),
  ausweisnr varchar(20), -- national_id
  schufa_score integer,
  filiale varchar(20)
);
CREATE TABLE agents_publics (
  matricule varchar(12) PRIMARY KEY,
  nom varchar(60), -- person_name
  prenom varchar(60), -- person_name
  datenaissance date, -- birth_date
  nir varchar(15), -- national_id
  adrmail varchar(100), -- email
  telephoneportable varchar(20), -- phone
  adr1 varchar(80), -- address
  adr2 varchar(80), -- address
  codepostal varchar(5), -- postal_code
  ville varchar(60), -- city
  grade varchar(30),
  indice smallint,
  personne_a_prevenir varchar(100) -- person_name
);
CREATE TABLE vecinos (
  id serial PRIMARY KEY,
  primer_apellido varchar(50), -- person_name
  segundo_apellido varchar(50), -- person_name
  nombres varchar(80), -- person_name
  curp char(18), -- national_id
  rfc varchar(13), -- national_id
  fechanacimiento date, -- birth_date
  domicilio varchar(150), -- address
  colonia varchar(80), -- address
  municipio varchar(80), -- city
  cp char(5), -- postal_code
  telefono_casa varchar(15), -- phone
  correo_electronico varchar(100), -- email
  entidad_federativa varchar(30),
  numero_cuenta varchar(20), -- iban
  clabe varchar(18) -- iban
);
CREATE TABLE events_log (
  id bigserial PRIMARY KEY,
  request_id uuid,
  remote_addr varchar(45), -- ip
  method varchar(8),
  request_path text,
  referer text,
  payload json, -- json_may_contain_pii
  http_status integer,
  username varchar(60), -- username
  host varchar(100),
  level varchar(8),
  msg text -- free_text
);
CREATE TABLE flights (
  flight_no varchar(8) PRIMARY KEY,
  origin char(3),
  destination char(3),
  tail_number varchar(8),
  pilot_name varchar(80), -- person_name
  seats integer
);
CREATE TABLE passengers (
  pnr char(6),
  pax_name varchar(80), -- person_name
  passport_no varchar(12), -- national_id
  nationality char(3),
  date_of_birth date, -- birth_date
  frequent_flyer_no varchar(15),
  seat varchar(4),
  meal_pref varchar(10),
  contact_email varchar(80), -- email
  contact_phone varchar(20) -- phone
);
