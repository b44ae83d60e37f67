package mask

import (
	"encoding/binary"
	"net/netip"
)

// Ranges that are set aside for documentation and benchmarks: no host answers.
const (
	benchmarkNet   = 198<<24 | 18<<16 // 198.18.0.0/15 (RFC 2544)
	benchmarkBits  = 15
	benchmarkHosts = 1 << (32 - benchmarkBits)
	docNetHosts    = 1 << 8 // each of the three /24 of RFC 5737
	docIPv6Bits    = 32     // 2001:db8::/32 (RFC 3849)
	ipv4Pool       = benchmarkHosts + 3*docNetHosts
)

var docNets = [3]uint32{192<<24 | 0<<16 | 2<<8, 198<<24 | 51<<16 | 100<<8, 203<<24 | 0<<16 | 113<<8}

func ipSpec() *Spec {
	return define(Spec{
		Name:    "ip",
		Summary: "an IP address of a documentation range",
		Doc: `Replaces an address by one of 198.18.0.0/15, 192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24 or 2001:db8::/32,
where no host answers. IPv4 stays IPv4 and IPv6 stays IPv6; the length of the network prefix stays, but a cidr is never wider
than its range. Drawn for the subject, so all addresses of one column and subject are equal but for family and prefix; with a
domain, equal addresses stay equal.

131,840 IPv4 addresses are too few for a unique column: there, ` + "`family: ipv6`" + ` turns every address into an IPv6 one.
Text that is no address becomes an IPv4 one and is counted.`,
		Example: "client_ip: ip",
		Params: []Param{
			{Name: "family", Type: String, Default: "keep", OneOf: []string{"keep", "ipv6"}, Doc: "`keep` the value's family, or make all of them `ipv6`"},
		},
		Accepts: []Kind{Inet, Text},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		all6 := r.params.text("family") == "ipv6"
		need := len("198.51.100.255")
		if all6 {
			need = len("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")
		}
		if r.col.room() < need {
			return nil, r.tooShort(need)
		}
		c := &compiled{
			props: r.needs(bySubject, Properties{NeedsValue: true, MaxChars: min(r.col.room(), 42), PrivacyRank: 2}),
			start: func() Masker { return &ip{keyer: r.columnKeyer(), all6: all6, room: r.col.room()} },
		}
		if r.bind.Keyed == ByValue {
			c.props.PrivacyRank = 3
		}
		if all6 && !r.col.isCIDR() {
			c.bits = 128 - docIPv6Bits
		} else {
			c.props.Capacity = ipv4Pool
		}
		return c, nil
	})
}

// isCIDR tells cidr from inet: its values have no host part.
func (c *Column) isCIDR() bool { return c.Kind == Inet && c.TypeName == "cidr" }

type ip struct {
	keyer keyer
	all6  bool
	room  int
}

func (m *ip) v4(in *Input) netip.Addr {
	d := m.keyer.half(in)
	return reservedIPv4(d[0])
}

func (m *ip) v6(in *Input) netip.Addr {
	d := m.keyer.draw(in)
	return reservedIPv6(&d)
}

func (m *ip) Append(dst []byte, in *Input) ([]byte, Outcome) {
	value := in.Value
	wire := m.keyer.col.Wire
	if m.keyer.col.Kind == Text {
		value, wire = trimSpace(value), TextWire
	}
	real, ok := readInet(wire, value)
	if !ok {
		a := inet{addr: m.v4(in), bits: 32}
		if m.all6 {
			a = inet{addr: m.v6(in), bits: 128}
		}
		return appendInet(dst, m.keyer.col, a), Replaced
	}
	fake := inet{bits: real.bits, cidr: m.keyer.col.isCIDR()}
	if real.addr.Is4() && !m.all6 {
		fake.addr = m.v4(in)
	} else {
		if real.addr.Is4() {
			fake.bits += 96 // the same number of host bits
		}
		fake.addr = m.v6(in)
	}
	outcome := Masked
	if fake.cidr {
		fake = network(fake)
	}
	at := len(dst)
	dst = appendInet(dst, m.keyer.col, fake)
	if m.keyer.col.Kind == Text && len(dst)-at > m.room { // short IPv6 or a prefix length in a column made for IPv4
		dst = appendInet(dst[:at], m.keyer.col, inet{addr: m.v4(in), bits: 32})
		outcome = Replaced
	}
	return dst, outcome
}

// network clears the host part, as cidr wants it, and keeps within the range.
func network(a inet) inet {
	if a.addr.Is4() {
		// Only the benchmark net is wide enough for every prefix from 15 on;
		// a shorter one would cover real addresses.
		v := a.addr.As4()
		if a.bits < 24 && binary.BigEndian.Uint32(v[:])>>(32-benchmarkBits) != benchmarkNet>>(32-benchmarkBits) {
			n := benchmarkNet | uint32(v[2])<<8 | uint32(v[3]) | uint32(v[0]&1)<<16
			binary.BigEndian.PutUint32(v[:], n)
			a.addr = netip.AddrFrom4(v)
		}
		a.bits = max(a.bits, benchmarkBits)
	} else {
		a.bits = max(a.bits, docIPv6Bits)
	}
	a.addr = netip.PrefixFrom(a.addr, a.bits).Masked().Addr()
	return a
}

func reservedIPv4(word uint64) netip.Addr {
	n := uint32(below(word, ipv4Pool))
	if n < benchmarkHosts {
		n += benchmarkNet
	} else {
		n -= benchmarkHosts
		n = docNets[n/docNetHosts] | n%docNetHosts
	}
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], n)
	return netip.AddrFrom4(a)
}

func reservedIPv6(d *draw) netip.Addr {
	a := [16]byte{0x20, 0x01, 0x0d, 0xb8}
	binary.BigEndian.PutUint32(a[4:], uint32(d[1]))
	binary.BigEndian.PutUint64(a[8:], d[2])
	return netip.AddrFrom16(a)
}
