-- Published programs: contacts and invoices of one from Spain, persons and concepts of a medical record, a web site's tables with prefixed columns.
CREATE TABLE contactos (
  admitemarketing boolean,
  apellidos varchar(150), -- person_name
  apartado varchar(10), -- address
  cargo varchar(100),
  cifnif varchar(30), -- national_id
  ciudad varchar(100), -- city
  codagente varchar(10),
  codcliente varchar(10),
  codpais varchar(20),
  codpostal varchar(10), -- postal_code
  codproveedor varchar(10),
  descripcion varchar(100),
  direccion varchar(100), -- address
  email varchar(100), -- email
  empresa varchar(100),
  fechaalta date,
  idcontacto serial PRIMARY KEY,
  lastactivity timestamp,
  lastip varchar(40), -- ip
  level integer,
  logkey varchar(100), -- secret_token
  nombre varchar(100), -- person_name
  observaciones text, -- free_text
  password varchar(255), -- password_hash
  personafisica boolean,
  provincia varchar(100),
  puntos integer,
  telefono1 varchar(30), -- phone
  telefono2 varchar(30), -- phone
  tipoidfiscal varchar(25),
  verificado boolean
);
CREATE TABLE facturascli (
  apartado varchar(10), -- address
  cifnif varchar(30), -- national_id
  ciudad varchar(100), -- city
  codagente varchar(10),
  codalmacen varchar(4),
  codcliente varchar(10),
  coddivisa varchar(3),
  codejercicio varchar(4),
  codigo varchar(20),
  codigoenv varchar(200),
  codigorect varchar(20),
  codoperaciondoc varchar(20),
  codpago varchar(10),
  codpais varchar(20),
  codpostal varchar(10), -- postal_code
  codserie varchar(4),
  codsubtipodoc varchar(20),
  codtrans varchar(8),
  direccion varchar(100), -- address
  editable boolean,
  fecha date,
  femail date,
  hora time,
  idasiento integer,
  idfactura serial PRIMARY KEY,
  irpf double precision,
  neto double precision,
  nick varchar(50), -- username
  nombrecliente varchar(100), -- person_name
  numero varchar(12),
  numero2 varchar(50),
  observaciones text, -- free_text
  pagada boolean,
  provincia varchar(100),
  tasaconv double precision,
  totaliva double precision,
  totalrecargo double precision
);
CREATE TABLE person_attribute (
  person_attribute_id serial PRIMARY KEY,
  person_id integer,
  value varchar(50), -- free_text
  person_attribute_type_id integer,
  creator integer,
  date_created timestamp,
  voided smallint,
  voided_by integer,
  void_reason varchar(255) -- free_text
);
CREATE TABLE person_attribute_type (
  person_attribute_type_id serial PRIMARY KEY,
  name varchar(50),
  description text,
  format varchar(50),
  foreign_key integer,
  searchable smallint,
  retired smallint,
  retire_reason varchar(255)
);
CREATE TABLE person_name (
  person_name_id serial PRIMARY KEY,
  preferred smallint,
  person_id integer,
  prefix varchar(50),
  given_name varchar(50), -- person_name
  middle_name varchar(50), -- person_name
  family_name_prefix varchar(50),
  family_name varchar(50), -- person_name
  family_name2 varchar(50), -- person_name
  family_name_suffix varchar(50),
  degree varchar(50)
);
CREATE TABLE privilege (
  privilege varchar(50) PRIMARY KEY,
  description varchar(250)
);
CREATE TABLE program (
  program_id serial PRIMARY KEY,
  concept_id integer,
  name varchar(50),
  description varchar(500)
);
CREATE TABLE relationship_type (
  relationship_type_id serial PRIMARY KEY,
  a_is_to_b varchar(50),
  b_is_to_a varchar(50),
  weight integer,
  description varchar(255)
);
CREATE TABLE report_object (
  report_object_id serial PRIMARY KEY,
  name varchar(255),
  description varchar(1000),
  report_object_type varchar(255),
  xml_data text
);
CREATE TABLE scheduler_task_config (
  task_config_id serial PRIMARY KEY,
  name varchar(255),
  description varchar(1024),
  schedulable_class text,
  start_time timestamp,
  start_time_pattern varchar(50),
  repeat_interval integer
);
CREATE TABLE scheduler_task_config_property (
  task_config_property_id serial PRIMARY KEY,
  name varchar(255),
  value text
);
CREATE TABLE audit_log (
  dblog_id serial PRIMARY KEY,
  dblog_datestamp integer,
  dblog_microtime integer,
  dblog_eventcode varchar(10),
  dblog_user_id integer,
  dblog_user_name varchar(100), -- username
  dblog_ip varchar(45), -- ip
  dblog_title varchar(255),
  dblog_remarks text, -- free_text
  dblog_caller varchar(255)
);
CREATE TABLE banlist (
  banlist_id serial PRIMARY KEY,
  banlist_ip varchar(100), -- ip
  banlist_bantype smallint,
  banlist_datestamp integer,
  banlist_admin smallint,
  banlist_reason text, -- free_text
  banlist_notes text -- free_text
);
CREATE TABLE comments (
  comment_id serial PRIMARY KEY,
  comment_pid integer,
  comment_subject varchar(100), -- free_text
  comment_author_id integer,
  comment_author_name varchar(100), -- person_name
  comment_author_email varchar(200), -- email
  comment_datestamp integer,
  comment_comment text, -- free_text
  comment_blocked smallint,
  comment_ip varchar(45), -- ip
  comment_type varchar(20),
  comment_lock smallint
);
CREATE TABLE core (
  e107_name varchar(100) PRIMARY KEY,
  e107_value text
);
CREATE TABLE core_media (
  media_id serial PRIMARY KEY,
  media_type varchar(50),
  media_name varchar(255),
  media_caption varchar(255),
  media_description varchar(255),
  media_category varchar(255),
  media_author integer,
  media_url varchar(255),
  media_dimensions varchar(25),
  media_userclass varchar(255),
  media_usedby text,
  media_tags text,
  media_alt varchar(255),
  media_credits varchar(255)
);
CREATE TABLE cron (
  cron_id serial PRIMARY KEY,
  cron_name varchar(50),
  cron_category varchar(20),
  cron_description varchar(255),
  cron_function varchar(50),
  cron_tab varchar(255),
  cron_lastrun integer
);
CREATE TABLE generic (
  gen_id serial PRIMARY KEY,
  gen_type varchar(80),
  gen_user_id integer,
  gen_ip varchar(80), -- ip
  gen_intdata integer,
  gen_chardata text
);
CREATE TABLE links (
  link_id serial PRIMARY KEY,
  link_name varchar(100),
  link_url varchar(200),
  link_description text,
  link_button varchar(100),
  link_category smallint,
  link_rel varchar(200),
  link_owner varchar(50)
);
CREATE TABLE mail_recipients (
  mail_target_id serial PRIMARY KEY,
  mail_recipient_id integer,
  mail_recipient_email varchar(80), -- email
  mail_recipient_name varchar(80), -- person_name
  mail_status smallint,
  mail_send_date integer,
  mail_target_info text -- free_text
);
CREATE TABLE mail_content (
  mail_source_id serial PRIMARY KEY,
  mail_content_status smallint,
  mail_total_count integer,
  mail_creator integer,
  mail_create_app varchar(20),
  mail_title varchar(100), -- free_text
  mail_subject varchar(100), -- free_text
  mail_body text, -- free_text
  mail_body_templated text, -- free_text
  mail_other text,
  mail_media text
);
CREATE TABLE menus (
  menu_id serial PRIMARY KEY,
  menu_name varchar(100),
  menu_location smallint,
  menu_class varchar(255),
  menu_pages text,
  menu_path varchar(100),
  menu_layout varchar(100),
  menu_parms text
);
CREATE TABLE news (
  news_id serial PRIMARY KEY,
  news_title varchar(255),
  news_sef varchar(255),
  news_body text,
  news_extended text,
  news_meta_title varchar(255),
  news_meta_keywords varchar(255),
  news_author integer,
  news_render_type varchar(20),
  news_summary text,
  news_thumbnail text,
  news_template varchar(50)
);
CREATE TABLE online (
  online_timestamp integer,
  online_flag smallint,
  online_user_id varchar(100), -- username
  online_ip varchar(45), -- ip
  online_location text,
  online_pagecount smallint,
  online_agent varchar(255),
  online_language varchar(2)
);
CREATE TABLE page (
  page_id serial PRIMARY KEY,
  page_title varchar(250),
  page_subtitle varchar(250),
  page_sef varchar(250),
  page_metadscr text,
  page_text text,
  page_author integer,
  page_password varchar(50), -- password_hash
  page_ip_restrict text,
  page_template varchar(50),
  page_fields text,
  menu_button_url varchar(250),
  menu_button_text varchar(250)
);
