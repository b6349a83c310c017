package frame

import "errors"

// errno is the error number of a kernel's raw calls.
type errno interface {
	comparable
	Err(call string) error // nil for none
}

// ReadAgain reads from fd until the call is not interrupted. It allocates, and is for
// the end of a demultiplexer.
func ReadAgain[E errno](read func(fd int, b []byte) (int, E), fd int, b []byte, interrupted E) {
	for {
		if _, e := read(fd, b); e != interrupted {
			return
		}
	}
}

// CloseAll closes the descriptors that are not below 0, all of them, and returns
// what failed.
func CloseAll[E errno](closeOne func(fd int) E, fds ...int) error {
	var failed []error
	for _, fd := range fds {
		if fd >= 0 {
			failed = append(failed, closeOne(fd).Err("close"))
		}
	}
	return errors.Join(failed...)
}
