// Package net has the part of the standard library's net that rewired code makes
// listeners and connections with. Interfaces, addresses and errors are the standard
// library's, and so are the methods of the types: the errors of a simulated connection
// are those that a real one returns, in the same wrappers.
//
// In a bubble the simulated kernel has the sockets, see package sim. They are as package
// net makes them: nonblocking, and a goroutine that must wait waits in the kernel, until
// the socket is ready, its deadline passes, or another goroutine closes the socket.
// Names are not looked up: "localhost" is 127.0.0.1, and every other name is unknown.
// Options that have no effect in the simulation are set only if the program asks for
// them; package net also sets some by itself, such as TCP_NODELAY.
package net
