package transform

import (
	"slices"
	"strconv"

	"github.com/understudy-db/understudy/transform/mask"
)

// keys makes the inputs of the row in hand from the fields at its head.
type keys struct {
	table  *Table
	before int      // fields before the first that belongs to the column of the same place
	fields [][]byte // as they came
	inputs [][]byte // behind one that is always nil: what index -1 stands for
	text   []byte   // of inputs that had to be made
	part   []byte   // of one of their parts
}

func newKeys(t *Table) keys {
	return keys{
		table: t, before: len(t.Keys) - t.keptKeys(),
		fields: make([][]byte, len(t.Keys)), inputs: make([][]byte, 1+len(t.Inputs)),
	}
}

// take remembers a field. With the last one the inputs are complete.
func (k *keys) take(i int, value []byte) bool {
	k.fields[i] = value
	if i < len(k.fields)-1 {
		return true
	}
	k.text = k.text[:0]
	for n := range k.table.Inputs {
		in, ok := k.input(k.table.Inputs[n].Parts)
		if !ok {
			return false
		}
		k.inputs[1+n] = in
	}
	return true
}

// input is nil if one of its parts is. The slice stays valid until the row ends.
func (k *keys) input(parts []int) ([]byte, bool) {
	for _, p := range parts {
		if k.fields[p] == nil {
			return nil, true
		}
	}
	if len(parts) == 1 && k.table.Keys[parts[0]].Raw == mask.Other {
		return k.fields[parts[0]], true
	}
	start := len(k.text)
	for _, p := range parts {
		text := k.fields[p]
		if raw := k.table.Keys[p].Raw; raw != mask.Other {
			var ok bool
			if k.part, ok = mask.AppendText(k.part[:0], raw, text); !ok {
				return nil, false
			}
			text = k.part
		}
		if len(parts) > 1 {
			// The length goes first, so that no choice of values can move the border.
			k.text = append(strconv.AppendInt(k.text, int64(len(text)), 10), ':')
		}
		k.text = append(k.text, text...)
	}
	return k.text[start:len(k.text):len(k.text)], true
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
