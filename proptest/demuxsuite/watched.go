package demuxsuite

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// What a line of the history tells: the call that has returned.
const (
	didOpen uint8 = iota
	didRegister
	didModify
	didDeregister
	didWait
	didWake
	didSubmit
	didCancel
	didCloseDemux
	didPair
	didPipe
	didListen
	didAccept
	didConnect
	didConnectResult
	didDup
	didRead
	didWrite
	didCloseWrite
	didClose
	didOption
	didRemove
	didDatagram
)

// maxHistory is how many lines the history of a case has: a broken demux may
// return at once forever.
const maxHistory = 10_000

// maxEvents is how many events of a Wait its line tells.
const maxEvents = 8

// watchedHost is the host of a case under search: what the case asks of it and of
// its demultiplexers stands in the history.
type watchedHost struct {
	demux.Host
	c       *core.Case
	demuxes int
}

// note adds a line.
func (h *watchedHost) note(e core.Entry, err error, format string, args ...any) {
	c := h.c
	c.Lock()
	defer c.Unlock()
	if c.Last() >= maxHistory {
		return
	}
	if c.Verbose {
		e.Text = fmt.Sprintf(format, args...)
		if err != nil {
			e.Text += ": " + shorten(err.Error())
		}
	}
	if err != nil {
		e.D++ // in a digest, another run than the one without
	}
	c.Note(e)
}

// Open opens the demultiplexer under test.
func (h *watchedHost) Open() (demux.Demux, error) {
	d, err := h.Host.Open()
	if err != nil || d == nil {
		h.note(core.Entry{Kind: didOpen}, err, "Open")
		return d, err
	}
	w := &watchedDemux{Demux: d, host: h, number: h.demuxes}
	h.demuxes++
	h.note(core.Entry{Kind: didOpen, On: w.number}, nil, "Open: %s", d.Traits().Name)
	handler, isHandler := d.(demux.Handler)
	completer, carries := d.(demux.Completer)
	switch {
	case isHandler && carries:
		return &watchedBoth{&watchedCompleter{w, completer}, handler}, nil
	case isHandler:
		return &watchedHandler{w, handler}, nil
	case carries:
		return &watchedCompleter{w, completer}, nil
	default:
		return w, nil
	}
}

// made notes a call that returns handles.
func (h *watchedHost) made(kind uint8, call string, err error, handles ...demux.Handle) {
	if err != nil {
		h.note(core.Entry{Kind: kind}, err, "%s", call)
		return
	}
	h.note(core.Entry{Kind: kind, ID: int(handles[0])}, nil, "%s: %s", call, strings.Trim(fmt.Sprint(handles), "[]"))
}

// Pair makes two connected streams.
func (h *watchedHost) Pair() (a, b demux.Handle, err error) {
	a, b, err = h.Host.Pair()
	h.made(didPair, "Pair", err, a, b)
	return a, b, err
}

// Pipe makes a one-way stream.
func (h *watchedHost) Pipe() (r, w demux.Handle, err error) {
	r, w, err = h.Host.Pipe()
	h.made(didPipe, "Pipe", err, r, w)
	return r, w, err
}

// Listen makes a listener.
func (h *watchedHost) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	l, at, err := h.Host.Listen(addr, backlog)
	h.made(didListen, "Listen", err, l)
	return l, at, err
}

// Accept takes a connection.
func (h *watchedHost) Accept(l demux.Handle) (demux.Handle, error) {
	s, err := h.Host.Accept(l)
	h.made(didAccept, h.c.Say("Accept(%d)", l), err, s)
	return s, err
}

// Connect starts a connection.
func (h *watchedHost) Connect(addr netip.AddrPort) (demux.Handle, error) {
	s, err := h.Host.Connect(addr)
	h.made(didConnect, "Connect", err, s)
	return s, err
}

// ConnectResult tells how a connect ended.
func (h *watchedHost) ConnectResult(s demux.Handle) error {
	err := h.Host.ConnectResult(s)
	h.note(core.Entry{Kind: didConnectResult, ID: int(s)}, err, "ConnectResult(%d)", s)
	return err
}

// Dup makes a second name.
func (h *watchedHost) Dup(s demux.Handle) (demux.Handle, error) {
	d, err := h.Host.Dup(s)
	h.made(didDup, h.c.Say("Dup(%d)", s), err, d)
	return d, err
}

// Read reads.
func (h *watchedHost) Read(s demux.Handle, b []byte) (int, error) {
	n, err := h.Host.Read(s, b)
	h.note(core.Entry{Kind: didRead, ID: int(s), N: n}, err, "Read(%d, %s): %d", s, count(len(b)), n)
	return n, err
}

// Write writes.
func (h *watchedHost) Write(s demux.Handle, b []byte) (int, error) {
	n, err := h.Host.Write(s, b)
	h.note(core.Entry{Kind: didWrite, ID: int(s), N: n}, err, "Write(%d, %s): %d", s, count(len(b)), n)
	return n, err
}

// count returns a number of bytes in words.
func count(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

// CloseWrite ends what this end sends.
func (h *watchedHost) CloseWrite(s demux.Handle) error {
	err := h.Host.CloseWrite(s)
	h.note(core.Entry{Kind: didCloseWrite, ID: int(s)}, err, "CloseWrite(%d)", s)
	return err
}

// Close closes a handle.
func (h *watchedHost) Close(s demux.Handle) error {
	err := h.Host.Close(s)
	h.note(core.Entry{Kind: didClose, ID: int(s)}, err, "Close(%d)", s)
	return err
}

// watchedDemux is a demultiplexer under test.
type watchedDemux struct {
	demux.Demux
	host   *watchedHost
	number int
}

// watchedHandler is one that another demux can watch.
type watchedHandler struct {
	*watchedDemux
	demux.Handler
}

// watchedCompleter is one that carries out operations.
type watchedCompleter struct {
	*watchedDemux
	completer demux.Completer
}

// watchedBoth is both.
type watchedBoth struct {
	*watchedCompleter
	demux.Handler
}

// did adds the line of a call of d.
func (d *watchedDemux) did(e core.Entry, err error, format string, args ...any) {
	c := d.host.c
	c.Lock()
	c.Events++
	c.Yields++ // a demultiplexer has no other switch points than its calls
	c.Unlock()
	e.On = d.number
	d.host.note(e, err, format, args...)
}

// Register registers.
func (d *watchedDemux) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	err := d.Demux.Register(h, tok, want, mode)
	d.did(core.Entry{Kind: didRegister, ID: int(h), Ready: want, Mode: mode}, err, "%v", call{name: "Register", handle: h, token: tok, want: want, mode: mode})
	return err
}

// Modify modifies.
func (d *watchedDemux) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	err := d.Demux.Modify(h, tok, want, mode)
	d.did(core.Entry{Kind: didModify, ID: int(h), Ready: want, Mode: mode}, err, "%v", call{name: "Modify", handle: h, token: tok, want: want, mode: mode})
	return err
}

// Deregister deregisters.
func (d *watchedDemux) Deregister(h demux.Handle) error {
	err := d.Demux.Deregister(h)
	d.did(core.Entry{Kind: didDeregister, ID: int(h)}, err, "Deregister(%d)", h)
	return err
}

// Wait waits.
func (d *watchedDemux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	c := d.host.c
	c.Lock()
	c.NextRound()
	c.Unlock()
	n, err := d.Demux.Wait(dst, timeout)
	events := dst[:min(max(n, 0), len(dst))]
	e := core.Entry{Kind: didWait, N: n, D: timeout}
	for _, ev := range events {
		e.Ready |= ev.Ready
	}
	text := ""
	if c.Verbose {
		text = tell(events)
	}
	d.did(e, err, "%v: %d%s", call{name: "Wait", room: len(dst), timeout: timeout}, n, text)
	return n, err
}

// tell returns the events of a Wait as its line has them.
func tell(events []demux.Event) string {
	var b strings.Builder
	for i, ev := range events {
		switch {
		case i == maxEvents:
			fmt.Fprintf(&b, ", and %d more", len(events)-i)
			return b.String()
		case i > 0:
			b.WriteByte(',')
		}
		if ev.Op != nil {
			fmt.Fprintf(&b, " token %d: %v of %d, N %d, %v", ev.Token, ev.Op.Kind, ev.Op.Handle, ev.Op.N, ev.Op.Err)
		} else {
			fmt.Fprintf(&b, " token %d: %v", ev.Token, ev.Ready)
		}
	}
	return b.String()
}

// Wake wakes.
func (d *watchedDemux) Wake() error {
	err := d.Demux.Wake()
	d.did(core.Entry{Kind: didWake}, err, "Wake")
	return err
}

// Close closes.
func (d *watchedDemux) Close() error {
	err := d.Demux.Close()
	d.did(core.Entry{Kind: didCloseDemux}, err, "Close of the demultiplexer")
	return err
}

// Submit submits. The operation is the demultiplexer's when the call has returned.
func (d *watchedCompleter) Submit(op *demux.Op, tok demux.Token) error {
	if op == nil {
		return d.completer.Submit(op, tok)
	}
	kind, handle, room := op.Kind, op.Handle, len(op.Buf)
	err := d.completer.Submit(op, tok)
	d.did(core.Entry{Kind: didSubmit, ID: int(handle), N: int(kind)}, err, "Submit(%v of %d, %s, token %d)", kind, handle, count(room), tok)
	return err
}

// Cancel cancels.
func (d *watchedCompleter) Cancel(op *demux.Op) error {
	err := d.completer.Cancel(op)
	d.did(core.Entry{Kind: didCancel}, err, "Cancel")
	return err
}

// timeline returns the lines of a history. Calls of a second demultiplexer name
// it.
func timeline(history []core.Entry, mark int) []core.Line {
	lines := make([]core.Line, len(history))
	for i := range history {
		e := &history[i]
		l := core.Line{At: e.At, Round: e.Round, Decision: e.Decision, Lane: e.Task, Text: e.Text, Mark: i == mark}
		if l.Lane == "main" || l.Lane == "" {
			l.Lane = "case"
		}
		if e.On > 0 {
			l.Text = fmt.Sprintf("demux %d: %s", e.On+1, l.Text)
		}
		lines[i] = l
	}
	return lines
}
