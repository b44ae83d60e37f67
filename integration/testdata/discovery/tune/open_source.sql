-- Habits of well-known open-source programs on PostgreSQL: names as they are found there.
CREATE TABLE actor_usr (
  id serial PRIMARY KEY,
  card integer,
  usrname text, -- username
  email text, -- email
  passwd text, -- password_hash
  ident_type integer,
  ident_value text, -- national_id
  ident_value2 text, -- national_id
  photo_url text, -- url_profile
  prefix text,
  first_given_name text, -- person_name
  second_given_name text, -- person_name
  family_name text, -- person_name
  suffix text,
  guardian text, -- person_name
  day_phone text, -- phone
  evening_phone text, -- phone
  other_phone text, -- phone
  dob date, -- birth_date
  credit_forward_balance numeric(6,2),
  alert_message text, -- free_text
  claims_returned_count integer
);
CREATE TABLE actor_usr_address (
  id serial PRIMARY KEY,
  address_type text,
  street1 text, -- address
  street2 text, -- address
  city text, -- city
  county text,
  state text,
  country text,
  post_code text -- postal_code
);
CREATE TABLE ous_user_ips (
  user_id text,
  access_token text, -- secret_token
  device_id text,
  ip text, -- ip
  user_agent text,
  last_seen bigint
);
CREATE TABLE profiles (
  user_id text,
  displayname text, -- person_name
  avatar_url text -- url_profile
);
CREATE TABLE user_threepids (
  user_id text,
  medium text,
  address text, -- email
  validated_at bigint
);
CREATE TABLE federated_identity (
  identity_provider varchar(255),
  realm_id varchar(36),
  federated_user_id varchar(255),
  federated_username varchar(255), -- username
  token text, -- secret_token
  user_id varchar(36)
);
CREATE TABLE eperson (
  eperson_id integer PRIMARY KEY,
  email varchar(64), -- email
  password varchar(128), -- password_hash
  salt varchar(32), -- secret_token
  digest_algorithm varchar(16),
  netid varchar(64), -- username
  sub_frequency integer,
  last_active timestamp
);
CREATE TABLE redmine_users (
  id serial PRIMARY KEY,
  login varchar, -- username
  hashed_password varchar(40), -- password_hash
  firstname varchar(30), -- person_name
  lastname varchar(255), -- person_name
  admin boolean,
  mail_notification varchar,
  salt varchar(64), -- secret_token
  identity_url varchar, -- url_profile
  language varchar(5)
);
CREATE TABLE auth_sources (
  id serial PRIMARY KEY,
  name varchar(60),
  host varchar(60),
  port integer,
  account varchar, -- username
  account_password varchar, -- secret_token
  base_dn varchar(255),
  attr_login varchar(30),
  attr_mail varchar(30)
);
CREATE TABLE journals (
  id serial PRIMARY KEY,
  notes text, -- free_text
  journalized_type varchar(30),
  created_on timestamp
);
CREATE TABLE time_entries (
  id serial PRIMARY KEY,
  hours double precision,
  comments varchar(1024), -- free_text
  spent_on date,
  tweek integer
);
CREATE TABLE discourse_users (
  id serial PRIMARY KEY,
  username varchar(60), -- username
  username_lower varchar(60), -- username
  name varchar, -- person_name
  password_hash varchar(64), -- password_hash
  salt varchar(32), -- secret_token
  ip_address inet, -- ip
  registration_ip_address inet, -- ip
  flair_group_id integer,
  title varchar,
  trust_level integer,
  date_of_birth date, -- birth_date
  suspended_till timestamp,
  secure_identifier varchar,
  views integer
);
CREATE TABLE user_profiles (
  user_id integer PRIMARY KEY,
  location varchar, -- city
  website varchar, -- url_profile
  bio_raw text, -- free_text
  bio_cooked text, -- free_text
  profile_background_upload_id integer,
  dismissed_banner_key integer
);
CREATE TABLE incoming_emails (
  id serial PRIMARY KEY,
  raw text, -- free_text
  error text,
  message_id text,
  from_address text, -- email
  to_addresses text, -- email
  cc_addresses text, -- email
  subject text, -- free_text
  rejection_message text, -- free_text
  is_bounce boolean
);
CREATE TABLE screened_ip_addresses (
  id serial PRIMARY KEY,
  ip_address inet, -- ip
  action_type integer,
  match_count integer
);
CREATE TABLE kivitendo_customer (
  id serial PRIMARY KEY,
  name text, -- person_name
  department_1 text,
  street text, -- address
  zipcode text, -- postal_code
  city text, -- city
  country text,
  contact text, -- person_name
  phone text, -- phone
  fax text, -- phone
  homepage text, -- url_profile
  email text, -- email
  notes text, -- free_text
  discount real,
  taxnumber text, -- national_id
  account_number text, -- iban
  bank_code text,
  bank text,
  language text,
  ustid text, -- national_id
  iban varchar(100), -- iban
  bic varchar(100),
  username text, -- username
  user_password text, -- password_hash
  greeting text,
  depositor text, -- person_name
  gln text
);
CREATE TABLE contacts_cp (
  cp_id serial PRIMARY KEY,
  cp_title text,
  cp_givenname text, -- person_name
  cp_name text, -- person_name
  cp_email text, -- email
  cp_phone1 text, -- phone
  cp_mobile1 text, -- phone
  cp_satphone text, -- phone
  cp_satfax text, -- phone
  cp_privatphone text, -- phone
  cp_privatemail text, -- email
  cp_birthday date, -- birth_date
  cp_gender char(1),
  cp_street text, -- address
  cp_zipcode text, -- postal_code
  cp_city text, -- city
  cp_position text
);
CREATE TABLE v_xml_cdr (
  uuid uuid PRIMARY KEY,
  direction text,
  caller_id_name text, -- person_name
  caller_id_number text, -- phone
  destination_number text, -- phone
  source_number text, -- phone
  start_stamp timestamp,
  billsec numeric,
  remote_media_ip text, -- ip
  network_addr text, -- ip
  hangup_cause text,
  json jsonb, -- json_may_contain_pii
  pin_number text, -- secret_token
  record_path text
);
CREATE TABLE v_extensions (
  extension_uuid uuid PRIMARY KEY,
  extension text,
  password text, -- password_hash
  effective_caller_id_name text, -- person_name
  effective_caller_id_number text, -- phone
  emergency_caller_id_number text, -- phone
  directory_first_name text, -- person_name
  directory_last_name text, -- person_name
  user_context text,
  toll_allow text
);
CREATE TABLE grafana_user (
  id serial PRIMARY KEY,
  version integer,
  login varchar(190), -- username
  email varchar(190), -- email
  name varchar(255), -- person_name
  password varchar(255), -- password_hash
  salt varchar(50), -- secret_token
  rands varchar(50), -- secret_token
  company varchar(255),
  theme varchar(255),
  help_flags1 bigint
);
CREATE TABLE zulip_realm (
  id serial PRIMARY KEY,
  string_id varchar(40),
  name varchar(40),
  description text, -- free_text
  default_language varchar(50),
  org_type smallint
);
CREATE TABLE zerver_userprofile (
  id serial PRIMARY KEY,
  password varchar(128), -- password_hash
  delivery_email varchar(254), -- email
  email varchar(254), -- email
  full_name varchar(100), -- person_name
  date_joined timestamptz,
  api_key varchar(32), -- secret_token
  tos_version varchar(10),
  timezone varchar(40),
  avatar_source varchar(1),
  avatar_hash varchar(64),
  zoom_token jsonb -- secret_token
);
CREATE TABLE chatwoot_contacts (
  id serial PRIMARY KEY,
  name varchar, -- person_name
  email varchar, -- email
  phone_number varchar, -- phone
  additional_attributes jsonb, -- json_may_contain_pii
  identifier varchar, -- national_id
  custom_attributes jsonb, -- json_may_contain_pii
  last_activity_at timestamp,
  location varchar, -- city
  middle_name varchar, -- person_name
  contact_type integer
);
CREATE TABLE listmonk_subscribers (
  id serial PRIMARY KEY,
  uuid uuid,
  email text, -- email
  name text, -- person_name
  attribs jsonb, -- json_may_contain_pii
  status text
);
CREATE TABLE monica_contacts (
  id serial PRIMARY KEY,
  first_name varchar, -- person_name
  nickname varchar, -- username
  food_preferences text, -- free_text
  job varchar,
  how_you_met text, -- free_text
  description varchar, -- free_text
  linkedin_profile_url varchar, -- url_profile
  default_avatar_color varchar,
  stay_in_touch_frequency integer
);
CREATE TABLE pretix_orderposition (
  id serial PRIMARY KEY,
  positionid integer,
  price numeric(10,2),
  attendee_name_cached varchar(255), -- person_name
  attendee_name_parts jsonb, -- json_may_contain_pii
  attendee_email varchar(254), -- email
  company varchar(255),
  street text, -- address
  zipcode varchar(30), -- postal_code
  city varchar(255), -- city
  secret varchar(255), -- secret_token
  pseudonymization_id varchar(16)
);
CREATE TABLE spree_payments (
  id serial PRIMARY KEY,
  amount numeric(10,2),
  response_code varchar,
  avs_response varchar,
  cvv_response_code varchar,
  number varchar
);
CREATE TABLE suite_leads (
  id varchar(36) PRIMARY KEY,
  salutation varchar(255),
  first_name varchar(100), -- person_name
  phone_work varchar(100), -- phone
  phone_fax varchar(100), -- phone
  lawful_basis text,
  alt_address_street varchar(150), -- address
  alt_address_postalcode varchar(20), -- postal_code
  refered_by varchar(100), -- person_name
  opportunity_amount varchar(50),
  account_description text, -- free_text
  portal_name varchar(255),
  webtolead_email1 varchar(100) -- email
);
CREATE TABLE gnuhealth_patient (
  id serial PRIMARY KEY,
  puid varchar, -- national_id
  family_doctor varchar, -- person_name
  critical_info text, -- free_text
  general_info text, -- free_text
  blood_type varchar,
  rh varchar,
  deceased boolean,
  dod timestamp,
  cod varchar
);
CREATE TABLE c_location (
  c_location_id numeric(10,0) PRIMARY KEY,
  address1 varchar(60), -- address
  address2 varchar(60), -- address
  city varchar(60), -- city
  postal varchar(10), -- postal_code
  postal_add varchar(10), -- postal_code
  regionname varchar(40)
);
CREATE TABLE c_bp_bankaccount (
  id serial PRIMARY KEY,
  routingno varchar(20),
  accountno varchar(20), -- iban
  creditcardtype char(1),
  creditcardnumber varchar(20), -- credit_card
  creditcardvv varchar(4), -- credit_card
  a_name varchar(60), -- person_name
  a_street varchar(60), -- address
  a_city varchar(60), -- city
  a_zip varchar(20), -- postal_code
  a_ident_dl varchar(20), -- national_id
  a_ident_ssn varchar(20), -- national_id
  a_email varchar(60) -- email
);
CREATE TABLE saleor_order (
  id uuid PRIMARY KEY,
  tracking_client_id varchar(36),
  user_email varchar(254), -- email
  token varchar(36), -- secret_token
  customer_note text, -- free_text
  metadata jsonb, -- json_may_contain_pii
  checkout_token varchar(36), -- secret_token
  display_gross_prices boolean
);
CREATE TABLE sentry_user (
  id bigserial PRIMARY KEY,
  username varchar(128), -- username
  first_name varchar(200), -- person_name
  session_nonce varchar(12), -- secret_token
  flags bigint,
  last_password_change timestamptz
);
CREATE TABLE sentry_groupedmessage (
  id bigserial PRIMARY KEY,
  logger varchar(64),
  level integer,
  message text, -- free_text
  culprit varchar(200),
  platform varchar(64),
  times_seen integer
);
CREATE TABLE lemmy_person (
  id serial PRIMARY KEY,
  name varchar(255), -- username
  display_name varchar(255), -- person_name
  avatar text, -- url_profile
  bio text, -- free_text
  actor_id varchar(255), -- url_profile
  private_key text, -- secret_token
  public_key text,
  banner text, -- url_profile
  matrix_user_id text, -- username
  instance_id integer
);
CREATE TABLE lemmy_registration_application (
  id serial PRIMARY KEY,
  answer text, -- free_text
  deny_reason text, -- free_text
  published timestamptz
);
CREATE TABLE galette_logs (
  id_log serial PRIMARY KEY,
  date_log timestamp,
  ip_log varchar(46), -- ip
  adh_log varchar(255), -- username
  text_log text, -- free_text
  action_log text,
  sql_log text
);
CREATE TABLE snipe_users (
  id serial PRIMARY KEY,
  employee_num varchar,
  jobtitle varchar,
  persist_code varchar, -- secret_token
  gravatar varchar, -- url_profile
  ldap_import boolean,
  skin varchar
);
CREATE TABLE netbox_contact (
  id serial PRIMARY KEY,
  name varchar(100), -- person_name
  title varchar(100),
  phone varchar(50), -- phone
  email varchar(254), -- email
  address varchar(200), -- address
  link varchar(200) -- url_profile
);
CREATE TABLE netbox_site (
  id serial PRIMARY KEY,
  name varchar(100),
  facility varchar(50),
  physical_address varchar(200), -- address
  shipping_address varchar(200), -- address
  latitude numeric(8,6), -- geo
  asn bigint,
  contact_name varchar(50), -- person_name
  contact_phone varchar(20), -- phone
  comments text -- free_text
);
CREATE TABLE jira_cwd_user (
  id numeric(18,0) PRIMARY KEY,
  user_name varchar(255), -- username
  lower_user_name varchar(255), -- username
  first_name varchar(255), -- person_name
  lower_first_name varchar(255), -- person_name
  lower_email_address varchar(255), -- email
  credential varchar(255), -- password_hash
  external_id varchar(255)
);
CREATE TABLE jiraissue (
  id numeric(18,0) PRIMARY KEY,
  pkey varchar(255),
  reporter varchar(255), -- username
  assignee varchar(255), -- username
  creator varchar(255), -- username
  summary varchar(255), -- free_text
  description text, -- free_text
  environment text,
  priority varchar(255),
  votes numeric(18,0)
);
CREATE TABLE jiraaction (
  id numeric(18,0) PRIMARY KEY,
  author varchar(255), -- person_name
  actiontype varchar(255),
  actionlevel varchar(255),
  actionbody text, -- free_text
  updateauthor varchar(255) -- person_name
);
CREATE TABLE ldap_oauth2_clients (
  client_id varchar(255) PRIMARY KEY,
  client_secret varchar(255), -- secret_token
  redirect_uris text,
  grant_types text,
  client_name varchar(255),
  contacts text,
  jwks text
);
