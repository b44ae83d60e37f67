package originals

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape appends a JSON string without its escapes. It knows nothing that
// cannot be told: what is no escape stays as it is.
func unescape(dst, b []byte) []byte {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			dst = append(dst, b[i])
			continue
		}
		i++
		switch c := b[i]; c {
		case 'n', 't', 'r', 'b', 'f':
			dst = append(dst, ' ')
		case 'u':
			r, n := hexRune(b[i+1:])
			if utf16.IsSurrogate(r) && i+n+2 < len(b) && b[i+n+1] == '\\' && b[i+n+2] == 'u' {
				low, m := hexRune(b[i+n+3:])
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					r, n = pair, n+2+m
				}
			}
			dst = utf8.AppendRune(dst, r)
			i += n
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// hexRune reads the four digits of an escape, and how many bytes it took.
func hexRune(b []byte) (rune, int) {
	if len(b) < 4 {
		return utf8.RuneError, len(b)
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	if err != nil {
		return utf8.RuneError, 0
	}
	return rune(n), 4
}
