package bugs

import (
	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
)

// NotArmedAfterFlush does not arm a oneshot registration again after an event that was
// for writing alone.
//
// Seen in nbio.
func NotArmedAfterFlush(e *serve.Engine) {
	event := e.Parts.Event
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		if ev.Ready&demux.Readable != 0 {
			event(c, ev)
			return
		}
		e.Parts.Do(c, func() { c.Perform(ev.Ready) })
	}
}

// OneSideArmed arms a oneshot registration again for the direction that fired.
//
// Seen in gaio.
func OneSideArmed(e *serve.Engine) {
	fired := map[*serve.Conn]demux.Ready{} // by the loop, and read by the worker that it posts to
	event, armed := e.Parts.Event, e.Parts.Arm
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		fired[c] = ev.Ready & (demux.Readable | demux.Writable)
		event(c, ev)
	}
	e.Parts.Arm = func(c *serve.Conn) {
		want := c.Wanted()
		side := fired[c]
		if c.Armed || want&side == 0 {
			armed(c)
			return
		}
		c.Armed, c.Want = true, want
		_ = e.Parts.Post(c.Loop, func() { c.Rearm(want & side) })
	}
}

// TwoReaders arms a oneshot registration again before the event has been handled, and
// leaves the events of a connection to whichever worker is next.
//
// Seen in nbio, where one event started two readers.
func TwoReaders(e *serve.Engine) {
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		c.Rearm(c.Wanted())
		_ = e.Parts.Post(c.Loop.NextWorker(), func() {
			if !c.Over() {
				c.Perform(ev.Ready)
				e.Parts.Settle(c)
			}
		})
	}
}
