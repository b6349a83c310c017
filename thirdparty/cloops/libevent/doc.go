// Package libevent has the event loop libevent as a reactor of the judge. The package is
// empty without the build tag cloops; docs/engines/c-loops.md says how it is built and
// judged.
package libevent
