-- A bank of old, without vowels.
CREATE TABLE "CUST_MST" (
  "CUST_NO" varchar(10),
  "CUST_NM1" varchar(40), -- person_name
  "CUST_NM2" varchar(40), -- person_name
  "DOB_YYYYMMDD" char(8), -- birth_date
  "SEX_CD" char(1),
  "PH_NO_RES" varchar(15), -- phone
  "PH_NO_OFF" varchar(15), -- phone
  "MOB_NO" varchar(15), -- phone
  "EML_ID" varchar(60), -- email
  "ADR1" varchar(40), -- address
  "ADR2" varchar(40), -- address
  "ADR3" varchar(40), -- address
  "CTY_NM" varchar(30), -- city
  "PIN_CD" varchar(6), -- postal_code
  "STT_CD" char(2),
  "PAN_NO" char(10), -- national_id
  "ADHR_NO" char(12), -- national_id
  "KYC_STS" char(1),
  "NOMINEE_NM" varchar(40), -- person_name
  "NOMINEE_REL" varchar(10),
  "MTHR_MDN_NM" varchar(40), -- person_name
  "INTRODUCER" varchar(40), -- person_name
  "CR_LMT" numeric(12,2),
  "REC_STS" char(1),
  "LST_UPD_USR" varchar(10), -- username
  "LST_UPD_DT" timestamptz
);
CREATE TABLE "ACCT_MST" (
  "ACCT_NO" varchar(16), -- iban
  "ACCT_TYP" char(3),
  "IFSC_CD" varchar(11),
  "BR_CD" varchar(6),
  "BAL_AMT" numeric(12,2),
  "JT_HLDR_NM" varchar(40), -- person_name
  "OPN_DT" date,
  "CHQ_BK_FLG" char(1),
  "DBT_CRD_NO" varchar(19), -- credit_card
  "CRD_EXP_MMYY" char(4),
  "PIN_OFST" varchar(6), -- secret_token
  "ATM_PIN_BLK" varchar(16) -- secret_token
);
CREATE TABLE "TXN_LOG" (
  "TXN_ID" bigint,
  "TXN_DT" timestamptz,
  "TXN_AMT" numeric(12,2),
  "NARR_TXT" varchar(200), -- free_text
  "BENEF_ACCT" varchar(34), -- iban
  "BENEF_NM" varchar(60), -- person_name
  "UPI_VPA" varchar(50),
  "TERM_IP" varchar(39), -- ip
  "DEV_ID" varchar(40)
);
