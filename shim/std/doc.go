// Package std answers for the sockets of the standard library's own net package, and so
// of everything on it: net/http, for example. Rewired code imports it for its effect,
// when it is built with the overlay that "reactortest rewire -net" writes:
//
//	reactortest engine -net -own ./server ./server
//
// The overlay has package syscall ask syscall.Sim for descriptors from 1<<20 on, and
// internal/poll wait there. This package sets it. Each call goes to the simulated kernel
// of the run that is on; package sim says what becomes of it there.
//
// # What to know
//
// Sockets that a goroutine outside of a run makes are real ones. Files, pipes of package
// os and child processes always are. Names of hosts are looked up in the files of the
// real host; use addresses.
//
// A goroutine that waits for a lock is still, as far as the bubble is concerned: net/http
// closes listeners and connections while it holds one. A goroutine that net or net/http
// starts is known by what it calls first, and a panic of it ends the process.
//
// A descriptor of net means nothing to the packages syscall and x/sys/unix of rewired
// code, which have the numbers of the simulated kernel. Code that takes the descriptors
// of net.Conn for calls of its own is rewired without -net.
package std
