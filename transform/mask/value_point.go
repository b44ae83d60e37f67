package mask

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/bits"
	"strconv"
)

// appendPoint writes a point of PostgreSQL's own type.
func appendPoint(dst []byte, w Wire, x, y float64) []byte {
	if w == BinaryWire {
		dst = binary.BigEndian.AppendUint64(dst, math.Float64bits(x))
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(y))
	}
	dst = strconv.AppendFloat(append(dst, '('), x, 'g', -1, 64)
	dst = strconv.AppendFloat(append(dst, ','), y, 'g', -1, 64)
	return append(dst, ')')
}

// Parts of the header of extended well-known binary, as PostGIS sends it.
const (
	ewkbPoint   = 1
	ewkbHasSRID = 0x20000000
)

// appendGeometry writes a point of PostGIS: extended well-known binary, in
// text as hexadecimal digits. srid 0 is none.
func appendGeometry(dst []byte, w Wire, srid uint32, x, y float64) []byte {
	var b [25]byte
	out := append(b[:0], 1) // little endian
	if srid != 0 {
		out = binary.LittleEndian.AppendUint32(out, ewkbPoint|ewkbHasSRID)
		out = binary.LittleEndian.AppendUint32(out, srid)
	} else {
		out = binary.LittleEndian.AppendUint32(out, ewkbPoint)
	}
	out = binary.LittleEndian.AppendUint64(out, math.Float64bits(x))
	out = binary.LittleEndian.AppendUint64(out, math.Float64bits(y))
	if w == BinaryWire {
		return append(dst, out...)
	}
	at := len(dst)
	dst = hex.AppendEncode(dst, out)
	for i := range dst[at:] { // PostGIS writes upper case
		if c := dst[at+i]; c >= 'a' {
			dst[at+i] = c - ('a' - 'A')
		}
	}
	return dst
}

// geometrySRID reads the reference system of a geometry of any shape.
func geometrySRID(w Wire, v []byte) (uint32, bool) {
	var head [9]byte
	if w == BinaryWire {
		if copy(head[:], v) < 5 {
			return 0, false
		}
	} else {
		if len(v) < 10 {
			return 0, false
		}
		for i := range min(len(v)/2, len(head)) {
			hi, lo := hexDigit(v[2*i]), hexDigit(v[2*i+1])
			if hi > 15 || lo > 15 {
				return 0, false
			}
			head[i] = hi<<4 | lo
		}
	}
	kind, srid := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint32(head[5:])
	if head[0] == 0 {
		kind, srid = bits.ReverseBytes32(kind), bits.ReverseBytes32(srid)
	}
	if kind&ewkbHasSRID == 0 {
		return 0, true
	}
	return srid, true
}
