-- A gym in Australia.
CREATE TABLE "members" (
  "memberCode" varchar(10),
  "fName" varchar(40), -- person_name
  "lName" varchar(40), -- person_name
  "dob" date, -- birth_date
  "emailAddr" varchar(80), -- email
  "cellNo" varchar(20), -- phone
  "emergContact" varchar(80), -- person_name
  "emergPhone" varchar(20), -- phone
  "joinDate" date,
  "rfidTag" varchar(30),
  "photoPath" varchar(255), -- url_profile
  "healthNotes" text, -- free_text
  "lockerPin" varchar(6), -- secret_token
  "trainerName" varchar(60), -- person_name
  "directDebitRef" varchar(20),
  "bsb" varchar(6),
  "acctNum" varchar(12) -- iban
);
CREATE TABLE "checkins" (
  "id" bigint,
  "memberCode" varchar(10),
  "gateId" integer,
  "ts" timestamptz
);
