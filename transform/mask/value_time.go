package mask

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Dates count days, timestamps microseconds, both from 2000-01-01; the ends of
// the number range are the infinities.
const (
	secondMicros = int64(1_000_000)
	dayMicros    = 24 * 60 * 60 * secondMicros

	minDay = -2451545   // 4714-11-24 BC, the first day that PostgreSQL knows
	maxDay = 2145031948 // 5874897-12-31

	maxTimestampDay = 106_751_981 // 294276-12-30, which leaves a day for what is added
)

const (
	dateInfinity      = math.MaxInt32
	dateMinusInfinity = math.MinInt32
	timeInfinity      = math.MaxInt64
	timeMinusInfinity = math.MinInt64
)

// civil turns days since 2000-01-01 into a date of the proleptic Gregorian
// calendar with astronomical years (0 is 1 BC).
func civil(day int64) (year int64, month, dom int) {
	z := day + 730425 // days since 0000-03-01
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	dom = int(doy - (153*mp+2)/5 + 1)
	month = int(mp + 3)
	year = yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	return year, month, dom
}

// daysOf is the inverse of civil.
func daysOf(year int64, month, dom int) int64 {
	if month <= 2 {
		year--
	}
	era := floorDiv(year, 400)
	yoe := year - era*400
	mp := int64((month + 9) % 12)
	doy := (153*mp+2)/5 + int64(dom) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 730425
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// readDate reads a date column's value.
func readDate(w Wire, v []byte) (int64, bool) {
	if w == BinaryWire {
		if len(v) != 4 {
			return 0, false
		}
		return int64(int32(binary.BigEndian.Uint32(v))), true
	}
	switch string(v) {
	case "infinity":
		return dateInfinity, true
	case "-infinity":
		return dateMinusInfinity, true
	}
	v, bc := cutBC(v)
	day, rest, ok := parseDay(v, bc)
	return day, ok && len(rest) == 0
}

func appendDate(dst []byte, w Wire, day int64) []byte {
	if w == BinaryWire {
		return binary.BigEndian.AppendUint32(dst, uint32(int32(day)))
	}
	switch day {
	case dateInfinity:
		return append(dst, "infinity"...)
	case dateMinusInfinity:
		return append(dst, "-infinity"...)
	}
	dst, bc := appendDay(dst, day)
	return appendBC(dst, bc)
}

// readTimestamp reads a timestamp with or without time zone.
func readTimestamp(w Wire, v []byte) (int64, bool) {
	if w == BinaryWire {
		if len(v) != 8 {
			return 0, false
		}
		return int64(binary.BigEndian.Uint64(v)), true
	}
	switch string(v) {
	case "infinity":
		return timeInfinity, true
	case "-infinity":
		return timeMinusInfinity, true
	}
	v, bc := cutBC(v)
	day, rest, ok := parseDay(v, bc)
	if !ok || len(rest) < 9 || rest[0] != ' ' {
		return 0, false
	}
	h, ok1 := twoDigits(rest[1:])
	m, ok2 := twoDigits(rest[4:])
	s, ok3 := twoDigits(rest[7:])
	if !ok1 || !ok2 || !ok3 || rest[3] != ':' || rest[6] != ':' {
		return 0, false
	}
	micros := (int64(h)*3600 + int64(m)*60 + int64(s)) * secondMicros
	rest = rest[9:]
	if len(rest) > 0 && rest[0] == '.' {
		rest = rest[1:]
		unit := secondMicros
		for len(rest) > 0 && isDigit(rest[0]) {
			unit /= 10
			micros += int64(rest[0]-'0') * unit
			rest = rest[1:]
		}
	}
	offset, ok := parseOffset(rest)
	return day*dayMicros + micros - offset*secondMicros, ok
}

// parseOffset reads a UTC offset such as +00, -03:30 or +05:53:28, in seconds.
func parseOffset(v []byte) (int64, bool) {
	if len(v) == 0 {
		return 0, true
	}
	sign := int64(1)
	switch v[0] {
	case '-':
		sign = -1
	case '+':
	default:
		return 0, false
	}
	v = v[1:]
	seconds, unit := int64(0), int64(3600)
	for {
		n, ok := twoDigits(v)
		if !ok {
			return 0, false
		}
		seconds += int64(n) * unit
		unit /= 60
		v = v[2:]
		if len(v) == 0 {
			return sign * seconds, true
		}
		if v[0] != ':' || unit == 0 {
			return 0, false
		}
		v = v[1:]
	}
}

func appendTimestamp(dst []byte, c *Column, micros int64) []byte {
	if c.Wire == BinaryWire {
		return binary.BigEndian.AppendUint64(dst, uint64(micros))
	}
	switch micros {
	case timeInfinity:
		return append(dst, "infinity"...)
	case timeMinusInfinity:
		return append(dst, "-infinity"...)
	}
	day := floorDiv(micros, dayMicros)
	rest := uint64(micros - day*dayMicros)
	dst, bc := appendDay(dst, day)
	dst = append(dst, ' ')
	dst = appendClock(dst, rest)
	if c.Kind == TimestampTZ {
		dst = append(dst, "+00"...) // the target session reads in UTC, and any session reads an offset
	}
	return appendBC(dst, bc)
}

// appendClock appends a time of day.
func appendClock(dst []byte, micros uint64) []byte {
	seconds, frac := micros/uint64(secondMicros), micros%uint64(secondMicros)
	dst = append(appendPadded(dst, seconds/3600, 2), ':')
	dst = append(appendPadded(dst, seconds/60%60, 2), ':')
	dst = appendPadded(dst, seconds%60, 2)
	if frac > 0 {
		dst = appendPadded(append(dst, '.'), frac, 6)
		for dst[len(dst)-1] == '0' {
			dst = dst[:len(dst)-1]
		}
	}
	return dst
}

// parseDay reads year-month-day at the start of v.
func parseDay(v []byte, bc bool) (day int64, rest []byte, ok bool) {
	n := 0
	for n < len(v) && isDigit(v[n]) {
		n++
	}
	if n < 4 || n > 7 || len(v) < n+6 || v[n] != '-' || v[n+3] != '-' {
		return 0, nil, false
	}
	y, _ := parseUint(v[:n])
	year := int64(y)
	month, ok1 := twoDigits(v[n+1:])
	dom, ok2 := twoDigits(v[n+4:])
	if !ok1 || !ok2 || month < 1 || month > 12 || dom < 1 || dom > monthDays(year, bc, month) {
		return 0, nil, false
	}
	if bc {
		year = 1 - year
	}
	return daysOf(year, month, dom), v[n+6:], true
}

func monthDays(year int64, bc bool, month int) int {
	if bc {
		year = 1 - year
	}
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

func twoDigits(v []byte) (int, bool) {
	if len(v) < 2 || !isDigit(v[0]) || !isDigit(v[1]) {
		return 0, false
	}
	return int(v[0]-'0')*10 + int(v[1]-'0'), true
}

func appendDay(dst []byte, day int64) (out []byte, bc bool) {
	year, month, dom := civil(day)
	if bc = year <= 0; bc {
		year = 1 - year
	}
	if year < 10_000 {
		dst = appendPadded(dst, uint64(year), 4)
	} else {
		dst = strconv.AppendInt(dst, year, 10)
	}
	dst = appendPadded(append(dst, '-'), uint64(month), 2)
	return appendPadded(append(dst, '-'), uint64(dom), 2), bc
}

func cutBC(v []byte) ([]byte, bool) {
	if n := len(v) - 3; n > 0 && string(v[n:]) == " BC" {
		return v[:n], true
	}
	return v, false
}

func appendBC(dst []byte, bc bool) []byte {
	if bc {
		return append(dst, " BC"...)
	}
	return dst
}
