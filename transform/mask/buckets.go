package mask

import (
	"math"
	"math/big"
	"strconv"
)

// buckets rounds the numbers of an integer or numeric column down to multiples
// of a step and pools those below lo and above hi, exactly. Numbers of up to
// 17 digits take machine words, longer ones big integers. All coefficients
// stand at one scale, which writes the step and both ends exactly.
type buckets struct {
	col   *Column
	scale int

	step, lo, hi *big.Int // nil without
	least        *big.Int // the smallest number that the column holds; nil without end

	words      bool // step, lo and hi fit a word
	step64     int64
	lo64, hi64 int64
	least64    int64

	text, number []byte
	value, rest  big.Int
}

func newBuckets(col *Column, step, lo, hi, least *decimal, scale int) *buckets {
	m := &buckets{col: col, scale: scale, words: true, lo64: math.MinInt64, hi64: math.MaxInt64, least64: math.MinInt64}
	for _, p := range []struct {
		from *decimal
		big  **big.Int
		word *int64
	}{{step, &m.step, &m.step64}, {lo, &m.lo, &m.lo64}, {hi, &m.hi, &m.hi64}} {
		if p.from == nil {
			continue
		}
		*p.big = p.from.at(scale)
		if m.words = m.words && (*p.big).IsInt64(); m.words {
			*p.word = (*p.big).Int64()
		}
	}
	if least != nil {
		// What the column holds may have more decimals than the buckets.
		common := max(scale, least.scale)
		m.least = new(big.Int).Quo(least.at(common), powerOfTen(common-scale))
		if m.least.IsInt64() { // else no word reaches it
			m.least64 = m.least.Int64()
		}
	}
	return m
}

func (m *buckets) Append(dst []byte, in *Input) ([]byte, Outcome) {
	var ok bool
	if m.col.Kind == Int {
		var n int64
		if n, ok = readInt(m.col.Wire, in.Value); ok {
			m.text = strconv.AppendInt(m.text[:0], n, 10)
		}
	} else if m.text, ok = appendNumericText(m.text[:0], m.col.Wire, in.Value); !ok {
		switch string(m.text) {
		case "NaN", "Infinity", "-Infinity":
			return append(dst, in.Value...), Masked
		}
	}
	if !ok {
		m.text = append(m.text[:0], '0')
	}
	var kept bool
	if n, more, fits := m.word(); fits && m.words {
		n, kept = m.bucketWord(n, more)
		m.number = strconv.AppendInt(m.number[:0], n, 10)
	} else {
		kept = m.bucketBig()
		m.number = m.value.Append(m.number[:0], 10)
	}
	switch {
	case !ok:
		return m.append(dst), Replaced
	case kept:
		return append(dst, in.Value...), Masked
	}
	return m.append(dst), Masked
}

// word reads m.text at the buckets' scale, rounded down; more tells that the
// number is a little larger.
func (m *buckets) word() (n int64, more, ok bool) {
	const most = math.MaxInt64 / 100 // leaves room for one more digit and a step below
	text := m.text
	neg := text[0] == '-'
	if neg {
		text = text[1:]
	}
	decimals, point := 0, false
	for _, c := range text {
		switch {
		case c == '.':
			point = true
		case point && decimals == m.scale:
			more = more || c != '0'
		case n > most:
			return 0, false, false
		default:
			n = n*10 + int64(c-'0')
			if point {
				decimals++
			}
		}
	}
	for ; decimals < m.scale; decimals++ {
		if n > most {
			return 0, false, false
		}
		n *= 10
	}
	if neg {
		if n = -n; more {
			n--
		}
	}
	return n, more, true
}

// bucketWord is the start of n's bucket; kept tells that the value stays as it is.
func (m *buckets) bucketWord(n int64, more bool) (start int64, kept bool) {
	switch {
	case n < m.lo64:
		return m.lo64, false
	case n > m.hi64 || n == m.hi64 && more:
		return m.hi64, false
	case m.step64 == 0:
		return n, true
	}
	rest := n % m.step64
	if rest < 0 {
		rest += m.step64
	}
	// A column ends inside of a bucket: its start would not fit.
	return max(n-rest, m.lo64, m.least64), false
}

// bucketBig is bucketWord of m.text into m.value, for what fits no word. It
// allocates.
func (m *buckets) bucketBig() (kept bool) {
	d, _ := parseDecimal(string(m.text)) // it is decimal text already
	common := max(m.scale, d.scale)
	_, rest := m.value.DivMod(d.at(common), powerOfTen(common-m.scale), &m.rest) // rounds down
	more := rest.Sign() != 0
	switch {
	case m.lo != nil && m.value.Cmp(m.lo) < 0:
		m.value.Set(m.lo)
		return false
	case m.hi != nil && (m.value.Cmp(m.hi) > 0 || more && m.value.Cmp(m.hi) == 0):
		m.value.Set(m.hi)
		return false
	case m.step == nil:
		return true
	}
	m.value.Sub(&m.value, m.rest.Mod(&m.value, m.step))
	for _, end := range []*big.Int{m.lo, m.least} {
		if end != nil && m.value.Cmp(end) < 0 {
			m.value.Set(end)
		}
	}
	return false
}

// append writes the coefficient in m.number as the column's value.
func (m *buckets) append(dst []byte) []byte {
	number := m.number
	if m.col.Kind == Int {
		n, _ := parseInt(number) // within the column's limits
		return appendInt(dst, m.col, n)
	}
	m.text = m.text[:0]
	if number[0] == '-' {
		m.text, number = append(m.text, '-'), number[1:]
	}
	whole := max(0, len(number)-m.scale)
	if whole == 0 {
		m.text = append(m.text, '0')
	}
	m.text = append(m.text, number[:whole]...)
	if m.scale > 0 {
		m.text = append(m.text, '.')
		for range m.scale - len(number) {
			m.text = append(m.text, '0')
		}
		m.text = append(m.text, number[whole:]...)
	}
	return appendNumeric(dst, m.col.Wire, m.text)
}
