// Package routine is a stand-in: a goroutine runs at once.
package routine

// Started counts goroutines.
var Started int

func Go(f func()) {
	Started++
	f()
}
