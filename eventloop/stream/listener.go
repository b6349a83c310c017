package stream

import (
	"errors"
	"net/netip"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
)

// How long a listener waits after an accept that has failed: at first, and at the most. The
// time doubles with each failure that follows.
const (
	acceptPause    = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// Listener accepts connections. Only the loop's goroutine may call its methods.
type Listener struct {
	net     *Net
	handler *Handler
	handle  demux.Handle
	addr    netip.AddrPort
	path    string // of a unix socket
	tcp     bool
	watch   *eventloop.Registration // nil while nothing is accepted
	op      *eventloop.Operation    // instead of watch; nil: none was submitted
	pause   time.Duration           // after the accept that has failed last; 0: none has
	resume  eventloop.Timer
	waits   bool // for room among the connections
	closed  bool
	hand    func(l *Listener, h demux.Handle) // to the Net that is to serve it; nil: this one

	accepting bool // op is in flight
}

// Listen accepts connections on a TCP address, such as "127.0.0.1:7007"; with port 0 the
// system chooses the port. The address is numeric: "0.0.0.0:7007" and "[::]:7007" are all
// addresses of the machine, and ":7007" is an error, as names are. Each connection gets
// handler's callbacks. If an accept fails, for want of descriptors for example, the listener
// waits before it tries again. It returns demux.ErrClosed after Close or Shutdown of the Net,
// and otherwise errors of the host. It panics if handler is nil or has a negative MaxToken.
func (n *Net) Listen(addr string, handler *Handler) (*Listener, error) {
	if n.closed {
		return nil, demux.ErrClosed
	}
	if err := n.canOperate(); err != nil {
		return nil, err
	}
	h, at, err := n.host.Listen(addr, n.o.Backlog)
	if err != nil {
		return nil, err
	}
	return n.listen(&Listener{net: n, handler: handler, handle: h, addr: at, tcp: true})
}

// ListenHandle accepts connections on a handle that listens already, as one that a service
// manager has handed to the process. The Listener owns the handle from now on; if ListenHandle
// returns an error, the handle is closed. Errors are those of Listen.
func (n *Net) ListenHandle(h demux.Handle, handler *Handler) (*Listener, error) {
	if n.closed {
		return nil, errors.Join(demux.ErrClosed, n.host.Close(h))
	}
	if err := n.canOperate(); err != nil {
		return nil, errors.Join(err, n.host.Close(h))
	}
	return n.listen(&Listener{net: n, handler: handler, handle: h, tcp: true}) // or else the option is refused
}

func (n *Net) listen(l *Listener) (*Listener, error) {
	if l.handler == nil {
		_ = n.host.Close(l.handle)
		panic("stream: a listener without a Handler")
	}
	l.handler.check()
	if err := l.start(); err != nil {
		_ = n.host.Close(l.handle)
		return nil, err
	}
	n.listeners = append(n.listeners, l)
	return l, nil
}

// Addr returns the address that the listener is bound to. It is the zero AddrPort for a unix
// socket.
func (l *Listener) Addr() netip.AddrPort { return l.addr }

// Close stops accepting and closes the listener. Connections that wait in its backlog are
// reset. A second Close returns demux.ErrClosed.
func (l *Listener) Close() error {
	if l.closed {
		return demux.ErrClosed
	}
	l.closed = true
	l.stop()
	l.resume.Stop()
	l.wait(false)
	n := l.net
	for i, x := range n.listeners {
		if x == l {
			n.listeners = append(n.listeners[:i], n.listeners[i+1:]...)
			break
		}
	}
	gone := l.remove()
	if l.accepting {
		err := l.op.Cancel()
		if !errors.Is(err, demux.ErrClosed) {
			n.leaving++ // the handle is closed when the accept has come back
			return errors.Join(gone, err)
		}
		l.accepting = false // the loop was closed, and has ended the accept
	}
	return errors.Join(gone, n.host.Close(l.handle))
}

// start accepts, unless it does so already.
func (l *Listener) start() (err error) {
	if l.net.o.Operations {
		return l.acceptNext()
	}
	if l.watch == nil {
		l.watch, err = l.net.loop.Watch(l.handle, demux.Readable, demux.Level, l.accept)
	}
	return err
}

func (l *Listener) stop() {
	if l.watch != nil {
		_ = l.watch.Close()
		l.watch = nil
	}
}

// accept takes the connections that wait, acceptBatch at the most. The listener is watched
// in level mode, which reports the rest again.
func (l *Listener) accept(demux.Event) {
	n := l.net
	for range acceptBatch {
		if l.closed {
			return // by a callback
		}
		if l.fullHouse() {
			return
		}
		h, err := n.host.Accept(l.handle)
		switch {
		case err == nil:
			l.pause = 0
			l.serve(h)
		case later(err):
			return
		case aborted(err):
		default:
			l.failed(err)
			return
		}
	}
}

// aborted reports whether the connection that was to be accepted is gone, accept(2). The next
// one may be well.
func aborted(err error) bool { return errors.Is(err, syscall.ECONNABORTED) }

// fullHouse stops accepting if there are as many connections as there may be.
func (l *Listener) fullHouse() bool {
	if len(l.net.conns) < l.net.o.MaxConns {
		return false
	}
	l.stop()
	l.wait(true)
	return true
}

// failed stops accepting for a while. Without descriptors the connection that cannot be
// accepted stays where it is, and the listener stays readable: a loop that goes on would spin.
func (l *Listener) failed(err error) {
	l.stop()
	l.pause = min(max(2*l.pause, acceptPause), maxAcceptPause)
	l.resume = l.net.loop.AfterFunc(l.pause, l.tryAgain)
	if l.net.o.AcceptError != nil {
		l.net.o.AcceptError(err, l.pause) // it may panic, or close the listener
	}
}

func (l *Listener) tryAgain() {
	if err := l.start(); err != nil && !errors.Is(err, demux.ErrClosed) {
		l.failed(err)
	}
}

// wait books whether the listener waits for room among the connections.
func (l *Listener) wait(waits bool) {
	if waits && !l.waits {
		l.net.waiting++
	}
	if !waits && l.waits {
		l.net.waiting--
	}
	l.waits = waits
}

// roomAgain accepts again if there is room.
func (l *Listener) roomAgain() {
	if l.waits && len(l.net.conns) < l.net.o.MaxConns {
		l.wait(false)
		l.tryAgain()
	}
}

// serve has a connection served.
func (l *Listener) serve(h demux.Handle) {
	if l.hand != nil {
		l.hand(l, h)
		return
	}
	l.net.accepted(l, h)
}

// accepted begins to serve a connection.
func (n *Net) accepted(l *Listener, h demux.Handle) {
	c := &Conn{net: n, handler: l.handler, handle: h}
	if l.tcp {
		n.setNoDelay(h)
	}
	if err := c.attach(demux.Readable); err != nil {
		_ = n.host.Close(h)
		if n.o.AcceptError != nil {
			n.o.AcceptError(err, 0)
		}
		return
	}
	c.opened()
}

// setNoDelay is best effort: a connection that is slower than it could be is better than
// none.
func (n *Net) setNoDelay(h demux.Handle) {
	if n.options != nil && !n.o.Nagle {
		_ = n.options.SetNoDelay(h, true)
	}
}
