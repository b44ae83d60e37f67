package mask

// idScheme is one kind of official number. write appends the number that
// stands for n, 0 to count-1, without separators, different ones for different
// n; shape is how it is usually spelled, with # for each of its characters.
type idScheme struct {
	name   string
	what   string // for the docs
	never  string // why nobody has these numbers; empty where they may be somebody's
	count  uint64
	shape  string
	number bool // digits alone
	write  func(dst []byte, n uint64) []byte
}

// Schemes are listed in the order of the docs; the first of a country is the
// one that a locale stands for.
var idSchemes = []idScheme{
	{"us_ssn", "US social security number", "area numbers 900 to 999 are never assigned, and groups 01 to 49 keep clear of tax numbers", 100 * 49 * 9999, "###-##-####", true, writeSSN},
	{"ca_sin", "Canadian social insurance number", "none begins with 0", 10_000_000, "### ### ###", true, func(dst []byte, n uint64) []byte {
		return withCheck(dst, "0", n, 7, Luhn)
	}},
	{"gb_nino", "British national insurance number", "the prefix QQ is never assigned", 4_000_000, "## ## ## ## #", false, func(dst []byte, n uint64) []byte {
		suffix := take(&n, 4)
		return append(appendPadded(append(dst, "QQ"...), n, 6), 'A'+byte(suffix))
	}},
	{"gb_nhs", "British NHS number", "numbers beginning with 999 are for tests", 9 * 100_000, "### ### ####", true, func(dst []byte, n uint64) []byte {
		return compensated(append(dst, "999"...), len(dst), n, 5, 11, []int{10, 9, 8, 7, 6, 5, 4, 3, 2}, 11)
	}},
	{"de_steuer_id", "German tax identification number", "those beginning with 0 are for tests", 9*362_880 + 72*181_440, "## ### ### ###", true, writeSteuerID},
	{"fr_nir", "French social security number", "there is no department 00", 2 * 100 * 12 * 999 * 999, "# ## ## ## ### ### ##", true, writeNIR},
	{"fr_siren", "French company number", "none begins with 0", 10_000_000, "### ### ###", true, func(dst []byte, n uint64) []byte {
		return withCheck(dst, "0", n, 7, Luhn)
	}},
	{"fr_siret", "French establishment number", "no company number begins with 0", 10_000_000 * 9999, "### ### ### #####", true, func(dst []byte, n uint64) []byte {
		at := len(dst)
		office := 1 + take(&n, 9999)
		dst = withCheck(dst, "0", n, 7, Luhn)
		dst = appendPadded(dst, office, 4)
		return append(dst, Luhn(dst[at:]))
	}},
	{"es_dni", "Spanish identity number", "numbers above 90 million have not been issued so far", 10_000_000, "########-#", false, func(dst []byte, n uint64) []byte {
		n += 90_000_000
		return append(appendPadded(dst, n, 8), spanishLetters[n%23])
	}},
	{"es_nie", "Spanish number of foreigners", "numbers above Z9000000 have not been issued so far", 1_000_000, "#-#######-#", false, func(dst []byte, n uint64) []byte {
		n += 9_000_000
		return append(appendPadded(append(dst, 'Z'), n, 7), spanishLetters[(20_000_000+n)%23])
	}},
	{"it_codice_fiscale", "Italian tax code", "no place has a code beginning with X", 8000 * 8000 * 100 * 12 * 56 * 999, "################", false, writeCodiceFiscale},
	{"pt_nif", "Portuguese tax number", "those beginning with 40 to 44 are not assigned", 5_000_000, "### ### ###", true, func(dst []byte, n uint64) []byte {
		at := len(dst)
		dst = appendPadded(append(dst, '4'), n, 7)
		check := 11 - weighted(dst[at:], 9, 8, 7, 6, 5, 4, 3, 2)%11
		if check > 9 {
			check = 0
		}
		return append(dst, '0'+byte(check))
	}},
	{"nl_bsn", "Dutch citizen service number", "numbers beginning with 999 are for tests", 9 * 10_000, "#########", true, func(dst []byte, n uint64) []byte {
		return compensated(append(dst, "999"...), len(dst), n, 4, 0, []int{9, 8, 7, 6, 5, 4, 3, 2}, 11)
	}},
	{"be_nrn", "Belgian national register number", "there is no month 13 to 19", 100 * 7 * 28 * 997, "##.##.##-###.##", true, writeNRN},
	{"ch_ahv", "Swiss insurance number", "", 1_000_000_000, "###.####.####.##", true, func(dst []byte, n uint64) []byte {
		at := len(dst)
		dst = appendPadded(append(dst, "756"...), n, 9)
		return append(dst, ean13(dst[at:]))
	}},
	{"pl_pesel", "Polish identity number", "the months 61 to 72 stand for births after the year 2200", 100 * 12 * 28 * 10_000, "###########", true, writePESEL},
	{"fi_hetu", "Finnish identity code", "numbers 900 to 999 are temporary ones that nobody keeps", 100 * 12 * 28 * 100, "###########", false, writeHETU},
	{"no_fnr", "Norwegian identity number", "months 81 to 92 are the registry's synthetic people", 100 * 12 * 28 * 62 * 8, "###### #####", true, writeFNR},
	{"br_cpf", "Brazilian taxpayer number", "", 1_000_000_000, "###.###.###-##", true, func(dst []byte, n uint64) []byte {
		at := len(dst)
		dst = appendPadded(dst, n, 9)
		dst = append(dst, mod11or0(weighted(dst[at:], 10, 9, 8, 7, 6, 5, 4, 3, 2)))
		return append(dst, mod11or0(weighted(dst[at:], 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)))
	}},
	{"in_aadhaar", "Indian Aadhaar number", "none begins with 0 or 1", 20_000_000_000, "#### #### ####", true, func(dst []byte, n uint64) []byte {
		return withCheck(dst, "", n, 11, verhoeff)
	}},
}

// withCheck appends a beginning, n in so many digits and the check digit of both.
func withCheck(dst []byte, beginning string, n uint64, digits int, check func([]byte) byte) []byte {
	at := len(dst)
	dst = appendPadded(append(dst, beginning...), n, digits)
	return append(dst, check(dst[at:]))
}

const spanishLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

// mod11or0 is the check digit of Brazilian numbers.
func mod11or0(sum int) byte {
	if rest := sum % 11; rest >= 2 {
		return '0' + byte(11-rest)
	}
	return '0'
}

// compensated appends digits for n, one more digit and a check digit modulo
// 11, which is the sum, or what is missing to from. No digit stands for 10, so
// of the ten values of the digit before it one may be left out: n/9 makes the
// digits and n%9 picks among the others.
func compensated(dst []byte, at int, n uint64, digits, from int, weights []int, mod int) []byte {
	pick := take(&n, 9)
	dst = appendPadded(dst, n, digits)
	for c := byte('0'); ; c++ {
		dst = append(dst, c)
		check := weighted(dst[at:], weights...) % mod
		if from > 0 {
			check = (from - check) % mod
		}
		switch {
		case check > 9:
		case pick == 0:
			return append(dst, '0'+byte(check))
		default:
			pick--
		}
		dst = dst[:len(dst)-1]
	}
}

// appendBirth appends a year of a century, a month and one of 28 days.
func appendBirth(dst []byte, n *uint64, addMonth uint64) []byte {
	day, month, year := 1+take(n, 28), 1+take(n, 12), take(n, 100)
	return appendPadded(appendPadded(appendPadded(dst, year, 2), month+addMonth, 2), day, 2)
}

func writeSSN(dst []byte, n uint64) []byte {
	serial, group := 1+take(&n, 9999), 1+take(&n, 49)
	return appendPadded(appendPadded(appendPadded(dst, 900+n, 3), group, 2), serial, 4)
}

// writeSteuerID: of the first ten digits one occurs twice and one not at all;
// the first is 0. Either 0 is the one that comes twice, or another.
func writeSteuerID(dst []byte, n uint64) []byte {
	at := len(dst)
	var left [10]uint64
	for i := range left {
		left[i] = 1
	}
	const zeroTwice, otherTwice = 362_880, 181_440 // arrangements of the nine digits after the first
	if n < 9*zeroTwice {
		left[1+take(&n, 9)] = 0
	} else {
		n -= 9 * zeroTwice
		twice := 1 + take(&n, 9)
		missing := 1 + take(&n, 8)
		if missing >= twice {
			missing++
		}
		left[0], left[twice], left[missing] = 0, 2, 0
	}
	dst = append(dst, '0')
	// n numbers the arrangements of what is left, in order.
	total := uint64(zeroTwice)
	if left[0] == 0 {
		total = otherTwice
	}
	for size := uint64(9); size > 0; size-- {
		for digit := range left {
			if left[digit] == 0 {
				continue
			}
			beginning := total * left[digit] / size // arrangements that begin with the digit
			if n >= beginning {
				n -= beginning
				continue
			}
			left[digit]--
			total = beginning
			dst = append(dst, '0'+byte(digit))
			break
		}
	}
	return append(dst, mod1110(dst[at:]))
}

func writeNIR(dst []byte, n uint64) []byte {
	at := len(dst)
	order, commune, month, year := 1+take(&n, 999), 1+take(&n, 999), 1+take(&n, 12), take(&n, 100)
	dst = appendPadded(appendPadded(append(dst, '1'+byte(n)), year, 2), month, 2)
	dst = appendPadded(appendPadded(append(dst, "00"...), commune, 3), order, 3)
	return appendPadded(dst, uint64(97-Mod9710(dst[at:], 0)), 2)
}

func writeNRN(dst []byte, n uint64) []byte {
	at := len(dst)
	serial, day, month := 1+take(&n, 997), 1+take(&n, 28), 13+take(&n, 7)
	dst = appendPadded(appendPadded(appendPadded(appendPadded(dst, n, 2), month, 2), day, 2), serial, 3)
	return appendPadded(dst, uint64(97-Mod9710(dst[at:], 0)), 2)
}

func writePESEL(dst []byte, n uint64) []byte {
	at := len(dst)
	serial := take(&n, 10_000)
	dst = appendPadded(appendBirth(dst, &n, 60), serial, 4)
	return append(dst, '0'+byte((10-weighted(dst[at:], 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10))
}

func writeHETU(dst []byte, n uint64) []byte {
	serial, day, month := 900+take(&n, 100), 1+take(&n, 28), 1+take(&n, 12)
	whole := ((day*100+month)*100+n)*1000 + serial
	dst = appendPadded(appendPadded(appendPadded(dst, day, 2), month, 2), n, 2)
	return append(appendPadded(append(dst, '-'), serial, 3), "0123456789ABCDEFHJKLMNPRSTUVWXY"[whole%31])
}

// writeFNR: two check digits may both come out as ten, so of ten individual
// numbers in a row at least eight exist, and n picks among those.
func writeFNR(dst []byte, n uint64) []byte {
	at := len(dst)
	pick, tens := take(&n, 8), take(&n, 62)
	day, month := 1+take(&n, 28), 81+take(&n, 12)
	for c := uint64(0); ; c++ {
		dst = appendPadded(appendPadded(appendPadded(appendPadded(dst[:at], day, 2), month, 2), n, 2), tens*10+c, 3)
		first := 11 - weighted(dst[at:], 3, 7, 6, 1, 8, 9, 4, 5, 2)%11
		if first == 11 {
			first = 0
		}
		if first == 10 {
			continue
		}
		dst = append(dst, '0'+byte(first))
		second := 11 - weighted(dst[at:], 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11
		if second == 11 {
			second = 0
		}
		switch {
		case second == 10:
		case pick == 0:
			return append(dst, '0'+byte(second))
		default:
			pick--
		}
	}
}

func writeCodiceFiscale(dst []byte, n uint64) []byte {
	const consonants = "BCDFGHLMNPQRSTVWXZJK"
	at := len(dst)
	place, day, month, year := 1+take(&n, 999), take(&n, 56), take(&n, 12), take(&n, 100)
	for range 6 {
		dst = append(dst, consonants[take(&n, 20)])
	}
	if day++; day > 28 { // women
		day += 40 - 28
	}
	dst = append(appendPadded(dst, year, 2), "ABCDEHLMPRST"[month])
	dst = appendPadded(append(appendPadded(dst, day, 2), 'X'), place, 3)
	sum := 0
	for i, c := range dst[at:] {
		value := int(c - '0')
		if !isDigit(c) {
			value = int(c - 'A')
		}
		if i%2 == 0 { // the first, the third …
			value = int("\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15\x02\x04\x12\x14\x0b\x03\x06\x08\x0c\x0e\x10\x0a\x16\x19\x18\x17"[value])
		}
		sum += value
	}
	return append(dst, 'A'+byte(sum%26))
}
