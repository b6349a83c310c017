package bugs

import (
	"sync/atomic"
	"time"

	"reactortest/internal/planted/engine/serve"
	"reactortest/proptest/server"
)

// FlagClearedLate wakes the loop only if a flag is not set, and clears the flag when the
// queue has been emptied. Who posts in between finds the flag set and the loop does not
// look again.
//
// Seen in gnet.
func FlagClearedLate(e *serve.Engine) {
	var flag atomic.Bool // of the one loop
	e.Parts.Post = func(l *serve.Loop, fn func()) error {
		d, err := l.Push(fn)
		if err != nil || d == nil {
			return err
		}
		e.Host.Yield("posted")
		if flag.CompareAndSwap(false, true) {
			_ = d.Wake()
		}
		return nil
	}
	run := e.Parts.RunPosted
	e.Parts.RunPosted = func(l *serve.Loop) {
		run(l)
		e.Host.Yield("emptied")
		flag.Store(false)
	}
	e.Parts.Timeout = timeoutOfTimers
}

// timeoutOfTimers does not look at the queue: a Wake that is not lost is enough.
func timeoutOfTimers(l *serve.Loop) time.Duration {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	if len(l.Timers) == 0 {
		return -1
	}
	return max(0, l.Timers[0].When-l.Engine.Host.Now())
}

// WakesFirst wakes the loop and then queues. The loop may look between the two.
//
// Seen in libkqueue.
func WakesFirst(e *serve.Engine) {
	e.Parts.Post = func(l *serve.Loop, fn func()) error {
		l.WakeUp()
		e.Host.Yield("woken")
		_, err := l.Push(fn)
		return err
	}
	e.Parts.Timeout = timeoutOfTimers
}

// QueueDrained runs posted functions until there is none, and posts what a connection
// leaves when it has read its budget. A peer that sends fast enough keeps the loop.
//
// Seen in gnet and libuv.
func QueueDrained(e *serve.Engine) {
	read := e.Parts.Read
	e.Parts.Read = func(c *serve.Conn) {
		before := len(c.Loop.Ready)
		read(c)
		if len(c.Loop.Ready) > before {
			c.Loop.Ready, c.Queued = c.Loop.Ready[:before], false
			e.Parts.Do(c, func() { e.Parts.Read(c) })
		}
	}
	e.Parts.RunPosted = func(l *serve.Loop) {
		for queue := e.Parts.Take(l); len(queue) > 0; queue = e.Parts.Take(l) {
			for _, fn := range queue {
				fn()
			}
		}
	}
}

// BatchDropped leaves the queue at the first function that finds its connection ended, or
// ends it, and drops the others. An engine that stops with two connections ends one.
//
// Seen in gnet, where a job that failed dropped the jobs behind it.
func BatchDropped(e *serve.Engine) {
	failed := false
	e.Parts.Do = func(c *serve.Conn, fn func()) {
		_ = e.Parts.Post(c.Loop, func() {
			if !c.Over() {
				fn()
				e.Parts.Settle(c)
			}
			failed = c.Over()
		})
	}
	e.Parts.RunPosted = func(l *serve.Loop) {
		failed = false
		for _, fn := range e.Parts.Take(l) {
			if fn(); failed {
				return
			}
		}
	}
}

// WokenAfterClosed does not look whether a connection has ended before a Wake for it is
// carried out.
//
// Seen in gnet.
func WokenAfterClosed(e *serve.Engine) {
	e.Parts.Wake = func(c *serve.Conn) error {
		if c.Over() {
			return serve.ErrEnded
		}
		return e.Parts.Post(c.Loop, func() { woken(e, c) })
	}
}

// WokenInline calls Woken in the thread that wakes.
//
// Seen in libevent, whose completions called back outside of the loop.
func WokenInline(e *serve.Engine) {
	e.Parts.Wake = func(c *serve.Conn) error {
		if c.Over() {
			return serve.ErrEnded
		}
		woken(e, c)
		return nil
	}
}

func woken(e *serve.Engine, c *serve.Conn) {
	if h, ok := e.Handler.(server.WakeHandler); ok {
		h.Woken(c)
	}
}
