-- A vet.
CREATE TABLE "owners" (
  "owner_no" integer,
  "surname" varchar(255), -- person_name
  "first_nm" varchar(255), -- person_name
  "hm_phone" varchar(255), -- phone
  "wk_phone" varchar(255), -- phone
  "mobl" varchar(255), -- phone
  "addr" varchar(255), -- address
  "suburb" varchar(255), -- city
  "pcode" varchar(255), -- postal_code
  "email" varchar(255) -- email
);
CREATE TABLE "pets" (
  "pet_no" integer,
  "owner_no" integer,
  "pet_nm" varchar(255),
  "species" varchar(255),
  "breed" varchar(255),
  "microchip_no" varchar(255),
  "dob" date,
  "notes" text -- free_text
);
