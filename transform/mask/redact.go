package mask

import "net/netip"

func redactSpec() *Spec {
	return define(Spec{
		Name:    "redact",
		Summary: "writes the same neutral value of the column's type into every row",
		Doc: `Destroys the value completely; only whether it was NULL remains. Text becomes ` + "`[redacted]`" + ` (cut where
the column is shorter), numbers 0, booleans false, dates and times the first moment of 1970, UUIDs all zeros, addresses
192.0.2.0, MAC addresses 02:00:00:00:00:00, JSON an empty object, bytea no bytes, XML an empty element, enums their first label,
arrays, hstores and multiranges empty ones, ranges the empty one.
There is nothing to attack.

Do: use it for secrets, notes and pictures that staging needs not show.
Don't: use it on unique columns.`,
		Example: "internal_note: redact",
		Params: []Param{
			{Name: "with", Type: String, Default: "[redacted]", Doc: "what text columns receive; ASCII"},
		},
		Accepts: []Kind{Text, Int, Numeric, Float, Bool, Date, Timestamp, TimestampTZ, Time, UUID, Inet, MAC, JSON, JSONB, Bytea, Enum, XML, Array, Hstore, Range, Multirange},
		Keyed:   []Keyed{ByNothing},
	}, func(r *rule) (*compiled, *ParamError) {
		with := r.params.text("with")
		if !isASCII(with) {
			return nil, &ParamError{Param: "with", Msg: "must be ASCII, which every server encoding holds"}
		}
		if r.col.Kind == Enum && len(r.col.Labels) == 0 {
			return nil, &ParamError{Msg: "the enum type has no labels"}
		}
		value := neutral(&r.col, cut(with, r.col.MaxChars))
		return &compiled{
			props:    Properties{Capacity: 1, MaxChars: len(value), PrivacyRank: 1},
			emptyToo: true,
			start:    func() Masker { return fixedMask(value) },
		}, nil
	})
}

// neutral is the wire form of a column's neutral value.
func neutral(c *Column, text string) []byte {
	const epoch1970 = -10957 // days from 2000-01-01
	var zeroMAC [8]byte
	zeroMAC[0] = locallyAdministered
	switch c.Kind {
	case Int:
		return appendInt(nil, c, 0)
	case Numeric:
		return appendInteger(nil, c.Wire, 0)
	case Float:
		return appendFloat(nil, c, 0)
	case Bool:
		return appendBool(nil, c.Wire, false)
	case Date:
		return appendDate(nil, c.Wire, epoch1970)
	case Timestamp, TimestampTZ:
		return appendTimestamp(nil, c, epoch1970*dayMicros)
	case Time:
		if c.Wire == BinaryWire {
			return make([]byte, 8)
		}
		return appendClock(nil, 0)
	case UUID:
		return appendUUID(nil, c.Wire, [16]byte{})
	case Inet:
		return appendInet(nil, c, inet{addr: netip.AddrFrom4([4]byte{192, 0, 2, 0}), bits: 32, cidr: c.isCIDR()})
	case MAC:
		return appendMAC(nil, c, zeroMAC[:c.macBytes()])
	case JSON:
		return []byte("{}")
	case JSONB:
		return appendJSONB(nil, c, "{}")
	case Bytea:
		return appendBytea(nil, c.Wire, nil)
	case Enum:
		return []byte(c.Labels[0])
	case XML:
		return []byte(xmlNeutral)
	case Array:
		m := arrayMask{col: c}
		return m.empty(nil)
	case Range:
		return appendEmptyRange(nil, c.Wire)
	case Multirange:
		return appendEmptyMultirange(nil, c.Wire)
	case Hstore:
		if c.Wire == BinaryWire {
			return make([]byte, 4)
		}
		return nil
	}
	return []byte(text)
}

// fixedMask writes the same bytes for every value.
type fixedMask []byte

func (m fixedMask) Append(dst []byte, _ *Input) ([]byte, Outcome) { return append(dst, m...), Masked }
