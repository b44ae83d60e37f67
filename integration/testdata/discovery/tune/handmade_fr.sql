-- Hand-written French: an association, a shop, a school.
CREATE TABLE adherent (
  id_adh serial PRIMARY KEY,
  civilite_adh varchar(10),
  nom_adh varchar(50), -- person_name
  prenom_adh varchar(50), -- person_name
  pseudo_adh varchar(30), -- username
  societe_adh varchar(60),
  ddn_adh date, -- birth_date
  lieu_naissance varchar(80), -- city
  sexe_adh smallint,
  adresse_adh varchar(150), -- address
  adresse2_adh varchar(150), -- address
  cp_adh varchar(10), -- postal_code
  ville_adh varchar(50), -- city
  pays_adh varchar(50),
  tel_adh varchar(20), -- phone
  gsm_adh varchar(20), -- phone
  email_adh varchar(100), -- email
  login_adh varchar(30), -- username
  mdp_adh varchar(60), -- password_hash
  info_adh text, -- free_text
  info_public_adh text, -- free_text
  date_echeance date,
  bool_exempt_adh boolean,
  date_crea_adh date
);
CREATE TABLE clients (
  no_client integer PRIMARY KEY,
  raison_sociale varchar(100),
  siret char(14), -- national_id
  numero_tva varchar(15), -- national_id
  nom_contact varchar(60), -- person_name
  prenom_contact varchar(60), -- person_name
  fonction varchar(60),
  telephone_fixe varchar(20), -- phone
  portable varchar(20), -- phone
  telecopie varchar(20), -- phone
  courriel varchar(100), -- email
  rue varchar(100), -- address
  complement_adresse varchar(100), -- address
  code_postal char(5), -- postal_code
  commune varchar(60), -- city
  code_insee char(5),
  encours numeric(10,2),
  remarques text, -- free_text
  rib varchar(23), -- iban
  titulaire_compte varchar(80), -- person_name
  date_creation date,
  cree_par varchar(30) -- username
);
CREATE TABLE eleve (
  id serial PRIMARY KEY,
  ine varchar(11), -- national_id
  nom_usage varchar(60), -- person_name
  nom_naissance varchar(60), -- person_name
  prenoms varchar(100), -- person_name
  date_naiss date, -- birth_date
  classe varchar(10),
  regime varchar(10),
  responsable_legal varchar(100), -- person_name
  tel_responsable varchar(20), -- phone
  mail_responsable varchar(100), -- email
  medecin_traitant varchar(80), -- person_name
  num_secu varchar(15), -- national_id
  allergies text, -- free_text
  observations text, -- free_text
  photo varchar(200) -- url_profile
);
CREATE TABLE note (
  id serial PRIMARY KEY,
  eleve_id integer REFERENCES eleve,
  matiere varchar(40),
  note numeric(4,2),
  coefficient smallint,
  appreciation text, -- free_text
  trimestre smallint
);
CREATE TABLE commande (
  num_cmd serial PRIMARY KEY,
  date_cmd timestamp,
  montant_ttc numeric(10,2),
  adresse_livraison text, -- address
  nom_destinataire varchar(80), -- person_name
  tel_livraison varchar(20), -- phone
  commentaire_client text, -- free_text
  etat varchar(20),
  mode_paiement varchar(20),
  numero_suivi varchar(40),
  adresse_ip varchar(45) -- ip
);
CREATE TABLE produit (
  ref varchar(20) PRIMARY KEY,
  libelle varchar(100),
  description text,
  prix_ht numeric(10,2),
  nom_image varchar(100),
  quantite integer
);
CREATE TABLE utilisateur (
  identifiant varchar(40) PRIMARY KEY, -- username
  motdepasse varchar(100), -- password_hash
  nomcomplet varchar(100), -- person_name
  adressemail varchar(100), -- email
  derniere_connexion timestamp,
  jeton varchar(64), -- secret_token
  cle_api varchar(64), -- secret_token
  question_secrete varchar(100), -- secret_token
  reponse_secrete varchar(100), -- secret_token
  langue char(2),
  profil varchar(20)
);
