package mask

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// typesOf are the types that stand for each family.
var typesOf = map[Kind][]string{
	Other: {"interval"}, Text: {"text", "varchar", "bpchar", "citext"}, Int: {"int2", "int4", "int8"}, Numeric: {"numeric"},
	Float: {"float4", "float8"}, Bool: {"bool"}, Date: {"date"}, Timestamp: {"timestamp"}, TimestampTZ: {"timestamptz"},
	Time: {"time"}, UUID: {"uuid"}, Inet: {"inet", "cidr"}, MAC: {"macaddr", "macaddr8"}, JSON: {"json"}, JSONB: {"jsonb"},
	Bytea: {"bytea"}, Enum: {"mood"}, XML: {"xml"}, Point: {"point"}, Geometry: {"geometry"},

	Array: {"text[]"}, Composite: {"contact"}, Hstore: {"hstore"}, Range: {"daterange"}, Multirange: {"datemultirange"},
}

// scalars are the families that a mask takes whose values are not made of
// others: tests that build values take these.
func scalars(s *Spec) []Kind {
	if compound(s) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Accepts), Kind.Structured)
}

// probed are a mask's parameters for a column in tests that take all masks.
func probed(s *Spec, c Column) Params {
	switch {
	case s.probe == nil:
		return nil
	case s.Name == "permute" && c.Kind == Numeric:
		return Params{"max": int64(1_000_000)}
	}
	return s.probe(c.Kind)
}

// compound tells whether a mask is one of other masks, or a program.
func compound(s *Spec) bool {
	return s.Name == "command" || slices.ContainsFunc(s.Params, func(p Param) bool { return p.Required && (p.Type == Rule || p.Type == Rules) })
}

func TestParameters(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		mask   string
		col    Column
		params Params
		want   string // of the error; "" for none
		param  string
	}{
		{"email", column("text"), Params{"style": "token"}, "", ""},
		{"email", column("text"), Params{"style": "fancy"}, "one of auto, name, token", "style"},
		{"email", column("text"), Params{"style": int64(3)}, "must be text", "style"},
		{"email", column("text"), Params{"stlye": "name"}, "unknown parameter", "stlye"},
		{"full_name", column("text"), Params{"x": "y"}, "unknown parameter", "x"},
		{"permute", column("int4"), nil, "is required", "max"},
		{"permute", column("int4"), Params{"max": 10.5}, "integer or `type`", "max"},
		{"pseudonym", column("text"), Params{"length": "16"}, "must be an integer", "length"},
		{"pseudonym", column("text"), Params{"keep_prefix": "yes"}, "true or false", "keep_prefix"},
		{"json", column("json"), Params{"keep": "$.a"}, "a list of texts", "keep"},
		{"generalize", column("int4"), Params{"step": []string{"1"}}, "a scalar", "step"},
		{"generalize", column("int4"), Params{"step": int64(10)}, "", ""},
	} {
		_, err := Find(tc.mask).Compile(tc.col, tc.params, Binding{Keyed: Find(tc.mask).Keyed[0]})
		var perr *ParamError
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%s %v: %v", tc.mask, tc.params, err)
		case tc.want == "":
		case !errors.As(err, &perr):
			t.Errorf("%s %v: %v, want a *ParamError", tc.mask, tc.params, err)
		case perr.Param != tc.param || !strings.Contains(perr.Msg, tc.want):
			t.Errorf("%s %v: %q of %q, want %q of %q", tc.mask, tc.params, perr.Msg, perr.Param, tc.want, tc.param)
		}
	}
}

func TestIllFittingMask(t *testing.T) {
	t.Parallel()
	for _, s := range All() {
		if compound(s) {
			continue
		}
		for kind, types := range typesOf {
			if kind.Structured() {
				continue // see structured_test.go
			}
			for _, name := range types {
				c := column(name)
				bind := Binding{Keyed: s.Keyed[0], Subject: "public.customers"}
				compiled, err := s.Compile(c, probed(s, c), bind)
				accepted := false
				for _, k := range s.Accepts {
					accepted = accepted || k == kind
				}
				switch {
				case s.Source && (err == nil || !strings.Contains(err.Error(), "source")):
					t.Errorf("%s on %s: %v", s.Name, name, err)
				case s.Source:
				case !accepted && err == nil:
					t.Errorf("%s took a column of type %s", s.Name, name)
				case !accepted && !strings.Contains(err.(*ParamError).Hint, "null"):
					t.Errorf("%s on %s: the hint %q does not name a mask that fits", s.Name, name, err.(*ParamError).Hint)
				case accepted && err != nil && !cannotTake(s, c, bind.Keyed):
					t.Errorf("%s on %s: %v", s.Name, name, err)
				case err == nil && compiled.Properties().PrivacyRank == 0:
					t.Errorf("%s on %s: no privacy rank", s.Name, name)
				}
			}
		}
	}
}

func TestKeyedRefused(t *testing.T) {
	t.Parallel()
	for mask, keyed := range map[string]Keyed{"shift_date": ByValue, "uuid": BySubject, "null": ByValue, "email": ByNothing} {
		c := column("text")
		if mask == "uuid" {
			c = column("uuid")
		}
		_, err := Find(mask).Compile(c, nil, Binding{Keyed: keyed})
		if err == nil || !strings.Contains(err.Error(), "cannot be keyed by") {
			t.Errorf("%s by %s: %v", mask, keyed, err)
		}
	}
}

// A unique column takes only masks that are one to one, and the refusal names
// those that would do.
func TestUniqueColumns(t *testing.T) {
	t.Parallel()
	fits := map[string]string{
		"email": "text", "username": "text", "url": "text", "token": "text", "pseudonym": "text", "uuid": "uuid",
		"permute": "int8", "mac": "macaddr", "null": "text", "phone": "text",
		"credit_card": "text", "iban": "text", "fpe_ff1": "text", "random": "text", "hostname": "text", "file_name": "text",
	}
	for _, s := range All() {
		if s.Source {
			continue
		}
		for _, kind := range scalars(s) {
			name := typesOf[kind][0]
			c := column(name).unique()
			for _, keyed := range s.Keyed {
				compiled, err := s.Compile(c, probed(s, c), Binding{Keyed: keyed, Subject: "public.customers", Domain: "d"})
				if err == nil {
					p := compiled.Properties()
					if !p.Injective && !p.WritesNull {
						t.Errorf("%s by %s took a unique %s, and is not one to one", s.Name, keyed, name)
					}
					if fits[s.Name] == "" {
						t.Errorf("%s by %s took a unique %s", s.Name, keyed, name)
					}
					continue
				}
				perr := err.(*ParamError)
				if perr.Param == "" && perr.Hint == "" {
					t.Errorf("%s by %s on unique %s: no hint in %v", s.Name, keyed, name, err)
				}
				for _, hinted := range strings.Split(strings.TrimPrefix(perr.Hint, "masks for a unique "+name+" column: "), ", ") {
					if h := Find(hinted); h != nil && !h.fits(c, Binding{Subject: "public.customers"}) {
						t.Errorf("%s by %s on unique %s: hint %q", s.Name, keyed, name, hinted)
					}
				}
			}
		}
	}
}

func TestCollisionBound(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		bits float64
		rows int64
		want bool
	}{
		{64, 1_000_000, true},
		{73, 100_000_000, true},
		{72, 100_000_000, false},
		{75, 0, true},
		{70, 0, false},
		{20, 1, true},
		{20, 1000, false},
	} {
		if got := distinct(tc.bits, tc.rows); got != tc.want {
			t.Errorf("%v bits for %d rows: %v", tc.bits, tc.rows, got)
		}
	}
	c := varchar(12).unique()
	c.Rows = 1000
	if _, err := Find("pseudonym").Compile(c, Params{"length": int64(12)}, inDomain("d")); err != nil {
		t.Errorf("60 bits for 1,000 rows: %v", err)
	}
	c.Rows = 1_000_000_000
	if _, err := Find("pseudonym").Compile(c, Params{"length": int64(12)}, inDomain("d")); err == nil || !strings.Contains(err.Error(), "60 bits are too few") {
		t.Errorf("60 bits for 10^9 rows: %v", err)
	}
	small := column("int8").unique()
	small.Rows = 1001
	if _, err := Find("permute").Compile(small, Params{"max": int64(1000)}, inDomain("d")); err == nil || !strings.Contains(err.Error(), "1001 rows") {
		t.Errorf("1,000 numbers for 1,001 rows: %v", err)
	}
}
