package originals

import (
	"sync"
)

// Column is a column whose values are remembered.
type Column struct {
	Name    string // as reports write it; columns of one name are one, such as those of partitions
	Content Content
	Skip    bool // not remembered: holds the place of another column in Table's list
}

// NamePart says that a column holds a part of people's names.
type NamePart struct {
	First, Last int    // indexes into Table's list of columns
	Name        string // of both together, as reports write it
}

// Store takes the hashes of one run. It is safe for concurrent use.
type Store struct {
	hasher
	spool *spool
	pass  int64 // hashes to sort at a time

	mu       sync.Mutex
	names    []string
	ids      map[string]uint32
	kept     map[chunk][]block
	tables   int
	leftover []*buffers
}

// chunk is a part of a table, by the order in which tables were added.
type chunk struct{ table, index int }

// NewStore opens a store. It has to be closed.
func NewStore() (*Store, error) {
	sp, err := newSpool()
	if err != nil {
		return nil, err
	}
	return &Store{hasher: newHasher(), spool: sp, pass: maxPass, ids: map[string]uint32{}, kept: map[chunk][]block{}}, nil
}

// Close deletes what was remembered. Calling it twice, or on nil, is harmless.
func (s *Store) Close() {
	if s != nil {
		s.spool.close()
	}
}

// ID is the number of a column of that name, in this store and its Set.
func (s *Store) ID(name string) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, ok := s.ids[name]
	if !ok {
		id = uint32(len(s.names))
		s.ids[name] = id
		s.names = append(s.names, name)
	}
	return id
}

// Table is a table whose rows are remembered.
type Table struct {
	store   *Store
	number  int
	columns []tableColumn
	pairs   []pair
}

type tableColumn struct {
	id      uint32
	content Content
	skip    bool
	pair    int // 1 + index into pairs; 0 without
	first   bool
}

type pair struct{ id uint32 }

// Table adds a table with its columns and with the pairs of them that make up
// a person's name.
func (s *Store) Table(columns []Column, names []NamePart) *Table {
	t := &Table{store: s}
	for _, c := range columns {
		tc := tableColumn{content: c.Content, skip: c.Skip}
		if !c.Skip {
			tc.id = s.ID(c.Name)
		}
		t.columns = append(t.columns, tc)
	}
	for _, n := range names {
		t.pairs = append(t.pairs, pair{s.ID(n.Name)})
		t.columns[n.First].pair, t.columns[n.First].first = len(t.pairs), true
		t.columns[n.Last].pair = len(t.pairs)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t.number = s.tables
	s.tables++
	return t
}
