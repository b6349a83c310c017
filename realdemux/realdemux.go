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
