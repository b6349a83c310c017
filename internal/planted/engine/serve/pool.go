package serve

import "reactortest/demux"

// Pool makes an engine with one loop that waits and two workers that run the handlers.
// A registration is oneshot: the loop hears nothing of a connection while a worker
// has its event, and the worker posts to the loop when it is to be armed again.
func Pool(h demux.Host) *Engine {
	p := common()
	p.Start, p.Open = startWorkers, (*Loop).openInPool
	p.Attach = func(*Conn) error { return nil }
	p.Event, p.Do = (*Conn).eventInPool, (*Conn).doInPool
	p.Arm, p.End = (*Conn).armInPool, (*Conn).endInPool
	return newEngine(h, p)
}

// strand is the queue of a connection's jobs. One worker at a time runs them.
type strand struct {
	jobs      []func() // under Conn.Lock
	scheduled bool     // under Conn.Lock
	worker    *Loop
}

// openInPool registers the connection silently, so that the loop can be told of a
// failure, and has a worker open it.
func (l *Loop) openInPool(h demux.Handle) {
	c := &Conn{Loop: l, Handle: h}
	c.strand.worker = l.NextWorker()
	l.Table.Add(c)
	if err := l.Demux.Register(h, c.Token, demux.Readable, demux.Oneshot); err != nil {
		l.Table.Remove(c)
		c.parts().Refuse(l, h)
		return
	}
	c.Armed, c.Want = true, demux.Readable
	l.Conns++
	c.parts().Do(c, c.Greet)
}

// eventInPool gives an event to the workers.
func (c *Conn) eventInPool(ev demux.Event) {
	c.parts().Do(c, func() {
		c.Armed = false
		c.Perform(ev.Ready)
	})
}

// doInPool queues a job.
func (c *Conn) doInPool(fn func()) {
	c.Lock.Lock()
	c.strand.jobs = append(c.strand.jobs, fn)
	first := !c.strand.scheduled
	c.strand.scheduled = true
	c.Lock.Unlock()
	if first {
		c.host().Yield("schedule")
		c.schedule()
	}
}

// Busy reports whether a worker runs jobs of the connection or is about to.
func (c *Conn) Busy() bool {
	c.Lock.Lock()
	defer c.Lock.Unlock()
	return c.strand.scheduled
}

// schedule has a worker run the jobs.
func (c *Conn) schedule() { _ = c.parts().Post(c.strand.worker, c.work) }

// work runs the jobs that are queued now, and leaves later ones for another turn.
func (c *Conn) work() {
	c.Lock.Lock()
	jobs := c.strand.jobs
	c.strand.jobs = nil
	c.Lock.Unlock()
	for _, job := range jobs {
		if c.Over() {
			break
		}
		job()
		c.parts().Settle(c)
	}
	c.host().Yield("worked")
	c.Lock.Lock()
	more := len(c.strand.jobs) > 0
	c.strand.scheduled = more
	c.Lock.Unlock()
	if more {
		c.schedule()
	}
}

// armInPool has the loop arm the registration if it is not armed for what the
// connection wants.
func (c *Conn) armInPool() {
	want := c.Wanted()
	if want == 0 || c.Armed && want == c.Want {
		return
	}
	c.Armed, c.Want = true, want
	_ = c.parts().Post(c.Loop, func() { c.Rearm(want) })
}

// Rearm arms the registration, in the thread of the loop.
func (c *Conn) Rearm(want demux.Ready) {
	if c.Over() {
		return
	}
	if err := c.Loop.Demux.Modify(c.Handle, c.Token, want, demux.Oneshot); err != nil {
		c.parts().Do(c, func() { c.Broken = err })
	}
}

// endInPool has the loop end the registration, and then a worker tell the handler. The
// connection takes no more jobs meanwhile.
func (c *Conn) endInPool(err error) {
	c.Lock.Lock()
	c.over = true
	c.Lock.Unlock()
	_ = c.parts().Post(c.Loop, func() {
		c.parts().Detach(c)
		c.Loop.Table.Remove(c)
		_ = c.parts().Post(c.strand.worker, func() {
			c.Finish(err)
			_ = c.host().Close(c.Handle)
			_ = c.parts().Post(c.Loop, func() { c.Loop.Conns-- })
		})
	})
}
