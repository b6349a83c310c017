package serve

import (
	"errors"
	"io"
	"sync"

	"reactortest/demux"
	"reactortest/proptest/server"
)

// Conn is a connection. Any goroutine may call Async, Close and Wake. Everything else
// is for the thread that has the connection: its loop, or a worker that runs its
// callbacks.
type Conn struct {
	Loop   *Loop
	Handle demux.Handle
	Token  demux.Token
	Want   demux.Ready // what is registered

	Out      []byte // accepted and not sent
	Ended    bool   // the peer sends no more
	Draining bool   // the handler wants no more, and Out is to be sent
	Broken   error  // why a call on the handle failed

	Queued bool // is in Loop.Ready
	Armed  bool // a oneshot registration that has not fired

	strand strand

	In, Output   demux.Op // in an engine on completions
	Sending      []byte   // what Output sends
	Reads, Sends bool     // In and Output are in flight
	Dying        bool     // it ends when they have come back
	Reason       error    // of its end

	Lock    sync.Mutex // of the fields below
	Posted  [][]byte   // by Async
	closing bool       // Close has been called
	why     error      // by Close
	over    bool       // it has ended
}

// Fd is server.Descriptor's.
func (c *Conn) Fd() int { return int(c.Handle) }

// Write is server.Conn's.
func (c *Conn) Write(b []byte) error {
	if c.Broken != nil {
		return c.Broken
	}
	if closing, _ := c.Closing(); closing || c.Over() {
		return ErrEnded
	}
	return c.parts().Send(c, b)
}

// Async is server.Conn's.
func (c *Conn) Async(b []byte) error { return c.parts().Async(c, b) }

// Close is server.Conn's.
func (c *Conn) Close() error {
	c.parts().Close(c, nil)
	return nil
}

// Wake is server.Waker's.
func (c *Conn) Wake() error { return c.parts().Wake(c) }

// Over reports whether the connection has ended.
func (c *Conn) Over() bool {
	c.Lock.Lock()
	defer c.Lock.Unlock()
	return c.over
}

// Closing reports whether somebody has closed the connection, and why.
func (c *Conn) Closing() (closing bool, why error) {
	c.Lock.Lock()
	defer c.Lock.Unlock()
	return c.closing, c.why
}

// async is the part Async.
func (c *Conn) async(b []byte) error {
	c.host().Yield("async")
	if !c.Push(b) {
		return ErrEnded
	}
	c.host().Yield("async queued")
	c.parts().Do(c, c.SendPosted)
	return nil
}

// Push queues bytes for SendPosted. It reports whether it did: a connection that ends
// takes no more.
func (c *Conn) Push(b []byte) bool {
	c.Lock.Lock()
	defer c.Lock.Unlock()
	if c.closing || c.over {
		return false
	}
	c.Posted = append(c.Posted, append([]byte(nil), b...))
	return true
}

// SendPosted sends what Async has accepted.
func (c *Conn) SendPosted() {
	c.Lock.Lock()
	var posted [][]byte
	if !c.closing && !c.over { // else they count as not sent
		posted, c.Posted = c.Posted, nil
	}
	c.Lock.Unlock()
	for _, b := range posted {
		if err := c.parts().Send(c, b); err != nil {
			c.Loop.Engine.Handler.Lost(c, err)
			return
		}
	}
}

// close is the part Close.
func (c *Conn) close(why error) {
	c.host().Yield("close")
	c.Lock.Lock()
	first := !c.closing && !c.over
	if first {
		c.closing, c.why = true, why
	}
	c.Lock.Unlock()
	if first {
		c.host().Yield("closing")
		c.parts().Do(c, func() {})
	}
}

// wake is the part Wake.
func (c *Conn) wake() error {
	if c.Over() {
		return ErrEnded
	}
	c.host().Yield("wake")
	c.parts().Do(c, c.Woken)
	return nil
}

// Woken tells the handler of a wake.
func (c *Conn) Woken() {
	if closing, _ := c.Closing(); closing {
		return
	}
	if h, ok := c.Loop.Engine.Handler.(server.WakeHandler); ok {
		h.Woken(c)
	}
}

// do is the part Do: the loop of the connection runs all its callbacks.
func (c *Conn) do(fn func()) {
	_ = c.parts().Post(c.Loop, func() { // ErrClosed: then it has ended
		if !c.Over() && !c.Dying {
			fn()
			c.parts().Settle(c)
		}
	})
}

// end is the part End. The handle is the connection's until Closed has returned.
func (c *Conn) end(err error) {
	c.parts().Detach(c)
	c.Loop.Table.Remove(c)
	c.Finish(err)
	_ = c.host().Close(c.Handle)
	c.Loop.Conns--
}

// Finish marks the connection as over and tells the handler.
func (c *Conn) Finish(err error) {
	c.Lock.Lock()
	c.over = true
	unsent := c.Unsent() || len(c.Posted) > 0
	c.Posted = nil
	c.Lock.Unlock()
	if unsent && (err == nil || errors.Is(err, io.EOF)) {
		err = ErrUnsent
	}
	c.Loop.Engine.Handler.Closed(c, err)
}

// Unsent reports whether the connection has accepted bytes that it has not sent.
func (c *Conn) Unsent() bool { return len(c.Out)+len(c.Sending) > 0 }

// Verdict reports whether the connection has nothing left to do, and why it ends.
func (c *Conn) Verdict() (over bool, why error) {
	c.Lock.Lock()
	defer c.Lock.Unlock()
	switch {
	case c.Broken != nil:
		return true, c.Broken
	case c.closing:
		return true, c.why
	case c.Unsent() || len(c.Posted) > 0:
		return false, nil
	case c.Draining:
		return true, nil
	case c.Ended:
		return true, io.EOF
	default:
		return false, nil
	}
}

func (c *Conn) parts() *Parts { return &c.Loop.Engine.Parts }

func (c *Conn) host() demux.Host { return c.Loop.Engine.Host }
