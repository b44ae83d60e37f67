-- Tables after the segments of HL7.
CREATE TABLE "pid_segment" (
  "set_id" integer,
  "patient_identifier_list" varchar(250), -- national_id
  "alternate_patient_id" varchar(50), -- national_id
  "patient_name_family" varchar(50), -- person_name
  "patient_name_given" varchar(50), -- person_name
  "mothers_maiden_name" varchar(50), -- person_name
  "date_time_of_birth" varchar(26), -- birth_date
  "administrative_sex" char(1),
  "patient_alias" varchar(50), -- person_name
  "race" varchar(10),
  "patient_address" varchar(250), -- address
  "county_code" varchar(4),
  "phone_number_home" varchar(40), -- phone
  "phone_number_business" varchar(40), -- phone
  "primary_language" varchar(10),
  "marital_status" char(1),
  "religion" varchar(3),
  "patient_account_number" varchar(20), -- national_id
  "ssn_number_patient" varchar(16), -- national_id
  "drivers_license_number_patient" varchar(25), -- national_id
  "ethnic_group" varchar(10),
  "birth_place" varchar(60), -- city
  "death_datetime" varchar(26)
);
CREATE TABLE "nk1_segment" (
  "nk_name" varchar(100), -- person_name
  "relationship" varchar(10),
  "nk_address" varchar(250), -- address
  "nk_phone" varchar(40), -- phone
  "contact_role" varchar(10)
);
CREATE TABLE "pv1_visit" (
  "visit_number" varchar(20),
  "patient_class" char(1),
  "assigned_location" varchar(80),
  "attending_doctor" varchar(80), -- person_name
  "referring_doctor" varchar(80), -- person_name
  "admit_datetime" timestamptz,
  "discharge_disposition" varchar(3),
  "bed_status" char(1),
  "vip_indicator" varchar(2),
  "hospital_service" varchar(5)
);
CREATE TABLE "obx_result" (
  "obx_id" bigint,
  "value_type" varchar(3),
  "observation_id" varchar(50),
  "observation_value" text, -- free_text
  "units" varchar(20),
  "ref_range" varchar(60),
  "abnormal_flags" varchar(5),
  "responsible_observer" varchar(80), -- person_name
  "equipment_id" varchar(30),
  "comments" text -- free_text
);
CREATE TABLE "in1_insurance" (
  "plan_id" varchar(20),
  "company_name" varchar(80),
  "company_address" varchar(200), -- address
  "group_number" varchar(20),
  "name_of_insured" varchar(80), -- person_name
  "insureds_dob" varchar(8), -- birth_date
  "insureds_address" varchar(200), -- address
  "policy_number" varchar(20), -- national_id
  "insureds_id_number" varchar(20) -- national_id
);
