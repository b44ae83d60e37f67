-- ERP tables and a customer master with short forms.
CREATE TABLE "LFA1" (
  "LIFNR" varchar(10),
  "NAME1" varchar(35),
  "ORT01" varchar(35), -- city
  "PSTLZ" varchar(10), -- postal_code
  "STRAS" varchar(35), -- address
  "TELF1" varchar(16), -- phone
  "STCD1" varchar(16), -- national_id
  "KTOKK" char(4),
  "ERNAM" varchar(12), -- username
  "ADRNR" varchar(10)
);
CREATE TABLE "BUT000" (
  "PARTNER" varchar(10),
  "TYPE" char(1),
  "NAME_LAST" varchar(40), -- person_name
  "NAME_FIRST" varchar(40), -- person_name
  "NAMEMIDDLE" varchar(40), -- person_name
  "BIRTHDT" date, -- birth_date
  "XSEXM" char(1),
  "NATIO" char(3),
  "CRUSR" varchar(12), -- username
  "CHUSR" varchar(12) -- username
);
CREATE TABLE "USR02" (
  "BNAME" varchar(12), -- username
  "BCODE" bytea, -- password_hash
  "PASSCODE" bytea, -- password_hash
  "GLTGV" date,
  "UFLAG" integer,
  "CLASS" varchar(12),
  "TRDAT" date
);
CREATE TABLE "crm_contact_mst" (
  "cntct_id" integer,
  "fst_nm" varchar(30), -- person_name
  "mid_nm" varchar(30), -- person_name
  "lst_nm" varchar(30), -- person_name
  "prmy_ph_num" varchar(20), -- phone
  "sec_ph_num" varchar(20), -- phone
  "fax_num" varchar(20), -- phone
  "prmy_email_addr" varchar(80), -- email
  "st_addr_ln_1" varchar(60), -- address
  "st_addr_ln_2" varchar(60), -- address
  "city_nm" varchar(40), -- city
  "st_cd" char(2),
  "zip_cd" varchar(10), -- postal_code
  "brth_dt" date, -- birth_date
  "gndr_cd" char(1),
  "ssn_enc" bytea, -- national_id
  "cc_num_masked" varchar(19), -- credit_card
  "cc_exp_dt" varchar(4),
  "usr_nm" varchar(20), -- username
  "pwd_txt" varchar(40), -- password_hash
  "sec_qstn" varchar(80), -- secret_token
  "sec_ansr" varchar(80), -- secret_token
  "crt_usr_id" varchar(10), -- username
  "crt_dt" timestamptz,
  "upd_usr_id" varchar(10), -- username
  "rmks_txt" varchar(400) -- free_text
);
