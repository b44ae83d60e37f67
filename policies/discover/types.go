package discover

import (
	"fmt"
	"slices"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// shortest is the least number of characters that a text column for a class
// is declared with.
var shortest = map[Class]int{
	Email: 8, Phone: 5, FullName: 4, LastName: 4, FirstName: 1, Username: 2, Password: 8, Secret: 3, Address: 5, Street: 1, City: 4, PostalCode: 4,
	Company: 5, BirthDate: 2, IP: 7, MAC: 12, URL: 10, Link: 4, NationalID: 4, Number: 4, Bank: 6, Card: 3, FreeText: 4, JSON: 4, UserAgent: 10, Geo: 3,
}

// fits tells whether a column of this type can hold a class at all.
func (f *column) fits(class Class) bool {
	switch f.kind {
	case mask.Text:
		if class == Money {
			return false
		} else if class == NationalID && f.has("part") {
			return true
		}
		return f.length == 0 || f.length >= shortest[class]
	case mask.Int, mask.Numeric:
		if f.fraction() && class != Geo && class != Money {
			return false
		}
		switch class {
		case Secret:
			return f.has("otp", "totp", "pin", "mpin", "passcode")
		case Phone, NationalID, Number, Bank, Card:
			return !f.smallInt()
		case PostalCode, Geo, Money:
			return true
		case BirthDate, IP:
			return true
		case Street:
			return f.has("number", "hausnr", "hausnummer", "hnr", "huisnr", "huisnummer", "busnummer", "civico", "apartment", "apt", "piso", "house", "huis", "haus", "flat", "streetnumber", "nciv", "apartamento", "interno")
		}
		return false
	case mask.Float:
		return class == Geo || class == Money
	case mask.Date, mask.Timestamp, mask.TimestampTZ:
		return class == BirthDate
	case mask.UUID:
		return class == Secret
	case mask.Bytea:
		switch class {
		case Secret, Password, IP, MAC, URL, FreeText, JSON, NationalID, Number, Card, Bank, Email, Phone, Address, FullName, FirstName, LastName, BirthDate:
			return true
		}
		return false
	case mask.Inet:
		return class == IP
	case mask.Point, mask.Geometry:
		return class == Geo
	case mask.JSON, mask.JSONB:
		return class != Category && class != Link
	}
	return false
}

// has tells whether one of the words is in the name.
func (f *column) has(words ...string) bool {
	return slices.ContainsFunc(f.toks, func(t string) bool { return slices.Contains(words, t) })
}

// fraction tells whether a number has digits behind the point, as amounts have.
func (f *column) fraction() bool {
	mod := f.c.TypMod
	return f.kind == mask.Numeric && mod >= 4 && (mod-4)&0xffff != 0
}

func (f *column) smallInt() bool { return f.c.Type.Underlying().Name.Name == "int2" }

// byType knows types that say all by themselves.
func (f *column) byType(g Guess) (Guess, bool) {
	under := f.c.Type.Underlying()
	its := "its type, " + f.c.TypeSQL
	if under.Array && under.Elem != nil {
		under = under.Elem.Underlying()
	}
	switch f.kind {
	case mask.Inet:
		return g.is(IP, 0.93, its), true
	case mask.MAC:
		return g.is(MAC, 0.95, its), true
	case mask.JSON, mask.JSONB:
		if w := f.listsSettings(); w != "" {
			return g.is(Category, 0.66, fmt.Sprintf("%s of the program, by the name", w)), true
		}
		return g.is(JSON, 0.8, its), true
	case mask.XML:
		return g.is(FreeText, 0.72, its), true
	case mask.UUID:
		return g.is(Key, 0.9, "a uuid"), true
	case mask.Int, mask.Numeric, mask.Float:
		return g.is(Plain, 0.92, "a number"), true
	case mask.Date, mask.Timestamp, mask.TimestampTZ, mask.Time:
		return g.is(Plain, 0.92, "a date or time"), true
	case mask.Point, mask.Geometry:
		return g.is(Geo, 0.85, its), true
	case mask.Other:
		switch under.Name.Name {
		case "point", "geometry", "geography", "box", "circle", "path", "polygon", "lseg", "line":
			return g.is(Geo, 0.85, its), true
		case "hstore":
			return g.is(JSON, 0.8, its), true
		case "tsvector":
			return g.is(Unknown, 0.72, its), true
		}
		if harmless(under) {
			return g.is(Plain, 0.92, its), true
		}
	}
	return g, false
}

// settingWords end the names of documents that somebody sets up or picks from a
// list, rather than what people send.
var settingWords = words(`setting, settings, config, configs, configuration, options, option, rights, days, layout, strings, whitelist, blacklist, groups, filter, filters, branding, theme, style, styles, colors, features, flags, rules, reglas, rule, triggers, scopes, scope, events, services, servicios, columns, fields, widgets, prices, preise, prijzen, tags, categories, records, updates, steps, locales, languages, units, sizes, limits, plan, especialidades, specialities, specialties, materials, ingredients`)

// pickedWords say so in any table.
var pickedWords = words(`ids, permission, permissions, permisos, permessi, permissoes, berechtigungen, rechte, roles, scopes, hours, schedule, schedules, horarios, horario, horaires, orari, oeffnungszeiten, dias, disponibilidad, disponibilita, disponibles, availability`)

// listsSettings is the word of a document's name that says so, where its rows
// are nobody's in particular.
func (f *column) listsSettings() string {
	last := split(f.s.trim(f.c.Name))
	w := last[len(last)-1]
	if pickedWords[w] || settingWords[w] && !f.s.content && !f.s.person {
		return w
	}
	return ""
}

// harmlessTypes hold no text and no identity by themselves.
var harmlessTypes = words(`interval, timetz, money, oid, "char", char, bit, varbit, pg_lsn, xid, xid8, cid, tid, regclass, regproc, regprocedure, regtype, regrole, regnamespace, regoper, regoperator, regconfig, regdictionary, regcollation, int2vector, oidvector, txid_snapshot, pg_snapshot, tsquery, jsonpath`)

func harmless(t *catalog.Type) bool {
	t = t.Underlying()
	switch {
	case t.Array || t.Kind == 'r' || t.Kind == 'm':
		if t.Elem == nil {
			return false
		}
		switch transform.KindOf(t.Elem) {
		case mask.Int, mask.Numeric, mask.Float, mask.Bool, mask.Date, mask.Timestamp, mask.TimestampTZ, mask.Time, mask.UUID, mask.Enum:
			return true
		}
		return harmless(t.Elem) && t.Elem != t
	case t.Name.Schema == "pg_catalog":
		return harmlessTypes[t.Name.Name]
	}
	return false
}
