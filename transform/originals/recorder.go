package originals

// Recorder takes the values of one chunk of a table. What it has taken counts
// from Keep on, in place of what an earlier recorder of the chunk has kept: a
// chunk that is read again is not counted twice. Not safe for concurrent use.
type Recorder struct {
	table   *Table
	chunk   chunk
	forms   *forms
	buffers *buffers
	blocks  []block
	err     error
}

// buffers are what a recorder gathers hashes in; they go round.
type buffers struct {
	columns [][]uint64
	pairs   [][]uint64
	names   []fullName
}

// fullName are the parts of a name that a row has shown so far.
type fullName struct {
	first, last [maxNameTokens]token
	nFirst      int
	nLast       int
	seen        int // columns
}

// maxNameTokens is how many tokens a first or a last name has at most, to be
// found together with the other.
const maxNameTokens = window / 2

// Recorder begins a chunk, by its number in the table.
func (t *Table) Recorder(index int) *Recorder {
	r := &Recorder{table: t, chunk: chunk{t.number, index}, forms: newForms(&t.store.hasher)}
	s := t.store
	s.mu.Lock()
	if n := len(s.leftover); n > 0 {
		r.buffers = s.leftover[n-1]
		s.leftover = s.leftover[:n-1]
	}
	s.mu.Unlock()
	if r.buffers == nil {
		r.buffers = &buffers{}
	}
	b := r.buffers
	for len(b.columns) < len(t.columns) {
		b.columns = append(b.columns, nil)
	}
	for len(b.pairs) < len(t.pairs) {
		b.pairs = append(b.pairs, nil)
	}
	b.names = append(b.names[:0], make([]fullName, len(t.pairs))...)
	return r
}

// Add remembers the value of a column of the row at hand; nil is NULL. Every
// row has to show all its columns. It keeps nothing of the value. An error is
// Keep's.
func (r *Recorder) Add(column int, value []byte) {
	c := &r.table.columns[column]
	if c.skip {
		return
	}
	keys := r.forms.of(value, c.content)
	for _, k := range keys {
		r.put(&r.buffers.columns[column], c.id, k)
	}
	if c.pair > 0 {
		r.name(c)
	}
}

// name adds first and last name, of which the forms at hand are one, in both
// orders once the row has shown both.
func (r *Recorder) name(c *tableColumn) {
	n := &r.buffers.names[c.pair-1]
	into, count := &n.last, &n.nLast
	if c.first {
		into, count = &n.first, &n.nFirst
	}
	if *count = r.forms.n; *count > maxNameTokens {
		*count = 0
	}
	*into = r.forms.first
	if n.seen++; n.seen < 2 {
		return
	}
	n.seen = 0
	first, last := n.first[:n.nFirst], n.last[:n.nLast]
	if len(first) == 0 || len(last) == 0 {
		return
	}
	p := c.pair - 1
	for _, order := range [2][2][]token{{first, last}, {last, first}} {
		var s sequence
		for _, part := range order {
			for _, t := range part {
				s.add(r.forms.hasher, t)
			}
		}
		if class, ok := s.identifies(); ok {
			r.forms.begin(s.first)
			r.put(&r.buffers.pairs[p], r.table.pairs[p].id, r.forms.class(s.hash, class))
		}
	}
}

func (r *Recorder) put(into *[]uint64, id uint32, key uint64) {
	*into = append(*into, key)
	if len(*into) == blockKeys {
		r.flush(into, id)
	}
}

func (r *Recorder) flush(into *[]uint64, id uint32) {
	if len(*into) > 0 && r.err == nil {
		var b block
		b, r.err = r.table.store.spool.write(*into, id)
		r.blocks = append(r.blocks, b)
	}
	*into = (*into)[:0]
}

// Keep has the chunk count. It must be the last call. On nil it does nothing.
func (r *Recorder) Keep() error {
	if r == nil {
		return nil
	}
	for i, c := range r.table.columns {
		r.flush(&r.buffers.columns[i], c.id)
	}
	for i, p := range r.table.pairs {
		r.flush(&r.buffers.pairs[i], p.id)
	}
	s := r.table.store
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.err == nil {
		s.kept[r.chunk] = r.blocks
	}
	s.leftover = append(s.leftover, r.buffers)
	r.buffers = nil
	return r.err
}

// Discard forgets the chunk. After Keep, and on nil, it does nothing.
func (r *Recorder) Discard() {
	if r == nil || r.buffers == nil {
		return
	}
	b := r.buffers
	for i := range b.columns {
		b.columns[i] = b.columns[i][:0]
	}
	for i := range b.pairs {
		b.pairs[i] = b.pairs[i][:0]
	}
	s := r.table.store
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leftover = append(s.leftover, b)
	r.buffers = nil
}
