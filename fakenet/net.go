//go:build linux

package fakenet

import (
	"context"
	"errors"
	"net"
	"time"

	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
	shim "reactortest/shim/net"
	"reactortest/shim/routine"
)

// TCPConn is the type of TCP connections. It has the methods of net.TCPConn.
type TCPConn = shim.TCPConn

// UDPConn is the type of UDP sockets. It has the methods of net.UDPConn.
type UDPConn = shim.UDPConn

// UnixConn is the type of Unix-domain sockets. It has the methods of net.UnixConn.
type UnixConn = shim.UnixConn

// ErrNoRun is what calls fail with that are made while no run is on.
var ErrNoRun = errors.New("fakenet: no run is on: make the call in a function given to fakenet.Test or fakenet.Run")

// on returns an error of op if no run is on.
func on(op, network string) error {
	if bubble.Current() == nil {
		return &net.OpError{Op: op, Net: network, Err: ErrNoRun}
	}
	return nil
}

// Listen is net.Listen on the simulated network: "tcp" and its forms, "unix" and
// "unixpacket". Port 0 takes a free port, see Addr.
func Listen(network, address string) (net.Listener, error) {
	if err := on("listen", network); err != nil {
		return nil, err
	}
	return shim.Listen(network, address)
}

// ListenPacket is net.ListenPacket on the simulated network: "udp" and its forms, and
// "unixgram".
func ListenPacket(network, address string) (net.PacketConn, error) {
	if err := on("listen", network); err != nil {
		return nil, err
	}
	return shim.ListenPacket(network, address)
}

// Dial is net.Dial on the simulated network. Names are not looked up, except for
// "localhost", which is 127.0.0.1.
func Dial(network, address string) (net.Conn, error) {
	return DialContext(context.Background(), network, address)
}

// DialContext is Dial until ctx ends. It has the type of http.Transport.DialContext.
func DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return (&Dialer{}).DialContext(ctx, network, address)
}

// Dialer is net.Dialer on the simulated network. The zero Dialer is ready for use, and
// any number of goroutines may use one.
type Dialer struct {
	Timeout   time.Duration // of a dial; 0: none
	Deadline  time.Time     // of dials; zero: none
	LocalAddr net.Addr      // of connections; nil: the network chooses
}

// Dial is net.Dialer.Dial.
func (d *Dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}

// DialContext is net.Dialer.DialContext.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := on("dial", network); err != nil {
		return nil, err
	}
	s := shim.Dialer{Timeout: d.Timeout, Deadline: d.Deadline, LocalAddr: d.LocalAddr}
	return s.DialContext(ctx, network, address)
}

// Pipe returns the two ends of a TCP connection.
func Pipe() (dialed, accepted *TCPConn, err error) {
	l, err := Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	c, err := Dial("tcp", l.Addr().String())
	if err != nil {
		return nil, nil, err
	}
	a, err := l.Accept()
	if err != nil {
		return nil, nil, errors.Join(err, c.Close())
	}
	return c.(*TCPConn), a.(*TCPConn), nil
}

// Wait returns when nothing else in the run can go on before time moves, and a nanosecond
// has passed. Data that the network has delayed is still on its way. It stands for
// synctest.Wait, which the run itself needs: a program that calls that one panics. Wait
// panics if no run is on.
func Wait() {
	b := current()
	b.Do("wait", -1, func() {
		tasks := kernel(b).Tasks()
		tasks.Block(scheduler.Call{Name: "wait", Handle: -1}, tasks.After(1))
	})
}

// Go starts a goroutine that calls f, as a go statement does. Reports name the goroutine
// by its place among those that the calling one has started, and a panic of f fails the
// run, not the process. A goroutine of a plain go statement is known by the order of its
// first call. Go panics if no run is on.
func Go(f func()) {
	if bubble.Current() == nil {
		panic(ErrNoRun)
	}
	routine.Go(f)
}
