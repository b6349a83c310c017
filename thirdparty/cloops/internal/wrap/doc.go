// Package wrap carries the calls of libc that an event loop written in C makes to the
// simulated kernel of the run that is on. The linker does the exchange: with the flag
// --wrap=read it gives every call of read in a static archive to the function
// __wrap_read. Outside of runs the calls go to the operating system.
//
// Import it for its effect, with the build tag cloops. cgo refuses the flags unless
// CGO_LDFLAGS_ALLOW='.*' is set.
package wrap
