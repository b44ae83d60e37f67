package mask

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"strings"
)

// keyPrefix names the format, so that a key is not mistaken for any other secret.
const keyPrefix = "understudy-key-1:"

const keyBytes = 32

// Key is the root key of a project. It prints as its fingerprint in every
// format. The zero value is no key.
type Key struct{ reveal secret }

// secret holds key bytes where nothing can print them: fmt reads unexported
// fields of a surrounding struct without asking for their Formatter, and
// follows a pointer when the verb does not fit it, but of a function it knows
// the address only.
type secret func() *[keyBytes]byte

func newSecret(b *[keyBytes]byte) secret { return func() *[keyBytes]byte { return b } }

// ParseKey reads "understudy-key-1:" and the base64 of 32 bytes; spaces and
// line ends around it are ignored. Keys that were typed rather than drawn are
// refused. Errors never hold a part of the key.
func ParseKey(s string) (Key, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Key{}, errors.New("the key is empty")
	}
	encoded, ok := strings.CutPrefix(s, keyPrefix)
	if !ok {
		return Key{}, errors.New(`a key begins with "` + keyPrefix + `"`)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return Key{}, errors.New("the key is not valid base64")
	}
	if len(raw) != keyBytes {
		return Key{}, fmt.Errorf("the key has %d bytes instead of %d", len(raw), keyBytes)
	}
	if why := weakness(raw); why != "" {
		return Key{}, errors.New("the key is weak: " + why)
	}
	return Key{newSecret((*[keyBytes]byte)(raw))}, nil
}

// GenerateKey draws a key from the operating system.
func GenerateKey() Key {
	b := new([keyBytes]byte)
	for {
		rand.Read(b[:]) // never fails: it ends the program instead
		// A key that ParseKey would refuse comes up less often than once in
		// 10^9 draws; what we hand out must be readable.
		if weakness(b[:]) == "" {
			return Key{newSecret(b)}
		}
	}
}

// weakness says why 32 bytes cannot have come from a random generator, "" if
// they can. Each test refuses fewer than one in 10^9 random keys.
func weakness(b []byte) string {
	for period := 1; period <= len(b)/2; period++ {
		repeats := true
		for i := period; i < len(b) && repeats; i++ {
			repeats = b[i] == b[i-period]
		}
		if repeats {
			return fmt.Sprintf("it repeats every %d bytes", period)
		}
	}
	arithmetic, printable, ones := true, true, 0
	var seen [256]bool
	distinct := 0
	for i, c := range b {
		if i > 1 && c-b[i-1] != b[1]-b[0] {
			arithmetic = false
		}
		if (c < ' ' || c > '~') && c != '\n' && c != '\r' && c != '\t' {
			printable = false
		}
		if !seen[c] {
			seen[c] = true
			distinct++
		}
		ones += bits.OnesCount8(c)
	}
	switch {
	case arithmetic:
		return "its bytes count up or down"
	case printable:
		return "it is text, not random bytes"
	case distinct < 16:
		return fmt.Sprintf("it has only %d different bytes", distinct)
	case ones < 72 || ones > 184: // seven standard deviations from 128
		return "its bits are far from even"
	}
	return ""
}

// IsZero tells whether k is no key at all.
func (k Key) IsZero() bool { return k.reveal == nil }

// Encode is the form that ParseKey reads. It is the secret itself: write it
// only where the user asked for a key.
func (k Key) Encode() string {
	if k.IsZero() {
		return ""
	}
	return keyPrefix + base64.StdEncoding.EncodeToString(k.reveal()[:])
}

// Fingerprint names the key in reports: 8 hex digits that do not reveal it.
func (k Key) Fingerprint() string {
	if k.IsZero() {
		return "no key"
	}
	mac := hmac.New(sha256.New, k.reveal()[:])
	mac.Write([]byte("fp"))
	return hex.EncodeToString(mac.Sum(nil)[:4])
}

// String is the fingerprint.
func (k Key) String() string { return k.Fingerprint() }

// GoString is the fingerprint.
func (k Key) GoString() string { return k.Fingerprint() }

// Format prints the fingerprint whatever the verb.
func (k Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, k.Fingerprint()) }

// LogValue is the fingerprint.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.Fingerprint()) }

// MarshalText is the fingerprint, so that no encoder writes the key.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.Fingerprint()), nil }
