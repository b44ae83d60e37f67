// Package serve is the long-running form: it refreshes on a schedule, says how
// it is, and tells others. It runs refreshes as processes of their own and has
// no state but what the target server holds.
package serve

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/netresearch/go-cron"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
)

// Schedule says when refreshes begin. It is a value and keeps no time.
type Schedule struct {
	ticks     cron.Schedule
	zone      *time.Location
	jitter    time.Duration
	salt      string        // what the jitter is drawn from besides the tick
	notBefore time.Duration // of the day; runs that are late do not begin before
	finishBy  time.Duration // of the day, after which a run is stopped; negative: no end
	hourly    bool          // ticks by the hour go on through the hour that comes twice
}

// NewSchedule reads a configuration's; errors are of kind Usage.
func NewSchedule(c policies.ScheduleSettings, project string) (*Schedule, error) {
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return nil, fault.New(fault.Usage, "there is no time zone %q", c.Timezone).At("schedule.timezone")
	}
	// As in POSIX, a day matches either field where both are given.
	parser := cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.DowOrDom)
	ticks, err := parser.Parse("CRON_TZ=" + c.Timezone + " " + c.Cron)
	if err != nil {
		return nil, fault.New(fault.Usage, "%v", err).At("schedule.cron").
			WithHint("five fields: minute, hour, day of month, month, day of week; 30 3 * * * is half past three every night")
	}
	hours := strings.Fields(c.Cron)[1]
	s := &Schedule{ticks: ticks, zone: zone, jitter: c.Jitter, salt: project, finishBy: -1, hourly: strings.HasPrefix(hours, "*")}
	if s.notBefore, err = timeOfDay(c.NotBefore, 0); err != nil {
		return nil, fault.New(fault.Usage, "%v", err).At("schedule.not_before")
	}
	if s.finishBy, err = timeOfDay(c.MustFinishBy, -1); err != nil {
		return nil, fault.New(fault.Usage, "%v", err).At("schedule.must_finish_by")
	}
	return s, nil
}

func timeOfDay(text string, without time.Duration) (time.Duration, error) {
	if text == "" {
		return without, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day: write it as 03:30", text)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// Next is the first tick after a moment, with its jitter. A tick in the hour
// that summer time leaves out comes an hour later by the clock; one in the hour
// that comes twice when summer time ends comes once, unless it comes every hour.
func (s *Schedule) Next(after time.Time) time.Time {
	// The tick's jitter may reach over the moment that is asked for.
	for t := s.ticks.Next(after.Add(-s.jitter - time.Second)); !t.IsZero(); t = s.ticks.Next(t) {
		if at := t.Add(s.delay(t)); at.After(after) && (s.hourly || !s.again(t)) {
			return at
		}
	}
	return time.Time{}
}

// again tells whether the clock showed this time a while ago already, before it
// was set back by half an hour, one or two.
func (s *Schedule) again(t time.Time) bool {
	const wall = "2006-01-02 15:04"
	for _, back := range []time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		if t.Add(-back).In(s.zone).Format(wall) == t.In(s.zone).Format(wall) {
			return true
		}
	}
	return false
}

// delay is the tick's jitter: the same for every instance of one project, and
// another one for another project.
func (s *Schedule) delay(tick time.Time) time.Duration {
	if s.jitter <= 0 {
		return 0
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", s.salt, tick.Unix())
	return time.Duration(h.Sum64() % uint64(s.jitter))
}

// Due is when a refresh has to begin that began last at a moment, seen from
// now: a tick that has passed meanwhile is made up for once, at once, or when
// the day's window opens.
func (s *Schedule) Due(last, now time.Time) time.Time {
	next := s.Next(last)
	if next.IsZero() {
		return next
	}
	if next.Before(now) {
		next = now
	}
	return s.within(next)
}

// within moves a moment to the opening of the window if it lies outside.
func (s *Schedule) within(at time.Time) time.Time {
	if s.open(at) {
		return at
	}
	day := at.In(s.zone)
	opens := s.on(day, s.notBefore)
	if opens.Before(at) {
		opens = s.on(day.AddDate(0, 0, 1), s.notBefore)
	}
	return opens
}

func (s *Schedule) open(at time.Time) bool {
	if s.finishBy < 0 {
		return !at.Before(s.on(at.In(s.zone), s.notBefore))
	}
	day := at.In(s.zone)
	opens, closes := s.on(day, s.notBefore), s.on(day, s.finishBy)
	if s.finishBy <= s.notBefore { // over midnight
		return !at.Before(opens) || at.Before(closes)
	}
	return !at.Before(opens) && at.Before(closes)
}

// Deadline is when a run that begins now has to be over; zero without an end.
func (s *Schedule) Deadline(now time.Time) time.Time {
	if s.finishBy < 0 {
		return time.Time{}
	}
	day := now.In(s.zone)
	end := s.on(day, s.finishBy)
	if !end.After(now) {
		end = s.on(day.AddDate(0, 0, 1), s.finishBy)
	}
	return end
}

// on is a time of day on a day of the schedule's zone.
func (s *Schedule) on(day time.Time, of time.Duration) time.Time {
	y, m, d := day.Date()
	return time.Date(y, m, d, int(of/time.Hour), int(of%time.Hour/time.Minute), 0, 0, s.zone)
}
