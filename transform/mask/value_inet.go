package mask

import (
	"net/netip"
	"strconv"
)

// inet is a value of inet or cidr.
type inet struct {
	addr netip.Addr
	bits int
	cidr bool
}

// Address families of the binary format of inet.
const (
	familyIPv4 = 2
	familyIPv6 = 3
)

func readInet(w Wire, v []byte) (inet, bool) {
	if w == TextWire {
		return parseInet(v)
	}
	if len(v) < 4 || len(v) != 4+int(v[3]) {
		return inet{}, false
	}
	addr, ok := netip.AddrFromSlice(v[4:])
	if !ok || addr.Is4() != (v[0] == familyIPv4) || int(v[1]) > addr.BitLen() {
		return inet{}, false
	}
	return inet{addr: addr, bits: int(v[1]), cidr: v[2] != 0}, true
}

// parseInet reads an address with or without a prefix length.
func parseInet(v []byte) (inet, bool) {
	host, bits := v, -1
	for i, c := range v {
		if c == '/' {
			n, ok := parseUint(v[i+1:])
			if !ok || n > 128 {
				return inet{}, false
			}
			host, bits = v[:i], int(n)
			break
		}
	}
	addr, ok := parseAddr(host)
	if !ok {
		return inet{}, false
	}
	if bits < 0 {
		bits = addr.BitLen()
	}
	return inet{addr: addr, bits: bits}, bits <= addr.BitLen()
}

// parseAddr is netip.ParseAddr on bytes, without zones and without allocating.
func parseAddr(v []byte) (netip.Addr, bool) {
	for _, c := range v {
		if c == ':' {
			return parseIPv6(v)
		}
	}
	four, ok := parseIPv4(v)
	return netip.AddrFrom4(four), ok
}

func parseIPv4(v []byte) (four [4]byte, ok bool) {
	part, digits, value := 0, 0, 0
	for i := 0; i <= len(v); i++ {
		if i < len(v) && isDigit(v[i]) {
			if digits == 1 && value == 0 { // 01 may be meant octal
				return four, false
			}
			value = value*10 + int(v[i]-'0')
			if digits++; digits > 3 || value > 255 {
				return four, false
			}
			continue
		}
		if i < len(v) && v[i] != '.' || digits == 0 || part > 3 {
			return four, false
		}
		four[part] = byte(value)
		part, digits, value = part+1, 0, 0
	}
	return four, part == 4
}

func parseIPv6(v []byte) (netip.Addr, bool) {
	var a [16]byte
	n, gap := 0, -1 // bytes read; where :: stands
	if len(v) >= 2 && v[0] == ':' && v[1] == ':' {
		v, gap = v[2:], 0
	}
	for len(v) > 0 && n < 16 {
		group, digits := 0, 0
		for digits < len(v) && hexDigit(v[digits]) < 16 {
			group = group<<4 | int(hexDigit(v[digits]))
			if digits++; digits > 4 {
				return netip.Addr{}, false
			}
		}
		if digits < len(v) && v[digits] == '.' { // the last four bytes as IPv4
			four, ok := parseIPv4(v)
			if !ok || n > 12 || n < 12 && gap < 0 {
				return netip.Addr{}, false
			}
			n += copy(a[n:], four[:])
			v = nil
			break
		}
		if digits == 0 {
			return netip.Addr{}, false
		}
		a[n], a[n+1] = byte(group>>8), byte(group)
		n += 2
		if v = v[digits:]; len(v) == 0 {
			break
		}
		if v[0] != ':' || len(v) == 1 {
			return netip.Addr{}, false
		}
		if v = v[1:]; v[0] == ':' {
			if gap >= 0 {
				return netip.Addr{}, false
			}
			v, gap = v[1:], n
		}
	}
	switch {
	case len(v) > 0, n == 16 && gap >= 0, n < 16 && gap < 0:
		return netip.Addr{}, false
	case gap >= 0:
		tail := n - gap
		copy(a[16-tail:], a[gap:n])
		clear(a[gap : 16-tail])
	}
	return netip.AddrFrom16(a), true
}

func appendInet(dst []byte, c *Column, a inet) []byte {
	if c.Kind == Inet && c.Wire == BinaryWire {
		family, cidr := byte(familyIPv4), byte(0)
		if a.addr.Is6() {
			family = familyIPv6
		}
		if a.cidr {
			cidr = 1
		}
		raw := a.addr.As16()
		used := raw[:]
		if a.addr.Is4() {
			used = raw[12:]
		}
		dst = append(dst, family, byte(a.bits), cidr, byte(len(used)))
		return append(dst, used...)
	}
	dst = a.addr.AppendTo(dst)
	if a.bits < a.addr.BitLen() || a.cidr {
		dst = strconv.AppendInt(append(dst, '/'), int64(a.bits), 10)
	}
	return dst
}

// readMAC reads macaddr (6 bytes) and macaddr8 (8 bytes), in text with colons,
// hyphens, dots or nothing between the digits; 0 is no MAC address.
func readMAC(w Wire, v []byte) (m [8]byte, n int) {
	if w == BinaryWire {
		if len(v) != 6 && len(v) != 8 {
			return m, 0
		}
		return m, copy(m[:], v)
	}
	digits := 0
	for _, c := range v {
		if c == ':' || c == '-' || c == '.' {
			continue
		}
		d := hexDigit(c)
		if d > 15 || digits == 16 {
			return m, 0
		}
		m[digits/2] = m[digits/2]<<4 | d
		digits++
	}
	if digits != 12 && digits != 16 {
		return m, 0
	}
	return m, digits / 2
}

func appendMAC(dst []byte, c *Column, m []byte) []byte {
	if c.Kind == MAC && c.Wire == BinaryWire {
		return append(dst, m...)
	}
	for i, b := range m {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = append(dst, hexLower[b>>4], hexLower[b&15])
	}
	return dst
}
