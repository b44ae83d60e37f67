-- A Polish shop.
CREATE TABLE "klienci" (
  "id_klienta" integer,
  "imie" varchar(255), -- person_name
  "nazwisko" varchar(255), -- person_name
  "pesel" char(11), -- national_id
  "nip" char(10), -- national_id
  "nr_dowodu" varchar(9), -- national_id
  "data_urodzenia" date, -- birth_date
  "plec" char(1),
  "ulica" varchar(255), -- address
  "nr_domu" varchar(6), -- address
  "nr_lokalu" varchar(6), -- address
  "kod_pocztowy" varchar(6), -- postal_code
  "miejscowosc" varchar(255), -- city
  "wojewodztwo" varchar(255),
  "telefon" varchar(255), -- phone
  "tel_kom" varchar(255), -- phone
  "adres_email" varchar(255), -- email
  "haslo" varchar(255), -- password_hash
  "nr_konta" varchar(28), -- iban
  "uwagi" text, -- free_text
  "data_rejestracji" timestamptz,
  "zgoda_marketing" boolean
);
CREATE TABLE "zamowienia" (
  "nr_zam" varchar(12),
  "kwota" numeric(12,2),
  "status_zam" varchar(255),
  "uwagi_klienta" text, -- free_text
  "adres_dostawy" varchar(255), -- address
  "osoba_kontaktowa" varchar(255), -- person_name
  "nr_faktury" varchar(255),
  "ip_klienta" varchar(45) -- ip
);
CREATE TABLE "pracownicy" (
  "id" integer,
  "login" varchar(255), -- username
  "nazwisko_imie" varchar(255), -- person_name
  "stanowisko" varchar(255),
  "pensja" numeric(12,2),
  "nr_tel_sluzb" varchar(255) -- phone
);
