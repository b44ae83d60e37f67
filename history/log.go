package history

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// maxLines is how many lines of a run's log are kept, maxLine how long one is.
	maxLines = 20_000
	maxLine  = 2_000
)

// Line is one of a run's log. Like every log of ours it holds no row value.
type Line struct {
	N     int       `json:"n"` // counted from 1
	At    time.Time `json:"time"`
	Level string    `json:"level"`
	Text  string    `json:"text"`
}

// Log keeps the lines of a run until they are in the database. It is a
// slog.Handler; its other methods may be called beside it.
type Log struct {
	mu    *sync.Mutex
	lines *[]Line // not yet in the database
	n     *int
	text  *bytes.Buffer
	inner slog.Handler // writes attributes to text
	level slog.Level
}

// NewLog keeps lines of a level and above.
func NewLog(level slog.Level) *Log {
	l := &Log{mu: &sync.Mutex{}, lines: &[]Line{}, n: new(int), text: &bytes.Buffer{}, level: level}
	l.inner = slog.NewTextHandler(l.text, &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey, slog.LevelKey, slog.MessageKey, "run": // told otherwise
			if len(groups) == 0 {
				return slog.Attr{}
			}
		}
		return a
	}})
	return l
}

// Enabled is part of slog.Handler.
func (l *Log) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level }

// Handle is part of slog.Handler.
func (l *Log) Handle(ctx context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Reset()
	err := l.inner.Handle(ctx, r)
	l.add(r.Time, r.Level.String(), strings.TrimSpace(r.Message+" "+l.text.String()))
	return err
}

// WithAttrs is part of slog.Handler.
func (l *Log) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *l
	c.inner = l.inner.WithAttrs(attrs)
	return &c
}

// WithGroup is part of slog.Handler.
func (l *Log) WithGroup(name string) slog.Handler {
	c := *l
	c.inner = l.inner.WithGroup(name)
	return &c
}

// Warn keeps a warning that is told otherwise than by slog.
func (l *Log) Warn(msg string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.add(time.Now(), slog.LevelWarn.String(), msg)
}

// add is called under mu.
func (l *Log) add(at time.Time, level, text string) {
	switch *l.n++; {
	case *l.n > maxLines:
		return
	case *l.n == maxLines:
		level, text = slog.LevelWarn.String(), "the log is cut here"
	}
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + " …"
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
	*l.lines = append(*l.lines, Line{*l.n, at, level, text})
}

// Write moves lines into the database; those that it does not take stay for the
// next time.
func (l *Log) Write(ctx context.Context, s *Store, run string) error {
	l.mu.Lock()
	lines := (*l.lines)[:len(*l.lines):len(*l.lines)]
	l.mu.Unlock()
	if len(lines) == 0 || s.old {
		return nil
	}
	var n []int32
	var at []time.Time
	var level, text []string
	for _, x := range lines {
		n, at, level, text = append(n, int32(x.N)), append(at, x.At), append(level, x.Level), append(text, x.Text) //nolint:gosec // at most maxLines
	}
	if _, err := s.exec(ctx, `INSERT INTO understudy.log SELECT $1, * FROM unnest($2::int[], $3::timestamptz[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING`, run, n, at, level, text); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	*l.lines = (*l.lines)[len(lines):]
	return nil
}

// Lines are those of a run's log that come after one.
func (s *Store) Lines(ctx context.Context, run string, after int) (out []Line, err error) {
	if s.old {
		return nil, s.tooOld()
	}
	err = s.with(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT n, at, level, line FROM understudy.log WHERE run = $1 AND n > $2 ORDER BY n`, run, after)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (l Line, err error) {
			err = row.Scan(&l.N, &l.At, &l.Level, &l.Text)
			return l, err
		})
		return err
	})
	return out, err
}
