package mask

import (
	"fmt"
	"strings"
	"testing"
)

func TestMAC(t *testing.T) {
	t.Parallel()
	const six = `[0-9a-f][26ae](:[0-9a-f]{2}){5}`
	const eight = `[0-9a-f][26ae](:[0-9a-f]{2}){7}`
	testMask(t, "mac", []maskCase{
		{name: "by value", col: column("macaddr").unique(), domain: "d", value: "08:00:2b:01:02:03", want: six},
		{name: "by subject", col: column("macaddr"), by: BySubject, value: "08:00:2b:01:02:03", want: six},
		{name: "eight bytes", col: column("macaddr8").unique(), domain: "d", value: "08:00:2b:01:02:03:04:05", want: eight},
		{name: "eight bytes by subject", col: column("macaddr8"), by: BySubject, value: "08:00:2b:01:02:03:04:05", want: eight},
		{name: "group address", col: column("macaddr"), domain: "d", value: "ff:ff:ff:ff:ff:ff", want: six},
		{name: "text", col: column("text"), domain: "d", value: "08-00-2B-01-02-03", want: six},
		{name: "text without joints", col: column("text"), domain: "d", value: "08002b010203", want: six},
		{name: "text of eight bytes", col: column("text"), domain: "d", value: "0800.2b01.0203.0405", want: eight},
		{name: "text of eight bytes in a short column", col: varchar(17), domain: "d", value: "08002b0102030405", want: six, outcome: Replaced},
		{name: "no address", col: column("text"), domain: "d", value: "unknown", want: six, outcome: Replaced},
		{name: "empty", col: column("text"), domain: "d", value: ""},
	})
	testRefusals(t, "mac", []refusal{
		{name: "varchar(16)", col: varchar(16), by: ByValue, want: "needs 17 characters"},
		{name: "unique by subject", col: column("macaddr").unique(), by: BySubject, want: "46 bits are too few"},
		{name: "unique text", col: column("text").unique(), by: ByValue, want: "is unique"},
	})
}

func TestMACIsOneToOne(t *testing.T) {
	t.Parallel()
	for typeName, form := range map[string]string{"macaddr": "08:00:2b:%02x:%02x:%02x", "macaddr8": "08:00:2b:ff:fe:%02x:%02x:%02x"} {
		c := column(typeName).unique()
		m := compileMask(t, "mac", c, nil, inDomain("d")).New()
		seen := map[string]bool{}
		for i := range 50_000 {
			out, _ := m.Append(nil, &Input{Value: []byte(fmt.Sprintf(form, i>>16, i>>8&255, i&255))})
			if seen[string(out)] {
				t.Fatalf("%s: %s again", typeName, out)
			}
			seen[string(out)] = true
		}
		// All bits but the flags take part: the first bytes differ as well.
		firsts := map[string]bool{}
		for s := range seen {
			firsts[strings.SplitN(s, ":", 2)[0]] = true
		}
		if len(firsts) != 64 {
			t.Errorf("%s: %d first bytes", typeName, len(firsts))
		}
	}
	// text and macaddr of one domain agree
	if a, b := one(t, "mac", column("macaddr"), nil, inDomain("d"), "08:00:2b:01:02:03"), one(t, "mac", column("text"), nil, inDomain("d"), "08002B010203"); a != b {
		t.Errorf("%q and %q", a, b)
	}
}
