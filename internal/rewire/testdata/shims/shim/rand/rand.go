// Package rand is a stand-in.
package rand

func Intn(n int) int { return n - 1 }

type Rand struct{}
