// Package originals remembers the original values of masked columns, as keyed
// hashes, while their rows are on their way, and finds them again in what was
// made of the rows. It finds values; shapes, such as an address of a real
// domain, are the business of whoever looks for those.
//
// A Store takes the hashes of one run, through a Recorder for each chunk, into
// a file without a name. Freeze sorts them, drops those that many rows of a
// column share, and gives a Set. Scanners look every form of a text up in it.
//
// What is compared are canonical forms, see form. Their hashes have 64 bits and
// a key that is drawn for each Store, is never written, and is not the masking
// key: the file tells nothing without it.
//
// The package knows neither databases nor policies: a column is a name here,
// and what a column may hold is for the caller to say.
package originals

// Class is what kind of form a hash stands for. It is part of the hash, so
// that who finds one knows its class, and who looks for some classes only need
// not look the others up.
type Class uint8

const (
	Words    Class = iota // two words or more, of letters only
	Mixed                 // letters and digits: an address, a plate, an account
	At                    // with an @: an e-mail address, a handle
	Digits6               // a plain run of six digits
	Digits7               // … of seven
	Digits8               // … of eight
	Digits9               // the last nine digits of a longer number, however it is written
	Digits10              // all digits of a number of ten and more, without zeros in front
	classes
)

// classBits are the bits of a hash that hold its class.
const classBits = 7

func classOf(hash uint64) Class { return Class(hash & classBits) }

// domain is how many forms of a class there may be, where that is few enough
// for two numbers to be equal by chance; 0 where it is not.
var domain = [classes]float64{Digits6: 1e6, Digits7: 1e7, Digits8: 1e8, Digits9: 1e9, Digits10: 1e10}

// ClassSet is a set of classes.
type ClassSet uint8

// All are all classes, Strong those that masks hardly ever write by chance,
// Addresses those of them that no mask writes at all: its addresses are at
// reserved domains.
const (
	None      ClassSet = 0
	Addresses ClassSet = 1 << At
	Strong             = Addresses | 1<<Mixed | 1<<Digits6 | 1<<Digits7 | 1<<Digits8 | 1<<Digits9 | 1<<Digits10
	All                = Strong | 1<<Words
)

func (s ClassSet) has(c Class) bool { return s>>c&1 != 0 }

// numbers are the classes of numbers.
const numbers ClassSet = 1<<Digits6 | 1<<Digits7 | 1<<Digits8 | 1<<Digits9 | 1<<Digits10
