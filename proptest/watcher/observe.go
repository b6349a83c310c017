package watcher

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"reactortest/demux"
)

// observedHost is the host that the subject gets: the run's host, and the
// judge hears of what the subject asks of it.
type observedHost struct {
	host  demux.Host
	judge *judge
	tasks map[string]int // how many were started under a name
}

var _ demux.Host = (*observedHost)(nil)

// observedDemux is a demux that the subject opened.
type observedDemux struct {
	demux.Demux
	judge *judge
	open  bool
	which int // of those that the subject opened, from 0
	idle  idleCount
	wait  asked
	grain time.Duration // Traits.Resolution

	// abandoned has a registration of a handle that the subject has closed.
	abandoned *registration
	round     int    // of the Wait that is running, or was the last
	stamp     uint64 // of the last happening when it began
	mixed     bool   // both directions come in one event
}

func (h *observedHost) Open() (demux.Demux, error) {
	d, err := h.host.Open()
	if err != nil {
		return nil, err
	}
	o := &observedDemux{Demux: d, judge: h.judge, open: true, grain: d.Traits().Resolution, mixed: d.Traits().Merged}
	h.judge.Lock()
	defer h.judge.Unlock()
	o.which = len(h.judge.demuxes)
	h.judge.demuxes = append(h.judge.demuxes, o)
	h.judge.fair = d.Traits().Fair
	h.judge.rows++
	o.idle.row = h.judge.rows
	return o.asOffered(), nil
}

func (h *observedHost) Now() time.Duration { return h.host.Now() }

// Go starts a task of the subject. Of two with one name the second gets a number.
func (h *observedHost) Go(name string, f func()) {
	h.judge.Lock()
	h.tasks[name]++
	if n := h.tasks[name]; n > 1 {
		name = fmt.Sprintf("%s %d", name, n)
	}
	h.judge.Unlock()
	h.host.Go(name, f)
}

func (h *observedHost) Yield(point string) {
	if h.judge.Kernel != nil { // a real host's Yield does nothing, and any goroutine may call it
		h.judge.Yields++
	}
	h.host.Yield(point)
}

// own books a handle that the subject made. It serves no watch, whatever had
// its number before.
func (h *observedHost) own(call string, handles ...demux.Handle) {
	h.judge.Lock()
	defer h.judge.Unlock()
	for _, x := range handles {
		h.judge.handles.open(call, x)
	}
}

func (h *observedHost) Pair() (a, b demux.Handle, err error) {
	if a, b, err = h.host.Pair(); err == nil {
		h.own("Pair", a, b)
	}
	return a, b, err
}

func (h *observedHost) Pipe() (r, w demux.Handle, err error) {
	if r, w, err = h.host.Pipe(); err == nil {
		h.own("Pipe", r, w)
	}
	return r, w, err
}

func (h *observedHost) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	l, at, err := h.host.Listen(addr, backlog)
	if err == nil {
		h.own("Listen", l)
	}
	return l, at, err
}

func (h *observedHost) Accept(l demux.Handle) (demux.Handle, error) {
	c, err := h.host.Accept(l)
	if err == nil {
		h.own("Accept", c)
	}
	return c, err
}

func (h *observedHost) Connect(addr netip.AddrPort) (demux.Handle, error) {
	c, err := h.host.Connect(addr)
	if err == nil {
		h.own("Connect", c)
	}
	return c, err
}

func (h *observedHost) ConnectResult(c demux.Handle) error { return h.host.ConnectResult(c) }

func (h *observedHost) Dup(x demux.Handle) (demux.Handle, error) {
	d, err := h.host.Dup(x)
	if err == nil {
		h.own("Dup", d)
		h.judge.Lock()
		defer h.judge.Unlock()
		b := &h.judge.handles
		b.note(d).owner = b.of(x).owner // what is reported for it is reported for the watch
	}
	return d, err
}

// Stream makes a handle that is not connected, where the host can.
func (h *observedHost) Stream(family netip.Addr) (demux.Handle, error) {
	maker, can := h.host.(interface {
		Stream(family netip.Addr) (demux.Handle, error)
	})
	if !can {
		return demux.NoHandle, fmt.Errorf("proptest: Stream: %w", errors.ErrUnsupported)
	}
	s, err := maker.Stream(family)
	if err == nil {
		h.own("Stream", s)
	}
	return s, err
}

func (h *observedHost) Read(x demux.Handle, b []byte) (int, error) {
	h.judge.use("Read", x)
	n, err := h.host.Read(x, b)
	h.judge.Lock()
	defer h.judge.Unlock()
	h.judge.handles.of(x).touch()
	return n, err
}

func (h *observedHost) Write(x demux.Handle, b []byte) (int, error) {
	h.judge.use("Write", x)
	return h.host.Write(x, b)
}

func (h *observedHost) CloseWrite(x demux.Handle) error {
	h.judge.use("CloseWrite", x)
	return h.host.CloseWrite(x)
}

// Close judges that the subject closes what it opened.
func (h *observedHost) Close(x demux.Handle) error {
	j := h.judge
	j.Lock()
	at := j.Note(entry{Kind: entryLoop, Text: j.Say("closes handle %d", x)})
	s := j.handles.note(x)
	mine := s.opened != ""
	if !j.Holds(ruleOwnsHandles, mine) {
		j.Fail(ruleOwnsHandles, at, "the loop closed handle %d, which it did not open", x)
	}
	s.opened, s.closed = "", true
	s.touch()
	for r := s.regs; r != nil; r = r.younger {
		if !r.stale && r.demux.open && mine {
			r.stale = true
			r.demux.abandoned = r
		}
	}
	j.Unlock()
	return h.host.Close(x)
}

// checkAbandoned judges that a subject that closes a handle of its own while it
// is registered goes on to close the demux: a loop that shuts down may close
// both in either order.
func (j *judge) checkAbandoned(d *observedDemux, does string, at int) {
	if d.abandoned != nil {
		if !j.Holds(ruleOwnsHandles, j.closed) {
			j.Fail(ruleOwnsHandles, at, "the loop closed handle %d while it was registered, and %s", d.abandoned.handle, does)
		}
	}
}

// use judges a call of the subject on a handle.
func (j *judge) use(call string, x demux.Handle) {
	j.Lock()
	defer j.Unlock()
	j.checkUse(call, x)
}

func (j *judge) checkUse(call string, x demux.Handle) {
	closed, at := j.handles.of(x).closed, 0
	if closed {
		at = j.Note(entry{Kind: entryLoop, Text: j.Say("calls %s on handle %d", call, x)})
	}
	if !j.Holds(ruleOwnsHandles, !closed) {
		j.Fail(ruleOwnsHandles, at, "the loop called %s on handle %d, which is closed", call, x)
	}
}

// called notes a call of the loop's own that has returned.
func (d *observedDemux) called(kind uint8, h demux.Handle, want demux.Ready, mode demux.Mode, err error) {
	j := d.judge
	j.Lock()
	defer j.Unlock()
	e := entry{Kind: kind, ID: -1, N: int(h), Ready: want, Mode: mode, On: d.which}
	if w := j.handles.of(h).owner; w != nil && kind != entryWake {
		e.ID = w.id
	}
	if err != nil {
		e.Text = j.Say("%v", err)
	}
	j.Note(e)
}

// Register books the registration for the watch that the handle serves.
func (d *observedDemux) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	d.judge.use("Register", h)
	d.judge.Lock()
	d.judge.checkAbandoned(d, "registers another", d.judge.Last())
	d.judge.Unlock()
	err := d.Demux.Register(h, tok, want, mode)
	d.called(entryRegister, h, want, mode, err)
	if err == nil {
		j := d.judge
		j.Lock()
		defer j.Unlock()
		r := j.memory.registrations.next()
		*r = registration{demux: d, handle: h, token: tok, watch: j.handles.of(h).owner, want: want, mode: mode}
		j.handles.add(r)
		r.touched(true)
	}
	return err
}

// Modify books the new token.
func (d *observedDemux) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	d.judge.useRegistration("Modify", d, h)
	err := d.Demux.Modify(h, tok, want, mode)
	d.called(entryModify, h, want, mode, err)
	j := d.judge
	j.Lock()
	defer j.Unlock()
	switch r := j.handles.find(d, h); {
	case r == nil:
	case err == nil:
		changes := want != r.want || mode != r.mode
		j.handles.rename(r, tok)
		r.want, r.mode = want, mode
		r.touched(changes)
	case r.watch != nil:
		r.watch.kept.loosen()
	}
	return err
}

// Deregister books the end of the registration.
func (d *observedDemux) Deregister(h demux.Handle) error {
	d.judge.useRegistration("Deregister", d, h)
	err := d.Demux.Deregister(h)
	d.called(entryDeregister, h, 0, 0, err)
	if err == nil {
		j := d.judge
		j.Lock()
		defer j.Unlock()
		if r := j.handles.find(d, h); r != nil {
			j.handles.drop(r)
		}
	}
	return err
}

// useRegistration judges a call on a registration: its handle may be closed,
// or name something else by now.
func (j *judge) useRegistration(call string, d *observedDemux, h demux.Handle) {
	j.Lock()
	defer j.Unlock()
	current := j.handles.find(d, h)
	asked := current != nil && current.watch != nil && current.watch.asked
	for r := j.handles.of(h).regs; r != nil; r = r.younger {
		if r.demux == d && r.stale && !asked {
			at := j.Note(entry{Kind: entryLoop, Text: j.Say("calls %s on handle %d", call, h)})
			j.Broke(ruleOwnsHandles, at, "the loop called %s on handle %d after it was closed", call, h)
			return
		}
	}
	j.checkUse(call, h)
}

// Wait tells the judge what the subject waits for and what it is told.
func (d *observedDemux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	j := d.judge
	j.beginWait(d, timeout)
	n, err := d.Demux.Wait(dst, timeout)
	j.endWait(d, dst[:min(max(n, 0), len(dst))], timeout)
	return n, err
}

// Wake notes that it was called.
func (d *observedDemux) Wake() error {
	err := d.Demux.Wake()
	d.called(entryWake, demux.NoHandle, 0, 0, err)
	return err
}

// Close books that the subject released its demux.
func (d *observedDemux) Close() error {
	d.judge.Lock()
	d.open = false
	d.judge.Unlock()
	return d.Demux.Close()
}
