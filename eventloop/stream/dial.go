package stream

import (
	"errors"
	"net/netip"
	"time"

	"reactortest/demux"
)

// Dial connects to a TCP address. To connect to a name, look it up with eventloop.Call
// first. Open of the handler is called when the connection is established, or else Closed
// with the reason: os.ErrDeadlineExceeded after timeout, if that is positive. What is
// written before Open is queued. It returns demux.ErrClosed after Close or Shutdown of the
// Net, and otherwise errors of the host; no callback follows then.
func (n *Net) Dial(addr netip.AddrPort, timeout time.Duration, handler *Handler) (*Conn, error) {
	if handler == nil {
		panic("stream: Dial without a Handler")
	}
	handler.check()
	if n.closed {
		return nil, demux.ErrClosed
	}
	if err := n.canOperate(); err != nil {
		return nil, err
	}
	if n.o.Operations {
		c, err := n.dialOperation(addr, handler)
		if err != nil {
			return nil, err
		}
		if timeout > 0 {
			c.setTimer(timerDial, timeout)
		}
		return c, nil
	}
	h, err := n.host.Connect(addr)
	if err != nil {
		return nil, err
	}
	n.setNoDelay(h)
	return n.dialed(h, timeout, handler)
}

// dialed waits until a handle that connects is writable. A connection whose Net has
// Options.Operations uses them afterwards.
func (n *Net) dialed(h demux.Handle, timeout time.Duration, handler *Handler) (*Conn, error) {
	c := &Conn{net: n, handler: handler, handle: h, connecting: true}
	if err := c.watchFor(demux.Writable); err != nil {
		return nil, errors.Join(err, n.host.Close(h))
	}
	n.add(c)
	if timeout > 0 {
		c.setTimer(timerDial, timeout)
	}
	return c, nil
}

// connected is called when the attempt to connect has ended.
func (c *Conn) connected() {
	err := c.net.host.ConnectResult(c.handle)
	if errors.Is(err, demux.ErrAgain) {
		return // a spurious event
	}
	if err == nil && c.net.o.Operations {
		c.detach()
		c.useOperations()
	}
	c.established(err)
	if !c.dead && c.ops == nil {
		c.flush()
	}
}

// established calls Open, or ends a connection that could not be made.
func (c *Conn) established(err error) {
	if err != nil {
		c.end(err)
		return
	}
	c.connecting = false
	if c.times != nil {
		c.times.timer[timerDial].Stop()
	}
	if !c.closing && c.handler.Open != nil {
		c.handler.Open(c)
	}
	c.shutIfSent()
}
