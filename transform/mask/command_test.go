package mask

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program writes a shell script that answers lines and gives its path.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func command(path string, more Params) Params {
	p := Params{"command": []string{path, "one argument"}}
	for k, v := range more {
		p[k] = v
	}
	return p
}

func TestCommand(t *testing.T) {
	t.Parallel()
	// Writes what it read, so that the test sees the protocol.
	echo := script(t, `read -r hello
while read -r line; do
	printf '{"value": "%s|%s|%s"}\n' "$(printf %s "$hello" | tr -d '"')" "$(printf %s "$line" | tr -d '"')" "$1"
done
`)
	for _, c := range both(column("text")) {
		m := compileMask(t, "command", c, command(echo, Params{"with": []string{"country", "age"}}), person42).New()
		in := input(t, c, "Jane Roe", "42", "1001")
		in.Afters = [][]byte{[]byte("de"), nil}
		got, outcome := maskOne(t, m, c, in)
		if outcome != Masked || !strings.HasPrefix(got, "{column:c,table:public.customers,type:text,understudy:1,with:[country,age]}|{key:") ||
			!strings.HasSuffix(got, ",value:Jane Roe,with:[de,null]}|one argument") {
			t.Errorf("%q, outcome %d, %s", got, outcome, in.Failure)
		}
		again, _ := maskOne(t, m, c, in)
		if again != got {
			t.Errorf("%q, then %q: the key is not the subject's", got, again)
		}
	}
	for typ, want := range map[string]string{"int4": "7", "numeric": "7.50", "float8": "0.5", "bool": "t", "date": "2024-02-29", "uuid": "018f3c2e-7b1a-4cde-8f00-0123456789ab", "mood": "ok", "timestamptz": "2024-02-29 10:20:30+00", "jsonb": `{"a": 1}`} {
		value := `"` + strings.ReplaceAll(want, `"`, `\"`) + `"`
		if typ == "int4" || typ == "numeric" || typ == "float8" {
			value = want
		}
		fixed := script(t, "read -r hello\nwhile read -r line; do printf '%s\\n' '{\"value\": "+strings.ReplaceAll(value, `\`, `\`)+"}'; done\n")
		for _, c := range both(column(typ)) {
			got, outcome := maskOne(t, compileMask(t, "command", c, command(fixed, nil), person42).New(), c, input(t, c, valuesFor(c)[0], "42", "1"))
			if got != want || outcome != Masked {
				t.Errorf("%s in wire %d: %q, outcome %d", typ, c.Wire, got, outcome)
			}
		}
	}
}

func TestCommandFails(t *testing.T) {
	t.Parallel()
	answers := func(line string) string {
		return script(t, "read -r hello\nwhile read -r line; do printf '%s\\n' '"+line+"'; done\n")
	}
	short := column("text")
	short.MaxChars = 3
	notNull := column("text")
	notNull.NotNull = true
	for name, tc := range map[string]struct {
		program string
		col     Column
		params  Params
		want    string
	}{
		"no JSON":         {answers("Jane"), column("text"), nil, "no line of JSON"},
		"no value":        {answers("{}"), column("text"), nil, "no line of JSON"},
		"an error":        {answers(`{"error": "Jane is unknown"}`), column("text"), nil, "answered with an error"},
		"too long":        {answers(`{"value": "abcd"}`), short, nil, "does not fit"},
		"another type":    {answers(`{"value": "abcd"}`), column("int4"), nil, "does not fit"},
		"null":            {answers(`{"value": null}`), notNull, nil, "NOT NULL"},
		"an exit":         {script(t, "read -r hello\nread -r line\nexit 3\n"), column("text"), nil, "has exited"},
		"an exit at once": {script(t, "exit 3\n"), column("text"), nil, "has exited"},
		"too slow":        {script(t, "read -r hello\nread -r line\nexec sleep 60\n"), column("text"), Params{"timeout": int64(1)}, "no answer within 1s"},
		"too many exits":  {script(t, "exit 0\n"), column("text"), Params{"restarts": int64(2)}, "has exited"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := input(t, tc.col, valuesFor(tc.col)[1], "42", "1")
			out, outcome := compileMask(t, "command", tc.col, command(tc.program, tc.params), person42).New().Append(nil, in)
			if outcome != Failed || len(out) > 0 || !strings.Contains(in.Failure, tc.want) || strings.Contains(in.Failure, "Jane") {
				t.Errorf("outcome %d, %q, want %q", outcome, in.Failure, tc.want)
			}
		})
	}
	testRefusals(t, "command", []refusal{
		{"no program", column("text"), Params{"command": []string{}}, BySubject, "names no program"},
		{"a long time-out", column("text"), Params{"command": []string{"x"}, "timeout": int64(601)}, BySubject, "between 1 and 600"},
	})
	if _, err := Find("command").Compile(column("text"), Params{"command": []string{"/nowhere/program"}}, Binding{Keyed: BySubject, Keys: testRing}); err == nil || !strings.Contains(err.Error(), "no such program") {
		t.Error(err)
	}
}

// A program that exits after each answer is started again, as often as allowed;
// workers at the same time have one each.
func TestCommandRestartsAndWorkers(t *testing.T) {
	t.Parallel()
	once := script(t, `read -r hello
read -r line
printf '{"value": "%s"}\n' "$$"
`)
	m := compileMask(t, "command", column("text"), command(once, Params{"restarts": int64(1)}), person42).New()
	for i := range 3 {
		in := input(t, column("text"), "x", "42", "1")
		if out, outcome := m.Append(nil, in); outcome != Masked {
			t.Fatalf("value %d: %s %q", i, in.Failure, out)
		}
	}
	steady := script(t, `read -r hello
while read -r line; do printf '{"value": "%s"}\n' "$$"; done
`)
	compiled := compileMask(t, "command", column("text"), command(steady, nil), person42)
	var mu sync.Mutex
	seen := map[string]bool{}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			m := compiled.New()
			for i := range 100 {
				out, outcome := m.Append(nil, &Input{Value: fmt.Append(nil, i), Subject: []byte("1")})
				if outcome != Masked {
					t.Error(outcome)
				}
				mu.Lock()
				seen[string(out)] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) > 3 {
		t.Errorf("%d programs for 3 workers", len(seen))
	}
}
