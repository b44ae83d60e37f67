package load

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// SQLSTATEs that the target side decides by.
const (
	stateTooManyConnections    = "53300"
	stateObjectInUse           = "55006"
	stateDuplicateDatabase     = "42P04"
	stateNoDatabase            = "3D000"
	stateUniqueViolation       = "23505"
	stateInsufficientPrivilege = "42501"
	stateDiskFull              = "53100"
	stateRowTooBig             = "54000"
	stateQueryCanceled         = "57014"
	stateInternal              = "XX000"
)

// failed turns an error of the target server into one to show: row values
// gone, and the kind that says who has to act.
func (s *Server) failed(err error, format string, args ...any) error {
	return s.failure(err, catalog.Redact(err), fmt.Sprintf(format, args...))
}

// failed is Server.failed for statements that evaluate expressions of the
// schema over rows: domains, constraints, generated columns, indexes.
func (b *Build) failed(err error, format string, args ...any) error {
	return b.s.failure(err, catalog.RedactEvaluated(err), fmt.Sprintf(format, args...))
}

func (s *Server) failure(err, safe error, what string) error {
	var already *fault.Error
	if errors.As(err, &already) {
		return fault.Wrap(already.Kind, err, "%s", what).WithHint("%s", already.Hint)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", what, err)
	}
	state := catalog.SQLState(err)
	switch {
	case state == stateDiskFull:
		return fault.Wrap(fault.Preflight, safe, "%s: the target's disk is full", what).
			WithHint("make room on the target; `understudy status` lists what its generations take")
	case state == stateInsufficientPrivilege:
		return fault.Wrap(fault.Preflight, safe, "%s", what).
			WithHint("`understudy doctor` prints the grants that %s needs", catalog.Display(s.facts.user))
	case catalog.Transient(err):
		return fault.Wrap(fault.Transient, safe, "%s", what)
	case dataState(state):
		return fault.Wrap(fault.Data, safe, "%s", what)
	}
	return fault.Wrap(fault.Other, safe, "%s", what)
}

// cannotWrite tells that copying a database failed for want of room, or of what
// the server does not tell us: a checkpoint that fails on a full disk is an
// internal error which refers to the server's log.
func cannotWrite(err error) bool {
	state := catalog.SQLState(err)
	return state == stateDiskFull || state == stateInternal || strings.HasPrefix(state, "58")
}

// dataState tells whether the rows are to blame: data exceptions, violated
// constraints, a row that fits no page.
func dataState(state string) bool {
	return len(state) == 5 && (state[:2] == "22" || state[:2] == "23" || state == stateRowTooBig)
}

// missingState tells whether something that a name means is not there: a
// schema, function, relation, or another object.
func missingState(state string) bool {
	switch state {
	case "3F000", "42883", "42P01", "42704":
		return true
	}
	return false
}
