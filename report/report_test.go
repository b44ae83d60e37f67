package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite golden files")

func sample() *Run {
	return &Run{
		SchemaVersion: SchemaVersion, Tool: "v0", ID: "r1", Project: "shop", Staging: "shop_staging",
		Started: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Seconds: 75.2, Outcome: Published, Generation: 42,
		Source: Source{Server: "15.18", SnapshotTime: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC), SnapshotLSN: "0/16B3748"},
		Policy: Policy{Hash: "abc", KeyFingerprint: "01234567", Determinism: "stable", MaskCatalog: 1},
		Stages: []Stage{{"preflight", 0.2}, {"data", 61.04}},
		Gates:  []Gate{{"policy covers every table and column", true}, {"every rule changes something", true}},
		Tables: []Table{
			{Name: "public.customers", Rows: 1234567, Bytes: 99, Mode: "frozen", Columns: []Column{
				{Name: "id", Mask: "keep"},
				{Name: "email", Mask: "email", KeyedBy: "value in person.email", Counted: true, Changed: 1234000, Same: 67, Nulls: 500, Replaced: 2},
			}},
			{Name: "public.sessions", Mode: "structure only"},
		},
		Totals:   Totals{Tables: 2, Rows: 1234567, Bytes: 5 << 30},
		Skipped:  []Skipped{{"subscription up", "would act from staging"}},
		Swap:     &Swap{Milliseconds: 12},
		Warnings: []string{"something"},
	}
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"run.txt":  func(b *bytes.Buffer) error { return sample().WriteText(b) },
		"run.json": func(b *bytes.Buffer) error { return sample().WriteJSON(b) },
		"failed.txt": func(b *bytes.Buffer) error {
			r := sample()
			r.Outcome, r.Tables, r.Swap = Failed, nil, nil
			r.Error = &Failure{ExitCode: 4, Message: "no"}
			return r.WriteText(b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", name)
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), b.String()); d != "" {
				t.Errorf("differs from %s (-want +got):\n%s", path, d)
			}
		})
	}
}

func TestJSONRoundTrip(t *testing.T) {
	var b bytes.Buffer
	if err := sample().WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var got Run
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(*sample(), got); d != "" {
		t.Error(d)
	}
}

func TestUnits(t *testing.T) {
	for got, want := range map[string]string{
		Count(0): "0", Count(999): "999", Count(1000): "1,000", Count(-1234567): "-1,234,567",
		Bytes(1023): "1023 B", Bytes(1536): "1.5 KiB", Bytes(5 << 40): "5.0 TiB",
		Seconds(0.0123): "12ms", Seconds(12.345): "12.3s", Seconds(250): "4m10s",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
