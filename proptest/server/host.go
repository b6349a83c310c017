package server

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"reactortest/demux"
)

// watchedHost is the host of an engine that is written against package demux. It tells
// the session what the engine's calls return.
type watchedHost struct {
	*session
	inner demux.Host
	tasks map[string]int // how many were started under a name
}

var _ demux.Host = (*watchedHost)(nil)

// Error numbers for Called: those of Linux, whatever the dialect.
const (
	errnoBadFile = 9  // EBADF
	errnoSystem  = 23 // ENFILE
	errnoNoFile  = 24 // EMFILE
	errnoOther   = -1 // of which no rule speaks
)

// number returns the error number of a call for Called.
func number(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, syscall.EBADF), errors.Is(err, syscall.ENOTSOCK):
		return errnoBadFile
	case errors.Is(err, syscall.ENFILE):
		return errnoSystem
	case errors.Is(err, syscall.EMFILE):
		return errnoNoFile
	default:
		return errnoOther
	}
}

func (h *watchedHost) told(call string, on demux.Handle, n int, err error) {
	handle := -1
	if on != demux.NoHandle {
		handle = int(on)
	}
	if err != nil {
		n = -1
	}
	h.Called(call, handle, n, number(err))
}

// opened books handles that the engine has opened.
func (h *watchedHost) opened(call string, on demux.Handle, err error, got ...demux.Handle) {
	n := 0
	h.c.Lock()
	if err == nil {
		for _, x := range got {
			h.handles[x] = call
		}
		n = int(got[0])
	}
	h.c.Unlock()
	h.told(call, on, n, err)
}

// Open makes a demultiplexer.
func (h *watchedHost) Open() (demux.Demux, error) {
	d, err := h.inner.Open()
	h.told("open", demux.NoHandle, 0, err)
	if err != nil || d == nil {
		return d, err
	}
	return h.watch(d), nil
}

// Now returns the time of the host.
func (h *watchedHost) Now() time.Duration { return h.inner.Now() }

// Go starts a thread of the engine. Of two with one name the second gets a number.
func (h *watchedHost) Go(name string, f func()) {
	h.c.Lock()
	h.tasks[name]++
	if n := h.tasks[name]; n > 1 {
		name = fmt.Sprintf("%s %d", name, n)
	}
	h.began(name)
	h.c.Unlock()
	h.inner.Go(name, func() {
		defer h.ended(name)
		f()
	})
}

// Yield is a switch point.
func (h *watchedHost) Yield(point string) {
	if h.c.Kernel != nil { // a real host's does nothing
		h.c.Yields++
	}
	h.inner.Yield(point)
}

// Pair makes two connected handles.
func (h *watchedHost) Pair() (a, b demux.Handle, err error) {
	a, b, err = h.inner.Pair()
	h.opened("pair", demux.NoHandle, err, a, b)
	return a, b, err
}

// Pipe makes a pipe.
func (h *watchedHost) Pipe() (r, w demux.Handle, err error) {
	r, w, err = h.inner.Pipe()
	h.opened("pipe", demux.NoHandle, err, r, w)
	return r, w, err
}

// Stream makes a stream socket that is not connected, where the host can.
func (h *watchedHost) Stream(family netip.Addr) (demux.Handle, error) {
	maker, can := h.inner.(interface {
		Stream(family netip.Addr) (demux.Handle, error)
	})
	if !can {
		return demux.NoHandle, fmt.Errorf("proptest: Stream: %w", errors.ErrUnsupported)
	}
	s, err := maker.Stream(family)
	h.opened("stream", demux.NoHandle, err, s)
	return s, err
}

// Listen makes a listener.
func (h *watchedHost) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	l, at, err := h.inner.Listen(addr, backlog)
	h.listens(l, at, err)
	return l, at, err
}

// listens books a listener, if err is nil, and where the peers connect to.
func (h *watchedHost) listens(l demux.Handle, at netip.AddrPort, err error) {
	h.opened("listen", demux.NoHandle, err, l)
	if err == nil {
		h.c.Lock()
		h.address = at
		h.c.Unlock()
	}
}

// Accept takes a connection from a listener.
func (h *watchedHost) Accept(l demux.Handle) (demux.Handle, error) {
	x, err := h.inner.Accept(l)
	h.opened(callAccept, l, err, x)
	return x, err
}

// Connect starts a connection.
func (h *watchedHost) Connect(addr netip.AddrPort) (demux.Handle, error) {
	x, err := h.inner.Connect(addr)
	h.opened("connect", demux.NoHandle, err, x)
	return x, err
}

// ConnectResult tells how a connect ended.
func (h *watchedHost) ConnectResult(x demux.Handle) error {
	err := h.inner.ConnectResult(x)
	h.told("getsockopt", x, 0, err)
	return err
}

// Read reads.
func (h *watchedHost) Read(x demux.Handle, b []byte) (int, error) {
	n, err := h.inner.Read(x, b)
	h.told(callRead, x, n, err)
	return n, err
}

// Write writes.
func (h *watchedHost) Write(x demux.Handle, b []byte) (int, error) {
	n, err := h.inner.Write(x, b)
	h.told(callWrite, x, n, err)
	return n, err
}

// CloseWrite ends what this end sends.
func (h *watchedHost) CloseWrite(x demux.Handle) error {
	err := h.inner.CloseWrite(x)
	h.told("shutdown", x, 0, err)
	return err
}

// Dup makes another handle of the same object.
func (h *watchedHost) Dup(x demux.Handle) (demux.Handle, error) {
	d, err := h.inner.Dup(x)
	h.opened("dup", x, err, d)
	return d, err
}

// Close closes a handle. It is booked as closed before the call: its number may be
// another's when the call returns.
func (h *watchedHost) Close(x demux.Handle) error {
	h.c.Lock()
	_, mine := h.handles[x]
	delete(h.handles, x)
	for _, d := range h.demuxes {
		d.closing(x)
	}
	h.c.Unlock()
	err := h.inner.Close(x)
	if !mine && err == nil {
		err = syscall.EBADF // it closed what it does not own
		h.told(callClose, x, 0, err)
		return nil
	}
	h.told(callClose, x, 0, err)
	return err
}

// Names of calls that rules read.
const (
	callAccept = "accept"
	callRead   = "read"
	callWrite  = "write"
	callClose  = "close"
	callWait   = "wait"
	callSubmit = "submit" // of an operation
)

// Called tells the session what a system call of the engine has returned: on handle, -1
// for none, with the result n, -1 for an error, and its error number on Linux, 0 for
// none. The name of every call that waits for events is "wait". Called is called in the
// thread that has made the call, before anything else happens.
func (s *session) Called(call string, handle, n, errno int) {
	s.c.Lock()
	defer s.c.Unlock()
	s.c.Events++
	s.calls++
	if call == callWait {
		s.thread(s.threads.Self()).waits++
		s.c.NextRound()
	}
	telling := 0 // it is shown among the callbacks
	if errno == errnoBadFile || errno == errnoSystem || errno == errnoNoFile {
		telling = errno
	}
	text := ""
	if s.c.Verbose {
		text = callText(call, handle, n, errno)
	}
	at := s.c.Note(entry{Kind: entryCall, ID: handle, N: n, On: telling, Text: text})
	s.counts(call, handle, n, errno)
	if !s.c.Holds(ruleOwnsHandles, errno != errnoBadFile) {
		s.c.Fail(ruleOwnsHandles, at, "the engine called %s on handle %d, which it does not have open", call, handle)
	}
	s.spins(call, n, errno, at)
}

// counts books what calls show of descriptors that run short, and what was read from each
// peer. The lock is held.
func (s *session) counts(call string, handle, n, errno int) {
	switch {
	case errno == errnoNoFile || errno == errnoSystem:
		if !s.starves {
			s.starved++
		}
		s.starves = true
	case errno == 0 && call == callAccept:
		s.starves = false
		s.accepts[n] = true
		if s.c.Kernel != nil {
			s.readsOf(s.c.Kernel.PeerPort(handleOf(n))).fresh = !s.closed
		}
	case call == callSubmit:
		s.submits = true
	case call == callClose:
		s.closed = s.closed || s.accepts[handle]
	case call == callRead && s.c.Kernel != nil:
		r := s.readsOf(s.c.Kernel.PeerPort(handleOf(handle)))
		r.calls++
		r.bytes += max(n, 0)
	}
}

// readsOf returns what was read from the peer that has a port. The lock is held.
func (s *session) readsOf(port uint16) *reads {
	if s.reads[port] == nil {
		s.reads[port] = &reads{}
	}
	return s.reads[port]
}

// spins judges that an engine does not call on and on while nothing moves. The lock is
// held.
func (s *session) spins(call string, n, errno, at int) {
	now := s.c.Clock()
	moved := errno == 0 && (call == callAccept || call == callClose || n > 0 && (call == callRead || call == callWrite))
	if moved || now != s.still || s.c.Kernel == nil {
		s.still, s.unmoved = now, 0
	}
	if s.c.Kernel != nil && s.c.Kernel.Tasks().Alone() { // or others are to go on
		s.unmoved++
	}
	if s.unmoved > spinCalls {
		s.c.Broke(ruleIdleBlocks, at, "the engine has made %d calls in the same moment, and not one of them has moved a byte; the last was %s%s%s", s.unmoved, call, s.shortage(), s.readable())
		s.unmoved = 0
	}
}

// shortage tells in words of a violation whether there are no descriptors. The lock is
// held.
func (s *session) shortage() string {
	switch {
	case !s.starves:
		return ""
	case s.starved == 1:
		return ", and accept has no descriptors, for the first time"
	default:
		return ", and accept has no descriptors, again"
	}
}

// Polled tells the session that a call that does not wait, as Wait with a timeout of 0,
// has found nothing and has taken a while: the simulated kernel moves its clock when
// nobody does anything else but to poll.
func (s *session) Polled(took time.Duration) {
	s.c.Lock()
	defer s.c.Unlock()
	s.polled += took
}

func callText(call string, handle, n, errno int) string {
	if handle >= 0 {
		call += fmt.Sprintf(" %d", handle)
	}
	switch errno {
	case 0:
		return fmt.Sprintf("%s: %d", call, n)
	case errnoBadFile:
		return call + ": EBADF"
	case errnoNoFile:
		return call + ": EMFILE"
	case errnoSystem:
		return call + ": ENFILE"
	default:
		return call + ": an error"
	}
}

// began and ended count the threads that the engine has started. The lock is held for
// began.
func (s *session) began(name string) { s.running = append(s.running, name) }

func (s *session) ended(name string) {
	s.c.Lock()
	defer s.c.Unlock()
	s.forget(name)
}

// forget says that a thread has ended. The lock is held.
func (s *session) forget(name string) {
	for i, r := range s.running {
		if r == name {
			s.running = append(s.running[:i], s.running[i+1:]...)
			return
		}
	}
}
