// Package fault is a failure as a value: what kind it is, where it happened,
// what went wrong and what the reader can do next. Every package of understudy
// reports refusals and failures this way; only the command line turns the kind
// into an exit code. A fault never holds a row value, a key or a password.
package fault

import (
	"errors"
	"fmt"
)

// Kind says who has to act on a failure. It decides the exit code.
type Kind int

const (
	Other        Kind = iota // exit 1: a bug of ours, or nothing better known
	Usage                    // exit 2: command line or configuration
	Policy                   // exit 3: policy gap or drift
	Preflight                // exit 4: privileges, version, target is source, space
	Data                     // exit 5: masking or data
	Migration                // exit 6: a migration rehearsal failed
	Verification             // exit 7: a leak or verification gate
	SwapRefused              // exit 9: staging's sessions would not leave
	Busy                     // exit 10: another run holds the lock
	Transient                // exit 75: a retry helps
)

var names = map[Kind]string{
	Other: "other", Usage: "usage", Policy: "policy", Preflight: "preflight", Data: "data", Migration: "migration",
	Verification: "verification", SwapRefused: "swap refused", Busy: "busy", Transient: "transient",
}

// String is the kind's name as reports write it.
func (k Kind) String() string { return names[k] }

// Error is one failure.
type Error struct {
	Kind  Kind
	Where string // file:line:column, or schema.table.column; empty where it adds nothing
	Msg   string // what was attempted and what went wrong, lower case
	Hint  string // a next step, ideally a command to paste; may be empty
	Err   error  // cause, already free of row values; may be nil
}

func (e *Error) Error() string {
	s := e.Msg
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// New makes an error of the given kind.
func New(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// Wrap adds what was attempted to a cause. The cause must be free of row
// values; errors of PostgreSQL go through catalog.Redact first.
func Wrap(kind Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...), Err: err}
}

// At returns e with its place set.
func (e *Error) At(where string) *Error { e.Where = where; return e }

// WithHint returns e with its next step set.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// KindOf is the kind of the outermost fault in err, Other if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Other
}

// Is tells whether the outermost fault in err is of the given kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
