package mask

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

func textSpec() *Spec {
	return define(Spec{
		Name:    "text",
		Summary: "filler text of the same length and number of words",
		Doc: `Replaces free text by Latin-looking words. It keeps the number of characters and of words, and not the words' own
lengths, which would betray a known text. From 1,024 bytes on, where PostgreSQL may compress a value, it also keeps how
repetitive the text is, in powers of two: a form letter becomes filler that repeats itself, so that staging's tables
are about as large as production's. Each row has its own filler; with a domain, equal texts stay equal. Works at any length.

Do: use it for comments, notes, descriptions, messages.
Don't: use it where a CHECK or a program wants a form; an enum-like column needs ` + "`keep`" + ` or ` + "`constant`" + `.`,
		Example: "notes: text",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		props := r.needs(byRow, Properties{KeepsLength: true, NeedsValue: true, PrivacyRank: 2})
		if r.bind.Keyed == ByValue {
			props.PrivacyRank = 3
		}
		return &compiled{
			props: props,
			start: func() Masker { return &filler{keyer: r.rowKeyer(), lex: r.lexicon()} },
		}, nil
	})
}

type filler struct {
	keyer keyer
	lex   *lexicon
}

func (m *filler) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	value := in.Value
	if m.keyer.col.Padded {
		value = trimPad(value)
	}
	chars, words := measure(value, m.keyer.col.Encoding == "SQL_ASCII")
	at := len(dst)
	random := d.stream()
	dst = m.lex.appendRepeated(dst, &random, chars, words, repetition(value))
	if len(dst) > at && isLetter(dst[at]) {
		dst[at] -= 'a' - 'A'
	}
	return dst, Masked
}

// measure counts characters and words. A database without an encoding counts
// bytes.
func measure(v []byte, bytesOnly bool) (chars, words int) {
	n := len(v)
	blank := byte(1) // whether the byte before is one
	// Eight bytes at a time, each with its verdict in its highest bit.
	for ; len(v) >= 8; v = v[8:] {
		x := binary.LittleEndian.Uint64(v)
		const highs, ones = 0x8080808080808080, 0x0101010101010101
		low := x &^ highs
		blanks := (low + (0x80-'\t')*ones) &^ (low + (0x80-'\r'-1)*ones) // \t \n \v \f \r
		blanks |= ^((low ^ ' '*ones) + 0x7F*ones)
		blanks &= highs &^ x
		begins := ^blanks & (blanks<<8 | uint64(blank)<<7) & highs
		chars += 8 - bits.OnesCount64(x&^(x<<1)&highs)
		words += bits.OnesCount64(begins)
		blank = byte(blanks >> 63)
	}
	for _, c := range v {
		m := measures[c]
		chars += int(m & 1)
		words += int(blank &^ (m >> 1))
		blank = m >> 1
	}
	if bytesOnly {
		chars = n
	}
	return chars, words
}

// measures tells of a byte whether it begins a character (1) and whether it is
// a blank (2).
var measures = func() (t [256]byte) {
	for c := range 256 {
		if c&0xC0 != 0x80 {
			t[c] |= 1
		}
		if isSpace(byte(c)) {
			t[c] |= 2
		}
	}
	return t
}()

// appendRepeated is appendFiller for a text of which one part in 2^halvings is
// said over and over.
func (l *lexicon) appendRepeated(dst []byte, random *stream, chars, words, halvings int) []byte {
	period := words >> halvings
	if halvings == 0 || period == 0 {
		return l.appendFiller(dst, random, chars, words)
	}
	at := len(dst)
	taken := chars * period / words // characters of a period with the blank behind it
	if taken < 2*period {
		return l.appendFiller(dst, random, chars, words)
	}
	dst = append(l.appendFiller(dst, random, taken-1, period), ' ')
	times := words / period
	for range times - 2 {
		dst = append(dst, dst[at:at+taken]...)
	}
	// The last time takes what the divisions dropped.
	begin := bytes.LastIndexByte(dst[at:at+taken-1], ' ') + 1
	dst = append(dst, dst[at:at+begin]...)
	return l.appendFiller(dst, random, chars-(times-1)*taken-begin, words-times*period+1)
}

// appendFiller appends so many words that with one blank between them they
// take so many characters. Without a word it appends blanks.
func (l *lexicon) appendFiller(dst []byte, random *stream, chars, words int) []byte {
	if words == 0 {
		for range chars {
			dst = append(dst, ' ')
		}
		return dst
	}
	letters := chars - (words - 1)
	// Most of a long text is put together from phrases of several words.
	for words > 2*phraseWords {
		mean := letters * phraseWords / words
		least := max(phraseWords, mean-mean/8)
		most := min(mean+mean/8, letters-(words-phraseWords), len(l.phrases)-1)
		if least > most {
			break
		}
		w := random.next()
		n := least + below32(uint32(w>>32), most-least+1)
		dst = append(dst, l.phrases[n][below32(uint32(w), phraseVariants)]...)
		dst = append(dst, ' ')
		letters -= n
		words -= phraseWords
	}
	for ; words > 1; words-- {
		// Around the mean of what is left, so that the last word is no outlier.
		mean := letters / words
		least := max(1, mean-mean/2)
		most := min(mean+mean/2, letters-(words-1))
		w := random.next()
		n := least + below32(uint32(w>>32), most-least+1)
		dst = l.appendWord(dst, random, uint32(w), n)
		dst = append(dst, ' ')
		letters -= n
	}
	return l.appendWord(dst, random, uint32(random.next()), letters)
}

// appendWord appends n letters: a word of that length if there is one, else
// several run together.
func (l *lexicon) appendWord(dst []byte, random *stream, pick uint32, n int) []byte {
	for n >= len(l.words) || len(l.words[n]) == 0 {
		part := len(l.words) - 1 // the longest words
		w := l.words[part][below32(pick, len(l.words[part]))]
		if n <= part {
			return append(dst, w[:n]...)
		}
		dst = append(dst, w...)
		n -= part
		pick = uint32(random.next())
	}
	if n == 0 {
		return dst
	}
	return append(dst, l.words[n][below32(pick, len(l.words[n]))]...)
}
