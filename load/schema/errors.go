package schema

import (
	"context"
	"errors"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// SQLSTATEs that are decided by.
const (
	stateUndefinedObject       = "42704"
	stateDuplicateSchema       = "42P06"
	stateInsufficientPrivilege = "42501"
	stateInvalidFunction       = "42P13"
	stateTooManyConnections    = "53300"
	stateDiskFull              = "53100"
	stateDeadlock              = "40P01"
	stateUnique                = "23505"
	stateExclusion             = "23P01"
	stateInvalidParameter      = "22023"
	stateForeignKey            = "23503"
	stateNotPopulated          = "55000"
	stateDependents            = "2BP01"
	stateNoSchema              = "3F000"
	stateRaised                = "P0001"
)

// phase is when a definition failed. It decides whose fault that is.
type phase int

const (
	beforeData phase = iota // nothing of the data is there: the target is to blame
	afterData
)

// failed turns the server's error into one to show: free of row values, with
// the kind that says who has to act. What names the step, e.g. "create index
// public.x".
func failed(ctx context.Context, when phase, err error, what string) error {
	var already *fault.Error
	if errors.As(err, &already) {
		return fault.Wrap(already.Kind, err, "%s", what).WithHint("%s", already.Hint)
	}
	if cause := ctx.Err(); cause != nil {
		// The context's cause is what the caller wants to see, not how the
		// connection put it.
		return fault.Wrap(fault.Other, cause, "%s", what)
	}
	state, safe := catalog.SQLState(err), catalog.Redact(err)
	if when == afterData { // indexes, constraints and views compute something of rows
		safe = catalog.RedactEvaluated(err)
	}
	wrap := func(k fault.Kind) *fault.Error { return fault.Wrap(k, safe, "%s", what) }
	switch {
	case catalog.Transient(err):
		return wrap(fault.Transient)
	case state == stateDiskFull:
		return wrap(fault.Preflight).WithHint("make room on the target; `understudy status` lists what its generations take")
	case state == stateUnique, state == stateExclusion:
		return wrap(fault.Data).WithHint("masked values collide, or the source's own rows break it where its columns are kept: `understudy explain TABLE.COLUMN` shows the rule of each column")
	case state == stateForeignKey:
		return wrap(fault.Data).WithHint("both ends of the key need the same rule, and kept rows need the rows they refer to; where both are kept whole, the source's rows break the key, too")
	case when == beforeData && state == stateInvalidParameter:
		// No row is involved: an option of a table or column that is unknown here.
		// Minor versions of servers have them, which only a pg_dump of theirs hides.
		return wrap(fault.Preflight).WithHint("the definition has an option that the target does not know: use a pg_dump of the source's own version, minor version included (tools.pg_dump), " +
			"bring the target up to date, or name the object under unsupported to leave it out")
	case strings.HasPrefix(state, "54"):
		return wrap(fault.Data).WithHint("values are too long for it, or compress less than the source's: give the column a mask with shorter values, or name the object under unsupported")
	case strings.HasPrefix(state, "22"), strings.HasPrefix(state, "23"):
		return wrap(fault.Data)
	case state == stateInsufficientPrivilege:
		return wrap(fault.Preflight).WithHint("have an administrator prepare it in a template (target.template), or name it under unsupported")
	case state == stateRaised:
		return wrap(fault.Preflight).WithHint("a function of the schema, or an event trigger that an extension brings, does not let it pass; name the object or the extension under unsupported to leave it out")
	case when == beforeData && state != "", strings.HasPrefix(state, "42"), strings.HasPrefix(state, "0A"):
		return wrap(fault.Preflight).WithHint("the target does not take this definition; name it under unsupported to leave it out")
	}
	return wrap(fault.Other)
}
