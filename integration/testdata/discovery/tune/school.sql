-- A British school.
CREATE TABLE "pupils" (
  "upn" char(13), -- national_id
  "legal_surname" varchar(255), -- person_name
  "legal_forename" varchar(255), -- person_name
  "chosen_forename" varchar(255), -- person_name
  "former_surname" varchar(255), -- person_name
  "dob" date, -- birth_date
  "gender" char(1),
  "ethnicity" char(4),
  "fsm_eligible" boolean,
  "sen_status" char(1),
  "uln" char(10), -- national_id
  "first_language" char(3),
  "enrol_status" char(1),
  "entry_date" date,
  "house" varchar(20),
  "form_group" varchar(10),
  "medical_conditions" text, -- free_text
  "dietary_needs" text, -- free_text
  "doctor_surgery" varchar(255),
  "gp_phone" varchar(255), -- phone
  "looked_after" boolean
);
CREATE TABLE "guardians" (
  "guardian_id" integer,
  "pupil_id" integer,
  "priority" integer,
  "title" varchar(6),
  "forename" varchar(255), -- person_name
  "surname" varchar(255), -- person_name
  "relation" varchar(20),
  "tel_home" varchar(255), -- phone
  "tel_work" varchar(255), -- phone
  "tel_mob" varchar(255), -- phone
  "addr_line_1" varchar(255), -- address
  "addr_line_2" varchar(255), -- address
  "addr_town" varchar(255), -- city
  "addr_county" varchar(255),
  "addr_postcode" varchar(10), -- postal_code
  "court_order" boolean,
  "parental_resp" boolean,
  "email" varchar(255) -- email
);
CREATE TABLE "behaviour" (
  "id" integer,
  "upn" char(13), -- national_id
  "incident_date" date,
  "points" integer,
  "narrative" text, -- free_text
  "staff_code" varchar(6),
  "action_taken" text, -- free_text
  "location" varchar(40)
);
CREATE TABLE "exam_entries" (
  "candidate_no" char(4),
  "uci" char(13), -- national_id
  "series" varchar(10),
  "board" varchar(10),
  "unit_code" varchar(10),
  "result" varchar(4),
  "access_arrangements" text -- free_text
);
CREATE TABLE "teachers" (
  "staff_code" varchar(6),
  "trn" char(7), -- national_id
  "ni_number" char(9), -- national_id
  "surname" varchar(255), -- person_name
  "known_as" varchar(255), -- person_name
  "work_email" varchar(255), -- email
  "mobile" varchar(255), -- phone
  "dbs_no" varchar(12), -- national_id
  "dbs_date" date,
  "next_of_kin" varchar(255), -- person_name
  "nok_tel" varchar(255), -- phone
  "car_reg" varchar(10),
  "bank_sort_code" char(6),
  "bank_acc_no" char(8) -- iban
);
