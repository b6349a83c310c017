//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"errors"
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/demux/kqueue"
)

// bsdCalls are the calls of a BSD, for one Demux: events is the memory that the
// kernel reports into. Calls that have no room for events do not touch it.
type bsdCalls struct {
	events nativeEvents
}

var _ kqueue.Syscalls = (*bsdCalls)(nil)

// epoch is the origin of Now, for all that this package makes.
var epoch = time.Now()

func open() (demux.Demux, error) {
	d, err := kqueue.Open(&bsdCalls{}, profile())
	if err != nil {
		return nil, err
	}
	return d, nil
}

// profile returns the profile of the oldest release of this system, because the release
// that runs is not known. iOS is a Darwin.
func profile() *kqueue.Profile {
	if p := kqueue.Oldest(runtime.GOOS); p != nil {
		return p
	}
	return &kqueue.Darwin
}

func (*bsdCalls) Kqueue() (int, kqueue.Errno) {
	kq, err := make1(false, unix.Kqueue)
	return kq, number(err)
}

// fewChanges is how many changes one native call is given: as many as a Demux
// makes outside of a Wait.
const fewChanges = 4

func (c *bsdCalls) Kevent(kq int, changes, events []kqueue.Kevent, timeout *kqueue.Timespec) (int, kqueue.Errno) {
	// The first change that fails ends a call without room for events, so it
	// may be made in pieces.
	for len(changes) > fewChanges {
		if _, e := keventFew(kq, changes[:fewChanges], nil, nil); e != 0 {
			return -1, e
		}
		changes = changes[fewChanges:]
	}
	if len(events) == 0 {
		return keventFew(kq, changes, nil, nil)
	}
	c.events.grow(len(events))
	n, e := keventFew(kq, changes, c.events.slice(len(events)), timeout)
	for i := range max(n, 0) {
		events[i] = fromNativeEvent(c.events.at(i))
	}
	return n, e
}

// keventFew is kevent(2) with a few changes, whose memory is the stack's.
func keventFew(kq int, changes []kqueue.Kevent, events []unix.Kevent_t, timeout *kqueue.Timespec) (int, kqueue.Errno) {
	var words [fewChanges * int((nativeSize+7)/8)]uint64
	native := nativeEvents(words[:])
	for i := range changes {
		toNativeEvent(native.at(i), &changes[i])
	}
	var ts *unix.Timespec
	if timeout != nil {
		spec := unix.NsecToTimespec(timeout.Sec*int64(time.Second) + timeout.Nsec) // no more than a profile's MaxTimeout
		ts = &spec
	}
	n, err := unix.Kevent(kq, native.slice(len(changes)), events, ts)
	if err != nil {
		return -1, number(err)
	}
	return n, 0
}

func (*bsdCalls) Pipe(nonblock bool) (r, w int, e kqueue.Errno) {
	fds, err := pipe(nonblock)
	if err != nil {
		return -1, -1, number(err)
	}
	return fds[0], fds[1], 0
}

func (*bsdCalls) Read(fd int, b []byte) (int, kqueue.Errno) {
	n, err := unix.Read(fd, b)
	return n, number(err)
}

func (*bsdCalls) Write(fd int, b []byte) (int, kqueue.Errno) {
	n, err := unix.Write(fd, b)
	return n, number(err)
}

func (*bsdCalls) Close(fd int) kqueue.Errno {
	e := number(unix.Close(fd))
	if e == kqueue.EINTR {
		return 0 // the descriptor is closed all the same
	}
	return e
}

// Now is CLOCK_MONOTONIC by way of the runtime.
func (*bsdCalls) Now() time.Duration { return time.Since(epoch) }

// nativeSize is the size of the kernel's struct kevent.
const nativeSize = unsafe.Sizeof(unix.Kevent_t{}) + keventTail

// nativeEvents is memory for the kernel's events. Their user data is a pointer
// for most systems' x/sys, and a slot's index for us: so the memory is one that
// the garbage collector does not look for pointers in, and the field is only
// ever touched as a number.
type nativeEvents []uint64

// grow makes room for n events.
func (m *nativeEvents) grow(n int) {
	if words := (n*int(nativeSize) + 7) / 8; len(*m) < words {
		*m = make([]uint64, words)
	}
}

// at returns the i-th event.
func (m nativeEvents) at(i int) *unix.Kevent_t {
	return (*unix.Kevent_t)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(m)), uintptr(i)*nativeSize))
}

// slice returns the first n events as x/sys wants them, which takes their
// address and their number. Its elements are where at has them only if
// keventTail is 0.
func (m nativeEvents) slice(n int) []unix.Kevent_t {
	return unsafe.Slice(m.at(0), n)
}

// toNativeEvent writes ev to a zero k.
func toNativeEvent(k *unix.Kevent_t, ev *kqueue.Kevent) {
	unix.SetKevent(k, int(ev.Ident), int(ev.Filter), int(ev.Flags))
	k.Fflags, k.Data = ev.Fflags, ev.Data
	*(*uintptr)(unsafe.Pointer(&k.Udata)) = uintptr(ev.Udata)
}

func fromNativeEvent(k *unix.Kevent_t) kqueue.Kevent {
	return kqueue.Kevent{
		Ident: uint64(k.Ident), Filter: int32(k.Filter), Flags: uint32(k.Flags), Fflags: k.Fflags, Data: k.Data, //nolint:unconvert // some are of another type elsewhere
		Udata: uint64(*(*uintptr)(unsafe.Pointer(&k.Udata))),
	}
}

// number returns the error number of err, 0 for nil.
func number(err error) kqueue.Errno {
	if err == nil {
		return 0
	}
	var e syscall.Errno
	if errors.As(err, &e) {
		return kqueue.Errno(e)
	}
	return kqueue.EINVAL
}
