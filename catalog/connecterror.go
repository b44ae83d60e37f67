package catalog

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/internal/fault"
)

// connectError turns a failed attempt to connect into a fault whose text is
// built from what is known to be harmless.
func connectError(ctx context.Context, cfg *pgconn.Config, err error) error {
	where := shown(cfg)
	if cause := ctx.Err(); cause != nil {
		return fault.Wrap(fault.Other, cause, "connect to %s", where)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return refused(cfg, where, pg)
	}
	text := err.Error()

	var (
		unknownCA x509.UnknownAuthorityError
		badHost   x509.HostnameError
		badCert   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		dns       *net.DNSError
	)
	switch {
	case strings.Contains(text, "server refused TLS connection"):
		return fault.New(fault.Preflight, "connect to %s: the server offers no TLS", where).
			WithHint("turn TLS on at the server; if the network between is trusted, write sslmode=disable into the connection string")
	case errors.As(err, &badHost):
		return fault.New(fault.Preflight, "connect to %s: the server's certificate is for another host name", where).
			WithHint("use a host name that the certificate holds, or sslmode=verify-ca")
	case errors.As(err, &unknownCA):
		return fault.New(fault.Preflight, "connect to %s: the server's certificate is signed by an authority that is not trusted here", where).
			WithHint("give the authority's certificate: sslrootcert=FILE")
	case errors.As(err, &badCert), errors.As(err, &verify):
		return fault.New(fault.Preflight, "connect to %s: the server's certificate is not valid", where).
			WithHint("look at its dates and at sslrootcert")
	case errors.As(err, &record), errors.As(err, &alert), strings.Contains(text, "tls error: tls: "):
		return fault.New(fault.Preflight, "connect to %s: the server did not complete the TLS handshake", where).
			WithHint("check that the port is PostgreSQL's own and which client certificate the server asks for")
	case strings.Contains(text, "sslcertmode check failed"):
		return fault.New(fault.Preflight, "connect to %s: the server did not ask for the client certificate", where)
	case strings.Contains(text, "require_auth check failed"):
		return fault.New(fault.Preflight, "connect to %s: the server asks for another way to log in than require_auth allows", where)
	case strings.Contains(text, "channel binding check failed"):
		return fault.New(fault.Preflight, "connect to %s: the server does not support the channel binding that channel_binding=require demands", where)
	case (strings.Contains(text, "failed SASL auth") || strings.Contains(text, "failed GSS auth")) && !cut(err):
		return fault.New(fault.Preflight, "connect to %s: authentication failed", where)
	case strings.Contains(text, "read only connection"), strings.Contains(text, "connection is not read only"),
		strings.Contains(text, "standby mode"):
		return fault.New(fault.Transient, "connect to %s: no server in the state that target_session_attrs asks for", where)
	case errors.As(err, &dns):
		return fault.New(fault.Transient, "connect to %s: the host name %q cannot be resolved", where, dns.Name).
			WithHint("check its spelling and this machine's name service")
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" {
		return fault.New(fault.Transient, "connect to %s: %s", where, dialCause(op)).
			WithHint("check that the server runs, its listen_addresses and port, and firewalls between")
	}
	if pgconn.Timeout(err) {
		return fault.New(fault.Transient, "connect to %s: no answer in time", where).
			WithHint("check host, port and firewalls, or give a longer connect_timeout")
	}
	return fault.New(fault.Transient, "connect to %s: the connection was lost before the session began", where).
		WithHint("check that the port is PostgreSQL's own; the server's log may say more")
}

// cut tells of a connection that broke, whatever it was used for.
func cut(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || pgconn.Timeout(err)
}

// dialCause is the system's word for a failed dial, e.g. "connection refused".
func dialCause(op *net.OpError) string {
	if op.Timeout() {
		return "no answer in time"
	}
	inner := op.Err
	for {
		next := errors.Unwrap(inner)
		if next == nil {
			return inner.Error()
		}
		inner = next
	}
}

// refused explains a server's refusal. Messages of these classes name roles,
// databases and addresses, never a password.
func refused(cfg *pgconn.Config, where string, pg *pgconn.PgError) error {
	cause := redacted(pg, nil, quotesRows(pg))
	cause.Message = strings.TrimPrefix(cause.Message, "server closed the session: ")
	f := fault.Wrap(fault.Preflight, cause, "connect to %s", where)
	switch {
	case pg.Code == "28P01" && cfg.Password == "":
		return f.WithHint("no password was given: set PGPASSWORD, use a password file, or put it into the connection string")
	case pg.Code == "28P01":
		return f.WithHint("check the password of role %s and where it comes from: connection string, PGPASSWORD or password file", Display(cfg.User))
	case pg.Code == "28000":
		return f.WithHint("check that the role exists and may log in, and the server's pg_hba.conf")
	case pg.Code == "3D000":
		return f.WithHint("check the name: psql -l lists the databases")
	case pg.Code == "42501":
		return f.WithHint("as its owner: GRANT CONNECT ON DATABASE %s TO %s", QuoteIdent(cfg.Database), QuoteIdent(cfg.User))
	case pg.Code == "55000":
		return f.WithHint("the database does not allow connections: see datallowconn in pg_database")
	case pg.Code == "08P01" && strings.Contains(pg.Message, "unsupported startup parameter"):
		return f.WithHint("there is a connection pooler in between: connect to the server itself")
	case pg.Code == "42704" && strings.Contains(pg.Message, newestStartupSetting):
		return fault.New(fault.Preflight, "connect to %s: the server is older than PostgreSQL 14", where).
			WithHint("PostgreSQL 14 to 18 are supported")
	case pg.Code == "53300":
		f.Kind = fault.Transient
		return f.WithHint("the server, the database or the role has no connection left: lower source.connections, or raise the limit")
	case transientState(pg.Code):
		f.Kind = fault.Transient
	}
	return f
}

// setupError is for failures after the login, while the session is prepared.
func setupError(ctx context.Context, cfg *pgconn.Config, err error) error {
	where := shown(cfg)
	if cause := ctx.Err(); cause != nil {
		return fault.Wrap(fault.Other, cause, "connect to %s", where)
	}
	var f *fault.Error
	if errors.As(err, &f) {
		f.Msg = "connect to " + where + ": " + f.Msg
		return f
	}
	kind := fault.Preflight
	if SQLState(err) == "" || Transient(err) {
		kind = fault.Transient
	}
	return fault.Wrap(kind, harmless(err), "prepare the session on %s", where)
}

// harmless keeps a server's error in redacted form and hides any other.
func harmless(err error) error {
	if SQLState(err) != "" {
		return Redact(err)
	}
	return errors.New("the connection was lost")
}

func roleError(role string, err error) error {
	switch SQLState(err) {
	case "42501":
		return fault.Wrap(fault.Preflight, Redact(err), "become role %s", Display(role)).
			WithHint("as an administrator: GRANT %s TO the role that logs in", QuoteIdent(role))
	case "22023", "42704":
		return fault.New(fault.Preflight, "there is no role %s on the server", Display(role)).
			WithHint("as an administrator: CREATE ROLE %s NOLOGIN", QuoteIdent(role))
	}
	return err
}
