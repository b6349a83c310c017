//go:build linux

package net

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"time"

	"reactortest/fakedemux"
	"reactortest/shim/sim"
)

// Dialer is net.Dialer.
type Dialer struct {
	Timeout         time.Duration
	Deadline        time.Time
	LocalAddr       net.Addr
	DualStack       bool
	FallbackDelay   time.Duration
	KeepAlive       time.Duration
	KeepAliveConfig net.KeepAliveConfig
	Resolver        *net.Resolver
	Cancel          <-chan struct{}
	Control         func(network, address string, c syscall.RawConn) error
	ControlContext  func(ctx context.Context, network, address string, c syscall.RawConn) error

	multipath, chosen bool
}

// MultipathTCP is net.Dialer.MultipathTCP.
func (d *Dialer) MultipathTCP() bool {
	real := d.real()
	return real.MultipathTCP()
}

// SetMultipathTCP is net.Dialer.SetMultipathTCP. It has no effect in the simulation.
func (d *Dialer) SetMultipathTCP(use bool) { d.multipath, d.chosen = use, true }

func (d *Dialer) real() net.Dialer {
	real := net.Dialer{
		Timeout: d.Timeout, Deadline: d.Deadline, LocalAddr: d.LocalAddr, FallbackDelay: d.FallbackDelay,
		KeepAlive: d.KeepAlive, KeepAliveConfig: d.KeepAliveConfig, Resolver: d.Resolver,
		Control: d.Control, ControlContext: d.ControlContext,
	}
	real.Cancel = d.Cancel //nolint:staticcheck // deprecated, but programs may set it
	if d.chosen {
		real.SetMultipathTCP(d.multipath)
	}
	return real
}

func (d *Dialer) control() control {
	if d.ControlContext != nil || d.Control == nil {
		return d.ControlContext
	}
	return func(_ context.Context, network, address string, c syscall.RawConn) error {
		return d.Control(network, address, c)
	}
}

// Dial is net.Dialer.Dial.
func (d *Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext is net.Dialer.DialContext.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if sim.Real() {
		real := d.real()
		c, err := real.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return realConn(c), nil
	}
	to, err := resolve(network, address)
	if err != nil {
		return nil, dialError(network, nil, nil, err)
	}
	return dial(ctx, d, network, d.LocalAddr, to)
}

// Dial is net.Dial.
func Dial(network, address string) (net.Conn, error) {
	return (&Dialer{}).Dial(network, address)
}

// DialTimeout is net.DialTimeout.
func DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	return (&Dialer{Timeout: timeout}).Dial(network, address)
}

// dial makes a connection from local, which may be nil, to remote.
func dial(ctx context.Context, d *Dialer, network string, local, remote net.Addr) (net.Conn, error) {
	ctx, cancel := d.context(ctx)
	defer cancel()
	s, err := d.connect(ctx, network, local, remote)
	if err != nil {
		return nil, dialError(network, local, remote, err)
	}
	return connOf(s), nil
}

// context returns ctx with the limits of d.
func (d *Dialer) context(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if d.Cancel != nil {
		go func() {
			select {
			case <-d.Cancel:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	deadline := d.Deadline
	if d.Timeout != 0 {
		if at := time.Now().Add(d.Timeout); deadline.IsZero() || at.Before(deadline) {
			deadline = at
		}
	}
	if deadline.IsZero() {
		return ctx, cancel
	}
	ctx, cancelDeadline := context.WithDeadline(ctx, deadline)
	return ctx, func() { cancelDeadline(); cancel() }
}

func (d *Dialer) connect(ctx context.Context, network string, local, remote net.Addr) (*socket, error) {
	typ := fakedemux.TypeStream
	switch network {
	case "unixpacket":
		typ = fakedemux.TypePacket
	case "udp", "udp4", "udp6", "unixgram":
		typ = fakedemux.TypeDatagram
	}
	family, only6 := fakedemux.FamilyUnix, false
	if known(network, "unix") {
		if remote == nil && (typ != fakedemux.TypeDatagram || local == nil) {
			return nil, errMissingAddress
		}
	} else {
		family, only6 = familyOf(network, local, remote)
	}
	if err := ctx.Err(); err != nil {
		return nil, ended(err)
	}
	s, err := open(network, family, typ, only6)
	if err != nil {
		return nil, err
	}
	if err := s.reach(ctx, local, remote, d.control()); err != nil {
		_ = s.close()
		return nil, err
	}
	return s, nil
}

// reach binds s to local and connects it to remote.
func (s *socket) reach(ctx context.Context, local, remote net.Addr, ctl control) error {
	if ctl != nil {
		at := remote
		if at == nil {
			at = local
		}
		if err := ctl(ctx, s.controlNetwork(), at.String(), raw{conn{s}}); err != nil {
			return err
		}
	}
	if local != nil {
		if err := s.bind(local); err != nil {
			return err
		}
	}
	if remote != nil {
		if err := s.connectTo(ctx, remote); err != nil {
			return err
		}
	}
	err := s.names()
	if s.remote == nil {
		s.remote = remote
	}
	return err
}

// connectTo connects s until ctx ends.
func (s *socket) connectTo(ctx context.Context, remote net.Addr) error {
	to, err := sockaddr(remote, s.family)
	if err != nil {
		return err
	}
	if deadline, limited := ctx.Deadline(); limited {
		if err := s.limit(deadline, &s.writer); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(ctx, func() { _ = s.limit(time.Unix(1, 0), &s.writer) })
	err = s.connect(to)
	switch {
	case !stop() && err == nil:
		return ended(ctx.Err()) // the deadline of s has passed, so s is of no use
	case errors.Is(err, os.ErrDeadlineExceeded):
		if cause := ctx.Err(); cause != nil {
			return ended(cause)
		}
		return errTimeout
	case err != nil:
		return err
	}
	if _, limited := ctx.Deadline(); limited {
		return s.limit(time.Time{}, &s.writer)
	}
	return nil
}

// dialTo is dial for a network of kind, with pointers to addresses that may be nil.
func (d *Dialer) dialTo(ctx context.Context, network, kind string, local, remote net.Addr) (net.Conn, error) {
	local, remote = opAddr(local), opAddr(remote)
	switch {
	case !known(network, kind):
		return nil, dialError(network, local, remote, net.UnknownNetworkError(network))
	case remote == nil && kind != "unix":
		return nil, dialError(network, local, nil, errMissingAddress)
	}
	return dial(ctx, d, network, local, remote)
}

func dialError(network string, local, remote net.Addr, err error) error {
	return &net.OpError{Op: "dial", Net: network, Source: local, Addr: remote, Err: err}
}

// ended is the error of a dial whose context has ended.
func ended(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return errCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return errTimeout
	}
	return err
}

var (
	errTimeout  error = timeoutError{}
	errCanceled error = canceledError{}
)

// timeoutError is that of package net, which does not export it.
type timeoutError struct{}

func (timeoutError) Error() string        { return "i/o timeout" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Temporary() bool      { return true }
func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// canceledError is that of package net, which does not export it.
type canceledError struct{}

func (canceledError) Error() string        { return "operation was canceled" }
func (canceledError) Is(target error) bool { return target == context.Canceled }
