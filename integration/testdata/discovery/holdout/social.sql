-- Fediverse and code hosting habits.
CREATE TABLE accounts (
  id bigserial PRIMARY KEY,
  username character varying DEFAULT '' NOT NULL, -- username
  domain character varying,
  private_key text, -- secret_token
  public_key text,
  note text, -- free_text
  display_name character varying, -- person_name
  uri character varying, -- url_profile
  url character varying, -- url_profile
  avatar_file_name character varying,
  avatar_content_type character varying,
  avatar_remote_url character varying, -- url_profile
  header_remote_url character varying, -- url_profile
  inbox_url character varying,
  fields jsonb, -- json_may_contain_pii
  locked boolean,
  actor_type character varying,
  also_known_as character varying[], -- url_profile
  last_webfingered_at timestamp
);
CREATE TABLE statuses (
  id bigserial PRIMARY KEY,
  uri character varying,
  text text, -- free_text
  spoiler_text text, -- free_text
  visibility integer,
  language character varying,
  reblogs_count integer
);
CREATE TABLE session_activations (
  id bigserial PRIMARY KEY,
  session_id character varying, -- secret_token
  user_agent character varying,
  ip inet, -- ip
  access_token_id bigint
);
CREATE TABLE ip_blocks (
  id bigserial PRIMARY KEY,
  ip inet, -- ip
  severity integer,
  comment text -- free_text
);
CREATE TABLE reports (
  id bigserial PRIMARY KEY,
  comment text, -- free_text
  action_taken_at timestamp,
  forwarded boolean
);
CREATE TABLE projects (
  id bigserial PRIMARY KEY,
  name character varying,
  path character varying,
  description text, -- free_text
  import_url character varying,
  runners_token character varying, -- secret_token
  visibility_level integer,
  star_count integer
);
CREATE TABLE issues (
  id bigserial PRIMARY KEY,
  title character varying, -- free_text
  description_html text, -- free_text
  iid integer,
  weight integer,
  service_desk_reply_to character varying, -- email
  external_author character varying -- email
);
CREATE TABLE ci_variables (
  id bigserial PRIMARY KEY,
  key character varying,
  encrypted_value text, -- secret_token
  encrypted_value_iv character varying, -- secret_token
  protected boolean
);
CREATE TABLE "user" (
  id bigserial PRIMARY KEY,
  lower_name varchar(255), -- username
  name varchar(255), -- username
  full_name varchar(255), -- person_name
  email varchar(255), -- email
  keep_email_private boolean,
  passwd varchar(255), -- password_hash
  passwd_hash_algo varchar(255),
  rands varchar(32), -- secret_token
  salt varchar(32), -- secret_token
  location varchar(255), -- city
  website varchar(255), -- url_profile
  avatar_email varchar(255), -- email
  max_repo_creation integer
);
CREATE TABLE oauth_access_grants (
  id bigserial PRIMARY KEY,
  token character varying, -- secret_token
  expires_in integer,
  redirect_uri text,
  scopes character varying
);
CREATE TABLE invites (
  id bigserial PRIMARY KEY,
  code character varying, -- secret_token
  max_uses integer,
  invite_email character varying, -- email
  comment text -- free_text
);
CREATE TABLE tags ( id bigserial PRIMARY KEY,
  name character varying,
  display_name character varying
);
