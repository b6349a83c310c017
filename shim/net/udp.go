//go:build linux

package net

import (
	"context"
	"net"
	"net/netip"
	"syscall"

	"reactortest/fakedemux"
	"reactortest/shim/internal/file"
	"reactortest/shim/os"
	"reactortest/shim/sim"
)

// udp is a socket of UDP: a simulated one, or one of the standard library.
type udp interface {
	net.Conn
	SetReadBuffer(bytes int) error
	SetWriteBuffer(bytes int) error
	SyscallConn() (syscall.RawConn, error)
	file() (*os.File, error)
}

type realUDP struct{ *net.UDPConn }

func (c realUDP) file() (*os.File, error) { return file.Wrap(c.File()) }

// UDPConn is net.UDPConn.
type UDPConn struct{ udp }

// File is net.UDPConn.File.
func (c *UDPConn) File() (*os.File, error) { return c.file() }

// ReadFrom is net.UDPConn.ReadFrom.
func (c *UDPConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDP(p)
	if from == nil {
		return n, nil, err
	}
	return n, from, err
}

// ReadFromUDP is net.UDPConn.ReadFromUDP.
func (c *UDPConn) ReadFromUDP(p []byte) (int, *net.UDPAddr, error) {
	if real, is := c.udp.(realUDP); is {
		return real.ReadFromUDP(p)
	}
	s := c.udp.(conn)
	n, from, err := s.receive(p)
	if err != nil {
		return n, nil, s.failed("read", err)
	}
	a, _ := address(s.network, from).(*net.UDPAddr)
	return n, a, nil
}

// ReadFromUDPAddrPort is net.UDPConn.ReadFromUDPAddrPort.
func (c *UDPConn) ReadFromUDPAddrPort(p []byte) (int, netip.AddrPort, error) {
	if real, is := c.udp.(realUDP); is {
		return real.ReadFromUDPAddrPort(p)
	}
	n, from, err := c.ReadFromUDP(p)
	if err != nil {
		return n, netip.AddrPort{}, err
	}
	return n, from.AddrPort(), nil
}

// ReadMsgUDP is net.UDPConn.ReadMsgUDP.
func (c *UDPConn) ReadMsgUDP(p, oob []byte) (n, oobn, flags int, addr *net.UDPAddr, err error) {
	if real, is := c.udp.(realUDP); is {
		return real.ReadMsgUDP(p, oob)
	}
	s := c.udp.(conn)
	n, flags, from, err := s.receiveMessage(p)
	if err == nil {
		addr, _ = address(s.network, from).(*net.UDPAddr)
	}
	return n, 0, flags, addr, s.failed("read", err)
}

// WriteTo is net.UDPConn.WriteTo.
func (c *UDPConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	if real, is := c.udp.(realUDP); is {
		return real.WriteTo(p, addr)
	}
	to, is := addr.(*net.UDPAddr)
	if !is {
		return 0, c.udp.(conn).unsent(addr, syscall.EINVAL)
	}
	return c.WriteToUDP(p, to)
}

// WriteToUDP is net.UDPConn.WriteToUDP.
func (c *UDPConn) WriteToUDP(p []byte, addr *net.UDPAddr) (int, error) {
	if real, is := c.udp.(realUDP); is {
		return real.WriteToUDP(p, addr)
	}
	s := c.udp.(conn)
	var to fakedemux.Sockaddr
	var err error
	switch {
	case s.linked:
		err = net.ErrWriteToConnected
	case addr == nil:
		err = errMissingAddress
	default:
		to, err = sockaddr(addr, s.family)
	}
	if err == nil {
		err = s.send(p, to)
	}
	if err != nil {
		return 0, s.unsent(opAddr(addr), err)
	}
	return len(p), nil
}

// WriteToUDPAddrPort is net.UDPConn.WriteToUDPAddrPort.
func (c *UDPConn) WriteToUDPAddrPort(p []byte, addr netip.AddrPort) (int, error) {
	if real, is := c.udp.(realUDP); is {
		return real.WriteToUDPAddrPort(p, addr)
	}
	return c.WriteToUDP(p, net.UDPAddrFromAddrPort(addr))
}

// WriteMsgUDP is net.UDPConn.WriteMsgUDP.
func (c *UDPConn) WriteMsgUDP(p, oob []byte, addr *net.UDPAddr) (n, oobn int, err error) {
	if real, is := c.udp.(realUDP); is {
		return real.WriteMsgUDP(p, oob, addr)
	}
	s := c.udp.(conn)
	var to fakedemux.Sockaddr
	switch {
	case s.linked && addr != nil:
		err = net.ErrWriteToConnected
	case !s.linked && addr == nil:
		err = errMissingAddress
	case addr != nil:
		to, err = sockaddr(addr, s.family)
	}
	if err == nil {
		n, err = s.sendMessage(p, oob, to)
	}
	return n, 0, s.unsent(opAddr(addr), err)
}

// ReadMsgUDPAddrPort is net.UDPConn.ReadMsgUDPAddrPort.
func (c *UDPConn) ReadMsgUDPAddrPort(p, oob []byte) (n, oobn, flags int, addr netip.AddrPort, err error) {
	n, oobn, flags, from, err := c.ReadMsgUDP(p, oob)
	if from != nil {
		addr = from.AddrPort()
	}
	return n, oobn, flags, addr, err
}

// WriteMsgUDPAddrPort is net.UDPConn.WriteMsgUDPAddrPort.
func (c *UDPConn) WriteMsgUDPAddrPort(p, oob []byte, addr netip.AddrPort) (n, oobn int, err error) {
	if !addr.IsValid() {
		return c.WriteMsgUDP(p, oob, nil)
	}
	return c.WriteMsgUDP(p, oob, net.UDPAddrFromAddrPort(addr))
}

// ListenUDP is net.ListenUDP.
func ListenUDP(network string, laddr *net.UDPAddr) (*UDPConn, error) {
	if sim.Real() {
		c, err := net.ListenUDP(network, laddr)
		if err != nil {
			return nil, err
		}
		return &UDPConn{realUDP{c}}, nil
	}
	if !known(network, "udp") {
		return nil, listenError(network, opAddr(laddr), net.UnknownNetworkError(network))
	}
	if laddr == nil {
		laddr = &net.UDPAddr{}
	}
	c, err := listenPacket(context.Background(), network, laddr, nil)
	if err != nil {
		return nil, err
	}
	return c.(*UDPConn), nil
}

// DialUDP is net.DialUDP.
func DialUDP(network string, laddr, raddr *net.UDPAddr) (*UDPConn, error) {
	return (&Dialer{}).dialUDP(context.Background(), network, laddr, raddr)
}

// DialUDP is net.Dialer.DialUDP.
func (d *Dialer) DialUDP(ctx context.Context, network string, laddr, raddr netip.AddrPort) (*UDPConn, error) {
	return d.dialUDP(ctx, network, net.UDPAddrFromAddrPort(laddr), net.UDPAddrFromAddrPort(raddr))
}

func (d *Dialer) dialUDP(ctx context.Context, network string, laddr, raddr *net.UDPAddr) (*UDPConn, error) {
	if !sim.Real() {
		c, err := d.dialTo(ctx, network, "udp", laddr, raddr)
		if err != nil {
			return nil, err
		}
		return c.(*UDPConn), nil
	}
	if laddr == nil || raddr == nil { // which an AddrPort cannot say
		c, err := net.DialUDP(network, laddr, raddr)
		if err != nil {
			return nil, err
		}
		return &UDPConn{realUDP{c}}, nil
	}
	real := d.real()
	c, err := real.DialUDP(ctx, network, laddr.AddrPort(), raddr.AddrPort())
	if err != nil {
		return nil, err
	}
	return &UDPConn{realUDP{c}}, nil
}
