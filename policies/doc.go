// Package policies reads what people write: the configuration file, and the
// policy files that say what happens to every column of every table. It
// checks them strictly, binds a policy to the catalog of a snapshot, and turns
// the result into transform plans and source SQL. It also proposes a first
// policy from the names and types of a schema.
//
// The package opens no connection: it works on a catalog.Catalog and hands out
// the SQL fragments that somebody with a session has to prepare.
//
// Everything that is wrong is found before anything is reported: errors are
// Problems, each with its place in the file, an excerpt and a next step.
//
//go:generate go test . -run ^TestGenerated$ -update
package policies
