-- Prisma camelCase: scheduling and billing for teams.
CREATE TABLE "User" (
  "id" TEXT PRIMARY KEY,
  "name" TEXT, -- person_name
  "email" TEXT NOT NULL, -- email
  "emailVerified" TIMESTAMP(3),
  "hashedPassword" TEXT, -- password_hash
  "image" TEXT, -- url_profile
  "username" TEXT, -- username
  "phoneNumber" TEXT, -- phone
  "timeZone" TEXT NOT NULL DEFAULT 'UTC',
  "weekStart" TEXT NOT NULL DEFAULT 'Sunday',
  "twoFactorSecret" TEXT, -- secret_token
  "backupCodes" TEXT, -- secret_token
  "stripeCustomerId" TEXT,
  "metadata" JSONB, -- json_may_contain_pii
  "createdAt" TIMESTAMP(3) NOT NULL,
  "dateOfBirth" DATE, -- birth_date
  "isActive" BOOLEAN,
  "lastLoginIp" TEXT, -- ip
  "invitedTo" INTEGER,
  "bio" TEXT -- free_text
);
CREATE TABLE "Account" (
  "id" TEXT PRIMARY KEY,
  "userId" TEXT REFERENCES "User",
  "type" TEXT,
  "provider" TEXT,
  "providerAccountId" TEXT,
  "refresh_token" TEXT, -- secret_token
  "access_token" TEXT, -- secret_token
  "expires_at" INTEGER,
  "token_type" TEXT,
  "scope" TEXT,
  "id_token" TEXT, -- secret_token
  "session_state" TEXT
);
CREATE TABLE "Session" (
  "id" TEXT PRIMARY KEY,
  "sessionToken" TEXT, -- secret_token
  "userId" TEXT,
  "expires" TIMESTAMP(3)
);
CREATE TABLE "VerificationToken" (
  "identifier" TEXT, -- email
  "token" TEXT, -- secret_token
  "expires" TIMESTAMP(3)
);
CREATE TABLE "Attendee" (
  "id" SERIAL PRIMARY KEY,
  "email" TEXT, -- email
  "name" TEXT, -- person_name
  "timeZone" TEXT,
  "phoneNumber" TEXT, -- phone
  "locale" TEXT,
  "noShow" BOOLEAN
);
CREATE TABLE "Booking" (
  "id" SERIAL PRIMARY KEY,
  "uid" TEXT,
  "title" TEXT, -- free_text
  "description" TEXT, -- free_text
  "location" TEXT, -- address
  "startTime" TIMESTAMP(3),
  "responses" JSONB, -- json_may_contain_pii
  "cancellationReason" TEXT, -- free_text
  "rejectionReason" TEXT, -- free_text
  "ratingFeedback" TEXT, -- free_text
  "paid" BOOLEAN,
  "smsReminderNumber" TEXT, -- phone
  "status" TEXT,
  "userPrimaryEmail" TEXT, -- email
  "cancelledBy" TEXT -- username
);
CREATE TABLE "Invoice" (
  "id" TEXT PRIMARY KEY,
  "invoiceNumber" TEXT,
  "billingName" TEXT, -- person_name
  "billingAddressLine1" TEXT, -- address
  "billingAddressLine2" TEXT, -- address
  "billingCity" TEXT, -- city
  "billingPostalCode" TEXT, -- postal_code
  "billingCountry" TEXT,
  "vatId" TEXT, -- national_id
  "total" DECIMAL(10,2),
  "currency" TEXT,
  "cardLast4" TEXT, -- credit_card
  "cardBrand" TEXT,
  "iban" TEXT, -- iban
  "pdfUrl" TEXT,
  "notes" TEXT -- free_text
);
CREATE TABLE "ApiKey" (
  "id" TEXT PRIMARY KEY,
  "hashedKey" TEXT, -- secret_token
  "note" TEXT, -- free_text
  "lastUsedAt" TIMESTAMP(3),
  "expiresAt" TIMESTAMP(3)
);
CREATE TABLE "Credential" (
  "id" SERIAL PRIMARY KEY,
  "type" TEXT,
  "key" JSONB, -- secret_token
  "appId" TEXT,
  "invalid" BOOLEAN
);
CREATE TABLE "AuditLog" (
  "id" TEXT PRIMARY KEY,
  "action" TEXT,
  "actorEmail" TEXT, -- email
  "ipAddress" TEXT, -- ip
  "userAgent" TEXT,
  "oldValues" JSONB, -- json_may_contain_pii
  "newValues" JSONB, -- json_may_contain_pii
  "entityId" TEXT,
  "timestamp" TIMESTAMP(3)
);
CREATE TABLE "Product" (
  "id" TEXT PRIMARY KEY,
  "name" TEXT,
  "sku" TEXT,
  "description" TEXT,
  "imageUrl" TEXT,
  "price" DECIMAL(10,2),
  "stockLevel" INTEGER
);
CREATE TABLE "Team" (
  "id" SERIAL PRIMARY KEY,
  "name" TEXT,
  "slug" TEXT,
  "logoUrl" TEXT,
  "bio" TEXT, -- free_text
  "hideBranding" BOOLEAN,
  "brandColor" TEXT
);
CREATE TABLE "Listing" (
  "id" TEXT PRIMARY KEY,
  "headline" TEXT,
  "pricePerNight" INTEGER,
  "lat" DOUBLE PRECISION, -- geo
  "lng" DOUBLE PRECISION, -- geo
  "addressLine" TEXT, -- address
  "neighbourhood" TEXT, -- address
  "hostName" TEXT, -- person_name
  "bedrooms" INTEGER
);
