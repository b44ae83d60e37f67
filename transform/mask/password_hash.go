package mask

import "bytes"

// Hashes of the password "understudy", by scheme.
const (
	bcryptHash = "$2a$10$HcHMafo.O40ZjiMMdJlhw.mZDcApikFtj1noMlOZHcUsgTNnPJRme"
	argon2Hash = "$argon2id$v=19$m=65536,t=3,p=4$dW5kZXJzdHVkeS1zYWx0IQ$YJrUH0YFzt5edOctl1/4u0kcAmSliQx2M8LOoxCjJo0"
	pbkdf2Hash = "pbkdf2_sha256$600000$understudy$rVwJF//LRO3AP1m+rCImGXFlrFyY0Dq04KAyYvrixls="
)

func passwordHashSpec() *Spec {
	return define(Spec{
		Name:    "password_hash",
		Summary: "a valid hash of the password \"understudy\"",
		Doc: `Replaces every password hash by one and the same hash of the password ` + "`understudy`" + `, so that everybody can log in
as any user of staging and nobody can attack a real password. Nothing of the real hash remains; with
` + "`algorithm: auto`" + ` its scheme does. A hash is never cut: the column must hold it whole.

Do: keep staging itself from the internet: everybody knows this password.
Don't: use it where programs mix in a pepper or a salt column; write the right hash by ` + "`constant`" + `.`,
		Example: "password_digest: password_hash",
		Params: []Param{
			{Name: "algorithm", Type: String, Default: "bcrypt", OneOf: []string{"bcrypt", "argon2id", "pbkdf2_sha256", "auto"},
				Doc: "the scheme; `pbkdf2_sha256` in Django's form; `auto` follows each value and takes bcrypt for schemes that it does not know"},
		},
		Accepts: []Kind{Text, Bytea},
		Keyed:   []Keyed{ByNothing},
	}, func(r *rule) (*compiled, *ParamError) {
		algorithm := r.params.text("algorithm")
		hash := map[string]string{"argon2id": argon2Hash, "pbkdf2_sha256": pbkdf2Hash}[algorithm]
		if hash == "" {
			hash = bcryptHash
		}
		if len(hash) > r.col.room() {
			return nil, r.tooShort(len(hash))
		}
		props := Properties{Capacity: 1, MaxChars: len(hash), PrivacyRank: 1}
		if algorithm == "auto" {
			props.Capacity, props.NeedsValue, props.MaxChars = 3, true, min(r.col.room(), len(argon2Hash))
		}
		return &compiled{
			props: props,
			start: func() Masker { return &passwordHash{col: &r.col, hash: []byte(hash), auto: algorithm == "auto"} },
		}, nil
	})
}

type passwordHash struct {
	col     *Column
	hash    []byte
	auto    bool
	scratch []byte
}

func (m *passwordHash) Append(dst []byte, in *Input) ([]byte, Outcome) {
	hash := m.hash
	if m.auto {
		value := in.Value
		if m.col.Kind == Bytea {
			m.scratch, _ = readBytea(m.col.Wire, value, m.scratch[:0])
			value = m.scratch
		}
		switch {
		case bytes.HasPrefix(value, []byte("$argon2")) && len(argon2Hash) <= m.col.room():
			hash = []byte(argon2Hash)
		case bytes.HasPrefix(value, []byte("pbkdf2_")) && len(pbkdf2Hash) <= m.col.room():
			hash = []byte(pbkdf2Hash)
		}
	}
	if m.col.Kind == Bytea {
		return appendBytea(dst, m.col.Wire, hash), Masked
	}
	return append(dst, hash...), Masked
}
