-- Dutch: care institution, housing, association.
CREATE TABLE clienten (
  clientnr integer PRIMARY KEY,
  bsn char(9), -- national_id
  voorletters varchar(10), -- person_name
  voornamen varchar(80), -- person_name
  roepnaam varchar(40), -- person_name
  tussenvoegsel varchar(15), -- person_name
  achternaam varchar(60), -- person_name
  meisjesnaam varchar(60), -- person_name
  geslacht char(1),
  geb_datum date, -- birth_date
  geboorteplaats varchar(60), -- city
  straatnaam varchar(80), -- address
  huisnr integer, -- address
  huisnr_toev varchar(6), -- address
  postcode char(6), -- postal_code
  woonplaats varchar(60), -- city
  telnr_vast varchar(15), -- phone
  mobielnr varchar(15), -- phone
  emailadres varchar(80), -- email
  polisnummer varchar(20), -- national_id
  zorgverzekeraar varchar(40),
  huisarts varchar(60), -- person_name
  contactpersoon varchar(60), -- person_name
  opmerkingen text, -- free_text
  datum_aanmaak timestamp,
  overleden boolean
);
CREATE TABLE huurders (
  id serial PRIMARY KEY,
  naam varchar(80), -- person_name
  adres varchar(100), -- address
  rekeningnummer varchar(34), -- iban
  tnv varchar(80), -- person_name
  huurbedrag numeric(8,2),
  ingangsdatum date,
  inkomen numeric(10,2),
  gebruikersnaam varchar(40), -- username
  wachtwoord varchar(100) -- password_hash
);
CREATE TABLE leden (
  lidnummer integer PRIMARY KEY,
  volledige_naam varchar(100), -- person_name
  geboortedatum date, -- birth_date
  telefoon_thuis varchar(15), -- phone
  noodnummer varchar(15), -- phone
  lidsoort varchar(10),
  contributie numeric(6,2),
  paspoortnummer varchar(12), -- national_id
  foto_url varchar(150) -- url_profile
);
CREATE TABLE meldingen (
  id serial PRIMARY KEY,
  onderwerp varchar(150), -- free_text
  omschrijving text, -- free_text
  melder varchar(60), -- person_name
  ip_adres varchar(45), -- ip
  behandeld_door varchar(40), -- username
  afgehandeld boolean,
  toelichting text, -- free_text
  prioriteit smallint
);
CREATE TABLE artikelen (
  artikelnr varchar(20) PRIMARY KEY,
  naam varchar(80),
  omschrijving varchar(200),
  prijs numeric(8,2),
  voorraad integer
);
