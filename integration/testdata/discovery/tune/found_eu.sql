-- German, Dutch, Portuguese and French columns as found in public dumps.
CREATE TABLE jagdpaechter (
  id integer PRIMARY KEY,
  akad_grad varchar(20),
  nachname varchar(80), -- person_name
  geburtstag varchar(20), -- birth_date
  geburtsort varchar(50), -- city
  hausnr varchar(50), -- address
  telefongesch varchar(100), -- phone
  telefonpriv varchar(100), -- phone
  telefonmobil varchar(50), -- phone
  emailgesch varchar(150), -- email
  emailpriv varchar(150) -- email
);
CREATE TABLE "user" (
  u_id integer PRIMARY KEY,
  vorname varchar(50), -- person_name
  passwort text, -- password_hash
  strasse text, -- address
  hnr varchar(20), -- address
  plz varchar(50), -- postal_code
  stadt varchar(50) -- city
);
CREATE TABLE dive (
  id integer PRIMARY KEY,
  divesite text,
  "airType" text,
  suit text,
  coords text -- geo
);
CREATE TABLE kontakte (
  id integer PRIMARY KEY,
  nachname varchar(50), -- person_name
  telefon3 varchar(50), -- phone
  email3 varchar(100), -- email
  firma varchar(10),
  fulltext text -- free_text
);
CREATE TABLE hacker_data (
  id integer PRIMARY KEY,
  name varchar(100), -- person_name
  vorname varchar(100) -- person_name
);
CREATE TABLE deputats_betreuung (
  id integer PRIMARY KEY,
  student_name varchar(100), -- person_name
  student_vorname varchar(100), -- person_name
  titel_arbeit varchar(300) -- free_text
);
CREATE TABLE bewerber (
  kennung varchar(255) PRIMARY KEY, -- username
  geburtsdatum varchar(255), -- birth_date
  vorname varchar(255) -- person_name
);
CREATE TABLE konten (
  konten_id integer PRIMARY KEY,
  kontonummer varchar(20), -- iban
  iban varchar(34), -- iban
  bemerkung text -- free_text
);
CREATE TABLE kreditinstitut (
  kreditinstitut varchar(60),
  blz varchar(20)
);
CREATE TABLE lid (
  lidnummer char(8) PRIMARY KEY,
  voornaam varchar(20), -- person_name
  straat varchar(50), -- address
  nummer varchar(10), -- address
  postcode char(4), -- postal_code
  gemeente varchar(20), -- city
  gsm char(12) -- phone
);
CREATE TABLE item (
  id integer PRIMARY KEY,
  titel varchar(50),
  beschrijving varchar(500),
  uitgeverij varchar(50),
  taal char(2)
);
CREATE TABLE locaties (
  id integer PRIMARY KEY,
  naam varchar(100),
  adres varchar(255), -- address
  faciliteiten text
);
CREATE TABLE politici (
  id integer PRIMARY KEY,
  naam varchar(100), -- person_name
  geboortedatum date -- birth_date
);
CREATE TABLE contactpersonen (
  id uuid PRIMARY KEY,
  titel text,
  geboortedatum date, -- birth_date
  naam text -- person_name
);
CREATE TABLE profiles (
  id uuid PRIMARY KEY,
  weergave_naam text, -- person_name
  geboortedatum date -- birth_date
);
CREATE TABLE tv_mededelingen (
  id uuid PRIMARY KEY,
  tekst text, -- free_text
  actief boolean
);
CREATE TABLE speler (
  nummer integer PRIMARY KEY,
  naam varchar(255), -- person_name
  adres varchar(255), -- address
  woonplaats varchar(255) -- city
);
CREATE TABLE club (
  nummer integer PRIMARY KEY,
  naam varchar(255),
  adres varchar(255), -- address
  plaats varchar(255), -- city
  logo bytea
);
CREATE TABLE hypotheek_leads (
  id uuid PRIMARY KEY,
  voornaam text, -- person_name
  telefoon_landcode text,
  telefoon text, -- phone
  burgerlijke_staat text,
  inkomenstype text,
  woning_type text,
  rapport_json jsonb -- json_may_contain_pii
);
CREATE TABLE tbpessoa (
  codpessoa integer PRIMARY KEY,
  pes_nome varchar(100), -- person_name
  "pes_tipoPessoa" varchar(10),
  pes_obs varchar(400), -- free_text
  pes_email varchar(100) -- email
);
CREATE TABLE tbcontato (
  cont_telefone varchar(40), -- phone
  "cont_tipoFone" varchar(2),
  codpessoa integer
);
CREATE TABLE tbfisica (
  fis_cpf varchar(12) PRIMARY KEY, -- national_id
  fis_rg varchar(40), -- national_id
  "fis_dataNascimento" date -- birth_date
);
CREATE TABLE clientes_contatos (
  id bigint PRIMARY KEY,
  telefone varchar(15), -- phone
  fala_com varchar(35) -- person_name
);
CREATE TABLE pets (
  id bigint PRIMARY KEY,
  nome_pet varchar(20),
  especie varchar(20)
);
CREATE TABLE organizadores (
  id integer PRIMARY KEY,
  nome varchar, -- person_name
  email varchar, -- email
  cnpj varchar, -- national_id
  nome_contato varchar -- person_name
);
CREATE TABLE dim_agency (
  key_agency integer PRIMARY KEY,
  nome_agencia varchar,
  municipio_ibge varchar,
  municipio varchar, -- city
  ddd varchar,
  telefone varchar, -- phone
  posicao varchar
);
CREATE TABLE utilizador (
  id integer PRIMARY KEY,
  login varchar(20), -- username
  fotografia varchar(1024), -- url_profile
  nome varchar(120), -- person_name
  morada varchar(80), -- address
  localidade varchar(80), -- city
  codpostal varchar(8), -- postal_code
  despostal varchar(80), -- city
  nif varchar(9), -- national_id
  nic varchar(9), -- national_id
  telemovel varchar(15), -- phone
  dicofre varchar(6),
  ponto point, -- geo
  token varchar(64), -- secret_token
  preferencias text -- json_may_contain_pii
);
CREATE TABLE "Usuario" (
  "idUsuario" integer PRIMARY KEY,
  "usuNome" varchar, -- person_name
  "usuTelefone" varchar, -- phone
  "usuTelefoneResponsavel" varchar, -- phone
  "usuEndereco" varchar, -- address
  "usuEmail" varchar, -- email
  "usuSenha" varchar, -- password_hash
  "usuRA" varchar, -- national_id
  "usuCPF" varchar, -- national_id
  "usuTipo" varchar
);
CREATE TABLE profissionais (
  id integer PRIMARY KEY,
  nome_completo varchar(150), -- person_name
  crm varchar(20), -- national_id
  especialidade varchar(60)
);
CREATE TABLE personne (
  numpers integer PRIMARY KEY,
  nom varchar(30), -- person_name
  prenom varchar(30), -- person_name
  pere integer,
  mere integer
);
CREATE TABLE utilisateurs (
  id uuid PRIMARY KEY,
  courriel varchar(255), -- email
  numero_telephone varchar(20), -- phone
  hash_mot_de_passe varchar(255), -- password_hash
  nom_famille varchar(100), -- person_name
  lieu_naissance varchar(100), -- city
  pays_residence varchar(2),
  province varchar(100),
  quartier varchar(100), -- address
  avenue varchar(100), -- address
  numero_maison varchar(50), -- address
  adresse_complete text, -- address
  emailverificationtoken varchar(255), -- secret_token
  emailuniversitaire varchar, -- email
  passe char(100)[] -- password_hash
);
CREATE TABLE article (
  idarticle integer PRIMARY KEY,
  titre varchar(300),
  contenuarticle text,
  resumearticle text,
  miniature varchar(100)
);
CREATE TABLE person (
  id uuid PRIMARY KEY,
  adresse varchar(255), -- address
  created_by varchar(255), -- username
  nom varchar(255), -- person_name
  telephone varchar(255), -- phone
  updated_by varchar(255) -- username
);
CREATE TABLE joueur (
  id_joueur integer PRIMARY KEY,
  numero integer,
  nompays varchar(50),
  nomfamille varchar(50), -- person_name
  prenom varchar(50), -- person_name
  anneen integer
);
