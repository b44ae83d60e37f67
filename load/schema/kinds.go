package schema

import (
	"strings"

	"github.com/understudy-db/understudy/load/archive"
)

// fate is what becomes of an entry.
type fate int

const (
	create    fate = iota // its definition is executed
	session               // a setting that every session gets
	ignore                // not schema, or none of a generation's business: not even reported
	neutral               // would act from staging, or lead out of it: left out and reported
	extension             // created, but may be left out
	policy                // created, with roles mapped
	grant                 // made anew from Facts
)

// kind says how entries of one description are treated. An entry of a
// description that is not listed, such as one of a newer PostgreSQL, is created.
type kind struct {
	fate   fate
	part   bool   // belongs to one other object and goes with it
	word   string // how people call it, where the description in lower case is not it
	reason string // of neutral ones
}

var kinds = map[string]kind{
	"ENCODING":   {fate: session},
	"STDSTRINGS": {fate: session},
	"SEARCHPATH": {fate: session},

	// The database itself is created elsewhere, its settings come from the
	// old staging, and its data travel another way. Statistics hold values.
	"DATABASE":               {fate: ignore},
	"DATABASE PROPERTIES":    {fate: ignore},
	"TABLE DATA":             {fate: ignore, part: true},
	"SEQUENCE SET":           {fate: ignore, part: true},
	"MATERIALIZED VIEW DATA": {fate: ignore, part: true},
	"STATISTICS DATA":        {fate: ignore, part: true},
	"BLOB":                   {fate: ignore},
	"BLOBS":                  {fate: ignore},
	"BLOB METADATA":          {fate: ignore},
	"BLOB COMMENTS":          {fate: ignore},

	"SUBSCRIPTION":                 {fate: neutral, reason: "would pull from production's publishers"},
	"SUBSCRIPTION TABLE":           {fate: neutral, part: true, reason: "would pull from production's publishers"},
	"PUBLICATION":                  {fate: neutral, reason: "staging publishes nothing"},
	"PUBLICATION TABLE":            {fate: neutral, part: true, reason: "staging publishes nothing"},
	"PUBLICATION TABLES IN SCHEMA": {fate: neutral, part: true, reason: "staging publishes nothing"},
	"EVENT TRIGGER":                {fate: neutral, reason: "would act on every change of the schema"},
	"FOREIGN DATA WRAPPER":         {fate: neutral, reason: "leads to other servers"},
	"SERVER":                       {fate: neutral, word: "foreign server", reason: "leads to another server"},
	"USER MAPPING":                 {fate: neutral, reason: "holds credentials of another server"},
	"FOREIGN TABLE":                {fate: neutral, reason: "reads another server's data"},
	"SECURITY LABEL":               {fate: neutral, part: true, reason: "needs its label provider"},

	"EXTENSION":   {fate: extension},
	"POLICY":      {fate: policy, part: true},
	"ACL":         {fate: grant, part: true},
	"DEFAULT ACL": {fate: grant},

	"COMMENT":           {part: true},
	"DEFAULT":           {part: true},
	"SEQUENCE OWNED BY": {part: true},
	"SHELL TYPE":        {word: "shell of type"},
	"TABLE ATTACH":      {part: true, word: "partition"},
	"INDEX ATTACH":      {part: true},
	"CONSTRAINT":        {part: true},
	"CHECK CONSTRAINT":  {part: true},
	"FK CONSTRAINT":     {part: true, word: "foreign key"},
	"INDEX":             {part: true},
	"STATISTICS":        {part: true},
	"TRIGGER":           {part: true},
	"RULE":              {part: true},
	"ROW SECURITY":      {part: true},
}

// tagged are the descriptions whose tag is "table name", for parts of tables.
var tagged = map[string]bool{
	"CONSTRAINT": true, "CHECK CONSTRAINT": true, "FK CONSTRAINT": true, "DEFAULT": true,
	"TRIGGER": true, "RULE": true, "POLICY": true, "PUBLICATION TABLE": true, "SUBSCRIPTION TABLE": true,
}

// minor are descriptions that are never reported or chosen by a bare name:
// they say something about an object and are none.
var minor = map[string]bool{
	"COMMENT": true, "ACL": true, "SEQUENCE OWNED BY": true, "SHELL TYPE": true, "TABLE ATTACH": true,
	"INDEX ATTACH": true, "ROW SECURITY": true, "PUBLICATION TABLE": true,
	"PUBLICATION TABLES IN SCHEMA": true, "SUBSCRIPTION TABLE": true,
}

// actors are extensions that start work of their own.
var actors = map[string]string{
	"pg_cron":      "would run production's jobs",
	"pglogical":    "would replicate",
	"pg_timetable": "would run production's jobs",
}

func kindOf(e *archive.Entry) kind { return kinds[e.Desc] }

// isViewRule tells whether an entry is the query of a view that was created
// without one: pg_dump does that for views that depend on a primary key or
// are part of a cycle.
func isViewRule(e *archive.Entry) bool {
	return e.Desc == "RULE" && strings.HasSuffix(e.Tag, " _RETURN")
}

// word is the kind as people say it.
func (k kind) say(desc string) string {
	if k.word != "" {
		return k.word
	}
	return strings.ToLower(desc)
}
