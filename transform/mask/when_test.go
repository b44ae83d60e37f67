package mask

import (
	"strings"
	"testing"
)

func whenParams(otherwise *Sub, cases ...*Sub) Params {
	var named []NamedSub
	for i, c := range cases {
		named = append(named, NamedSub{string(rune('a' + i)), c})
	}
	return Params{"cases": named, "else": otherwise}
}

func TestWhen(t *testing.T) {
	t.Parallel()
	for _, c := range both(column("text")) {
		m := compileMask(t, "when", c, whenParams(sub("email", nil, ""), sub("keep", nil, ""), sub("null", nil, ""), sub("redact", nil, "")), person42).New()
		mail := one(t, "email", column("text"), nil, person42, "jane@corp.test")
		for holds, want := range map[string]string{"0": "jane@corp.test", "1": "NULL", "2": "[redacted]", "3": mail, "": mail, "7": mail, "x": mail} {
			in := input(t, c, "jane@corp.test", "42", "1001")
			if holds != "" {
				in.Case = []byte(holds)
			}
			got, outcome := maskOne(t, m, c, in)
			if outcome == Null {
				got = "NULL"
			}
			if got != want {
				t.Errorf("condition %q: %q, want %q", holds, got, want)
			}
		}
	}
	for _, c := range both(column("date")) {
		m := compileMask(t, "when", c, whenParams(sub("constant", Params{"value": "1970-01-01"}, ""), sub("keep", nil, "")), person42).New()
		if got, _ := maskOne(t, m, c, input(t, c, "2024-02-29", "42", "1")); got != "1970-01-01" {
			t.Errorf("constant date: %s", got)
		}
	}
	keep, bits := sub("keep", nil, ""), sub("email", nil, "")
	p := compileMask(t, "when", column("text"), whenParams(bits, keep), person42).Properties()
	if !p.Injective || p.PrivacyRank != 5 || !p.NeedsSubject {
		t.Errorf("%+v", p)
	}
	if p := compileMask(t, "when", column("text"), whenParams(bits, sub("redact", nil, "")), person42).Properties(); p.Injective {
		t.Error("redact is one to one")
	}
	if c := compileMask(t, "when", column("text[]"), whenParams(bits, keep), person42); c == nil {
		t.Error("no conditions on arrays")
	}
}

func TestWhenRefusals(t *testing.T) {
	t.Parallel()
	keep, mail, redact := sub("keep", nil, ""), sub("email", nil, ""), sub("redact", nil, "")
	testRefusals(t, "when", []refusal{
		{"nothing but keep", column("text"), whenParams(keep, keep), BySubject, "every rule keeps"},
		{"no case", column("text"), Params{"cases": []NamedSub{}, "else": redact}, BySubject, "holds no rule"},
		{"conditions in conditions", column("text"), whenParams(sub("when", whenParams(mail, keep), ""), keep), BySubject, ""},
		{"what is computed after loading", column("text"), whenParams(sub("derive", Params{"expression": "1"}, ""), keep), BySubject, "cannot stand inside"},
		{"a unique column's SQL", column("text").unique(), whenParams(sub("sql", Params{"expression": "1"}, ""), keep), BySubject, "could meet"},
		{"a unique column's redact", column("text").unique(), whenParams(redact, keep), BySubject, "unique"},
		{"a unique column's permutation beside keep", column("int4").unique(), whenParams(sub("permute", Params{"max": int64(99)}, "d"), keep), BySubject, "could meet"},
		{"a mask of another type", column("text"), whenParams(sub("hstore", nil, ""), keep), BySubject, "else: hstore"},
	})
	if _, err := Find("json").Compile(column("json"), Params{"paths": []NamedSub{{"$.a", sub("when", whenParams(mail, keep), "")}}}, person42); err == nil || !strings.Contains(err.Error(), "belong to the rule of the column") {
		t.Errorf("conditions within a document: %v", err)
	}
}

// A rule whose output does not meet its condition makes way for the next one.
func TestWhenIf(t *testing.T) {
	t.Parallel()
	constant := func(value, condition string) *Sub {
		s := sub("constant", Params{"value": value}, "")
		s.If = condition
		return s
	}
	named := func(subs ...NamedSub) Params {
		return Params{"cases": subs, "else": sub("constant", Params{"value": "last"}, "")}
	}
	for _, c := range both(column("text")) {
		m := compileMask(t, "when", c, named(NamedSub{"is_staff", constant("a long one", "len(value) < 5")}, NamedSub{"is_bot", constant("bot", "value matches '^b'")}, NamedSub{Always(0), constant("twelve", "int(value) > 7")}, NamedSub{Always(1), constant("13", "value == '13'")}), person42).New()
		for holds, want := range map[string]string{"0": "13", "1": "bot", "2": "13", "3": "13", "4": "last"} {
			in := input(t, c, "jane", "42", "1001")
			in.Case = []byte(holds)
			if got, _ := maskOne(t, m, c, in); got != want {
				t.Errorf("condition %s: %q, want %q", holds, got, want)
			}
		}
		m = compileMask(t, "when", c, named(NamedSub{"is_staff", constant("a long one", "len(value) < 5")}, NamedSub{Always(0), constant("12", "int(value) > 7")}), person42).New()
		for range 3 { // the machine is used again
			in := input(t, c, "jane", "42", "1001")
			in.Case = []byte("0")
			if got, _ := maskOne(t, m, c, in); got != "12" {
				t.Errorf("%q", got)
			}
			in.Value = nil
			if _, outcome := maskOne(t, m, c, in); outcome != Null {
				t.Errorf("NULL became %v", outcome)
			}
		}
	}
	for text, want := range map[string]string{
		"len(value) <= 3": "", "value contains '@' and not (value startsWith 'x')": "", "len(value)": "bool", "valeu == ''": "character 1: unknown name valeu", "now() > date(value)": "now", "value ==": "unexpected token",
		strings.Repeat("value == 'x' || ", 200) + "true": "maximum allowed nodes",
	} {
		err := CheckCondition(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", text, err, want)
		}
	}
	if _, err := Find("when").Compile(column("int4"), named(NamedSub{Always(0), constant("1", "len(value) > 0")}), person42); err == nil || !strings.Contains(err.Error(), "if is about text") {
		t.Errorf("a number: %v", err)
	}
}
