package discover

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net"
	"net/netip"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"github.com/understudy-db/understudy/transform/mask"
)

// verdict is what a validator says of one value.
type verdict uint8

const (
	no    verdict = iota
	shape         // looks like one at first sight, and its check digits are wrong
	valid         // is one
)

// validator knows one kind of value. The shape counts how many values could
// have been meant: of random digits one in ten passes a check digit, of real
// numbers nearly all.
type validator struct {
	name  string // for evidence, in the plural
	class Class
	judge func(v string, d digits) verdict
}

// digits are facts about a value that many validators ask for.
type digits struct {
	only  string // its digits, if besides them it holds nothing but blanks, dots, dashes and slashes
	plain bool   // nothing but digits
}

func digitsOf(v string) digits {
	var buf [32]byte
	out := buf[:0]
	plain := true
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c >= '0' && c <= '9':
			if len(out) == len(buf) {
				return digits{}
			}
			out = append(out, c)
		case c == ' ' || c == '.' || c == '-' || c == '/':
			plain = false
		default:
			return digits{}
		}
	}
	return digits{string(out), plain}
}

// validators in the order in which a value is offered to them: the first that
// takes it as valid has it.
var validators = []validator{
	{"e-mail addresses", Email, judgeEmail},
	{"JSON web tokens", Secret, judgeJWT},
	{"API keys", Secret, judgeAPIKey},
	{"password hashes", Password, judgePasswordHash},
	{"IP addresses", IP, judgeIP},
	{"MAC addresses", MAC, judgeMAC},
	{"IBANs", Bank, judgeIBAN},
	{"card numbers", Card, judgeCard},
	{"Italian tax codes", NationalID, judgeCodiceFiscale},
	{"Spanish identity numbers", NationalID, judgeDNI},
	{"US social security numbers", NationalID, judgeSSN},
	{"Brazilian CPF numbers", NationalID, judgeCPF},
	{"French social security numbers", NationalID, judgeNIR},
	{"Polish PESEL numbers", NationalID, judgePESEL},
	{"German tax numbers", NationalID, judgeSteuerID},
	{"British NHS numbers", NationalID, judgeNHS},
	{"Dutch BSN numbers", NationalID, judgeBSN},
	{"Portuguese NIF numbers", NationalID, judgeNIF},
	{"phone numbers", Phone, judgePhone},
	{"positions", Geo, judgeLatLon},
	{"addresses of profiles", URL, judgeProfileURL},
}

var emailForm = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,24}$`)

func judgeEmail(v string, _ digits) verdict {
	at := strings.IndexByte(v, '@')
	if at < 1 || len(v) < 6 {
		return no
	}
	if i := strings.IndexByte(v, '<'); i >= 0 && strings.HasSuffix(v, ">") {
		v = v[i+1 : len(v)-1] // Ada Lovelace <ada@…>
	}
	v = strings.TrimPrefix(v, "mailto:")
	if emailForm.MatchString(v) {
		return valid
	}
	return no
}

func judgeJWT(v string, _ digits) verdict {
	if !strings.HasPrefix(v, "eyJ") || strings.Count(v, ".") != 2 {
		return no
	}
	head, err := base64.RawURLEncoding.DecodeString(v[:strings.IndexByte(v, '.')])
	if err != nil {
		return no
	}
	var h struct {
		Alg string `json:"alg"`
	}
	if json.Unmarshal(head, &h) != nil || h.Alg == "" {
		return no
	}
	return valid
}

// keyForms are prefixes that services put in front of their keys, from their
// own documentation.
var keyForms = regexp.MustCompile(`^(?:[spr]k_(?:live|test)_[0-9a-zA-Z]{16,}|whsec_[0-9A-Za-z+/=]{16,}|gh[pousr]_[0-9A-Za-z]{36,}|github_pat_[0-9A-Za-z_]{50,}|glpat-[0-9A-Za-z_-]{20,}|xox[abeoprs]-[0-9A-Za-z-]{10,}|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,}|SG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{16,}|sk-(?:ant-|proj-)?[0-9A-Za-z_-]{20,}|npm_[0-9A-Za-z]{36}|pypi-[0-9A-Za-z_-]{16,}|dop_v1_[0-9a-f]{64}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|hvs\.[0-9A-Za-z_-]{24,}|eyJrIjoi[0-9A-Za-z+/=]{20,}|glsa_[0-9A-Za-z_]{30,}|key-[0-9a-f]{32}|[0-9]{8,10}:AA[0-9A-Za-z_-]{33})$|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY`)

func judgeAPIKey(v string, _ digits) verdict {
	if len(v) >= 16 && keyForms.MatchString(v) {
		return valid
	}
	return no
}

var hashForms = regexp.MustCompile(`^(?:\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$.{20,}|argon2\$argon2.{20,}|\$?pbkdf2[-_]?sha\d+\$.{20,}|\$?scrypt\$.{20,}|scrypt:\d+:.{20,}|pbkdf2:sha\d+:.{20,}|\$scram-sha-.{20,}|SCRAM-SHA-256\$.{20,}|\$1\$.{1,8}\$[./A-Za-z0-9]{22}|\$5\$.{20,}|\$6\$.{20,}|\$y\$.{20,}|\$apr1\$.{10,}|\$P\$[./A-Za-z0-9]{31}|\$H\$[./A-Za-z0-9]{31}|\$S\$[./A-Za-z0-9]{52}|\{(?:SSHA|SHA|SMD5|CRYPT)\d*\}.{10,}|bcrypt(?:_sha256)?\$.{20,}|md5\$.+\$[0-9a-f]{32}|sha1\$.+\$[0-9a-f]{40})$`)

func judgePasswordHash(v string, _ digits) verdict {
	if len(v) >= 20 && strings.ContainsAny(v[:1], "$ambps{S") && hashForms.MatchString(v) {
		return valid
	}
	return no
}

func judgeIP(v string, _ digits) verdict {
	if len(v) < 3 || len(v) > 49 || strings.IndexByte(v, '.') < 0 && strings.Count(v, ":") < 2 {
		return no
	}
	v, _, _ = strings.Cut(v, "/")
	a, err := netip.ParseAddr(v)
	if err != nil {
		return no
	}
	if a.Is4() {
		// 1.4.2.0 is a version; addresses seldom keep all bytes so low, but for
		// those of private networks that begin with 10.
		b := a.As4()
		if b[0] != 10 && b[0] < 24 && b[1] < 24 && b[2] < 24 && b[3] < 24 {
			return shape
		}
	} else if strings.Trim(v, "0123456789:") == "" && strings.Count(v, ":") < 3 {
		return no // a time
	}
	return valid
}

func judgeMAC(v string, _ digits) verdict {
	if len(v) != 17 && len(v) != 14 {
		return no
	}
	if m, err := net.ParseMAC(v); err != nil || len(m) != 6 {
		return no
	}
	return valid
}

// ibanLengths are the lengths of the registry of ISO 13616.
var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28,
	"EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27,
	"JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15,
	"OM": 23, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26,
	"UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
}

func judgeIBAN(v string, _ digits) verdict {
	if len(v) < 15 || len(v) > 44 {
		return no
	}
	s := strings.ToUpper(strings.ReplaceAll(v, " ", ""))
	if len(s) < 15 || s[2] < '0' || s[2] > '9' || s[3] < '0' || s[3] > '9' || ibanLengths[s[:2]] != len(s) {
		return no
	}
	if strings.ContainsFunc(s, func(c rune) bool { return (c < '0' || c > '9') && (c < 'A' || c > 'Z') }) {
		return no
	}
	if mask.Mod9710([]byte(s[4:]+s[:4]), 0) != 1 {
		return shape
	}
	return valid
}

// cardPrefix matches the ranges that the card networks issue.
var cardPrefix = regexp.MustCompile(`^(?:4\d{12}(?:\d{3})?|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|(?:50|5[6-9]|6[0-9])\d{14}|35(?:2[89]|[3-8]\d)\d{12})$`)

func judgeCard(v string, d digits) verdict {
	if len(d.only) < 13 || len(d.only) > 16 || strings.ContainsAny(v, "./") || !cardPrefix.MatchString(d.only) {
		return no
	}
	last := len(d.only) - 1
	if mask.Luhn([]byte(d.only[:last])) != d.only[last] {
		return shape
	}
	return valid
}

var codiceForm = regexp.MustCompile(`(?i)^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$`)

func judgeCodiceFiscale(v string, _ digits) verdict {
	if len(v) != 16 || !codiceForm.MatchString(v) {
		return no
	}
	const odd = "BAKPLCQDREVOSFTGUHMINJWZYX" // position in this list is the letter's value in odd places
	values := map[byte]int{'0': 1, '1': 0, '2': 5, '3': 7, '4': 9, '5': 13, '6': 15, '7': 17, '8': 19, '9': 21}
	v = strings.ToUpper(v)
	sum := 0
	for i := range 15 {
		c := v[i]
		switch {
		case i%2 == 1 && c <= '9':
			sum += int(c - '0')
		case i%2 == 1:
			sum += int(c - 'A')
		case c <= '9':
			sum += values[c]
		default:
			sum += strings.IndexByte(odd, c)
		}
	}
	if byte('A'+sum%26) != v[15] {
		return shape
	}
	return valid
}

var dniForm = regexp.MustCompile(`(?i)^([XYZ]?)-?(\d{7,8})-?([A-HJ-NP-TV-Z])$`)

func judgeDNI(v string, _ digits) verdict {
	if len(v) < 9 || len(v) > 11 {
		return no
	}
	m := dniForm.FindStringSubmatch(v)
	if m == nil || (m[1] == "") != (len(m[2]) == 8) {
		return no
	}
	n := 0
	for _, c := range m[2] {
		n = n*10 + int(c-'0')
	}
	switch strings.ToUpper(m[1]) {
	case "Y":
		n += 10_000_000
	case "Z":
		n += 20_000_000
	}
	if "TRWAGMYFPDXBNJZSQVHLCKE"[n%23] != strings.ToUpper(m[3])[0] {
		return shape
	}
	return valid
}

func judgeSSN(v string, d digits) verdict {
	if len(v) != 11 || len(d.only) != 9 || v[3] != '-' || v[6] != '-' {
		return no
	}
	if area := d.only[:3]; area == "000" || area == "666" || area[0] == '9' || d.only[3:5] == "00" || d.only[5:] == "0000" {
		return shape
	}
	return valid
}

// weigh sums digits times weights.
func weigh(s string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum
}

// same tells whether all digits are alike, which passes many checks.
func same(s string) bool { return strings.Count(s, s[:1]) == len(s) }

func judge(ok bool) verdict {
	if ok {
		return valid
	}
	return shape
}

func judgeCPF(v string, d digits) verdict {
	if len(d.only) != 11 || !d.plain && !(len(v) == 14 && v[3] == '.' && v[7] == '.' && v[11] == '-') || same(d.only) {
		return no
	}
	check := func(n int) byte {
		if n = n % 11; n < 2 {
			return '0'
		}
		return byte('0' + 11 - n)
	}
	return judge(check(weigh(d.only, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == d.only[9] && check(weigh(d.only, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == d.only[10])
}

func judgeNIR(v string, d digits) verdict {
	if len(d.only) != 15 || d.only[0] != '1' && d.only[0] != '2' || strings.ContainsAny(v, "-/") {
		return no
	}
	if month := d.only[3:5]; month < "01" || month > "12" && month < "20" {
		return no
	}
	n := 0
	for i := range 13 {
		n = (n*10 + int(d.only[i]-'0')) % 97
	}
	return judge(97-n == int(d.only[13]-'0')*10+int(d.only[14]-'0'))
}

func judgePESEL(_ string, d digits) verdict {
	if len(d.only) != 11 || !d.plain {
		return no
	}
	month := (int(d.only[2]-'0')*10 + int(d.only[3]-'0')) % 20
	day := d.only[4:6]
	if month < 1 || month > 12 || day < "01" || day > "31" {
		return no
	}
	return judge((10-weigh(d.only, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == int(d.only[10]-'0'))
}

func judgeSteuerID(v string, d digits) verdict {
	if len(d.only) != 11 || d.only[0] == '0' || strings.ContainsAny(v, ".-/") {
		return no
	}
	// Of the first ten digits one comes twice or three times, and one or two never.
	var counts [10]int
	for i := range 10 {
		counts[d.only[i]-'0']++
	}
	several := 0
	for _, n := range counts {
		if n > 3 {
			return no
		}
		if n > 1 {
			several++
		}
	}
	if several != 1 {
		return no
	}
	product := 10
	for i := range 10 {
		sum := (int(d.only[i]-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return judge((11-product)%10 == int(d.only[10]-'0'))
}

func judgeNHS(v string, d digits) verdict {
	if len(d.only) != 10 || !d.plain && !(len(v) == 12 && (v[3] == ' ' && v[7] == ' ')) || same(d.only) {
		return no
	}
	check := 11 - weigh(d.only, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11
	return judge(check%11 == int(d.only[9]-'0') && check != 10)
}

func judgeBSN(_ string, d digits) verdict {
	if len(d.only) != 9 || !d.plain || same(d.only) {
		return no
	}
	return judge((weigh(d.only, 9, 8, 7, 6, 5, 4, 3, 2)-int(d.only[8]-'0'))%11 == 0)
}

func judgeNIF(_ string, d digits) verdict {
	if len(d.only) != 9 || !d.plain || !strings.ContainsRune("1235689", rune(d.only[0])) {
		return no
	}
	check := 11 - weigh(d.only, 9, 8, 7, 6, 5, 4, 3, 2)%11
	if check >= 10 {
		check = 0
	}
	return judge(check == int(d.only[8]-'0'))
}

var (
	phoneForm   = regexp.MustCompile(`^\+\d[\d ().\-/]{5,22}\d(?: ?(?:x|ext\.?) ?\d{1,6})?$`)
	localPhones = []struct {
		form   *regexp.Regexp
		region string
	}{
		{regexp.MustCompile(`^(?:1[-. ])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?: ?(?:x|ext\.?) ?\d{1,6})?$`), "US"},
		{regexp.MustCompile(`^0\d(?:[ .]\d\d){4}$`), "FR"},
		{regexp.MustCompile(`^\(?0\d{2,4}\)?[ \-/]\d{3,8}(?:[ -]?\d{1,4})?$`), "DE"},
		{regexp.MustCompile(`^0\d{3,4} \d{3} ?\d{3,4}$`), "GB"},
		{regexp.MustCompile(`^\(\d{2}\) ?9?\d{4}-\d{4}$`), "BR"},
		{regexp.MustCompile(`^[67]\d{2} \d{3} \d{3}$|^[69]\d{2} \d{2} \d{2} \d{2}$`), "ES"},
		{regexp.MustCompile(`^0\d{1,3}-\d{6,8}$|^06[- ]\d{8}$`), "NL"},
		{regexp.MustCompile(`^3\d{2}[ -]\d{6,7}$|^0\d{1,3}[ /-]\d{5,8}$`), "IT"},
	}
)

func judgePhone(v string, _ digits) verdict {
	if len(v) < 8 || len(v) > 32 {
		return no
	}
	v = strings.TrimPrefix(v, "tel:")
	if v == "" {
		return no
	}
	if strings.HasPrefix(v, "00") && len(v) > 10 && strings.Trim(v, "0123456789 ") == "" && strings.Contains(v, " ") {
		v = "+" + v[2:]
	}
	if v[0] == '+' {
		if !phoneForm.MatchString(v) {
			return no
		}
		n, err := phonenumbers.Parse(v, "")
		return judge(err == nil && phonenumbers.IsPossibleNumber(n))
	}
	if c := v[0]; c != '(' && (c < '0' || c > '9') {
		return no
	}
	for _, l := range localPhones {
		if l.form.MatchString(v) {
			n, err := phonenumbers.Parse(v, l.region)
			if err == nil && phonenumbers.IsPossibleNumber(n) {
				return valid
			}
		}
	}
	return no
}

var latLonForm = regexp.MustCompile(`^(?:POINT ?)?\(?(-?\d{1,3}\.\d{3,})[, ] ?(-?\d{1,3}\.\d{3,})\)?$`)

func judgeLatLon(v string, _ digits) verdict {
	if len(v) < 11 || len(v) > 60 {
		return no
	}
	m := latLonForm.FindStringSubmatch(v)
	if m == nil {
		return no
	}
	for _, part := range m[1:] {
		if whole, _, _ := strings.Cut(strings.TrimPrefix(part, "-"), "."); len(whole) == 3 && whole > "180" {
			return shape
		}
	}
	return valid
}

var profileForm = regexp.MustCompile(`(?i)^https?://(?:[a-z]{2,3}\.)?(?:linkedin\.com/(?:in|pub)/|facebook\.com/[a-z0-9.]|twitter\.com/[a-z0-9_]|x\.com/[a-z0-9_]|instagram\.com/[a-z0-9_.]|github\.com/[a-z0-9-]+/?$|gravatar\.com/avatar/|xing\.com/profile/|t\.me/|tiktok\.com/@)`)

func judgeProfileURL(v string, _ digits) verdict {
	if strings.HasPrefix(v, "http") && profileForm.MatchString(v) {
		return valid
	}
	return no
}

// entropy is Shannon's, in bits for each character.
func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	out := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			out -= p * math.Log2(p)
		}
	}
	return out
}

// randomText tells whether a value is drawn at random from letters of both
// cases and digits, as keys are. Hashes and ids, of hexadecimal digits, are not
// taken for it.
func randomText(v string) bool {
	if len(v) < 20 || len(v) > 512 {
		return false
	}
	upper, lower, digit, other := 0, 0, 0, 0
	for i := range len(v) {
		switch c := v[i]; {
		case c >= 'A' && c <= 'Z':
			upper++
		case c >= 'a' && c <= 'z':
			lower++
		case c >= '0' && c <= '9':
			digit++
		case c == '-' || c == '_' || c == '+' || c == '/' || c == '=':
			other++
		default:
			return false
		}
	}
	return upper*8 > len(v) && lower*8 > len(v) && digit > 0 && other*4 < len(v) && entropy(v) >= 3.5
}
