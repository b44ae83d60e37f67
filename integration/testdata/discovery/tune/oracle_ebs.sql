-- Oracle's E-Business Suite.
CREATE TABLE "HZ_PARTIES" (
  "PARTY_ID" bigint,
  "PARTY_NUMBER" varchar(30),
  "PARTY_NAME" varchar(360), -- person_name
  "PARTY_TYPE" varchar(30),
  "PERSON_FIRST_NAME" varchar(150), -- person_name
  "PERSON_LAST_NAME" varchar(150), -- person_name
  "PERSON_PRE_NAME_ADJUNCT" varchar(30),
  "KNOWN_AS" varchar(240), -- person_name
  "ADDRESS1" varchar(240), -- address
  "ADDRESS2" varchar(240), -- address
  "CITY" varchar(60), -- city
  "POSTAL_CODE" varchar(60), -- postal_code
  "COUNTY" varchar(60),
  "EMAIL_ADDRESS" varchar(320), -- email
  "URL" varchar(2000),
  "JGZZ_FISCAL_CODE" varchar(20), -- national_id
  "TAX_REFERENCE" varchar(50), -- national_id
  "DATE_OF_BIRTH" date, -- birth_date
  "PLACE_OF_BIRTH" varchar(60), -- city
  "GENDER" varchar(30),
  "PRIMARY_PHONE_NUMBER" varchar(40), -- phone
  "PRIMARY_PHONE_AREA_CODE" varchar(10)
);
CREATE TABLE "PER_ALL_PEOPLE_F" (
  "PERSON_ID" bigint,
  "EMPLOYEE_NUMBER" varchar(30),
  "FULL_NAME" varchar(240), -- person_name
  "NATIONAL_IDENTIFIER" varchar(30), -- national_id
  "MIDDLE_NAMES" varchar(60), -- person_name
  "PREVIOUS_LAST_NAME" varchar(150), -- person_name
  "TOWN_OF_BIRTH" varchar(90), -- city
  "EMAIL_ADDRESS" varchar(240), -- email
  "MARITAL_STATUS" varchar(30),
  "OFFICE_NUMBER" varchar(45),
  "INTERNAL_LOCATION" varchar(45),
  "ATTRIBUTE1" varchar(150),
  "EXPENSE_CHECK_SEND_TO" varchar(1)
);
CREATE TABLE "AP_BANK_ACCOUNTS" (
  "BANK_ACCOUNT_ID" bigint,
  "BANK_ACCOUNT_NAME" varchar(80), -- person_name
  "BANK_ACCOUNT_NUM" varchar(30), -- iban
  "IBAN_NUMBER" varchar(40), -- iban
  "CHECK_DIGITS" varchar(30),
  "CURRENCY_CODE" varchar(15)
);
