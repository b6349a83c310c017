package objects

import (
	"encoding/binary"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// EventfdMax is the largest value of an eventfd's counter; eventfd(2).
const EventfdMax = ^uint64(0) - 1

// Eventfd is a counter; eventfd(2).
type Eventfd struct {
	desc      *machine.Description
	Count     uint64
	semaphore bool
}

// AddEventfd makes a counter and installs it.
func (k *System) AddEventfd(count uint64, semaphore bool, call string) (int, *machine.Description) {
	e := k.eventfds.Get()
	*e = Eventfd{Count: count, semaphore: semaphore}
	fd, d := k.Add(e, call)
	e.desc = d
	return fd, d
}

// Kind returns "eventfd".
func (e *Eventfd) Kind() string { return "eventfd" }

// Release has nothing to do.
func (e *Eventfd) Release() {}

// Poll returns Conditions.
func (e *Eventfd) Poll() uint32 { return e.Conditions() }

// Conditions returns what holds: readable with a value greater than 0, writable if 1 can be added
// without blocking; eventfd(2).
func (e *Eventfd) Conditions() uint32 {
	var m uint32
	if e.Count > 0 {
		m |= machine.Readable
	}
	if e.Count < EventfdMax {
		m |= machine.Writable
	}
	return m
}

// Read takes the counter and resets it, or takes 1 of a semaphore; fewer than
// 8 bytes are EINVAL.
func (e *Eventfd) Read(b []byte) (int, errno.Failure) {
	if len(b) < 8 {
		return 0, errno.Invalid
	}
	if e.Count == 0 {
		return 0, errno.Again
	}
	taken := e.Count
	if e.semaphore {
		taken = 1
	}
	binary.NativeEndian.PutUint64(b, taken)
	e.Count -= taken
	e.desc.Notify(machine.Writable)
	return 8, errno.OK
}

// Write adds to the counter. Anything but 8 bytes is EINVAL (more than 8 were
// taken by kernels before Linux 6.7), and so is the value 2^64-1; one that
// would pass the maximum would block. Adding 0 raises EPOLLIN too.
func (e *Eventfd) Write(b []byte) (int, errno.Failure) {
	if len(b) != 8 {
		return 0, errno.Invalid
	}
	v := binary.NativeEndian.Uint64(b)
	if v == ^uint64(0) {
		return 0, errno.Invalid
	}
	if v > EventfdMax-e.Count {
		return 0, errno.Again
	}
	e.Count += v
	e.desc.Notify(machine.Readable)
	return 8, errno.OK
}
