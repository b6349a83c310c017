//go:build linux

package micro

import (
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/bench/internal/result"
)

const (
	warmEvents = 20_000 // handled before the measurement begins
	lookEvery  = 256    // events between two looks at the clock
)

// dispatch measures events. Of the registered descriptors, active ones are readable all the
// time, evenly spread. An eventfd stays readable, and its handler only counts. The handler of
// a socketpair reads a byte and writes one to the other end, so that another event follows.
func dispatch(p *Peer, pairs bool, registered, active int, length time.Duration) error {
	d := &dispatched{length: length, pairs: pairs}
	if err := d.open(registered, active); err != nil {
		return err
	}
	if err := p.Dispatch(d.fds, d.ready); err != nil {
		return err
	}
	d.result.Print()
	return nil
}

type dispatched struct {
	length time.Duration
	pairs  bool
	fds    []int
	others []int // the other end of each
	b      [8]byte

	n      int64
	meter  meter
	result *result.Result
}

func (d *dispatched) open(registered, active int) error {
	every := registered / active
	idle, _, err := d.one()
	if err != nil {
		return err
	}
	for i := range registered {
		on := i%every == 0 && i/every < active
		if d.pairs && !on {
			fd, err := unix.FcntlInt(uintptr(idle), unix.F_DUPFD_CLOEXEC, 0)
			if err != nil {
				return os.NewSyscallError("fcntl", err)
			}
			d.fds, d.others = append(d.fds, fd), append(d.others, -1)
			continue
		}
		fd, other, err := d.one()
		if err != nil {
			return err
		}
		d.fds, d.others = append(d.fds, fd), append(d.others, other)
		if on {
			if err := d.activate(other); err != nil {
				return err
			}
		}
	}
	return nil
}

// activate makes a descriptor readable.
func (d *dispatched) activate(other int) error {
	d.b = [8]byte{1}
	n := 8 // eventfd(2)
	if d.pairs {
		n = 1
	}
	_, err := unix.Write(other, d.b[:n])
	return os.NewSyscallError("write", err)
}

// one returns a descriptor and the one to write to.
func (d *dispatched) one() (fd, other int, err error) {
	if !d.pairs {
		fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
		return fd, fd, os.NewSyscallError("eventfd", err)
	}
	p, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	return p[0], p[1], os.NewSyscallError("socketpair", err)
}

func (d *dispatched) ready(i int) bool {
	if d.pairs {
		d.pass(unix.SYS_READ, d.fds[i])
		d.pass(unix.SYS_WRITE, d.others[i])
	}
	d.n++
	if d.n%lookEvery != 0 || d.n < warmEvents {
		return d.result != nil
	}
	if d.meter.began.IsZero() {
		d.n = warmEvents
		d.meter.start()
	}
	if d.result == nil && time.Since(d.meter.began) >= d.length {
		d.result = d.meter.read("dispatch", d.n-warmEvents)
	}
	return d.result != nil
}

// pass moves one byte. A byte that does not move is a defect of the peer, which has reported
// what is not there.
func (d *dispatched) pass(number uintptr, fd int) {
	n, _, e := syscall.RawSyscall6(number, uintptr(fd), uintptr(unsafe.Pointer(&d.b)), 1, 0, 0, 0)
	if e != 0 || n != 1 {
		panic(os.NewSyscallError("read or write", e))
	}
}
