package mask

// ibanLengths are the lengths of the SWIFT IBAN registry, by country.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22,
	"CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22,
	"GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30,
	"KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27,
	"MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33,
	"SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29,
	"VA": 22, "VG": 24, "XK": 20, "XX": 22, "YE": 30,
}

// ibanLengthByLetters are ibanLengths by the two letters, each counted from A.
var ibanLengthByLetters = func() (t [26 * 26]int) {
	for country, length := range ibanLengths {
		t[int(country[0]-'A')*26+int(country[1]-'A')] = length
	}
	return t
}()

// ibanLengthOf is how long numbers are of the country that one in upper case
// begins with; 0 for none.
func ibanLengthOf(number []byte) int {
	a, b := int(number[0])-'A', int(number[1])-'A'
	if a < 0 || b < 0 {
		return 0
	}
	return ibanLengthByLetters[a*26+b]
}

// ibanLayout is how the accounts of a country are numbered behind IBAN's own
// check digits: bank is a code that no bank has, digits follow it, and check
// fills in the country's own check digits, which stand at ? in bank and digits.
type ibanLayout struct {
	bank   string
	digits int // of the account, check digits not among them
	check  func(dst []byte, bban int, digits []byte) []byte
}

var ibanLayouts = map[string]ibanLayout{
	"AT": {bank: "00000", digits: 11},
	"CH": {bank: "00000", digits: 12},
	"DE": {bank: "9", digits: 17},
	"ES": {bank: "0000", digits: 14, check: spanishAccount},
	"FR": {bank: "00000", digits: 16, check: frenchAccount},
	"GB": {bank: "XXXX", digits: 14},
	"IE": {bank: "XXXX", digits: 14},
	"IT": {bank: "", digits: 17, check: italianAccount},
	"LU": {bank: "000", digits: 13},
	"NL": {bank: "XXXX", digits: 10},
	"PT": {bank: "0000", digits: 15, check: portugueseAccount},
}

// spanishAccount: branch, two check digits (of bank and branch, of the
// account), account.
func spanishAccount(dst []byte, _ int, digits []byte) []byte {
	check := func(sum int) byte {
		switch n := 11 - sum%11; n {
		case 10:
			return '1'
		case 11:
			return '0'
		default:
			return '0' + byte(n)
		}
	}
	branch, account := digits[:4], digits[4:14]
	dst = append(dst, branch...)
	dst = append(dst, check(weighted(branch, 9, 7, 3, 6)), check(weighted(account, 1, 2, 4, 8, 5, 10, 9, 7, 3, 6)))
	return append(dst, account...)
}

// frenchAccount: branch, account, a key of two digits for all of it.
func frenchAccount(dst []byte, bban int, digits []byte) []byte {
	dst = append(dst, digits...)
	key := 97 - Mod9710([]byte("00"), Mod9710(dst[bban:], 0))
	return appendPadded(dst, uint64(key), 2)
}

// portugueseAccount: branch, account, two check digits as in ISO 7064.
func portugueseAccount(dst []byte, bban int, digits []byte) []byte {
	dst = append(dst, digits...)
	return appendPadded(dst, uint64(98-Mod9710(append(dst[bban:len(dst):len(dst)], "00"...), 0)), 2)
}

// italianAccount: a check letter, the bank 00000, branch, account.
func italianAccount(dst []byte, bban int, digits []byte) []byte {
	dst = append(append(dst, "A00000"...), digits...)
	const odd = "\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15"
	sum := 0
	for i, c := range dst[bban+1:] {
		value := int(c - '0')
		if i%2 == 0 {
			value = int(odd[value])
		}
		sum += value
	}
	dst[bban] = 'A' + byte(sum%26)
	return dst
}
