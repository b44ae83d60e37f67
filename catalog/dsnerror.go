package catalog

import (
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
)

// badDSN explains why a connection string cannot be used. pgx's own error may
// quote the string, so only its fixed phrases are kept.
func badDSN(err error) error {
	text := err.Error()
	for _, known := range []struct{ phrase, msg, hint string }{
		{"failed to read service", "the connection string names a service that cannot be read", "look at PGSERVICE, PGSERVICEFILE and ~/.pg_service.conf"},
		{"invalid port", "the connection string has an invalid port", "a password with : / @ ? or # must be percent-encoded in a URL"},
		{"could not match", "the connection string has another number of ports than of hosts", ""},
		{"invalid connect_timeout", "the connection string has an invalid connect_timeout", "write seconds, e.g. connect_timeout=10"},
		{"unknown target_session_attrs", "the connection string has an unknown target_session_attrs", "use any, read-only, read-write, primary, standby or prefer-standby"},
		{"invalid sslcertmode", "the connection string has an invalid sslcertmode", "use disable, allow or require"},
		{"protocol_version", "the connection string has an invalid protocol version", ""},
		{"unknown channel_binding", "the connection string has an unknown channel_binding", "use disable, prefer or require"},
		{"invalid require_auth", "the connection string has an invalid require_auth", ""},
	} {
		if strings.Contains(text, known.phrase) {
			f := fault.New(fault.Usage, "%s", known.msg)
			f.Hint = known.hint
			return f
		}
	}
	if strings.Contains(text, "failed to configure TLS") {
		f := fault.New(fault.Usage, "the TLS settings of the connection string cannot be used")
		for _, known := range []struct{ phrase, hint string }{
			{"sslmode is invalid", "sslmode is one of disable, allow, prefer, require, verify-ca, verify-full"},
			{"unable to read CA file", "the file of sslrootcert cannot be read"},
			{"unable to add CA", "the file of sslrootcert holds no certificate in PEM form"},
			{"system certificate pool", "the system's certificates cannot be read: give sslrootcert a file"},
			{`both "sslcert" and "sslkey"`, "sslcert and sslkey must be given together"},
			{"unable to read sslkey", "the file of sslkey cannot be read"},
			{"decode sslkey", "the file of sslkey holds no key in PEM form"},
			{"sslpassword", "the key is encrypted: give sslpassword"},
			{"unable to decrypt key", "the key cannot be decrypted with sslpassword"},
			{"unable to read cert", "the file of sslcert cannot be read"},
			{"unable to load cert", "sslcert and sslkey do not belong together"},
		} {
			if strings.Contains(text, known.phrase) {
				f.Hint = known.hint
				break
			}
		}
		return f
	}
	return fault.New(fault.Usage, "the connection string cannot be understood").
		WithHint("write postgres://user@host:5432/database?sslmode=verify-full or host=… dbname=…; a password with : / @ ? or # must be percent-encoded in a URL")
}
