package discover

import (
	"strings"
	"sync"
	"unicode"
)

// Tokens splits a name into lower-case words without accents: at underscores
// and other signs, at camel case, and between letters and digits. Words run
// together are taken apart where their parts are known: emailaddress. Short
// forms become the long one, and articles and prepositions are left out.
func Tokens(name string) []string { return normal(split(name)) }

func split(name string) []string {
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
			if len(word) == 1 && i == 1 && (word[0] == 'e' || word[0] == 'E') {
				before = false // eMail, EMail
				after = false
			}
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
	case "ipv", "md", "sha", "iso", "utf", "oauth", "icd", "pbkdf", "base", "x", "s", "u", "k":
		return true
	}
	return false
}

// folded are letters with their plain spelling.
var folded = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "á", "a", "à", "a", "â", "a", "ã", "a", "å", "a", "æ", "ae", "º", "o", "ª", "a",
	"é", "e", "è", "e", "ê", "e", "ë", "e", "í", "i", "ì", "i", "î", "i", "ï", "i", "ó", "o", "ò", "o", "ô", "o", "õ", "o", "ø", "o", "œ", "oe",
	"ú", "u", "ù", "u", "û", "u", "ç", "c", "ñ", "n", "ł", "l", "ś", "s", "ż", "z", "ź", "z", "ń", "n", "ą", "a", "ę", "e", "ć", "c",
)

func fold(s string) string { return folded.Replace(strings.ToLower(s)) }

// normal writes out short forms and leaves out small words, unless nothing
// would be left.
func normal(toks []string) []string {
	out := make([]string, 0, len(toks))
	for _, t := range toks {
		if smallWords[t] {
			continue
		}
		if long := shortForms[t]; long != "" {
			t = long
		} else if long := withVowels(t); long != "" {
			t = long
		}
		out = append(out, t)
	}
	if len(out) == 0 {
		return append(out, toks...)
	}
	return out
}

// spelledOut are words that programmers of old write without their vowels.
var spelledOut = words(`first, middle, address, mobile, birth, gender, customer, holder, card, credit, debit, license, driver, passport, mother, father, maiden, spouse, guardian, contact, country, department, beneficiary, nominee, residence, shipping, billing, delivery, receiver, sender, comment, remark, message, password, question, answer, security, description, company, branch, balance, amount, product, purchase, payment, invoice, vehicle, doctor, hospital, member, subscriber, recipient, manager, supervisor, director, insurance, certificate, reference, district, village, building, apartment, locality, postal, region, personal, permanent, temporary, correspondence, emergency, relation, occupation, qualification, designation, nationality, religion, household, student, teacher, parent, scholar, borrower, claimant, agent, broker, dealer, vendor, supplier, merchant, transaction, terminal, signature, biometric, fingerprint`)

// skeletons are the consonants of spelledOut, with the word that they stand for.
var skeletons = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for w := range spelledOut {
		s := skeleton(w)
		if other, taken := out[s]; !taken || w < other {
			out[s] = w
		}
	}
	return out
})

// skeleton leaves the first letter of a word and its consonants, double ones once.
func skeleton(w string) string {
	out := []byte{w[0]}
	for i := 1; i < len(w); i++ {
		if !strings.ContainsRune("aeiou", rune(w[i])) && w[i] != out[len(out)-1] {
			out = append(out, w[i])
		}
	}
	return string(out)
}

// withVowels is the word that a token without vowels stands for, if any: hldr
// is a holder, mthr a mother.
func withVowels(t string) string {
	if len(t) < 3 || strings.ContainsAny(t[1:], "aeiou0123456789") || vocabulary().words[t] {
		return ""
	}
	return skeletons()[skeleton(t)]
}

// segment takes a word apart if the whole of it is made of known words, the
// fewest possible. German and Dutch join with an s, n or en: Geburtsort. Of a
// longer unknown word a known last part of five letters or more is split off,
// since that says what the thing is: Praxistelefon.
func segment(word string) []string {
	v := vocabulary()
	if v.words[word] || len(word) < 5 {
		return []string{word}
	}
	for _, form := range singulars(word)[1:] {
		if v.words[form] {
			return []string{word}
		}
	}
	if head, ok := strings.CutSuffix(word, "by"); ok && strings.HasSuffix(head, "ed") {
		return []string{head, "by"} // createdby
	}
	type best struct {
		cost int
		from int // start of the last part
		skip int // letters of a joint after the part before
	}
	const never = 1 << 20
	at := make([]best, len(word)+1)
	for i := 1; i <= len(word); i++ {
		at[i].cost = never
		for j := 0; j < i; j++ {
			part := word[j:i]
			if at[j].cost == never || !v.part(part) && !(i == len(word) && j > 0 && len(part) >= 5 && plural(part)) || joins[part] && (j == 0 || i == len(word)) {
				continue
			}
			cost := at[j].cost + 10
			if len(part) == 2 {
				cost += 6
			}
			if neverHeads[part] { // form name, not for mname
				cost++
			}
			if cost < at[i].cost {
				at[i] = best{cost, j, 0}
			}
		}
		// A joint between two parts, never at the end.
		for _, joint := range []string{"s", "n", "en", "er"} {
			j := i - len(joint)
			if j >= 4 && i < len(word) && word[j:i] == joint && at[j].cost < never && at[j].skip == 0 && at[j].cost+3 < at[i].cost {
				at[i] = best{at[j].cost + 3, at[j].from, len(joint)}
			}
		}
	}
	if n := len(word); at[n].cost < 5*10 && at[n].skip == 0 {
		var parts []string
		for n > 0 {
			b := at[n]
			parts = append([]string{word[b.from : n-b.skip]}, parts...)
			n = b.from
		}
		return parts
	}
	for i := 1; i <= len(word)-3; i++ {
		if v.heads[word[i:]] && (i > 2 || len(word)-i >= 9-i) {
			return []string{strings.TrimSuffix(word[:i], "s"), word[i:]}
		}
	}
	for _, prefix := range typePrefixes {
		if rest, ok := strings.CutPrefix(word, prefix); ok && len(rest) >= 4 && v.words[rest] {
			return []string{rest}
		}
	}
	if right := misspelled(word); right != "" {
		return []string{right}
	}
	// Of e-mail and phone the first part says it as well: telefonpriv.
	for i := len(word) - 4; i >= 5; i-- {
		if startsCompound[word[:i]] {
			return []string{word[:i], word[i:]}
		}
	}
	return []string{word}
}

// typePrefixes are what some put before every name, for its type: dsnombre.
var typePrefixes = []string{"ds", "nm", "tx", "txt", "str", "vc", "vch", "dt", "fe", "fec", "nu", "num", "nr", "no"}

// oftenMisspelled are long words that say much, also with a letter too many,
// too few or wrong.
var oftenMisspelled = strings.Split(`address, addresses, adresse, password, telephone, telefono, telefone, firstname, lastname, surname, username, birthday, birthdate, passport, postcode, zipcode, apellido, apellidos, contrasena, nascimento, nacimiento, naissance, endereco, indirizzo, geburtsdatum, latitude, longitude, strasse, vorname, nachname, comment, comments, remarks, signature, guardian, emergency, beneficiary, license, licence, secretary, receiver, recipient, residence, nationality, description`, ", ")

// misspelled is the word that an unknown one is a slip of, if any.
func misspelled(word string) string {
	if len(word) < 6 {
		return ""
	}
	for _, right := range oftenMisspelled {
		if d := len(right) - len(word); word[0] == right[0] && d >= -1 && d <= 1 && slip(word, right) {
			return right
		}
	}
	return ""
}

// slip tells whether two words differ by one letter more, less or other, or by
// two that changed places.
func slip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return i < len(a) && (a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:])
}

// startsCompound are words that say what a compound is by themselves, whatever
// follows.
var startsCompound = words(`email, telefon, telefono, telefone, telephone, phone, handy, courriel, telefoon, mobiltelefon`)

// joins are small words that bind parts of a compound: comunediresidenza.
var joins = words(`de, di, da, du, of`)

// singulars are the forms that a word may be the plural of, itself first.
func singulars(w string) []string {
	out := []string{w}
	switch {
	case w == "pais": // a country, seldom fathers
	case strings.HasSuffix(w, "ies"):
		out = append(out, w[:len(w)-3]+"y", w[:len(w)-1])
	case strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"), strings.HasSuffix(w, "ches"):
		out = append(out, w[:len(w)-2])
	case strings.HasSuffix(w, "oes"), strings.HasSuffix(w, "aes"):
		out = append(out, w[:len(w)-3]+"ao", w[:len(w)-1])
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
	case strings.HasSuffix(w, "er") && len(w) > 7:
		out = append(out, w[:len(w)-2])
	case strings.HasSuffix(w, "i") && len(w) > 4:
		out = append(out, w[:len(w)-1]+"o", w[:len(w)-1]+"e")
	}
	return out
}
