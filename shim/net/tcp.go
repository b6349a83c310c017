//go:build linux

package net

import (
	"context"
	"io"
	"net"
	"net/netip"
	"syscall"
	"time"

	"reactortest/shim/internal/file"
	"reactortest/shim/os"
	"reactortest/shim/sim"
)

// tcp is a connection of TCP: a simulated one, or one of the standard library.
type tcp interface {
	net.Conn
	CloseRead() error
	CloseWrite() error
	SetKeepAlive(on bool) error
	SetKeepAliveConfig(config net.KeepAliveConfig) error
	SetKeepAlivePeriod(d time.Duration) error
	SetLinger(seconds int) error
	SetNoDelay(on bool) error
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
	SyscallConn() (syscall.RawConn, error)
	file() (*os.File, error)
}

type realTCP struct{ *net.TCPConn }

func (c realTCP) file() (*os.File, error) { return file.Wrap(c.File()) }

// TCPConn is net.TCPConn.
type TCPConn struct{ tcp }

// Read is net.TCPConn.Read.
func (c *TCPConn) Read(p []byte) (int, error) {
	if _, real := c.tcp.(realTCP); real {
		p = sim.ShortStream(p)
	}
	return c.tcp.Read(p)
}

// ReadFrom is net.TCPConn.ReadFrom, which copies what r has. It makes no use of
// sendfile(2) and splice(2) in the simulation.
func (c *TCPConn) ReadFrom(r io.Reader) (int64, error) {
	if real, is := c.tcp.(realTCP); is {
		return real.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{c.tcp}, r) // without its ReadFrom, or this would never end
}

// WriteTo is net.TCPConn.WriteTo, which copies what arrives to w.
func (c *TCPConn) WriteTo(w io.Writer) (int64, error) {
	if real, is := c.tcp.(realTCP); is {
		return real.WriteTo(w)
	}
	return io.Copy(w, struct{ io.Reader }{c.tcp})
}

// File is net.TCPConn.File.
func (c *TCPConn) File() (*os.File, error) { return c.file() }

// MultipathTCP is net.TCPConn.MultipathTCP. The simulation has none.
func (c *TCPConn) MultipathTCP() (bool, error) {
	if real, is := c.tcp.(realTCP); is {
		return real.MultipathTCP()
	}
	return false, nil
}

// TCPListener is net.TCPListener.
type TCPListener struct{ listener }

// AcceptTCP is net.TCPListener.AcceptTCP.
func (l *TCPListener) AcceptTCP() (*TCPConn, error) {
	c, err := l.Accept()
	if err != nil {
		return nil, err
	}
	return c.(*TCPConn), nil
}

// File is net.TCPListener.File.
func (l *TCPListener) File() (*os.File, error) { return l.file() }

// ListenTCP is net.ListenTCP.
func ListenTCP(network string, laddr *net.TCPAddr) (*TCPListener, error) {
	if sim.Real() {
		l, err := net.ListenTCP(network, laddr)
		if err != nil {
			return nil, err
		}
		return &TCPListener{realListener{l}}, nil
	}
	if !known(network, "tcp") {
		return nil, listenError(network, opAddr(laddr), net.UnknownNetworkError(network))
	}
	if laddr == nil {
		laddr = &net.TCPAddr{}
	}
	l, err := listen(context.Background(), network, laddr, nil)
	if err != nil {
		return nil, err
	}
	return l.(*TCPListener), nil
}

// DialTCP is net.DialTCP.
func DialTCP(network string, laddr, raddr *net.TCPAddr) (*TCPConn, error) {
	return (&Dialer{}).dialTCP(context.Background(), network, laddr, raddr)
}

// DialTCP is net.Dialer.DialTCP.
func (d *Dialer) DialTCP(ctx context.Context, network string, laddr, raddr netip.AddrPort) (*TCPConn, error) {
	return d.dialTCP(ctx, network, net.TCPAddrFromAddrPort(laddr), net.TCPAddrFromAddrPort(raddr))
}

func (d *Dialer) dialTCP(ctx context.Context, network string, laddr, raddr *net.TCPAddr) (*TCPConn, error) {
	if !sim.Real() {
		c, err := d.dialTo(ctx, network, "tcp", laddr, raddr)
		if err != nil {
			return nil, err
		}
		return c.(*TCPConn), nil
	}
	if laddr == nil || raddr == nil { // which an AddrPort cannot say
		c, err := net.DialTCP(network, laddr, raddr)
		if err != nil {
			return nil, err
		}
		return &TCPConn{realTCP{c}}, nil
	}
	real := d.real()
	c, err := real.DialTCP(ctx, network, laddr.AddrPort(), raddr.AddrPort())
	if err != nil {
		return nil, err
	}
	return &TCPConn{realTCP{c}}, nil
}
