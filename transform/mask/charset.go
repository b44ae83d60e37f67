package mask

import "strings"

// charset is how much of Unicode a server's encoding holds, as far as labels
// need it.
type charset uint8

const (
	asciiOnly charset = iota
	latin1            // the letters of Western Europe, U+00A0 to U+00FF
	unicodeText
)

// charsetOf a server's encoding. Sessions send UTF-8 and the server converts.
// Databases without an encoding take bytes as they are, so they get ASCII.
func charsetOf(encoding string) charset {
	switch encoding {
	case "", "UTF8":
		return unicodeText
	case "LATIN1", "LATIN9", "WIN1252":
		return latin1
	}
	return asciiOnly
}

// fit is a label as far as the character set holds it, else in ASCII.
func (c charset) fit(s string) string {
	for _, r := range s {
		// LATIN9 has other characters where LATIN1 has signs; no letter is below À.
		if r >= 0x80 && (c == asciiOnly || c == latin1 && (r < 'À' || r > 'ÿ')) {
			return transliterate(s)
		}
	}
	return s
}

// inASCII is how letters are written without their marks. Umlauts become two
// letters, as in German; other languages of ours use them rarely.
var inASCII = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "œ", "oe", "Œ", "Oe", "æ", "ae", "Æ", "Ae",
	"à", "a", "á", "a", "â", "a", "ã", "a", "å", "a", "À", "A", "Á", "A", "Â", "A", "Å", "A", "ç", "c", "Ç", "C",
	"è", "e", "é", "e", "ê", "e", "ë", "e", "È", "E", "É", "E", "Ê", "E", "ì", "i", "í", "i", "î", "i", "ï", "i", "Í", "I", "Î", "I",
	"ñ", "n", "Ñ", "N", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ø", "o", "Ó", "O", "Ô", "O", "Ø", "O", "ù", "u", "ú", "u", "û", "u",
	"Ú", "U", "Û", "U", "ý", "y", "ÿ", "y", "ª", "a", "º", "o", "’", "'",
)

// transliterate writes a label in ASCII.
func transliterate(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r >= 0x80 {
			return -1
		}
		return r
	}, inASCII.Replace(s))
}
