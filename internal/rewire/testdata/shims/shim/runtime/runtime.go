// Package runtime is a stand-in.
package runtime

func NumCPU() int { return 2 }
func Gosched()    {}
