-- Personnel in camel case.
CREATE TABLE "Employees" (
  "employeeId" integer,
  "employeeCode" varchar(255),
  "givenNames" varchar(255), -- person_name
  "familyName" varchar(255), -- person_name
  "knownAs" varchar(255), -- person_name
  "birthDate" date, -- birth_date
  "nationalInsuranceNo" varchar(255), -- national_id
  "passportNo" varchar(255), -- national_id
  "visaExpiry" date,
  "homeAddressLine1" varchar(255), -- address
  "homeTown" varchar(255), -- city
  "homePostcode" varchar(255), -- postal_code
  "personalEmail" varchar(255), -- email
  "workEmail" varchar(255), -- email
  "workPhoneExt" varchar(255),
  "mobilePhone" varchar(255), -- phone
  "emergencyContactName" varchar(255), -- person_name
  "emergencyContactRelationship" varchar(255),
  "emergencyContactPhone" varchar(255), -- phone
  "bankAccountName" varchar(255), -- person_name
  "bankAccountNo" varchar(255), -- iban
  "bankSortCode" varchar(255),
  "annualSalary" numeric(12,2),
  "jobTitle" varchar(255),
  "costCentre" varchar(255),
  "managerId" integer,
  "startDate" date,
  "photoUrl" varchar(255) -- url_profile
);
CREATE TABLE "LeaveRequests" (
  "leaveId" integer,
  "employeeId" integer,
  "leaveType" varchar(255),
  "fromDate" date,
  "toDate" date,
  "reason" text, -- free_text
  "approverComments" text, -- free_text
  "approvedBy" varchar(255) -- username
);
CREATE TABLE "PayslipLines" (
  "payslipId" integer,
  "payElement" varchar(255),
  "amount" numeric(12,2),
  "taxCode" varchar(255),
  "niCategory" varchar(255),
  "ytdAmount" numeric(12,2)
);
CREATE TABLE "Applicants" (
  "applicantId" integer,
  "fullName" varchar(255), -- person_name
  "emailAddress" varchar(255), -- email
  "phoneNo" varchar(255), -- phone
  "cvFilePath" varchar(255), -- url_profile
  "coverLetter" text, -- free_text
  "currentEmployer" varchar(255),
  "expectedSalary" numeric(12,2),
  "linkedInProfile" varchar(255), -- url_profile
  "interviewerNotes" text, -- free_text
  "source" varchar(255)
);
CREATE TABLE "DisciplinaryCases" (
  "caseId" integer,
  "employeeId" integer,
  "allegation" text, -- free_text
  "outcome" varchar(255),
  "witnessNames" text, -- person_name
  "hearingDate" date
);
