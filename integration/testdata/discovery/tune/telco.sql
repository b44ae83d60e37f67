-- A telephone company.
CREATE TABLE "subscriber" (
  "subscriber_id" bigint,
  "msisdn" varchar(15), -- phone
  "imsi" varchar(15), -- national_id
  "iccid" varchar(22),
  "puk1" varchar(8), -- secret_token
  "cust_first_nm" varchar(255), -- person_name
  "cust_last_nm" varchar(255), -- person_name
  "cust_dob" date, -- birth_date
  "id_proof_type" varchar(10),
  "id_proof_no" varchar(30), -- national_id
  "alt_contact_no" varchar(15), -- phone
  "inst_addr_line1" varchar(255), -- address
  "inst_addr_line2" varchar(255), -- address
  "inst_city" varchar(255), -- city
  "inst_pincode" varchar(6), -- postal_code
  "bill_cycle" integer,
  "credit_class" varchar(5),
  "account_status" varchar(10),
  "self_care_login" varchar(255), -- username
  "self_care_pwd" varchar(255), -- password_hash
  "activation_dt" timestamptz
);
CREATE TABLE "usage_cdr" (
  "cdr_id" bigint,
  "a_number" varchar(20), -- phone
  "b_number" varchar(20), -- phone
  "cell_id" varchar(20),
  "lac" varchar(10),
  "start_ts" timestamptz,
  "dur_sec" integer,
  "imei" varchar(16), -- national_id
  "bytes_up" bigint,
  "charge" numeric(12,2),
  "roaming_plmn" varchar(6),
  "apn" varchar(40),
  "ue_ip" varchar(45) -- ip
);
CREATE TABLE "trouble_ticket" (
  "tt_no" varchar(15),
  "caller_nm" varchar(255), -- person_name
  "callback_no" varchar(20), -- phone
  "prob_desc" text, -- free_text
  "resolution" text, -- free_text
  "agent_login" varchar(255), -- username
  "severity" char(1)
);
CREATE TABLE "cpe" (
  "serial_no" varchar(30),
  "wan_mac" varchar(17), -- mac
  "lan_mac" varchar(17), -- mac
  "wifi_ssid" varchar(32),
  "wifi_passphrase" varchar(64), -- secret_token
  "firmware" varchar(20),
  "mgmt_ip" varchar(45) -- ip
);
