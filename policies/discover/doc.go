// Package discover guesses what the columns of a database hold: from names in
// seven languages, types, constraints, comments and neighbours, and where rows
// may be read, from samples of values. It reads nothing itself and makes no
// network call: the caller hands it a catalog, and samples if there are any.
// It chooses no masks; package policies does that with its guesses.
package discover
