package transform

import (
	"slices"
	"strconv"

	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// keys makes the inputs of the row in hand from the fields at its head.
type keys struct {
	table  *Table
	wire   mask.Wire
	before int      // fields before the first that belongs to the column of the same place
	keys   int      // fields that are keys
	fields [][]byte // as they came
	inputs [][]byte // behind one that is always nil: what index -1 stands for
	made   []byte   // of inputs that are not a field as it came
	part   []byte   // of one of their parts
}

func newKeys(t *Table) keys {
	k := keys{
		table: t, wire: mask.TextWire, before: len(t.Keys) - t.keptKeys() + t.compared(), keys: len(t.Keys),
		fields: make([][]byte, len(t.Keys)), inputs: make([][]byte, 1+len(t.Inputs)),
	}
	if t.Format == copyrow.Binary {
		k.wire = mask.BinaryWire
	}
	return k
}

// take remembers a field. With the last one the inputs are complete.
func (k *keys) take(i int, value []byte) bool {
	k.fields[i] = value
	if i < len(k.fields)-1 {
		return true
	}
	k.made = k.made[:0]
	for n := range k.table.Inputs {
		in, ok := k.input(&k.table.Inputs[n])
		if !ok {
			return false
		}
		k.inputs[1+n] = in
	}
	return true
}

// input is nil if one of its parts is. The slice stays valid until the row ends.
func (k *keys) input(in *Input) (out []byte, ok bool) {
	for _, p := range in.Parts {
		if k.fields[p] == nil {
			return nil, true
		}
	}
	if len(in.Parts) == 1 && !k.stored(in.Parts[0]) {
		return k.fields[in.Parts[0]], true
	}
	start := len(k.made)
	for _, p := range in.Parts {
		value, kind := k.fields[p], k.table.Keys[p].Kind
		switch {
		case len(in.Parts) == 1:
			k.made, ok = mask.AppendText(k.made, kind, value)
		case in.Kind == Row:
			k.made, ok = mask.AppendKeyPart(k.made, kind, k.wire, value)
		default:
			ok = k.addPart(kind, value, k.stored(p))
		}
		if !ok {
			return nil, false
		}
	}
	return k.made[start:len(k.made):len(k.made)], true
}

// stored tells whether a key comes in a binary form that is not its text.
func (k *keys) stored(part int) bool {
	return k.wire == mask.BinaryWire && k.table.Keys[part].Kind != mask.Other
}

// addPart appends the text of a part. Its length goes first, so that no choice
// of values can move the border.
func (k *keys) addPart(kind mask.Kind, value []byte, stored bool) (ok bool) {
	if stored {
		if k.part, ok = mask.AppendText(k.part[:0], kind, value); !ok {
			return false
		}
		value = k.part
	}
	k.made = append(strconv.AppendInt(k.made, int64(len(value)), 10), ':')
	k.made = append(k.made, value...)
	return true
}

// keyName is what an error calls a field.
func (t *Table) keyName(i int) string {
	for _, in := range t.Inputs {
		if in.Kind == Subject && slices.Contains(in.Parts, i) {
			return "subject key"
		}
	}
	return "row key"
}
