package realdemux

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// task is an operation in flight: from Submit until its event.
type task struct {
	work     work
	op       *demux.Op
	token    demux.Token
	at       *attachment
	request  uint32
	finished bool    // its results are in op
	canceled bool    // by Cancel
	flow     *inflow // that it waits for; nil: it has a request of its own
	buffer   uint16  // that its Op has borrowed, if lent
	lent     bool
	polling  bool // its request is a poll: the operation is to be made again after it
	again    bool // the operation was made before

	// The address and the message of a connect or a datagram, for the kernel.
	sockaddr unix.RawSockaddrInet6
	message  unix.Msghdr
	vector   unix.Iovec
	pin      runtime.Pinner // of this and of op.Buf
}

// longestBuffer is how much of a buffer one request takes.
const longestBuffer = 1 << 30

// SetBatch has Submit and Cancel leave their requests in the submission queue, which the next
// Wait hands over, together with its own wait in one io_uring_enter(2).
func (d *completer) SetBatch(on bool) error {
	if d.Closed() {
		return demux.ErrClosed
	}
	d.uring.batch = on
	if on {
		return nil
	}
	return enterError(d.uring.flush())
}

// Submit attaches the handle of op and has the kernel start op.
func (u *uring) Submit(op *demux.Op, tok demux.Token) error {
	at, err := u.attach(op.Handle)
	if err != nil {
		return err
	}
	if err := at.directions.Check(op); err != nil {
		return err
	}
	u.takeBack(op)
	if u.flows(op, at) {
		return u.draw(op, tok, at)
	}
	if op.Kind == demux.OpRead && op.Buf == nil && u.lend.ring != nil {
		op.Buf = make([]byte, lentSize) // no socket, so there is no receive that goes on
	}
	t := u.prepare(op, tok, at)
	if e := u.launch(t); e != 0 {
		u.forget(t)
		return enterError(e)
	}
	return nil
}

// prepare makes a task of op, which is then in flight.
func (u *uring) prepare(op *demux.Op, tok demux.Token, at *attachment) *task {
	t := u.spareTasks.Take()
	t.op, t.token, t.at = op, tok, at
	// read(2) of no bytes does not wait, recv(2) does: O6.
	t.polling = op.Kind == demux.OpRead && len(op.Buf) == 0 && !at.socket
	t.work.task = t
	t.pin.Pin(t)
	if len(op.Buf) > 0 {
		t.pin.Pin(unsafe.SliceData(op.Buf))
	}
	t.request = u.requests.Take()
	u.requests.At(t.request).task = t
	op.Slot, op.N, op.New, op.Err = t.request, 0, demux.NoHandle, nil
	at.directions.Occupy(op, true)
	return t
}

// launch has the kernel take t: the operation starts now and not with the next
// Wait. If it fails the kernel does not have t.
func (u *uring) launch(t *task) syscall.Errno {
	if e := u.start(t); e != 0 || u.batch {
		return e
	}
	e := u.flush()
	if e == 0 || !u.ring.retract() {
		return 0
	}
	u.requests.At(t.request).flying = false
	u.busy--
	return e
}

// forget frees t, which the kernel does not have.
func (u *uring) forget(t *task) {
	u.discard(t.request)
	t.at.directions.Occupy(t.op, false)
	t.pin.Unpin()
	t.op, t.at = nil, nil
	t.message, t.vector = unix.Msghdr{}, unix.Iovec{}
	t.finished, t.canceled, t.polling, t.again = false, false, false, false
	t.flow, t.lent = nil, false
	u.spareTasks.Give(t)
}

// start adds the request of t, or the poll before it, to the submission queue.
func (u *uring) start(t *task) syscall.Errno {
	s := sqe{fd: int32(t.op.Handle)}
	switch {
	case t.polling:
		t.describePoll(&s)
	case t.at.socket:
		t.describeSocketCall(&s)
	default:
		t.describeCall(&s)
	}
	return u.add(t.request, s)
}

func (t *task) describePoll(s *sqe) {
	s.opcode, s.opFlags = opPollAdd, pollMask(unix.POLLOUT)
	if t.op.Kind == demux.OpRead || t.op.Kind == demux.OpAccept {
		s.opFlags = pollMask(unix.POLLIN)
	}
}

func (t *task) describeSocketCall(s *sqe) {
	switch t.op.Kind {
	case demux.OpRead:
		s.opcode = opRecv
		t.describeBuffer(s)
	case demux.OpWrite:
		s.opcode, s.opFlags = opSend, unix.MSG_NOSIGNAL
		if t.op.Addr.IsValid() && isDatagram(t.op.Handle) {
			t.describeMessage(s)
		} else {
			t.describeBuffer(s)
		}
	case demux.OpAccept:
		s.opcode, s.opFlags = opAccept, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC
	case demux.OpConnect:
		s.opcode = opConnect
		s.off = uint64(t.setAddress(t.op.Addr))
		s.addr = address(&t.sockaddr)
	}
}

// describeCall is for what is no socket. The kernel refuses what cannot be.
func (t *task) describeCall(s *sqe) {
	switch t.op.Kind {
	case demux.OpRead, demux.OpWrite:
		s.opcode = opRead
		if t.op.Kind == demux.OpWrite {
			s.opcode = opWrite
		}
		s.off = ^uint64(0) // at the file's position, io_uring_setup(2), IORING_FEAT_RW_CUR_POS
		t.describeBuffer(s)
	case demux.OpAccept, demux.OpConnect:
		t.describeSocketCall(s)
	}
}

func (t *task) describeBuffer(s *sqe) {
	s.addr = address(unsafe.SliceData(t.op.Buf))
	s.length = uint32(min(len(t.op.Buf), longestBuffer))
}

func (t *task) describeMessage(s *sqe) {
	t.vector.Base = unsafe.SliceData(t.op.Buf)
	t.vector.SetLen(min(len(t.op.Buf), longestBuffer))
	t.message = unix.Msghdr{Name: (*byte)(unsafe.Pointer(&t.sockaddr)), Namelen: t.setAddress(t.op.Addr), Iov: &t.vector}
	t.message.SetIovlen(1)
	s.opcode, s.addr, s.length = opSendMsg, address(&t.message), 1
}

// isDatagram tells whether a write may go to an address. A stream ignores it.
func isDatagram(h demux.Handle) bool {
	kind, err := unix.GetsockoptInt(int(h), unix.SOL_SOCKET, unix.SO_TYPE)
	return err == nil && kind == unix.SOCK_DGRAM
}

// setAddress makes t.sockaddr addr and returns its size. An address that is
// not valid has none, which the kernel refuses.
func (t *task) setAddress(addr netip.AddrPort) uint32 {
	if !addr.IsValid() {
		return 0
	}
	var port uint16 // in the order of the network
	binary.BigEndian.PutUint16((*[2]byte)(unsafe.Pointer(&port))[:], addr.Port())
	if ip := addr.Addr(); ip.Is6() && !ip.Is4In6() {
		t.sockaddr = unix.RawSockaddrInet6{Family: unix.AF_INET6, Port: port, Addr: ip.As16()}
		return unix.SizeofSockaddrInet6
	}
	*(*unix.RawSockaddrInet4)(unsafe.Pointer(&t.sockaddr)) = unix.RawSockaddrInet4{
		Family: unix.AF_INET, Port: port, Addr: addr.Addr().Unmap().As4(),
	}
	return unix.SizeofSockaddrInet4
}
