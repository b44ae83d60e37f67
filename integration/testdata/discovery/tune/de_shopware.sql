-- A shop program of Germany: every name begins with two letters, all written together.
CREATE TABLE oxdelivery (
  oxid char(32),
  oxshopid integer,
  oxactive smallint,
  oxactivefrom timestamp,
  oxactiveto timestamp,
  oxtitle varchar(255),
  oxtitle_1 varchar(255),
  oxaddsumtype varchar(3),
  oxaddsum double precision,
  oxdeltype varchar(1),
  oxparam double precision,
  oxparamend double precision,
  oxfixed smallint,
  oxsort integer,
  oxfinalize smallint,
  oxtimestamp timestamp
);
CREATE TABLE oxdiscount (
  oxid char(32),
  oxshopid integer,
  oxactive smallint,
  oxtitle varchar(128),
  oxamount double precision,
  oxamountto double precision,
  oxpriceto double precision,
  oxprice double precision,
  oxaddsumtype varchar(3),
  oxaddsum double precision,
  oxitmartid char(32),
  oxitmamount double precision,
  oxitmmultiple integer,
  oxtimestamp timestamp
);
CREATE TABLE oxfiles (
  oxid char(32),
  oxartid char(32),
  oxfilename varchar(128),
  oxstorehash char(32),
  oxpurchasedonly smallint,
  oxmaxdownloads integer,
  oxlinkexptime integer,
  oxtimestamp timestamp
);
CREATE TABLE oxgroups (
  oxid char(32),
  oxactive smallint,
  oxtitle varchar(128),
  oxtitle_1 varchar(128),
  oxtimestamp timestamp
);
CREATE TABLE oxinvitations (
  oxuserid char(32),
  oxdate date,
  oxemail varchar(255), -- email
  oxpending integer,
  oxaccepted integer,
  oxtype smallint,
  oxtimestamp timestamp
);
CREATE TABLE oxlinks (
  oxid char(32),
  oxshopid integer,
  oxactive smallint,
  oxurl varchar(255),
  oxurldesc text,
  oxurldesc_1 text,
  oxinsert timestamp,
  oxtimestamp timestamp
);
CREATE TABLE oxmanufacturers (
  oxid char(32),
  oxshopid integer,
  oxactive smallint,
  oxicon char(128),
  oxtitle char(255),
  oxshortdesc char(255),
  oxtitle_1 char(255),
  oxshortdesc_1 char(255),
  oxshowsuffix smallint,
  oxtimestamp timestamp
);
CREATE TABLE oxmediaurls (
  oxid char(32),
  oxobjectid char(32),
  oxurl varchar(255),
  oxdesc varchar(255),
  oxisuploaded integer,
  oxtimestamp timestamp
);
CREATE TABLE oxnews (
  oxid char(32),
  oxshopid integer,
  oxactive smallint,
  oxdate date,
  oxshortdesc varchar(255),
  oxlongdesc text,
  oxtimestamp timestamp
);
CREATE TABLE oxnewsletter (
  oxid char(32),
  oxshopid integer,
  oxtitle varchar(255),
  oxtemplate text,
  oxplaintemplate text,
  oxsubject varchar(255),
  oxtimestamp timestamp
);
CREATE TABLE oxnewssubscribed (
  oxid char(32),
  oxuserid char(32),
  oxsal char(64),
  oxfname char(128), -- person_name
  oxlname char(128), -- person_name
  oxemail char(128), -- email
  oxdboptin smallint,
  oxemailfailed smallint,
  oxsubscribed timestamp,
  oxunsubscribed timestamp,
  oxtimestamp timestamp,
  oxshopid integer
);
CREATE TABLE oxorder (
  oxid char(32),
  oxshopid integer,
  oxuserid char(32),
  oxorderdate timestamp,
  oxordernr integer,
  oxbillcompany varchar(255),
  oxbillemail varchar(255), -- email
  oxbillfname varchar(255), -- person_name
  oxbilllname varchar(255), -- person_name
  oxbillstreet varchar(255), -- address
  oxbillstreetnr varchar(16), -- address
  oxbilladdinfo varchar(255), -- address
  oxbillustid varchar(255), -- national_id
  oxbillcity varchar(255), -- city
  oxbillcountryid char(32),
  oxbillstateid char(32),
  oxbillzip varchar(16), -- postal_code
  oxbillfon varchar(128), -- phone
  oxbillfax varchar(128), -- phone
  oxbillsal varchar(128),
  oxdelcompany varchar(255),
  oxdelfname varchar(255), -- person_name
  oxdellname varchar(255), -- person_name
  oxdelstreet varchar(255), -- address
  oxdelstreetnr varchar(16), -- address
  oxdeladdinfo varchar(255), -- address
  oxdelcity varchar(255), -- city
  oxdelcountryid char(32),
  oxdelstateid char(32),
  oxdelzip varchar(16), -- postal_code
  oxdelfon varchar(128), -- phone
  oxdelfax varchar(128), -- phone
  oxdelsal varchar(128),
  oxpaymentid char(32),
  oxpaymenttype char(32),
  oxtotalnetsum double precision,
  oxtotalbrutsum double precision,
  oxdelcost double precision,
  oxpaycost double precision,
  oxcardid varchar(32),
  oxcardtext text, -- free_text
  oxdiscount double precision,
  oxexport smallint,
  oxbillnr varchar(128),
  oxbilldate date,
  oxtrackcode varchar(128),
  oxsenddate timestamp,
  oxremark text, -- free_text
  oxcurrency varchar(32),
  oxfolder varchar(32),
  oxtransid varchar(64),
  oxpayid varchar(64),
  oxxid varchar(64),
  oxpaid timestamp,
  oxstorno smallint,
  oxip varchar(39), -- ip
  oxtransstatus varchar(30),
  oxlang integer,
  oxinvoicenr integer,
  oxdeltype char(32),
  oxtimestamp timestamp,
  oxisnettomode smallint
);
CREATE TABLE oxorderarticles (
  oxid char(32),
  oxorderid char(32),
  oxamount double precision,
  oxartid char(32),
  oxartnum varchar(255),
  oxtitle varchar(255),
  oxshortdesc varchar(255),
  oxselvariant varchar(255),
  oxnetprice double precision,
  oxbrutprice double precision,
  oxvat double precision,
  oxperparam text, -- json_may_contain_pii
  oxwrapid varchar(32),
  oxexturl varchar(255),
  oxurldesc varchar(255),
  oxurlimg varchar(128),
  oxthumb varchar(128),
  oxpic1 varchar(128),
  oxpic2 varchar(128),
  oxweight double precision,
  oxstock double precision,
  oxdelivery date,
  oxinsert date,
  oxfile varchar(128),
  oxsearchkeys varchar(255),
  oxtemplate varchar(128),
  oxquestionemail varchar(255), -- email
  oxissearch smallint,
  oxfolder char(32),
  oxsubclass char(32),
  oxstorno smallint,
  oxisbundle smallint
);
CREATE TABLE oxpayments (
  oxid char(32),
  oxactive smallint,
  oxdesc varchar(128),
  oxaddsum double precision,
  oxaddsumtype varchar(3),
  oxaddsumrules integer,
  oxfromboni integer,
  oxfromamount double precision,
  oxvaldesc text,
  oxchecked smallint,
  oxdesc_1 varchar(128),
  oxvaldesc_1 text,
  oxlongdesc text,
  oxsort integer,
  oxtimestamp timestamp
);
CREATE TABLE oxpricealarm (
  oxid char(32),
  oxshopid integer,
  oxuserid char(32),
  oxemail varchar(128), -- email
  oxartid char(32),
  oxprice double precision,
  oxcurrency varchar(32),
  oxlang integer,
  oxinsert timestamp,
  oxsended timestamp,
  oxtimestamp timestamp
);
CREATE TABLE oxratings (
  oxid char(32),
  oxshopid integer,
  oxuserid char(32),
  oxtype varchar(20),
  oxobjectid char(32),
  oxrating integer,
  oxtimestamp timestamp
);
CREATE TABLE oxrecommlists (
  oxid char(32),
  oxshopid integer,
  oxuserid char(32),
  oxauthor varchar(255), -- person_name
  oxtitle varchar(255), -- free_text
  oxdesc text, -- free_text
  oxratingcnt integer,
  oxrating double precision,
  oxtimestamp timestamp
);
CREATE TABLE oxshops (
  oxid integer,
  oxactive smallint,
  oxproductive smallint,
  oxdefcurrency varchar(32),
  oxdeflanguage integer,
  oxname varchar(255),
  oxtitleprefix varchar(255),
  oxtitlesuffix varchar(255),
  oxstarttitle varchar(255),
  oxinfoemail varchar(255), -- email
  oxorderemail varchar(255), -- email
  oxowneremail varchar(255), -- email
  oxordersubject varchar(255),
  oxregistersubject varchar(255),
  oxforgotpwdsubject varchar(255),
  oxsmtp varchar(255),
  oxsmtpuser varchar(128), -- username
  oxsmtppwd varchar(128), -- secret_token
  oxcompany varchar(128),
  oxstreet varchar(255), -- address
  oxzip varchar(255), -- postal_code
  oxcity varchar(255), -- city
  oxcountry varchar(255),
  oxbankname varchar(255),
  oxbanknumber varchar(255), -- iban
  oxbankcode varchar(255),
  oxvatnumber varchar(255), -- national_id
  oxtaxnumber varchar(255), -- national_id
  oxbiccode varchar(255),
  oxibannumber varchar(255), -- iban
  oxfname varchar(255), -- person_name
  oxlname varchar(255), -- person_name
  oxtelefon varchar(255), -- phone
  oxtelefax varchar(255), -- phone
  oxurl varchar(255),
  oxdefcat char(32),
  oxhrbnr varchar(64), -- national_id
  oxcourt varchar(64),
  oxadbutlerid varchar(64),
  oxedition char(2),
  oxversion char(16),
  oxseoactive smallint,
  oxtimestamp timestamp
);
CREATE TABLE oxuser (
  oxid char(32),
  oxactive smallint,
  oxrights char(32),
  oxshopid integer,
  oxusername varchar(255), -- username
  oxpassword varchar(128), -- password_hash
  oxpasssalt char(128), -- secret_token
  oxcustnr integer,
  oxustid varchar(255), -- national_id
  oxustidstatus smallint,
  oxcompany varchar(255),
  oxfname varchar(255), -- person_name
  oxlname varchar(255), -- person_name
  oxstreet varchar(255), -- address
  oxstreetnr varchar(16), -- address
  oxaddinfo varchar(255), -- address
  oxcity varchar(255), -- city
  oxcountryid char(32),
  oxstateid char(32),
  oxzip varchar(16), -- postal_code
  oxfon varchar(128), -- phone
  oxfax varchar(128), -- phone
  oxsal varchar(128),
  oxboni integer,
  oxcreate timestamp,
  oxregister timestamp,
  oxprivfon varchar(64), -- phone
  oxmobfon varchar(64), -- phone
  oxbirthdate date, -- birth_date
  oxurl varchar(255), -- url_profile
  oxupdatekey varchar(32), -- secret_token
  oxupdateexp integer,
  oxpoints double precision,
  oxtimestamp timestamp
);
CREATE TABLE oxaddress (
  oxid char(32),
  oxuserid char(32),
  oxaddressuserid varchar(32),
  oxcompany varchar(255),
  oxfname varchar(255), -- person_name
  oxlname varchar(255), -- person_name
  oxstreet varchar(255), -- address
  oxstreetnr varchar(16), -- address
  oxaddinfo varchar(255), -- address
  oxcity varchar(255), -- city
  oxcountry varchar(255),
  oxcountryid char(32),
  oxstateid char(32),
  oxzip varchar(50), -- postal_code
  oxfon varchar(128), -- phone
  oxfax varchar(128), -- phone
  oxsal varchar(128),
  oxtimestamp timestamp
);
