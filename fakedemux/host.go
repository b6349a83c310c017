package fakedemux

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"reactortest/demux"
	"reactortest/scheduler"
)

// readiness turns poll bits into the conditions of a demux.
func readiness(m uint32) demux.Ready {
	var r demux.Ready
	if m&readable != 0 {
		r |= demux.Readable
	}
	if m&writable != 0 {
		r |= demux.Writable
	}
	if m&(hungUp|peerHungUp) != 0 {
		r |= demux.Hangup
	}
	if m&failed != 0 {
		r |= demux.Failed
	}
	return r
}

// Open makes a demultiplexer of the dialect.
func (k *Kernel) Open() (demux.Demux, error) { return k.OpenWith(k.dialect.open) }

// OpenWith makes a demultiplexer that open makes over the calls of k, which Epoll,
// Kqueue and IOCP return: a backend of your own. Like one of the dialect it can be
// woken by goroutines that are not tasks.
func (k *Kernel) OpenWith(open func(k *Kernel) (demux.Demux, error)) (demux.Demux, error) {
	d, err := open(k)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, errNoDemux
	}
	s := &simulated{Demux: d, kernel: k}
	k.demuxes = append(k.demuxes, s)
	handler, isHandler := d.(demux.Handler)
	completer, carries := d.(demux.Completer)
	switch {
	case isHandler && carries:
		return &simulatedBoth{&simulatedCompleter{s, completer}, handler}, nil
	case isHandler:
		return &simulatedHandler{s, handler}, nil
	case carries:
		return &simulatedCompleter{s, completer}, nil
	default:
		return s, nil
	}
}

var errNoDemux = errors.New("fakedemux: OpenWith: the function returned no demultiplexer and no error")

// Now returns the virtual time since the run began.
func (k *Kernel) Now() time.Duration { return k.now() }

// Go starts a task. It panics on the direct runner, which has no tasks.
func (k *Kernel) Go(name string, f func()) { k.tasks.Go(name, f) }

// Yield is a switch point.
func (k *Kernel) Yield(point string) {
	k.tasks.Switch(scheduler.Call{Name: point, Handle: -1})
}

// Sleep blocks the calling task for d of virtual time.
func (k *Kernel) Sleep(d time.Duration) {
	call := scheduler.Call{Name: "sleep", Handle: -1}
	k.tasks.Enter(call)
	k.tasks.Block(call, k.tasks.After(d))
}

// Pair is socketpair(2): two unix stream sockets. Windows has no socketpair, so
// in its dialect Pair makes a TCP connection of the program to itself, which no
// network delays, splits or resets.
func (k *Kernel) Pair() (a, b demux.Handle, err error) {
	k.tasks.Switch(scheduler.Call{Name: "socketpair", Handle: -1})
	if f := k.room(2); f != ok {
		return demux.NoHandle, demux.NoHandle, k.err("socketpair", f)
	}
	tcp := k.dialect.winsock
	x, y := k.newStream(tcp, connected), k.newStream(tcp, connected)
	x.peer, y.peer = y, x
	x.direct, y.direct = tcp, tcp
	return demux.Handle(k.addStream(x, "socketpair")), demux.Handle(k.addStream(y, "socketpair")), nil
}

// Stream makes a stream socket that is not connected. An operation that connects
// needs such a socket. Stream returns errors.ErrUnsupported in dialects without
// operations.
func (k *Kernel) Stream(netip.Addr) (demux.Handle, error) {
	if !k.dialect.winsock {
		return demux.NoHandle, fmt.Errorf("fakedemux: Stream: %w", errors.ErrUnsupported)
	}
	k.tasks.Switch(scheduler.Call{Name: "WSASocket", Handle: -1})
	h, f := k.newSocket("WSASocket")
	return h, k.err("WSASocket", f)
}

// Pipe is pipe(2). In the dialect of Windows it returns errors.ErrUnsupported:
// pipes of Windows are not sockets, and AFD knows only sockets.
func (k *Kernel) Pipe() (r, w demux.Handle, err error) {
	if k.dialect.winsock {
		return demux.NoHandle, demux.NoHandle, fmt.Errorf("fakedemux: Pipe: %w", errors.ErrUnsupported)
	}
	k.tasks.Switch(scheduler.Call{Name: "pipe", Handle: -1})
	if f := k.room(2); f != ok {
		return demux.NoHandle, demux.NoHandle, k.err("pipe", f)
	}
	p := k.newPipe()
	rfd, rd := k.add(&p.readEnd, "pipe")
	wfd, wd := k.add(&p.writeEnd, "pipe")
	p.reader, p.writer = rd, wd
	return demux.Handle(rfd), demux.Handle(wfd), nil
}

// File makes an empty regular file. It stands for the objects that epoll refuses
// with EPERM.
func (k *Kernel) File() (demux.Handle, error) {
	k.tasks.Switch(scheduler.Call{Name: "open", Handle: -1})
	if f := k.room(1); f != ok {
		return demux.NoHandle, k.err("open", f)
	}
	fd, _ := k.addFile(newVnode(vnodeFile), "open")
	return demux.Handle(fd), nil
}

// Listen makes a TCP listener. addr is an address of the loopback network with
// a port; with port 0 the kernel chooses one.
func (k *Kernel) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	k.tasks.Switch(scheduler.Call{Name: "listen", Handle: -1})
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("fakedemux: Listen on %q: %w", addr, err)
	}
	if f := k.room(1); f != ok {
		return demux.NoHandle, netip.AddrPort{}, k.err("socket", f)
	}
	port := at.Port()
	if port == 0 {
		port = k.choosePort()
	}
	l := &listener{kernel: &k.system, port: port, backlog: backlogOf(backlog)}
	l.v6, l.addr = at.Addr().Is6() && !at.Addr().Is4In6(), at.Addr()
	if _, f := l.bindable(at.Addr()); f != ok {
		l.v6, l.addr = true, any6 // an address of another network: it hears everything
	}
	if port == 0 || k.bindConflict(&l.inet, l, port) {
		return demux.NoHandle, netip.AddrPort{}, k.err("bind", addressInUse)
	}
	fd, d := k.add(l, "listen")
	l.desc = d
	k.listeners = append(k.listeners, l)
	return demux.Handle(fd), netip.AddrPortFrom(at.Addr(), port), nil
}

// Accept is accept4(2).
func (k *Kernel) Accept(h demux.Handle) (demux.Handle, error) {
	k.tasks.Switch(k.call("accept", handleFD(h), false))
	if k.signal() {
		return demux.NoHandle, k.err("accept", interrupted)
	}
	d := k.lookupHandle(h)
	if d == nil {
		return demux.NoHandle, k.err("accept", badFile)
	}
	switch o := d.object.(type) {
	case *listener:
		fd, f := o.accept()
		if f != ok {
			return demux.NoHandle, k.err("accept", f)
		}
		return demux.Handle(fd), nil
	case *stream:
		return demux.NoHandle, k.err("accept", invalid)
	default:
		return demux.NoHandle, k.err("accept", notSocket)
	}
}

// Connect is socket(2) and connect(2). ConnectResult returns a refusal.
func (k *Kernel) Connect(addr netip.AddrPort) (demux.Handle, error) {
	k.tasks.Switch(scheduler.Call{Name: "connect", Handle: -1})
	if f := k.room(1); f != ok {
		return demux.NoHandle, k.err("socket", f)
	}
	s := k.newStream(true, connecting)
	s.attempt = trying
	h := demux.Handle(k.addStream(s, "connect"))
	s.v6 = addr.Addr().Is6() && !addr.Addr().Is4In6()
	k.connect(s, netip.AddrPortFrom(s.nearest(addr.Addr()), addr.Port()))
	return h, nil
}

// ConnectResult is getsockopt(2) of SO_ERROR, and getpeername(2).
func (k *Kernel) ConnectResult(h demux.Handle) error {
	k.tasks.Switch(k.call("getsockopt", handleFD(h), true))
	d := k.lookupHandle(h)
	if d == nil {
		return k.err("getsockopt", badFile)
	}
	switch o := d.object.(type) {
	case *stream:
		return k.connectResult(o)
	case *listener:
		return k.err("getpeername", notConnected)
	default:
		return k.err("getsockopt", notSocket)
	}
}

func (k *Kernel) connectResult(s *stream) error {
	switch {
	case s.pending != ok:
		return k.err("connect", s.takeError())
	case s.state == connecting:
		return demux.ErrAgain
	case s.tcp && (s.state == fresh || s.over()), s.state == unconnected || s.bare:
		return k.err("getpeername", notConnected)
	default:
		return nil
	}
}

// signal asks whether a call is interrupted before it has done anything.
// Windows has no signals.
func (k *Kernel) signal() bool {
	return k.faults.left[faultSignal] > 0 && k.signaled && k.fault(faultSignal)
}

// Read is read(2).
func (k *Kernel) Read(h demux.Handle, b []byte) (int, error) {
	call := k.call("read", handleFD(h), false)
	if k.signal() {
		return 0, k.err("read", interrupted)
	}
	n, f := k.readCalled(call, b)
	switch {
	case f != ok:
		return 0, k.err("read", f)
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	default:
		return n, nil
	}
}

// Write is write(2).
func (k *Kernel) Write(h demux.Handle, b []byte) (int, error) {
	call := k.call("write", handleFD(h), false)
	if k.signal() {
		return 0, k.err("write", interrupted)
	}
	n, f := k.writeCalled(call, b)
	if f != ok {
		return 0, k.err("write", f)
	}
	return n, nil
}

// CloseWrite is shutdown(2) with SHUT_WR.
func (k *Kernel) CloseWrite(h demux.Handle) error {
	k.tasks.Switch(k.call("shutdown", handleFD(h), false))
	d := k.lookupHandle(h)
	if d == nil {
		return k.err("shutdown", badFile)
	}
	switch o := d.object.(type) {
	case *stream:
		if k.ports.shutLater(d) {
			return nil
		}
		return k.err("shutdown", o.shutdown(false, true))
	case *listener: // it has nothing to send; it wakes who watches it
		if k.dialect.winsock {
			return k.err("shutdown", notConnected)
		}
		d.notify(0)
		return nil
	default:
		return k.err("shutdown", notSocket)
	}
}

// Dup is dup(2).
func (k *Kernel) Dup(h demux.Handle) (demux.Handle, error) {
	k.tasks.Switch(k.call("dup", handleFD(h), true))
	fd, f := k.dup(handleFD(h))
	if f != ok {
		return demux.NoHandle, k.err("dup", f)
	}
	return demux.Handle(fd), nil
}

// Close is close(2). The number is free at once.
func (k *Kernel) Close(h demux.Handle) error {
	k.tasks.Switch(k.call("close", handleFD(h), false))
	return k.err("close", k.closeFile(handleFD(h)))
}

// simulated is a backend over this kernel. It adds what only a simulation can
// have: a Wake from any goroutine, and a deadlock that is told as such.
type simulated struct {
	demux.Demux // the backend
	kernel      *Kernel
	mail        mail
}

// simulatedHandler is one that another demux can watch.
type simulatedHandler struct {
	*simulated
	demux.Handler
}

// simulatedCompleter is one that carries out operations.
type simulatedCompleter struct {
	*simulated
	completer demux.Completer
}

// simulatedBoth is both.
type simulatedBoth struct {
	*simulatedCompleter
	demux.Handler
}

// Submit calls the backend.
func (s *simulatedCompleter) Submit(op *demux.Op, tok demux.Token) error {
	s.enter("Submit")
	return s.completer.Submit(op, tok)
}

// Cancel calls the backend.
func (s *simulatedCompleter) Cancel(op *demux.Op) error {
	s.enter("Cancel")
	return s.completer.Cancel(op)
}

// enter refuses a goroutine that is not a task before the backend looks at
// anything.
func (s *simulated) enter(name string) {
	s.kernel.tasks.Enter(scheduler.Call{Name: name, Handle: -1})
}

// Register calls the backend.
func (s *simulated) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	s.enter("Register")
	return s.Demux.Register(h, tok, want, mode)
}

// Modify calls the backend.
func (s *simulated) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	s.enter("Modify")
	return s.Demux.Modify(h, tok, want, mode)
}

// Deregister calls the backend.
func (s *simulated) Deregister(h demux.Handle) error {
	s.enter("Deregister")
	return s.Demux.Deregister(h)
}

// Wait calls the backend. On the direct runner it returns a *scheduler.Deadlock
// if nothing can end the wait.
func (s *simulated) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	s.enter("Wait")
	n, err := s.Demux.Wait(dst, timeout)
	if err == nil {
		return n, nil
	}
	var e demux.Errno
	if errors.As(err, &e) && e.Number() == s.kernel.dialect.errno(deadlock).Number() {
		return n, s.kernel.tasks.Err()
	}
	return n, err
}
