-- Django: auth, sessions, a clinic's booking app and a newsletter.
CREATE TABLE auth_user (
  id serial PRIMARY KEY,
  password varchar(128) NOT NULL, -- password_hash
  last_login timestamptz,
  is_superuser boolean NOT NULL,
  username varchar(150) NOT NULL UNIQUE, -- username
  first_name varchar(150) NOT NULL, -- person_name
  last_name varchar(150) NOT NULL, -- person_name
  email varchar(254) NOT NULL, -- email
  is_staff boolean NOT NULL,
  is_active boolean NOT NULL,
  date_joined timestamptz NOT NULL
);
CREATE TABLE auth_group ( id serial PRIMARY KEY,
  name varchar(150) NOT NULL UNIQUE
);
CREATE TABLE auth_permission (
  id serial PRIMARY KEY,
  name varchar(255) NOT NULL,
  content_type_id integer NOT NULL,
  codename varchar(100) NOT NULL
);
CREATE TABLE django_content_type (
  id serial PRIMARY KEY,
  app_label varchar(100) NOT NULL,
  model varchar(100) NOT NULL
);
CREATE TABLE django_session (
  session_key varchar(40) PRIMARY KEY, -- secret_token
  session_data text NOT NULL, -- json_may_contain_pii
  expire_date timestamptz NOT NULL
);
CREATE TABLE django_admin_log (
  id serial PRIMARY KEY,
  action_time timestamptz NOT NULL,
  object_id text,
  object_repr varchar(200) NOT NULL, -- free_text
  action_flag smallint NOT NULL,
  change_message text NOT NULL, -- free_text
  user_id integer NOT NULL
);
CREATE TABLE django_migrations (
  id serial PRIMARY KEY,
  app varchar(255) NOT NULL,
  name varchar(255) NOT NULL,
  applied timestamptz NOT NULL
);
CREATE TABLE accounts_profile (
  id serial PRIMARY KEY,
  user_id integer NOT NULL UNIQUE REFERENCES auth_user,
  birth_date date, -- birth_date
  phone_number varchar(128), -- phone
  street_address_1 varchar(256), -- address
  street_address_2 varchar(256), -- address
  city varchar(256), -- city
  city_area varchar(128), -- city
  postal_code varchar(20), -- postal_code
  country varchar(2),
  country_area varchar(128),
  company_name varchar(256),
  avatar varchar(100), -- url_profile
  about_me text, -- free_text
  gender varchar(1),
  language_code varchar(35),
  jwt_token_key varchar(12), -- secret_token
  newsletter boolean
);
CREATE TABLE booking_appointment (
  id serial PRIMARY KEY,
  patient_name varchar(200), -- person_name
  patient_phone varchar(20), -- phone
  doctor varchar(100), -- person_name
  starts_at timestamptz,
  duration_minutes integer,
  reason text, -- free_text
  cancelled_reason varchar(300), -- free_text
  status varchar(20),
  confirmation_code varchar(12), -- secret_token
  room varchar(20),
  price numeric(8,2)
);
CREATE TABLE newsletter_subscription (
  id serial PRIMARY KEY,
  email_field varchar(254), -- email
  name_field varchar(30), -- person_name
  ip inet, -- ip
  activation_code varchar(40), -- secret_token
  subscribed boolean,
  create_date timestamptz,
  newsletter_id integer
);
CREATE TABLE newsletter_newsletter (
  id serial PRIMARY KEY,
  title varchar(200),
  slug varchar(50),
  email varchar(254), -- email
  sender varchar(200), -- person_name
  visible boolean
);
CREATE TABLE authtoken_token (
  key varchar(40) PRIMARY KEY, -- secret_token
  created timestamptz,
  user_id integer
);
CREATE TABLE socialaccount_socialaccount (
  id serial PRIMARY KEY,
  provider varchar(30),
  uid varchar(191),
  extra_data jsonb, -- json_may_contain_pii
  date_joined timestamptz
);
CREATE TABLE axes_accessattempt (
  id serial PRIMARY KEY,
  user_agent varchar(255),
  ip_address inet, -- ip
  username varchar(255), -- username
  http_accept varchar(1025),
  path_info varchar(255),
  get_data text, -- free_text
  post_data text, -- free_text
  failures_since_start integer
);
CREATE TABLE contact_message (
  id serial PRIMARY KEY,
  full_name varchar(120), -- person_name
  reply_to varchar(254), -- email
  subject varchar(200), -- free_text
  message text, -- free_text
  sent_at timestamptz,
  handled boolean
);
CREATE TABLE celery_taskresult (
  id serial PRIMARY KEY,
  task_id varchar(255),
  task_name varchar(255),
  task_args text, -- json_may_contain_pii
  result text, -- free_text
  traceback text, -- free_text
  worker varchar(100)
);
