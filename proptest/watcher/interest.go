package watcher

import (
	"errors"
	"syscall"

	"reactortest/demux"
)

// actOnWatch carries out an action on how a watch is watched.
func (d *driver) actOnWatch(a action, self *link) {
	o := d.other(a.arg, self)
	if self != nil && self.state.live && (a.kind == actTurn || a.kind == actOutput && self.writes()) {
		o = self // of its own accord
	}
	switch {
	case o == nil:
	case a.kind == actTurn:
		d.turn(o, a.arg)
	case a.kind == actOutput:
		d.moreOutput(o, [...]int{16, 3_000, 6_000, 12_000}[a.arg])
	case a.kind == actPause:
		d.pause(o)
	case a.kind == actDup:
		d.watchDuplicate(o)
	case self == nil: // handlers panic, and run the loop
	case a.kind == actPanic:
		d.panics(self)
	case a.kind == actReenter:
		d.reenter()
	}
}

// writes reports whether the watched end of l can be written to.
func (l *link) writes() bool { return l.plan.kind == connPair || l.plan.kind == connTCP }

// turn modifies the mode of a watch.
func (d *driver) turn(l *link, arg int) {
	mode := [...]demux.Mode{demux.Level, demux.Edge, demux.Oneshot, demux.Oneshot}[arg]
	if l.plan.kind == connListen {
		mode &^= demux.Edge // nothing is promised after EMFILE
	}
	mode = offered(d.judge.Traits, mode)
	want := l.state.want
	if want == 0 && !l.paused {
		want = demux.Readable
	}
	l.silent = arg == 3 && mode&demux.Oneshot != 0
	d.modifyMode(l, want, mode)
}

// moreOutput gives a handler something to write: Writable is wanted, too.
func (d *driver) moreOutput(l *link, size int) {
	if !l.writes() || l.paused {
		return
	}
	l.output += size
	if l.state.want&demux.Writable == 0 {
		d.modify(l, l.state.want|demux.Writable)
	}
}

// fill writes what there is to write, until ErrAgain; without a plan, a few
// bytes.
func (d *driver) fill(l *link) {
	if l.plan.output == 0 && l.output == 0 && (!l.plan.keeps || l.events == 1) {
		l.output = 16
	}
	written := 0
	for l.output > 0 {
		n, err := d.host.Write(l.near, payload[:min(l.output, len(payload))])
		switch {
		case errors.Is(err, demux.ErrAgain):
			d.judge.owe(l.state, demux.Writable)
			d.judge.do("writes %d and has %d left", written, l.output)
			return
		case errors.Is(err, syscall.EINTR): // in posix mode: once more
		case err != nil:
			l.output = 0 // reading tells the end
		default:
			l.output -= n
			written += n
		}
	}
	d.judge.do("writes %d", written)
}

// pause takes the whole interest of a watch off. A timer restores it.
func (d *driver) pause(l *link) {
	if l.paused || l.state.want == 0 {
		return
	}
	l.paused, l.before = true, l.state.want
	d.modify(l, 0)
	d.setTimer(ms(1), action{kind: actResume, on: l}, 1)
}

func (d *driver) resume(l *link) {
	l.paused = false
	if l.state.live {
		d.modify(l, l.before)
	}
}

// maxDups is how many duplicates a run has watched.
const maxDups = 3

// watchDuplicate has the subject watch a duplicate of a watched handle.
func (d *driver) watchDuplicate(l *link) {
	if d.dups == maxDups || l.plan.kind == connListen {
		return
	}
	h, err := d.host.Dup(l.near)
	if err != nil {
		return
	}
	d.dups++
	d.judge.do("duplicates the handle of %s", name(l.state.id))
	plan := conn{kind: l.plan.kind, mode: l.state.mode, want: demux.Readable, stays: true}
	copied := d.watch(plan, h, demux.NoHandle)
	d.judge.Lock()
	defer d.judge.Unlock()
	l.state.shared, copied.state.shared = true, true
}
