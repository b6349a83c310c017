//go:build linux

package unix

import (
	"golang.org/x/sys/unix"

	"reactortest/fakedemux"
	"reactortest/shim/sim"
)

// Readv is unix.Readv.
func Readv(fd int, iovs [][]byte) (int, error) {
	if sim.Real() {
		return unix.Readv(fd, sim.ShortVectors(fd, iovs, false))
	}
	return sim.Readv(fd, iovs)
}

// Writev is unix.Writev.
func Writev(fd int, iovs [][]byte) (int, error) {
	if sim.Real() {
		return unix.Writev(fd, sim.ShortVectors(fd, iovs, true))
	}
	return sim.Writev(fd, iovs)
}

// Send is unix.Send.
func Send(s int, buf []byte, flags int) error {
	if sim.Real() {
		return unix.Send(s, buf, flags)
	}
	_, err := sim.Sendto(s, buf, flags, fakedemux.Sockaddr{})
	return err
}

// Sendmsg is unix.Sendmsg.
func Sendmsg(fd int, p, oob []byte, to unix.Sockaddr, flags int) error {
	_, err := SendmsgN(fd, p, oob, to, flags)
	return err
}

// SendmsgN is unix.SendmsgN.
func SendmsgN(fd int, p, oob []byte, to unix.Sockaddr, flags int) (int, error) {
	return SendmsgBuffers(fd, [][]byte{p}, oob, to, flags)
}

// SendmsgBuffers is unix.SendmsgBuffers.
func SendmsgBuffers(fd int, buffers [][]byte, oob []byte, to unix.Sockaddr, flags int) (int, error) {
	if sim.Real() {
		return unix.SendmsgBuffers(fd, buffers, oob, to, flags)
	}
	at, err := sim.FromUnix(to)
	if err != nil {
		return 0, err
	}
	n, err := sim.Sendmsg(fd, &fakedemux.Message{Name: at, Vectors: buffers, Control: oob}, flags)
	return max(n, 0), err
}

// Recvmsg is unix.Recvmsg.
func Recvmsg(fd int, p, oob []byte, flags int) (n, oobn, recvflags int, from unix.Sockaddr, err error) {
	return RecvmsgBuffers(fd, [][]byte{p}, oob, flags)
}

// RecvmsgBuffers is unix.RecvmsgBuffers.
func RecvmsgBuffers(fd int, buffers [][]byte, oob []byte, flags int) (n, oobn, recvflags int, from unix.Sockaddr, err error) {
	if sim.Real() {
		return unix.RecvmsgBuffers(fd, buffers, oob, flags)
	}
	m := fakedemux.Message{Vectors: buffers, Control: oob}
	n, err = sim.Recvmsg(fd, &m, flags)
	if err != nil {
		return n, 0, 0, nil, err
	}
	return n, 0, m.Flags, sim.ToUnix(m.Name), nil
}
