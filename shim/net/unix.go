//go:build linux

package net

import (
	"context"
	"net"
	"sync"
	"syscall"

	"reactortest/fakedemux"
	"reactortest/shim/internal/file"
	"reactortest/shim/os"
	"reactortest/shim/sim"
)

// unixSocket is a connection of the unix family: a simulated one, or one of the
// standard library.
type unixSocket interface {
	net.Conn
	CloseRead() error
	CloseWrite() error
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
	SyscallConn() (syscall.RawConn, error)
	file() (*os.File, error)
}

type realUnix struct{ *net.UnixConn }

func (c realUnix) file() (*os.File, error) { return file.Wrap(c.File()) }

// UnixConn is net.UnixConn.
type UnixConn struct{ unixSocket }

// File is net.UnixConn.File.
func (c *UnixConn) File() (*os.File, error) { return c.file() }

// ReadFrom is net.UnixConn.ReadFrom.
func (c *UnixConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUnix(p)
	if from == nil {
		return n, nil, err
	}
	return n, from, err
}

// ReadFromUnix is net.UnixConn.ReadFromUnix.
func (c *UnixConn) ReadFromUnix(p []byte) (int, *net.UnixAddr, error) {
	if real, is := c.unixSocket.(realUnix); is {
		return real.ReadFromUnix(p)
	}
	s := c.unixSocket.(conn)
	n, from, err := s.receive(p)
	return n, unixAddr(s.network, from), s.failed("read", err)
}

// ReadMsgUnix is net.UnixConn.ReadMsgUnix.
func (c *UnixConn) ReadMsgUnix(p, oob []byte) (n, oobn, flags int, addr *net.UnixAddr, err error) {
	if real, is := c.unixSocket.(realUnix); is {
		return real.ReadMsgUnix(p, oob)
	}
	s := c.unixSocket.(conn)
	n, flags, from, err := s.receiveMessage(p)
	return n, 0, flags, unixAddr(s.network, from), s.failed("read", err)
}

func unixAddr(network string, at fakedemux.Sockaddr) *net.UnixAddr {
	a, _ := address(network, at).(*net.UnixAddr)
	return a
}

// WriteTo is net.UnixConn.WriteTo.
func (c *UnixConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	to, is := addr.(*net.UnixAddr)
	if s, simulated := c.unixSocket.(conn); simulated && !is {
		return 0, s.unsent(addr, syscall.EINVAL)
	} else if !is {
		return c.unixSocket.(realUnix).WriteTo(p, addr)
	}
	return c.WriteToUnix(p, to)
}

// WriteToUnix is net.UnixConn.WriteToUnix.
func (c *UnixConn) WriteToUnix(p []byte, addr *net.UnixAddr) (int, error) {
	if real, is := c.unixSocket.(realUnix); is {
		return real.WriteToUnix(p, addr)
	}
	s := c.unixSocket.(conn)
	to, err := s.destination(addr)
	if err == nil {
		err = s.send(p, to)
	}
	if err != nil {
		return 0, s.unsent(opAddr(addr), err)
	}
	return len(p), nil
}

// destination checks where a datagram goes.
func (c conn) destination(addr *net.UnixAddr) (fakedemux.Sockaddr, error) {
	switch {
	case c.linked:
		return fakedemux.Sockaddr{}, net.ErrWriteToConnected
	case addr == nil:
		return fakedemux.Sockaddr{}, errMissingAddress
	case addr.Net != c.network:
		return fakedemux.Sockaddr{}, syscall.EAFNOSUPPORT
	}
	return sockaddr(addr, c.family)
}

// WriteMsgUnix is net.UnixConn.WriteMsgUnix.
func (c *UnixConn) WriteMsgUnix(p, oob []byte, addr *net.UnixAddr) (n, oobn int, err error) {
	if real, is := c.unixSocket.(realUnix); is {
		return real.WriteMsgUnix(p, oob, addr)
	}
	s := c.unixSocket.(conn)
	var to fakedemux.Sockaddr
	if addr != nil || s.typ == fakedemux.TypeDatagram && s.linked {
		to, err = s.destination(addr)
	}
	if err == nil {
		n, err = s.sendMessage(p, oob, to)
	}
	return n, 0, s.unsent(opAddr(addr), err)
}

// UnixListener is net.UnixListener.
type UnixListener struct {
	listener
	path   string
	unlink bool
	once   sync.Once
}

// AcceptUnix is net.UnixListener.AcceptUnix.
func (l *UnixListener) AcceptUnix() (*UnixConn, error) {
	c, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return c.(*UnixConn), nil
}

// File is net.UnixListener.File.
func (l *UnixListener) File() (*os.File, error) { return l.file() }

// SetUnlinkOnClose is net.UnixListener.SetUnlinkOnClose.
func (l *UnixListener) SetUnlinkOnClose(unlink bool) {
	if real, is := l.listener.(realListener); is {
		real.realStream.(*net.UnixListener).SetUnlinkOnClose(unlink)
	}
	l.unlink = unlink
}

// Close is net.UnixListener.Close. It removes the path of a listener that Listen made.
func (l *UnixListener) Close() error {
	if _, is := l.listener.(simListener); is {
		first := false
		l.once.Do(func() { first = true }) // the call below must not be made within it: others would wait outside of the kernel
		if first && l.unlink && l.path[0] != '@' {
			_ = sim.Unlink(l.path)
		}
	}
	return l.listener.Close()
}

// ListenUnix is net.ListenUnix.
func ListenUnix(network string, laddr *net.UnixAddr) (*UnixListener, error) {
	if sim.Real() {
		l, err := net.ListenUnix(network, laddr)
		if err != nil {
			return nil, err
		}
		return &UnixListener{listener: realListener{l}}, nil
	}
	switch {
	case network != "unix" && network != "unixpacket":
		return nil, listenError(network, opAddr(laddr), net.UnknownNetworkError(network))
	case laddr == nil:
		return nil, listenError(network, nil, errMissingAddress)
	}
	l, err := listen(context.Background(), network, laddr, nil)
	if err != nil {
		return nil, err
	}
	return l.(*UnixListener), nil
}

// ListenUnixgram is net.ListenUnixgram.
func ListenUnixgram(network string, laddr *net.UnixAddr) (*UnixConn, error) {
	if sim.Real() {
		c, err := net.ListenUnixgram(network, laddr)
		if err != nil {
			return nil, err
		}
		return &UnixConn{realUnix{c}}, nil
	}
	switch {
	case network != "unixgram":
		return nil, listenError(network, opAddr(laddr), net.UnknownNetworkError(network))
	case laddr == nil:
		return nil, listenError(network, nil, errMissingAddress)
	}
	c, err := listenPacket(context.Background(), network, laddr, nil)
	if err != nil {
		return nil, err
	}
	return c.(*UnixConn), nil
}

// DialUnix is net.DialUnix.
func DialUnix(network string, laddr, raddr *net.UnixAddr) (*UnixConn, error) {
	return (&Dialer{}).DialUnix(context.Background(), network, laddr, raddr)
}

// DialUnix is net.Dialer.DialUnix.
func (d *Dialer) DialUnix(ctx context.Context, network string, laddr, raddr *net.UnixAddr) (*UnixConn, error) {
	if sim.Real() {
		real := d.real()
		c, err := real.DialUnix(ctx, network, laddr, raddr)
		if err != nil {
			return nil, err
		}
		return &UnixConn{realUnix{c}}, nil
	}
	c, err := d.dialTo(ctx, network, "unix", laddr, raddr)
	if err != nil {
		return nil, err
	}
	return c.(*UnixConn), nil
}
