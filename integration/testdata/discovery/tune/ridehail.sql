-- Ride hailing in camel case.
CREATE TABLE "riders" (
  "id" uuid,
  "firstName" varchar(255), -- person_name
  "lastName" varchar(255), -- person_name
  "phoneNumber" varchar(255), -- phone
  "phoneVerifiedAt" timestamptz,
  "emailId" varchar(255), -- email
  "homeLat" double precision, -- geo
  "homeLng" double precision, -- geo
  "workAddress" varchar(255), -- address
  "defaultPaymentToken" varchar(255), -- secret_token
  "referralCode" varchar(255),
  "rating" double precision,
  "deviceFingerprint" varchar(255),
  "fcmRegistrationId" varchar(255), -- secret_token
  "lastKnownIp" inet, -- ip
  "signupSource" varchar(255),
  "gender" varchar(255),
  "dateOfBirth" date, -- birth_date
  "sosContactName" varchar(255), -- person_name
  "sosContactPhone" varchar(255), -- phone
  "isDeleted" boolean
);
CREATE TABLE "drivers" (
  "id" uuid,
  "fullName" varchar(255), -- person_name
  "dlNumber" varchar(255), -- national_id
  "dlExpiry" date,
  "dlState" varchar(255),
  "vehiclePlate" varchar(255),
  "vehicleVin" varchar(255),
  "vehicleMake" varchar(255),
  "vehicleColor" varchar(255),
  "bankAcctNumber" varchar(255), -- iban
  "bankRoutingNumber" varchar(255),
  "ssnLast4" varchar(255), -- national_id
  "backgroundCheckStatus" varchar(255),
  "photoKey" varchar(255), -- url_profile
  "tshirtSize" varchar(255),
  "onboardingNotes" text, -- free_text
  "currentLocation" point, -- geo
  "taxIdEncrypted" bytea, -- national_id
  "payoutEmail" varchar(255) -- email
);
CREATE TABLE "trips" (
  "id" uuid,
  "riderId" uuid,
  "driverId" uuid,
  "pickupAddress" varchar(255), -- address
  "pickupLat" double precision, -- geo
  "pickupLng" double precision, -- geo
  "dropoffAddress" varchar(255), -- address
  "dropoffLat" double precision, -- geo
  "dropoffLng" double precision, -- geo
  "surgeMultiplier" numeric(12,2),
  "fareCents" integer,
  "routePolyline" text, -- geo
  "riderFeedback" text, -- free_text
  "cancelReason" varchar(255), -- free_text
  "maskedPhone" varchar(255), -- phone
  "paymentMethod" varchar(255),
  "requestedAt" timestamptz,
  "status" varchar(255)
);
