// Package iocp is the backend that turns the contract of package demux into
// the calls of Windows: an I/O completion port, overlapped operations, and
// polls of the driver AFD for readiness. It makes them through an interface,
// Syscalls: the operating system's are in realdemux, a simulated kernel's in
// fakedemux.
//
// # Readiness
//
// A registration has one poll of AFD, which reports once and is then idle
// again. It is idle, pending, or canceled: Modify and Deregister cancel a
// pending poll that asks for too little or for nothing any more, and what it
// finds after that counts no more. Its memory is the kernel's until its packet
// has come, so a registration that has ended lives on in the backend until
// then.
//
// A poll that finished between two Waits tells what was, not what is: by now
// the caller may have read what there was, or more conditions hold. Wait
// therefore takes the packets of such polls as a sign to look again. It asks
// AFD anew about each of these registrations and about each level one that it
// reported last time; the handle of AFD has skip-on-success, so a condition
// that holds comes back from the call. What Wait reports holds while it runs.
//
// What waits its turn, a registration to be asked about or an operation that
// has finished, stands in one queue, first in, first out. A batch that is
// too small for all of it takes from the front, and what is reported goes to
// the back.
//
// # Operations
//
// Submit associates the handle with the port, for the handle's life. It does so
// at every call: a number that was closed and came back is another object, and
// only the system knows. A duplicate of a handle that belongs to the port
// cannot be told from a handle of another port, so it is refused as attached.
//
// There is one read and one write in flight a handle, and any number of
// accepts. That the world refuses an operation is its result, not an error of
// Submit.
package iocp
