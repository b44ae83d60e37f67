package mask

import (
	"strconv"
	"strings"
)

// defaultPlaces say where the cities lie that are drawn without a locale, as
// far as the English locale's list does not say it under the same name, or
// knows two of the name.
var defaultPlaces = map[string]string{
	"New York City": "New York|NY", "Nashville-Davidson": "Nashville|TN", "Louisville/Jefferson": "Louisville|KY", "Oklahoma": "Oklahoma City|OK",
	"Kansas": "Kansas City|MO", "Jersey": "Jersey City|NJ", "Lexington-Fayette": "Lexington|KY", "Columbus": "Columbus|OH", "Portland": "Portland|OR",
	"Riverside": "CA|33.95|-117.40", "Garland": "TX|32.91|-96.64", "Chesapeake": "VA|36.77|-76.29", "Irving": "TX|32.81|-96.95",
	"North Las Vegas": "NV|36.20|-115.12",
}

// placeOf finds where a city of the default labels lies.
func placeOf(city string) town {
	en := findLocale("en")
	name, region := city, ""
	if as := strings.Split(defaultPlaces[city], "|"); len(as) == 2 {
		name, region = as[0], as[1]
	} else if len(as) == 3 {
		lat, _ := strconv.ParseFloat(as[1], 64)
		lon, _ := strconv.ParseFloat(as[2], 64)
		return town{name: city, region: as[0], regionName: en.regions[as[0]], lat: lat, lon: lon}
	}
	for _, p := range en.places {
		if p.name == name && (region == "" || region == p.region) {
			p.name, p.postal = city, ""
			return p
		}
	}
	panic("mask: nobody knows where " + city + " lies")
}
