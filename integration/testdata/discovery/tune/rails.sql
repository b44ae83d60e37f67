-- Rails and Devise: a discussion platform with a shop.
CREATE TABLE users (
  id bigserial PRIMARY KEY,
  email character varying DEFAULT '' NOT NULL, -- email
  encrypted_password character varying DEFAULT '' NOT NULL, -- password_hash
  reset_password_token character varying, -- secret_token
  reset_password_sent_at timestamp without time zone,
  remember_created_at timestamp without time zone,
  sign_in_count integer DEFAULT 0 NOT NULL,
  current_sign_in_at timestamp without time zone,
  current_sign_in_ip inet, -- ip
  last_sign_in_ip character varying, -- ip
  confirmation_token character varying, -- secret_token
  confirmed_at timestamp without time zone,
  unconfirmed_email character varying, -- email
  failed_attempts integer DEFAULT 0,
  unlock_token character varying, -- secret_token
  locked_at timestamp without time zone,
  provider character varying,
  name character varying, -- person_name
  username character varying, -- username
  avatar_url character varying, -- url_profile
  bio text, -- free_text
  otp_secret character varying, -- secret_token
  encrypted_otp_secret_iv character varying, -- secret_token
  consumed_timestep integer,
  otp_required_for_login boolean,
  otp_backup_codes text[], -- secret_token
  time_zone character varying,
  locale character varying,
  preferences jsonb DEFAULT '{}', -- json_may_contain_pii
  notification_email character varying, -- email
  feed_token character varying, -- secret_token
  website_url character varying, -- url_profile
  twitter character varying, -- username
  skype character varying, -- username
  linkedin character varying, -- url_profile
  role integer DEFAULT 0,
  admin boolean DEFAULT false,
  admin_email_opt_in boolean,
  email_frequency character varying,
  theme character varying,
  posts_count integer DEFAULT 0,
  created_at timestamp(6) without time zone NOT NULL,
  updated_at timestamp(6) without time zone NOT NULL
);
CREATE TABLE identities (
  id bigserial PRIMARY KEY,
  user_id bigint REFERENCES users,
  provider character varying,
  access_token character varying, -- secret_token
  refresh_token character varying, -- secret_token
  token_expires_at timestamp
);
CREATE TABLE topics (
  id bigserial PRIMARY KEY,
  title character varying, -- free_text
  slug character varying,
  user_id bigint REFERENCES users,
  views integer DEFAULT 0,
  closed boolean,
  archetype character varying,
  excerpt text -- free_text
);
CREATE TABLE posts (
  id bigserial PRIMARY KEY,
  topic_id bigint REFERENCES topics,
  raw text, -- free_text
  cooked text, -- free_text
  edit_reason character varying, -- free_text
  post_number integer,
  reply_to_post_number integer,
  like_count integer,
  sort_order integer
);
CREATE TABLE categories (
  id bigserial PRIMARY KEY,
  name character varying NOT NULL,
  color character varying(6),
  slug character varying,
  position integer
);
CREATE TABLE addresses (
  id bigserial PRIMARY KEY,
  firstname character varying, -- person_name
  lastname character varying, -- person_name
  address1 character varying, -- address
  address2 character varying, -- address
  city character varying, -- city
  zipcode character varying, -- postal_code
  phone character varying, -- phone
  state_name character varying,
  alternative_phone character varying, -- phone
  company character varying,
  country_id integer
);
CREATE TABLE credit_cards (
  id bigserial PRIMARY KEY,
  month character varying,
  year character varying,
  cc_type character varying,
  last_digits character varying, -- credit_card
  name character varying, -- person_name
  gateway_customer_profile_id character varying,
  user_id bigint REFERENCES users
);
CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  number character varying(32),
  item_total numeric(10,2),
  state character varying,
  email character varying, -- email
  special_instructions text, -- free_text
  last_ip_address character varying, -- ip
  guest_token character varying, -- secret_token
  currency character varying,
  channel character varying,
  bill_address_id bigint REFERENCES addresses,
  ship_address_id bigint REFERENCES addresses,
  completed_at timestamp
);
CREATE TABLE versions (
  id bigserial PRIMARY KEY,
  item_type character varying NOT NULL,
  item_id bigint NOT NULL,
  event character varying NOT NULL,
  whodunnit character varying, -- username
  object text, -- json_may_contain_pii
  object_changes text, -- json_may_contain_pii
  created_at timestamp
);
CREATE TABLE active_storage_blobs (
  id bigserial PRIMARY KEY,
  key character varying NOT NULL,
  filename character varying NOT NULL,
  content_type character varying,
  metadata text, -- json_may_contain_pii
  byte_size bigint NOT NULL,
  checksum character varying NOT NULL
);
CREATE TABLE sessions (
  id bigserial PRIMARY KEY,
  session_id character varying NOT NULL, -- secret_token
  data text, -- json_may_contain_pii
  created_at timestamp
);
CREATE TABLE schema_migrations (
  version character varying NOT NULL PRIMARY KEY
);
CREATE TABLE ar_internal_metadata (
  key character varying PRIMARY KEY,
  value character varying
);
CREATE TABLE audit_events (
  id bigserial PRIMARY KEY,
  author_id bigint,
  author_name text, -- person_name
  entity_type character varying,
  entity_path text,
  ip_address inet, -- ip
  details text, -- free_text
  target_details text, -- free_text
  created_at timestamp
);
CREATE TABLE keys (
  id bigserial PRIMARY KEY,
  key text, -- secret_token
  title character varying,
  type character varying,
  fingerprint character varying,
  last_used_at timestamp
);
CREATE TABLE webhooks (
  id bigserial PRIMARY KEY,
  url character varying,
  secret character varying, -- secret_token
  events text[],
  active boolean
);
CREATE TABLE emails (
  id bigserial PRIMARY KEY,
  user_id bigint,
  email character varying, -- email
  confirmation_sent_at timestamp
);
