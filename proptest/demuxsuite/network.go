package demuxsuite

import (
	"errors"
	"syscall"
)

// lostConnection is panicked with when the network has reset a connection.
type lostConnection struct{}

// connections runs f, which makes connections over a network. A network may
// reset any of them at any time, so f is run again when that has happened; when
// it happens again and again, it is no accident.
func (c *checker) connections(f func()) {
	for range tries {
		if c.survives(f) {
			return
		}
	}
	c.fatal("%d connections in a row were reset", tries)
}

// survives runs f, and reports false if a connection was reset.
func (c *checker) survives(f func()) (survived bool) {
	c.network = true
	defer func() {
		c.network = false
		r := recover()
		if _, reset := r.(lostConnection); r != nil && !reset {
			panic(r)
		}
		survived = r == nil
	}()
	f()
	return true
}

// lost looks at the error of a call on a connection, and does not return if it
// says that the network has reset that.
func (c *checker) lost(err error) {
	if !c.network {
		return
	}
	for _, e := range []error{syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.ENOTCONN} {
		if errors.Is(err, e) {
			panic(lostConnection{})
		}
	}
}
