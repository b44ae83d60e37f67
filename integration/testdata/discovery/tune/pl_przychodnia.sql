-- A Polish surgery.
CREATE TABLE "pacjenci" (
  "id" integer,
  "imie" varchar(255), -- person_name
  "drugie_imie" varchar(255), -- person_name
  "nazwisko" varchar(255), -- person_name
  "nazwisko_rodowe" varchar(255), -- person_name
  "pesel" char(11), -- national_id
  "data_ur" date, -- birth_date
  "miejsce_urodzenia" varchar(255), -- city
  "adres_zam" varchar(255), -- address
  "kod_poczt" varchar(6), -- postal_code
  "miasto" varchar(255), -- city
  "tel_komorkowy" varchar(255), -- phone
  "tel_stacjonarny" varchar(255), -- phone
  "email" varchar(255), -- email
  "nr_dow_osob" varchar(255), -- national_id
  "osoba_upowazniona" varchar(255), -- person_name
  "tel_upowaznionej" varchar(255), -- phone
  "lekarz_prowadzacy" varchar(255), -- person_name
  "nr_pwz" varchar(255), -- national_id
  "rozpoznanie" text, -- free_text
  "zalecenia" text, -- free_text
  "nfz_oddzial" varchar(3)
);
