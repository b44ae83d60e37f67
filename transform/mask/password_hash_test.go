package mask

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	bc, ar, pb := regexp.QuoteMeta(bcryptHash), regexp.QuoteMeta(argon2Hash), regexp.QuoteMeta(pbkdf2Hash)
	auto := Params{"algorithm": "auto"}
	testMask(t, "password_hash", []maskCase{
		{name: "default", col: column("text"), by: ByNothing, value: "$argon2id$v=19$x", want: bc},
		{name: "just long enough", col: varchar(60), by: ByNothing, value: "x", want: bc},
		{name: "argon2id", col: column("text"), params: Params{"algorithm": "argon2id"}, by: ByNothing, value: "x", want: ar},
		{name: "Django", col: varchar(128), params: Params{"algorithm": "pbkdf2_sha256"}, by: ByNothing, value: "x", want: pb},
		{name: "auto bcrypt", col: column("text"), params: auto, by: ByNothing, value: "$2b$12$abc", want: bc},
		{name: "auto argon2", col: column("text"), params: auto, by: ByNothing, value: "$argon2i$v=19$x", want: ar},
		{name: "auto Django", col: column("text"), params: auto, by: ByNothing, value: "pbkdf2_sha256$1$a$b", want: pb},
		{name: "auto unknown", col: column("text"), params: auto, by: ByNothing, value: "{SSHA}x", want: bc},
		{name: "auto in a short column", col: varchar(80), params: auto, by: ByNothing, value: "$argon2id$x", want: bc},
		{name: "empty", col: column("text"), by: ByNothing, value: ""},
		{name: "bytea", col: column("bytea"), by: ByNothing, value: `\x00`, want: `\\x24326124.*`},
		{name: "auto bytea", col: column("bytea"), params: auto, by: ByNothing, value: `\x246172676f6e32`, want: `\\x24617267.*`},
	})
	testRefusals(t, "password_hash", []refusal{
		{name: "a short column", col: varchar(59), by: ByNothing, want: "needs 60 characters"},
		{name: "a short column for argon2id", col: varchar(60), params: Params{"algorithm": "argon2id"}, by: ByNothing, want: "needs 97 characters"},
		{name: "unique", col: column("text").unique(), by: ByNothing, want: "is unique"},
	})
}

// The hashes are what the documentation says they are.
func TestPasswordIsUnderstudy(t *testing.T) {
	t.Parallel()
	const password = "understudy"
	if err := bcrypt.CompareHashAndPassword([]byte(bcryptHash), []byte(password)); err != nil {
		t.Error("bcrypt:", err)
	}
	parts := strings.Split(argon2Hash, "$")
	salt, _ := base64.RawStdEncoding.DecodeString(parts[4])
	if got := base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), salt, 3, 65536, 4, 32)); got != parts[5] {
		t.Error("argon2id:", got)
	}
	parts = strings.Split(pbkdf2Hash, "$")
	sum, err := pbkdf2.Key(sha256.New, password, []byte(parts[2]), 600_000, 32)
	if err != nil || base64.StdEncoding.EncodeToString(sum) != parts[3] {
		t.Error("pbkdf2:", err)
	}
}
