package fakedemux

import "fmt"

// NotSimulated is the error number of a call that asks for something that the system
// has and the simulation does not have. It is the same in every dialect, and outside the
// range of their numbers. Its name is ENOTSIMULATED. Kernel.NotSimulated tells what was
// asked for. Most calls of Linux do not use it: they fail as on a kernel that was built
// without the feature, with EINVAL, ENOPROTOOPT or EOPNOTSUPP.
const NotSimulated = 60000

// NotSimulatedError means that a run has asked for something that the simulation does
// not have, so the run tells nothing about the program.
type NotSimulatedError struct {
	What string // "EVFILT_AIO on freebsd"
}

// Error says what the simulation does not have.
func (e *NotSimulatedError) Error() string {
	return fmt.Sprintf("the simulation has no %s", e.What)
}
