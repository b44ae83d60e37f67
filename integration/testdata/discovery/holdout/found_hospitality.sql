-- Tables of small public programs of Germany, Mexico, Spain, France, Brazil and the Netherlands: workshops, hotels, clubs, schools, restaurants.
CREATE TABLE betrieb (
  id serial PRIMARY KEY,
  firma text,
  fusszeile text,
  fusszeile2 text,
  logo_mime text,
  logo bytea,
  qr_iban text, -- iban
  qr_strasse text, -- address
  qr_hausnummer text, -- address
  qr_plz text, -- postal_code
  qr_ort text -- city
);
CREATE TABLE belege (
  id serial PRIMARY KEY,
  art text,
  nummer text,
  kunde_id integer,
  person_id integer,
  titel text,
  referenz text,
  datum text,
  gueltig_bis text,
  faellig_bis text,
  status text,
  rabatt_bp integer,
  oeffentliche_notizen text, -- free_text
  bedingungen text,
  fusszeile_text text,
  unterschriftsseite integer,
  versand_token text, -- secret_token
  entscheidung_am text,
  entscheidung_ip text, -- ip
  entscheidung_fassung integer
);
CREATE TABLE beleg_positionen (
  id serial PRIMARY KEY,
  beleg_id integer,
  sortierung integer,
  produkt_id integer,
  produkt_name text,
  beschreibung text,
  menge double precision,
  einheit text
);
CREATE TABLE kunde (
  id serial PRIMARY KEY,
  nachname varchar(100), -- person_name
  vorname varchar(50), -- person_name
  strasse varchar(100), -- address
  plz varchar(8), -- postal_code
  ort varchar(50), -- city
  telefon varchar(50), -- phone
  email varchar(100) -- email
);
CREATE TABLE filiale (
  id serial PRIMARY KEY,
  name varchar(50),
  strasse varchar(100), -- address
  plz varchar(8), -- postal_code
  ort varchar(50), -- city
  email varchar(100), -- email
  telefon varchar(50) -- phone
);
CREATE TABLE reparatur (
  id serial PRIMARY KEY,
  mitarbeiter_id integer,
  kunde_id integer,
  nummer varchar(20),
  art smallint,
  geraet varchar(200),
  seriennummer varchar(200),
  symptome varchar(1000), -- free_text
  aufgaben varchar(1000), -- free_text
  geraetepasswort varchar(50), -- secret_token
  expressbeabeitung boolean,
  abholdatum date,
  abholzeit time,
  kostenvoranschlag varchar(10)
);
CREATE TABLE flug (
  flugnummer integer,
  ursprung varchar(30),
  ziel varchar(30),
  distanz integer,
  abflugzeit integer,
  ankunftzeit integer
);
CREATE TABLE flugpersonal (
  personalnummer char(10),
  name varchar(30), -- person_name
  gehalt integer
);
CREATE TABLE mitarbeiter (
  id serial PRIMARY KEY,
  mnr varchar(10), -- national_id
  vorname varchar(50), -- person_name
  nachname varchar(50), -- person_name
  email varchar(100), -- email
  passwort varchar(255), -- password_hash
  urlaubsanspruch integer,
  ist_ceo boolean
);
CREATE TABLE person (
  persnr integer,
  vorname varchar(256), -- person_name
  nachname varchar(256), -- person_name
  gebdat date, -- birth_date
  verstorben date
);
CREATE TABLE buch (
  buchnr integer,
  titel varchar(256),
  seiten integer
);
CREATE TABLE angestellte (
  m_nr integer,
  m_name varchar(20), -- person_name
  m_vorname varchar(20), -- person_name
  abt_nr varchar(4)
);
CREATE TABLE abteilung (
  abt_nr varchar(4),
  abt_name varchar(20),
  stadt varchar(15) -- city
);
CREATE TABLE huespedes (
  id_huespedes integer,
  nombre varchar(45), -- person_name
  apellidos varchar(45), -- person_name
  telefono char(10), -- phone
  correo varchar(45), -- email
  direccion varchar(45), -- address
  ciudad varchar(45), -- city
  pais varchar(45)
);
CREATE TABLE habitaciones (
  id_habitacion serial PRIMARY KEY,
  numero_habitacion varchar(10),
  tipo_habitacion varchar(50),
  capacidad integer,
  precio_noche numeric(10,2),
  descripcion text,
  estado varchar(20)
);
CREATE TABLE usuarios (
  user_id serial PRIMARY KEY,
  user_name text, -- username
  fecha_creacion text,
  nombre text, -- person_name
  mail text, -- email
  numero_documento text, -- national_id
  telefono text, -- phone
  type_id integer
);
CREATE TABLE reservas (
  reserva_id serial PRIMARY KEY,
  room_id integer,
  fecha_inicio_reserva text,
  fecha_fin_reserva text,
  tomador_reserva_id integer,
  numero_huespedes integer
);
CREATE TABLE huespedes_reserva (
  reserva_id integer,
  numero_documento text, -- national_id
  nombre text, -- person_name
  mail text -- email
);
CREATE TABLE contrasenas (
  user_id serial PRIMARY KEY,
  user_name text, -- username
  password_hash text, -- password_hash
  password_salt text -- password_hash
);
CREATE TABLE calificaciones (
  reserva_id integer,
  room_id integer,
  fecha_calificacion text,
  comentario text, -- free_text
  calificacion double precision
);
CREATE TABLE huespedes_hotel (
  id serial PRIMARY KEY,
  id_reserva integer,
  nombre varchar(50), -- person_name
  apellido varchar(50), -- person_name
  fecha_de_nacimiento date, -- birth_date
  nacionalidad varchar(50),
  telefono varchar(16) -- phone
);
CREATE TABLE usuarios_hotel (
  id serial PRIMARY KEY,
  usuario varchar(25), -- username
  contrasena varchar(25) -- password_hash
);
CREATE TABLE cabanas (
  id_cabana bigserial PRIMARY KEY,
  nombre text,
  tipo text,
  capacidad_base integer,
  capacidad_max integer,
  activa boolean,
  orden_limpieza integer,
  descripcion text,
  fotos_urls text,
  created_at timestamptz
);
CREATE TABLE huespedes_cabana (
  id_huesped bigserial PRIMARY KEY,
  nombre text, -- person_name
  apellido text, -- person_name
  dni text, -- national_id
  telefono text, -- phone
  telefono_normalizado text, -- phone
  email text, -- email
  canal_preferido text,
  primera_reserva_fecha date,
  total_reservas integer,
  notas_internas text, -- free_text
  created_at timestamptz
);
CREATE TABLE usuarios_clave (
  usuario varchar(50), -- username
  pass varchar(100) -- password_hash
);
CREATE TABLE huespedes_foto (
  id_huesped serial PRIMARY KEY,
  nombre varchar(150), -- person_name
  telefono varchar(20), -- phone
  email varchar(100), -- email
  foto bytea, -- url_profile
  fecha_registro timestamp
);
CREATE TABLE adherents (
  id_adherent serial PRIMARY KEY,
  nom varchar(100), -- person_name
  prenom varchar(100), -- person_name
  email varchar(255), -- email
  telephone varchar(20), -- phone
  date_inscription timestamp
);
CREATE TABLE livres (
  id_livre serial PRIMARY KEY,
  titre varchar(200),
  isbn varchar(20),
  annee_publi integer,
  nb_pages integer,
  couverture bytea,
  date_ajout timestamp
);
CREATE TABLE evenements (
  id serial PRIMARY KEY,
  asso_id integer,
  titre text, -- free_text
  lieu text, -- address
  debut timestamptz,
  places_restantes integer
);
CREATE TABLE adherents_mutuelle (
  id serial PRIMARY KEY,
  user_id integer,
  nom text, -- person_name
  prenom text, -- person_name
  email text, -- email
  telephone text, -- phone
  numero_adherent text,
  date_inscription date,
  statut text,
  adresse text, -- address
  ville text, -- city
  code_postal text, -- postal_code
  date_naissance date, -- birth_date
  genre text
);
CREATE TABLE adherents_biblio (
  id serial PRIMARY KEY,
  nom_adherent varchar(255), -- person_name
  prenom_adherent varchar(255), -- person_name
  adresse_adherent varchar(1000) -- address
);
CREATE TABLE bibliotheques (
  id serial PRIMARY KEY,
  nom_biblio varchar(255),
  adresse_biblio varchar(1000) -- address
);
CREATE TABLE administrateurs (
  id uuid PRIMARY KEY,
  email varchar(255), -- email
  mot_de_passe_hash varchar(255), -- password_hash
  nom varchar(100), -- person_name
  prenom varchar(100), -- person_name
  role varchar(50),
  actif boolean,
  date_creation timestamp,
  derniere_connexion timestamp
);
CREATE TABLE adherents_ludotheque (
  id uuid PRIMARY KEY,
  numero_adherent varchar(20),
  nom varchar(100), -- person_name
  prenom varchar(100), -- person_name
  email varchar(255), -- email
  telephone varchar(20), -- phone
  adresse text, -- address
  code_postal varchar(10), -- postal_code
  ville varchar(100), -- city
  date_naissance date, -- birth_date
  date_adhesion date,
  notes text, -- free_text
  actif boolean
);
CREATE TABLE adherents_jardin (
  id serial PRIMARY KEY,
  email varchar(255), -- email
  mdp varchar(255), -- password_hash
  nom varchar(255), -- person_name
  prenom varchar(255), -- person_name
  adresse varchar(255), -- address
  telephone varchar(255), -- phone
  debut_adhesion date,
  is_referent boolean,
  prix_adhesion double precision,
  type_paiement varchar(255)
);
CREATE TABLE adherents_sport (
  id_adherent serial PRIMARY KEY,
  id_poste integer,
  type_adherent char(1),
  login varchar(20), -- username
  mdp varchar(1024), -- password_hash
  nom varchar(50), -- person_name
  prenom varchar(50), -- person_name
  no_licence varchar(20), -- national_id
  date_naissance date, -- birth_date
  genre char(1),
  surclassement integer,
  arbitre boolean
);
CREATE TABLE utilisateurs (
  id bigserial PRIMARY KEY,
  identifiant varchar(50), -- username
  mot_de_passe_hash varchar(255), -- password_hash
  nom varchar(100), -- person_name
  role varchar(20),
  actif boolean,
  last_login_at timestamptz
);
CREATE TABLE klanten_restaurant (
  "ID" serial PRIMARY KEY,
  "Naam" varchar(255), -- person_name
  "Telefoon" integer, -- phone
  "Email" varchar(255) -- email
);
CREATE TABLE reserveringen (
  "ID" serial PRIMARY KEY,
  "Tafel" integer,
  "Klant_ID" integer,
  "Datum" date,
  "Tijd" time,
  "Aantal" integer,
  "Status" smallint,
  "Allergieen" text, -- free_text
  "Opmerkingen" text -- free_text
);
CREATE TABLE gerechtsoorten (
  "ID" serial PRIMARY KEY,
  "Code" varchar(255),
  "Naam" varchar(255),
  "Gerechtcategorie_ID" integer
);
CREATE TABLE klusjes (
  id serial PRIMARY KEY,
  klant_id integer,
  naam text,
  omschrijving text, -- free_text
  aantal_uur double precision,
  uur_kosten double precision
);
CREATE TABLE klanten (
  "KlantID" serial PRIMARY KEY,
  "Voornaam" varchar(255), -- person_name
  "Achternaam" varchar(255), -- person_name
  "Addres" varchar(255), -- address
  "Stad" varchar(255), -- city
  "Telnr" varchar(255), -- phone
  "Email" varchar(255) -- email
);
CREATE TABLE menu (
  "MenuID" serial PRIMARY KEY,
  "Voorgerecht" varchar(255),
  "Hoofdgerecht" varchar(255),
  "Nagerecht" varchar(255),
  "Prijs" integer
);
CREATE TABLE projecten (
  id uuid PRIMARY KEY,
  naam text,
  project_manager text, -- person_name
  klant_id uuid,
  hubspot_deal_id text,
  land text,
  plaats text, -- city
  show_naam text,
  show_begindatum date,
  created_by uuid
);
CREATE TABLE klanten_hond (
  id serial PRIMARY KEY,
  voornaam varchar(80), -- person_name
  achternaam varchar(120), -- person_name
  email varchar(190), -- email
  land_code char(2),
  straat varchar(120), -- address
  huisnummer varchar(20), -- address
  toevoeging varchar(10), -- address
  postcode varchar(10), -- postal_code
  plaats varchar(120), -- city
  tel_e164 varchar(20) -- phone
);
CREATE TABLE honden (
  id serial PRIMARY KEY,
  klant_id integer,
  naam varchar(80),
  ras varchar(120),
  geboortedatum date
);
CREATE TABLE producten (
  id uuid PRIMARY KEY,
  company varchar(20),
  sku text,
  naam text,
  categorie text,
  inkoop numeric,
  verkoop numeric,
  btw_tarief integer,
  voorraad integer,
  leverancier_id uuid
);
CREATE TABLE funcionarios (
  id bigserial PRIMARY KEY,
  nome varchar(255), -- person_name
  matricula varchar(50),
  email varchar(255), -- email
  departamento varchar(100),
  created_at timestamp
);
CREATE TABLE medicos (
  codm integer,
  nome varchar(40), -- person_name
  idade smallint,
  cidade varchar(40), -- city
  "CPF" numeric, -- national_id
  especialidade varchar(30),
  nroa integer
);
CREATE TABLE pacientes (
  codp integer,
  nome varchar(40), -- person_name
  idade smallint,
  cidade varchar(40), -- city
  "CPF" numeric, -- national_id
  doenca varchar(40)
);
CREATE TABLE pessoas (
  "Id_pessoa" serial PRIMARY KEY,
  "CEP" integer, -- postal_code
  "Logradouro" varchar(70), -- address
  "Nome_social" varchar(50), -- person_name
  "Nome" varchar(50), -- person_name
  "Id_etnia" integer,
  "Id_religiao" integer
);
CREATE TABLE etnias (
  "Id_etnia" serial PRIMARY KEY,
  "Descricao" varchar(15)
);
CREATE TABLE usuarios_escola (
  "Login" varchar(15), -- username
  "Senha" varchar(15), -- password_hash
  "Id_pessoa" integer
);
CREATE TABLE alunos (
  id serial PRIMARY KEY,
  nome varchar(100), -- person_name
  matricula varchar(20),
  curso varchar(50)
);
CREATE TABLE pedidos (
  id serial PRIMARY KEY,
  cliente varchar(100), -- person_name
  data_pedido date,
  total numeric(10,2)
);
CREATE TABLE clientes_loja (
  cpf_cliente integer, -- national_id
  endereco_cliente varchar(100), -- address
  tipo_pagamento varchar(100),
  nome_cliente varchar(100), -- person_name
  id_pedidos integer
);
CREATE TABLE funcionarios_endereco (
  cpf varchar(11), -- national_id
  nome varchar(127), -- person_name
  endereco_logradouro varchar(127), -- address
  endereco_numero integer, -- address
  endereco_complemento varchar(127) -- address
);
CREATE TABLE dependentes (
  funcionario_cpf varchar(11), -- national_id
  cpf varchar(11), -- national_id
  nome varchar(127) -- person_name
);
CREATE TABLE grupos (
  numero_id integer,
  jid text,
  nome text,
  bot_admin integer,
  setor text,
  loja text,
  ativo integer
);
CREATE TABLE funcionarios_chat (
  id serial PRIMARY KEY,
  nome text, -- person_name
  telefone text, -- phone
  lid text,
  setor text,
  loja text,
  cargo text,
  nascimento text, -- birth_date
  ativo integer
);
CREATE TABLE gestores (
  funcionario_id integer,
  adicionado_por text, -- username
  adicionado_em integer
);
CREATE TABLE saida_grupos (
  id serial PRIMARY KEY,
  numero_id integer,
  jid text,
  conteudo text, -- json_may_contain_pii
  criada_em integer,
  tentativas integer
);
