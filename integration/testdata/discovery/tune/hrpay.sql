-- SAP's tables and a German payroll after them.
CREATE TABLE "PERSONALSTAMM" (
  "PERSNR" varchar(8), -- national_id
  "ANREDE" varchar(5),
  "NACHN" varchar(40), -- person_name
  "VORNA" varchar(40), -- person_name
  "GBDAT" date, -- birth_date
  "GBORT" varchar(40), -- city
  "GESCH" char(1),
  "FAMST" char(1),
  "STRAS" varchar(60), -- address
  "HAUSNR" varchar(6), -- address
  "PSTLZ" varchar(10), -- postal_code
  "ORT01" varchar(40), -- city
  "LAND1" char(3),
  "TELNR" varchar(14), -- phone
  "MOBNR" varchar(20), -- phone
  "EMAILP" varchar(80), -- email
  "STEUID" char(11), -- national_id
  "SVNUM" varchar(12), -- national_id
  "IBANN" varchar(34), -- iban
  "BICCD" varchar(11),
  "KONFE" char(2),
  "STKL" char(1),
  "KINFB" numeric(12,2),
  "EINTRDAT" date,
  "AUSTRDAT" date,
  "KOSTL" varchar(10),
  "BETRG" numeric(12,2),
  "WAERS" char(3),
  "NOTFKONT" varchar(60), -- person_name
  "NOTFTEL" varchar(20), -- phone
  "BEMERK" text -- free_text
);
CREATE TABLE "KNA1" (
  "MANDT" char(3),
  "KUNNR" varchar(10),
  "NAME1" varchar(35), -- person_name
  "NAME2" varchar(35), -- person_name
  "ORT01" varchar(35), -- city
  "PSTLZ" varchar(10), -- postal_code
  "REGIO" char(3),
  "STRAS" varchar(35), -- address
  "TELF1" varchar(16), -- phone
  "TELFX" varchar(31), -- phone
  "STCD1" varchar(16), -- national_id
  "STCEG" varchar(20), -- national_id
  "SPRAS" char(1),
  "ERDAT" date,
  "ERNAM" varchar(12), -- username
  "LOEVM" char(1),
  "KTOKD" char(4)
);
CREATE TABLE "BKPF" (
  "BUKRS" char(4),
  "BELNR" varchar(10),
  "GJAHR" integer,
  "BLART" char(2),
  "BLDAT" date,
  "USNAM" varchar(12), -- username
  "XBLNR" varchar(16),
  "BKTXT" varchar(25), -- free_text
  "WAERS" char(3)
);
CREATE TABLE "ADRC" (
  "ADDRNUMBER" varchar(10),
  "NAME_CO" varchar(40), -- person_name
  "CITY1" varchar(40), -- city
  "POST_CODE1" varchar(10), -- postal_code
  "STREET" varchar(60), -- address
  "HOUSE_NUM1" varchar(10), -- address
  "TEL_NUMBER" varchar(30), -- phone
  "FAX_NUMBER" varchar(30), -- phone
  "SMTP_ADDR" varchar(241), -- email
  "COUNTRY" char(3)
);
CREATE TABLE "PA0009" (
  "PERNR" varchar(8), -- national_id
  "BANKL" varchar(15),
  "BANKN" varchar(18), -- iban
  "EMFTX" varchar(40), -- person_name
  "ZWECK" varchar(40), -- free_text
  "BETRG" numeric(12,2)
);
