//go:build linux

package net

import (
	"net"
	"syscall"

	"reactortest/fakedemux"
	"reactortest/scheduler/bubble"
	"reactortest/shim/internal/file"
	"reactortest/shim/os"
	"reactortest/shim/sim"
)

// fileAddr is the address in the errors of the functions below.
type fileAddr string

func (fileAddr) Network() string  { return "file+net" }
func (f fileAddr) String() string { return string(f) }

func fileError(f *os.File, err error) error {
	return &net.OpError{Op: "file", Net: "file+net", Addr: fileAddr(f.Name()), Err: err}
}

// FileListener is net.FileListener.
func FileListener(f *os.File) (net.Listener, error) {
	if real := file.Unwrap(f); real != nil {
		return wrapListener(net.FileListener(real))
	}
	s, err := ofFile(f)
	if err != nil {
		return nil, fileError(f, err)
	}
	switch s.local.(type) {
	case *net.TCPAddr:
		return &TCPListener{simListener{conn{s}}}, nil
	case *net.UnixAddr:
		return &UnixListener{listener: simListener{conn{s}}, path: s.local.String()}, nil
	}
	_ = s.close()
	return nil, fileError(f, syscall.EINVAL)
}

// FileConn is net.FileConn.
func FileConn(f *os.File) (net.Conn, error) {
	if real := file.Unwrap(f); real != nil {
		c, err := net.FileConn(real)
		if err != nil {
			return nil, err
		}
		return realConn(c), nil
	}
	s, err := ofFile(f)
	if err != nil {
		return nil, fileError(f, err)
	}
	return connOf(s), nil
}

// FilePacketConn is net.FilePacketConn.
func FilePacketConn(f *os.File) (net.PacketConn, error) {
	if real := file.Unwrap(f); real != nil {
		return wrapPacket(net.FilePacketConn(real))
	}
	s, err := ofFile(f)
	if err != nil {
		return nil, fileError(f, err)
	}
	c, packets := connOf(s).(net.PacketConn)
	if !packets {
		_ = s.close()
		return nil, fileError(f, syscall.EINVAL)
	}
	return c, nil
}

// ofFile makes a socket of a duplicate of a file's descriptor.
func ofFile(f *os.File) (*socket, error) {
	fd, err := sim.Fcntl(int(f.Fd()), fakedemux.DupFDCloseOnExec, 0)
	if err != nil {
		return nil, wrap("fcntl", err)
	}
	s := &socket{run: bubble.Current(), fd: fd}
	if err = s.identify(); err != nil {
		_ = sim.Close(fd)
		return nil, err
	}
	return s, nil
}

// identify finds out what kind of socket s is.
func (s *socket) identify() (err error) {
	if err := sim.SetNonblock(s.fd, true); err != nil {
		return wrap("setnonblock", err)
	}
	if s.typ, err = sim.GetsockoptInt(s.fd, syscall.SOL_SOCKET, syscall.SO_TYPE); err != nil {
		return wrap("getsockopt", err)
	}
	at, err := sim.Getsockname(s.fd)
	if err != nil {
		return wrap("getsockname", err)
	}
	s.family = at.Family
	switch {
	case s.family == fakedemux.FamilyUnix:
		s.network = map[int]string{fakedemux.TypeStream: "unix", fakedemux.TypeDatagram: "unixgram", fakedemux.TypePacket: "unixpacket"}[s.typ]
	case s.typ == fakedemux.TypeDatagram:
		s.network = "udp"
	default:
		s.network = "tcp"
	}
	to, err := sim.Getpeername(s.fd)
	if s.linked = err == nil; s.linked {
		s.remote = address(s.network, to)
	}
	s.local = address(s.network, at)
	return nil
}
