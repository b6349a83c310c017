//go:build linux

package fakenet_test

import (
	"fmt"
	"hash/fnv"
	"testing"

	"reactortest/fakedemux"
	"reactortest/fakenet"
	"reactortest/scheduler/bubble"
)

// resets returns how many connections the network has reset in this run.
func resets() (n int) {
	b := bubble.Current()
	b.Do("resets", -1, func() {
		for _, d := range b.Kernel().(*fakedemux.Kernel).Recorder().Decisions() {
			if d.Point == fakedemux.PointReset && d.Got == 1 {
				n++
			}
		}
	})
	return n
}

// digest makes a run, and returns a checksum of its decisions and of what its calls have
// returned.
func digest(t *testing.T, o *fakenet.Options, f func(t testing.TB)) uint64 {
	t.Helper()
	h := fnv.New64()
	o.Run(t, func(t testing.TB) {
		b := bubble.Current()
		b.OnCall = func(c bubble.Call) { fmt.Fprintln(h, c.Name, c.Handle, c.N, c.Errno) }
		f(t)
		b.Do("digest", -1, func() {
			for _, d := range b.Kernel().(*fakedemux.Kernel).Recorder().Decisions() {
				fmt.Fprintln(h, d)
			}
		})
	})
	return h.Sum64()
}
