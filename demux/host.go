package demux

import (
	"net/netip"
	"time"
)

// Host is what a program needs from an operating system. Every handle that it
// makes is non-blocking. realdemux.NewHost returns a real host, and a
// *fakedemux.Kernel is a simulated one.
//
// On a real host any goroutine may call any method. On a simulated host only
// its tasks may: the functions started by Go, and the function that runs the
// kernel.
type Host interface {
	// Open makes a demultiplexer.
	Open() (Demux, error)

	// Now returns the monotonic time since the host began. On a simulated
	// host it is virtual.
	Now() time.Duration

	// Go runs f at the same time as the caller: in a goroutine on a real host,
	// in a task on a simulated one. name appears in reports.
	Go(name string, f func())

	// Yield is a switch point: on a simulated host another task may run
	// before it returns. On a real host it does nothing. Call it outside your
	// locks, between looking at shared state and acting on it.
	Yield(point string)

	// Pair makes two stream handles that are connected to each other.
	Pair() (a, b Handle, err error)

	// Pipe makes a one-way stream. It returns errors.ErrUnsupported on
	// Windows.
	Pipe() (r, w Handle, err error)

	// Listen makes a listener on addr and returns its address. With
	// "127.0.0.1:0" the host chooses the port.
	Listen(addr string, backlog int) (Handle, netip.AddrPort, error)

	// Accept takes a connection from a listener. It returns ErrAgain if no
	// connection is waiting.
	Accept(l Handle) (Handle, error)

	// Connect starts to connect to addr. The handle is Writable when the
	// attempt has finished; ConnectResult then returns how it ended.
	Connect(addr netip.AddrPort) (Handle, error)

	// ConnectResult returns nil if h is connected, ErrAgain while the attempt
	// continues, and the reason if the attempt failed.
	ConnectResult(h Handle) error

	// Read reads up to len(b) bytes. It returns io.EOF at the end of the
	// stream and ErrAgain when it would block. With an empty b it takes no byte
	// from a stream and never returns io.EOF: the result is 0 with nil, ErrAgain
	// or an error, and does not say whether there is data.
	Read(h Handle, b []byte) (int, error)

	// Write writes up to len(b) bytes and may write fewer. It returns ErrAgain
	// when it would block. With an empty b it sends nothing on a stream, and
	// the result does not say whether there is room.
	Write(h Handle, b []byte) (int, error)

	// CloseWrite ends the sending direction: the peer reads the data that was
	// sent and then gets io.EOF.
	CloseWrite(h Handle) error

	// Dup makes a second name of the same object.
	Dup(h Handle) (Handle, error)

	// Close closes the handle. Its number may be reused at once.
	Close(h Handle) error
}
