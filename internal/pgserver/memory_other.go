//go:build !linux

package pgserver

// memoryDirs are the folders in memory with this many bytes free: none that
// every system has.
func memoryDirs(int64) []string { return nil }
