//go:build linux

package sim

import (
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// perturber makes calls to the operating system fall short.
type perturber struct {
	mu      sync.Mutex
	state   uint64       // of the generator
	percent uint64       // of the chances that are taken
	edges   map[int]bool // descriptors that are registered with EPOLLET
}

var perturbing atomic.Pointer[perturber]

// Perturb makes calls that go to the operating system fall short from now on, as Linux
// could make them on another day: a read or a write of a stream moves fewer bytes,
// epoll_wait returns fewer events or EINTR, and goroutines give way. percent is how many
// chances of 100 are taken; 0 ends it. The choices follow from seed and from the order of
// the calls.
//
// Bytes are never held back from a descriptor that is registered with EPOLLET, because
// epoll(7) promises that a read of fewer bytes than asked for has emptied the socket,
// and that a write of fewer bytes has filled it. Writes are shortened only if the
// descriptor does not block.
func Perturb(seed uint64, percent int) {
	if percent <= 0 {
		perturbing.Store(nil)
		return
	}
	perturbing.Store(&perturber{state: seed, percent: uint64(percent), edges: map[int]bool{}})
}

// chance returns a number below n, 0 for "as it is".
func (p *perturber) chance(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n < 2 || p.next()%100 >= p.percent {
		return 0
	}
	return int(p.next() % uint64(n))
}

// next is splitmix64; doi.org/10.1145/2660193.2660195.
func (p *perturber) next() uint64 {
	p.state += 0x9e3779b97f4a7c15
	z := p.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (p *perturber) edge(fd int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.edges[fd]
}

// GiveWay lets other goroutines run, if Perturb asks for it.
func GiveWay() {
	if p := perturbing.Load(); p != nil && p.chance(2) == 1 {
		runtime.Gosched()
	}
}

// ShortRead returns the part of b that a read of fd may fill.
func ShortRead(fd int, b []byte) []byte {
	GiveWay()
	if p := perturbing.Load(); p != nil && p.stream(fd) {
		return short(p, b)
	}
	return b
}

// ShortWrite returns the part of b that a write to fd may take.
func ShortWrite(fd int, b []byte) []byte {
	GiveWay()
	if p := perturbing.Load(); p != nil && p.stream(fd) && !blocks(fd) {
		return short(p, b)
	}
	return b
}

// ShortVectors is ShortRead of vectors, or ShortWrite.
func ShortVectors(fd int, vectors [][]byte, write bool) [][]byte {
	GiveWay()
	p := perturbing.Load()
	if p == nil || !p.stream(fd) || write && blocks(fd) {
		return vectors
	}
	return vectors[:len(vectors)-p.chance(len(vectors))]
}

// ShortCount is ShortWrite for a call that copies count bytes to fd.
func ShortCount(fd, count int) int {
	GiveWay()
	if p := perturbing.Load(); p != nil && p.stream(fd) && !blocks(fd) {
		return count - p.chance(count)
	}
	return count
}

// ShortStream returns the part of b that a read of a connection of package net may fill.
func ShortStream(b []byte) []byte {
	GiveWay()
	if p := perturbing.Load(); p != nil {
		return short(p, b)
	}
	return b
}

func short(p *perturber, b []byte) []byte { return b[:len(b)-p.chance(len(b))] }

// ShortWait returns the part of events that an epoll_wait may fill, and whether a signal
// ends it. A wait that does not block is not ended by a signal; ep_poll, Linux 6.18.
func ShortWait[E any](events []E, msec int) (some []E, interrupted bool) {
	GiveWay()
	p := perturbing.Load()
	if p == nil {
		return events, false
	}
	return events[:len(events)-p.chance(len(events))], msec != 0 && p.chance(8) == 1
}

// Registered tells the perturber of an epoll_ctl that has succeeded, and Closed of a
// close that is about to happen.
func Registered(op, fd int, events uint32) {
	if p := perturbing.Load(); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.edges[fd] = op != syscall.EPOLL_CTL_DEL && events&(1<<31) != 0 // EPOLLET
	}
}

// Closed tells the perturber that a descriptor is about to be closed.
func Closed(fd int) { Registered(syscall.EPOLL_CTL_DEL, fd, 0) }

// stream reports whether fd is a stream socket without an edge-triggered registration.
func (p *perturber) stream(fd int) bool {
	if p.edge(fd) {
		return false
	}
	typ, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_TYPE)
	return err == nil && typ == syscall.SOCK_STREAM
}

// blocks reports whether fd is in blocking mode.
func blocks(fd int) bool {
	flags, _, e := syscall.Syscall(sysFcntl, uintptr(fd), syscall.F_GETFL, 0)
	return e != 0 || flags&syscall.O_NONBLOCK == 0
}
