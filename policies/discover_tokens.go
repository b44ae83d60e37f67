package policies

import (
	"strings"
	"unicode"
)

// tokens splits a name into lower-case words without accents: at underscores
// and other signs, at camel case, and between letters and digits. Words run
// together are taken apart where the lexicon knows all parts: emailaddress.
func tokens(name string) []string {
	var out []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			out = append(out, segment(fold(string(word)))...)
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsDigit(r):
			if len(word) > 0 && !unicode.IsDigit(word[len(word)-1]) && !digitsBelong(word) {
				flush()
			}
		case len(word) > 0 && unicode.IsDigit(word[len(word)-1]):
			flush()
		case unicode.IsUpper(r) && len(word) > 0:
			// fullName, HTTPServer: a new word starts at an upper-case letter
			// after or before a lower-case one.
			before := unicode.IsLower(runes[i-1])
			after := i+1 < len(runes) && unicode.IsLower(runes[i+1]) && unicode.IsUpper(runes[i-1])
			if before || after {
				flush()
			}
		}
		word = append(word, r)
	}
	flush()
	return out
}

// digitsBelong keeps names that end in digits whole: ipv4, md5, sha256.
func digitsBelong(word []rune) bool {
	switch strings.ToLower(string(word)) {
	case "ipv", "md", "sha", "iso", "utf", "oauth":
		return true
	}
	return false
}

// folded are letters with their plain spelling.
var folded = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "á", "a", "à", "a", "â", "a", "ã", "a", "å", "a", "æ", "ae",
	"é", "e", "è", "e", "ê", "e", "ë", "e", "í", "i", "ì", "i", "î", "i", "ï", "i", "ó", "o", "ò", "o", "ô", "o", "õ", "o", "ø", "o",
	"ú", "u", "ù", "u", "û", "u", "ç", "c", "ñ", "n", "ł", "l", "ś", "s", "ż", "z", "ź", "z", "ń", "n", "ą", "a", "ę", "e", "ć", "c",
)

func fold(s string) string { return folded.Replace(strings.ToLower(s)) }

// segment takes a word apart if the whole of it is made of two or three words
// that the lexicon knows, with the longest first part that works.
func segment(word string) []string {
	const shortest = 3
	words := lexicon().words
	if words[word] || len(word) < 2*shortest {
		return []string{word}
	}
	for i := len(word) - shortest; i >= shortest; i-- {
		if !words[word[:i]] {
			continue
		}
		if rest := word[i:]; words[rest] {
			return []string{word[:i], rest}
		}
		// German joins with an s: Geburtsort is Geburt and Ort.
		if rest := word[i+1:]; word[i] == 's' && len(rest) >= shortest && words[rest] {
			return []string{word[:i], rest}
		}
	}
	return []string{word}
}

// singulars are the forms that a word may be the plural of, itself first.
func singulars(w string) []string {
	out := []string{w}
	switch {
	case strings.HasSuffix(w, "ies"):
		out = append(out, w[:len(w)-3]+"y", w[:len(w)-1])
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"):
		out = append(out, w[:len(w)-2])
	case strings.HasSuffix(w, "ss"):
	case strings.HasSuffix(w, "s") && len(w) > 3:
		out = append(out, w[:len(w)-1])
		if strings.HasSuffix(w, "es") && len(w) > 4 {
			out = append(out, w[:len(w)-2])
		}
	case strings.HasSuffix(w, "en") && len(w) > 4:
		out = append(out, w[:len(w)-1], w[:len(w)-2])
	case strings.HasSuffix(w, "n") && len(w) > 4:
		out = append(out, w[:len(w)-1])
	}
	return out
}
