-- Italian: municipality, clinic, shop.
CREATE TABLE cittadini (
  id serial PRIMARY KEY,
  cognome varchar(60), -- person_name
  nome varchar(60), -- person_name
  codice_fiscale char(16), -- national_id
  data_nascita date, -- birth_date
  comune_nascita varchar(60), -- city
  provincia_nascita char(2),
  sesso char(1),
  indirizzo varchar(120), -- address
  numero_civico varchar(8), -- address
  cap char(5), -- postal_code
  comune varchar(60), -- city
  provincia char(2),
  telefono varchar(20), -- phone
  cellulare varchar(20), -- phone
  pec varchar(100), -- email
  stato_civile varchar(15),
  numero_carta_identita varchar(12), -- national_id
  cittadinanza varchar(30),
  note text -- free_text
);
CREATE TABLE pazienti (
  idpaziente integer PRIMARY KEY,
  nominativo varchar(100), -- person_name
  codfisc varchar(16), -- national_id
  tesserasanitaria varchar(20), -- national_id
  datanascita date, -- birth_date
  luogonascita varchar(60), -- city
  residenza varchar(150), -- address
  recapito_telefonico varchar(20), -- phone
  medico_curante varchar(80), -- person_name
  anamnesi text, -- free_text
  diagnosi text, -- free_text
  gruppo_sanguigno varchar(3),
  esenzione varchar(8)
);
CREATE TABLE fornitori (
  codice varchar(10) PRIMARY KEY,
  ragione_sociale varchar(100),
  p_iva varchar(11), -- national_id
  via varchar(80), -- address
  citta varchar(60), -- city
  tel varchar(20), -- phone
  fax varchar(20), -- phone
  email varchar(80), -- email
  coordinate_bancarie varchar(34), -- iban
  referente varchar(80), -- person_name
  sito_web varchar(100), -- url_profile
  pagamento varchar(30)
);
CREATE TABLE utenti (
  nome_utente varchar(40) PRIMARY KEY, -- username
  parola_chiave varchar(100), -- password_hash
  indirizzo_email varchar(100), -- email
  data_registrazione timestamp,
  indirizzo_ip varchar(45), -- ip
  codice_attivazione varchar(40), -- secret_token
  ruolo varchar(20),
  lingua char(2)
);
CREATE TABLE segnalazioni (
  id serial PRIMARY KEY,
  oggetto varchar(200), -- free_text
  testo text, -- free_text
  risposta text, -- free_text
  latitudine numeric(9,6), -- geo
  longitudine numeric(9,6), -- geo
  stato varchar(10),
  allegato varchar(200)
);
CREATE TABLE articoli (
  codice varchar(20) PRIMARY KEY,
  descrizione varchar(200),
  prezzo numeric(10,2),
  giacenza integer,
  fornitore varchar(10),
  capienza integer
);
