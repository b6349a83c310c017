//go:build linux

package net

import (
	"context"
	"net"
	"reflect"
	"strings"
	"syscall"
	"time"

	"reactortest/fakedemux"
	"reactortest/shim/sim"
)

// backlog is net.core.somaxconn of Linux since 5.4, which package net passes to
// listen(2).
const backlog = 4096

// control is a function that sees a socket before it is bound or connected.
type control func(ctx context.Context, network, address string, c syscall.RawConn) error

// ListenConfig is net.ListenConfig.
type ListenConfig struct {
	Control         func(network, address string, c syscall.RawConn) error
	KeepAlive       time.Duration
	KeepAliveConfig net.KeepAliveConfig

	multipath, chosen bool
}

// MultipathTCP is net.ListenConfig.MultipathTCP.
func (lc *ListenConfig) MultipathTCP() bool {
	real := lc.real()
	return real.MultipathTCP()
}

// SetMultipathTCP is net.ListenConfig.SetMultipathTCP. It has no effect in the
// simulation.
func (lc *ListenConfig) SetMultipathTCP(use bool) { lc.multipath, lc.chosen = use, true }

func (lc *ListenConfig) real() net.ListenConfig {
	real := net.ListenConfig{Control: lc.Control, KeepAlive: lc.KeepAlive, KeepAliveConfig: lc.KeepAliveConfig}
	if lc.chosen {
		real.SetMultipathTCP(lc.multipath)
	}
	return real
}

func (lc *ListenConfig) control() control {
	if lc.Control == nil {
		return nil
	}
	return func(_ context.Context, network, address string, c syscall.RawConn) error {
		return lc.Control(network, address, c)
	}
}

// Listen is net.ListenConfig.Listen.
func (lc *ListenConfig) Listen(ctx context.Context, network, address string) (net.Listener, error) {
	if sim.Real() {
		real := lc.real()
		return wrapListener(real.Listen(ctx, network, address))
	}
	at, err := resolve(network, address)
	switch {
	case err != nil:
		return nil, listenError(network, nil, err)
	case !known(network, "tcp") && network != "unix" && network != "unixpacket":
		return nil, listenError(network, at, &net.AddrError{Err: "unexpected address type", Addr: address})
	}
	return listen(ctx, network, at, lc.control())
}

// ListenPacket is net.ListenConfig.ListenPacket.
func (lc *ListenConfig) ListenPacket(ctx context.Context, network, address string) (net.PacketConn, error) {
	if sim.Real() {
		real := lc.real()
		c, err := real.ListenPacket(ctx, network, address)
		return wrapPacket(c, err)
	}
	at, err := resolve(network, address)
	switch {
	case err != nil:
		return nil, listenError(network, nil, err)
	case !known(network, "udp") && network != "unixgram":
		return nil, listenError(network, at, &net.AddrError{Err: "unexpected address type", Addr: address})
	}
	return listenPacket(ctx, network, at, lc.control())
}

// Listen is net.Listen.
func Listen(network, address string) (net.Listener, error) {
	return (&ListenConfig{}).Listen(context.Background(), network, address)
}

// ListenPacket is net.ListenPacket.
func ListenPacket(network, address string) (net.PacketConn, error) {
	return (&ListenConfig{}).ListenPacket(context.Background(), network, address)
}

func wrapListener(l net.Listener, err error) (net.Listener, error) {
	switch l := l.(type) {
	case *net.TCPListener:
		return &TCPListener{realListener{l}}, err
	case *net.UnixListener:
		return &UnixListener{listener: realListener{l}}, err
	}
	return l, err
}

func wrapPacket(c net.PacketConn, err error) (net.PacketConn, error) {
	switch c := c.(type) {
	case *net.UDPConn:
		return &UDPConn{realUDP{c}}, err
	case *net.UnixConn:
		return &UnixConn{realUnix{c}}, err
	}
	return c, err
}

// listen makes a listener of at.
func listen(ctx context.Context, network string, at net.Addr, ctl control) (net.Listener, error) {
	typ := fakedemux.TypeStream
	if network == "unixpacket" {
		typ = fakedemux.TypePacket
	}
	s, err := bound(ctx, network, typ, at, ctl, func(s *socket) error {
		return wrap("listen", sim.Listen(s.fd, backlog))
	})
	switch {
	case err != nil:
		return nil, listenError(network, at, err)
	case s.family == fakedemux.FamilyUnix:
		return &UnixListener{listener: simListener{conn{s}}, path: s.local.String(), unlink: true}, nil
	}
	return &TCPListener{simListener{conn{s}}}, nil
}

// listenPacket makes a datagram socket that is bound to at.
func listenPacket(ctx context.Context, network string, at net.Addr, ctl control) (net.PacketConn, error) {
	s, err := bound(ctx, network, fakedemux.TypeDatagram, at, ctl, func(*socket) error { return nil })
	if err != nil {
		return nil, listenError(network, at, err)
	}
	return connOf(s).(net.PacketConn), nil
}

// bound makes a socket that is bound to at.
func bound(ctx context.Context, network string, typ int, at net.Addr, ctl control, then func(*socket) error) (*socket, error) {
	family, only6 := fakedemux.FamilyUnix, false
	if _, unix := at.(*net.UnixAddr); !unix {
		family, only6 = familyOf(network, at, nil)
	}
	s, err := open(network, family, typ, only6)
	if err != nil {
		return nil, err
	}
	if err = s.prepare(ctx, typ, at, ctl); err == nil {
		err = s.bind(at)
	}
	if err == nil {
		err = then(s)
	}
	if err == nil {
		err = s.names()
	}
	if err != nil {
		_ = s.close()
		return nil, err
	}
	return s, nil
}

// prepare sets the options that package net sets for a listener.
func (s *socket) prepare(ctx context.Context, typ int, at net.Addr, ctl control) error {
	if typ != fakedemux.TypeDatagram {
		if err := s.option(syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
			return err
		}
	}
	if ctl == nil {
		return nil
	}
	return ctl(ctx, s.controlNetwork(), at.String(), raw{conn{s}})
}

// controlNetwork is the network that a control function is told.
func (s *socket) controlNetwork() string {
	if s.family == fakedemux.FamilyUnix || strings.HasSuffix(s.network, "4") || strings.HasSuffix(s.network, "6") {
		return s.network
	}
	if s.family == fakedemux.FamilyIPv4 {
		return s.network + "4"
	}
	return s.network + "6"
}

func (s *socket) bind(at net.Addr) error {
	to, err := sockaddr(at, s.family)
	if err != nil {
		return err
	}
	return wrap("bind", sim.Bind(s.fd, to))
}

// known reports whether network is a form of kind.
func known(network, kind string) bool {
	switch strings.TrimPrefix(network, kind) {
	case "", "4", "6":
		return strings.HasPrefix(network, kind) && (kind != "unix" || network == kind)
	case "gram", "packet":
		return kind == "unix" && network != kind
	}
	return false
}

// opAddr turns a pointer to an address into an address, nil for a nil pointer.
func opAddr(a net.Addr) net.Addr {
	if v := reflect.ValueOf(a); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return nil
	}
	return a
}

func listenError(network string, at net.Addr, err error) error {
	return &net.OpError{Op: "listen", Net: network, Addr: at, Err: err}
}
