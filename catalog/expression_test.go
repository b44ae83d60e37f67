package catalog

import "testing"

func TestSettled(t *testing.T) {
	for expr, want := range map[string]string{
		`((a)::text = 'b'::text)`: `((a)::text = 'b'::text)`,
		`CHECK (((a)::text = ANY ((ARRAY['x'::character varying, 'y,]'::character varying])::text[])))`: `CHECK (((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y,]'::character varying)::text])))`,
		`(ARRAY[ARRAY['a'::character varying], ARRAY['b'::character varying]])::text[]`:                 `ARRAY[ARRAY[('a'::character varying)::text], ARRAY[('b'::character varying)::text]]`,
		`f((ARRAY[1, g(2, 3)])::character varying(3)[])`:                                                `f(ARRAY[(1)::character varying(3), (g(2, 3))::character varying(3)])`,
		`(ARRAY['(ARRAY[''])::text[]'::bpchar])::"My Type"[] || ''`:                                     `ARRAY[('(ARRAY[''])::text[]'::bpchar)::"My Type"] || ''`,
		`(ARRAY[E'a\'b]'::character varying])::text[]`:                                                  `ARRAY[(E'a\'b]'::character varying)::text]`,
		`'(ARRAY[1])::text[]'::text`:                                                                    `'(ARRAY[1])::text[]'::text`,
		`date_part('YEAR'::text, t) + EXTRACT(YEAR FROM (ARRAY['a'::bpchar])::text[])`:                  `date_part('YEAR'::text, t) + EXTRACT(year FROM ARRAY[('a'::bpchar)::text])`,
		`'EXTRACT(YEAR FROM t)'::text`:                                                                  `'EXTRACT(YEAR FROM t)'::text`,
		`(SELECT 'x'::text AS text)`:                                                                    `(SELECT 'x'::text)`, `(SELECT 'x'::text AS x)`: `(SELECT 'x'::text AS x)`, `NULL::character varying(3) AS "varchar"`: `NULL::character varying(3)`,
		`(1)::bigint AS int8, now()::timestamp(0) without time zone AS "timestamp"`: `(1)::bigint, now()::timestamp(0) without time zone`,
		`'a'::app."Mood" AS "Mood"`: `'a'::app."Mood"`, `'::text AS text'::text AS texts`: `'::text AS text'::text AS texts`,
		`(ARRAY[1, 2])`: `(ARRAY[1, 2])`,
		`(ARRAY[1`:      `(ARRAY[1`,
	} {
		got := Settled(expr)
		if got != want {
			t.Errorf("%s\nis     %s\nwant   %s", expr, got, want)
		}
		if again := Settled(got); again != got {
			t.Errorf("%s\nchanges again to %s", got, again)
		}
	}
}

func FuzzSettled(f *testing.F) {
	f.Add(`((ARRAY['x'::character varying, 'y'])::text[])`)
	f.Add(`(ARRAY[ARRAY[E'\\'],"a"])::"x""y"(1)[][]`)
	f.Fuzz(func(t *testing.T, expr string) { Settled(expr) })
}
