package policies

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/mask"
)

// Definition is one object of the schema that will be created on staging.
type Definition struct {
	Object string // kind and name, as reports say it
	SQL    string // that creates it
}

// literal is a kind of personal data or secret that a definition may hold. Its
// expression finds candidates; proven looks closer.
type literal struct {
	what   string
	find   *regexp.Regexp // the value is its first group
	proven func(value string) bool
	within func(text string, at int) bool // whether it may stand there; nil: anywhere
}

var literals = []literal{
	{"an e-mail address", regexp.MustCompile(`(?i)(?:^|[^a-z0-9._+@-])([a-z0-9][a-z0-9._+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,})\b`), somebodysAddress, nil},
	{"a URL with a password", regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s:/@'"]+:([^\s@/'"]+)@`), func(v string) bool { return !isPlaceholder(v) }, nil},
	{"a password", regexp.MustCompile(`(?i)\bpassword\s*=\s*([^\s'",;)(]{4,})(?:[^(]|$)`), func(v string) bool { return !isPlaceholder(v) }, inConnection},
	{"an IBAN", regexp.MustCompile(`\b([A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\b`), isIBAN, nil},
	{"a payment card number", regexp.MustCompile(`(?:^|[^0-9A-Fa-f.-])([3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{3,4})(?:$|[^0-9A-Fa-f.-])`), isCard, nil},
	{"a phone number", regexp.MustCompile(`['"$(:\s](\+[1-9](?:[ ()./-]{0,2}[0-9]){8,14})(?:$|[^0-9])`), isPhone, nil},
	{"a JSON web token", regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})`), always, nil},
	{"a secret key", regexp.MustCompile(`\b((?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[0-9A-Za-z]{36}|github_pat_[0-9A-Za-z_]{40,}|glpat-[0-9A-Za-z_-]{20}|xox[abprs]-[0-9A-Za-z-]{10,}|[sr]k_live_[0-9A-Za-z]{16,}|AIza[0-9A-Za-z_-]{35}|SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43}|npm_[0-9A-Za-z]{36})\b`), always, nil},
	{"a private key", regexp.MustCompile(`(-----BEGIN [A-Z ]*PRIVATE KEY-----)`), always, nil},
}

func always(string) bool { return true }

// connectionKey is one of those that stand beside a password in the parameters
// of a connection.
var connectionKey = regexp.MustCompile(`(?i)\b(host|hostaddr|dbname|user|port|service)=[^\s=]`)

// inConnection tells whether a place in a definition is within a text, as
// parameters of connections are, rather than code that assigns or compares a
// column: new.password = old.password.
func inConnection(text string, at int) bool {
	line := text[strings.LastIndexByte(text[:at], '\n')+1 : at]
	if strings.Count(line, "'")%2 == 1 {
		return true
	}
	const near = 100
	around := text[max(0, at-near):min(len(text), at+near)]
	return connectionKey.MatchString(around) && !strings.Contains(line, ".")
}

// nobodys are domains that no person has an address in.
var nobodys = regexp.MustCompile(`(?i)[@.](example\.(com|net|org)|example|test|invalid|localhost|local)$`)

// somebodysAddress leaves out reserved domains and patterns that match addresses.
func somebodysAddress(v string) bool { return !nobodys.MatchString(v) }

// isPlaceholder tells whether a password is none: a variable, stars, a word for one.
func isPlaceholder(v string) bool {
	l := strings.ToLower(strings.Trim(v, "<>[]{}()%$'\""))
	return strings.ContainsAny(v, "$%{<|*") || slices.Contains([]string{"password", "passwd", "pass", "secret", "xxx", "xxxx", "changeme", "null"}, l) || strings.Trim(l, "x") == ""
}

// isIBAN checks an account number's digits (ISO 13616, ISO 7064 MOD 97-10).
func isIBAN(v string) bool {
	v = strings.ReplaceAll(v, " ", "")
	if len(v) < 15 || len(v) > 34 || strings.HasPrefix(v, "XX") {
		return false
	}
	return mask.Mod9710([]byte(v[4:]+v[:4]), 0) == 1
}

// digitsOf leaves out whatever stands between digits.
func digitsOf(v string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, v)
}

// testCards are numbers that processors publish for tests.
var testCards = []string{"411111", "424242", "401288", "555555", "510510", "520082", "378282", "371449", "378734", "601111", "353011", "356600", "305693", "385200"}

// isCard checks a card number's length, prefix and check digit (ISO/IEC 7812,
// Luhn), and that it is no test number.
func isCard(v string) bool {
	digits := digitsOf(v)
	amex := strings.HasPrefix(digits, "34") || strings.HasPrefix(digits, "37")
	if len(digits) != 16 && !(amex && len(digits) == 15) || digits[0] == '3' && !amex && digits[1] != '5' || slices.Contains(testCards, digits[:6]) {
		return false
	}
	last := len(digits) - 1
	return mask.Luhn([]byte(digits[:last])) == digits[last]
}

// isPhone leaves out numbers of fictional ranges, and those that are no number
// but arithmetic or one digit over and over.
func isPhone(v string) bool {
	digits := digitsOf(v)
	switch {
	case len(digits) < 9 || len(digits) > 15, strings.HasPrefix(digits, "999"), strings.Trim(digits, digits[:1]) == "":
		return false
	case len(digits) == 11 && digits[0] == '1' && strings.HasPrefix(digits[4:], "55501"): // NANP 555-0100 to 0199
		return false
	case strings.Contains("0123456789012345", digits[1:]), strings.Contains("12345678901234567", digits):
		return false
	}
	return true
}

// userinfo is what stands before the host of a URL: no e-mail address.
var userinfo = regexp.MustCompile(`://[^\s/@'"]*@`)

// LiteralsIn lists the kinds of personal data and secrets that a text holds.
func LiteralsIn(text string) []string {
	var out []string
	for i, l := range literals {
		in := text
		if i == 0 {
			in = userinfo.ReplaceAllString(text, "://")
		}
		for _, m := range l.find.FindAllStringSubmatchIndex(in, -1) {
			if l.proven(in[m[2]:m[3]]) && (l.within == nil || l.within(in, m[2])) {
				out = append(out, l.what)
				break
			}
		}
	}
	if holdsName(text) {
		out = append(out, "a person's name")
	}
	return out
}

// CheckDefinitions refuses definitions that hold personal data or secrets:
// masks change rows, and definitions (comments, defaults, checks, labels of
// enums, bounds of partitions, bodies of views and functions) are copied as
// they are. What they hold is never part of a problem.
func (p *Policy) CheckDefinitions(all []Definition, w *Waivers) Problems {
	var problems Problems
	for _, d := range all {
		kinds := LiteralsIn(d.SQL)
		if len(kinds) == 0 || w.Pass(RuleLiteral, d.Object) {
			continue
		}
		at := p.first
		out := "name it under unsupported to leave it out"
		if strings.HasPrefix(d.Object, "comment ") {
			out = "comments: none leaves all comments behind"
		}
		problems = append(problems, &Problem{
			File: at.file(), Line: at.line, Col: at.col, Where: d.Object, Kind: fault.Policy,
			Msg: "this definition, which is copied as it is, holds " + strings.Join(kinds, " and "),
			Hint: fmt.Sprintf("change it on the source; %s; or, if it may be on staging, add\nwaive:\n  - { rule: %s, on: %s, reason: why }",
				out, RuleLiteral, yamlScalar(d.Object)),
		})
	}
	return problems
}
