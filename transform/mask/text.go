package mask

func textSpec() *Spec {
	return define(Spec{
		Name:    "text",
		Summary: "filler text of the same length and number of words",
		Doc: `Replaces free text by Latin-looking words. It keeps the number of characters and of words, and nothing else:
not the words' own lengths, which would betray a known text. Each row has its own filler; with a domain, equal
texts stay equal. Works at any length.

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
	dst = m.lex.appendFiller(dst, &random, chars, words)
	if len(dst) > at && isLetter(dst[at]) {
		dst[at] -= 'a' - 'A'
	}
	return dst, Masked
}

// measure counts characters and words. A database without an encoding counts
// bytes.
func measure(v []byte, bytesOnly bool) (chars, words int) {
	blank := byte(1) // the byte before
	for _, c := range v {
		m := measures[c]
		chars += int(m & 1)
		words += int(blank &^ (m >> 1))
		blank = m >> 1
	}
	if bytesOnly {
		chars = len(v)
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
