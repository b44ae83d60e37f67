-- Rails: a CRM.
CREATE TABLE "users" (
  "id" bigint,
  "email" varchar(255), -- email
  "encrypted_password" varchar(255), -- password_hash
  "reset_password_token" varchar(255), -- secret_token
  "reset_password_sent_at" timestamptz,
  "remember_created_at" timestamptz,
  "sign_in_count" integer,
  "current_sign_in_ip" inet, -- ip
  "last_sign_in_ip" inet, -- ip
  "confirmation_token" varchar(255), -- secret_token
  "unconfirmed_email" varchar(255), -- email
  "failed_attempts" integer,
  "unlock_token" varchar(255), -- secret_token
  "first_name" varchar(255), -- person_name
  "last_name" varchar(255), -- person_name
  "time_zone" varchar(255),
  "locale" varchar(255),
  "role" integer,
  "avatar_file_name" varchar(255), -- url_profile
  "avatar_content_type" varchar(255),
  "avatar_file_size" integer,
  "otp_secret" varchar(255), -- secret_token
  "otp_backup_codes" text[], -- secret_token
  "created_at" timestamptz
);
CREATE TABLE "contacts" (
  "id" bigint,
  "account_id" bigint,
  "name" varchar(255), -- person_name
  "nickname" varchar(255), -- username
  "title" varchar(255),
  "phone_work" varchar(255), -- phone
  "phone_mobile" varchar(255), -- phone
  "phone_ext" varchar(255),
  "email_work" varchar(255), -- email
  "email_home" varchar(255), -- email
  "linkedin_url" varchar(255), -- url_profile
  "birthday" date, -- birth_date
  "notes" text, -- free_text
  "source" varchar(255),
  "assistant_name" varchar(255), -- person_name
  "assistant_phone" varchar(255), -- phone
  "do_not_call" boolean,
  "lead_score" integer,
  "custom_fields" jsonb -- json_may_contain_pii
);
CREATE TABLE "addresses" (
  "id" bigint,
  "addressable_type" varchar(255),
  "addressable_id" bigint,
  "street1" varchar(255), -- address
  "street2" varchar(255), -- address
  "city" varchar(255), -- city
  "state" varchar(255),
  "zip" varchar(10), -- postal_code
  "country_code" char(2),
  "lat" double precision, -- geo
  "lng" double precision, -- geo
  "kind" varchar(255)
);
CREATE TABLE "active_storage_blobs" (
  "id" bigint,
  "key" varchar(255),
  "filename" varchar(255),
  "content_type" varchar(255),
  "metadata" text, -- json_may_contain_pii
  "byte_size" bigint,
  "checksum" varchar(255),
  "service_name" varchar(255)
);
CREATE TABLE "audits" (
  "id" bigint,
  "auditable_id" bigint,
  "auditable_type" varchar(255),
  "user_id" bigint,
  "username" varchar(255), -- username
  "action" varchar(255),
  "audited_changes" jsonb, -- json_may_contain_pii
  "version" integer,
  "comment" varchar(255), -- free_text
  "remote_address" varchar(255), -- ip
  "request_uuid" varchar(255)
);
CREATE TABLE "oauth_access_tokens" (
  "id" bigint,
  "resource_owner_id" bigint,
  "application_id" bigint,
  "token" varchar(255), -- secret_token
  "refresh_token" varchar(255), -- secret_token
  "expires_in" integer,
  "scopes" varchar(255),
  "revoked_at" timestamptz
);
CREATE TABLE "emails" (
  "id" bigint,
  "from_address" varchar(255), -- email
  "to_addresses" text[], -- email
  "subject" varchar(255), -- free_text
  "body_html" text, -- free_text
  "message_id" varchar(255),
  "in_reply_to" varchar(255),
  "sent_at" timestamptz
);
