// Package realdemux is the operating system. It runs the backends of package
// demux over real system calls and adds nothing to what they promise.
//
//	host := realdemux.NewHost()
//	d, err := host.Open() // or realdemux.Open()
//
// Linux has epoll; macOS, FreeBSD, NetBSD, OpenBSD and DragonFly have kqueue;
// Windows has a completion port. OpenCompleter is for programs that submit
// operations: it opens io_uring on Linux and the completion port on Windows. On
// other systems every call returns errors.ErrUnsupported.
//
// # Handles are non-blocking
//
// Every handle that a Host makes is non-blocking. A handle that comes from
// elsewhere must be non-blocking too before it is given to Read, Write or Accept. On
// Linux these calls, of up to 64 KiB, are made without telling the Go scheduler,
// which saves 50 to 100 ns each. If such a call blocks, the goroutines of its
// processor stand still, and the garbage collector stops the whole program until the
// call returns. Regular files on a slow disk are such handles. Handles 0 to 2 are
// excepted: the scheduler is told about their calls.
//
// # SIGPIPE
//
// A Write to a peer that is gone returns EPIPE, because the Go runtime ignores
// SIGPIPE for descriptors above 2 (package os/signal). That does not hold in two
// cases. A program that calls signal.Notify for SIGPIPE may get the signal as well.
// Where Go is a part of a program in another language (-buildmode=c-archive or
// c-shared), that program must leave the runtime's handler of SIGPIPE in place or
// ignore the signal.
//
// docs/contract.md has the rules that a demultiplexer keeps.
package realdemux

import (
	"runtime"
	"time"

	"reactortest/demux"
)

// Open makes a demultiplexer of the running kernel.
func Open() (demux.Demux, error) { return open() }

// NewHost returns the operating system as a Host. Any number of goroutines can
// use it, and any number of Hosts can exist side by side; each has its own
// origin of time. Its method Stream(netip.Addr) makes the unconnected handles
// that proptest.TestCompleter needs.
func NewHost() demux.Host { return &host{began: time.Now()} }

// NewCompleterHost returns a host like NewHost whose Open calls OpenCompleter.
func NewCompleterHost() demux.Host { return completerHost{&host{began: time.Now()}} }

// LockOSThread calls runtime.LockOSThread. unlock, which the same goroutine must
// call, ends the lock.
func (*host) LockOSThread() (unlock func()) {
	runtime.LockOSThread()
	return runtime.UnlockOSThread
}

type completerHost struct{ *host }

// Open calls OpenCompleter.
func (completerHost) Open() (demux.Demux, error) { return OpenCompleter() }

// Wine reports whether the program runs under Wine and not on Windows itself.
// Wine's ntdll exports wine_get_version so that programs can find out.
func Wine() bool { return wine() }
