package policies

import (
	"slices"
	"testing"
)

func TestExclusionOperators(t *testing.T) {
	t.Parallel()
	for def, want := range map[string][]string{
		`EXCLUDE USING gist (room WITH =, during WITH &&)`:                                               {"=", "&&"},
		`EXCLUDE USING btree (a WITH =) WHERE ((b WITH_c > 1))`:                                          {"="},
		`EXCLUDE USING gist (" WITH =" WITH &&, lower((a || ', x WITH ='::text)) WITH =)`:                {"&&", "="},
		`EXCLUDE USING gist (a WITH OPERATOR(pg_catalog.=), b WITH OPERATOR(public.=)) DEFERRABLE`:       {"=", "OPERATOR(public.=)"},
		`EXCLUDE USING gist (int4range(a, b, '[]'::text) WITH &&, c gist_text_ops WITH =) WHERE (c > 1)`: {"&&", "="},
		`UNIQUE (a)`: nil,
	} {
		if got := exclusionOperators(def); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", def, got, want)
		}
	}
}
