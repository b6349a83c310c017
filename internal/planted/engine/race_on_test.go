//go:build race

package engine_test

// slower is how many times fewer runs a build with the race detector makes.
const slower = 20
