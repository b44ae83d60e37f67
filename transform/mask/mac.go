package mask

import "encoding/binary"

// The two lowest bits of a MAC address's first byte: set for an address that
// no manufacturer assigned, and for a group of devices.
const (
	locallyAdministered = 0x02
	groupAddress        = 0x01
)

func macSpec() *Spec {
	return define(Spec{
		Name:    "mac",
		Summary: "a locally administered MAC address",
		Doc: `Replaces a MAC address by one with the locally administered bit, which no manufacturer assigns. macaddr and
macaddr8 keep their length; text of any usual spelling becomes the spelling with colons.

By value, the default, the other 46 (62) bits are permuted: different addresses stay different, as unique columns need, and
equal ones stay equal within the domain. By subject the real address does not enter.
Text that is no MAC address becomes one and is counted.`,
		Example: "device_mac: { mask: mac, domain: device.mac }",
		Accepts: []Kind{MAC, Text},
		Keyed:   []Keyed{ByValue, BySubject},
	}, func(r *rule) (*compiled, *ParamError) {
		chars := 3*r.col.macBytes() - 1
		if r.col.room() < chars {
			return nil, r.tooShort(chars)
		}
		free := 8*r.col.macBytes() - 2
		c := &compiled{props: r.needs(bySubject, Properties{MaxChars: chars, PrivacyRank: 1})}
		if r.bind.Keyed == ByValue {
			// The two flags do not take part: two devices whose addresses
			// differ in nothing else do not exist.
			c.props.Injective = r.col.Kind == MAC
			c.props.Capacity = float64(uint64(1) << free)
			c.props.Reversible = true
			c.props.PrivacyRank = 3
		} else {
			c.bits = float64(free)
		}
		c.start = func() Masker {
			m := &mac{keyer: r.columnKeyer(), byValue: r.bind.Keyed == ByValue}
			if m.byValue {
				for i, half := range [2]uint{23, 31} {
					m.halves[i] = newFeistel(r.bind.Keys.derive(prpKey, r.domain(), "mac"), half, half)
				}
			}
			return m
		}
		return c, nil
	})
}

// macBytes is the length of a column's addresses.
func (c *Column) macBytes() int {
	if c.TypeName == "macaddr8" {
		return 8
	}
	return 6
}

type mac struct {
	keyer   keyer
	byValue bool
	halves  [2]*feistel // of 46 and of 62 bits
}

func (m *mac) Append(dst []byte, in *Input) ([]byte, Outcome) {
	value, wire := in.Value, m.keyer.col.Wire
	if m.keyer.col.Kind == Text {
		value, wire = trimSpace(value), TextWire
	}
	real, n := readMAC(wire, value)
	outcome := Masked
	if n == 0 || m.keyer.col.Kind == Text && 3*n-1 > m.keyer.col.room() {
		n, outcome = m.keyer.col.macBytes(), Replaced
	}
	var bits uint64
	if m.byValue && outcome == Masked {
		x := binary.BigEndian.Uint64(real[:])
		free := uint(8*n - 2)
		x >>= 64 - 8*uint(n)
		// The flags sit below the first byte's other bits: close the gap.
		low := x & (1<<(8*uint(n)-8) - 1)
		top := x >> (8*uint(n) - 8) >> 2
		x = top<<(8*uint(n)-8) | low
		half := free / 2
		l, r := m.halves[(n-6)/2].apply(x>>half, x&(1<<half-1))
		bits = l<<half | r
	} else {
		d := m.keyer.half(in)
		bits = d[0] >> 2
		if n == 6 {
			bits >>= 16
		}
	}
	var fake [8]byte
	low := bits & (1<<(8*uint(n)-8) - 1)
	top := bits>>(8*uint(n)-8)<<2 | locallyAdministered
	binary.BigEndian.PutUint64(fake[:], (top<<(8*uint(n)-8)|low)<<(64-8*uint(n)))
	return appendMAC(dst, m.keyer.col, fake[:n]), outcome
}
