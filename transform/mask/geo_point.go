package mask

func geoPointSpec() *Spec {
	return define(Spec{
		Name:    "geo_point",
		Summary: "a point near the subject's fake city",
		Doc: `Replaces a place on earth by one within some four kilometres of the city that city gives the same subject: the spot that
latitude and longitude name too. The real one does not enter. Columns of type point receive (longitude, latitude), as earthdistance has it;
geometries and geographies of PostGIS a point with the reference system of the real value, 4326 where it has none; text and JSON what
` + "`format`" + ` says. A geometry that cannot be read becomes a point of system 4326 and is counted.`,
		Example: "location: geo_point",
		Params: []Param{
			{Name: "order", Type: String, Default: "lon_lat", OneOf: []string{"lon_lat", "lat_lon"}, Doc: "which comes first in columns of type point"},
			{Name: "format", Type: String, Default: "auto", OneOf: []string{"auto", "lat,lon", "lon,lat", "wkt", "geojson"}, Doc: "text: `41.87,-87.62`, `POINT(-87.62 41.87)`, or a GeoJSON point; `auto` is lat,lon, and geojson in JSON columns"},
		},
		Accepts: []Kind{Point, Geometry, Text, JSON, JSONB},
		Keyed:   []Keyed{BySubject},
		Locale:  true,
		Group:   "address",
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.needsPlaces(r.lexicon()); err != nil {
			return nil, err
		}
		format := r.params.text("format")
		document := r.col.Kind == JSON || r.col.Kind == JSONB
		switch {
		case format == "auto" && document:
			format = "geojson"
		case format == "auto":
			format = "lat,lon"
		case document && format != "geojson":
			return nil, &ParamError{Param: "format", Msg: "a JSON column holds geojson alone"}
		}
		chars := map[string]int{"lat,lon": 21, "lon,lat": 21, "wkt": 28, "geojson": 62}[format]
		if r.col.room() < chars {
			return nil, r.tooShort(chars)
		}
		return &compiled{
			props: r.needsRecord(Properties{MaxChars: chars, NeedsValue: r.col.Kind == Geometry, PrivacyRank: 1}, false),
			start: func() Masker {
				return &geoPoint{place: r.place(), format: format, latFirst: r.params.text("order") == "lat_lon"}
			},
		}, nil
	})
}

type geoPoint struct {
	place
	format   string
	latFirst bool
}

// earthSRID is WGS 84, in longitude and latitude.
const earthSRID = 4326

func (m *geoPoint) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	lat, lon := m.point(&d)
	y, x := float64(lat)/micro, float64(lon)/micro
	col := m.keyer.col
	switch col.Kind {
	case Point:
		if m.latFirst {
			x, y = y, x
		}
		return appendPoint(dst, col.Wire, x, y), Masked
	case Geometry:
		srid, ok := geometrySRID(col.Wire, in.Value)
		outcome := Masked
		if !ok {
			srid, outcome = earthSRID, Replaced
		}
		return appendGeometry(dst, col.Wire, srid, x, y), outcome
	}
	switch m.format {
	case "lat,lon":
		dst = appendMicro(append(appendMicro(dst, lat, coordinateDecimals), ','), lon, coordinateDecimals)
	case "lon,lat":
		dst = appendMicro(append(appendMicro(dst, lon, coordinateDecimals), ','), lat, coordinateDecimals)
	case "wkt":
		dst = appendMicro(append(appendMicro(append(dst, "POINT("...), lon, coordinateDecimals), ' '), lat, coordinateDecimals)
		dst = append(dst, ')')
	default:
		dst = appendJSONB(dst, col, `{"type": "Point", "coordinates": [`)
		dst = appendMicro(append(appendMicro(dst, lon, coordinateDecimals), ", "...), lat, coordinateDecimals)
		dst = append(dst, "]}"...)
	}
	return dst, Masked
}
