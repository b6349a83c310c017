package watcher

import (
	"errors"
	"io"
	"syscall"
	"time"

	"reactortest/demux"
)

type duration = time.Duration

// excuses are the errors that the faults of a plan give a reason for.
var excuses = [...]error{
	syscall.ENOSPC, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ECONNRESET, syscall.EPIPE,
}

// replacedConn is the plan of a connection in the place of another one.
var replacedConn = conn{
	kind: connPair, mode: demux.Level, want: demux.Readable,
	ops: []peerOp{{kind: opSleep, wait: ms(1)}, {kind: opWrite, size: 5}},
}

// acceptedConn is the plan of a connection that a listener's handler accepted.
var acceptedConn = conn{kind: connTCP, mode: demux.Level, want: demux.Readable, stays: true}

// handle is the handler of every watch.
func (d *driver) handle(l *link, ev demux.Event) {
	j := d.judge
	goOn := j.dispatch(l.state, ev.Ready)
	defer j.doneWatch(l.state)
	if goOn {
		d.serve(l, ev)
		d.maybeStop(momentHandler)
	}
}

// serve does what the handler of l does with an event.
func (d *driver) serve(l *link, ev demux.Event) {
	j := d.judge
	l.events++
	var err error
	switch {
	case ev.Ready&demux.Readable != 0 && l.plan.kind == connListen:
		d.acceptAll(l)
	case ev.Ready&demux.Readable != 0, ev.Ready&demux.Writable != 0 && ev.Ready != demux.Writable:
		err = d.readAll(l) // with Hangup or Failed too: a read tells the truth
	case ev.Ready != demux.Writable: // Hangup or Failed alone, nothing else is wanted
		err = io.EOF
	}
	if err != nil {
		j.do("finds the end of %s: %v", name(l.state.id), err)
		d.closeWatch(l)
		return
	}
	wrote := ev.Ready&demux.Writable != 0
	if wrote {
		d.fill(l)
	}
	if l.events <= len(l.plan.script) {
		d.act(l.plan.script[l.events-1], l)
	}
	d.rearm(l, wrote)
}

// rearm is the end of a handler: a oneshot watch is armed again, and Writable is
// taken off when everything is written.
func (d *driver) rearm(l *link, wrote bool) {
	w := l.state
	if !w.live || l.paused {
		return
	}
	want := w.want
	if wrote && l.output == 0 && (!l.plan.keeps || w.mode != demux.Edge) {
		want &^= demux.Writable
	}
	if want != w.want || w.mode&demux.Oneshot != 0 && !l.silent {
		d.modify(l, want)
	}
}

// stopped reports whether functions of the loop have nothing more to do: the run has
// failed, or the loop is closed.
func (j *judge) stopped() bool {
	j.Lock()
	stopped := j.Broken() || j.closed || j.over
	j.Unlock()
	return stopped
}

// modify has the subject modify the interest of a watch.
func (d *driver) modify(l *link, want demux.Ready) { d.modifyMode(l, want, l.state.mode) }

// modifyMode has the subject modify a watch. A mode that the subject does not
// offer it refuses, and is asked for the old one.
func (d *driver) modifyMode(l *link, want demux.Ready, mode demux.Mode) {
	j := d.judge
	j.do("modifies %s: %s %s", name(l.state.id), want, mode)
	var err error
	d.ask(l, func() { err = l.watch.Modify(want, mode) })
	refused := errors.Is(err, errors.ErrUnsupported)
	j.Lock()
	j.offers(l.plan.kind, mode, err)
	if err == nil {
		l.state.arm(j, want, mode)
	} else {
		l.state.armed = false // nobody has promised what is left of it
		l.state.kept.loosen()
	}
	j.Unlock()
	switch {
	case err == nil || excused(err) || j.isClosed():
	case refused && mode != l.state.mode:
		d.modify(l, want)
	default:
		j.failRun("Modify: %v", err)
	}
}

// act carries out one action in a function that the loop called; self is the
// link whose handler it is, or nil.
func (d *driver) act(a action, self *link) {
	if a.kind == actNothing || d.judge.stopped() {
		return
	}
	switch a.kind {
	case actNothing:
	case actResume:
		d.resume(a.on)
	case actTurn, actOutput, actPause, actDup, actPanic, actReenter:
		d.actOnWatch(a, self)
	case actCloseOther:
		if o := d.other(a.arg, self); o != nil {
			d.closeWatch(o)
		}
	case actReplaceOther:
		d.replace(d.other(a.arg, self))
	case actModifyOther:
		if o := d.other(a.arg, self); o != nil {
			d.modify(o, [...]demux.Ready{demux.Readable, 0, demux.Readable, demux.Readable}[a.arg])
		}
	case actPost:
		_ = d.post(loopItself, action{}, 1)
	case actTimer:
		d.setTimer([...]duration{ms(1), 0, ms(1), ms(2)}[a.arg], action{}, 1)
	case actStopTimer:
		if n := len(d.clocks); n > 0 {
			d.clocks[(n-1+a.arg)%n].stopNow()
		}
	case actPostChain:
		_ = d.post(loopItself, action{}, chainLinks)
	case actTimerChain:
		d.setTimer(0, action{}, chainLinks)
	case actCloseFunc:
		d.closeFunc(d.other(a.arg, self), nil)
	case actCloseThenPost:
		d.closeFunc(d.other(a.arg, self), func() { d.act(action{kind: actPost}, nil) })
	case actCloseThenTimer:
		d.closeFunc(d.other(a.arg, self), func() { d.act(action{kind: actTimer, arg: a.arg}, nil) })
	case actCloseTwice:
		d.closeTwice(d.other(a.arg, self))
	case actStopFar:
		d.setTimer(farDelay+ms(a.arg), action{}, 1)
		d.clocks[len(d.clocks)-1].stopNow()
	case actReset:
		d.resetClock(a.arg)
	case actCloseLoop:
		d.closeReactor(true)
	}
}

// other returns a link that is watched, self only if there is no other one.
func (d *driver) other(arg int, self *link) *link {
	live := d.candidates[:0]
	for _, l := range d.links {
		if l.state.live && l != self && l.watch != nil {
			live = append(live, l)
		}
	}
	d.candidates = live
	switch {
	case len(live) > 0:
		return live[arg%len(live)]
	case self != nil && self.state.live:
		return self
	default:
		return nil
	}
}

// closeWatch closes a watch and then its handle.
func (d *driver) closeWatch(l *link) {
	d.judge.do("closes %s", name(l.state.id))
	var err error
	d.ask(l, func() { err = l.watch.Close() })
	d.closed(l, err)
	d.closeNear(l)
}

// ask calls a method of a watch: what the subject does with the registration
// meanwhile it was asked for.
func (d *driver) ask(l *link, method func()) {
	j := d.judge
	j.Lock()
	l.state.asked = true
	j.Unlock()
	method()
	j.Lock()
	l.state.asked = false
	j.Unlock()
}

// closed books the end of a watch.
func (d *driver) closed(l *link, err error) {
	j := d.judge
	if err != nil && !excused(err) && !j.isClosed() {
		j.failRun("Close of a watch: %v", err)
	}
	j.Lock()
	j.endWatch(l.state)
	j.Unlock()
}

// closeNear closes the handle of a watch that was closed, and books a
// registration that is still there.
func (d *driver) closeNear(l *link) {
	j := d.judge
	j.Lock()
	if !l.open {
		j.Unlock()
		return
	}
	l.open = false
	s := j.handles.note(l.near)
	for r := s.regs; r != nil; r = r.younger {
		// A demux that is closed by now, by another task, has no registrations.
		if r.watch == l.state && !r.stale && r.demux.open {
			r.stale = true
			j.handles.leaked = append(j.handles.leaked, leakedRegistration{r, j.Last()})
		}
	}
	j.Count(ruleNoLeakedRegistration)
	s.closed = true
	j.Unlock()
	_ = d.host.Close(l.near)
}

// replace closes a watch with its handle and opens another in its place: the
// number is the lowest free one and so the same.
func (d *driver) replace(o *link) {
	if o == nil || d.replaced > 2*maxConns {
		return
	}
	d.replaced++
	d.closeWatch(o)
	d.judge.do("opens a new handle to replace %s", name(o.state.id))
	d.connect(replacedConn)
}

// closeFunc closes a watch with a function to be called, in which then is called
// if it is not nil.
func (d *driver) closeFunc(o *link, then func()) {
	if o == nil {
		return
	}
	c, can := capable[CloseFuncer](o.watch)
	if !can {
		d.closeWatch(o)
		return
	}
	d.callCloseFunc(o, c, then)
	d.closeNear(o)
}

func (d *driver) callCloseFunc(o *link, c CloseFuncer, then func()) {
	j := d.judge
	j.do("closes %s with a function", name(o.state.id))
	j.Lock()
	o.state.closing++
	j.Unlock()
	var err error
	d.ask(o, func() {
		err = c.CloseFunc(func() {
			j.closedWatch(o.state)
			defer j.done()
			if then != nil {
				then()
			}
			d.maybeStop(momentCloseFunc)
		})
	})
	j.Lock()
	switch {
	case err != nil:
		o.state.closing--
	case !j.closed:
		o.state.owed++
	}
	j.Unlock()
	d.closed(o, nil)
}

// closeTwice closes a watch with a function and then once more.
func (d *driver) closeTwice(o *link) {
	if o == nil {
		return
	}
	if c, can := capable[CloseFuncer](o.watch); can {
		d.callCloseFunc(o, c, nil)
	} else {
		var err error
		d.ask(o, func() { err = o.watch.Close() })
		d.closed(o, err)
	}
	d.judge.do("closes %s again", name(o.state.id))
	_ = o.watch.Close()
	d.closeNear(o)
}

// failRun records that the subject returned an error without a reason.
func (j *judge) failRun(format string, args ...any) {
	j.Lock()
	defer j.Unlock()
	j.FailRun(format, args...)
}
