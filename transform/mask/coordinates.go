package mask

import (
	"math"
	"strconv"
)

// coordinateDecimals is how exact coordinates are: millionths of a degree, a
// hand's breadth.
const coordinateDecimals = 6

const micro = 1_000_000

// point is a spot within some four kilometres of the subject's city, in
// millionths of a degree.
func (p *place) point(d *draw) (lat, lon int64) {
	const spread = 70_000 // millionths of a degree from end to end
	t := p.town(d)
	s := stream{d[3], d[2]}
	w := s.next()
	lat = int64(math.Round(t.lat*micro)) + int64(below32(uint32(w>>32), spread)) - spread/2
	lon = int64(math.Round(t.lon*micro)) + int64(below32(uint32(w), spread)) - spread/2
	return lat, lon
}

// coordinate writes one of the two numbers of a point.
type coordinate struct {
	place
	longitude bool
	decimals  int
	text      []byte
}

func coordinateSpec(name, summary, example string, longitude bool) *Spec {
	return define(Spec{
		Name:    name,
		Summary: summary,
		Doc: `Replaces a coordinate by one within some four kilometres of the city that city gives the same subject; latitude, longitude and
geo_point of a subject name the same spot. The real one does not enter. Six decimals, fewer where a numeric column has fewer.`,
		Example: example,
		Params: []Param{
			{Name: "decimals", Type: Integer, Default: int64(coordinateDecimals), Doc: "0 to 6"},
		},
		Accepts: []Kind{Numeric, Float, Text},
		Keyed:   []Keyed{BySubject},
		Locale:  true,
		Group:   "address",
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.params.between("decimals", 0, coordinateDecimals); err != nil {
			return nil, err
		}
		if err := r.needsPlaces(r.lexicon()); err != nil {
			return nil, err
		}
		m := coordinate{longitude: longitude, decimals: int(r.params.int("decimals"))}
		if r.col.Kind == Numeric && r.col.Precision > 0 {
			m.decimals = max(0, min(m.decimals, r.col.Scale))
			if whole := r.col.Precision - r.col.Scale; whole < 3 {
				return nil, &ParamError{Msg: r.column() + " is " + r.col.typeName() + ", and coordinates have up to three digits before the point", Hint: "use redact or null"}
			}
		}
		chars := len("-179.") + m.decimals
		if r.col.room() < chars {
			return nil, r.tooShort(chars)
		}
		return &compiled{
			props: r.needsRecord(Properties{MaxChars: chars, PrivacyRank: 1}, false),
			start: func() Masker { m := m; m.place = r.place(); return &m },
		}, nil
	})
}

func latitudeSpec() *Spec {
	return coordinateSpec("latitude", "a latitude near the subject's fake city", "lat: latitude", false)
}

func longitudeSpec() *Spec {
	return coordinateSpec("longitude", "a longitude near the subject's fake city", "lng: { mask: longitude, decimals: 4 }", true)
}

func (m *coordinate) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	n, lon := m.point(&d)
	if m.longitude {
		n = lon
	}
	col := m.keyer.col
	m.text = appendMicro(m.text[:0], n, m.decimals)
	switch col.Kind {
	case Float:
		f, _ := strconv.ParseFloat(string(m.text), col.Bits)
		return appendFloat(dst, col, f), Masked
	case Numeric:
		return appendNumeric(dst, col.Wire, m.text), Masked
	}
	return append(dst, m.text...), Masked
}

// appendMicro writes millionths with so many decimals, the rest cut off.
func appendMicro(dst []byte, n int64, decimals int) []byte {
	cut := int64(pow10(coordinateDecimals - decimals))
	n /= cut
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	unit := int64(pow10(decimals))
	dst = strconv.AppendInt(dst, n/unit, 10)
	if decimals > 0 {
		dst = appendPadded(append(dst, '.'), uint64(n%unit), decimals)
	}
	return dst
}
