//go:build race

package proptest_test

// raceCost divides the runs of long searches in builds with the race detector:
// it sees races in few runs, and orders are searched without it.
const raceCost = 10
