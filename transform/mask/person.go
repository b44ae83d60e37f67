package mask

// person draws the record that full_name, first_name, last_name, email and
// username of one subject share.
//
// Word 0 of the draw makes the names, words 1 and 2 the token, word 3 the rest.
type person struct {
	keyer keyer
	lex   *lexicon
	room  int
}

func (r *rule) person() person {
	return person{keyer: r.recordKeyer(), lex: r.lexicon(), room: r.col.room()}
}

// needsRecord fills in what a mask of a group reads.
func (r *rule) needsRecord(p Properties, identifier bool) Properties {
	p = r.needs(bySubject, p)
	if !identifier && r.bind.Subject != "" {
		p.NeedsRow = false // only identifiers mix in the row
	}
	return p
}

func (p *person) first(d *draw) int { return below32(uint32(d[0]>>32), len(p.lex.first)) }

func (p *person) last(d *draw) int { return below32(uint32(d[0]), len(p.lex.last)) }

// appendSlug appends "first.last" with at most room characters.
func (p *person) appendSlug(dst []byte, d *draw, room int) []byte {
	at := len(dst)
	dst = append(dst, p.lex.firstSlug[p.first(d)]...)
	if last := p.lex.lastSlug[p.last(d)]; last != "" {
		if len(dst) > at {
			dst = append(dst, '.')
		}
		dst = append(dst, last...)
	}
	if len(dst) > at+room {
		dst = dst[:at+room]
	}
	if n := len(dst) - 1; n >= at && dst[n] == '.' {
		dst = dst[:n]
	}
	return dst
}

// sex is male or female, as the first name goes.
func (p *person) sex(d *draw) sexOf {
	if s := p.lex.sexOf(p.first(d)); s != either {
		return s
	}
	return sexOf(d[1] & 1) // a bit that the token does not show
}

// sexOf is whose the nth first name is.
func (l *lexicon) sexOf(n int) sexOf {
	if l.firstAt != nil {
		n = int(l.firstAt[n])
	}
	return l.firstSex[n]
}

// rest is the nth of the random numbers behind those that names, token and
// host are made of.
func (p *person) rest(d *draw, n int) uint32 {
	s := stream{d[3], d[0]}
	for range n {
		s.next()
	}
	return uint32(s.next() >> 32)
}

// another is a first name of the same sex.
func (p *person) another(d *draw) int {
	sex := p.sex(d)
	n := below32(p.rest(d, 0), len(p.lex.first))
	for range len(p.lex.first) {
		if s := p.lex.sexOf(n); s == sex || s == either {
			break
		}
		n = (n + 1) % len(p.lex.first)
	}
	return n
}
