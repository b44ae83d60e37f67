-- A law firm.
CREATE TABLE "matters" (
  "matter_no" varchar(12),
  "client_nm" varchar(80), -- person_name
  "opposing_party" varchar(80), -- person_name
  "opposing_counsel" varchar(80), -- person_name
  "presiding_judge" varchar(60), -- person_name
  "matter_desc" text, -- free_text
  "retainer_amt" numeric(12,2),
  "court_nm" varchar(80),
  "docket_no" varchar(20),
  "resp_atty" varchar(60), -- person_name
  "billing_contact_email" varchar(80) -- email
);
CREATE TABLE "time_slips" (
  "slip_id" bigint,
  "tkpr_initials" varchar(4), -- person_name
  "narrative" text, -- free_text
  "hrs" numeric(12,2),
  "rate" numeric(12,2)
);
