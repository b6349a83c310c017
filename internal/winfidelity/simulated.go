package winfidelity

import (
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// Simulated returns the simulated Windows, faithful and quiet, on the direct
// runner. change wraps its calls; nil leaves them as they are.
func Simulated(change func(iocp.Winsock) iocp.Winsock) *System {
	k := fakedemux.New(&fakedemux.Options{
		Dialect: "iocp", Runner: scheduler.NewDirect(), StreamBuffer: 200_000, Budget: scheduler.Budget{Steps: 1 << 30},
	})
	s := &System{Host: k, Calls: k.IOCP(), Packets: k.Packets, Unread: k.Unread, Finished: k.Finished}
	s.Begin = func() {
		k.Reset(nil)
		if change != nil {
			s.Calls = change(k.IOCP())
		}
	}
	return s
}
