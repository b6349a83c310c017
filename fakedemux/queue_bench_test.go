package fakedemux_test

import (
	"fmt"
	"testing"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// BenchmarkDatagramQueue is a datagram that is put in a queue of others, and the
// first of them that is taken: the cost must not depend on how many wait.
func BenchmarkDatagramQueue(b *testing.B) {
	for _, waiting := range [...]int{1, 1_000, 100_000} {
		b.Run(fmt.Sprint(waiting), func(b *testing.B) {
			k := direct(fakedemux.Options{StreamBuffer: 1 << 20, Budget: scheduler.Budget{Steps: 1<<31 - 1}})
			l := k.Linux()
			x, y, _ := l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeDatagram|epoll.NonBlock)
			msg := make([]byte, 8)
			for range waiting {
				l.Write(x, msg)
			}
			b.ReportAllocs()
			for b.Loop() {
				l.Write(x, msg)
				l.Read(y, msg)
			}
		})
	}
}
