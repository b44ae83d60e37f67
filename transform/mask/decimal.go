package mask

import (
	"math/big"
	"strconv"
)

// decimal is the exact number coef · 10^-scale.
type decimal struct {
	coef  *big.Int
	scale int
}

// parseDecimal reads plain decimal text.
func parseDecimal(s string) (decimal, bool) {
	if !isDecimal([]byte(s)) {
		return decimal{}, false
	}
	var digits []byte
	scale, point := 0, false
	for i := range len(s) {
		switch {
		case s[i] == '.':
			point = true
		default:
			digits = append(digits, s[i])
			if point {
				scale++
			}
		}
	}
	for scale > 0 && digits[len(digits)-1] == '0' { // 5.0 is a whole number
		digits, scale = digits[:len(digits)-1], scale-1
	}
	coef, ok := new(big.Int).SetString(string(digits), 10)
	return decimal{coef, scale}, ok
}

// at is the coefficient of the same number at a scale that is no smaller.
func (d *decimal) at(scale int) *big.Int {
	return new(big.Int).Mul(d.coef, powerOfTen(scale-d.scale))
}

func (d *decimal) sign() int { return d.coef.Sign() }

func (d *decimal) cmp(e *decimal) int {
	scale := max(d.scale, e.scale)
	return d.at(scale).Cmp(e.at(scale))
}

func powerOfTen(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// scalarText is a parameter as it was written; floats as the shortest decimal
// that means them, which is what stood in the policy file.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// numberLimits are the ends of what an integer or numeric column holds; nil
// where there is none.
type numberLimits struct{ lo, hi *decimal }

func (r *rule) numberLimits() numberLimits {
	switch {
	case r.col.Kind == Int:
		bits := r.col.Bits
		if bits == 0 {
			bits = 64
		}
		lo, hi := intRange(bits)
		return numberLimits{&decimal{big.NewInt(lo), 0}, &decimal{big.NewInt(hi), 0}}
	case r.col.Precision > 0:
		hi := powerOfTen(r.col.Precision)
		hi.Sub(hi, big.NewInt(1))
		d := &decimal{hi, r.col.Scale}
		if r.col.Scale < 0 { // numeric(2,-3) holds thousands
			d = &decimal{hi.Mul(hi, powerOfTen(-r.col.Scale)), 0}
		}
		return numberLimits{&decimal{new(big.Int).Neg(d.coef), d.scale}, d}
	}
	return numberLimits{}
}
