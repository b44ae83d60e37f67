package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/archive"
)

func entries() []*archive.Entry {
	return []*archive.Entry{
		{ID: 3, Tag: "ENCODING", Desc: "ENCODING", Section: archive.PreData, Defn: "SET client_encoding = 'UTF8';\n"},
		{ID: 7, TableOID: 1259, OID: 16384, Tag: "odd \"name\"\n", Desc: "TABLE", Section: archive.PreData,
			Defn: "CREATE TABLE x ();", DropStmt: "DROP TABLE x;", Namespace: "public", TableAM: "heap", Owner: "o"},
		{ID: 9, TableOID: 1259, OID: 4294967295, Tag: "i", Desc: "INDEX", Section: archive.PostData, Namespace: "public", Deps: []int{7, 7, 12}},
		{ID: 10, Tag: "TABLE x", Desc: "COMMENT", Section: archive.None, Deps: []int{7}},
		{ID: 11, Tag: "x", Desc: "TABLE DATA", Section: archive.Data, Deps: []int{7}},
	}
}

func TestReadEveryFormat(t *testing.T) {
	t.Parallel()
	for minor := 14; minor <= 16; minor++ {
		t.Run(fmt.Sprintf("1.%d", minor), func(t *testing.T) {
			t.Parallel()
			want := entries()
			if minor >= 16 {
				want[1].RelKind = 'r'
			}
			a, err := archive.Read(iotest.OneByteReader(bytes.NewReader(encode(minor, want...))))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, a.Entries); d != "" {
				t.Error(d)
			}
			head := archive.Archive{Version: fmt.Sprintf("1.%d", minor), ServerVersion: "17.2", DumpVersion: "17.5", Database: "shop"}
			if d := cmp.Diff(head, *a, cmpopts.IgnoreFields(archive.Archive{}, "Entries"), cmpopts.IgnoreUnexported(archive.Archive{})); d != "" {
				t.Error(d)
			}
			if a.Entry(9) != a.Entries[2] || a.Entry(12) != nil {
				t.Error("look-up by dump ID is wrong")
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	whole := encode(14, entries()...)
	patched := func(offset int, b ...byte) []byte {
		out := bytes.Clone(whole)
		copy(out[offset:], b)
		return out
	}
	body := len(encode(14)) // where the first entry begins
	for _, c := range []struct {
		name string
		in   []byte
		kind fault.Kind
		want string
	}{
		{"nothing", nil, fault.Transient, "ends too soon"},
		{"plain SQL", []byte("--\n-- PostgreSQL database dump\n--\n"), fault.Other, "not a pg_dump archive in custom format"},
		{"too old", encode(13, entries()...), fault.Preflight, "format 1.13, which is not supported; formats 1.14 to 1.16 are, as pg_dump 12 to 18"},
		{"too new", encode(17, entries()...), fault.Preflight, "format 1.17"},
		{"other format", patched(10, 3), fault.Other, "format 3 is not the custom format"},
		{"wide integers", patched(8, 16), fault.Other, "integers of 16"},
		{"cut in the header", whole[:9], fault.Transient, "in its header"},
		{"cut in an entry", whole[:len(whole)-3], fault.Transient, "entry 5 of 5"},
		{"many entries", patched(body-4, 0xff, 0xff, 0xff, 0x7f), fault.Other, "2147483647 entries"},
		{"negative count", patched(body-5, 1), fault.Other, "-5 entries"},
		{"integer out of range", patched(body-4, 0xff, 0xff, 0xff, 0xff), fault.Other, "out of range"},
		{"same ID twice", encode(14, entries()[0], entries()[0]), fault.Other, "dump ID 3 is there twice"},
		{"no ID", encode(14, &archive.Entry{}), fault.Other, "dump ID 0"},
		{"no section", encode(14, &archive.Entry{ID: 1, Tag: "x", Desc: "TABLE"}), fault.Other, "entry 1 of 1 (\"TABLE\" x): section 0"},
		{"huge text", append(bytes.Clone(whole[:body]), 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x1f), fault.Other, "a text of 536870911 bytes"},
		{"text longer than the file", append(bytes.Clone(whole[:body]), 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x0f), fault.Transient, "ends too soon"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := archive.Read(bytes.NewReader(c.in))
			if err == nil || !strings.Contains(err.Error(), c.want) || fault.KindOf(err) != c.kind {
				t.Errorf("got %v (kind %d), want %q of kind %d", err, fault.KindOf(err), c.want, c.kind)
			}
		})
	}
}

func TestReadPassesOnTheReadersError(t *testing.T) {
	t.Parallel()
	cause := errors.New("pg_dump: exit status 1")
	whole := encode(16, entries()...)
	for _, n := range []int{0, 20, len(whole)} {
		_, err := archive.Read(io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(cause)))
		if !errors.Is(err, cause) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// What we read of a real archive is what pg_restore reads of it.
func TestReadAgreesWithPgRestore(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	rich, err := os.ReadFile("../schema/testdata/rich.sql")
	if err != nil {
		t.Fatal(err)
	}
	role, _ := server.Role(t, "NOLOGIN")
	sql := strings.NewReplacer("{{reader}}", role, "{{writer}}", role).Replace(string(rich))
	// A database with a subscription would not let itself be dropped.
	raw, err := exec.Command(server.PgDump(t), "-Fc", "-d", server.Database(t, sql, "DROP SUBSCRIPTION sub")).Output()
	if err != nil {
		t.Fatal(err)
	}
	a, err := archive.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(a.Entries, func(e *archive.Entry) bool { return e.HasData }) {
		t.Error("the archive has no data to read past")
	}
	file := t.TempDir() + "/rich.dump"
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	listing, err := exec.Command(server.Programs(t).Path("pg_restore"), "-l", "-v", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for line := range strings.Lines(string(listing)) {
		if line = strings.TrimRight(line, "\n"); line != "" && (line[0] != ';' || strings.HasPrefix(line, ";\tdepends on:")) {
			want = append(want, line)
		}
	}
	flat := strings.NewReplacer("\n", " ", "\r", " ")
	for _, e := range a.Entries {
		schema := e.Namespace
		if schema == "" {
			schema = "-"
		}
		got = append(got, fmt.Sprintf("%d; %d %d %s %s %s %s", e.ID, e.TableOID, e.OID, e.Desc, flat.Replace(schema), flat.Replace(e.Tag), e.Owner))
		if len(e.Deps) > 0 {
			deps := make([]string, len(e.Deps))
			for i, id := range e.Deps {
				deps[i] = strconv.Itoa(id)
			}
			got = append(got, ";\tdepends on: "+strings.Join(deps, " "))
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("pg_restore -l (-) and we (+) differ:\n%s", d)
	}
	if !regexp.MustCompile(`^1\.1[456]$`).MatchString(a.Version) || a.Database == "" || a.ServerVersion == "" || a.DumpVersion == "" {
		t.Errorf("header: %+v", a)
	}
	if len(a.Entries) < 200 {
		t.Errorf("only %d entries", len(a.Entries))
	}
}

func FuzzRead(f *testing.F) {
	for minor := 13; minor <= 17; minor++ {
		f.Add(encode(minor, entries()...))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		a, err := archive.Read(bytes.NewReader(in))
		if (a == nil) == (err == nil) {
			t.Fatalf("archive %v, error %v", a, err)
		}
		if err != nil {
			if len(err.Error()) > 2000 {
				t.Errorf("error of %d bytes", len(err.Error()))
			}
			return
		}
		for _, e := range a.Entries {
			if e.ID <= 0 || a.Entry(e.ID) != e {
				t.Errorf("entry %d is not found by its ID", e.ID)
			}
		}
	})
}
