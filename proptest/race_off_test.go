//go:build !race

package proptest_test

const raceCost = 1
