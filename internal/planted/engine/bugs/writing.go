package bugs

import (
	"errors"
	"io"

	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
)

// KeepsCallersBytes does not copy the bytes that the socket does not take. The caller
// uses its buffer again before they are sent.
//
// Seen in gnet, which gave away slices of a buffer that it used again.
func KeepsCallersBytes(e *serve.Engine) {
	send := e.Parts.Send
	e.Parts.Send = func(c *serve.Conn, b []byte) error {
		if len(c.Out) > 0 {
			return send(c, b)
		}
		c.Out = b
		e.Parts.Flush(c)
		return c.Broken
	}
}

// OutputReplaced has Async replace what is not sent yet.
//
// Seen in evio, whose Wake replaced the pending output.
func OutputReplaced(e *serve.Engine) {
	e.Parts.Async = func(c *serve.Conn, b []byte) error {
		if closing, _ := c.Closing(); closing || c.Over() {
			return serve.ErrEnded
		}
		b = append([]byte(nil), b...)
		e.Parts.Do(c, func() {
			c.Out = b
			e.Parts.Flush(c)
		})
		return nil
	}
}

// OutputOvertakes writes at once although earlier bytes wait, and they come behind.
//
// Seen in similar forms in gnet and nbio.
func OutputOvertakes(e *serve.Engine) {
	e.Parts.Send = func(c *serve.Conn, b []byte) error {
		n, err := e.Host.Write(c.Handle, b)
		if err != nil && !errors.Is(err, demux.ErrAgain) {
			c.Broken = err
			return err
		}
		c.Out = append(c.Out, b[n:]...)
		return nil
	}
}

// WritableNotArmed does not wait for a socket that is full. What is left is sent when
// the connection is served for another reason.
//
// Seen in gnet, whose Flush did not arm EPOLLOUT.
func WritableNotArmed(e *serve.Engine) {
	e.Parts.Arm = func(c *serve.Conn) { arm(c, c.Wanted()&^demux.Writable) }
}

// WritableKept does not disarm a socket for writing when all is sent.
//
// Seen in nbio on kqueue.
func WritableKept(e *serve.Engine) {
	e.Parts.Arm = func(c *serve.Conn) { arm(c, c.Wanted()|c.Want&demux.Writable) }
}

// ShortWriteDropped takes a write that sent a part for one that sent all.
//
// Seen in nbio on unix sockets.
func ShortWriteDropped(e *serve.Engine) {
	flush := e.Parts.Flush
	e.Parts.Flush = func(c *serve.Conn) {
		before := len(c.Out)
		flush(c)
		if c.Broken == nil && len(c.Out) > 0 && len(c.Out) < before {
			c.Out = nil
		}
	}
}

// WriteErrorSwallowed ends a connection whose peer is gone as if all had been sent, and
// Write returns no error.
//
// Seen in gnet, whose Write returned the result of its close.
func WriteErrorSwallowed(e *serve.Engine) {
	send, end := e.Parts.Send, e.Parts.End
	e.Parts.Send = func(c *serve.Conn, b []byte) error {
		_ = send(c, b)
		return nil
	}
	e.Parts.End = func(c *serve.Conn, err error) {
		if c.Unsent() {
			c.Out, err = nil, nil
		}
		end(c, err)
	}
}

// PostedDropped forgets what Async has queued when the connection ends meanwhile.
//
// Seen in gnet, whose AsyncWrite did not call back for a connection that had closed.
func PostedDropped(e *serve.Engine) {
	end := e.Parts.End
	e.Parts.End = func(c *serve.Conn, err error) {
		c.Lock.Lock()
		c.Posted = nil
		c.Lock.Unlock()
		end(c, err)
	}
	settle := e.Parts.Settle
	e.Parts.Settle = func(c *serve.Conn) {
		if c.Ended && c.Broken == nil && !c.Unsent() && !c.Over() {
			e.Parts.End(c, io.EOF)
			return
		}
		settle(c)
	}
}

// EndedAccepts accepts bytes for a connection that has ended.
//
// Seen in gnet, whose AsyncWrite returned nil when the engine had stopped.
func EndedAccepts(e *serve.Engine) {
	async := e.Parts.Async
	e.Parts.Async = func(c *serve.Conn, b []byte) error {
		if c.Over() {
			return nil
		}
		return async(c, b)
	}
}

// ClosesBeforeSent ends a connection that the handler wants closed before what was
// accepted for it is sent.
//
// Seen in a similar form in Twisted and Seastar.
func ClosesBeforeSent(e *serve.Engine) {
	settle := e.Parts.Settle
	e.Parts.Settle = func(c *serve.Conn) {
		if c.Draining {
			c.Out = nil
		}
		settle(c)
	}
}

// EndDropsAnswer ends a connection when its peer has ended its direction, and forgets
// what was to be sent.
//
// Seen in Netty, which took the end of one direction for the end of both.
func EndDropsAnswer(e *serve.Engine) {
	settle := e.Parts.Settle
	e.Parts.Settle = func(c *serve.Conn) {
		if c.Ended {
			c.Out = nil
		}
		settle(c)
	}
}

// OneWriteAnEdge writes once for an edge, and waits for another one although the socket
// is not full.
//
// Seen in Netty, which stopped at its write quantum.
func OneWriteAnEdge(e *serve.Engine) {
	e.Parts.Flush = func(c *serve.Conn) {
		n, err := e.Host.Write(c.Handle, c.Out[:min(len(c.Out), 1024)])
		if err != nil && !errors.Is(err, demux.ErrAgain) {
			c.Broken = err
			return
		}
		c.Out = c.Out[n:]
	}
}
