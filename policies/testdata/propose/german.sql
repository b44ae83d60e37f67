create table kunden (kundennummer int primary key, vorname varchar(50), nachname varchar(50), geburtsdatum date, "straße" text, plz char(5), ort text, telefon text, email text unique, iban varchar(34), bemerkung text);
create table bestellungen (id serial primary key, kunde int references kunden, lieferadresse text, summe numeric(10,2), status text);
create table positionen (bestellung int references bestellungen, nr int, artikel text, widmung text, empfaenger_name text, primary key (bestellung, nr));
