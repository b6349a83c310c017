package stream

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"

	"reactortest/demux"
	"reactortest/eventloop"
)

// operations are those of a connection whose Net has Options.Operations: one that reads, and
// one that writes. While one is in flight, its buffer belongs to the demux (rule O2).
type operations struct {
	read, write      eventloop.Operation
	reading, writing bool   // in flight
	buffer           []byte // of read, if the demux lends none
	held             []byte // what came when nothing was to be read
	posted           bool
}

// useOperations has the connection read and write by operations.
func (c *Conn) useOperations() {
	x := &operations{}
	x.read.Kind, x.read.Handle, x.read.Done = demux.OpRead, c.handle, c.readDone
	x.write.Kind, x.write.Handle, x.write.Done = demux.OpWrite, c.handle, c.writeDone
	c.ops = x
}

// submit starts the operations that there is something to do for. It is update for a
// connection with operations.
func (c *Conn) submit() {
	x := c.ops
	if !x.writing && c.queue.size > 0 && !c.connecting {
		x.write.Buf = c.queue.first.bytes()
		if c.failed(c.net.loop.Submit(&x.write)) {
			return
		}
		x.writing = true
	}
	if !c.reads() {
		if c.net.lends && !x.reading && x.read.Buf != nil { // the others need the buffer
			_ = x.read.Cancel() // ErrNotFound: it gives the buffer back
			x.read.Buf = nil
		}
		return
	}
	if x.held != nil {
		c.deliverLater()
		return
	}
	if !x.reading {
		if x.buffer == nil && !c.net.lends {
			x.buffer = make([]byte, c.net.o.ReadBuffer)
		}
		x.read.Buf = x.buffer
		if c.failed(c.net.loop.Submit(&x.read)) {
			return
		}
		x.reading = true
	}
}

// failed ends the connection if err is not nil.
func (c *Conn) failed(err error) bool {
	if err != nil {
		c.end(err)
	}
	return err != nil
}

// deliverLater has what is held told, but not within the callback, perhaps of another
// connection, that calls Resume.
func (c *Conn) deliverLater() {
	if c.ops.posted {
		return
	}
	err := c.net.loop.Post(func() {
		c.ops.posted = false
		if c.reads() && c.ops.held != nil {
			c.deliver()
		}
	})
	c.ops.posted = err == nil // ErrClosed: the loop has ended
}

// deliver tells of the bytes that are held.
func (c *Conn) deliver() {
	c.enter()
	defer c.leave()
	held := c.ops.held
	c.ops.held = nil
	c.arrived(held)
	c.inCallback = false
	c.update()
}

// readDone is called when a read has ended.
func (c *Conn) readDone() {
	x := c.ops
	x.reading = false
	if c.dead {
		c.overIfBack()
		return
	}
	c.enter()
	defer c.leave()
	switch n := x.read.N; {
	case x.read.Err != nil:
		c.end(x.read.Err)
	case n == 0 && !c.reads():
		// The end waits as bytes do. The read after Resume returns it again.
	case n == 0:
		c.eof()
	case !c.reads():
		x.held = x.read.Buf[:n]
		if c.net.lends {
			x.held = bytes.Clone(x.held) // submit gives the buffer back
		}
	default:
		c.arrived(x.read.Buf[:n])
	}
	c.inCallback = false
	c.update()
}

// writeDone is called when a write has ended.
func (c *Conn) writeDone() {
	x := c.ops
	x.writing = false
	x.write.Buf = nil
	if c.dead {
		c.overIfBack()
		return
	}
	c.enter()
	defer c.leave()
	if err := x.write.Err; err != nil {
		c.end(err)
	} else {
		c.queue.pop(&c.net.chunks, x.write.N)
		c.touchWrite()
		c.sent()
	}
	c.inCallback = false
	c.update()
}

// overIfBack has Closed called when no operation is in flight any more.
func (c *Conn) overIfBack() {
	if !c.ops.writing {
		c.queue.drop(&c.net.chunks) // the write's buffer is in it
	}
	if !c.ops.reading && !c.ops.writing {
		if c.net.lends {
			_ = c.ops.read.Cancel() // ErrNotFound: it gives the buffer back
		}
		c.net.loop.CloseFunc(c.over)
	}
}

// endOperations cancels what is in flight.
func (c *Conn) endOperations() {
	x := c.ops
	x.reading = x.reading && inFlight(&x.read)
	if x.writing && !inFlight(&x.write) {
		x.writing = false
		c.queue = queue{} // the demux may be about to let go of it: nobody gets its memory
	}
	c.overIfBack()
}

// inFlight cancels an operation that is in flight. It reports false if the loop was closed,
// which has ended the operation: Done is not called any more.
func inFlight(o *eventloop.Operation) bool { return !errors.Is(o.Cancel(), demux.ErrClosed) }

// canOperate returns why the Net cannot use operations, nil if it can or is not to.
func (n *Net) canOperate() error {
	if n.o.Operations && !n.loop.Carries() {
		return fmt.Errorf("stream: Options.Operations: %s carries out no operations: %w", n.loop.Traits().Name, errors.ErrUnsupported)
	}
	return nil
}

// dialOperation is Dial by an operation.
func (n *Net) dialOperation(addr netip.AddrPort, handler *Handler) (*Conn, error) {
	maker, can := n.host.(interface {
		Stream(family netip.Addr) (demux.Handle, error)
	})
	if !can {
		return nil, fmt.Errorf("stream: Dial: the host makes no sockets for operations: %w", errors.ErrUnsupported)
	}
	h, err := maker.Stream(addr.Addr())
	if err != nil {
		return nil, err
	}
	n.setNoDelay(h)
	c := &Conn{net: n, handler: handler, handle: h, connecting: true}
	c.useOperations()
	// The read's Operation connects first: a connection reads when it is connected.
	x := c.ops
	x.read.Kind, x.read.Addr, x.read.Done = demux.OpConnect, addr, c.connectDone
	if err := n.loop.Submit(&x.read); err != nil {
		return nil, errors.Join(err, n.host.Close(h))
	}
	x.reading = true
	n.add(c)
	return c, nil
}

// connectDone is called when the attempt to connect has ended.
func (c *Conn) connectDone() {
	x := c.ops
	x.reading = false
	if c.dead {
		c.overIfBack()
		return
	}
	c.enter()
	defer c.leave()
	x.read.Kind, x.read.Addr, x.read.Done = demux.OpRead, netip.AddrPort{}, c.readDone
	c.established(x.read.Err)
	c.inCallback = false
	c.update()
}

// acceptNext submits the accept of a listener with operations.
func (l *Listener) acceptNext() error {
	if l.op == nil {
		l.op = &eventloop.Operation{Op: demux.Op{Kind: demux.OpAccept, Handle: l.handle}}
		l.op.Done = l.acceptDone
	}
	if l.accepting {
		return nil
	}
	err := l.net.loop.Submit(l.op)
	l.accepting = err == nil
	return err
}

// acceptDone is called when the accept has ended.
func (l *Listener) acceptDone() {
	l.accepting = false
	h, err := l.op.New, l.op.Err
	if l.closed {
		if err == nil {
			_ = l.net.host.Close(h)
		}
		_ = l.net.host.Close(l.handle)
		l.net.leaving--
		l.net.ended()
		return
	}
	switch {
	case err == nil:
		l.pause = 0
		defer l.acceptMore() // also if Open panics
		l.serve(h)
	case aborted(err):
		l.acceptMore()
	default:
		l.failed(err)
	}
}

func (l *Listener) acceptMore() {
	if !l.closed && !l.fullHouse() {
		l.tryAgain()
	}
}
