package discover

// Class is what a column's values are about, as finely as masks tell apart.
type Class string

// The classes. What Public makes of each is what users and other programs see.
const (
	Email      Class = "email"
	Phone      Class = "phone"
	FullName   Class = "full_name"
	FirstName  Class = "first_name"
	LastName   Class = "last_name"
	Username   Class = "username"
	Password   Class = "password_hash"
	Secret     Class = "secret_token"
	Address    Class = "address"
	Street     Class = "street"
	City       Class = "city"
	PostalCode Class = "postal_code"
	Company    Class = "company"
	BirthDate  Class = "birth_date"
	IP         Class = "ip"
	MAC        Class = "mac"
	URL        Class = "url"  // of somebody: a profile, a picture, a home page
	Link       Class = "link" // of something
	Geo        Class = "geo"
	NationalID Class = "national_id"
	Number     Class = "person_number" // of staff, students, members, vehicles: no official number of a person
	Bank       Class = "bank_account"
	Card       Class = "credit_card"
	FreeText   Class = "free_text"
	JSON       Class = "json"
	UserAgent  Class = "user_agent"
	Money      Class = "personal_amount" // salary, income
	Trait      Class = "personal_trait"  // gender, religion: few values, much said
	Category   Class = "category"        // few values about the thing, not the person
	Key        Class = "key"             // surrogate keys
	Reference  Class = "reference"       // foreign keys
	Plain      Class = "plain"           // counts, amounts, flags, times of the system
	Unknown    Class = "unknown"
)

// PublicClass is the coarser class that init prints.
type PublicClass string

// None is the public class of what identifies nobody by itself.
const None PublicClass = "none"

var public = map[Class]PublicClass{
	Email: "email", Phone: "phone", FullName: "person_name", FirstName: "person_name", LastName: "person_name",
	Username: "username", Password: "password_hash", Secret: "secret_token", Address: "address", Street: "address",
	City: "city", PostalCode: "postal_code", BirthDate: "birth_date", IP: "ip", MAC: "mac", URL: "url_profile", Geo: "geo",
	NationalID: "national_id", Bank: "iban", Card: "credit_card", FreeText: "free_text", JSON: "json_may_contain_pii",
}

// PublicClasses are the classes that init prints, in the order of its documentation.
var PublicClasses = []PublicClass{"email", "phone", "person_name", "username", "address", "postal_code", "city", "geo", "birth_date", "national_id",
	"credit_card", "iban", "ip", "mac", "url_profile", "password_hash", "secret_token", "free_text", "json_may_contain_pii", None}

// Public is the class as init prints it. Company names, traits, salaries and
// browsers have no class of their own there: a mask may still treat them.
func (c Class) Public() PublicClass {
	if p, ok := public[c]; ok {
		return p
	}
	return None
}

// Guess is what a column seems to hold, and why.
type Guess struct {
	Schema, Table, Column string
	Type                  string
	Class                 Class
	Confidence            float64  // that the class is right, 0 … 1
	Evidence              []string // never a value
	Partly                bool     // values say so, and less than half of them: the rest is something else
	Unfit                 []string // alphabets that some value seen is not written in, of Alphabets
}

// Alphabets are those, of the mask fpe_ff1, in which numbers are enciphered.
var Alphabets = []string{"digits", "alnum"}

func (g Guess) is(class Class, confidence float64, evidence ...string) Guess {
	g.Class, g.Confidence, g.Evidence = class, confidence, evidence
	return g
}
