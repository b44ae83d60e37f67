-- A dating service.
CREATE TABLE "profiles" (
  "user_id" bigint,
  "handle" varchar(255), -- username
  "display_name" varchar(255), -- person_name
  "bio" text, -- free_text
  "birthdate" date, -- birth_date
  "seeking" varchar(255),
  "orientation" varchar(255),
  "relationship_goal" varchar(255),
  "height_cm" integer,
  "zodiac" varchar(255),
  "smokes" varchar(255),
  "hometown" varchar(255), -- city
  "current_city" varchar(255), -- city
  "geo_hash" varchar(12), -- geo
  "instagram_handle" varchar(255), -- username
  "spotify_anthem" varchar(255),
  "job_title" varchar(255),
  "employer" varchar(255),
  "college" varchar(255),
  "prompts" jsonb, -- json_may_contain_pii
  "is_premium" boolean,
  "last_active" timestamptz
);
CREATE TABLE "photos" (
  "id" bigint,
  "user_id" bigint,
  "cdn_url" varchar(255), -- url_profile
  "blurhash" varchar(255),
  "position" integer,
  "moderation_label" varchar(255)
);
CREATE TABLE "messages" (
  "id" bigint,
  "match_id" uuid,
  "sender_id" bigint,
  "body" text, -- free_text
  "gif_url" varchar(255),
  "sent_at" timestamptz,
  "read_at" timestamptz
);
CREATE TABLE "verifications" (
  "id" bigint,
  "user_id" bigint,
  "selfie_key" varchar(255), -- url_profile
  "id_doc_front_key" varchar(255),
  "id_doc_number" varchar(255), -- national_id
  "id_doc_country" char(2),
  "otp_code" varchar(8), -- secret_token
  "e164" varchar(255), -- phone
  "apple_sub" varchar(255),
  "google_sub" varchar(255)
);
CREATE TABLE "reports" (
  "id" bigint,
  "reporter_id" bigint,
  "reported_id" bigint,
  "reason" varchar(255), -- free_text
  "details" text, -- free_text
  "moderator_email" varchar(255) -- email
);
