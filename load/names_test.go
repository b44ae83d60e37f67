package load

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/fault"
)

func TestNamesParseWhatTheyMake(t *testing.T) {
	n := names{staging: `sh"op`}
	for _, number := range []int{0, 1, 42, maxNumber} {
		for made, suffix := range map[string]string{n.pristine(number): "", n.live(number): liveSuffix, n.old(number): oldSuffix} {
			got, s, ok := n.parse(made)
			if !ok || got != number || s != suffix {
				t.Errorf("parse(%q) = %d, %q, %v", made, got, s, ok)
			}
		}
	}
}

func TestNamesOfOthersAreNoGenerations(t *testing.T) {
	n := names{staging: "shop"}
	for _, name := range []string{
		"shop", "shop_", "shop__u", "shop__u01", "shop__u-1", "shop__u1_", "shop__u1_live2", "shop__u1__u2",
		"shop__u1_live_live", "shop__u1234567890", "Shop__u1", "xshop__u1", "shop__u1 ", "shop__u1x", "shop__ulive",
	} {
		if _, _, ok := n.parse(name); ok {
			t.Errorf("%q passes for a generation of shop", name)
		}
	}
}

func TestStagingNames(t *testing.T) {
	for _, name := range []string{"shop", `a "b" c`, "größe", strings.Repeat("x", maxStaging), "shop__u", "shop__users"} {
		if err := checkStaging(name); err != nil {
			t.Errorf("%q is refused: %v", name, err)
		}
	}
	for _, name := range []string{"", strings.Repeat("x", maxStaging+1), strings.Repeat("ö", 23), "a\x00b", "postgres", "template1", "shop__u1", "shop__u1_live", "shop__u0_old"} {
		wantFault(t, checkStaging(name), fault.Usage)
	}
}

func TestLongestNameFits(t *testing.T) {
	n := names{staging: strings.Repeat("x", maxStaging)}
	if made := n.live(maxNumber); len(made) > maxIdentifier {
		t.Errorf("%q has %d bytes", made, len(made))
	}
}
