package policies

import (
	"regexp"
	"strings"

	"github.com/understudy-db/understudy/transform/mask"
)

var (
	capitalised = regexp.MustCompile(`\p{Lu}\p{Ll}+(?:[-'’]\p{Lu}\p{Ll}+)?`)
	// betweenNames is what may stand between a given name and a family's: a
	// blank, initials, a particle.
	betweenNames = regexp.MustCompile(`^ (?:\p{Lu}\. ?){0,2}(?:(?:van|von|de|da|di|del|della|dos|du|der|den|zu|ter|ten|la|le) ){0,2}$`)
)

// ordinary are names that are words too: of two of them together, Max Price or
// Grant Page, none need be a person's.
var ordinary = wordSet(`max mark will bill may april june august autumn summer art grant rich dean chase hope joy faith grace rose ruby sue rob pat jack dale dawn heather holly iris ivy lily olive pearl violet amber
	crystal daisy ginger jasmine destiny christian victoria florence charlotte paris sydney austin jackson carolina virginia georgia dallas madison lincoln jordan israel santiago lance miles glen gene guy drew chance
	price long page park parks white black brown green gray day field fields house key king banks bank bell ball barber baker butler carpenter chambers cook cooper cross farmer fisher ford forest fox frank freeman french garden
	hall hill holland horn hunt hunter knight lamb lane little love lowe major marks marsh mason may miles mills moon moore moss noble park pope porter post potter power powers prince proctor reader rice rich
	ring rivers rose sharp shepherd short small snow sparks spears spencer stone strong summers tate turner wade walker wall waller ward ware waters weaver webb weeks west wheeler wise wolf wood woods young
	english spanish german romero leon cruz luna villa vega valencia toledo sierra rio costa paz mercedes dolores carmen paz consuelo luz
	lang klein gross kurz neu alt koch bauer schneider mueller weber fischer wagner richter winter sommer herbst sonntag freitag berg stein wolf fuchs vogel kaiser koenig
	petit grand blanc noir leroy roy marchand boucher berger fontaine rousseau france claire`)

func wordSet(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}

// inventedNames stand in examples of all countries.
var inventedNames = map[string]bool{"john smith": true, "jane smith": true, "max mustermann": true, "erika mustermann": true, "jean dupont": true, "marie dupont": true, "jean martin": true, "mario rossi": true, "juan perez": true, "juan pérez": true}

// holdsName tells whether a text holds what is a person's given and family name
// by the locales' dictionaries, with capital letters and next to each other.
func holdsName(text string) bool {
	at := capitalised.FindAllStringIndex(text, -1)
	for i := 1; i < len(at); i++ {
		first, second := text[at[i-1][0]:at[i-1][1]], text[at[i][0]:at[i][1]]
		switch between := text[at[i-1][1]:at[i][0]]; {
		case between == ", ": // Miller, John
			first, second = second, first
		case len(between) > 20 || !betweenNames.MatchString(between):
			continue
		}
		if isPerson(first, second) {
			return true
		}
	}
	return false
}

func isPerson(given, family string) bool {
	g, f := strings.ToLower(given), strings.ToLower(family)
	if ordinary[g] && ordinary[f] || inventedNames[g+" "+f] {
		return false
	}
	return mask.IsGivenName(g) && mask.IsFamilyName(f)
}
