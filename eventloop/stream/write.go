package stream

import (
	"errors"
	"io"

	"reactortest/demux"
)

// Write sends b, and queues what the system does not take at once. If it returns nil, all of
// b is accepted; Write does not keep b. It returns demux.ErrClosed after Close, CloseWrite or
// the end of the connection, ErrQueueFull if more than Options.MaxQueue bytes would be
// queued, and then nothing of b is accepted. Any other error is the system's: the connection
// ends with it, as Abort does. Before Open, what is written is queued.
func (c *Conn) Write(b []byte) error {
	if err := c.refuses(len(b)); err != nil || len(b) == 0 {
		return err
	}
	if c.queue.size == 0 && !c.connecting && !c.blocked && c.ops == nil {
		n, err := c.net.host.Write(c.handle, b)
		if err != nil {
			if !later(err) {
				c.end(err)
				return err
			}
			n = 0
		}
		if n > 0 {
			c.touchWrite()
		}
		if b = b[n:]; len(b) == 0 {
			return nil
		}
	}
	if c.queue.size == 0 {
		c.touchWrite() // the time of these bytes begins now
	}
	c.queue.push(&c.net.chunks, b)
	c.queued()
	return c.err // nil, unless the loop could not wait for the handle
}

// WriteVector is Write of the buffers one after the other, in one call of the system where
// it can. Nothing of them is accepted if it returns an error.
func (c *Conn) WriteVector(bufs ...[]byte) error {
	size := 0
	for _, b := range bufs {
		size += len(b)
	}
	if err := c.refuses(size); err != nil || size == 0 {
		return err
	}
	n := 0
	if c.queue.size == 0 && !c.connecting && c.ops == nil && len(bufs) <= demux.MaxVector && c.net.vectors != nil {
		var err error
		vector := append(c.net.vector[:0], bufs...)
		n, err = c.net.vectors.WriteVector(c.handle, vector)
		c.net.keep(vector)
		switch {
		case err == nil:
			c.touchWrite()
		case errors.Is(err, errors.ErrUnsupported):
			c.net.vectors = nil // nor does it with other handles
			n = 0
		case later(err):
			n = 0
			c.blocked = true
		default:
			c.end(err)
			return err
		}
		if n == size {
			return nil
		}
	}
	for _, b := range bufs {
		skip := min(n, len(b))
		n -= skip
		if err := c.Write(b[skip:]); err != nil {
			return err
		}
	}
	return nil
}

// keep keeps the memory of a vector for the next one, and nothing that it points to.
func (n *Net) keep(vector [][]byte) {
	clear(vector)
	n.vector = vector[:0]
}

// refuses returns why size more bytes are not accepted, nil if they are.
func (c *Conn) refuses(size int) error {
	switch {
	case c.shutting || c.dead:
		return demux.ErrClosed
	case size > c.net.o.MaxQueue-c.queue.size:
		return ErrQueueFull
	default:
		return nil
	}
}

// queued is called when bytes were queued: the connection waits until it is writable, and
// does not read if there are too many.
func (c *Conn) queued() {
	if !c.connecting && c.ops == nil {
		c.blocked = true
	}
	c.startWriteTimer()
	if c.queue.size > c.net.o.HighWater && !c.closing {
		c.full = true
	}
	c.update()
}

// flush sends what is queued, or as much of it as the system takes, and not much more than
// flushBytes.
func (c *Conn) flush() {
	sent, more := 0, true
	for more && c.queue.size > 0 && sent < flushBytes {
		n, asked, err := c.send()
		if err != nil {
			if !later(err) {
				c.end(err)
				return
			}
			n = 0
		}
		c.queue.pop(&c.net.chunks, n)
		sent += n
		more = n == asked
	}
	if sent > 0 {
		c.touchWrite()
	}
	c.blocked = c.queue.size > 0
	c.sent()
}

// sent is called when the queue has become shorter.
func (c *Conn) sent() {
	if c.full && c.queue.size <= c.net.o.LowWater {
		c.full = false
		if c.handler.Drain != nil {
			c.handler.Drain(c)
		}
	}
	if c.queue.size == 0 {
		c.shutIfSent()
	}
}

// send makes one call that sends of the queue. asked is how many bytes it was given.
func (c *Conn) send() (n, asked int, err error) {
	net := c.net
	first := c.queue.first
	if net.vectors != nil && first.next != nil {
		vector := net.vector[:0]
		for x := first; x != nil && len(vector) < demux.MaxVector && asked < flushBytes; x = x.next {
			vector = append(vector, x.bytes())
			asked += len(x.bytes())
		}
		n, err = net.vectors.WriteVector(c.handle, vector)
		net.keep(vector)
		if !errors.Is(err, errors.ErrUnsupported) {
			return n, asked, err
		}
		net.vectors = nil // nor does it with other handles
	}
	n, err = net.host.Write(c.handle, first.bytes())
	return n, len(first.bytes()), err
}

func isEOF(err error) bool { return err == io.EOF || errors.Is(err, io.EOF) } //nolint:errorlint // the first is the usual one, and fast
