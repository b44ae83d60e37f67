package mask

// anyKind is every family of values.
var anyKind = []Kind{
	Other, Text, Int, Numeric, Float, Bool, Date, Timestamp, TimestampTZ, Time,
	UUID, Inet, MAC, JSON, JSONB, Bytea, Enum, XML, Point, Geometry,
}

func keepSpec() *Spec {
	return define(Spec{
		Name:    "keep",
		Summary: "passes the real value through",
		Doc: `Keeps everything and protects nothing: the value on staging is the value in production. It is
always written out, column by column, since understudy refuses a column that no rule names.

Do: keep surrogate keys, states, prices, foreign keys to kept columns.
Don't: keep anything that a person typed, or an exact time that stands in a log somewhere.`,
		Example: "status: keep",
		Accepts: anyKind,
		Keyed:   []Keyed{ByValue},
		Source:  true,
	}, nil)
}
