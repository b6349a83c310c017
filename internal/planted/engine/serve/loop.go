package serve

import (
	"sync"
	"time"

	"reactortest/demux"
)

// Loop is a thread that waits on a demultiplexer. Any goroutine may call Post of the
// Parts; everything else is for the loop's own thread.
type Loop struct {
	Engine *Engine
	Demux  demux.Demux // nil before Serve
	Parent *Loop       // that is told of the end of this one; nil for the main loop
	Err    error       // why it ended, if it was not stopped

	Workers []*Loop // the loops below this one
	next    int     // of the Workers, which gets the next connection
	told    bool    // the Workers have been told to stop

	Listener  demux.Handle  // NoHandle if it has none
	Listening bool          // Listen has been called
	pause     time.Duration // the last one after an accept that failed
	paused    *Timer        // ends the pause
	accepting demux.Op      // in an engine on completions
	pending   bool          // accepting is in flight
	spare     demux.Demux   // for the next connection of an engine with a loop for each

	Table    Table
	Conns    int // that have been opened and have not ended
	Ready    []*Conn
	Stopping bool

	Lock   sync.Mutex // of the fields below
	Queue  []func()
	Closed bool // nothing more may be queued
	Timers []*Timer
	serial uint64 // of the last timer

	Buffer []byte // of every read
	events [16]demux.Event
}

// readSize is how much one read takes at most, in bytes.
const readSize = 4096

// NewLoop makes a loop of e that is below parent.
func NewLoop(e *Engine, parent *Loop) *Loop {
	return &Loop{Engine: e, Parent: parent, Listener: demux.NoHandle, Buffer: make([]byte, readSize)}
}

// use gives the loop its demultiplexer.
func (l *Loop) use(d demux.Demux) {
	l.Lock.Lock()
	l.Demux = d
	l.Lock.Unlock()
}

// Go runs the loop in a thread of its own.
func (l *Loop) Go(name string) { l.Engine.Host.Go(name, l.run) }

// run runs the loop until it has been stopped and its connections have ended.
func (l *Loop) run() {
	for !l.over() {
		l.step()
	}
	l.finish()
}

// over reports whether the loop has nothing left to do.
func (l *Loop) over() bool {
	if !l.Stopping || l.Conns > 0 || l.pending {
		return false
	}
	if !l.told {
		l.told = true
		l.Engine.Parts.Tell(l)
	}
	return len(l.Workers) == 0
}

// tell is the part Tell.
func (l *Loop) tell() {
	p := &l.Engine.Parts
	for _, w := range l.Workers {
		_ = p.Post(w, func() { p.StopLoop(w) })
	}
}

// step is one turn.
func (l *Loop) step() {
	p := &l.Engine.Parts
	timeout := p.Timeout(l)
	l.Engine.Host.Yield("wait")
	n, err := l.Demux.Wait(l.events[:], timeout)
	if err != nil {
		l.Fail(err)
	}
	p.RunTimers(l)
	p.RunPosted(l)
	p.Dispatch(l, l.events[:n])
	l.runReady()
}

// Fail ends the loop for an error of its own.
func (l *Loop) Fail(err error) {
	if !l.Stopping {
		l.Err = err
		l.Engine.Parts.StopLoop(l)
	}
}

// dispatch is the part Dispatch.
func (l *Loop) dispatch(batch []demux.Event) {
	p := &l.Engine.Parts
	for _, ev := range batch {
		if ev.Token == listenerToken {
			if l.Listening {
				p.Accept(l)
			}
			continue
		}
		if c := l.Table.Get(ev.Token); c != nil {
			p.Event(c, ev)
		}
	}
}

// runReady continues with the connections that have more to be read. What a
// connection leaves waits for the next turn.
func (l *Loop) runReady() {
	p := &l.Engine.Parts
	ready := l.Ready
	l.Ready = nil
	for _, c := range ready {
		c.Queued = false
		if !c.Over() {
			p.Read(c)
			p.Settle(c)
		}
	}
}

// timeout is the part Timeout. A wait that was made elsewhere may have consumed the
// Wake of a posted function, so the queue is looked at too.
func (l *Loop) timeout() time.Duration {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	switch {
	case len(l.Ready) > 0 || len(l.Queue) > 0:
		return 0
	case len(l.Timers) > 0:
		return max(0, l.Timers[0].When-l.Engine.Host.Now())
	default:
		return -1
	}
}

// stop is the part StopLoop.
func (l *Loop) stop() {
	if l.Stopping {
		return
	}
	l.Stopping = true
	l.dropTimers()
	l.closeListener()
	for _, c := range l.Table.All() {
		if c != nil {
			l.Engine.Parts.Close(c, ErrStopped)
		}
	}
}

// finish closes what the loop owns. Functions that were posted in the meantime find
// that their connections have ended.
func (l *Loop) finish() {
	l.Lock.Lock()
	rest := l.Queue
	l.Queue, l.Closed = nil, true
	l.Lock.Unlock()
	for _, fn := range rest {
		fn()
	}
	_ = l.Demux.Close()
	if parent := l.Parent; parent != nil {
		_ = l.Engine.Parts.Post(parent, func() { parent.remove(l) })
	}
}

// remove forgets a loop that has ended.
func (l *Loop) remove(worker *Loop) {
	for i, w := range l.Workers {
		if w == worker {
			l.Workers = append(l.Workers[:i:i], l.Workers[i+1:]...)
			return
		}
	}
}
