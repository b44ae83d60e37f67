-- Salesforce's objects.
CREATE TABLE "Lead" (
  "Id" varchar(18),
  "Salutation" varchar(40),
  "FirstName" varchar(40), -- person_name
  "LastName" varchar(80), -- person_name
  "Company" varchar(255),
  "Title" varchar(128),
  "Email" varchar(80), -- email
  "Phone" varchar(40), -- phone
  "MobilePhone" varchar(40), -- phone
  "Fax" varchar(40), -- phone
  "Street" varchar(255), -- address
  "City" varchar(40), -- city
  "State" varchar(80),
  "PostalCode" varchar(20), -- postal_code
  "Country" varchar(80),
  "Latitude" numeric(12,2), -- geo
  "Longitude" numeric(12,2), -- geo
  "Website" varchar(255), -- url_profile
  "Description" text, -- free_text
  "LeadSource" varchar(255),
  "Rating" varchar(255),
  "NumberOfEmployees" integer,
  "OwnerId" varchar(18),
  "HasOptedOutOfEmail" boolean,
  "PhotoUrl" varchar(255), -- url_profile
  "Jigsaw" varchar(20)
);
CREATE TABLE "Account" (
  "Id" varchar(18),
  "Name" varchar(255),
  "BillingStreet" varchar(255), -- address
  "BillingCity" varchar(40), -- city
  "BillingPostalCode" varchar(20), -- postal_code
  "ShippingStreet" varchar(255), -- address
  "ShippingCity" varchar(40), -- city
  "Phone" varchar(40), -- phone
  "AnnualRevenue" numeric(12,2),
  "Sic" varchar(20),
  "DunsNumber" varchar(9),
  "PersonEmail" varchar(80), -- email
  "PersonBirthdate" date, -- birth_date
  "PersonMobilePhone" varchar(40), -- phone
  "PersonMailingStreet" varchar(255), -- address
  "Preferred_Contact_Method__c" varchar(50),
  "Passport_Number__c" varchar(20) -- national_id
);
CREATE TABLE "Case" (
  "Id" varchar(18),
  "CaseNumber" varchar(30),
  "SuppliedName" varchar(80), -- person_name
  "SuppliedEmail" varchar(80), -- email
  "SuppliedPhone" varchar(40), -- phone
  "SuppliedCompany" varchar(80),
  "Subject" varchar(255), -- free_text
  "Description" text, -- free_text
  "Comments" text, -- free_text
  "Origin" varchar(40),
  "Priority" varchar(40)
);
