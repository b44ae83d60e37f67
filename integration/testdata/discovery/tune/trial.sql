-- A clinical trial.
CREATE TABLE "subjects" (
  "usubjid" varchar(30),
  "siteid" varchar(10),
  "subj_initials" varchar(3), -- person_name
  "brthdtc" varchar(10), -- birth_date
  "sex" char(1),
  "race" varchar(30),
  "ethnic" varchar(30),
  "arm" varchar(20),
  "icf_signed_dt" date,
  "investigator" varchar(80) -- person_name
);
CREATE TABLE "adverse_events" (
  "aeterm" varchar(200), -- free_text
  "aestdtc" varchar(10),
  "aeser" char(1),
  "aeout" varchar(30),
  "narrative" text -- free_text
);
