package serve

import (
	"testing"
	"time"

	"github.com/understudy-db/understudy/policies"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, cron, zone, after, want string }{
		{"every night", "30 3 * * *", "UTC", "2026-11-26T10:00:00Z", "2026-11-27T03:30:00Z"},
		{"a tick is no tick after itself", "30 3 * * *", "UTC", "2026-11-27T03:30:00Z", "2026-11-28T03:30:00Z"},
		{"in its zone", "30 3 * * *", "Europe/Berlin", "2026-11-26T10:00:00Z", "2026-11-27T02:30:00Z"},
		{"left out in spring", "30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"},
		{"the day after spring", "30 2 * * *", "Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"},
		{"twice in autumn: the first", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"},
		{"twice in autumn: not again", "30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		{"every hour goes on", "30 * * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
		{"day of month or of week", "0 3 13 * 5", "UTC", "2026-11-26T10:00:00Z", "2026-11-27T03:00:00Z"}, // a Friday
		{"every quarter of an hour", "*/15 * * * *", "UTC", "2026-11-26T10:01:00Z", "2026-11-26T10:15:00Z"},
	} {
		s, err := NewSchedule(policies.ScheduleSettings{Cron: c.cron, Timezone: c.zone}, "shop")
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(at(t, c.after)); !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s instead of %s", c.name, got.UTC().Format(time.RFC3339), c.want)
		}
	}
}

// What passed while nobody was there is made up for once.
func TestDue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, notBefore, finishBy, last, now, want string }{
		{"in time", "", "", "2026-11-26T03:30:05Z", "2026-11-26T10:00:00Z", "2026-11-27T03:30:00Z"},
		{"three nights missed", "", "", "2026-11-23T03:30:05Z", "2026-11-26T10:00:00Z", "2026-11-26T10:00:00Z"},
		{"made up for", "", "", "2026-11-26T10:00:00Z", "2026-11-26T10:20:00Z", "2026-11-27T03:30:00Z"},
		{"missed, at night only", "01:00", "06:00", "2026-11-23T03:30:05Z", "2026-11-26T10:00:00Z", "2026-11-27T01:00:00Z"},
		{"missed, at night only, and it is night", "01:00", "06:00", "2026-11-23T03:30:05Z", "2026-11-26T02:00:00Z", "2026-11-26T02:00:00Z"},
		{"missed, over midnight", "22:00", "06:00", "2026-11-23T03:30:05Z", "2026-11-26T23:00:00Z", "2026-11-26T23:00:00Z"},
		{"the clock was set back", "", "", "2026-11-26T03:30:05Z", "2026-11-25T10:00:00Z", "2026-11-27T03:30:00Z"},
	} {
		s, err := NewSchedule(policies.ScheduleSettings{Cron: "30 3 * * *", Timezone: "UTC", NotBefore: c.notBefore, MustFinishBy: c.finishBy}, "shop")
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Due(at(t, c.last), at(t, c.now)); !got.Equal(at(t, c.want)) {
			t.Errorf("%s: %s instead of %s", c.name, got.UTC().Format(time.RFC3339), c.want)
		}
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	s, err := NewSchedule(policies.ScheduleSettings{Cron: "30 3 * * *", Timezone: "UTC", NotBefore: "22:00", MustFinishBy: "06:00"}, "shop")
	if err != nil {
		t.Fatal(err)
	}
	for now, want := range map[string]string{"2026-11-26T23:00:00Z": "2026-11-27T06:00:00Z", "2026-11-26T03:30:00Z": "2026-11-26T06:00:00Z"} {
		if got := s.Deadline(at(t, now)); !got.Equal(at(t, want)) {
			t.Errorf("from %s: %s", now, got)
		}
	}
}

// Jitter is the same for all instances, differs between projects, and never
// makes a tick come twice or not at all.
func TestJitter(t *testing.T) {
	t.Parallel()
	settings := policies.ScheduleSettings{Cron: "*/10 * * * *", Timezone: "UTC", Jitter: 9 * time.Minute}
	a, err := NewSchedule(settings, "a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewSchedule(settings, "b")
	if err != nil {
		t.Fatal(err)
	}
	now, differ, n := at(t, "2026-11-26T00:00:00Z"), false, 0
	for end := now.Add(24 * time.Hour); now.Before(end); n++ {
		next := a.Next(now)
		if again := a.Next(now); !next.Equal(again) || !next.After(now) {
			t.Fatalf("after %s: %s, then %s", now, next, again)
		}
		differ = differ || !next.Equal(b.Next(now))
		now = next
	}
	if !differ || n < 143 || n > 145 {
		t.Errorf("%d ticks in a day; projects differ: %v", n, differ)
	}
}

func TestWrongSchedules(t *testing.T) {
	t.Parallel()
	for _, c := range []policies.ScheduleSettings{
		{Cron: "61 3 * * *", Timezone: "UTC"}, {Cron: "30 3 * *", Timezone: "UTC"}, {Cron: "30 3 * * *", Timezone: "Mars/Olympus"},
		{Cron: "30 3 * * *", Timezone: "UTC", NotBefore: "25:00"}, {Cron: "30 3 * * *", Timezone: "UTC", MustFinishBy: "late"},
	} {
		if _, err := NewSchedule(c, "shop"); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
