package winfidelity

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/internal/sequence"
)

// System is one of the two systems that are compared.
type System struct {
	Host  demux.Host // it can also make a stream socket that is not connected
	Calls iocp.Winsock
	// Packets returns how many packets wait at a port.
	Packets func(port demux.Handle) int
	// Unread returns how many bytes have arrived at a socket.
	Unread func(socket demux.Handle) int
	// Finished returns what an operation says once its packet was dequeued, and
	// whether it has ended. It is nil where the memory of the operation says so
	// as soon as it has ended.
	Finished func(op *iocp.Operation) (after iocp.Operation, ended bool)
	// Begin starts a sequence with nothing open. It is nil where that is not
	// possible: then what a sequence has opened is closed when it is over.
	Begin func()
	// Differs are the differences that are known of the system.
	Differs []*Difference
}

// streamer is what a Host can do besides.
type streamer interface {
	Stream(addr netip.Addr) (demux.Handle, error)
}

// neverOpen is the number of a handle that is never open.
const neverOpen demux.Handle = 0x3ffffff0

// nobody is where nobody listens.
var nobody = netip.MustParseAddrPort("127.0.0.1:1")

// operation is one that a sequence has started.
type operation struct {
	op     *iocp.Operation
	buffer []byte
	of     Op
	began  bool // the call said that it goes on
}

// machine makes the calls of sequences on a system.
type machine struct {
	*System
	handles    []demux.Handle   // by Ref; neverOpen for what is closed
	places     []netip.AddrPort // of listeners, by Ref
	operations []operation      // by Oper
	names      map[*iocp.Operation]Oper
	port0      demux.Handle    // of its own, to wait at
	afd        demux.Handle    // of its own, to look through
	looks      *iocp.Operation // likewise
	none       *iocp.Operation // never started
}

func newMachine(s *System) *machine {
	return &machine{System: s, names: map[*iocp.Operation]Oper{}}
}

// begin starts a sequence: nothing is open.
func (m *machine) begin() {
	if m.Begin != nil {
		m.Begin()
	}
	m.handles, m.places, m.operations = m.handles[:0], m.places[:0], m.operations[:0]
	clear(m.names)
	if m.looks == nil || m.Begin != nil {
		m.port0, _ = m.Calls.CreatePort()
		m.afd, _ = m.Calls.OpenAFD()
		m.looks, m.none = m.Calls.Acquire(), m.Calls.Acquire()
	}
}

// pause lets the system go on for a moment.
func (m *machine) pause() {
	var room [1]iocp.Entry
	_, _ = m.Calls.GetQueued(m.port0, room[:], 1)
}

// prepare makes room for what a call makes and starts.
func (m *machine) prepare(c *Call) {
	for len(m.handles) < int(c.Made)+ops[c.Op].makes {
		m.handles, m.places = append(m.handles, neverOpen), append(m.places, nobody)
	}
	for len(m.operations) < int(c.Start)+1 && ops[c.Op].starts {
		op := m.Calls.Acquire()
		m.names[op] = Oper(len(m.operations))
		m.operations = append(m.operations, operation{op: op})
	}
	if ops[c.Op].starts {
		m.operations[c.Start].of = c.Op
	}
}

// do makes a call.
func (m *machine) do(c *Call) Outcome {
	m.prepare(c)
	return ops[c.Op].do(m, c)
}

// handle returns the number of r. What was closed is as what was never open: the
// number may be another's by now.
func (m *machine) handle(r sequence.Ref) demux.Handle {
	if r < 0 || int(r) >= len(m.handles) {
		return neverOpen
	}
	return m.handles[r]
}

// place returns where r listens.
func (m *machine) place(r sequence.Ref) netip.AddrPort {
	if m.handle(r) == neverOpen {
		return nobody
	}
	return m.places[r]
}

// closed forgets the number of r.
func (m *machine) closed(r sequence.Ref, o Outcome) Outcome {
	if o.Word == done {
		m.handles[r] = neverOpen
	}
	return o
}

// made keeps the handle that c has made.
func (m *machine) made(c *Call, h demux.Handle, o Outcome) Outcome {
	m.handles[c.Made] = neverOpen
	if o.Word == done {
		m.handles[c.Made] = h
	}
	return o
}

func (m *machine) port(c *Call) Outcome {
	h, e := m.Calls.CreatePort()
	return m.made(c, h, failed(e))
}

func (m *machine) openAFD(c *Call) Outcome {
	h, e := m.Calls.OpenAFD()
	return m.made(c, h, failed(e))
}

func (m *machine) listen(c *Call) Outcome {
	h, at, err := m.Host.Listen("127.0.0.1:0", c.N)
	m.places[c.Made] = at
	return m.made(c, h, hosted(0, err))
}

func (m *machine) stream(c *Call) Outcome {
	h, err := m.Host.(streamer).Stream(nobody.Addr())
	return m.made(c, h, hosted(0, err))
}

func (m *machine) pair(c *Call) Outcome {
	a, b, err := m.Host.Pair()
	m.handles[c.Made+1] = b
	return m.made(c, a, hosted(0, err))
}

func (m *machine) connect(c *Call) Outcome {
	h, err := m.Host.Connect(m.place(c.Other))
	return m.made(c, h, hosted(0, err))
}

func (m *machine) accept(c *Call) Outcome {
	h, err := m.Host.Accept(m.handle(c.Handle))
	return m.made(c, h, hosted(0, err))
}

func (m *machine) acceptSocket(c *Call) Outcome {
	h, e := m.Calls.AcceptSocket(m.handle(c.Handle))
	return m.made(c, h, failed(e))
}

func (m *machine) associate(c *Call) Outcome {
	return failed(m.Calls.Associate(m.handle(c.Handle), m.handle(c.Other), uintptr(c.Key)))
}

func (m *machine) modes(c *Call) Outcome {
	return failed(m.Calls.SetModes(m.handle(c.Handle), c.Flags))
}

func (m *machine) post(c *Call) Outcome {
	return failed(m.Calls.Post(m.handle(c.Handle), uintptr(c.Key), uint32(c.N)))
}

// maxEntries is the largest batch.
const maxEntries = 64

// milliseconds are the times of GetQueued.
var milliseconds = [whenCount]uint32{whenNever: iocp.Infinite, whenNow: 0, whenSoon: 1, whenFar: 3_600_000}

// get does not wait for long if nothing is there.
func (m *machine) get(c *Call) Outcome {
	port, msec := m.handle(c.Handle), milliseconds[c.When]
	switch {
	case c.N == 0:
		msec = 0 // nobody says that such a call ends
	case c.When != whenNow && m.Packets(port) == 0:
		msec = milliseconds[whenSoon]
	}
	var room [maxEntries]iocp.Entry
	n, e := m.Calls.GetQueued(port, room[:c.N], msec)
	o := failed(e)
	for _, entry := range room[:n] {
		p := Packet{Key: uint32(entry.Key), Oper: All, N: entry.Transferred}
		if op := entry.Operation; op != nil {
			p.Oper = m.names[op]
		}
		o.Packets = append(o.Packets, p)
	}
	return o
}

// started is what a call that starts an operation returned.
func (m *machine) started(c *Call, e iocp.Errno) Outcome {
	m.operations[c.Start].began = e == iocp.ErrorIOPending || e == iocp.StatusPending
	if e != 0 {
		return failed(e)
	}
	return m.outcome(c.Start)
}

// outcome is what an operation that is over has left behind.
func (m *machine) outcome(n Oper) Outcome {
	o := &m.operations[n]
	after, _ := m.after(o)
	r := failed(iocp.Errno(after.Overlapped.Internal))
	switch {
	case o.of == opPoll && r.Word == done && after.Poll.NumberOfHandles == 0:
		r.Word = nothing
	case o.of == opPoll && r.Word == done:
		r.Events = after.Poll.Events
	case o.of == opPoll:
	default:
		r.N = int(after.Overlapped.InternalHigh)
	}
	if o.of == opRecv || o.of == opRecvFrom || o.of == opAcceptReceive {
		r.Data = string(o.buffer[:min(r.N, len(o.buffer))])
	}
	return r
}

// inFlight reports whether an operation is going on.
func (m *machine) inFlight(n Oper) bool {
	o := &m.operations[n]
	_, ended := m.after(o)
	return o.began && !ended
}

// after returns what an operation says when it has ended, and whether it has.
func (m *machine) after(o *operation) (after iocp.Operation, ended bool) {
	if m.Finished != nil {
		return m.Finished(o.op)
	}
	return *o.op, iocp.Errno(o.op.Overlapped.Internal) != iocp.StatusPending
}

func (m *machine) recv(c *Call) Outcome {
	o := &m.operations[c.Start]
	o.buffer = make([]byte, c.N)
	return m.started(c, m.Calls.Recv(m.handle(c.Handle), o.op, o.buffer))
}

func (m *machine) send(c *Call) Outcome {
	o := &m.operations[c.Start]
	o.buffer = payload(c.N, int(c.Start))
	return m.started(c, m.Calls.Send(m.handle(c.Handle), o.op, o.buffer))
}

// payload is n bytes that tell where they come from.
func payload(n, from int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = 'a' + byte((from*7+i)%26)
	}
	return b
}

func (m *machine) acceptEx(c *Call) Outcome {
	return m.started(c, m.Calls.AcceptEx(m.handle(c.Handle), m.handle(c.Other), m.operations[c.Start].op))
}

func (m *machine) connectEx(c *Call) Outcome {
	return m.started(c, m.Calls.ConnectEx(m.handle(c.Handle), m.operations[c.Start].op, m.place(c.Other)))
}

// ticks are the times of a poll, in 100 ns.
var ticks = [whenCount]int64{whenNever: iocp.NoPollTimeout, whenNow: 0, whenSoon: -10_000, whenFar: -36_000_000_000}

func (m *machine) poll(c *Call) Outcome {
	op := m.operations[c.Start].op
	op.Poll = iocp.PollInfo{
		Timeout: ticks[c.When], NumberOfHandles: uint32(c.N), Exclusive: uint32(c.Flags), Handle: m.handle(c.Other), Events: c.Bits,
	}
	o := m.started(c, m.Calls.PollAFD(m.handle(c.Handle), op))
	for tries := 0; c.When == whenSoon && m.inFlight(c.Start) && tries < pauses(patience); tries++ {
		m.pause()
	}
	return o
}

// oper returns an operation, nil for all.
func (m *machine) oper(n Oper) *iocp.Operation {
	switch {
	case n == All:
		return nil
	case n < 0 || int(n) >= len(m.operations):
		return m.none
	default:
		return m.operations[n].op
	}
}

func (m *machine) cancel(c *Call) Outcome {
	return failed(m.Calls.CancelIoEx(m.handle(c.Handle), m.oper(c.Oper)))
}

func (m *machine) cancelAFD(c *Call) Outcome {
	return failed(m.Calls.CancelAFD(m.handle(c.Handle), m.oper(c.Oper)))
}

func (m *machine) read(c *Call) Outcome {
	b := make([]byte, c.N)
	n, err := m.Host.Read(m.handle(c.Handle), b)
	o := hosted(n, err)
	o.Data = string(b[:o.N])
	return o
}

func (m *machine) write(c *Call) Outcome {
	return hosted(m.Host.Write(m.handle(c.Handle), payload(c.N, c.N)))
}

func (m *machine) shutdown(c *Call) Outcome { return hosted(0, m.Host.CloseWrite(m.handle(c.Handle))) }

func (m *machine) result(c *Call) Outcome {
	return hosted(0, m.Host.ConnectResult(m.handle(c.Handle)))
}

func (m *machine) closeSocket(c *Call) Outcome {
	return m.closed(c.Handle, failed(m.Calls.CloseSocket(m.handle(c.Handle))))
}

func (m *machine) closeHandle(c *Call) Outcome {
	return m.closed(c.Handle, failed(m.Calls.CloseHandle(m.handle(c.Handle))))
}

func (m *machine) base(c *Call) Outcome {
	_, e := m.Calls.BaseSocket(m.handle(c.Handle))
	return failed(e)
}

func (m *machine) updateAccepted(c *Call) Outcome {
	return failed(m.Calls.UpdateAccepted(m.handle(c.Handle), m.handle(c.Other)))
}

func (m *machine) updateConnected(c *Call) Outcome {
	return failed(m.Calls.UpdateConnected(m.handle(c.Handle)))
}

// conditions looks at a socket: a poll with timeout 0 of everything changes
// nothing.
func (m *machine) conditions(r sequence.Ref) uint32 {
	op := m.looks
	op.Poll = iocp.PollInfo{NumberOfHandles: 1, Handle: m.handle(r), Events: everything}
	if e := m.Calls.PollAFD(m.afd, op); e != 0 || op.Poll.NumberOfHandles == 0 {
		return 0
	}
	return op.Poll.Events
}

// end closes what a sequence has left open, and waits until its operations are
// over. The memory of one that is not stays as it is.
func (m *machine) end(isSocket func(sequence.Ref) bool) {
	if m.Begin != nil {
		return
	}
	var later []demux.Handle
	for i, h := range m.handles {
		switch {
		case h == neverOpen:
		case isSocket(sequence.Ref(i)):
			m.Calls.CloseSocket(h)
		default:
			later = append(later, h)
		}
	}
	for _, h := range later {
		m.Calls.CloseHandle(h)
	}
	for tries := 0; m.busy() && tries < pauses(haste); tries++ {
		m.pause()
	}
	for i := range m.operations {
		if !m.inFlight(Oper(i)) {
			m.Calls.Release(m.operations[i].op)
		}
	}
}

func (m *machine) busy() bool {
	for i := range m.operations {
		if m.inFlight(Oper(i)) {
			return true
		}
	}
	return false
}
