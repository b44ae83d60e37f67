-- A British program to which people report what is broken in the streets.
CREATE TABLE secret (
  secret text -- secret_token
);
CREATE TABLE sessions (
  id char(72), -- secret_token
  session_data text, -- json_may_contain_pii
  expires integer
);
CREATE TABLE users (
  id serial PRIMARY KEY,
  email text, -- email
  email_verified boolean,
  name text, -- person_name
  phone text, -- phone
  phone_verified boolean,
  password text, -- password_hash
  from_body integer,
  flagged boolean,
  is_superuser boolean,
  title text,
  twitter_id bigint,
  facebook_id bigint,
  area_id integer,
  extra text -- json_may_contain_pii
);
CREATE TABLE body (
  id serial PRIMARY KEY,
  name text,
  external_url text,
  parent integer,
  endpoint text,
  jurisdiction text,
  api_key text, -- secret_token
  send_method text,
  send_comments boolean,
  comment_user_id integer,
  suppress_alerts boolean,
  can_be_devolved boolean,
  deleted boolean,
  extra text
);
CREATE TABLE contacts (
  id serial PRIMARY KEY,
  body_id integer,
  category text,
  email text, -- email
  state text,
  editor text, -- username
  whenedited timestamp,
  note text, -- free_text
  extra text,
  non_public boolean,
  endpoint text,
  jurisdiction text,
  api_key text, -- secret_token
  send_method text
);
CREATE TABLE contacts_history (
  contacts_history_id serial PRIMARY KEY,
  contact_id integer,
  body_id integer,
  category text,
  email text, -- email
  state text,
  editor text, -- username
  whenedited timestamp,
  note text -- free_text
);
CREATE TABLE response_priorities (
  id serial PRIMARY KEY,
  body_id integer,
  deleted boolean,
  name text,
  description text,
  external_id text,
  is_default boolean
);
CREATE TABLE problem (
  id serial PRIMARY KEY,
  postcode text, -- postal_code
  latitude double precision, -- geo
  longitude double precision, -- geo
  bodies_str text,
  bodies_missing text,
  areas text,
  category text,
  title text, -- free_text
  detail text, -- free_text
  photo bytea, -- url_profile
  used_map boolean,
  user_id integer,
  name text, -- person_name
  anonymous boolean,
  external_id text,
  external_body text,
  external_team text,
  created timestamp,
  confirmed timestamp,
  state text,
  lang text,
  service text,
  cobrand text,
  cobrand_data text,
  lastupdate timestamp,
  whensent timestamp,
  send_questionnaire boolean,
  extra text, -- json_may_contain_pii
  flagged boolean,
  geocode bytea, -- address
  send_fail_count integer,
  send_fail_reason text,
  send_fail_timestamp timestamp,
  send_method_used text,
  external_source text,
  external_source_id text,
  interest_count integer,
  subcategory text
);
CREATE TABLE questionnaire (
  id serial PRIMARY KEY,
  problem_id integer,
  whensent timestamp,
  whenanswered timestamp,
  ever_reported boolean,
  old_state text,
  new_state text
);
CREATE TABLE comment (
  id serial PRIMARY KEY,
  problem_id integer,
  user_id integer,
  anonymous boolean,
  name text, -- person_name
  website text, -- url_profile
  created timestamp,
  confirmed timestamp,
  text text, -- free_text
  photo bytea, -- url_profile
  state text,
  cobrand text,
  lang text,
  cobrand_data text,
  mark_fixed boolean,
  mark_open boolean,
  problem_state text,
  external_id text,
  extra text, -- json_may_contain_pii
  send_fail_count integer,
  send_fail_reason text,
  whensent timestamp
);
CREATE TABLE token (
  scope text,
  token text, -- secret_token
  data bytea, -- json_may_contain_pii
  created timestamp
);
CREATE TABLE alert_type (
  ref text,
  head_sql_query text,
  head_table text,
  head_title text,
  head_link text,
  head_description text,
  item_table text,
  item_where text,
  item_order text,
  item_title text,
  item_link text,
  item_description text,
  template text
);
CREATE TABLE alert (
  id serial PRIMARY KEY,
  alert_type text,
  parameter text, -- geo
  parameter2 text, -- geo
  user_id integer,
  confirmed integer,
  lang text,
  cobrand text,
  cobrand_data text,
  whensubscribed timestamp,
  whendisabled timestamp
);
CREATE TABLE partial_user (
  id serial PRIMARY KEY,
  service text,
  nsid text, -- username
  name text, -- person_name
  email text, -- email
  phone text -- phone
);
CREATE TABLE flickr_imported (
  id text,
  problem_id integer
);
CREATE TABLE abuse (
  email text -- email
);
CREATE TABLE textmystreet (
  name text, -- person_name
  email text, -- email
  postcode text, -- postal_code
  mobile text -- phone
);
CREATE TABLE admin_log (
  id serial PRIMARY KEY,
  admin_user text, -- username
  object_type text,
  object_id integer,
  action text,
  whenedited timestamp,
  user_id integer,
  reason text, -- free_text
  time_spent integer
);
CREATE TABLE moderation_original_data (
  id serial PRIMARY KEY,
  problem_id integer,
  comment_id integer,
  title text, -- free_text
  detail text, -- free_text
  photo bytea, -- url_profile
  anonymous boolean,
  created timestamp
);
CREATE TABLE user_body_permissions (
  id serial PRIMARY KEY,
  user_id integer,
  body_id integer,
  permission_type text
);
