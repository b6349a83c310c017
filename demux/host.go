package demux

import (
	"net/netip"
	"time"
)

// Host is what a program needs of an operating system. Every handle it makes
// is non-blocking. A real host is realdemux.NewHost; a simulated one is a
// *fakedemux.Kernel.
//
// On a real host any goroutine may call any method. On a simulated one only
// its tasks may: the functions started by Go, and the one that runs the
// kernel.
type Host interface {
	// Open makes a demultiplexer.
	Open() (Demux, error)

	// Now returns the monotonic time since the host began. On a simulated
	// host it is virtual.
	Now() time.Duration

	// Go runs f at the same time as the caller: in a goroutine, or on a
	// simulated host as a task. name appears in reports.
	Go(name string, f func())

	// Yield is a switch point: on a simulated host another task may run
	// before it returns. On a real host it does nothing. Call it, outside
	// your locks, where shared state has been looked at and not yet acted on.
	Yield(point string)

	// Pair makes two stream handles that are connected to each other.
	Pair() (a, b Handle, err error)

	// Pipe makes a one-way stream. It returns errors.ErrUnsupported on
	// Windows.
	Pipe() (r, w Handle, err error)

	// Listen makes a listener on addr, "127.0.0.1:0" for one that the host
	// chooses, and returns the address it has.
	Listen(addr string, backlog int) (Handle, netip.AddrPort, error)

	// Accept takes a connection from a listener, ErrAgain if there is none.
	Accept(l Handle) (Handle, error)

	// Connect starts to connect to addr. The handle is Writable when the
	// attempt has finished; ConnectResult tells how.
	Connect(addr netip.AddrPort) (Handle, error)

	// ConnectResult returns nil if the connection of h stands, ErrAgain while
	// the attempt goes on and the reason if it failed.
	ConnectResult(h Handle) error

	// Read reads up to len(b) bytes. It returns io.EOF at the end of the
	// stream and ErrAgain when it would block. With an empty b it takes nothing
	// from a stream and never returns io.EOF: the result is 0 with nil, ErrAgain
	// or an error, and does not tell whether there is data.
	Read(h Handle, b []byte) (int, error)

	// Write writes up to len(b) bytes; n may be short. It returns ErrAgain
	// when it would block. With an empty b it sends nothing on a stream, and
	// does not tell whether there is room.
	Write(h Handle, b []byte) (int, error)

	// CloseWrite ends the sending direction: the peer reads what was sent and
	// then io.EOF.
	CloseWrite(h Handle) error

	// Dup makes a second name of the same object.
	Dup(h Handle) (Handle, error)

	// Close gives the handle up. Its number may be reused at once.
	Close(h Handle) error
}
