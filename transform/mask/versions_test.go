package mask

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goldenHashes are, for each mask, hashes of its golden outputs, each with the
// settings that it was made under.
func goldenHashes(t *testing.T) map[string][]string {
	out := map[string][]string{}
	var name, head string
	for _, line := range goldenLines(t)[1:] {
		switch {
		case line == "":
		case line[0] != '\t':
			head = line
			name, _, _ = strings.Cut(line, " ")
		default:
			h := sha256.Sum256([]byte(head + line))
			out[name] = append(out[name], hex.EncodeToString(h[:4]))
		}
	}
	for name := range out {
		slices.Sort(out[name])
		out[name] = slices.Compact(out[name])
	}
	return out
}

// `explain --upgrade` lists columns by the versions of their masks, so a mask
// whose outputs change must raise its own: also when golden files are made
// anew. New vectors may be added; what was fixed must stay.
func TestVersions(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "versions.txt")
	now := goldenHashes(t)
	recorded, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(recorded)) {
		var name, hashes string
		var version int
		if _, err := fmt.Sscanf(line, "%s %d %s", &name, &version, &hashes); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		s := Find(name)
		if s == nil || s.OutputVersion() != version {
			continue // gone, or said to be another
		}
		gone := 0
		for _, h := range strings.Split(hashes, ",") {
			if _, ok := slices.BinarySearch(now[name], h); !ok {
				gone++
			}
		}
		if gone > 0 {
			t.Errorf("%d outputs of %s changed: raise its Version to %d (and CatalogVersion once for the release), then go generate", gone, name, version+1)
		}
	}
	var b strings.Builder
	for _, s := range All() {
		if !s.Source && s.Name != "command" { // whose outputs are its program's
			fmt.Fprintf(&b, "%s %d %s\n", s.Name, s.OutputVersion(), strings.Join(now[s.Name], ","))
		}
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if b.String() != string(recorded) {
		t.Errorf("%s is not current: go generate ./transform/mask", path)
	}
}
