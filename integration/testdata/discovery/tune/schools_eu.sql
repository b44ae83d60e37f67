-- Names as they stand in public registers, schools, clinics and shops of Brazil, Spain, Mexico, Chile, France, Italy and Germany.
CREATE TABLE fisica (
  idpes numeric(8,0) PRIMARY KEY,
  data_nasc date, -- birth_date
  sexo char(1),
  idpes_mae numeric(8,0),
  ideciv numeric(1,0),
  data_uniao date,
  data_obito date,
  nacionalidade numeric(1,0),
  idmun_nascimento numeric(6,0),
  ultima_empresa varchar(150),
  nome_mae varchar(150), -- person_name
  nome_pai varchar(150), -- person_name
  nome_conjuge varchar(150), -- person_name
  nome_responsavel varchar(150), -- person_name
  justificativa_provisorio varchar(150), -- free_text
  origem_gravacao char(1),
  operacao char(1),
  cpf numeric(11,0), -- national_id
  nis_pis_pasep numeric(11,0), -- national_id
  sus varchar(20), -- national_id
  ocupacao varchar(255),
  empresa varchar(255),
  pessoa_contato varchar(255), -- person_name
  renda_mensal numeric(10,2),
  ddd_telefone_empresa numeric(3,0),
  telefone_empresa numeric(11,0), -- phone
  local_trabalho varchar,
  nome_social varchar(150), -- person_name
  observacao text -- free_text
);
CREATE TABLE fone_pessoa (
  idpes numeric(8,0),
  tipo numeric(1,0),
  ddd numeric(3,0),
  fone numeric(11,0) -- phone
);
CREATE TABLE juridica (
  idpes numeric(8,0) PRIMARY KEY,
  cnpj numeric(14,0), -- national_id
  insc_estadual numeric(20,0), -- national_id
  fantasia varchar(255),
  capital_social varchar(255)
);
CREATE TABLE pessoa (
  idpes numeric(8,0) PRIMARY KEY,
  nome varchar(150), -- person_name
  url varchar(60), -- url_profile
  tipo char(1),
  email varchar(100), -- email
  situacao char(1),
  slug varchar(191) -- username
);
CREATE TABLE raca (
  cod_raca integer PRIMARY KEY,
  nm_raca varchar(50)
);
CREATE TABLE auditoria (
  usuario varchar(300), -- username
  operacao smallint,
  rotina varchar(300),
  valor_antigo text, -- json_may_contain_pii
  valor_novo text, -- json_may_contain_pii
  data_hora timestamp
);
CREATE TABLE componente_curricular (
  id integer PRIMARY KEY,
  nome varchar(500),
  abreviatura varchar(25),
  tipo_base smallint
);
CREATE TABLE educacenso_cod_aluno (
  cod_aluno integer PRIMARY KEY,
  cod_aluno_inep bigint, -- national_id
  nome_inep varchar(255), -- person_name
  fonte varchar(255)
);
CREATE TABLE documento (
  idpes numeric(8,0) PRIMARY KEY,
  rg varchar(20), -- national_id
  data_exp_rg date,
  sigla_uf_exp_rg char(2),
  num_termo numeric(8,0),
  num_folha numeric(4,0),
  num_cart_trabalho numeric(7,0), -- national_id
  num_tit_eleitor numeric(13,0), -- national_id
  zona_tit_eleitor numeric(4,0),
  certidao_nascimento varchar(50), -- national_id
  passaporte varchar(20), -- national_id
  cartorio_cert_civil varchar(200)
);
CREATE TABLE endereco_externo (
  idpes numeric(8,0),
  logradouro varchar(150), -- address
  numero numeric(6,0), -- address
  letra char(1),
  complemento varchar(20), -- address
  bairro varchar(40), -- address
  cep numeric(8,0), -- postal_code
  cidade varchar(60), -- city
  sigla_uf char(2),
  bloco varchar(20), -- address
  andar integer,
  apartamento integer, -- address
  reside_desde date
);
CREATE TABLE usuario (
  usuario_id integer PRIMARY KEY,
  apellido_materno varchar(80), -- person_name
  apellido_paterno varchar(80), -- person_name
  confirmado boolean,
  correo varchar(100), -- email
  matricula varchar(20),
  nombre varchar(80), -- person_name
  password varchar(100), -- password_hash
  telefono varchar(20) -- phone
);
CREATE TABLE personal (
  dni char(8) PRIMARY KEY, -- national_id
  nombres varchar(30), -- person_name
  direccion varchar(50), -- address
  telefono_fijo varchar(20), -- phone
  telefono_movil1 varchar(20), -- phone
  codigo_cargo integer,
  dni_jefe char(8), -- national_id
  ci_expedicion varchar(4),
  titulo_profesional varchar(100),
  especialidad varchar(100),
  curriculum_url text, -- url_profile
  honorario_hora numeric(10,2)
);
CREATE TABLE a_salidas (
  id_salida uuid PRIMARY KEY,
  correo varchar, -- email
  sucursal text,
  codigo_producto text,
  nombre_prod text,
  area_destino text,
  unidad_medida text,
  nota text -- free_text
);
CREATE TABLE clientes_bo (
  id varchar PRIMARY KEY,
  nombres varchar, -- person_name
  ci_nit varchar, -- national_id
  direccion text, -- address
  estado varchar DEFAULT 'ACTIVO',
  factura_nro varchar
);
CREATE TABLE dme (
  id integer PRIMARY KEY,
  nom varchar(100), -- person_name
  prenom varchar(100), -- person_name
  telephone varchar(20), -- phone
  adresse text, -- address
  contact_urgence_nom varchar(100), -- person_name
  contact_urgence_tel varchar(20), -- phone
  numero_assurance varchar(50), -- national_id
  groupe_sanguin varchar(10),
  medecin_traitant varchar(150), -- person_name
  allergies text, -- free_text
  medicaments_en_cours text, -- free_text
  antecedents_medicaux text, -- free_text
  motif_consultation text, -- free_text
  compte_rendu text, -- free_text
  plan_traitement text, -- free_text
  updated_by varchar(20) -- username
);
CREATE TABLE emprunteurs (
  id uuid PRIMARY KEY,
  civilite varchar(10),
  prenom varchar(100), -- person_name
  nom varchar(100), -- person_name
  situation_familiale varchar(30),
  nb_enfants_charge integer,
  employeur varchar(255),
  salaire_net_mensuel numeric(10,2),
  pension_versee numeric(10,2)
);
CREATE TABLE joueur (
  pseudo varchar(100) PRIMARY KEY, -- username
  passwd varchar(255), -- password_hash
  nom varchar(100), -- person_name
  adress_mail varchar(100), -- email
  date_naissance date, -- birth_date
  monnaie integer
);
CREATE TABLE coachs (
  id_coach integer PRIMARY KEY,
  bureau varchar(100),
  telephone_bureau varchar(20), -- phone
  specialite_principale varchar(100),
  photo_url varchar(500), -- url_profile
  cv_xml text, -- free_text
  licence_num varchar(20) -- national_id
);
CREATE TABLE clients_sport (
  id_client integer PRIMARY KEY,
  adresse_ligne1 varchar(255), -- address
  adresse_ligne2 varchar(255), -- address
  ville varchar(100), -- city
  carte_etudiant varchar(50),
  date_naissance date -- birth_date
);
CREATE TABLE allievo (
  id integer PRIMARY KEY,
  nome varchar(50), -- person_name
  cognome varchar(50), -- person_name
  codice_fiscale varchar(20), -- national_id
  corso_id integer,
  note text, -- free_text
  data_di_nascita date -- birth_date
);
CREATE TABLE azienda (
  id integer PRIMARY KEY,
  nome varchar(255),
  cap varchar(255), -- postal_code
  indirizzo varchar(255), -- address
  telefono varchar(255), -- phone
  url varchar(255), -- url_profile
  tipoprodotto varchar(255)
);
CREATE TABLE ana_clienti (
  cliente_id serial PRIMARY KEY,
  cliente_cognome varchar(60), -- person_name
  cliente_nome varchar(60), -- person_name
  cliente_data_nascita date, -- birth_date
  cliente_codicefiscale varchar(16), -- national_id
  cliente_luogo_nascita varchar(60), -- city
  cliente_cell varchar(20), -- phone
  azienda_fk integer
);
CREATE TABLE dipendente (
  cf char(16) PRIMARY KEY, -- national_id
  nome varchar(40), -- person_name
  cognome varchar(40), -- person_name
  numero_telefono varchar(10), -- phone
  stipendio_annuale numeric(10,2),
  reparto varchar(30),
  filiale integer,
  residenza varchar(100) -- address
);
CREATE TABLE angestellter (
  id numeric(5) PRIMARY KEY,
  anrede varchar(20),
  name varchar(100), -- person_name
  vorname varchar(100), -- person_name
  geburtsdatum date, -- birth_date
  telefon varchar(50), -- phone
  stundenlohn numeric(4,2),
  wochenarbeitszeit numeric(2),
  notiz varchar(1000) -- free_text
);
CREATE TABLE adresse (
  id numeric(5) PRIMARY KEY,
  "straße" varchar(50), -- address
  haus_nr varchar(10), -- address
  plz numeric(5), -- postal_code
  ort varchar(50) -- city
);
CREATE TABLE kurs (
  id numeric(5) PRIMARY KEY,
  typ varchar(50),
  raum varchar(50),
  terminanzahl numeric(2)
);
CREATE TABLE verlag (
  verlag_id integer PRIMARY KEY,
  name varchar(100),
  ort varchar(100), -- city
  website varchar(200), -- url_profile
  telefon varchar(20), -- phone
  gruendungsjahr integer
);
CREATE TABLE autor (
  autor_id integer PRIMARY KEY,
  vorname varchar(50), -- person_name
  nachname varchar(50), -- person_name
  nationalitaet varchar(50),
  biografie text -- free_text
);
CREATE TABLE fahrer (
  startnummer integer,
  klasse integer,
  helfer varchar(80), -- person_name
  nenngeld varchar(10),
  nachname varchar(30), -- person_name
  strasse varchar(30), -- address
  wohnort varchar(40), -- city
  fahrzeug varchar(30),
  lizenznummer varchar(20), -- national_id
  rahmennummer varchar(20),
  kennzeichen varchar(15),
  hubraum varchar(10),
  bemerkung varchar(150), -- free_text
  emergency_phone varchar(20) -- phone
);
CREATE TABLE "Mitglied" (
  "MitgliederID" integer PRIMARY KEY,
  "Vorname" varchar(50), -- person_name
  "Geburtsdatum" date, -- birth_date
  "Telefonnummer" varchar(20), -- phone
  "WeitesterSchuss" integer
);
CREATE TABLE ehemalige (
  id serial PRIMARY KEY,
  vorname varchar(100), -- person_name
  telefon_mobil varchar(50), -- phone
  austrittsgrund text, -- free_text
  letzter_tarif varchar(255),
  letzter_guertel varchar(100)
);
CREATE TABLE workspace_agents (
  id uuid PRIMARY KEY,
  name varchar(64),
  display_name varchar(64),
  auth_token uuid, -- secret_token
  relay_address text,
  troubleshooting_url text,
  architecture varchar(64),
  environment_variables jsonb, -- json_may_contain_pii
  directory varchar(4096)
);
CREATE TABLE groups_ (
  id uuid PRIMARY KEY,
  name text,
  display_name text
);
CREATE TABLE one_time (
  id uuid PRIMARY KEY,
  hashed_one_time_passcode bytea, -- secret_token
  refresh_hash bytea -- secret_token
);
