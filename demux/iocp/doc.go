// Package iocp is the backend that turns the contract of package demux into
// the calls of Windows: an I/O completion port, overlapped operations, and
// polls of the driver AFD for readiness. It makes them through an interface,
// Syscalls, which package realdemux implements with the operating system and
// package fakedemux with a simulated kernel:
//
//	d, err := iocp.Open(kernel.IOCP()) // kernel is a *fakedemux.Kernel
//
// # Readiness
//
// A registration has one poll of AFD, which reports once and is then idle again. A
// poll is idle, pending or canceled. Modify and Deregister cancel a pending poll
// if it asks for too little or is no longer needed, and the backend ignores the
// result of a canceled poll. The memory of a poll belongs to the kernel until its
// packet has come, so the backend keeps an ended registration until then. Windows
// mixes up two polls of one socket through one handle of AFD; Register of a socket
// therefore waits for the packet of a canceled poll of that socket.
//
// A poll that finished between two Waits says what held at that moment. By the
// next Wait the caller may have read the data, or more conditions may hold. Wait
// therefore takes the packets of such polls only as a sign to look again. It asks
// AFD again about each of these registrations and about each level registration
// that it reported last time. The handle of AFD has skip-on-success, so the call
// itself returns a condition that holds. Every condition that Wait reports holds
// while Wait runs.
//
// Registrations to ask about and operations that have finished stand in one queue,
// first in, first out. A batch that is too small takes from the front, and a
// registration that is reported goes to the back.
//
// # Operations
//
// Submit associates the handle with the port, for the handle's life. It does so in
// every call, because a number that was closed and is used again is another
// object, and only the system knows. The backend cannot distinguish a duplicate of
// a handle that belongs to the port from a handle of another port, so it refuses
// the duplicate as attached.
//
// A handle can have one read and one write in flight, and any number of accepts.
// If the system or the peer refuses an operation, that is the operation's result,
// not an error of Submit.
//
// docs/contract.md has the rules, and docs/kernels.md the facts about completion
// ports.
package iocp
