package integration

// canaryTypes are tables with a value of every type that can carry one, each
// to be recognised wherever it turns up: once kept, once masked.
const canaryTypes = `
CREATE TYPE canary_pair AS (a text, b int[]);
CREATE DOMAIN canary_domain AS text CHECK (length(VALUE) > 3);
CREATE TABLE canary_kinds (code text PRIMARY KEY, remark text);
COMMENT ON TABLE canary_kinds IS 'canary_in_the_schema_1';
INSERT INTO canary_kinds VALUES ('canarykind7a1', 'canary_in_the_schema_1');
CREATE TABLE canaries (
	id uuid PRIMARY KEY, kind text NOT NULL REFERENCES canary_kinds,
	t text, vc varchar(40), c char(24), n name, d canary_domain,
	j json, jb jsonb, x xml, ts tsvector, tq tsquery,
	raw bytea, texts text[], pair canary_pair, pairs canary_pair[],
	i8 bigint, num numeric, f8 float8, cash money,
	day date, at timestamp, atz timestamptz, span interval, days daterange, nums numrange, many int8multirange,
	ip inet, net cidr, mac macaddr, bits bit(40), place point, path jsonpath
);
INSERT INTO canaries VALUES (
	'7f3ae152-bb1c-4d0e-9a77-5b6c7d8e9f01', 'canarykind7a1',
	'canarytext7a2 and more', 'canaryvarchar7a3', 'canarychar7a4', 'canaryname7a5', 'canarydomain7a6',
	'{"canaryjsonkey7a7": "canaryjson7a8"}', '{"canaryjsonbkey7a9": [{"x": "canaryjsonb7b0"}]}', '<a b="canaryattr7b1">canaryxml7b2</a>',
	to_tsvector('simple', 'the canarylexeme7b3'), to_tsquery('simple', 'canaryquery7b4 & x'),
	convert_to('canarybytes7b5', 'UTF8'), ARRAY['x', 'canaryelement7b6'], ('canarymember7b7', '{1,2}'), ARRAY[('canarymembers7b8', '{3}')::canary_pair],
	918273645546372819, 847362514.987654321, 73645182.90317, 9182736455.46,
	'1911-02-03', '1887-06-05 04:03:02', '1888-07-06 05:04:03+00', '73 years 11 mons 17 days', '[1912-03-04,1913-05-06)', '[73645182.9173,73645182.9375)', '{[918273645546372821,918273645546372823)}',
	'198.51.100.177', '2001:db8:77:88::/64', '00:1b:63:84:45:e6', B'1011001110001111000010110011100011110000', '(73645.1825,91827.3645)', '$."canarypath7b9"'
);
`

// canaryForms are those values as they could be quoted.
var canaryForms = []string{
	"7f3ae152-bb1c-4d0e-9a77-5b6c7d8e9f01", "canarykind7a1", "canarytext7a2", "canaryvarchar7a3", "canarychar7a4", "canaryname7a5",
	"canarydomain7a6", "canaryjsonkey7a7", "canaryjson7a8", "canaryjsonbkey7a9", "canaryjsonb7b0", "canaryattr7b1", "canaryxml7b2", "canarylexeme7b3",
	"canaryquery7b4", "canarybytes7b5", `\x63616e6172796279746573376235`, "Y2FuYXJ5Ynl0ZXM3YjU=", "canaryelement7b6",
	"canarymember7b7", "canarymembers7b8", "918273645546372819", "847362514.987654321", "73645182.90317", "9,182,736,455.46", "1911-02-03", "1887-06-05 04:03:02",
	"1888-07-06", "73 years 11 mons 17 days", "[1912-03-04,1913-05-06)", "1913-05-06", "73645182.9173", "918273645546372821", "198.51.100.177",
	"2001:db8:77:88::/64", "00:1b:63:84:45:e6", "1011001110001111000010110011100011110000", "73645.1825,91827.3645", "canarypath7b9",
}

// canaryRules keeps half of the columns and masks the others.
const canaryRules = `  public.canary_kinds: { keep: [code, remark] }
  public.canaries:
    keep: [id, kind, vc, d, jb, ts, texts, pairs, num, cash, at, span, nums, ip, mac, place]
    columns: { t: "null", c: "null", n: "null", j: "null", x: "null", tq: "null", raw: "null", pair: "null", i8: "null", f8: "null",
      day: "null", atz: "null", days: "null", many: "null", net: "null", bits: "null", path: "null" }
`

// maskedCanaries and keptCanaries are values of columns that canaryRules masks
// and keeps, as a file of the server holds them;
// the last of the masked ones is i8, in binary.
var (
	maskedCanaries = []string{"canarytext7a2", "canarychar7a4", "canaryname7a5", "canaryjsonkey7a7", "canaryjson7a8", "canaryattr7b1", "canaryxml7b2",
		"canaryquery7b4", "canarybytes7b5", "canarymember7b7", "canarypath7b9", "\xd3\xfed\xf1\x03]\xbe\x0c"}
	keptCanaries = []string{"canaryvarchar7a3", "canarydomain7a6", "canaryjsonbkey7a9", "canaryjsonb7b0", "canarylexeme7b3", "canaryelement7b6", "canarymembers7b8"}
)
