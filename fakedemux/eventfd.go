package fakedemux

import (
	"encoding/binary"

	"reactortest/demux/epoll"
)

// eventfdMax is the largest value of an eventfd's counter; eventfd(2).
const eventfdMax = ^uint64(0) - 1

// eventfd is a counter; eventfd(2).
type eventfd struct {
	desc  *description
	count uint64
}

func (e *eventfd) kind() string { return "eventfd" }
func (e *eventfd) release()     {}

// poll: readable with a value greater than 0, writable if 1 can be added
// without blocking; eventfd(2).
func (e *eventfd) poll() uint32 {
	var m uint32
	if e.count > 0 {
		m |= epoll.EPOLLIN
	}
	if e.count < eventfdMax {
		m |= epoll.EPOLLOUT
	}
	return m
}

// read takes the counter and resets it; fewer than 8 bytes are EINVAL.
func (e *eventfd) read(b []byte) (int, failure) {
	if len(b) < 8 {
		return 0, invalid
	}
	if e.count == 0 {
		return 0, again
	}
	binary.NativeEndian.PutUint64(b, e.count)
	e.count = 0
	e.desc.notify(epoll.EPOLLOUT)
	return 8, ok
}

// write adds to the counter. The value 2^64-1 is EINVAL, one that would pass
// the maximum would block.
func (e *eventfd) write(b []byte) (int, failure) {
	if len(b) < 8 {
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
	e.desc.notify(epoll.EPOLLIN)
	return 8, ok
}

// regular is a regular file: always ready, and refused by epoll_ctl(2) with
// EPERM.
type regular struct {
	content buffer
}

func (r *regular) kind() string { return "file" }
func (r *regular) release()     {}
func (r *regular) poll() uint32 { return epoll.EPOLLIN | epoll.EPOLLOUT }

func (r *regular) read(b []byte) (int, failure) { return r.content.take(b), ok }

func (r *regular) write(b []byte) (int, failure) {
	r.content.put(b)
	return len(b), ok
}
