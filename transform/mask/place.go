package mask

import (
	"math/bits"
	"strconv"
)

// place draws the record that address, street, city and postal_code of one
// subject share.
//
// Word 0 of the draw makes house number and street, word 1 the rest of the
// street's name and the city, word 2 state and postal code; words 0 and 3 seed
// what a longer postal code needs.
type place struct {
	keyer keyer
	lex   *lexicon
	room  int
}

func (r *rule) place() place {
	return place{keyer: r.recordKeyer(), lex: r.lexicon(), room: r.col.room()}
}

// appendStreet appends house number and street name.
func (p *place) appendStreet(dst []byte, d *draw) []byte {
	if l := p.lex.locale; l != nil {
		for _, part := range l.street {
			switch part {
			case "{street}":
				dst = append(dst, p.lex.street[below32(uint32(d[0]), len(p.lex.street))]...)
			case "{number}":
				dst = strconv.AppendInt(dst, 1+int64(below32(uint32(d[0]>>32), l.numbers)), 10)
			default:
				dst = append(dst, part...)
			}
		}
		return dst
	}
	number := 1 + below32(uint32(d[0]>>32), 9999)
	dst = strconv.AppendInt(dst, int64(number), 10)
	dst = append(dst, ' ')
	// One half of the streets has no prefix.
	if i := below32(uint32(d[1]>>48)<<16, 2*len(p.lex.prefix)); i < len(p.lex.prefix) {
		dst = append(dst, p.lex.prefix[i]...)
		dst = append(dst, ' ')
	}
	dst = append(dst, p.lex.street[below32(uint32(d[0]), len(p.lex.street))]...)
	return append(dst, p.lex.after[below32(uint32(d[1]>>32)<<16, len(p.lex.after))]...)
}

// town is the subject's city. The other masks of a locale follow from it.
func (p *place) town(d *draw) *town {
	n := below32(uint32(d[1]), len(p.lex.city))
	if p.lex.cityAt != nil {
		n = int(p.lex.cityAt[n])
	}
	return &p.lex.places[n]
}

func (p *place) city(d *draw) string { return p.lex.city[below32(uint32(d[1]), len(p.lex.city))] }

func (p *place) state(d *draw) string {
	return p.lex.state[below32(uint32(d[2]>>32), len(p.lex.state))]
}

// postalDigits is the number of digits that every postal code shares with the
// address line.
const postalDigits = 5

func (p *place) appendPostal(dst []byte, d *draw) []byte {
	if p.lex.locale != nil {
		return p.appendLocalPostal(dst, d)
	}
	return appendPadded(dst, uint64(below32(uint32(d[2]), 100_000)), postalDigits)
}

// appendLocalPostal appends a code of the locale's form that begins as those
// of the subject's city do.
func (p *place) appendLocalPostal(dst []byte, d *draw) []byte {
	beginning := p.town(d).postal
	dst = append(dst, beginning...)
	n := uint64(uint32(d[2])) << 32
	next := func(of uint64) byte {
		digit, rest := bits.Mul64(n, of)
		n = rest
		return byte(digit)
	}
	for _, c := range []byte(p.lex.locale.postal[len(beginning):]) {
		switch c {
		case '#':
			c = '0' + next(10)
		case '@':
			c = 'A' + next(26)
		}
		dst = append(dst, c)
	}
	return dst
}

// appendAddress appends street, city and what else the locale writes into one
// line. It answers where street and city end.
func (p *place) appendAddress(dst []byte, d *draw) (out []byte, street, city int) {
	for _, part := range p.lex.locale.address {
		switch part {
		case "{street}":
			dst = p.appendStreet(dst, d)
			street, city = len(dst), len(dst)
		case "{city}":
			dst = append(dst, p.city(d)...)
			city = len(dst)
		case "{region}":
			dst = append(dst, p.town(d).region...)
		case "{postal}":
			dst = p.appendLocalPostal(dst, d)
		default:
			dst = append(dst, part...)
		}
	}
	return dst, street, city
}
