package mask

import (
	"bytes"
	"testing"
	"time"
)

func TestKeyringRotation(t *testing.T) {
	t.Parallel()
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, tc := range []struct {
		rotate, a, b string
		same         bool
	}{
		{"never", "2024-01-01T00:00:00Z", "2031-12-31T00:00:00Z", true},
		{"", "2024-01-01T00:00:00Z", "2031-12-31T00:00:00Z", true},
		{"monthly", "2024-01-01T00:00:00Z", "2024-01-31T23:59:59Z", true},
		{"monthly", "2024-01-31T23:59:59Z", "2024-02-01T00:00:00Z", false},
		{"monthly", "2024-01-15T00:00:00Z", "2025-01-15T00:00:00Z", false},
		// The period counts in UTC, whatever zone the time came in.
		{"monthly", "2024-01-31T23:30:00Z", "2024-02-01T01:00:00+02:00", true},
		{"quarterly", "2024-01-01T00:00:00Z", "2024-03-31T23:59:59Z", true},
		{"quarterly", "2024-03-31T23:59:59Z", "2024-04-01T00:00:00Z", false},
		{"quarterly", "2024-10-01T00:00:00Z", "2024-12-31T00:00:00Z", true},
	} {
		t.Run(tc.rotate+" "+tc.a, func(t *testing.T) {
			t.Parallel()
			a := NewKeyring(testKey, KeyringOptions{Project: "shop", Rotate: tc.rotate, At: at(tc.a)})
			b := NewKeyring(testKey, KeyringOptions{Project: "shop", Rotate: tc.rotate, At: at(tc.b)})
			for _, p := range []purpose{prfKey, prpKey} {
				if got := *a.derive(p, "d", "l") == *b.derive(p, "d", "l"); got != tc.same {
					t.Errorf("%s keys equal: %v, want %v", p, got, tc.same)
				}
			}
			for _, p := range []purpose{shiftKey, noiseKey} {
				if *a.derive(p, "d", "l") != *b.derive(p, "d", "l") {
					t.Errorf("the %s key rotates", p)
				}
			}
		})
	}
}

func TestKeyringPerRefresh(t *testing.T) {
	t.Parallel()
	o := KeyringOptions{Project: "shop", Determinism: "per_refresh"}
	a, b := NewKeyring(testKey, o), NewKeyring(testKey, o)
	stable := NewKeyring(testKey, KeyringOptions{Project: "shop"})
	if *a.derive(prfKey, "d", "") == *b.derive(prfKey, "d", "") {
		t.Error("two refreshes share a key")
	}
	for _, p := range []purpose{shiftKey, noiseKey} {
		if *a.derive(p, "d", "") != *stable.derive(p, "d", "") {
			t.Errorf("the %s key is not of the stable branch", p)
		}
	}
}

func TestKeyringSeparates(t *testing.T) {
	t.Parallel()
	shop := NewKeyring(testKey, KeyringOptions{Project: "shop"})
	other := NewKeyring(testKey, KeyringOptions{Project: "shop2"})
	another := NewKeyring(GenerateKey(), KeyringOptions{Project: "shop"})
	keys := [][]byte{
		shop.derive(prfKey, "a", "b")[:],
		shop.derive(prpKey, "a", "b")[:],
		shop.derive(shiftKey, "a", "b")[:],
		shop.derive(noiseKey, "a", "b")[:],
		shop.derive(prfKey, "ab", "")[:],
		shop.derive(prfKey, "", "ab")[:],
		shop.derive(prfKey, "a|1:b", "")[:],
		other.derive(prfKey, "a", "b")[:],
		other.derive(shiftKey, "a", "b")[:],
		another.derive(prfKey, "a", "b")[:],
	}
	for i := range keys {
		for j := range i {
			if bytes.Equal(keys[i], keys[j]) {
				t.Errorf("keys %d and %d are equal", j, i)
			}
		}
	}
	again := NewKeyring(testKey, KeyringOptions{Project: "shop"})
	if *again.derive(prfKey, "a", "b") != *shop.derive(prfKey, "a", "b") {
		t.Error("a key is not derived again")
	}
}

// Without keys `check` still learns what a rule promises; masking is a bug.
func TestCompileWithoutKeys(t *testing.T) {
	t.Parallel()
	c, err := Find("email").Compile(column("text"), nil, Binding{Keyed: ByValue, Domain: "d"})
	if err != nil {
		t.Fatal(err)
	}
	if !c.Properties().Injective {
		t.Error("no properties")
	}
	defer func() {
		if recover() == nil {
			t.Error("masked without a key")
		}
	}()
	c.New()
}
