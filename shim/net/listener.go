//go:build linux

package net

import (
	"net"
	"syscall"
	"time"

	"reactortest/shim/internal/file"
	"reactortest/shim/os"
)

// listener is a listener: a simulated one, or one of the standard library.
type listener interface {
	net.Listener
	SetDeadline(t time.Time) error
	SyscallConn() (syscall.RawConn, error)
	file() (*os.File, error)
}

// simListener is a simulated listener.
type simListener struct{ conn }

func (l simListener) Accept() (net.Conn, error) {
	s, err := l.accept()
	if err != nil {
		return nil, l.refused("accept", err)
	}
	return connOf(s), nil
}

func (l simListener) Close() error                          { return l.refused("close", l.close()) }
func (l simListener) Addr() net.Addr                        { return l.local }
func (l simListener) SetDeadline(t time.Time) error         { return l.limit(t, &l.reader, &l.writer) }
func (l simListener) SyscallConn() (syscall.RawConn, error) { return rawListener{raw{l.conn}}, nil }

func (l simListener) file() (*os.File, error) {
	fd, err := l.dup()
	if err != nil {
		return nil, l.refused("file", err)
	}
	return file.OfSocket(fd, l.name()), nil
}

// connOf returns the connection that has the socket s.
func connOf(s *socket) net.Conn {
	switch s.network {
	case "unix", "unixgram", "unixpacket":
		return &UnixConn{conn{s}}
	case "udp", "udp4", "udp6":
		return &UDPConn{conn{s}}
	default:
		return &TCPConn{conn{s}}
	}
}

// realStream is a listener of the standard library.
type realStream interface {
	net.Listener
	SetDeadline(t time.Time) error
	SyscallConn() (syscall.RawConn, error)
	File() (*file.Real, error)
}

type realListener struct{ realStream }

func (l realListener) Accept() (net.Conn, error) {
	c, err := l.realStream.Accept()
	if err != nil {
		return nil, err
	}
	return realConn(c), nil
}

func (l realListener) file() (*os.File, error) { return file.Wrap(l.File()) }

// realConn wraps a connection of the standard library.
func realConn(c net.Conn) net.Conn {
	switch c := c.(type) {
	case *net.TCPConn:
		return &TCPConn{realTCP{c}}
	case *net.UnixConn:
		return &UnixConn{realUnix{c}}
	case *net.UDPConn:
		return &UDPConn{realUDP{c}}
	}
	return c
}
