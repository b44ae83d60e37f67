-- Hosted-PostgreSQL start-ups in English: clinics, schools, tours, clubs, HR, as they name columns today.
CREATE TABLE patients (
  patient_id integer PRIMARY KEY,
  middle_name varchar, -- person_name
  date_of_birth date, -- birth_date
  marital_status varchar,
  occupation varchar,
  lmp varchar,
  menopause_age integer,
  contact_number varchar, -- phone
  address text, -- address
  medical_history text, -- free_text
  surgical_history text, -- free_text
  allergies text, -- free_text
  alcoholic_intake varchar,
  smoking_history varchar,
  emergency_contact_name varchar, -- person_name
  emergency_contact_relationship varchar,
  emergency_contact_phone varchar, -- phone
  emergency_contact_address text, -- address
  guardian_name varchar, -- person_name
  guardian_relationship varchar,
  guardian_phone varchar, -- phone
  profile_picture text, -- url_profile
  insurance_provider varchar(100),
  insurance_number varchar(100), -- national_id
  smoker_status varchar
);
CREATE TABLE clinician_other_details (
  id uuid PRIMARY KEY,
  national_insurance_number varchar, -- national_id
  bank_sort_code varchar,
  bank_account_number varchar, -- iban
  bank_account_name varchar, -- person_name
  tax_reference varchar, -- national_id
  notice_period varchar,
  additional_terms text
);
CREATE TABLE contracts (
  id uuid PRIMARY KEY,
  code varchar(30),
  template varchar(50),
  signer_type varchar(20),
  signer_name varchar(100), -- person_name
  signer_id_number varchar(20), -- national_id
  signer_phone varchar(30), -- phone
  signer_address text, -- address
  company_name varchar(200),
  company_tax_id varchar(20), -- national_id
  company_representative varchar(100), -- person_name
  company_address text, -- address
  member_ids uuid[],
  contract_data jsonb, -- json_may_contain_pii
  sent_via varchar(20),
  sent_to varchar(200), -- email
  signature_image text,
  signature_ip varchar(50), -- ip
  signature_user_agent text,
  deleted_reason text -- free_text
);
CREATE TABLE students (
  id uuid PRIMARY KEY,
  username varchar(255), -- username
  profile_picture_url varchar(500), -- url_profile
  birthdate date, -- birth_date
  school_year varchar(50),
  student_id varchar(50),
  major varchar(100),
  university_name varchar(255),
  faculty_name varchar(255),
  address_line1 varchar(255), -- address
  github_url varchar(500), -- url_profile
  personal_website varchar(500), -- url_profile
  notification_preferences json, -- json_may_contain_pii
  qr_code_token varchar(255) -- secret_token
);
CREATE TABLE employees_old (
  employee_number varchar(32),
  name varchar(64), -- person_name
  department varchar(64),
  position varchar(64),
  id_card varchar(18), -- national_id
  domain_account varchar(64), -- username
  native_place varchar(64), -- city
  political_status varchar(32),
  household_type varchar(16),
  birth_year integer, -- birth_date
  school varchar(128),
  id_card_expiry varchar(32),
  id_card_address varchar(200), -- address
  qualifications json -- json_may_contain_pii
);
CREATE TABLE player (
  id uuid PRIMARY KEY,
  f_name text, -- person_name
  l_name text, -- person_name
  handicap real,
  shirt_size varchar(10),
  dietary_restrictions text, -- free_text
  profile_image_url text, -- url_profile
  ghin_number bigint,
  ghin_club text
);
CREATE TABLE steam_users (
  id integer PRIMARY KEY,
  name varchar, -- person_name
  uid varchar,
  email varchar, -- email
  real_name varchar, -- person_name
  real_middle_name varchar, -- person_name
  real_last_name varchar, -- person_name
  facebook_link varchar, -- url_profile
  description text -- free_text
);
CREATE TABLE vnc_sessions (
  id uuid PRIMARY KEY,
  auth_token varchar(255), -- secret_token
  port varchar(255),
  host varchar(255)
);
CREATE TABLE user_credentials (
  id uuid PRIMARY KEY,
  token text, -- secret_token
  secret text, -- secret_token
  extra_details jsonb -- json_may_contain_pii
);
CREATE TABLE paramedics (
  id uuid PRIMARY KEY,
  full_name varchar(255), -- person_name
  national_id varchar(50), -- national_id
  station varchar(100),
  license_number varchar(100) -- national_id
);
CREATE TABLE prescriptions (
  id uuid PRIMARY KEY,
  dosage varchar(100),
  frequency varchar(100),
  notes text -- free_text
);
CREATE TABLE bookings (
  id uuid PRIMARY KEY,
  customer_name text, -- person_name
  customer_email text, -- email
  customer_phone text, -- phone
  pickup_location text, -- address
  dropoff_address text, -- address
  pickup_lat numeric, -- geo
  pickup_lng numeric, -- geo
  special_requests text, -- free_text
  driver_notes text, -- free_text
  payment_intent_id text,
  stripe_session_id text,
  cancellation_reason text, -- free_text
  vehicle_plate varchar(20),
  total_price numeric
);
CREATE TABLE profiles (
  id uuid PRIMARY KEY,
  full_name text, -- person_name
  avatar_url text, -- url_profile
  website text, -- url_profile
  company text,
  phone text, -- phone
  onboarding_step text,
  referral_code text,
  headline text, -- free_text
  location text, -- city
  resume_url text, -- url_profile
  date_of_joining date
);
CREATE TABLE waitlist (
  id uuid PRIMARY KEY,
  email text, -- email
  name text, -- person_name
  source text,
  utm_campaign text,
  ip_hash text -- ip
);
CREATE TABLE messages (
  id uuid PRIMARY KEY,
  sender_id uuid,
  content text, -- free_text
  attachment_url text,
  message_type text,
  metadata jsonb -- json_may_contain_pii
);
CREATE TABLE support_tickets (
  id uuid PRIMARY KEY,
  requester_name text, -- person_name
  requester_email text, -- email
  subject text, -- free_text
  body text, -- free_text
  internal_notes text, -- free_text
  satisfaction_comment text, -- free_text
  assigned_team text,
  tags text[]
);
CREATE TABLE vendors (
  id uuid PRIMARY KEY,
  vendor_name text,
  contact_person text, -- person_name
  contact_email text, -- email
  gst_number text, -- national_id
  pan_number text, -- national_id
  bank_name text,
  ifsc_code text,
  account_number text, -- iban
  account_holder_name text, -- person_name
  address_line_1 text, -- address
  pincode text, -- postal_code
  state text
);
CREATE TABLE devices (
  id uuid PRIMARY KEY,
  device_id text,
  fcm_token text, -- secret_token
  os_version text,
  app_version text,
  imei text, -- national_id
  last_known_location point, -- geo
  ip_address inet, -- ip
  wifi_ssid text,
  bluetooth_mac text -- mac
);
CREATE TABLE payments (
  id uuid PRIMARY KEY,
  card_holder text, -- person_name
  card_number_masked text, -- credit_card
  card_expiry text,
  billing_zip text, -- postal_code
  billing_street text, -- address
  payer_email text, -- email
  payer_name text, -- person_name
  receipt_url text,
  gateway_response jsonb, -- json_may_contain_pii
  failure_message text -- free_text
);
CREATE TABLE integrations (
  id uuid PRIMARY KEY,
  provider text,
  api_key_encrypted text, -- secret_token
  webhook_secret text, -- secret_token
  config jsonb, -- json_may_contain_pii
  smtp_host text,
  smtp_user text, -- username
  smtp_password text, -- secret_token
  oauth_state text, -- secret_token
  base_url text
);
CREATE TABLE audit_trail (
  id bigint PRIMARY KEY,
  table_name text,
  record_pk text,
  performed_by text, -- username
  client_addr inet, -- ip
  query text,
  row_before jsonb, -- json_may_contain_pii
  row_after jsonb -- json_may_contain_pii
);
CREATE TABLE donations (
  id uuid PRIMARY KEY,
  donor_name text, -- person_name
  donor_message text, -- free_text
  in_honor_of text, -- person_name
  amount numeric,
  anonymous boolean
);
CREATE TABLE properties (
  id uuid PRIMARY KEY,
  title text,
  street_address text, -- address
  city text, -- city
  zip text, -- postal_code
  parcel_number text,
  owner_name text, -- person_name
  owner_mailing_address text, -- address
  geom point -- geo
);
