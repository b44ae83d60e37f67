// Package migrations rehearses golang-migrate files: it runs them on throw-away
// databases, once exactly as golang-migrate does and once statement by
// statement with measurements, runs every file up, down and up again, and says
// what a production database would feel.
//
// It splits files by the lexical rules of psql and parses no SQL: what a
// statement does is taken from what the server did. It knows nothing of
// policies, generations and masks; package refresh hands it databases.
package migrations
