-- Prisma: a shop.
CREATE TABLE "User" (
  "id" uuid,
  "email" varchar(255), -- email
  "emailVerified" timestamptz,
  "hashedPassword" varchar(255), -- password_hash
  "name" varchar(255), -- person_name
  "image" varchar(255), -- url_profile
  "stripeCustomerId" varchar(255),
  "phone" varchar(255), -- phone
  "marketingOptIn" boolean,
  "role" varchar(255),
  "createdAt" timestamptz,
  "lastLoginIp" varchar(255) -- ip
);
CREATE TABLE "Address" (
  "id" uuid,
  "userId" uuid,
  "label" varchar(255),
  "recipientName" varchar(255), -- person_name
  "line1" varchar(255), -- address
  "line2" varchar(255), -- address
  "city" varchar(255), -- city
  "region" varchar(255),
  "postalCode" varchar(255), -- postal_code
  "country" char(2),
  "phone" varchar(255), -- phone
  "isDefault" boolean,
  "deliveryInstructions" text -- free_text
);
CREATE TABLE "Order" (
  "id" uuid,
  "orderNumber" varchar(255),
  "email" varchar(255), -- email
  "status" varchar(255),
  "subtotal" numeric(12,2),
  "shippingName" varchar(255), -- person_name
  "shippingAddress" jsonb, -- json_may_contain_pii
  "billingAddressLine1" varchar(255), -- address
  "billingPostcode" varchar(255), -- postal_code
  "giftMessage" text, -- free_text
  "customerNote" text, -- free_text
  "couponCode" varchar(255),
  "trackingNumber" varchar(255),
  "ipAddress" varchar(255), -- ip
  "userAgent" varchar(255),
  "placedAt" timestamptz
);
CREATE TABLE "Payment" (
  "id" uuid,
  "provider" varchar(255),
  "providerPaymentId" varchar(255),
  "cardBrand" varchar(255),
  "cardLast4" char(4), -- credit_card
  "cardholderName" varchar(255), -- person_name
  "cardFingerprint" varchar(255),
  "amount" integer,
  "currency" char(3),
  "receiptEmail" varchar(255), -- email
  "ibanLast4" varchar(255) -- iban
);
CREATE TABLE "Session" (
  "id" uuid,
  "sessionToken" varchar(255), -- secret_token
  "userId" uuid,
  "expires" timestamptz
);
CREATE TABLE "Account" (
  "id" uuid,
  "provider" varchar(255),
  "providerAccountId" varchar(255),
  "refresh_token" text, -- secret_token
  "access_token" text, -- secret_token
  "id_token" text, -- secret_token
  "scope" varchar(255),
  "session_state" varchar(255)
);
CREATE TABLE "Review" (
  "id" uuid,
  "productId" uuid,
  "authorName" varchar(255), -- person_name
  "rating" integer,
  "headline" varchar(255), -- free_text
  "body" text -- free_text
);
CREATE TABLE "Product" (
  "id" uuid,
  "name" varchar(255),
  "slug" varchar(255),
  "description" text,
  "sku" varchar(255),
  "price" numeric(12,2),
  "images" text[],
  "weight" numeric(12,2)
);
