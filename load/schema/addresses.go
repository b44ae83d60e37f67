package schema

import (
	"fmt"
	"regexp"
	"strings"
)

// address is what looks like an e-mail address. Patterns that match addresses
// do not look like one.
var address = regexp.MustCompile(`(?i)[a-z0-9][a-z0-9._+-]*@(?:[a-z0-9-]+\.)+[a-z]{2,}\b`)

// nobodys are domains that no person has an address in.
var nobodys = regexp.MustCompile(`(?i)[@.](example\.(com|net|org)|example|test|invalid|localhost)$`)

// addressesShown bounds the objects that one warning names.
const addressesShown = 8

// warnOfAddresses tells of definitions that hold what looks like a person's
// e-mail address: masks change rows, and definitions (comments, defaults,
// checks, labels of enums, bounds of partitions, bodies of views and functions)
// are copied as they are.
func (p *Plan) warnOfAddresses() {
	var found []string
	for _, e := range append(p.pre[:len(p.pre):len(p.pre)], p.post...) {
		for _, s := range address.FindAllString(e.Defn, -1) {
			if !nobodys.MatchString(s) {
				found = append(found, p.known.object(e))
				break
			}
		}
	}
	if len(found) == 0 {
		return
	}
	more := ""
	if n := len(found) - addressesShown; n > 0 {
		found, more = found[:addressesShown], fmt.Sprintf(" and %d more", n)
	}
	p.o.Warn("definitions are copied as they are, and these seem to hold e-mail addresses: " + strings.Join(found, ", ") + more +
		" (comments stay behind with comments: none, objects when named under unsupported)")
}
