package mask

import "strconv"

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

func (p *place) city(d *draw) string { return p.lex.city[below32(uint32(d[1]), len(p.lex.city))] }

func (p *place) state(d *draw) string {
	return p.lex.state[below32(uint32(d[2]>>32), len(p.lex.state))]
}

// postalDigits is the number of digits that every postal code shares with the
// address line.
const postalDigits = 5

func (p *place) appendPostal(dst []byte, d *draw) []byte {
	return appendPadded(dst, uint64(below32(uint32(d[2]), 100_000)), postalDigits)
}
