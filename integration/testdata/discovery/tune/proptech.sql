-- Rented homes.
CREATE TABLE "tenants" (
  "tenant_id" integer,
  "full_legal_name" varchar(255), -- person_name
  "dob" date, -- birth_date
  "email_primary" varchar(255), -- email
  "cell" varchar(255), -- phone
  "ssn_encrypted" bytea, -- national_id
  "drivers_license" varchar(255), -- national_id
  "employer_name" varchar(255),
  "employer_phone" varchar(255), -- phone
  "monthly_income" numeric(12,2),
  "prev_address" varchar(255), -- address
  "prev_landlord" varchar(255), -- person_name
  "emergency_name" varchar(255), -- person_name
  "emergency_phone" varchar(255), -- phone
  "pets" text,
  "vehicle_plate" varchar(255),
  "credit_score" integer,
  "move_in" date
);
CREATE TABLE "leases" (
  "lease_id" integer,
  "unit_label" varchar(255),
  "premises_address" varchar(255), -- address
  "rent_cents" integer,
  "guarantor" varchar(255), -- person_name
  "guarantor_email" varchar(255), -- email
  "special_terms" text, -- free_text
  "signature_ip" varchar(255), -- ip
  "esign_token" varchar(255), -- secret_token
  "bank_routing" varchar(255),
  "bank_account" varchar(255) -- iban
);
CREATE TABLE "maintenance" (
  "req_id" integer,
  "reported_by" varchar(255), -- person_name
  "problem" text, -- free_text
  "permission_to_enter" boolean,
  "access_code" varchar(10), -- secret_token
  "vendor_name" varchar(255),
  "vendor_phone" varchar(255), -- phone
  "photo_urls" text[],
  "tech_notes" text -- free_text
);
CREATE TABLE "properties" (
  "property_id" integer,
  "nickname" varchar(255),
  "street" varchar(255), -- address
  "city" varchar(255), -- city
  "state" char(2),
  "zip" varchar(255), -- postal_code
  "parcel_no" varchar(255),
  "latitude" numeric(12,2), -- geo
  "longitude" numeric(12,2), -- geo
  "year_built" integer,
  "description" text,
  "owner_name" varchar(255), -- person_name
  "wifi_password" varchar(255), -- secret_token
  "lockbox_code" varchar(255) -- secret_token
);
