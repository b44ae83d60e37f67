package mask

import (
	"fmt"
	"math"
	"strings"
)

// ff1Alphabets are the named sets of characters, in the order of their numerals.
var ff1Alphabets = map[string]string{
	"digits": "0123456789",
	"hex":    "0123456789abcdef",
	"lower":  "0123456789abcdefghijklmnopqrstuvwxyz",
	"upper":  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	"alnum":  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
}

// ff1Separators stand between groups of characters and stay where they are.
const ff1Separators = " -./_:+()#,"

func fpeFF1Spec() *Spec {
	return define(Spec{
		Name:    "fpe_ff1",
		Summary: "another string of the same digits and length, one to one",
		Doc: `Enciphers account-like strings with FF1 of NIST SP 800-38G: the result has the same length, the same characters and the same
separators (blanks and ` + "`- . / _ : + ( ) # ,`" + `) in the same places. Different strings stay different and equal ones stay equal in all
columns of the domain, so joins and unique columns work. Only the key's holder can turn it back. Check digits do not survive, and the
result is no longer of a reserved range: it can be somebody's number, as any number can.

A string needs so many characters that there are at least a million of its kind: six digits, four letters or digits. A shorter one, or
one with other characters, is drawn anew by its value and counted; in a unique column it stops the run, because a drawn one could meet another.

Do: use it for account, contract and customer numbers that programs parse.
Don't: use it for PINs, postal codes, dates: there are too few of them.`,
		Example: "account_no: { mask: fpe_ff1, domain: account.no }",
		Params: []Param{
			{Name: "alphabet", Type: String, Default: "digits", Doc: "`digits`, `hex`, `lower` (0-9a-z), `upper` (0-9A-Z), `alnum` (0-9A-Za-z), or the characters themselves"},
		},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		alphabet := r.params.text("alphabet")
		if named := ff1Alphabets[alphabet]; named != "" {
			alphabet = named
		}
		m := fpe{alphabet: alphabet, unique: r.col.Unique}
		if err := m.number(); err != nil {
			return nil, err
		}
		shortest := ff1Shortest(len(alphabet))
		if r.col.room() < shortest {
			return nil, &ParamError{
				Msg:  fmt.Sprintf("%s holds %d characters: fewer than a million strings, which FF1 does not keep secret", r.column(), r.col.MaxChars),
				Hint: "use pseudonym or a fake",
			}
		}
		if r.col.FoldCase && strings.ContainsAny(alphabet, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(alphabet, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
			return nil, &ParamError{Param: "alphabet", Msg: r.column() + " ignores case, so letters of both cases would not stay apart", Hint: "use lower or upper"}
		}
		return &compiled{
			props: r.needs(byValue, Properties{
				Injective: true, Capacity: math.Pow(float64(len(alphabet)), float64(min(r.col.room(), 100))), KeepsLength: true, Reversible: true, PrivacyRank: 3,
			}),
			start: func() Masker {
				m := m
				m.unfit = fmt.Sprintf("the value has characters that are no separators and not in the alphabet, or fewer than %d that are, and the column is unique", shortest)
				m.keyer = r.keyer(byValue, r.spec.Name)
				m.cipher = newFF1(r.bind.Keys.derive(prpKey, r.domain(), "ff1 "+alphabet)[:], len(alphabet), nil)
				return &m
			},
		}, nil
	})
}

// Enciphers tells whether fpe_ff1 with an alphabet, by name, keeps a value one
// to one, instead of drawing another or stopping the run.
func Enciphers(alphabet, value string) bool {
	letters, n := ff1Alphabets[alphabet], 0
	for i := range len(value) {
		switch c := value[i]; {
		case strings.IndexByte(letters, c) >= 0:
			n++
		case strings.IndexByte(ff1Separators, c) < 0:
			return false
		}
	}
	return n >= ff1Shortest(len(letters))
}

type fpe struct {
	keyer    keyer
	cipher   *ff1
	alphabet string
	numeral  [256]byte // of a character, plus 1; 0 for those outside
	unique   bool
	unfit    string // why a value of a unique column stops the run
	x        []byte
}

// number gives the characters of the alphabet their numerals.
func (m *fpe) number() *ParamError {
	if len(m.alphabet) < 2 {
		return &ParamError{Param: "alphabet", Msg: "needs at least two characters"}
	}
	for i := range len(m.alphabet) {
		c := m.alphabet[i]
		switch {
		case c <= ' ' || c > '~' || strings.IndexByte(ff1Separators, c) >= 0:
			return &ParamError{Param: "alphabet", Msg: "may hold visible ASCII characters that are no separators"}
		case m.numeral[c] != 0:
			return &ParamError{Param: "alphabet", Msg: "holds a character twice"}
		}
		m.numeral[c] = byte(i) + 1
	}
	return nil
}

func (m *fpe) Append(dst []byte, in *Input) ([]byte, Outcome) {
	value := in.Value
	if m.keyer.col.Padded {
		value = trimPad(value)
	}
	m.x = m.x[:0]
	readable := true
	for _, c := range value {
		switch n := m.numeral[c]; {
		case n != 0:
			m.x = append(m.x, n-1)
		case strings.IndexByte(ff1Separators, c) < 0:
			readable = false
		}
	}
	if !readable || m.cipher.encrypt(m.x) != nil {
		if m.unique {
			in.Failure = m.unfit
			return dst, Failed
		}
		return m.replace(dst, in, value), Replaced
	}
	at := 0
	for _, c := range value {
		if m.numeral[c] != 0 {
			c = m.alphabet[m.x[at]]
			at++
		}
		dst = append(dst, c)
	}
	return dst, Masked
}

// replace draws a string of the same length for a value that cannot be enciphered.
func (m *fpe) replace(dst []byte, in *Input, value []byte) []byte {
	d := m.keyer.draw(in)
	random := d.stream()
	n, _ := measure(value, m.keyer.col.Encoding == "SQL_ASCII")
	for range n {
		dst = append(dst, m.alphabet[random.below(len(m.alphabet))])
	}
	return dst
}
