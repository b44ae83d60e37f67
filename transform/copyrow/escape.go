package copyrow

import (
	"encoding/binary"
	"math/bits"
)

// The text format's rules, from the server's reader and writer: a backslash
// before b, f, n, r, t or v is a control character; before one to three octal
// digits, or x and one or two hex digits, a byte; before anything else, that
// byte itself, a tab and a newline included. A field that is \N as a whole is
// NULL. The writer uses the letters and \\ only.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// marks has the high bit set in every byte of w that is b, and perhaps in some
// above the first such byte; it is zero when there is none.
func marks(w uint64, b byte) uint64 {
	w ^= ones * uint64(b)
	return (w - ones) &^ w & highs
}

// plain is the number of bytes of p before the first tab, newline or backslash.
func plain(p []byte) int {
	i := 0
	for ; len(p)-i >= 8; i += 8 {
		w := binary.LittleEndian.Uint64(p[i:])
		if m := marks(w, '\t') | marks(w, '\n') | marks(w, '\\'); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	for ; i < len(p); i++ {
		if c := p[i]; c == '\t' || c == '\n' || c == '\\' {
			break
		}
	}
	return i
}

// letters holds the letter that stands for a byte after a backslash.
var letters = [256]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v', '\\': '\\'}

// clean tells whether p has neither control characters nor backslashes: most
// values need no escapes, and eight bytes at a time that costs little.
func clean(p []byte) bool {
	if len(p) < 8 {
		for _, c := range p {
			if c < 0x20 || c == '\\' {
				return false
			}
		}
		return true
	}
	for i := 0; ; i += 8 {
		i = min(i, len(p)-8) // the last word overlaps the one before
		w := binary.LittleEndian.Uint64(p[i:])
		if (w-ones*0x20)&^w&highs|marks(w, '\\') != 0 {
			return false
		}
		if i == len(p)-8 {
			return true
		}
	}
}

// escape puts the escapes into out[at:].
func escape(out []byte, at int) []byte {
	if clean(out[at:]) {
		return out
	}
	extra := 0
	for _, c := range out[at:] {
		if letters[c] != 0 {
			extra++
		}
	}
	if extra == 0 {
		return out
	}
	from := len(out)
	for range extra {
		out = append(out, 0)
	}
	to := len(out)
	for to > from { // from the end, until no escape is left to be made room for
		from--
		to--
		if l := letters[out[from]]; l != 0 {
			out[to] = l
			to--
			out[to] = '\\'
		} else {
			out[to] = out[from]
		}
	}
	return out
}

// unescape appends to dst the value that the escaped field is. dst may be
// field[:0]: a value is never longer than its escaped form.
func unescape(dst, field []byte) []byte {
	for i := 0; i < len(field); i++ {
		c := field[i]
		if c != '\\' || i+1 == len(field) {
			dst = append(dst, c)
			continue
		}
		i++
		switch c = field[i]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'v':
			c = '\v'
		case '0', '1', '2', '3', '4', '5', '6', '7':
			c -= '0'
			for range 2 {
				if i+1 == len(field) || field[i+1] < '0' || field[i+1] > '7' {
					break
				}
				i++
				c = c<<3 | (field[i] - '0')
			}
		case 'x':
			if i+1 < len(field) && unhex[field[i+1]] != 0 {
				i++
				c = unhex[field[i]] - 1
				if i+1 < len(field) && unhex[field[i+1]] != 0 {
					i++
					c = c<<4 | (unhex[field[i]] - 1)
				}
			}
		}
		dst = append(dst, c)
	}
	return dst
}

// unhex holds a hex digit's value plus one, zero for other bytes.
var unhex = func() (t [256]byte) {
	for i := range byte(10) {
		t['0'+i] = i + 1
	}
	for i := range byte(6) {
		t['a'+i], t['A'+i] = i+11, i+11
	}
	return t
}()

// isNull tells whether a field, as it travels, is NULL.
func isNull(field []byte) bool {
	return len(field) == 2 && field[0] == '\\' && field[1] == 'N'
}
