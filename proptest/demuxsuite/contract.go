package demuxsuite

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// CheckContract returns a demux that passes every call on to d and checks the call
// against the rules of package demux that a single call can break: the results of a
// Wait, the errors, the panics. It calls report in the goroutine that made the call,
// with the number of the rule, such as "W6", and a text that says what happened. The
// result is a demux.Handler if d is one. It is never a demux.Completer.
//
// If a Wait of d returns an n beyond the end of dst, the result reports it and cuts
// n to len(dst). It passes everything else on unchanged.
func CheckContract(d demux.Demux, report func(rule, msg string)) demux.Demux {
	c := &contract{
		d:      d,
		traits: d.Traits(),
		report: report,
		byName: make(map[demux.Handle]*contractEntry),
		lost:   make(map[demux.Handle]bool),
		used:   make(map[demux.Token]bool),
	}
	if h, ok := d.(demux.Handler); ok {
		return &contractHandler{contract: c, Handler: h}
	}
	return c
}

// contract is a Demux that is watched. closed is anybody's, the rest the
// user's.
type contract struct {
	d      demux.Demux
	traits demux.Traits
	report func(rule, msg string)
	closed atomic.Bool // a Close has returned

	entries []*contractEntry
	byName  map[demux.Handle]*contractEntry
	lost    map[demux.Handle]bool // its registration ended in another way than by Deregister
	used    map[demux.Token]bool  // every token there ever was
	batch   uint64                // the number of the Wait
}

// contractHandler is a contract over a demux that has a handle.
type contractHandler struct {
	*contract
	demux.Handler
}

// contractEntry is what is known of one registration. One whose handle was
// closed too soon stays, because it may be reported forever (W14).
type contractEntry struct {
	token demux.Token
	want  demux.Ready
	mode  demux.Mode
	fired bool   // oneshot, and reported
	batch uint64 // the Wait that reported it last
}

// call is a call of a demux. It is put into words where it breaks a rule.
type call struct {
	name    string
	handle  demux.Handle
	token   demux.Token
	want    demux.Ready
	mode    demux.Mode
	room    int
	timeout time.Duration
}

// String returns the call as Go has it.
func (c call) String() string {
	switch c.name {
	case "Register", "Modify":
		return fmt.Sprintf("%s(%d, %d, %v, %v)", c.name, c.handle, c.token, c.want, c.mode)
	case "Deregister":
		return fmt.Sprintf("Deregister(%d)", c.handle)
	case "Wait":
		return fmt.Sprintf("Wait(%d, %v)", c.room, c.timeout)
	default:
		return c.name
	}
}

func (c *contract) reportf(rule, format string, args ...any) {
	c.report(rule, fmt.Sprintf(format, args...))
}

// Traits returns the traits of the demux that is watched.
func (c *contract) Traits() demux.Traits { return c.d.Traits() }

// Register registers, and checks the answer.
func (c *contract) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	closed := c.closed.Load()
	err := c.d.Register(h, tok, want, mode)
	call := call{name: "Register", handle: h, token: tok, want: want, mode: mode}
	if !c.checkCall(call, closed, err) {
		return err
	}
	old := c.byName[h]
	switch {
	case err == nil:
		if old != nil {
			c.lost[h] = true // its handle was closed, and the number came back
		}
		e := &contractEntry{token: tok, want: want, mode: mode}
		c.entries = append(c.entries, e)
		c.byName[h] = e
		c.used[tok] = true
	case errors.Is(err, demux.ErrExists) && old == nil && !c.lost[h]:
		c.reportf("W12", "%s returned ErrExists, and the handle is not registered", call)
	case errors.Is(err, demux.ErrNotFound):
		c.reportf("W12", "%s returned ErrNotFound", call)
	}
	return err
}

// Modify modifies, and checks the answer.
func (c *contract) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	closed := c.closed.Load()
	err := c.d.Modify(h, tok, want, mode)
	call := call{name: "Modify", handle: h, token: tok, want: want, mode: mode}
	if !c.checkCall(call, closed, err) {
		return err
	}
	e := c.checkKnown(call, err)
	if e != nil && err == nil {
		*e = contractEntry{token: tok, want: want, mode: mode, batch: e.batch}
		c.used[tok] = true
	}
	return err
}

// Deregister deregisters, and checks the answer.
func (c *contract) Deregister(h demux.Handle) error {
	closed := c.closed.Load()
	err := c.d.Deregister(h)
	call := call{name: "Deregister", handle: h}
	if !c.checkOpen(call, closed, err) {
		return err
	}
	e := c.checkKnown(call, err)
	if e == nil || err != nil {
		return err
	}
	delete(c.byName, h)
	for i := range c.entries {
		if c.entries[i] == e {
			c.entries = append(c.entries[:i], c.entries[i+1:]...)
			break
		}
	}
	return nil
}

// checkCall checks what Register and Modify have in common. It reports whether
// the call is one that the demux may have carried out.
func (c *contract) checkCall(call call, closed bool, err error) bool {
	switch {
	case call.token == demux.NoToken, call.want&^(demux.Readable|demux.Writable) != 0, call.mode&^(demux.Edge|demux.Oneshot) != 0:
		c.reportf("W3", "%s returned %v: it must panic", call, err)
		return false
	case !c.traits.Supports(call.mode):
		if !errors.Is(err, errors.ErrUnsupported) {
			c.reportf("W3", "%s returned %v: Traits denies the mode, it must be errors.ErrUnsupported", call, err)
		}
		return false
	default:
		return c.checkOpen(call, closed, err)
	}
}

// checkOpen checks that a call that began after a Close says ErrClosed, and
// reports whether the demux was open.
func (c *contract) checkOpen(call call, closed bool, err error) bool {
	if !closed {
		return !errors.Is(err, demux.ErrClosed)
	}
	if !errors.Is(err, demux.ErrClosed) {
		c.reportf("W13", "%s after Close returned %v", call, err)
	}
	return false
}

// checkKnown checks an answer about a handle that is to be registered, and returns
// what is known of it.
func (c *contract) checkKnown(call call, err error) *contractEntry {
	e := c.byName[call.handle]
	switch {
	case errors.Is(err, demux.ErrExists):
		c.reportf("W12", "%s returned ErrExists", call)
	case err == nil && e == nil && !c.lost[call.handle]:
		c.reportf("W12", "%s returned nil, and the handle is not registered", call)
	case errors.Is(err, demux.ErrNotFound) && e != nil:
		delete(c.byName, call.handle) // it was closed: the registration may live on
		c.lost[call.handle] = true
	}
	return e
}

// Wait waits, and checks what came.
func (c *contract) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	closed := c.closed.Load()
	n, err := c.d.Wait(dst, timeout)
	call := call{name: "Wait", room: len(dst), timeout: timeout}
	if len(dst) == 0 {
		c.reportf("W3", "%s returned %d, %v: it must panic", call, n, err)
		return 0, err
	}
	if n < 0 || n > len(dst) {
		c.reportf("W1", "%s returned n = %d: there is room for %d", call, n, len(dst))
		n = min(max(n, 0), len(dst))
	}
	if n > 0 && err != nil {
		c.reportf("W1", "%s returned %d events and the error %v", call, n, err)
	}
	if closed && n > 0 {
		c.reportf("W13", "%s after Close returned %d events", call, n)
		return n, err
	}
	if c.checkOpen(call, closed, err) {
		c.batch++
		for _, ev := range dst[:n] {
			c.checkEvent(ev)
		}
	}
	return n, err
}

// checkEvent finds a registration that ev can be of.
func (c *contract) checkEvent(ev demux.Event) {
	if ev.Op != nil {
		c.reportf("O1", "the event {token %d, %v} completes an operation, and nobody submitted one", ev.Token, ev.Ready)
		return
	}
	rule, why := "W10", "is of nobody: its token was never registered"
	if c.used[ev.Token] {
		rule, why = "W9", "has a token that is no longer in use"
	}
	for _, e := range c.entries {
		if e.token != ev.Token {
			continue
		}
		rule, why = c.contradicts(e, ev.Ready)
		if rule == "" {
			e.batch, e.fired = c.batch, e.mode&demux.Oneshot != 0
			return
		}
	}
	c.reportf(rule, "the event {token %d, %v} %s", ev.Token, ev.Ready, why)
}

// contradicts returns why a report of ready cannot be of e, "" if it can.
func (c *contract) contradicts(e *contractEntry, ready demux.Ready) (rule, why string) {
	const bad = demux.Hangup | demux.Failed
	switch {
	case ready == 0:
		return "W1", "has no condition"
	case ready&^(demux.Readable|demux.Writable|bad) != 0:
		return "W8", "has bits that are no condition"
	case ready&^(e.want|bad) != 0:
		return "W8", fmt.Sprintf("has conditions that are not wanted: only %v is", e.want)
	case e.want == 0 && ready&^c.traits.Unasked != 0:
		return "W8", fmt.Sprintf("has conditions that nobody asked for: Traits.Unasked is %v", c.traits.Unasked)
	case ready&bad != 0 && c.traits.Merged && ready&e.want != e.want:
		return "W8", fmt.Sprintf("lacks the wanted directions: %v is wanted", e.want)
	case ready&bad != 0 && e.want != 0 && ready&e.want == 0:
		return "W8", "lacks the direction that it concerns"
	case e.fired: // one event, also where the directions are not merged otherwise
		return "W6", "is a second one of a oneshot registration"
	case e.batch == c.batch && c.traits.Merged:
		return "W7", "is the registration's second one in this batch"
	default:
		return "", ""
	}
}

// Wake wakes, and checks the answer.
func (c *contract) Wake() error {
	closed := c.closed.Load()
	err := c.d.Wake()
	c.checkOpen(call{name: "Wake"}, closed, err)
	return err
}

// Close closes, and checks the answer.
func (c *contract) Close() error {
	closed := c.closed.Load()
	err := c.d.Close()
	c.checkOpen(call{name: "Close"}, closed, err)
	c.closed.Store(true)
	return err
}
