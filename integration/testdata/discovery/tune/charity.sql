-- A British charity.
CREATE TABLE "donors" (
  "donor_id" integer,
  "salutation" varchar(255),
  "donor_name" varchar(255), -- person_name
  "spouse_name" varchar(255), -- person_name
  "envelope_name" varchar(255), -- person_name
  "addr_block" varchar(255), -- address
  "postcode" varchar(255), -- postal_code
  "email" varchar(255), -- email
  "phone_eve" varchar(255), -- phone
  "gift_aid" boolean,
  "tribute_note" text, -- free_text
  "last_gift_amt" numeric(12,2),
  "dd_sort_code" varchar(255),
  "dd_account" varchar(255), -- iban
  "dd_account_holder" varchar(255), -- person_name
  "legacy_pledger" boolean
);
CREATE TABLE "volunteers" (
  "id" integer,
  "name" varchar(255), -- person_name
  "dbs_cert_no" varchar(255), -- national_id
  "nok_name" varchar(255), -- person_name
  "nok_phone" varchar(255), -- phone
  "skills" text,
  "availability" text, -- free_text
  "referee1_name" varchar(255), -- person_name
  "referee1_email" varchar(255) -- email
);
