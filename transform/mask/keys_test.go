package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func encodeKey(b []byte) string { return keyPrefix + base64.StdEncoding.EncodeToString(b) }

func TestParseKey(t *testing.T) {
	t.Parallel()
	k := GenerateKey()
	for _, s := range []string{k.Encode(), "  " + k.Encode() + "\r\n"} {
		got, err := ParseKey(s)
		if err != nil {
			t.Fatal(err)
		}
		if got.Encode() != k.Encode() || got.Fingerprint() != k.Fingerprint() {
			t.Error("the key did not survive")
		}
	}
	random, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(k.Encode(), keyPrefix))
	counting, pattern, low := make([]byte, 32), make([]byte, 32), make([]byte, 32)
	for i := range counting {
		counting[i] = byte(3 * i)
		pattern[i] = random[i%8]
		low[i] = random[random[i]%10]
	}
	for _, tc := range []struct{ name, key, want string }{
		{"nothing", "", "empty"},
		{"blanks", " \n", "empty"},
		{"no prefix", base64.StdEncoding.EncodeToString(random), "begins with"},
		{"another version", strings.Replace(k.Encode(), "key-1", "key-2", 1), "begins with"},
		{"no base64", keyPrefix + "????", "base64"},
		{"cut base64", k.Encode()[:len(k.Encode())-1], "base64"},
		{"short", encodeKey(random[:31]), "31 bytes"},
		{"long", encodeKey(append(bytes.Clone(random), 1)), "33 bytes"},
		{"zeros", encodeKey(make([]byte, 32)), "repeats every 1"},
		{"one byte", encodeKey(bytes.Repeat([]byte{0xA5}, 32)), "repeats every 1"},
		{"a pattern", encodeKey(pattern), "repeats every 8"},
		{"half a key twice", encodeKey(append(bytes.Clone(random[:16]), random[:16]...)), "repeats every 16"},
		{"counting", encodeKey(counting), "count up or down"},
		{"a sentence", encodeKey([]byte("correct horse battery staple ok!")), "text"},
		{"hex digits", encodeKey([]byte("0f1e2d3c4b5a69788796a5b4c3d2e1f0")), "text"},
		{"few bytes", encodeKey(low), "different bytes"},
		{"few bits", encodeKey(append(bytes.Repeat([]byte{0}, 14), 1, 2, 4, 8, 16, 32, 64, 128, 3, 5, 9, 17, 33, 65, 129, 6, 10, 18)), "weak"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseKey(tc.key)
			if err == nil {
				t.Fatal("accepted")
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%q, want %q in it", err, tc.want)
			}
			if _, secret, _ := strings.Cut(tc.key, ":"); len(secret) > 8 && strings.Contains(err.Error(), secret[:8]) {
				t.Errorf("the error shows the key: %q", err)
			}
		})
	}
}

func TestGeneratedKeysAreAccepted(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 10_000 {
		k := GenerateKey()
		if seen[k.Encode()] {
			t.Fatal("the same key twice")
		}
		seen[k.Encode()] = true
		if _, err := ParseKey(k.Encode()); err != nil {
			t.Fatal(err)
		}
	}
}

// A key must not be printed by anything that prints it, alone or inside of
// another value.
func TestKeyNeverPrints(t *testing.T) {
	t.Parallel()
	k := GenerateKey()
	ring := NewKeyring(k, KeyringOptions{Project: "shop"})
	type config struct {
		Key    Key
		hidden Key
		Ring   *Keyring
		bind   Binding
	}
	c := config{k, k, ring, Binding{Keys: ring}}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", k, "config", c, "ring", ring)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", k, "config", c)
	out, err := json.Marshal(map[string]any{"key": k, "config": struct{ K Key }{k}})
	if err != nil {
		t.Fatal(err)
	}
	printed := log.String() + string(out)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b", "%t", "%p"} {
		printed += fmt.Sprintf(verb+verb+verb+verb, k, &k, c, ring)
	}
	secrets := []*[keyBytes]byte{k.reveal(), ring.stable(), ring.epoch()}
	for _, s := range secrets {
		for _, form := range []string{
			base64.StdEncoding.EncodeToString(s[:])[:12], fmt.Sprintf("%x", s[:6]), fmt.Sprintf("%X", s[:6]),
			string(s[:6]), strings.Trim(fmt.Sprint(s[:6]), "[]"), fmt.Sprintf("0x%x, 0x%x, 0x%x", s[0], s[1], s[2]),
		} {
			if strings.Contains(printed, form) {
				t.Errorf("printed: %q", form)
			}
		}
	}
	if got := fmt.Sprint(k); got != k.Fingerprint() || len(got) != 8 {
		t.Errorf("a key prints as %q", got)
	}
	if got := fmt.Sprint(Key{}); got != "no key" {
		t.Errorf("no key prints as %q", got)
	}
}
