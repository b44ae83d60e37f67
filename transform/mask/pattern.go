package mask

import (
	"math"
	"regexp/syntax"
	"strconv"
)

func patternSpec() *Spec {
	return define(Spec{
		Name:    "pattern",
		Summary: "text that a regular expression describes",
		Doc: `Writes text that matches a regular expression: ` + "`[A-Z]{3}-\\d{4}`" + ` becomes KQP-0482. The real value does not enter. What may repeat
without end repeats at most ` + "`repeat`" + ` times; a dot and negated classes stand for visible ASCII characters; ^ and $ mean nothing.

In a unique column texts are numbered and the number is permuted from the subject's or row's key, which has to be a single integer
below the number of texts; the expression has to be one that builds each text in one way only. With a domain equal values stay equal.

Do: use it for codes that a CHECK or a program parses.
Don't: write a pattern of real phone numbers, cards or ids: phone, credit_card and national_id stay in ranges that nobody has.`,
		Example: "sku: { mask: pattern, pattern: \"[A-Z]{3}-\\\\d{4}\" }",
		Params: []Param{
			{Name: "pattern", Type: String, Required: true, Doc: "the regular expression, in RE2's syntax"},
			{Name: "repeat", Type: Integer, Default: int64(8), Doc: "most repetitions of * and +, 1 to 100"},
			perParam("row"),
		},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		probe:   func(Kind) Params { return Params{"pattern": "[a-z]{8}"} },
	}, fitPattern)
}

func fitPattern(r *rule) (*compiled, *ParamError) {
	if err := r.params.between("repeat", 1, 100); err != nil {
		return nil, err
	}
	re, err := syntax.Parse(r.params.text("pattern"), syntax.Perl)
	if err != nil {
		return nil, &ParamError{Param: "pattern", Msg: "is no regular expression: " + err.Error()}
	}
	root, perr := takeApart(re, int(r.params.int("repeat")))
	if perr != nil {
		return nil, perr
	}
	if root.longest > r.col.room() {
		perr := r.tooShort(root.longest)
		perr.Param = "pattern"
		return nil, perr
	}
	m := pattern{root: root}
	const numbered = 1 << 62 // more texts than that are drawn part by part
	m.numbered = root.count < numbered
	c := &compiled{props: r.needs(r.drawBy(), Properties{MaxChars: root.longest, PrivacyRank: r.identifierRank()})}
	c.props.Capacity = root.count
	byKey := r.col.Unique && r.bind.Keyed == BySubject
	switch {
	case byKey && !root.once:
		return nil, &ParamError{Param: "pattern", Msg: r.column() + " is unique, and this expression can build one text in two ways", Hint: "use parts of fixed length, and choices that begin differently"}
	case byKey && !r.bind.IntegerKey:
		return nil, &ParamError{Msg: r.column() + " is unique, and unique texts are numbered by a subject or row key that is a single integer", Hint: "use token or pseudonym"}
	case byKey:
		c.props = r.needs(bySubject, c.props)
		c.props.Injective, c.props.FromKey = true, true
		m.last = uint64(min(root.count, numbered)) - 1
	case root.once:
		c.bits = min(math.Log2(root.count), 120)
	}
	c.start = func() Masker {
		m := m
		if byKey {
			m.numbers = r.numbers(m.last)
			return &m
		}
		m.keyer = r.drawKeyer()
		return &m
	}
	return c, nil
}

type pattern struct {
	numbers
	root     *part
	numbered bool // the texts have numbers that fit a word
}

func (m *pattern) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	if m.perm != nil {
		n, ok := m.next(&d, in)
		if !ok {
			return m.noNumber(dst, in)
		}
		return m.root.append(dst, n), Masked
	}
	if m.numbered {
		return m.root.append(dst, below(d[0], uint64(m.root.count))), Masked
	}
	random := d.stream()
	return m.root.draw(dst, &random), Masked
}

// part is a piece of a regular expression with how many texts it describes.
type part struct {
	literal string // of one text
	chars   string // one of these characters
	all     []*part
	any     []*part

	count             float64 // exact below 2^53, else nearly
	shortest, longest int
	once              bool   // it builds each text in one way only
	ends              bool   // none of its texts is the beginning of another: where it ends is certain
	begins            string // characters that its texts may begin with
}

// takeApart makes parts of an expression.
func takeApart(re *syntax.Regexp, repeat int) (*part, *ParamError) {
	subs := func(list []*syntax.Regexp) (parts []*part, err *ParamError) {
		for _, s := range list {
			p, err := takeApart(s, repeat)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
		return parts, nil
	}
	times := func(lo, hi int) (*part, *ParamError) {
		one, err := takeApart(re.Sub[0], repeat)
		if err != nil {
			return nil, err
		}
		var choices []*part
		for n := lo; n <= hi; n++ {
			list := make([]*part, n)
			for i := range list {
				list[i] = one
			}
			choices = append(choices, sequence(list))
		}
		return alternatives(choices), nil
	}
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return sequence(nil), nil
	case syntax.OpLiteral:
		text := string(re.Rune)
		if !isASCII(text) {
			return nil, &ParamError{Param: "pattern", Msg: "may describe ASCII characters only"}
		}
		return &part{literal: text, count: 1, shortest: len(text), longest: len(text), once: true, ends: true, begins: text[:1]}, nil
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		var chars []byte
		for c := byte(' '); c <= '~'; c++ {
			in := re.Op != syntax.OpCharClass
			for i := 0; i+1 < len(re.Rune); i += 2 {
				in = in || rune(c) >= re.Rune[i] && rune(c) <= re.Rune[i+1]
			}
			if in {
				chars = append(chars, c)
			}
		}
		if len(chars) == 0 {
			return nil, &ParamError{Param: "pattern", Msg: "has a class without a visible ASCII character"}
		}
		return &part{chars: string(chars), count: float64(len(chars)), shortest: 1, longest: 1, once: true, ends: true, begins: string(chars)}, nil
	case syntax.OpCapture:
		return takeApart(re.Sub[0], repeat)
	case syntax.OpConcat:
		parts, err := subs(re.Sub)
		if err != nil {
			return nil, err
		}
		return sequence(parts), nil
	case syntax.OpAlternate:
		parts, err := subs(re.Sub)
		if err != nil {
			return nil, err
		}
		return alternatives(parts), nil
	case syntax.OpStar:
		return times(0, repeat)
	case syntax.OpPlus:
		return times(1, repeat)
	case syntax.OpQuest:
		return times(0, 1)
	case syntax.OpRepeat:
		hi := re.Max
		if hi < 0 {
			hi = re.Min + repeat
		}
		return times(re.Min, hi)
	}
	return nil, &ParamError{Param: "pattern", Msg: "has " + strconv.Quote(re.String()) + ", which cannot be built from"}
}

func sequence(parts []*part) *part {
	p := &part{all: parts, count: 1, once: true, ends: true}
	for i, s := range parts {
		p.count *= s.count
		p.shortest += s.shortest
		p.longest += s.longest
		p.once = p.once && s.once && (s.ends || i == len(parts)-1)
		p.ends = p.ends && s.ends
	}
	for _, s := range parts {
		p.begins += s.begins
		if s.shortest > 0 {
			break
		}
	}
	return p
}

func alternatives(parts []*part) *part {
	if len(parts) == 1 {
		return parts[0]
	}
	p := &part{any: parts, once: true, ends: true, shortest: math.MaxInt32}
	for i, s := range parts {
		p.count += s.count
		p.shortest, p.longest = min(p.shortest, s.shortest), max(p.longest, s.longest)
		p.once, p.ends = p.once && s.once, p.ends && s.ends
		for _, other := range parts[:i] {
			apart := s.longest < other.shortest || other.longest < s.shortest
			unlike := s.shortest > 0 && other.shortest > 0 && disjoint(s.begins, other.begins)
			p.once, p.ends = p.once && (apart || unlike), p.ends && unlike
		}
		p.begins += s.begins
	}
	return p
}

func disjoint(a, b string) bool {
	var seen [128]bool
	for i := range len(a) {
		seen[a[i]] = true
	}
	for i := range len(b) {
		if seen[b[i]] {
			return false
		}
	}
	return true
}

// append appends the nth text. Counts fit a word exactly enough: the last text
// stands in beyond the end that rounding may leave.
func (p *part) append(dst []byte, n uint64) []byte {
	switch {
	case p.chars != "":
		return append(dst, p.chars[min(n, uint64(len(p.chars)-1))])
	case p.any != nil:
		for _, s := range p.any {
			if count := uint64(s.count); n >= count && s != p.any[len(p.any)-1] {
				n -= count
				continue
			}
			return s.append(dst, n)
		}
	case p.all != nil:
		for i, s := range p.all {
			if i == len(p.all)-1 {
				return s.append(dst, n)
			}
			dst = s.append(dst, take(&n, uint64(s.count)))
		}
	}
	return append(dst, p.literal...)
}

// draw appends any text.
func (p *part) draw(dst []byte, random *stream) []byte {
	switch {
	case p.chars != "":
		return append(dst, p.chars[random.below(len(p.chars))])
	case p.any != nil:
		at := float64(random.next()>>11) / (1 << 53) * p.count
		for _, s := range p.any[:len(p.any)-1] {
			if at < s.count {
				return s.draw(dst, random)
			}
			at -= s.count
		}
		return p.any[len(p.any)-1].draw(dst, random)
	}
	for _, s := range p.all {
		dst = s.draw(dst, random)
	}
	return append(dst, p.literal...)
}
