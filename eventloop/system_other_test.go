//go:build !unix

package eventloop_test

// childOfSystem has nothing to do: no test of this system starts such a child.
func childOfSystem(does string) { panic(does) }
