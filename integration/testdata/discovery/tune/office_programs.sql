-- Office programs as published: members, users and parties of one from France, ledger, parties and authorities of one from Germany, channels of a helpdesk.
CREATE TABLE llx_adherent (
  rowid serial PRIMARY KEY,
  entity integer,
  ref_ext varchar(128),
  gender varchar(10),
  civility varchar(6),
  lastname varchar(50), -- person_name
  firstname varchar(50), -- person_name
  login varchar(50), -- username
  pass varchar(50), -- password_hash
  pass_crypted varchar(128), -- password_hash
  fk_adherent_type integer,
  morphy varchar(3),
  societe varchar(128),
  fk_soc integer,
  address text, -- address
  zip varchar(30), -- postal_code
  town varchar(50), -- city
  state_id integer,
  country integer,
  email varchar(255), -- email
  skype varchar(255), -- username
  twitter varchar(255), -- username
  facebook varchar(255), -- url_profile
  linkedin varchar(255), -- url_profile
  instagram varchar(255), -- username
  snapchat varchar(255), -- username
  googleplus varchar(255), -- url_profile
  youtube varchar(255), -- url_profile
  whatsapp varchar(255), -- phone
  phone varchar(30), -- phone
  phone_perso varchar(30), -- phone
  phone_mobile varchar(30), -- phone
  birth date, -- birth_date
  photo varchar(255), -- url_profile
  statut smallint,
  public smallint,
  datefin timestamp,
  note_private text, -- free_text
  note_public text, -- free_text
  model_pdf varchar(255),
  datevalid timestamp,
  datec timestamp,
  tms timestamp,
  fk_user_author integer,
  fk_user_mod integer,
  canvas varchar(32),
  import_key varchar(14)
);
CREATE TABLE llx_user (
  rowid serial PRIMARY KEY,
  entity integer,
  ref_ext varchar(50),
  ref_int varchar(50),
  employee smallint,
  fk_establishment integer,
  datec timestamp,
  tms timestamp,
  fk_user_creat integer,
  login varchar(50), -- username
  pass_encoding varchar(24),
  pass varchar(128), -- password_hash
  pass_crypted varchar(128), -- password_hash
  pass_temp varchar(128), -- password_hash
  api_key varchar(128), -- secret_token
  gender varchar(10),
  civility varchar(6),
  lastname varchar(50), -- person_name
  firstname varchar(50), -- person_name
  address varchar(255), -- address
  zip varchar(25), -- postal_code
  town varchar(50), -- city
  fk_state integer,
  fk_country integer,
  birth date, -- birth_date
  job varchar(128),
  office_phone varchar(20), -- phone
  office_fax varchar(20), -- phone
  user_mobile varchar(20), -- phone
  personal_mobile varchar(20), -- phone
  email varchar(255), -- email
  personal_email varchar(255), -- email
  socialnetworks text, -- json_may_contain_pii
  jabberid varchar(255), -- username
  signature text, -- free_text
  admin smallint,
  module_comm smallint,
  module_compta smallint,
  fk_soc integer,
  fk_member integer,
  note_public text, -- free_text
  note text, -- free_text
  datelastlogin timestamp,
  datepreviouslogin timestamp,
  iplastlogin varchar(250), -- ip
  ippreviouslogin varchar(250), -- ip
  egroupware_id integer,
  ldap_sid varchar(255),
  openid varchar(255), -- username
  lang varchar(6),
  color varchar(6),
  barcode varchar(255),
  accountancy_code varchar(32),
  nb_holiday integer,
  thm double precision,
  salary double precision,
  salaryextra double precision,
  dateemployment date,
  dateemploymentend date,
  weeklyhours double precision
);
CREATE TABLE llx_societe_rest (
  rowid serial PRIMARY KEY,
  code_client varchar(24),
  code_fournisseur varchar(24),
  tp_payment_reference varchar(25),
  code_compta varchar(32),
  geolat double precision, -- geo
  geolong double precision, -- geo
  geopoint point, -- geo
  georesultcode varchar(16),
  fax varchar(30), -- phone
  url varchar(255), -- url_profile
  fk_forme_juridique integer,
  ape varchar(128),
  capital double precision,
  prefix_comm varchar(5),
  client smallint,
  fournisseur smallint,
  supplier_account varchar(32),
  location_incoterms varchar(255),
  customer_bad smallint,
  remise_client real,
  mode_reglement smallint,
  cond_reglement smallint,
  tva_assuj smallint,
  outstanding_limit double precision,
  default_lang varchar(6),
  logo varchar(255),
  webservices_url varchar(255),
  webservices_key varchar(128), -- secret_token
  multicurrency_code varchar(3),
  ip varchar(250) -- ip
);
CREATE TABLE gl (
  id serial PRIMARY KEY,
  reference text,
  description text,
  transdate date,
  gldate date,
  employee_id integer,
  notes text, -- free_text
  department_id integer,
  taxincluded boolean,
  itime timestamp,
  mtime timestamp
);
CREATE TABLE chart (
  id serial PRIMARY KEY,
  accno text,
  description text,
  charttype char(1),
  category char(1),
  link text,
  gifi_accno text,
  taxkey_id integer,
  pos_ustva integer,
  pos_bwa integer,
  datevautomatik boolean
);
CREATE TABLE datev (
  beraternr varchar(7),
  beratername varchar(9), -- person_name
  mandantennr varchar(5),
  dfvkz varchar(2),
  datentraegernr varchar(3),
  abrechnungsnr varchar(6)
);
CREATE TABLE parts (
  id serial PRIMARY KEY,
  partnumber text,
  description text,
  unit varchar(10),
  listprice numeric(15,5),
  sellprice numeric(15,5),
  lastcost numeric(15,5),
  priceupdate date,
  weight real,
  onhand real,
  notes text, -- free_text
  makemodel boolean,
  bin text,
  image text,
  drawing text,
  microfiche text,
  ve integer,
  gv numeric(15,5)
);
CREATE TABLE audittrail (
  trans_id integer,
  tablename text,
  reference text,
  formname text,
  action text,
  transdate timestamp,
  employee_id integer
);
CREATE TABLE invoice (
  id serial PRIMARY KEY,
  trans_id integer,
  parts_id integer,
  description text,
  qty real,
  allocated real,
  sellprice numeric(15,5),
  fxsellprice numeric(15,5),
  discount real,
  deliverydate date,
  serialnumber text,
  ordnumber text,
  transdate text,
  cusordnumber text
);
CREATE TABLE vendor (
  id serial PRIMARY KEY,
  name varchar(75),
  department_1 varchar(75),
  department_2 varchar(75),
  street varchar(75), -- address
  zipcode varchar(10), -- postal_code
  city varchar(75), -- city
  country varchar(75),
  contact varchar(75), -- person_name
  phone varchar(30), -- phone
  fax varchar(30), -- phone
  homepage text, -- url_profile
  email text, -- email
  notes text, -- free_text
  terms smallint,
  vendornumber text,
  cc text, -- email
  bcc text, -- email
  gifi_accno text,
  business_id integer,
  taxnumber text, -- national_id
  sic_code text,
  creditlimit numeric(15,5),
  account_number varchar(15), -- iban
  bank_code varchar(10),
  bank text,
  language varchar(5),
  datevexport integer,
  obsolete boolean,
  ustid varchar(12), -- national_id
  username varchar(50), -- username
  user_password varchar(12), -- password_hash
  salesman_id integer,
  v_customer_id text
);
CREATE TABLE employee (
  id serial PRIMARY KEY,
  login text, -- username
  name varchar(35), -- person_name
  addr1 varchar(35), -- address
  addr2 varchar(35), -- address
  addr3 varchar(35), -- address
  addr4 varchar(35), -- address
  workphone varchar(20), -- phone
  homephone varchar(20), -- phone
  startdate date,
  enddate date,
  notes text, -- free_text
  role text,
  sales boolean
);
CREATE TABLE shipto (
  trans_id integer,
  shiptoname varchar(75), -- person_name
  shiptodepartment_1 varchar(75),
  shiptodepartment_2 varchar(75),
  shiptostreet varchar(75), -- address
  shiptozipcode varchar(75), -- postal_code
  shiptocity varchar(75), -- city
  shiptocountry varchar(75),
  shiptocontact varchar(75), -- person_name
  shiptophone varchar(30), -- phone
  shiptofax varchar(30), -- phone
  shiptoemail text -- email
);
CREATE TABLE oe (
  id serial PRIMARY KEY,
  ordnumber text,
  transdate date,
  amount numeric(15,5),
  netamount numeric(15,5),
  reqdate date,
  shippingpoint text,
  notes text, -- free_text
  curr char(3),
  closed boolean,
  quotation boolean,
  quonumber text,
  cusordnumber text,
  intnotes text, -- free_text
  shipvia text
);
CREATE TABLE finanzamt (
  fa_land_nr text,
  fa_bufa_nr text,
  fa_name text,
  fa_strasse text, -- address
  fa_plz text, -- postal_code
  fa_ort text, -- city
  fa_telefon text, -- phone
  fa_fax text, -- phone
  fa_plz_grosskunden text, -- postal_code
  fa_plz_postfach text, -- postal_code
  fa_postfach text, -- address
  fa_blz_1 text,
  fa_kontonummer_1 text, -- iban
  fa_bankbezeichnung_1 text,
  fa_oeffnungszeiten text,
  fa_email text, -- email
  fa_internet text -- url_profile
);
CREATE TABLE license (
  id serial PRIMARY KEY,
  parts_id integer,
  customer_id integer,
  comment text, -- free_text
  validuntil date,
  issuedate date,
  quantity integer,
  licensenumber text -- secret_token
);
CREATE TABLE agent_bots (
  id bigserial PRIMARY KEY,
  name varchar,
  description varchar,
  outgoing_url varchar,
  account_id bigint,
  bot_type integer,
  bot_config jsonb
);
CREATE TABLE attachments (
  id serial PRIMARY KEY,
  file_type integer,
  external_url varchar,
  coordinates_lat double precision, -- geo
  coordinates_long double precision, -- geo
  message_id integer,
  fallback_title varchar,
  extension varchar,
  meta jsonb
);
CREATE TABLE audits (
  id bigserial PRIMARY KEY,
  auditable_id bigint,
  auditable_type varchar,
  user_type varchar,
  username varchar, -- username
  action varchar,
  audited_changes jsonb, -- json_may_contain_pii
  version integer,
  comment varchar, -- free_text
  remote_address varchar, -- ip
  request_uuid varchar
);
CREATE TABLE campaigns (
  id bigserial PRIMARY KEY,
  display_id integer,
  title varchar,
  description text,
  message text,
  sender_id integer,
  trigger_rules jsonb,
  audience jsonb,
  scheduled_at timestamp,
  template_params jsonb
);
CREATE TABLE canned_responses (
  id serial PRIMARY KEY,
  short_code varchar,
  content text
);
CREATE TABLE channel_api (
  id bigserial PRIMARY KEY,
  webhook_url varchar,
  identifier varchar,
  hmac_token varchar, -- secret_token
  hmac_mandatory boolean,
  additional_attributes jsonb
);
CREATE TABLE channel_email (
  id bigserial PRIMARY KEY,
  email varchar, -- email
  forward_to_email varchar, -- email
  imap_enabled boolean,
  imap_address varchar,
  imap_port integer,
  imap_login varchar, -- username
  imap_password varchar, -- secret_token
  imap_enable_ssl boolean,
  smtp_address varchar,
  smtp_port integer,
  smtp_login varchar, -- username
  smtp_password varchar, -- secret_token
  smtp_domain varchar,
  smtp_enable_starttls_auto boolean,
  smtp_authentication varchar,
  smtp_openssl_verify_mode varchar,
  provider_config jsonb,
  provider varchar
);
CREATE TABLE channel_facebook_pages (
  id serial PRIMARY KEY,
  page_id varchar,
  user_access_token varchar, -- secret_token
  page_access_token varchar, -- secret_token
  instagram_id varchar
);
CREATE TABLE channel_line (
  id bigserial PRIMARY KEY,
  line_channel_id varchar,
  line_channel_secret varchar, -- secret_token
  line_channel_token varchar -- secret_token
);
CREATE TABLE channel_telegram (
  id bigserial PRIMARY KEY,
  bot_name varchar,
  bot_token varchar -- secret_token
);
CREATE TABLE channel_twilio_sms (
  id bigserial PRIMARY KEY,
  phone_number varchar, -- phone
  auth_token varchar, -- secret_token
  account_sid varchar,
  medium integer,
  messaging_service_sid varchar,
  api_key_sid varchar
);
CREATE TABLE channel_twitter_profiles (
  id bigserial PRIMARY KEY,
  profile_id varchar,
  twitter_access_token varchar, -- secret_token
  twitter_access_token_secret varchar, -- secret_token
  tweets_enabled boolean
);
CREATE TABLE channel_web_widgets (
  id serial PRIMARY KEY,
  website_url varchar,
  website_token varchar, -- secret_token
  widget_color varchar,
  welcome_title varchar,
  welcome_tagline varchar,
  reply_time integer,
  hmac_token varchar, -- secret_token
  pre_chat_form_options jsonb
);
CREATE TABLE contact_inboxes (
  id bigserial PRIMARY KEY,
  contact_id bigint,
  inbox_id bigint,
  source_id varchar,
  hmac_verified boolean,
  pubsub_token varchar -- secret_token
);
CREATE TABLE contacts (
  id serial PRIMARY KEY,
  name varchar, -- person_name
  email varchar, -- email
  phone_number varchar, -- phone
  account_id integer,
  additional_attributes jsonb, -- json_may_contain_pii
  identifier varchar, -- national_id
  custom_attributes jsonb, -- json_may_contain_pii
  last_activity_at timestamp,
  contact_type integer,
  middle_name varchar, -- person_name
  last_name varchar, -- person_name
  location varchar, -- city
  country_code varchar,
  blocked boolean
);
CREATE TABLE csat_survey_responses (
  id bigserial PRIMARY KEY,
  conversation_id bigint,
  rating integer,
  feedback_message text, -- free_text
  contact_id bigint,
  assigned_agent_id bigint
);
CREATE TABLE copilot_messages (
  id bigserial PRIMARY KEY,
  copilot_thread_id bigint,
  message jsonb, -- json_may_contain_pii
  message_type integer
);
