-- Insurance claims, abbreviated.
CREATE TABLE "policyholder" (
  "policyholder_id" integer,
  "salutation" varchar(10),
  "insured_name" varchar(80), -- person_name
  "insured_dob" date, -- birth_date
  "ssn_tin" varchar(11), -- national_id
  "marital_status" char(1),
  "occupation" varchar(40),
  "annual_income" numeric(12,2),
  "mailing_addr1" varchar(60), -- address
  "mailing_addr2" varchar(60), -- address
  "mailing_city" varchar(40), -- city
  "mailing_zip5" char(5), -- postal_code
  "mailing_zip4" char(4), -- postal_code
  "mailing_st" char(2),
  "day_phone" varchar(15), -- phone
  "eve_phone" varchar(15), -- phone
  "drv_lic_no" varchar(20), -- national_id
  "drv_lic_st" char(2),
  "smoker_ind" char(1),
  "preferred_lang" char(2)
);
CREATE TABLE "claim" (
  "claim_no" varchar(15),
  "policy_no" varchar(15),
  "loss_date" date,
  "reported_dt" timestamptz,
  "loss_location" varchar(100), -- address
  "loss_desc" text, -- free_text
  "adjuster_nm" varchar(60), -- person_name
  "adjuster_ext" varchar(6),
  "claimant_nm" varchar(80), -- person_name
  "claimant_ph" varchar(15), -- phone
  "claimant_atty" varchar(80), -- person_name
  "police_report_no" varchar(20),
  "witness_info" text, -- free_text
  "reserve_amt" numeric(12,2),
  "paid_amt" numeric(12,2),
  "status_cd" char(2),
  "veh_vin" char(17),
  "veh_plate" varchar(10),
  "provider_npi" char(10), -- national_id
  "icd_cd" varchar(8),
  "cpt_cd" varchar(8),
  "eft_acct_no" varchar(17), -- iban
  "eft_aba_no" char(9)
);
CREATE TABLE "agent" (
  "agent_cd" varchar(8),
  "agent_full_nm" varchar(60), -- person_name
  "agency_nm" varchar(60),
  "lic_no" varchar(20), -- national_id
  "e_mail" varchar(80), -- email
  "fax_no" varchar(15), -- phone
  "commission_pct" numeric(12,2)
);
