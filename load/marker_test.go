package load

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMarkerReadsBack(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	m := marker{
		Version: markerVersion, Project: `o'hara "&" \co`, Staging: "größe", Run: "r", Generation: 7, Role: Previous,
		OID: 4_000_000_000, Created: at, Snapshot: &at, LSN: "0/1", Published: &at, Retired: &at, Comment: "theirs\n'",
	}
	got := parseMarker(m.String())
	if got == nil {
		t.Fatal("not recognised")
	}
	if diff := cmp.Diff(m, *got); diff != "" {
		t.Error(diff)
	}
}

func TestOtherCommentsAreNoMarkers(t *testing.T) {
	for _, c := range []string{"", "our staging", "{}", `{"understudy":2,"project":"shop"}`, `{"understudy":1`, `{"understudy":1,"generation":-1}`, `[1]`} {
		if parseMarker(c) != nil {
			t.Errorf("%q passes for a marker", c)
		}
	}
}
