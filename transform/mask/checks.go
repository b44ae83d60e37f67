package mask

// Check digits of numbers that are written in decimal digits.

// Luhn is the check digit that ISO/IEC 7812 appends to digits.
func Luhn(digits []byte) byte {
	sum, double := 0, true
	for i := len(digits) - 1; i >= 0; i-- {
		n := int(digits[i] - '0')
		if double {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		double = !double
		sum += n
	}
	return '0' + byte((10-sum%10)%10)
}

// Mod9710 is the remainder by 97 of digits and letters, letters counting as
// two digits from A = 10, as ISO 7064 and IBANs have it.
func Mod9710(chars []byte, rest int) int {
	const enough = 1 << 56 // leaves room for another two digits
	n := uint64(rest)
	for _, c := range chars {
		switch v := alphanumeric[c]; {
		case v < 10:
			n = n*10 + uint64(v)
		case v < 36:
			n = n*100 + uint64(v)
		}
		if n >= enough {
			n %= 97
		}
	}
	return int(n % 97)
}

// alphanumeric is what digits and letters of either case count in a number of
// base 36; noAlphanumeric for everything else.
var alphanumeric = func() (t [256]uint8) {
	for c := range 256 {
		switch b := byte(c); {
		case isDigit(b):
			t[c] = b - '0'
		case isLetter(b):
			t[c] = lower(b) - 'a' + 10
		default:
			t[c] = noAlphanumeric
		}
	}
	return t
}()

const (
	noAlphanumeric = 36
	base36         = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// weighted is the sum of digits times weights.
func weighted(digits []byte, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(digits[i]-'0')
	}
	return sum
}

// mod1110 is the check digit of ISO 7064 MOD 11,10.
func mod1110(digits []byte) byte {
	product := 10
	for _, c := range digits {
		sum := (int(c-'0') + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = sum * 2 % 11
	}
	return '0' + byte((11-product)%10)
}

// ean13 is the check digit of GS1 numbers.
func ean13(digits []byte) byte {
	sum := 0
	for i := range digits {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			n *= 3
		}
		sum += n
	}
	return '0' + byte((10-sum%10)%10)
}

// verhoeff is the check digit of J. Verhoeff's scheme: the dihedral group D5
// catches every slip of one digit and every swap of neighbours.
func verhoeff(digits []byte) byte {
	c := byte(0)
	for i := range digits {
		n := digits[len(digits)-1-i] - '0'
		for range (i + 1) % 8 {
			n = "\x01\x05\x07\x06\x02\x08\x03\x00\x09\x04"[n]
		}
		c = dihedral(c, n)
	}
	if c > 0 && c < 5 {
		c = 5 - c // the inverse; reflections are their own
	}
	return '0' + c
}

// dihedral multiplies in D5, with 0 to 4 the rotations and 5 to 9 the reflections.
func dihedral(a, b byte) byte {
	switch {
	case a < 5 && b < 5:
		return (a + b) % 5
	case a < 5:
		return 5 + (a+b)%5
	case b < 5:
		return 5 + (a-b)%5
	}
	return (a + 5 - b) % 5
}
