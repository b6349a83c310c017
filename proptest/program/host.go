package program

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"reactortest/demux"
)

// host is the host that a program gets, or the one that its world gets. It passes
// calls on to the host of the run and tells the judge about them.
type host struct {
	*session
	inner demux.Host
	world bool
}

var _ demux.Host = (*host)(nil)

// World returns the host for code that is not under test: clients, load
// generators, the test itself. Its calls meet only the faults of the network, what
// it opens is not a leak, and tasks that it starts may outlive the program. A host
// that TestProgram did not make is its own world.
func World(h demux.Host) demux.Host {
	p, judged := h.(*host)
	if !judged || p.world {
		return h
	}
	return &host{session: p.session, inner: p.inner, world: true}
}

// enter begins a call, and leave ends it.
func (h *host) enter() (was bool) {
	h.alive()
	if h.world && h.kernel != nil {
		return h.kernel.Outside(true)
	}
	return false
}

func (h *host) leave(was bool) {
	if h.world && h.kernel != nil {
		h.kernel.Outside(was)
	}
}

// told ends a call that returned handles, which are the program's to close, or
// an error.
func (h *host) told(what callKind, was bool, on demux.Handle, err error, text string, got ...demux.Handle) {
	h.leave(was)
	h.c.Lock()
	defer h.c.Unlock()
	n := 0
	if err == nil && len(got) > 0 {
		n = int(got[0])
		for _, g := range got {
			if !h.world {
				h.opened(g, what.String())
			}
			text += h.c.Say(" %d", g)
		}
	}
	h.note(what, on, n, err, text)
}

// Open makes a demultiplexer. Those of a world are not watched.
func (h *host) Open() (demux.Demux, error) {
	was := h.enter()
	d, err := h.inner.Open()
	h.told(callOpen, was, demux.NoHandle, err, "")
	if err != nil || d == nil {
		return d, err
	}
	if h.world {
		return worldly(h, d), nil
	}
	return h.watch(d), nil
}

// Now returns the time of the host.
func (h *host) Now() time.Duration { return h.inner.Now() }

// Go starts a task of the program, or of its world.
func (h *host) Go(name string, f func()) {
	h.c.Lock()
	if h.world {
		h.clients++
	} else {
		h.tasks = append(h.tasks, name)
	}
	h.note(callGo, demux.NoHandle, 0, nil, name)
	h.c.Unlock()
	h.inner.Go(name, func() {
		defer h.taskEnded(name)
		h.enter() // for good
		f()
	})
}

func (h *host) taskEnded(name string) {
	h.c.Lock()
	defer h.c.Unlock()
	if h.world {
		h.clients--
		return
	}
	for i, t := range h.tasks {
		if t == name {
			h.tasks = append(h.tasks[:i], h.tasks[i+1:]...)
			return
		}
	}
}

// Yield is a switch point.
func (h *host) Yield(point string) {
	if !h.world {
		h.c.Lock()
		h.c.Yields++
		h.c.Unlock()
	}
	h.inner.Yield(point)
}

// Pair makes two connected handles.
func (h *host) Pair() (a, b demux.Handle, err error) {
	was := h.enter()
	a, b, err = h.inner.Pair()
	h.told(callPair, was, demux.NoHandle, err, "", a, b)
	return a, b, err
}

// Pipe makes a pipe.
func (h *host) Pipe() (r, w demux.Handle, err error) {
	was := h.enter()
	r, w, err = h.inner.Pipe()
	h.told(callPipe, was, demux.NoHandle, err, "", r, w)
	return r, w, err
}

// Stream makes a stream socket that is not connected, where the host can.
func (h *host) Stream(family netip.Addr) (demux.Handle, error) {
	maker, can := h.inner.(interface {
		Stream(family netip.Addr) (demux.Handle, error)
	})
	if !can {
		return demux.NoHandle, fmt.Errorf("proptest: Stream: %w", errors.ErrUnsupported)
	}
	was := h.enter()
	s, err := maker.Stream(family)
	h.told(callStream, was, demux.NoHandle, err, "", s)
	return s, err
}

// Listen makes a listener.
func (h *host) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	was := h.enter()
	l, at, err := h.inner.Listen(addr, backlog)
	h.told(callListen, was, demux.NoHandle, err, h.c.Say("on %v", at), l)
	return l, at, err
}

// Accept takes a connection from a listener.
func (h *host) Accept(l demux.Handle) (demux.Handle, error) {
	was := h.enter()
	s, err := h.inner.Accept(l)
	h.told(callAccept, was, l, err, "", s)
	return s, err
}

// Connect starts a connection.
func (h *host) Connect(addr netip.AddrPort) (demux.Handle, error) {
	was := h.enter()
	s, err := h.inner.Connect(addr)
	h.told(callConnect, was, demux.NoHandle, err, h.c.Say("to %v", addr), s)
	return s, err
}

// ConnectResult tells how a connect ended.
func (h *host) ConnectResult(s demux.Handle) error {
	was := h.enter()
	err := h.inner.ConnectResult(s)
	h.told(callResult, was, s, err, "")
	return err
}

// Read reads.
func (h *host) Read(s demux.Handle, b []byte) (int, error) {
	was := h.enter()
	n, err := h.inner.Read(s, b)
	h.moved(callRead, was, s, b, n, err)
	return n, err
}

// Write writes.
func (h *host) Write(s demux.Handle, b []byte) (int, error) {
	was := h.enter()
	n, err := h.inner.Write(s, b)
	h.moved(callWrite, was, s, b, n, err)
	return n, err
}

// moved ends a call that moved n bytes of b.
func (h *host) moved(what callKind, was bool, s demux.Handle, b []byte, n int, err error) {
	h.leave(was)
	h.c.Lock()
	defer h.c.Unlock()
	text := ""
	if h.c.Verbose && n > 0 && n <= len(b) {
		text = quote(b[:n])
		if n < len(b) && what == callWrite {
			text = fmt.Sprintf("%s, %d of %d bytes", text, n, len(b))
		}
	}
	h.note(what, s, n, err, text)
}

// CloseWrite ends what this end sends.
func (h *host) CloseWrite(s demux.Handle) error {
	was := h.enter()
	err := h.inner.CloseWrite(s)
	h.told(callCloseWrite, was, s, err, "")
	return err
}

// Dup makes another handle of the same object.
func (h *host) Dup(s demux.Handle) (demux.Handle, error) {
	was := h.enter()
	d, err := h.inner.Dup(s)
	h.told(callDup, was, s, err, "", d)
	return d, err
}

// Close closes a handle. It is booked as closed before the call: its number may
// be another's when the call returns.
func (h *host) Close(s demux.Handle) error {
	h.c.Lock()
	h.closed(s, !h.world)
	h.c.Unlock()
	was := h.enter()
	err := h.inner.Close(s)
	h.told(callClose, was, s, err, "")
	return err
}
