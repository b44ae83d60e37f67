package mask

import (
	"strings"
	"sync"
)

// CatalogVersion numbers the outputs of the catalogue: any change to what a
// mask makes of the same key and input raises it, because people rely on
// customer 42 being the same fake person tomorrow.
const CatalogVersion = 3

// catalogue is filled on first use rather than by an initialiser, since the
// masks' hints name other masks.
var catalogue struct {
	once sync.Once
	all  []*Spec
}

// All is every mask, in the order of the docs.
func All() []*Spec {
	catalogue.once.Do(func() {
		catalogue.all = []*Spec{
			keepSpec(), nullSpec(), constantSpec(), redactSpec(), sqlSpec(),
			fullNameSpec(), firstNameSpec(), lastNameSpec(), emailSpec(), usernameSpec(), phoneSpec(),
			addressSpec(), streetSpec(), citySpec(), postalCodeSpec(), companySpec(),
			textSpec(), jsonSpec(), xmlSpec(), hstoreSpec(), arraySpec(), compositeSpec(), whenSpec(), sameAsSpec(), commandSpec(), deriveSpec(), urlSpec(), ipSpec(), macSpec(),
			passwordHashSpec(), tokenSpec(),
			uuidSpec(), permuteSpec(), pseudonymSpec(),
			shiftDateSpec(), generalizeSpec(), noiseSpec(),
			creditCardSpec(), cardBrandSpec(), cardExpirySpec(), cardCVVSpec(),
			ibanSpec(), nationalIDSpec(), fpeFF1Spec(),
			sexSpec(), namePrefixSpec(), middleNameSpec(), birthNameSpec(), jobTitleSpec(),
			regionSpec(), countrySpec(), latitudeSpec(), longitudeSpec(), geoPointSpec(),
			birthDateSpec(), choiceSpec(), randomSpec(), patternSpec(), replaceSpec(), partialSpec(), gofakeitSpec(),
			hostnameSpec(), fileNameSpec(),
		}
	})
	return catalogue.all
}

// Find is the mask of that name, nil if there is none.
func Find(name string) *Spec {
	for _, s := range All() {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// otherNames are names of the same masks elsewhere, and what people write.
var otherNames = map[string]string{
	"passthrough": "keep", "pass": "keep", "none": "keep", "copy": "keep",
	"suppress": "null", "delete": "null", "empty": "redact", "fixed": "constant", "pick": "choice", "categorical": "choice", "enum": "choice", "regex": "pattern", "regexp": "pattern", "mask": "partial", "masking": "partial", "faker": "gofakeit", "host": "hostname", "domain_name": "hostname", "filename": "file_name", "fake": "gofakeit",
	"name": "full_name", "person": "full_name", "fullname": "full_name",
	"firstname": "first_name", "given_name": "first_name", "lastname": "last_name", "surname": "last_name", "family_name": "last_name",
	"mail": "email", "e-mail": "email", "user": "username", "login": "username", "telephone": "phone", "mobile": "phone",
	"zip": "postal_code", "zipcode": "postal_code", "zip_code": "postal_code", "postcode": "postal_code",
	"free_text": "text", "lorem": "text", "paragraph": "text", "password": "password_hash", "secret": "token", "api_key": "token",
	"hash": "pseudonym", "fpe": "fpe_ff1", "ssn": "national_id", "tax_id": "national_id", "date": "shift_date", "bucket": "generalize", "range": "generalize",
	"gender": "sex", "salutation": "name_prefix", "title": "name_prefix", "maiden_name": "birth_name", "job": "job_title", "profession": "job_title",
	"state": "region", "province": "region", "lat": "latitude", "lon": "longitude", "lng": "longitude", "point": "geo_point", "geometry": "geo_point",
	"inet": "ip", "ipv4": "ip", "ip_address": "ip", "macaddr": "mac", "jsonb": "json", "expression": "sql",
}

// Nearest is the mask that someone who wrote name most likely meant, "" if
// nothing is near.
func Nearest(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if Find(name) != nil {
		return name
	}
	if meant := otherNames[name]; meant != "" {
		return meant
	}
	best, distance := "", len(name)/3+2 // a third of the letters may be wrong
	for _, s := range All() {
		if d := editDistance(name, s.Name); d < distance {
			best, distance = s.Name, d
		}
	}
	return best
}

// editDistance is Damerau's: a swap of neighbours, the most common slip of the
// fingers, counts as one.
func editDistance(a, b string) int {
	var before, last []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row = last, row, make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
	}
	return row[len(b)]
}
