package stream

import (
	"errors"
	"net/netip"
	"time"

	"reactortest/demux"
)

// Dial connects to a TCP address. Open of the handler is called when the connection is
// established, or else Closed with the reason: os.ErrDeadlineExceeded after timeout, if that
// is positive. What is written before Open is queued. It returns demux.ErrClosed after Close
// or Shutdown of the Net, and otherwise errors of the host; no callback follows then.
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
	var c *Conn
	var err error
	if n.o.Operations {
		c, err = n.dialOperation(addr, handler)
	} else {
		c, err = n.dialReady(addr, handler)
	}
	if err != nil {
		return nil, err
	}
	if timeout > 0 {
		c.setTimer(timerDial, timeout)
	}
	return c, nil
}

// dialReady connects, and waits until the handle is writable.
func (n *Net) dialReady(addr netip.AddrPort, handler *Handler) (*Conn, error) {
	h, err := n.host.Connect(addr)
	if err != nil {
		return nil, err
	}
	n.setNoDelay(h)
	c := &Conn{net: n, handler: handler, handle: h, connecting: true}
	if err := c.attach(demux.Writable); err != nil {
		_ = n.host.Close(h)
		return nil, err
	}
	return c, nil
}

// connected is called when the attempt to connect has ended.
func (c *Conn) connected() {
	err := c.net.host.ConnectResult(c.handle)
	if errors.Is(err, demux.ErrAgain) {
		return // a spurious event
	}
	c.established(err)
	if !c.dead {
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
	if c.times != nil && c.times.timer[timerDial] != nil {
		c.times.timer[timerDial].Stop()
	}
	if !c.closing && c.handler.Open != nil {
		c.handler.Open(c)
	}
	c.shutIfSent()
}
