package epoll

import (
	"time"

	"reactortest/demux"
)

// traits tells what epoll offers, with epoll_pwait2(2) or without.
func traits(pwait2 bool) demux.Traits {
	resolution := time.Millisecond // epoll_wait(2) counts in milliseconds
	if pwait2 {
		resolution = time.Nanosecond
	}
	return demux.Traits{
		Name:       "epoll",
		Level:      true,
		Edge:       true,
		Oneshot:    true,
		Merged:     true,                        // one event a registration, with all its bits
		Unasked:    demux.Hangup | demux.Failed, // epoll_ctl(2): EPOLLERR and EPOLLHUP are always reported
		Fair:       true,                        // epoll_wait(2): "round robin"
		Resolution: resolution,
	}
}

// interest returns the bits to register for want and mode.
func interest(want demux.Ready, mode demux.Mode) uint32 {
	var bits uint32
	if want&demux.Readable != 0 {
		// Without EPOLLRDHUP a half-close looks like data, epoll_ctl(2).
		bits |= EPOLLIN | EPOLLRDHUP
	}
	if want&demux.Writable != 0 {
		bits |= EPOLLOUT
	}
	if mode&demux.Edge != 0 {
		bits |= EPOLLET
	}
	if mode&demux.Oneshot != 0 {
		bits |= EPOLLONESHOT
	}
	return bits
}

// ready returns what the kernel's bits mean for a registration with the given
// interest. Hangup and Failed bring the wanted directions along: the next Read
// or Write tells what happened (W8).
func ready(bits uint32, want demux.Ready) demux.Ready {
	var r demux.Ready
	if bits&EPOLLIN != 0 {
		r |= demux.Readable
	}
	if bits&EPOLLOUT != 0 {
		r |= demux.Writable
	}
	if bits&(EPOLLHUP|EPOLLRDHUP) != 0 {
		r |= demux.Hangup | want
	}
	if bits&EPOLLERR != 0 {
		r |= demux.Failed | want
	}
	return r
}
