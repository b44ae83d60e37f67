-- A program for days off: users, requests, contracts of an enterprise.
CREATE TABLE actions (
  name varchar(45),
  mask integer,
  "Description" text
);
CREATE TABLE contracts (
  id serial PRIMARY KEY,
  name varchar(128),
  startentdate varchar(5),
  endentdate varchar(5),
  weekly_duration integer,
  daily_duration integer,
  default_leave_type integer
);
CREATE TABLE dayoffs (
  id serial PRIMARY KEY,
  contract integer,
  date date,
  type integer,
  title varchar(128)
);
CREATE TABLE entitleddays (
  id serial PRIMARY KEY,
  contract integer,
  employee integer,
  overtime integer,
  startdate date,
  enddate date,
  type integer,
  days numeric(10,2),
  description text -- free_text
);
CREATE TABLE leaves (
  id serial PRIMARY KEY,
  startdate date,
  enddate date,
  status integer,
  employee integer,
  cause text, -- free_text
  startdatetype varchar(12),
  enddatetype varchar(12),
  duration numeric(10,3),
  type integer,
  comments text, -- free_text
  document bytea
);
CREATE TABLE organization (
  id serial PRIMARY KEY,
  name varchar(512),
  parent_id integer,
  supervisor integer
);
CREATE TABLE overtime (
  id serial PRIMARY KEY,
  employee integer,
  date date,
  duration numeric(10,3),
  cause text, -- free_text
  status integer
);
CREATE TABLE positions (
  id serial PRIMARY KEY,
  name varchar(64),
  description text
);
CREATE TABLE roles (
  id integer,
  name varchar(45)
);
CREATE TABLE types (
  id serial PRIMARY KEY,
  name varchar(128),
  acronym varchar(10),
  deduct_days_off boolean
);
CREATE TABLE users (
  id serial PRIMARY KEY,
  firstname varchar(255), -- person_name
  lastname varchar(255), -- person_name
  login varchar(255), -- username
  email varchar(255), -- email
  password varchar(512), -- password_hash
  role integer,
  manager integer,
  country integer,
  organization integer,
  contract integer,
  position integer,
  datehired date,
  identifier varchar(64), -- national_id
  language varchar(5),
  ldap_path varchar(1024), -- username
  active boolean,
  timezone varchar(255),
  calendar varchar(255),
  random_hash varchar(24), -- secret_token
  user_properties text, -- json_may_contain_pii
  picture bytea -- url_profile
);
