-- Health: OpenMRS, HL7 and laboratory habits.
CREATE TABLE person (
  person_id serial PRIMARY KEY,
  gender varchar(50),
  birthdate date, -- birth_date
  birthdate_estimated smallint,
  dead smallint,
  death_date timestamp,
  cause_of_death_non_coded varchar(255), -- free_text
  birthtime time,
  creator integer,
  date_created timestamp,
  voided smallint,
  void_reason varchar(255), -- free_text
  uuid char(38)
);
CREATE TABLE person_name (
  person_name_id serial PRIMARY KEY,
  preferred smallint,
  prefix varchar(50),
  given_name varchar(50), -- person_name
  middle_name varchar(50), -- person_name
  family_name_prefix varchar(50),
  family_name varchar(50), -- person_name
  family_name2 varchar(50), -- person_name
  family_name_suffix varchar(50),
  degree varchar(50)
);
CREATE TABLE person_address (
  person_address_id serial PRIMARY KEY,
  address1 varchar(255), -- address
  address2 varchar(255), -- address
  city_village varchar(255), -- city
  state_province varchar(255),
  postal_code varchar(50), -- postal_code
  country varchar(50),
  latitude varchar(50), -- geo
  longitude varchar(50), -- geo
  county_district varchar(255), -- address
  start_date timestamp
);
CREATE TABLE patient_identifier (
  patient_identifier_id serial PRIMARY KEY,
  patient_id integer,
  identifier varchar(50), -- national_id
  identifier_type integer,
  preferred smallint,
  location_id integer
);
CREATE TABLE app_users (
  user_id serial PRIMARY KEY,
  system_id varchar(50),
  username varchar(50), -- username
  password varchar(128), -- password_hash
  salt varchar(128), -- secret_token
  secret_question varchar(255), -- secret_token
  secret_answer varchar(255), -- secret_token
  retired smallint
);
CREATE TABLE obs (
  obs_id serial PRIMARY KEY,
  concept_id integer,
  obs_datetime timestamp,
  value_coded integer,
  value_numeric double precision,
  value_text text, -- free_text
  comments varchar(255), -- free_text
  interpretation varchar(32)
);
CREATE TABLE concept (
  concept_id serial PRIMARY KEY,
  short_name varchar(255),
  description text,
  form_text text,
  datatype_id integer,
  units varchar(50)
);
CREATE TABLE patients (
  mrn varchar(20) PRIMARY KEY, -- national_id
  ssn char(11), -- national_id
  pat_last_nm varchar(50), -- person_name
  pat_first_nm varchar(50), -- person_name
  pat_mi char(1), -- person_name
  dob date, -- birth_date
  sex char(1),
  race varchar(20),
  home_ph varchar(20), -- phone
  work_ph_ext varchar(6),
  addr_ln_1 varchar(60), -- address
  addr_ln_2 varchar(60), -- address
  city_nm varchar(40), -- city
  st_cd char(2),
  zip_cd varchar(10), -- postal_code
  email_addr varchar(100), -- email
  next_of_kin varchar(80), -- person_name
  nok_phone varchar(20), -- phone
  pcp_name varchar(80), -- person_name
  npi varchar(10), -- national_id
  insurance_policy_no varchar(30), -- national_id
  payer_name varchar(60),
  admit_dt timestamp,
  chief_complaint text, -- free_text
  primary_dx varchar(10),
  blood_type varchar(3)
);
CREATE TABLE encounter_note (
  id serial PRIMARY KEY,
  provider_name varchar(80), -- person_name
  narrative text, -- free_text
  assessment text, -- free_text
  plan text, -- free_text
  icd10 varchar(8),
  signed_by varchar(80), -- person_name
  signed_at timestamp
);
CREATE TABLE lab_result (
  accession_number varchar(30) PRIMARY KEY,
  loinc_code varchar(10),
  test_name varchar(80),
  result_value varchar(40),
  reference_range varchar(40),
  abnormal_flag char(1),
  ordering_provider varchar(80), -- person_name
  specimen_type varchar(30),
  hl7_message text, -- free_text
  device_mac macaddr -- mac
);
CREATE TABLE fhir_resource (
  id uuid PRIMARY KEY,
  resource_type varchar(40),
  resource jsonb, -- json_may_contain_pii
  last_updated timestamptz
);
