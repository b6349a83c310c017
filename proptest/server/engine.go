package server

import (
	"testing"
	"time"

	"reactortest/demux"
)

// NewEngine makes an engine for one run. An engine that is written against demux.Host
// makes its calls on h; others ignore it. The engine fails its run with t.
type NewEngine func(t testing.TB, h demux.Host) Engine

// Engine is a server: it accepts connections, reads from them and calls a Handler.
// gnet, netpoll, nbio and evio have this shape, and an adapter of about a hundred
// lines turns one of them into an Engine.
type Engine interface {
	// Serve listens on the TCP address addr, calls h.Ready and serves until Stop is
	// called. It returns when the engine has come to its end. It is called once.
	Serve(addr string, h Handler) error
	// Stop ends the engine. Any goroutine but one that is in a callback may call
	// it, once, at any time after Ready. It returns when no callback will be called
	// any more.
	Stop() error
}

// Conn is a connection of an engine. An engine hands out the same Conn for the same
// connection every time, and Conns are comparable.
type Conn interface {
	// Write sends b. It is called in a callback of the connection. If it returns nil,
	// the engine has accepted all of b: it sends it, or reports with Closed that it
	// could not. The engine does not keep b.
	Write(b []byte) error
	// Async is Write from any goroutine.
	Async(b []byte) error
	// Close closes the connection, from any goroutine. Closed follows, once. Close
	// of a closed connection does nothing or returns an error.
	Close() error
}

// Handler has the callbacks of an engine. The callbacks of one connection do not
// overlap; those of different connections may.
type Handler interface {
	// Ready says that the engine listens. It is called once, before every other
	// callback.
	Ready()
	// Open is the first callback of a connection. It returns bytes to be sent.
	Open(c Conn) []byte
	// Lost says that what Open returned, or bytes that Async accepted, could not be
	// sent, for engines that tell.
	Lost(c Conn, err error)
	// Data tells of bytes that have arrived, in order. b is valid during the call. If
	// Data returns true, the engine closes c after it has sent what it has accepted.
	Data(c Conn, b []byte) (closes bool)
	// Closed is the last callback of a connection. err is why it ended; nil or io.EOF
	// if the peer or the handler ended it.
	Closed(c Conn, err error)
}

// Waker is a Conn that can be woken: Wake has the engine call Woken of the Handler, if
// that is a WakeHandler, once or more after the call, in a callback of the connection.
type Waker interface {
	Wake() error // any goroutine
}

// WakeHandler is a Handler that is told of wakes. Every Handler of the suite is one.
type WakeHandler interface {
	Woken(c Conn)
}

// Descriptor is a Conn that tells its handle, which is the connection's until Closed
// has returned.
type Descriptor interface {
	Fd() int
}

// Timers is an Engine that has timers.
type Timers interface {
	// AfterFunc calls f after d, in a thread of the engine. stop keeps it from being
	// called, and reports whether it did. Any goroutine may call both.
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Declared is what an engine says of itself, and is judged by.
type Declared struct {
	// Unbuffered: Write sends at once or blocks, and keeps nothing.
	Unbuffered bool
	// EndsAtFIN: the engine closes a connection when its peer has ended its direction,
	// and what it has accepted but not sent by then may be lost. Without it a
	// half-closed peer still gets its answers.
	EndsAtFIN bool
	// StopKeepsConns: Stop leaves connections open, and does not report them with
	// Closed.
	StopKeepsConns bool
	// Chunk is how many bytes a call of Data may wait for: fewer come only when the peer
	// has ended its direction. 0 is 1. The suite sends at least 5 where it waits for Data.
	Chunk int
	// HighWater: the engine reads nothing from a connection while more than so many bytes
	// that it has accepted for it wait to be sent. 0: it reads whatever waits.
	HighWater int
	// Outlives are descriptors and goroutines that outlive Stop by design, by kind:
	// "epoll", "eventfd", "goroutine".
	Outlives []string
	// Source has where the engine documents this, by the name of the field.
	Source map[string]string
}

// Declarer is an Engine that declares something.
type Declarer interface {
	Declare() Declared
}
