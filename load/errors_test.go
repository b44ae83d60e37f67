package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/internal/fault"
)

func TestKindsOfTargetErrors(t *testing.T) {
	s := &Server{facts: facts{user: "u"}}
	for code, want := range map[string]fault.Kind{
		"53100": fault.Preflight, "42501": fault.Preflight, "57P01": fault.Transient, "08006": fault.Transient,
		"53300": fault.Transient, "23505": fault.Data, "22001": fault.Data, "54000": fault.Data, "42P01": fault.Other, "XX000": fault.Other,
	} {
		err := s.failed(&pgconn.PgError{Code: code, Message: "m", Detail: secret}, "do %s", "it")
		if got := fault.KindOf(err); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
		if !strings.HasPrefix(err.Error(), "do it: ") || strings.Contains(said(err), secret) {
			t.Errorf("%s: %s", code, said(err))
		}
	}
	if err := s.failed(io.ErrUnexpectedEOF, "do it"); !fault.Is(err, fault.Transient) {
		t.Errorf("a lost link: %v", err)
	}
	if err := s.failed(fmt.Errorf("x: %w", context.Canceled), "do it"); !errors.Is(err, context.Canceled) || fault.Is(err, fault.Transient) {
		t.Errorf("a cancelled run: %v", err)
	}
	inner := fault.New(fault.Busy, "inner").WithHint("hint")
	if err := s.failed(inner, "do it"); !fault.Is(err, fault.Busy) || !strings.Contains(said(err), "hint") {
		t.Errorf("a fault: %v", err)
	}
}
