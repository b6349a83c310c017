package fakedemux

import "encoding/binary"

// eventfdMax is the largest value of an eventfd's counter; eventfd(2).
const eventfdMax = ^uint64(0) - 1

// eventfd is a counter; eventfd(2).
type eventfd struct {
	desc      *description
	count     uint64
	semaphore bool
}

// addEventfd makes a counter and installs it.
func (k *system) addEventfd(count uint64, semaphore bool, call string) (int, *description) {
	e := k.eventfds.get()
	*e = eventfd{count: count, semaphore: semaphore}
	fd, d := k.add(e, call)
	e.desc = d
	return fd, d
}

func (e *eventfd) kind() string { return "eventfd" }
func (e *eventfd) release()     {}

// poll: readable with a value greater than 0, writable if 1 can be added
// without blocking; eventfd(2).
func (e *eventfd) poll() uint32 { return e.conditions() }

func (e *eventfd) conditions() uint32 {
	var m uint32
	if e.count > 0 {
		m |= readable
	}
	if e.count < eventfdMax {
		m |= writable
	}
	return m
}

// read takes the counter and resets it, or takes 1 of a semaphore; fewer than
// 8 bytes are EINVAL.
func (e *eventfd) read(b []byte) (int, failure) {
	if len(b) < 8 {
		return 0, invalid
	}
	if e.count == 0 {
		return 0, again
	}
	taken := e.count
	if e.semaphore {
		taken = 1
	}
	binary.NativeEndian.PutUint64(b, taken)
	e.count -= taken
	e.desc.notify(writable)
	return 8, ok
}

// write adds to the counter. Anything but 8 bytes is EINVAL (more than 8 were
// taken by kernels before Linux 6.7), and so is the value 2^64-1; one that
// would pass the maximum would block. Adding 0 raises EPOLLIN too.
func (e *eventfd) write(b []byte) (int, failure) {
	if len(b) != 8 {
		return 0, invalid
	}
	v := binary.NativeEndian.Uint64(b)
	if v == ^uint64(0) {
		return 0, invalid
	}
	if v > eventfdMax-e.count {
		return 0, again
	}
	e.count += v
	e.desc.notify(readable)
	return 8, ok
}
