package mask

func nullSpec() *Spec {
	return define(Spec{
		Name:    "null",
		Summary: "writes NULL",
		Doc: `Destroys the value completely and keeps nothing, of any type. There is nothing to attack. Refused on
NOT NULL columns.

Do: use it for what nobody on staging reads.
Don't: use it where programs rely on a value; ` + "`redact`" + ` or a fake serves them better.`,
		Example: "fax: null",
		Accepts: anyKind,
		Keyed:   []Keyed{ByNothing},
	}, func(r *rule) (*compiled, *ParamError) {
		if r.col.NotNull {
			return nil, &ParamError{Msg: r.column() + " is NOT NULL"}
		}
		return &compiled{
			props:    Properties{WritesNull: true, Capacity: 1, PrivacyRank: 1},
			emptyToo: true,
			start:    func() Masker { return nullMask{} },
		}, nil
	})
}

type nullMask struct{}

func (nullMask) Append(dst []byte, _ *Input) ([]byte, Outcome) { return dst, Null }
