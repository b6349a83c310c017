// Package realdemux is the operating system: Open makes the demultiplexer of
// the running kernel, NewHost everything else that a program needs of it. It
// carries the backends of package demux to real system calls and adds nothing
// to what they promise.
//
// Linux has epoll; macOS, FreeBSD, NetBSD, OpenBSD and DragonFly have kqueue;
// Windows has a completion port. OpenCompleter is for programs that submit
// operations: io_uring on Linux, the completion port on Windows. On other systems every call returns
// errors.ErrUnsupported.
package realdemux

import (
	"time"

	"reactortest/demux"
)

// Open makes a demultiplexer of the running kernel.
func Open() (demux.Demux, error) { return open() }

// NewHost returns the operating system as a Host. It can be used by any number
// of goroutines, and any number of Hosts exist side by side; each has its own
// origin of time. Its method Stream makes what proptest.TestCompleter connects.
func NewHost() demux.Host { return host{began: time.Now()} }

// NewCompleterHost is NewHost with OpenCompleter for an Open.
func NewCompleterHost() demux.Host { return completerHost{host{began: time.Now()}} }

type completerHost struct{ host }

// Open is OpenCompleter.
func (completerHost) Open() (demux.Demux, error) { return OpenCompleter() }

// Wine reports whether the system is Windows as Wine has it, and not Windows
// itself; Wine's ntdll has wine_get_version, for programs that ask.
func Wine() bool { return wine() }
