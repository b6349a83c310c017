package epoll_test

import (
	"fmt"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

// instant is a Syscalls whose every wait finds one registration reportable at
// no cost: what a benchmark measures over it is the backend's own.
type instant struct{ next int }

func (k *instant) EpollCreate1(int) (int, epoll.Errno)              { return k.open(), 0 }
func (k *instant) EpollCtl(int, int, int, *epoll.Event) epoll.Errno { return 0 }
func (k *instant) Eventfd(uint, int) (int, epoll.Errno)             { return k.open(), 0 }
func (k *instant) Read(_ int, b []byte) (int, epoll.Errno)          { return len(b), 0 }
func (k *instant) Write(_ int, b []byte) (int, epoll.Errno)         { return len(b), 0 }
func (k *instant) Close(int) epoll.Errno                            { return 0 }
func (k *instant) Now() time.Duration                               { return 0 }

func (k *instant) EpollWait(_ int, events []epoll.Event, _ int) (int, epoll.Errno) {
	events[0] = epoll.Event{Events: epoll.EPOLLIN, Data: 1} // the slot behind the wake's
	return 1, 0
}

func (k *instant) EpollPwait2(_ int, events []epoll.Event, _ *epoll.Timespec) (int, epoll.Errno) {
	return k.EpollWait(0, events, 0)
}

func (k *instant) open() int {
	k.next++
	return k.next
}

// BenchmarkWait is a Wait that reports one event, without the kernel's part.
func BenchmarkWait(b *testing.B) {
	for _, timeout := range [...]time.Duration{-1, time.Second} {
		b.Run(fmt.Sprint(timeout), func(b *testing.B) {
			opened, err := epoll.Open(&instant{})
			if err != nil {
				b.Fatal(err)
			}
			var d demux.Demux = opened // as a loop has it
			if err := d.Register(50, 7, demux.Readable, demux.Level); err != nil {
				b.Fatal(err)
			}
			dst := make([]demux.Event, 16)
			b.ReportAllocs()
			for b.Loop() {
				if n, err := d.Wait(dst, timeout); n != 1 || err != nil || dst[0].Token != 7 {
					b.Fatal(n, err, dst[0])
				}
			}
		})
	}
}

// BenchmarkModify is a Modify without the kernel's part.
func BenchmarkModify(b *testing.B) {
	opened, err := epoll.Open(&instant{})
	if err != nil {
		b.Fatal(err)
	}
	var d demux.Demux = opened
	if err := d.Register(50, 7, demux.Readable, demux.Level); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Modify(50, 8, demux.Writable, demux.Level); err != nil {
			b.Fatal(err)
		}
	}
}
