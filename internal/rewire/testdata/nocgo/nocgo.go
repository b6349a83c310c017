// Package nocgo has a file that uses cgo.
package nocgo

// Run calls it.
func Run() { affinity() }
