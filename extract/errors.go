package extract

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// VoidError says that the snapshot can no longer be used, for one table or at
// all: no chunk will ever succeed again, and the run has to start again with a
// new snapshot. It is a fault of kind Transient.
type VoidError struct {
	Table catalog.Name // zero when the snapshot itself is lost
	What  string       // what happened, in words
	Hint  string       // what helps if it happens again

	Conflict bool // a standby took the rows away, because of a conflict with recovery
}

func (e *VoidError) Error() string {
	if e.Table == (catalog.Name{}) {
		return "the snapshot is lost: " + e.What
	}
	return fmt.Sprintf("%s %s since the snapshot was taken", e.Table, e.What)
}

// Unwrap makes the kind and the hint visible to package fault.
func (e *VoidError) Unwrap() error {
	return &fault.Error{Kind: fault.Transient, Msg: e.Error(), Hint: e.Hint}
}

// recoveryConflict is what a standby does to readers whose rows vacuum has
// removed on the primary.
func recoveryConflict(what string) *VoidError {
	return &VoidError{
		What:     what,
		Conflict: true,
		Hint:     "on the standby, set hot_standby_feedback = on, or max_standby_streaming_delay to more than the time of a run (-1 waits for ever); or read from the primary",
	}
}

// ending is the one way in which a Source comes to its end: the first cause
// wins and every reader sees it.
type ending struct {
	done chan struct{}
	once sync.Once
	err  error // set before done is closed
}

func newEnding() *ending { return &ending{done: make(chan struct{})} }

func (e *ending) with(err error) {
	e.once.Do(func() {
		e.err = err
		close(e.done)
	})
}

// cause is why the Source has ended, nil while it has not.
func (e *ending) cause() error {
	select {
	case <-e.done:
		return e.err
	default:
		return nil
	}
}

// after ends the Source with err when d has passed. It returns early when the
// Source ends otherwise.
func (e *ending) after(d time.Duration, err error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-e.done:
	case <-timer.C:
		e.with(err)
	}
}

// bind makes a context that is also cancelled, with the cause, when the Source
// ends. stop frees what that needs.
func (e *ending) bind(ctx context.Context) (_ context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-e.done:
			cancel(e.err)
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		cancel(nil)
		<-gone
	}
}

// SQLSTATEs that decide what happens next.
const (
	stateTooManyConnections = "53300"
	stateInvalidParameter   = "22023" // unknown snapshot id, up to 17
	stateUndefinedObject    = "42704" // unknown snapshot id, from 18
	stateInsufficientRights = "42501"
	stateUndefinedTable     = "42P01"
	stateNotSupported       = "0A000"
	stateActiveTransaction  = "25001"
	stateReadOnly           = "25006"
	stateSerialization      = "40001"
	stateLockTimeout        = "55P03"
	stateQueryCanceled      = "57014"
	stateAdminShutdown      = "57P01"
)

// tooLong tells whether the server could not put a row together: it asked for
// more memory in one piece than it ever gives. The source file says so in every
// language.
func tooLong(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.File == "mcxt.c" && pg.Code == "XX000" || pg.File == "stringinfo.c" && pg.Code == "54000")
}

// explain turns the failure of work done by a reader into what the caller acts
// on. It must not be called for an error of the caller's own making.
func (s *Source) explain(ctx context.Context, r *reader, w work, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		if cause := s.end.cause(); cause != nil {
			return cause
		}
		return fmt.Errorf("%s: %w", w, context.Cause(ctx))
	}
	var void *VoidError
	var fragment *FragmentError
	if errors.As(err, &void) || errors.As(err, &fragment) {
		return err
	}
	state, clean := catalog.SQLState(err), catalog.Redact(err)
	if w.lock { // reads rows, through expressions of a policy
		clean = catalog.RedactEvaluated(err)
	}
	if by := r.yieldedTo(); by != nil && (state == stateQueryCanceled || state == stateAdminShutdown || state == "") {
		return fault.New(fault.Transient, "%s: gave way to %s, which had waited for %s", w, by.who(), by.Waited.Round(time.Millisecond))
	}
	if state == stateSerialization {
		return recoveryConflict(fmt.Sprintf("%s: the standby cancelled it because of a conflict with recovery", w))
	}
	var known *fault.Error
	if errors.As(clean, &known) && known.Kind != fault.Other && state != stateLockTimeout {
		return fault.Wrap(known.Kind, clean, "%s", w).WithHint("%s", known.Hint)
	}
	if changed := s.changed(ctx, w.tables()); changed != nil {
		return changed
	}
	switch {
	case tooLong(err):
		return fault.Wrap(fault.Data, clean, "%s: PostgreSQL sends no row that is longer than 1 GB", w).
			WithHint("as text a bytea takes twice its size, and a table with a column of a reg* type travels as text: give the large column, or that one, a rule such as sql or null, or leave the rows out by rows: {where: …}")
	case state == stateQueryCanceled:
		return fault.Wrap(fault.Transient, clean, "%s: cancelled on the server", w)
	case state == stateLockTimeout:
		return s.locked(ctx, w, clean)
	case state == stateInsufficientRights:
		return fault.Wrap(fault.Preflight, clean, "%s", w).WithHint("`understudy doctor` prints the GRANTs that are missing")
	case state == stateNotSupported && s.snap.Standby:
		return fault.Wrap(fault.Preflight, clean, "%s: not possible on a standby", w).
			WithHint("unlogged tables have no rows on a standby: give them rows: none, or read from the primary")
	case catalog.Transient(clean), len(state) == 5 && state[:2] == "53":
		return fault.Wrap(fault.Transient, clean, "%s", w)
	case len(state) == 5 && (state[:2] == "22" || state[:2] == "23" || state[:2] == "54" || state[:2] == "P0" || state[:2] == "XX"):
		return fault.Wrap(fault.Data, clean, "%s", w)
	}
	kind := fault.Other
	switch {
	case state == stateReadOnly:
		return fault.Wrap(fault.Policy, clean, "%s: SQL of the policy tries to write", w)
	case len(state) == 5 && state[:2] == "42", state == stateNotSupported && w.lock:
		kind = fault.Policy // SQL that was valid when it was prepared
	}
	return fault.Wrap(kind, clean, "%s", w)
}
