package discover

// sapEntries are field names of SAP's tables, which shorten German words to
// ten letters and less. Many of them stand in interfaces and copies elsewhere.
var sapEntries = []entry{
	{Email, 0.96, `smtp addr, smtp address, emailp, intad, adrmail, emladr`},
	{Phone, 0.96, `telf 1, telf 2, telfx, telnr, teltx, telbx, telx 1, tel number, fax number, mobnr, mob number, notftel, tel notf`},
	{FirstName, 0.96, `vorna, rufnm, midnm, name first, namemiddle, namefirst, namev, mid name, firstnm`},
	{LastName, 0.96, `nachn, nach 2, namelast, name last, name lst 2, nabik, lastnm, gbnam, birthnm`},
	{FullName, 0.94, `ename, sname, emftx, koinh, name text, namtext, parnm, ansprp, verkf, name co, name org 1, mc name 1, mc name 2, notfkont, bu sort 1, bu sort 2, vollname`},
	{Username, 0.95, `ernam, aenam, usnam, bname, crusr, chusr, uname, erfnam, crnam, cdnam, usrid, ernaam, ppnam`},
	{Password, 0.95, `bcode, pwdsaltedhash, pwdhash`},
	{Street, 0.94, `stras, house num 1, house num 2, hsnmr, posta, str suppl 1, str suppl 2, str suppl 3, conam, pfach`},
	{City, 0.93, `ort 01, ort 02, gbort, city 1, city 2, mc city 1`},
	{PostalCode, 0.96, `pstlz, pstl 2, post code 1, post code 2, post code 3`},
	{BirthDate, 0.97, `gbdat, birthdt, fgbdt, gbjhr, gbtag, gbmon`},
	{NationalID, 0.95, `stcd 1, stcd 2, stcd 3, stcd 4, stcd 5, stceg, stenr, steuid, svnum, perid, vsnum, rvnum, icnum, ausnr`},
	{Bank, 0.95, `bankn, ibann`},
	{FreeText, 0.88, `bktxt, sgtxt, zweck, bemerk, bemrk, ltext, tdline, verwzweck, itex 1, grtxt`},
	{Category, 0.95, `mandt, bukrs, kunnr, lifnr, belnr, gjahr, blart, xblnr, zuonr, waers, ktokd, ktokk, addrnumber, adrnr, konzs, kostl, prctr, regio, spras, land 1, bankl, banks, bkont, werks, matnr, vkorg, vtweg, spart, abkrs, persg, persk, konfe, famst, gesch, natio, bu group, maktx, ktext, vbeln, ebeln`},
}
