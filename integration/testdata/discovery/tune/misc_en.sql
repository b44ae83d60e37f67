-- Flat lower-case and old hand-written English: forum, chat, library, CRM, mail, tickets.
CREATE TABLE mmusers (
  id varchar(26) PRIMARY KEY,
  createat bigint,
  updateat bigint,
  username varchar(64), -- username
  password varchar(128), -- password_hash
  authdata varchar(128),
  authservice varchar(32),
  email varchar(128), -- email
  emailverified boolean,
  nickname varchar(64), -- username
  firstname varchar(64), -- person_name
  lastname varchar(64), -- person_name
  position varchar(128),
  roles varchar(256),
  props jsonb, -- json_may_contain_pii
  notifyprops jsonb, -- json_may_contain_pii
  lastpasswordupdate bigint,
  lastpictureupdate bigint,
  failedattempts integer,
  mfasecret varchar(128), -- secret_token
  remoteid varchar(26)
);
CREATE TABLE oauthapps (
  id varchar(26) PRIMARY KEY,
  creatorid varchar(26),
  clientsecret varchar(128), -- secret_token
  name varchar(64),
  description varchar(512),
  callbackurls varchar(1024),
  iconurl varchar(512)
);
CREATE TABLE chatposts (
  id varchar(26) PRIMARY KEY,
  channelid varchar(26),
  message varchar(65535), -- free_text
  hashtags varchar(1000),
  filenames varchar(4000),
  fileids varchar(300)
);
CREATE TABLE phpbb_users (
  user_id serial PRIMARY KEY,
  user_type smallint,
  user_ip varchar(40), -- ip
  user_regdate integer,
  username varchar(255), -- username
  username_clean varchar(255), -- username
  user_password varchar(255), -- password_hash
  user_passchg integer,
  user_email varchar(100), -- email
  user_birthday varchar(10), -- birth_date
  user_lastpage varchar(200),
  user_timezone varchar(100),
  user_avatar varchar(255), -- url_profile
  user_sig text, -- free_text
  user_jabber varchar(255), -- username
  user_actkey varchar(32), -- secret_token
  user_newpasswd varchar(255), -- password_hash
  user_form_salt varchar(32) -- secret_token
);
CREATE TABLE phpbb_posts (
  post_id serial PRIMARY KEY,
  poster_id integer,
  poster_ip varchar(40), -- ip
  post_username varchar(255), -- username
  post_subject varchar(255), -- free_text
  post_text text, -- free_text
  post_checksum varchar(32),
  post_edit_reason varchar(255), -- free_text
  bbcode_uid varchar(8)
);
CREATE TABLE borrowers (
  borrowernumber serial PRIMARY KEY,
  cardnumber varchar(32), -- national_id
  surname text, -- person_name
  firstname text, -- person_name
  othernames text, -- person_name
  initials text, -- person_name
  streetnumber text, -- address
  address text, -- address
  address2 text, -- address
  city text, -- city
  zipcode text, -- postal_code
  emailpro text, -- email
  phone text, -- phone
  mobile text, -- phone
  b_city text, -- city
  b_zipcode text, -- postal_code
  dateofbirth date, -- birth_date
  dateenrolled date,
  branchcode varchar(10),
  userid varchar(75), -- username
  contactname text, -- person_name
  altcontactphone varchar(50), -- phone
  opacnote text, -- free_text
  borrowernotes text, -- free_text
  smsalertnumber varchar(50), -- phone
  sort1 varchar(80)
);
CREATE TABLE contacts (
  id serial PRIMARY KEY,
  salutation varchar(10),
  name varchar(100), -- person_name
  job_title varchar(100),
  department varchar(60),
  account_name varchar(120),
  email1 varchar(100), -- email
  email2 varchar(100), -- email
  phone_home varchar(30), -- phone
  phone_other varchar(30), -- phone
  do_not_call boolean,
  primary_address_street varchar(150), -- address
  primary_address_city varchar(100), -- city
  primary_address_state varchar(100),
  primary_address_postalcode varchar(20), -- postal_code
  assistant varchar(75), -- person_name
  assistant_phone varchar(30), -- phone
  lead_source varchar(40),
  description text, -- free_text
  date_entered timestamp,
  modified_by_name varchar(60), -- username
  facebook varchar(100), -- url_profile
  birthdate date -- birth_date
);
CREATE TABLE outbox (
  id serial PRIMARY KEY,
  from_addr varchar(200), -- email
  to_addr text, -- email
  cc text, -- email
  bcc text, -- email
  subject text, -- free_text
  body_html text, -- free_text
  headers text, -- free_text
  attempts integer,
  last_error text,
  template_name varchar(60),
  mail_server varchar(100)
);
CREATE TABLE sms_log (
  id serial PRIMARY KEY,
  sender varchar(20), -- phone
  recipient varchar(20), -- phone
  content text, -- free_text
  gateway varchar(20),
  cost numeric(8,4),
  delivered_at timestamp
);
CREATE TABLE calls (
  uniqueid varchar(32) PRIMARY KEY,
  calldate timestamp,
  clid varchar(80), -- phone
  src varchar(80), -- phone
  dst varchar(80), -- phone
  channel varchar(80),
  duration integer,
  disposition varchar(45),
  accountcode varchar(20),
  recordingfile varchar(255)
);
CREATE TABLE radacct (
  radacctid bigserial PRIMARY KEY,
  acctsessionid text,
  username text, -- username
  nasipaddress inet, -- ip
  framedipaddress inet, -- ip
  callingstationid text, -- mac
  calledstationid text,
  acctinputoctets bigint,
  acctterminatecause text
);
CREATE TABLE customer_accounts (
  acct_id bigint PRIMARY KEY,
  cust_fname varchar(30), -- person_name
  cust_lname varchar(30), -- person_name
  cust_dob date, -- birth_date
  cust_ssn_last4 char(4), -- national_id
  dl_number varchar(20), -- national_id
  acct_no varchar(20), -- iban
  routing_no char(9),
  card_number varchar(19), -- credit_card
  card_exp char(4),
  cvv char(3), -- credit_card
  pin_hash varchar(64), -- secret_token
  security_answer varchar(80), -- secret_token
  annual_income numeric(12,2),
  acct_type char(2),
  open_dt date,
  branch_cd varchar(6)
);
CREATE TABLE tickets (
  id serial PRIMARY KEY,
  summary varchar(255), -- free_text
  details text, -- free_text
  reporter varchar(60), -- username
  assignee varchar(60), -- username
  component varchar(40),
  severity varchar(10),
  resolution varchar(20),
  keywords text,
  milestone varchar(30)
);
CREATE TABLE devices (
  id serial PRIMARY KEY,
  hostname varchar(100),
  mac_addr varchar(17), -- mac
  wan_ip varchar(45), -- ip
  serial_no varchar(40),
  firmware varchar(20),
  push_token text, -- secret_token
  last_lat double precision, -- geo
  last_lon double precision, -- geo
  geom point -- geo
);
