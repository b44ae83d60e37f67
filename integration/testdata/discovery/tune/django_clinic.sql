-- Django: an Australian clinic.
CREATE TABLE "auth_user" (
  "id" integer,
  "password" varchar(255), -- password_hash
  "last_login" timestamptz,
  "is_superuser" boolean,
  "username" varchar(255), -- username
  "first_name" varchar(255), -- person_name
  "last_name" varchar(255), -- person_name
  "email" varchar(255), -- email
  "is_staff" boolean,
  "date_joined" timestamptz
);
CREATE TABLE "clinic_patient" (
  "id" integer,
  "medical_record_no" varchar(255), -- national_id
  "full_name" varchar(255), -- person_name
  "preferred_pronouns" varchar(255),
  "date_of_birth" date, -- birth_date
  "sex_at_birth" varchar(255),
  "phone_primary" varchar(255), -- phone
  "phone_secondary" varchar(255), -- phone
  "street_address" varchar(255), -- address
  "unit_no" varchar(255), -- address
  "suburb" varchar(255), -- city
  "postcode" varchar(255), -- postal_code
  "medicare_no" varchar(255), -- national_id
  "medicare_irn" char(1),
  "next_of_kin_name" varchar(255), -- person_name
  "next_of_kin_phone" varchar(255), -- phone
  "gp_name" varchar(255), -- person_name
  "gp_provider_no" varchar(255), -- national_id
  "allergies" text, -- free_text
  "insurance_member_no" varchar(255), -- national_id
  "consent_given" boolean
);
CREATE TABLE "clinic_encounter" (
  "id" integer,
  "patient_id" integer,
  "clinician" varchar(255), -- person_name
  "seen_at" timestamptz,
  "chief_complaint" text, -- free_text
  "history" text, -- free_text
  "examination" text, -- free_text
  "plan" text, -- free_text
  "icd10_codes" text[],
  "bp_systolic" integer,
  "weight_kg" numeric(12,2),
  "temperature" numeric(12,2)
);
CREATE TABLE "clinic_prescription" (
  "id" integer,
  "drug_name" varchar(255),
  "dose" varchar(255),
  "frequency" varchar(255),
  "prescriber_name" varchar(255), -- person_name
  "prescriber_ahpra" varchar(255), -- national_id
  "instructions" text, -- free_text
  "dispensed_at" timestamptz
);
CREATE TABLE "django_session" (
  "session_key" varchar(40), -- secret_token
  "session_data" text, -- json_may_contain_pii
  "expire_date" timestamptz
);
CREATE TABLE "django_admin_log" (
  "id" integer,
  "action_time" timestamptz,
  "object_id" text,
  "object_repr" varchar(200), -- free_text
  "change_message" text -- free_text
);
CREATE TABLE "socialaccount_socialaccount" (
  "id" integer,
  "provider" varchar(255),
  "uid" varchar(255),
  "extra_data" jsonb -- json_may_contain_pii
);
