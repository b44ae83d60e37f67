package migrations

// lockModes are the table-level lock modes, weakest first.
var lockModes = []string{"AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}

// lockRank is a mode's place among lockModes.
func lockRank(mode string) int {
	for i, m := range lockModes {
		if m == mode {
			return i
		}
	}
	return -1
}

// blocksReads tells whether a mode keeps SELECT waiting.
func blocksReads(mode string) bool { return mode == "AccessExclusiveLock" }

// blocksWrites tells whether a mode keeps INSERT, UPDATE and DELETE waiting.
func blocksWrites(mode string) bool { return lockRank(mode) >= lockRank("ShareLock") }
