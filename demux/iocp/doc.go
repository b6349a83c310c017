// Package iocp is the backend that turns the contract of package demux into
// the calls of Windows: an I/O completion port, overlapped operations, and
// polls of the driver AFD for readiness. It makes them through an interface,
// Syscalls: the operating system's are in realdemux, a simulated kernel's in
// fakedemux.
package iocp
