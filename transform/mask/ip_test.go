package mask

import (
	"net/netip"
	"testing"
)

var reservedNets = []netip.Prefix{
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32"),
}

// reserved tells whether all addresses of a prefix are reserved.
func reserved(p netip.Prefix) bool {
	for _, n := range reservedNets {
		if n.Contains(p.Addr()) && p.Bits() >= n.Bits() {
			return true
		}
	}
	return false
}

func TestIP(t *testing.T) {
	t.Parallel()
	const v4, v6 = `\d+\.\d+\.\d+\.\d+`, `2001:db8:[0-9a-f:]+`
	testMask(t, "ip", []maskCase{
		{name: "inet", col: column("inet"), by: BySubject, value: "10.1.2.3", want: v4},
		{name: "inet with a net", col: column("inet"), by: BySubject, value: "10.1.2.3/24", want: v4 + `/24`},
		{name: "inet /0", col: column("inet"), domain: "d", value: "10.1.2.3/0", want: v4 + `/0`},
		{name: "inet IPv6", col: column("inet"), by: BySubject, value: "2a02:8071::1", want: v6},
		{name: "inet IPv6 with a net", col: column("inet"), by: BySubject, value: "2a02:8071::1/64", want: v6 + `/64`},
		{name: "mapped", col: column("inet"), by: BySubject, value: "::ffff:10.1.2.3", want: v6},
		{name: "cidr", col: column("cidr"), by: BySubject, value: "10.1.2.0/24", want: `\d+\.\d+\.\d+\.0/24`},
		{name: "cidr of one host", col: column("cidr"), by: BySubject, value: "10.1.2.3/32", want: v4 + `/32`},
		{name: "wide cidr", col: column("cidr"), by: BySubject, value: "10.0.0.0/8", want: `198\.18\.0\.0/15`},
		{name: "all addresses", col: column("cidr"), by: BySubject, value: "0.0.0.0/0", want: `198\.18\.0\.0/15`},
		{name: "cidr IPv6", col: column("cidr"), by: BySubject, value: "2a02:8071::/32", want: `2001:db8::/32`},
		{name: "cidr IPv6 /48", col: column("cidr"), by: BySubject, value: "2a02:8071:1::/48", want: `2001:db8:[0-9a-f]+::/48`},
		{name: "text", col: column("text"), by: BySubject, value: "10.1.2.3", want: v4},
		{name: "text with blanks", col: column("text"), by: BySubject, value: " 10.1.2.3\n", want: v4},
		{name: "text with a net", col: column("text"), by: BySubject, value: "10.1.2.3/8", want: v4 + `/8`},
		{name: "text IPv6", col: column("text"), by: BySubject, value: "::1", want: v6},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "a name", col: column("text"), by: BySubject, value: "localhost", want: v4, outcome: Replaced},
		{name: "with a port", col: column("text"), domain: "d", value: "10.1.2.3:80", want: v4, outcome: Replaced},
		{name: "varchar(15)", col: varchar(15), by: BySubject, value: "10.1.2.3", want: v4},
		{name: "a net in varchar(14)", col: varchar(14), by: BySubject, value: "10.1.2.3/16", want: v4, outcome: Replaced},
		{name: "IPv6 in a column for IPv4", col: varchar(18), by: BySubject, value: "::1", want: v4, outcome: Replaced},
		{name: "to IPv6", col: column("inet").unique(), params: Params{"family": "ipv6"}, domain: "d", value: "10.1.2.3/24", want: v6 + `/120`},
		{name: "words to IPv6", col: column("text"), params: Params{"family": "ipv6"}, domain: "d", value: "localhost", want: v6, outcome: Replaced},
	})
	testRefusals(t, "ip", []refusal{
		{name: "unique", col: column("inet").unique(), by: ByValue, want: "is unique"},
		{name: "unique cidr", col: column("cidr").unique(), params: Params{"family": "ipv6"}, by: ByValue, want: "is unique"},
		{name: "varchar(13)", col: varchar(13), by: BySubject, want: "needs 14 characters"},
		{name: "IPv6 in varchar(20)", col: varchar(20), params: Params{"family": "ipv6"}, by: BySubject, want: "needs 38 characters"},
	})
}

// Every output lies in a reserved range, with all addresses that it covers.
func TestIPIsReserved(t *testing.T) {
	t.Parallel()
	seen := map[netip.Prefix]int{}
	for _, typeName := range []string{"inet", "cidr"} {
		c := column(typeName)
		m := compileMask(t, "ip", c, nil, inDomain("d")).New()
		for i := range 30_000 {
			bits := 32
			if typeName == "cidr" {
				bits = i % 33
			}
			p := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(i), byte(i >> 8), 7, 9}), bits).Masked()
			out, _ := m.Append(nil, &Input{Value: []byte(p.String())})
			got, err := netip.ParsePrefix(string(out))
			if err != nil {
				a, err := netip.ParseAddr(string(out))
				if err != nil {
					t.Fatal(err)
				}
				got = netip.PrefixFrom(a, a.BitLen())
			}
			if !reserved(got) || got != got.Masked() && typeName == "cidr" {
				t.Fatalf("%v became %v", p, got)
			}
			for j, n := range reservedNets {
				if n.Contains(got.Addr()) {
					seen[reservedNets[j]]++
				}
			}
		}
	}
	for _, n := range reservedNets[:4] {
		if seen[n] == 0 {
			t.Errorf("%v is never used", n)
		}
	}
}
