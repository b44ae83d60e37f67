-- An airline: bookings, loyalty, baggage.
CREATE TABLE "pnr_bookings" (
  "pnr_locator" char(6),
  "record_created" timestamptz,
  "pax_title" varchar(10),
  "pax_surname" varchar(40), -- person_name
  "pax_given" varchar(40), -- person_name
  "pax_dob" date, -- birth_date
  "pax_type" char(3),
  "apis_passport_no" varchar(20), -- national_id
  "apis_nationality" char(3),
  "apis_expiry" date,
  "contact_ctce" varchar(120), -- email
  "contact_ctcm" varchar(30), -- phone
  "ff_number" varchar(20),
  "ff_tier" varchar(10),
  "fop_pan_last4" char(4), -- credit_card
  "fop_expiry" char(4),
  "fop_auth_code" varchar(10),
  "ssr_text" text, -- free_text
  "osi_remarks" text, -- free_text
  "agent_sine" varchar(10), -- username
  "office_id" varchar(10),
  "ticket_no" varchar(14),
  "redress_no" varchar(15), -- national_id
  "known_traveller_no" varchar(15) -- national_id
);
CREATE TABLE "flight_legs" (
  "leg_id" bigint,
  "carrier" char(2),
  "flt_no" integer,
  "dep_iata" char(3),
  "arr_iata" char(3),
  "std_utc" timestamptz,
  "sta_utc" timestamptz,
  "tail_no" varchar(8),
  "aircraft_type" varchar(6),
  "gate" varchar(5),
  "captain_staff_no" varchar(10),
  "captain_name" varchar(60), -- person_name
  "dep_lat" double precision, -- geo
  "dep_lon" double precision -- geo
);
CREATE TABLE "loyalty_member" (
  "member_no" varchar(12),
  "enrol_date" date,
  "pref_name" varchar(40), -- person_name
  "email_addr" varchar(100), -- email
  "email_bounced" boolean,
  "mobile_ctry_cd" varchar(4),
  "mobile_no" varchar(20), -- phone
  "home_addr_ln1" varchar(80), -- address
  "home_addr_ln2" varchar(80), -- address
  "home_city" varchar(40), -- city
  "home_postcd" varchar(12), -- postal_code
  "home_state" varchar(30),
  "home_ctry" char(2),
  "pwd_sha256" char(64), -- password_hash
  "tier" varchar(10),
  "miles_balance" integer,
  "statement_pref" varchar(10),
  "companion_name" varchar(60), -- person_name
  "passport_copy_url" varchar(200)
);
CREATE TABLE "baggage" (
  "tag_no" varchar(10),
  "weight_kg" numeric(12,2),
  "pieces" integer,
  "claim_desc" text, -- free_text
  "delivery_address" varchar(200), -- address
  "finder_phone" varchar(20) -- phone
);
