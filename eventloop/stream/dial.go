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
	if n.closed {
		return nil, demux.ErrClosed
	}
	h, err := n.host.Connect(addr)
	if err != nil {
		return nil, err
	}
	n.setNoDelay(h)
	return n.dialed(&Conn{net: n, handler: handler, handle: h, connecting: true}, timeout)
}

func (n *Net) dialed(c *Conn, timeout time.Duration) (*Conn, error) {
	if err := c.attach(demux.Writable); err != nil {
		_ = n.host.Close(c.handle)
		return nil, err
	}
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
	if !c.dead {
		c.flush()
	}
}
