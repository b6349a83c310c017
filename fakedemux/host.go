package fakedemux

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// readiness turns poll bits into the conditions of a demux.
func readiness(m uint32) demux.Ready {
	var r demux.Ready
	if m&machine.Readable != 0 {
		r |= demux.Readable
	}
	if m&machine.Writable != 0 {
		r |= demux.Writable
	}
	if m&(machine.HungUp|machine.PeerHungUp) != 0 {
		r |= demux.Hangup
	}
	if m&machine.Failed != 0 {
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
	var s *simulated
	var result demux.Demux
	handler, isHandler := d.(demux.Handler)
	completer, carries := d.(demux.Completer)
	switch {
	case isHandler && carries:
		both := &simulatedBoth{Handler: handler}
		both.completer = completer
		s, result = &both.simulated, both
	case isHandler:
		h := &simulatedHandler{Handler: handler}
		s, result = &h.simulated, h
	case carries:
		c := &simulatedCompleter{completer: completer}
		s, result = &c.simulated, c
	default:
		s = &simulated{}
		result = s
	}
	s.Demux, s.kernel = d, k
	k.demuxes = append(k.demuxes, s)
	return result, nil
}

var errNoDemux = errors.New("fakedemux: OpenWith: the function returned no demultiplexer and no error")

// Now returns the virtual time since the run began.
func (k *Kernel) Now() time.Duration { return k.system.Now() }

// Go starts a task. It panics on the direct runner, which has no tasks.
func (k *Kernel) Go(name string, f func()) { k.system.Tasks.Go(name, f) }

// Yield is a switch point.
func (k *Kernel) Yield(point string) {
	k.system.Tasks.Switch(scheduler.Call{Name: point, Handle: -1})
}

// Sleep blocks the calling task for d of virtual time.
func (k *Kernel) Sleep(d time.Duration) {
	call := scheduler.Call{Name: "sleep", Handle: -1}
	k.system.Tasks.Enter(call)
	k.system.Tasks.Block(call, k.system.Tasks.After(d))
}

// Pair is socketpair(2): two unix stream sockets. Windows has no socketpair, so
// in its dialect Pair makes a TCP connection of the program to itself, which no
// network delays, splits or resets.
func (k *Kernel) Pair() (a, b demux.Handle, err error) {
	k.system.Tasks.Switch(scheduler.Call{Name: "socketpair", Handle: -1})
	if f := k.system.Room(2); f != errno.OK {
		return demux.NoHandle, demux.NoHandle, k.err("socketpair", f)
	}
	tcp := k.dialect.winsock
	x, y := k.system.NewStream(tcp, objects.Connected), k.system.NewStream(tcp, objects.Connected)
	x.Peer, y.Peer = y, x
	x.Direct, y.Direct = tcp, tcp
	return demux.Handle(k.system.AddStream(x, "socketpair")), demux.Handle(k.system.AddStream(y, "socketpair")), nil
}

// Stream makes a stream socket that is not connected. An operation that connects
// needs such a socket. Stream returns errors.ErrUnsupported in dialects without
// operations.
func (k *Kernel) Stream(netip.Addr) (demux.Handle, error) {
	if !k.dialect.winsock {
		return demux.NoHandle, fmt.Errorf("fakedemux: Stream: %w", errors.ErrUnsupported)
	}
	k.system.Tasks.Switch(scheduler.Call{Name: "WSASocket", Handle: -1})
	h, f := k.newSocket("WSASocket")
	return h, k.err("WSASocket", f)
}

// Pipe is pipe(2). In the dialect of Windows it returns errors.ErrUnsupported:
// pipes of Windows are not sockets, and AFD knows only sockets.
func (k *Kernel) Pipe() (r, w demux.Handle, err error) {
	if k.dialect.winsock {
		return demux.NoHandle, demux.NoHandle, fmt.Errorf("fakedemux: Pipe: %w", errors.ErrUnsupported)
	}
	k.system.Tasks.Switch(scheduler.Call{Name: "pipe", Handle: -1})
	if f := k.system.Room(2); f != errno.OK {
		return demux.NoHandle, demux.NoHandle, k.err("pipe", f)
	}
	p := k.system.NewPipe()
	rfd, rd := k.system.Add(&p.ReadEnd, "pipe")
	wfd, wd := k.system.Add(&p.WriteEnd, "pipe")
	p.Reader, p.Writer = rd, wd
	return demux.Handle(rfd), demux.Handle(wfd), nil
}

// File makes an empty regular file. It stands for the objects that epoll refuses
// with EPERM.
func (k *Kernel) File() (demux.Handle, error) {
	k.system.Tasks.Switch(scheduler.Call{Name: "open", Handle: -1})
	if f := k.system.Room(1); f != errno.OK {
		return demux.NoHandle, k.err("open", f)
	}
	fd, _ := k.system.AddFile(objects.NewVnode(objects.VnodeFile), "open")
	return demux.Handle(fd), nil
}

// Listen makes a TCP listener. addr is an address of the loopback network with
// a port; with port 0 the kernel chooses one.
func (k *Kernel) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	return k.listen("Listen", addr, backlog, false)
}

// Accept is accept4(2).
func (k *Kernel) Accept(h demux.Handle) (demux.Handle, error) {
	d := k.system.Step("accept", handleFD(h), false)
	if k.signal("accept", h) {
		return demux.NoHandle, k.err("accept", errno.Interrupted)
	}
	if d == nil {
		return demux.NoHandle, k.err("accept", errno.BadFile)
	}
	switch o := d.Object.(type) {
	case *objects.Listener:
		fd, f := o.Accept()
		if f != errno.OK {
			return demux.NoHandle, k.err("accept", f)
		}
		return demux.Handle(fd), nil
	case *objects.Stream:
		return demux.NoHandle, k.err("accept", errno.Invalid)
	case *objects.Datagram:
		return demux.NoHandle, k.err("accept", errno.NotSupported)
	default:
		return demux.NoHandle, k.err("accept", errno.NotSocket)
	}
}

// Connect is socket(2) and connect(2). ConnectResult returns a refusal.
func (k *Kernel) Connect(addr netip.AddrPort) (demux.Handle, error) {
	k.system.Tasks.Switch(scheduler.Call{Name: "connect", Handle: -1})
	if f := k.system.Room(1); f != errno.OK {
		return demux.NoHandle, k.err("socket", f)
	}
	s := k.system.NewStream(true, objects.Connecting)
	s.Attempt = objects.Trying
	h := demux.Handle(k.system.AddStream(s, "connect"))
	s.V6 = addr.Addr().Is6() && !addr.Addr().Is4In6()
	k.system.Connect(s, netip.AddrPortFrom(s.Nearest(addr.Addr()), addr.Port()))
	return h, nil
}

// ConnectResult is getsockopt(2) of SO_ERROR, and getpeername(2).
func (k *Kernel) ConnectResult(h demux.Handle) error {
	d := k.system.Step("getsockopt", handleFD(h), true)
	if d == nil {
		return k.err("getsockopt", errno.BadFile)
	}
	switch o := d.Object.(type) {
	case *objects.Stream:
		return k.connectResult(o)
	case *objects.Listener, *objects.Datagram:
		return k.err("getpeername", errno.NotConnected)
	default:
		return k.err("getsockopt", errno.NotSocket)
	}
}

func (k *Kernel) connectResult(s *objects.Stream) error {
	switch {
	case s.Pending != errno.OK:
		return k.err("connect", s.TakeError())
	case s.State == objects.Connecting:
		return demux.ErrAgain
	case s.TCP && (s.State == objects.Fresh || s.Over()), s.State == objects.Unconnected || s.Bare:
		return k.err("getpeername", errno.NotConnected)
	default:
		return nil
	}
}

// signal asks whether a call on h is interrupted before it has done anything.
// Windows has no signals.
func (k *Kernel) signal(name string, h demux.Handle) bool {
	return k.system.Faults.Left[machine.FaultSignal] > 0 && k.askSignal(name, h)
}

func (k *Kernel) askSignal(name string, h demux.Handle) bool {
	k.system.Call(name, handleFD(h), false)
	return k.system.Signaled && k.system.Fault(machine.FaultSignal)
}

// Read is read(2).
func (k *Kernel) Read(h demux.Handle, b []byte) (int, error) {
	if k.signal("read", h) {
		return 0, k.err("read", errno.Interrupted)
	}
	n, f := k.readFile(handleFD(h), b)
	switch {
	case f != errno.OK:
		return 0, k.err("read", f)
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	default:
		return n, nil
	}
}

// Write is write(2).
func (k *Kernel) Write(h demux.Handle, b []byte) (int, error) {
	if k.signal("write", h) {
		return 0, k.err("write", errno.Interrupted)
	}
	n, f := k.writeFile(handleFD(h), b)
	if f != errno.OK {
		return 0, k.err("write", f)
	}
	return n, nil
}

// CloseWrite is shutdown(2) with SHUT_WR.
func (k *Kernel) CloseWrite(h demux.Handle) error {
	d := k.system.Step("shutdown", handleFD(h), false)
	if d == nil {
		return k.err("shutdown", errno.BadFile)
	}
	switch o := d.Object.(type) {
	case *objects.Stream:
		if k.ports.ShutLater(d) {
			return nil
		}
		return k.err("shutdown", o.Shutdown(false, true))
	case *objects.Listener: // it has nothing to send; it wakes who watches it
		if k.dialect.winsock {
			return k.err("shutdown", errno.NotConnected)
		}
		d.Notify(0)
		return nil
	case *objects.Datagram:
		f := o.Shutdown(false, true)
		if k.dialect.winsock { // it does not mind that there is no connection
			f = errno.OK
		}
		return k.err("shutdown", f)
	default:
		return k.err("shutdown", errno.NotSocket)
	}
}

// Dup is dup(2).
func (k *Kernel) Dup(h demux.Handle) (demux.Handle, error) {
	k.system.Step("dup", handleFD(h), true)
	fd, f := k.system.Dup(handleFD(h))
	if f != errno.OK {
		return demux.NoHandle, k.err("dup", f)
	}
	return demux.Handle(fd), nil
}

// Close is close(2). The number is free at once.
func (k *Kernel) Close(h demux.Handle) error {
	k.system.Step("close", handleFD(h), false)
	return k.err("close", k.system.CloseFile(handleFD(h)))
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
	simulated
	demux.Handler
}

// simulatedCompleter is one that carries out operations.
type simulatedCompleter struct {
	simulated
	completer demux.Completer
}

// simulatedBoth is both.
type simulatedBoth struct {
	simulatedCompleter
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
	s.kernel.system.Tasks.Enter(scheduler.Call{Name: name, Handle: -1})
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
	if errors.As(err, &e) && e.Number() == s.kernel.dialect.errno(errno.Deadlock).Number() {
		return n, s.kernel.system.Tasks.Err()
	}
	return n, err
}
