-- ERP names: Odoo, Tryton, Dolibarr, iDempiere habits.
CREATE TABLE res_partner (
  id serial PRIMARY KEY,
  name varchar, -- person_name
  display_name varchar, -- person_name
  company_id integer,
  date date,
  title integer,
  parent_id integer,
  ref varchar,
  lang varchar,
  tz varchar,
  vat varchar, -- national_id
  website varchar, -- url_profile
  comment text, -- free_text
  credit_limit double precision,
  active boolean,
  function varchar,
  type varchar,
  street varchar, -- address
  street2 varchar, -- address
  zip varchar, -- postal_code
  city varchar, -- city
  state_id integer,
  country_id integer,
  partner_latitude numeric, -- geo
  partner_longitude numeric, -- geo
  email varchar, -- email
  email_normalized varchar, -- email
  phone varchar, -- phone
  phone_sanitized varchar, -- phone
  mobile varchar, -- phone
  is_company boolean,
  color integer,
  commercial_company_name varchar,
  company_name varchar,
  create_uid integer,
  write_date timestamp,
  signup_token varchar, -- secret_token
  message_bounce integer,
  additional_info varchar -- free_text
);
CREATE TABLE res_users (
  id serial PRIMARY KEY,
  login varchar, -- username
  password varchar, -- password_hash
  partner_id integer REFERENCES res_partner,
  signature text, -- free_text
  totp_secret varchar, -- secret_token
  notification_type varchar,
  odoobot_state varchar
);
CREATE TABLE res_partner_bank (
  id serial PRIMARY KEY,
  acc_number varchar, -- iban
  sanitized_acc_number varchar, -- iban
  acc_holder_name varchar, -- person_name
  bank_bic varchar,
  sequence integer
);
CREATE TABLE hr_employee (
  id serial PRIMARY KEY,
  name varchar, -- person_name
  work_phone varchar, -- phone
  mobile_phone varchar, -- phone
  work_email varchar, -- email
  private_email varchar, -- email
  identification_id varchar, -- national_id
  ssnid varchar, -- national_id
  passport_id varchar, -- national_id
  birthday date, -- birth_date
  place_of_birth varchar, -- city
  marital varchar,
  spouse_complete_name varchar, -- person_name
  spouse_birthdate date, -- birth_date
  emergency_contact varchar, -- person_name
  emergency_phone varchar, -- phone
  visa_no varchar, -- national_id
  permit_no varchar, -- national_id
  barcode varchar,
  pin varchar, -- secret_token
  job_title varchar,
  certificate varchar,
  study_school varchar,
  additional_note text, -- free_text
  departure_description text, -- free_text
  km_home_work integer,
  gender varchar
);
CREATE TABLE mail_message (
  id serial PRIMARY KEY,
  subject varchar, -- free_text
  body text, -- free_text
  email_from varchar, -- email
  reply_to varchar, -- email
  message_id varchar,
  message_type varchar,
  record_name varchar, -- free_text
  model varchar,
  res_id integer
);
CREATE TABLE crm_lead (
  id serial PRIMARY KEY,
  name varchar, -- free_text
  contact_name varchar, -- person_name
  partner_name varchar,
  email_from varchar, -- email
  email_cc varchar, -- email
  phone varchar, -- phone
  description text, -- free_text
  probability double precision,
  referred varchar, -- person_name
  street varchar, -- address
  zip varchar -- postal_code
);
CREATE TABLE product_template (
  id serial PRIMARY KEY,
  name varchar,
  default_code varchar,
  description_sale text,
  list_price numeric,
  tracking varchar,
  hs_code varchar
);
CREATE TABLE ir_attachment (
  id serial PRIMARY KEY,
  name varchar,
  store_fname varchar,
  checksum varchar(40),
  mimetype varchar,
  index_content text, -- free_text
  access_token varchar -- secret_token
);
CREATE TABLE party_contact_mechanism (
  id serial PRIMARY KEY,
  type varchar,
  value varchar, -- phone
  value_compact varchar, -- phone
  comment text, -- free_text
  party integer
);
CREATE TABLE llx_socpeople (
  rowid serial PRIMARY KEY,
  datec timestamp,
  tms timestamp,
  fk_soc integer,
  entity integer,
  ref_ext varchar(255),
  civility varchar(6),
  lastname varchar(50), -- person_name
  firstname varchar(50), -- person_name
  address varchar(255), -- address
  zip varchar(25), -- postal_code
  town varchar(255), -- city
  poste varchar(255),
  phone_perso varchar(30), -- phone
  phone_mobile varchar(30), -- phone
  fax varchar(30), -- phone
  socialnetworks text, -- json_may_contain_pii
  note_private text, -- free_text
  note_public text, -- free_text
  birthday date, -- birth_date
  photo varchar(255), -- url_profile
  import_key varchar(14)
);
CREATE TABLE llx_societe (
  rowid serial PRIMARY KEY,
  nom varchar(128),
  name_alias varchar(128),
  code_client varchar(24),
  code_compta varchar(24),
  siren varchar(128), -- national_id
  idprof5 varchar(128), -- national_id
  tva_intra varchar(20), -- national_id
  url varchar(255), -- url_profile
  capital numeric(24,8),
  fk_user_creat integer,
  webservices_key varchar(128) -- secret_token
);
CREATE TABLE c_bpartner_location (
  c_bpartner_location_id numeric(10,0) PRIMARY KEY,
  isactive char(1),
  created timestamp,
  createdby numeric(10,0),
  name varchar(60),
  phone varchar(40), -- phone
  phone2 varchar(40), -- phone
  isdn varchar(40), -- phone
  isshipto char(1)
);
CREATE TABLE ad_user (
  ad_user_id numeric(10,0) PRIMARY KEY,
  name varchar(60), -- person_name
  email varchar(60), -- email
  emailuser varchar(60), -- username
  emailuserpw varchar(1024), -- password_hash
  ldapuser varchar(60), -- username
  comments varchar(2000), -- free_text
  lastresult varchar(255),
  isfullbpaccess char(1)
);
