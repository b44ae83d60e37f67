package mask

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Purpose separates the keys of one name from each other.
type purpose string

const (
	prfKey   purpose = "prf"   // fakes and tokens
	prpKey   purpose = "prp"   // permutations
	shiftKey purpose = "shift" // date offsets
	noiseKey purpose = "noise" // perturbation of numbers
)

// KeyringOptions say how the keys of a run depend on project and time.
type KeyringOptions struct {
	Project     string
	Determinism string    // "stable" (also ""): the same fakes in every refresh; "per_refresh": fresh ones that nothing links to the last
	Rotate      string    // stable only: "never" (also ""), "monthly", "quarterly"
	At          time.Time // the snapshot's time; needed where keys rotate
}

// Keyring derives every key of a run from the root key. It is safe for
// concurrent use and prints as the root key's fingerprint.
type Keyring struct {
	stable      secret // of root and project alone
	epoch       secret // of the period, or fresh
	fingerprint string

	mu       sync.Mutex
	shuffles map[string]*shuffle // tables of small permutations, which may take 16 MiB each
}

// NewKeyring prepares the keys of a run. A zero key or an unknown option is a
// bug of the caller and panics: settings are checked when they are read.
func NewKeyring(k Key, o KeyringOptions) *Keyring {
	if k.IsZero() {
		panic("mask: keyring of no key")
	}
	root, err := hkdf.Extract(sha256.New, k.reveal()[:], []byte(o.Project))
	if err != nil {
		panic("mask: " + err.Error())
	}
	ring := &Keyring{
		stable:      newSecret(expand(root, "understudy/v1", "stable")),
		fingerprint: k.Fingerprint(),
		shuffles:    map[string]*shuffle{},
	}
	switch o.Determinism {
	case "", "stable":
		ring.epoch = newSecret(expand(root, "understudy/v1", "epoch", period(o.Rotate, o.At)))
	case "per_refresh":
		fresh := new([keyBytes]byte)
		rand.Read(fresh[:])
		ring.epoch = newSecret(fresh)
	default:
		panic("mask: determinism " + strconv.Quote(o.Determinism))
	}
	return ring
}

// period names the stretch of time that one set of keys serves, in UTC so that
// two hosts agree.
func period(rotate string, at time.Time) string {
	at = at.UTC()
	switch rotate {
	case "", "never":
		return ""
	case "monthly":
		return fmt.Sprintf("%04d-%02d", at.Year(), at.Month())
	case "quarterly":
		return fmt.Sprintf("%04dQ%d", at.Year(), (at.Month()+2)/3)
	}
	panic("mask: rotate " + strconv.Quote(rotate))
}

// derive is the key of a name (a domain, or a subject's table), a purpose and
// a label within it. Shifts and noise come from the branch that never rotates:
// fresh ones in every refresh could be averaged away.
func (k *Keyring) derive(p purpose, name, label string) *[keyBytes]byte {
	if k == nil {
		panic("mask: compiled without a keyring")
	}
	branch := k.epoch
	if p == shiftKey || p == noiseKey {
		branch = k.stable
	}
	return expand(branch()[:], "understudy/v1", string(p), name, label)
}

// expand is HKDF-Expand with fields that cannot run into each other.
func expand(prk []byte, fields ...string) *[keyBytes]byte {
	var info strings.Builder
	for _, f := range fields {
		info.WriteString(strconv.Itoa(len(f)))
		info.WriteByte(':')
		info.WriteString(f)
		info.WriteByte('|')
	}
	out, err := hkdf.Expand(sha256.New, prk, info.String(), keyBytes)
	if err != nil {
		panic("mask: " + err.Error())
	}
	return (*[keyBytes]byte)(out)
}

// Fingerprint is the root key's.
func (k *Keyring) Fingerprint() string {
	if k == nil {
		return "no key"
	}
	return k.fingerprint
}

// String is the root key's fingerprint.
func (k *Keyring) String() string { return k.Fingerprint() }

// Format prints the root key's fingerprint whatever the verb.
func (k *Keyring) Format(s fmt.State, _ rune) { fmt.Fprint(s, k.Fingerprint()) }
