package load

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

const (
	// maxIdentifier is PostgreSQL's limit on a name; longer ones are cut silently.
	maxIdentifier = 63
	// maxStaging leaves room for "__u", nine digits and the longest suffix.
	maxStaging = 45
	// maxNumber is the last generation whose name fits.
	maxNumber = 999_999_999

	separator  = "__u"
	liveSuffix = "_live"
	oldSuffix  = "_old"
)

// tail is what stands after the separator in the name of a generation.
var tail = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})(_live|_old)?$`)

// names makes and reads the names of the databases of one staging.
type names struct{ staging string }

func (n names) pristine(number int) string {
	return n.staging + separator + strconv.Itoa(number)
}

func (n names) live(number int) string { return n.pristine(number) + liveSuffix }

func (n names) old(number int) string { return n.pristine(number) + oldSuffix }

// parse reads the name of a generation's database. Staging itself is none.
func (n names) parse(database string) (number int, suffix string, ok bool) {
	rest, ok := strings.CutPrefix(database, n.staging+separator)
	if !ok {
		return 0, "", false
	}
	m := tail.FindStringSubmatch(rest)
	if m == nil {
		return 0, "", false
	}
	number, err := strconv.Atoi(m[1])
	return number, m[2], err == nil
}

// checkStaging refuses a name for staging that could not carry generations.
func checkStaging(name string) error {
	switch {
	case name == "":
		return fault.New(fault.Usage, "target.database is missing").
			WithHint("name the staging database, for example shop_staging")
	case len(name) > maxStaging:
		return fault.New(fault.Usage, "the staging database's name has %d bytes, more than %d", len(name), maxStaging).
			WithHint("generations are called NAME%s1%s and must fit PostgreSQL's %d bytes", separator, liveSuffix, maxIdentifier)
	case strings.ContainsRune(name, 0):
		return fault.New(fault.Usage, "the staging database's name holds a zero byte")
	case name == "template0" || name == "template1" || name == "postgres":
		return fault.New(fault.Usage, "%s cannot be the staging database", name).
			WithHint("name a database of its own, for example shop_staging")
	}
	if i := strings.LastIndex(name, separator); i >= 0 && tail.MatchString(name[i+len(separator):]) {
		return fault.New(fault.Usage, "%s looks like a generation of another staging database", catalog.Display(name)).
			WithHint("choose a name that does not end in %s and a number", separator)
	}
	return nil
}

// quoted is the name for a statement.
func quoted(database string) string { return catalog.QuoteIdent(database) }

// plural is "1 session" or "3 sessions".
func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
