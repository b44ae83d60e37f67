package mask

import "bytes"

func fileNameSpec() *Spec {
	return define(Spec{
		Name:    "file_name",
		Summary: "a file name with the same extension",
		Doc: `Replaces a file's name and the folders before it by 15 characters that carry 75 bits, and keeps the extension, of up to five letters or digits, so
that programs still find the type. Of the real name only the extension enters. Different rows get different names; with a domain, equal
names stay equal. Cut where the column is shorter.`,
		Example: "attachment: file_name",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		room := r.col.room()
		if room < 4 {
			return nil, r.tooShort(4)
		}
		c := &compiled{
			props: r.needs(byRow, Properties{MaxChars: min(room, tokenChars+1+longestExtension), NeedsValue: true, PrivacyRank: max(2, r.identifierRank())}),
			start: func() Masker { return &fileName{keyer: r.rowKeyer(), room: room} },
		}
		if room >= tokenChars+1+longestExtension {
			c.bits = tokenBits
		}
		return c, nil
	})
}

const longestExtension = 5

type fileName struct {
	keyer keyer
	room  int
}

func (m *fileName) Append(dst []byte, in *Input) ([]byte, Outcome) {
	value := in.Value
	if m.keyer.col.Padded {
		value = trimPad(value)
	}
	extension := value[len(value):]
	if dot := bytes.LastIndexByte(value, '.'); dot > 0 && len(value)-dot-1 <= longestExtension && dot+1 < len(value) {
		extension = value[dot:]
		for _, c := range extension[1:] {
			if !isDigit(c) && !isLetter(c) {
				extension = extension[:0]
				break
			}
		}
	}
	if len(extension) >= m.room {
		extension = extension[:0]
	}
	d := m.keyer.draw(in)
	at := len(dst)
	dst = d.appendToken(dst)
	dst = dst[:at+min(tokenChars, m.room-len(extension))]
	return append(dst, extension...), Masked
}
