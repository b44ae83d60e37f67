package refresh

// Observer is told how a run goes. Every function may be nil; Moved is called
// from several goroutines and must be quick.
type Observer struct {
	Stage  func(name string)                               // a stage begins
	Tables func(tables int, bytes int64)                   // the data phase begins; bytes is an estimate
	Begin  func(table string, rows, bytes int64)           // a table begins; estimates, rows 0 where unknown
	Moved  func(table string, rows, bytes int64)           // so much more of a table was masked and handed on
	End    func(table string, rows int64, seconds float64) // a table is in
	Warn   func(msg string)                                // something that a person should know
}

func (o *Observer) fill() {
	if o.Stage == nil {
		o.Stage = func(string) {}
	}
	if o.Tables == nil {
		o.Tables = func(int, int64) {}
	}
	if o.Begin == nil {
		o.Begin = func(string, int64, int64) {}
	}
	if o.Moved == nil {
		o.Moved = func(string, int64, int64) {}
	}
	if o.End == nil {
		o.End = func(string, int64, float64) {}
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
}
