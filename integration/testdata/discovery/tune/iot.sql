-- Devices in homes.
CREATE TABLE "devices" (
  "device_uid" varchar(255),
  "serial" varchar(255),
  "hw_rev" varchar(255),
  "mac_address" varchar(17), -- mac
  "ble_mac" varchar(17), -- mac
  "ip_addr" inet, -- ip
  "fw_version" varchar(255),
  "last_seen" timestamptz,
  "lat" double precision, -- geo
  "lon" double precision, -- geo
  "owner_email" varchar(255), -- email
  "psk" varchar(255), -- secret_token
  "api_key" varchar(255), -- secret_token
  "cert_pem" text,
  "friendly_name" varchar(255),
  "tags" jsonb -- json_may_contain_pii
);
CREATE TABLE "telemetry" (
  "id" bigint,
  "device_uid" varchar(255),
  "ts" timestamptz,
  "metric" varchar(255),
  "value" double precision,
  "unit" varchar(255),
  "raw_payload" jsonb -- json_may_contain_pii
);
CREATE TABLE "households" (
  "id" integer,
  "surname" varchar(255), -- person_name
  "primary_contact" varchar(255), -- person_name
  "contact_mobile" varchar(255), -- phone
  "addr1" varchar(255), -- address
  "addr2" varchar(255), -- address
  "town" varchar(255), -- city
  "post_code" varchar(255), -- postal_code
  "tz" varchar(255),
  "wifi_ssid" varchar(255),
  "wifi_key" varchar(255), -- secret_token
  "alarm_pin" varchar(8), -- secret_token
  "notes" text -- free_text
);
