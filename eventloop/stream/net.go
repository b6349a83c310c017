package stream

import (
	"bufio"
	"errors"
	"fmt"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
)

// Defaults and limits of Options.
const (
	DefaultReadBuffer   = 64 << 10
	MaxReadBuffer       = 16 << 20
	DefaultHighWater    = 256 << 10
	DefaultMaxQueue     = 64 << 20
	DefaultMaxConns     = 1 << 16
	DefaultCloseTimeout = 5 * time.Second
)

// acceptBatch is how many connections are accepted in one dispatch, so that a storm of them
// does not starve those that are open.
const acceptBatch = 64

// flushBytes is about how many bytes of a queue are sent in one dispatch.
const flushBytes = 1 << 20

// Options are the settings of a Net. A nil *Options means the defaults, and so does a field
// that is 0.
type Options struct {
	// ReadBuffer is how many bytes one read takes at the most, up to MaxReadBuffer. One
	// read is made in a dispatch. All connections of a Net share the buffer.
	ReadBuffer int
	// HighWater is how many bytes may be queued on a connection before nothing more is
	// read from it, and LowWater to how many the queue has to fall before reading goes
	// on; LowWater is at most HighWater, and half of it by default.
	HighWater, LowWater int
	// MaxQueue is how many bytes may be queued on a connection. Write refuses more.
	MaxQueue int
	// MaxConns is how many connections of the Net may be open before its listeners stop
	// accepting: others wait in the backlog. With Operations, each listener may accept one
	// more. Dial and Attach are not refused. In a Group that hands connections over, those
	// of the first loop count.
	MaxConns int
	// CloseTimeout is how long Close waits while the system takes nothing of what is queued,
	// and then for the end of the peer.
	CloseTimeout time.Duration
	// Backlog is how many connections may wait to be accepted; 1024 by default. The
	// system may have a lower limit.
	Backlog int
	// Nagle lets the system hold small pieces back until earlier ones are acknowledged.
	// Without it they are sent at once, as package net does.
	Nagle bool
	// Operations has connections submit reads and writes to a demux.Completer, such as
	// io_uring or a completion port, instead of waiting until they are ready. Each
	// connection has a buffer of ReadBuffer bytes of its own then, unless the demux lends
	// buffers (demux.Traits). Listen, Dial and Attach
	// return errors.ErrUnsupported if the loop's demux carries out no operations.
	Operations bool
	// AcceptError, if not nil, is told of an accept that has failed, and how long the
	// listener waits before it tries again.
	AcceptError func(err error, wait time.Duration)
}

// Handler has the callbacks of a connection. A callback that is nil is not called. Several
// connections may have the same Handler. It must not be changed while it is used.
type Handler struct {
	// Open is the first callback: the connection is established.
	Open func(c *Conn)
	// Data tells of bytes that have arrived, in their order. b is valid during the call.
	// Without it, what arrives is dropped.
	Data func(c *Conn, b []byte)
	// Split, if not nil, has Data called with one token at a time instead, however the bytes
	// arrive. It is bufio.ScanLines or another bufio.SplitFunc, called as a bufio.Scanner
	// calls it; since several connections use it, it keeps no state. While the connection
	// is paused or full, tokens wait. What follows the last token at the end of the peer is
	// given to Split with atEOF, again after it has taken bytes without a token, and then
	// End is called. An error of Split ends the
	// connection as Abort does, and bufio.ErrFinalToken as Close does, after its token.
	// Split is mistaken if it takes fewer than 0 bytes, more than it was given, or returns
	// more than 100 tokens in a row without taking a byte: the connection ends with
	// bufio.ErrNegativeAdvance, bufio.ErrAdvanceTooFar or io.ErrNoProgress.
	Split bufio.SplitFunc
	// MaxToken is the largest number of bytes given to Split, bufio.MaxScanTokenSize if it
	// is 0. If Split finds no token in so many, the connection ends with bufio.ErrTooLong.
	// The Net panics if it is negative.
	MaxToken int
	// End tells that the peer sends no more. The connection can still be written to, until
	// Close. After CloseWrite of this side, it is not called: the connection ends, and Closed
	// follows. If End is nil, the connection is closed as Close does.
	End func(c *Conn)
	// Drain tells that the queue has fallen to LowWater after it was above HighWater.
	Drain func(c *Conn)
	// Closed is the last callback, and called once for each connection, also for a Dial
	// that has failed, which had no Open. err is nil after Close and after the end of both
	// directions, the error given to Abort, or what has ended the connection:
	// os.ErrDeadlineExceeded if it took too long. A connection that ends before it is
	// established has a Closed and no Open.
	Closed func(c *Conn, err error)
}

// Net has the listeners and connections of one loop, and what they share. Only the loop's
// goroutine may call its methods.
type Net struct {
	loop    *eventloop.Loop
	host    demux.Host
	vectors demux.VectorHost    // nil: the host has none
	options demux.StreamOptions // nil: the host has none
	o       Options
	lends   bool // the demux: reads of operations need no buffers

	buffer []byte // of every read: the loop runs one callback at a time
	vector [][]byte
	chunks chunks

	listeners []*Listener
	conns     []*Conn // in no order that anybody may rely on
	waiting   int     // listeners that wait for a connection to close
	leaving   int     // listeners that are closed, and whose accept has not come back
	sockets   []*Socket
	closed    bool
	shutdown  []func() // to be called when the last connection is closed
}

// New makes a Net on a loop. It panics if an option is out of range.
func New(l *eventloop.Loop, o *Options) *Net {
	n := &Net{loop: l, host: l.Host()}
	if o != nil {
		n.o = *o
	}
	n.o.setDefaults()
	n.vectors, _ = n.host.(demux.VectorHost)
	n.options, _ = n.host.(demux.StreamOptions)
	n.lends = n.o.Operations && l.Traits().Lends
	n.buffer = make([]byte, n.o.ReadBuffer)
	return n
}

func (o *Options) setDefaults() {
	set := func(name string, v *int, def, most int) {
		if *v == 0 {
			*v = def
		}
		if *v < 0 || *v > most {
			panic(fmt.Sprintf("stream: %s is %d, not in 1 to %d", name, *v, most))
		}
	}
	const huge = 1 << 30
	set("ReadBuffer", &o.ReadBuffer, DefaultReadBuffer, MaxReadBuffer)
	set("HighWater", &o.HighWater, DefaultHighWater, huge)
	set("LowWater", &o.LowWater, (o.HighWater+1)/2, o.HighWater)
	set("MaxQueue", &o.MaxQueue, max(DefaultMaxQueue, o.HighWater), huge)
	set("MaxConns", &o.MaxConns, DefaultMaxConns, 1<<24)
	set("Backlog", &o.Backlog, 1024, 1<<16)
	if o.CloseTimeout == 0 {
		o.CloseTimeout = DefaultCloseTimeout
	}
	if o.CloseTimeout < 0 {
		panic(fmt.Sprintf("stream: CloseTimeout is %v, which is negative", o.CloseTimeout))
	}
}

// Loop returns the loop.
func (n *Net) Loop() *eventloop.Loop { return n.loop }

// Conns returns how many connections there are, those included that are being closed.
func (n *Net) Conns() int { return len(n.conns) }

// Close closes all listeners and sockets and ends all connections as Abort does: Closed of each gets
// demux.ErrClosed, in the loop's next closing phase, so the loop has to run again. A second
// Close does nothing.
func (n *Net) Close() {
	n.closeListeners()
	for i := len(n.conns) - 1; i >= 0; i-- {
		n.conns[i].Abort(demux.ErrClosed)
	}
}

// Shutdown closes all listeners and sockets, and all connections as Close of each does. When the last
// connection has ended, it calls done, in the closing phase of the loop. It panics if done
// is nil. Connections that are dialed after a Shutdown are refused with demux.ErrClosed.
func (n *Net) Shutdown(done func()) {
	if done == nil {
		panic("stream: Shutdown without a function")
	}
	n.shutdown = append(n.shutdown, done)
	n.closeListeners()
	for i := len(n.conns) - 1; i >= 0; i-- {
		_ = n.conns[i].Close() // ErrClosed: it is being closed
	}
	n.loop.CloseFunc(n.ended)
}

func (n *Net) closeListeners() {
	n.closed = true
	for len(n.sockets) > 0 {
		_ = n.sockets[len(n.sockets)-1].Close()
	}
	for len(n.listeners) > 0 {
		_ = n.listeners[len(n.listeners)-1].Close()
	}
}

// ended calls done of Shutdown when no connection is left.
func (n *Net) ended() {
	for len(n.shutdown) > 0 && len(n.conns) == 0 && n.leaving == 0 {
		done := n.shutdown[0]
		n.shutdown = n.shutdown[1:]
		done()
	}
}

func (n *Net) add(c *Conn) {
	c.index = len(n.conns)
	n.conns = append(n.conns, c)
}

// remove forgets a connection whose handle is closed. A listener that has waited for that
// accepts again.
func (n *Net) remove(c *Conn) {
	last := n.conns[len(n.conns)-1]
	n.conns[c.index], last.index = last, c.index
	n.conns[len(n.conns)-1] = nil
	n.conns = n.conns[:len(n.conns)-1]
	if n.waiting > 0 {
		for _, l := range n.listeners {
			l.roomAgain()
		}
	}
	n.ended()
}

// later reports whether a call did nothing and is to be made again when the loop reports the
// handle again: it would have blocked, or a signal came before it began.
func later(err error) bool {
	return err == demux.ErrAgain || errors.Is(err, demux.ErrAgain) || errors.Is(err, syscall.EINTR) //nolint:errorlint // the first is the usual one, and fast
}
