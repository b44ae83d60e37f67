-- An exchange of crypto assets.
CREATE TABLE "kyc_profiles" (
  "user_uuid" uuid,
  "legal_first_name" varchar(255), -- person_name
  "legal_last_name" varchar(255), -- person_name
  "dob" varchar(255), -- birth_date
  "nationality" varchar(255),
  "residence_country" varchar(255),
  "address_line1" varchar(255), -- address
  "address_city" varchar(255), -- city
  "address_postal" varchar(255), -- postal_code
  "tax_residency" varchar(255),
  "tin" varchar(255), -- national_id
  "id_type" varchar(255),
  "id_number" varchar(255), -- national_id
  "id_front_image" varchar(255),
  "selfie_image" varchar(255), -- url_profile
  "pep_flag" boolean,
  "source_of_funds" varchar(255),
  "risk_score" numeric(12,2)
);
CREATE TABLE "api_credentials" (
  "id" bigint,
  "user_uuid" uuid,
  "key_label" varchar(255),
  "api_key" varchar(255), -- secret_token
  "api_secret_hash" varchar(255), -- secret_token
  "ip_whitelist" varchar(255), -- ip
  "permissions" varchar(255),
  "last_used_ip" varchar(255), -- ip
  "totp_seed" varchar(255) -- secret_token
);
CREATE TABLE "withdrawals" (
  "id" bigint,
  "user_uuid" uuid,
  "asset" varchar(255),
  "wallet_address" varchar(255),
  "memo" varchar(255), -- free_text
  "amount" numeric(12,2),
  "tx_hash" varchar(255),
  "ip_addr" varchar(255), -- ip
  "device_fingerprint" varchar(255)
);
