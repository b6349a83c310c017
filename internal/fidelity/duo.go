package fidelity

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"reactortest/demux/epoll"
)

// A duo is a sequence of two tasks: T makes calls that may block, on descriptors that
// do, and the main task acts meanwhile with calls that never block.

// duoObject is what the descriptors of a duo are of. It takes up to duoSlots slots.
type duoObject uint8

// The objects.
const (
	duoNothing duoObject = iota
	duoPipe
	duoPair
	duoUnix         // a connection through a listener, which is the third slot
	duoUnixListener // and three sockets that are not connected
	duoTCP          // as duoUnix
	duoTCPListener  // as duoUnixListener
	duoDatagrams    // a unix socketpair
	duoPackets      // likewise, SOCK_SEQPACKET
	duoUDP          // two that are connected to each other, and one that is bound
	duoEventfd
	duoSemaphore
	duoTimerfd
	duoEpoll
	duoObjects
)

// duoSlots is how many slots an object has. A sequence has two objects; the slots
// after those are for what dup and accept make.
const (
	duoSlots   = 4
	duoExtra   = 2 * duoSlots
	duoAllSlot = 12
)

// role is what a slot of an object is.
type role uint8

// The roles.
const (
	roleNone role = iota
	roleReader
	roleWriter
	rolePair
	roleUnixStream
	roleUnixListener
	roleUnixFresh
	roleTCPStream
	roleTCPListener
	roleTCPFresh
	roleDatagram
	rolePacket
	roleUDP
	roleUDPAlone
	roleEventfd
	roleSemaphore
	roleTimerfd
	roleEpoll
	roleCount
)

var roleNames = [roleCount]string{
	"nothing", "pipe reader", "pipe writer", "unix pair", "unix stream", "unix listener", "unix socket", "TCP stream", "TCP listener", "TCP socket",
	"unix datagram", "unix packet", "connected UDP", "UDP", "eventfd", "semaphore", "timerfd", "epoll",
}

func (r role) String() string { return roleNames[r] }

func (r role) stream() bool   { return r == rolePair || r == roleUnixStream || r == roleTCPStream }
func (r role) listener() bool { return r == roleUnixListener || r == roleTCPListener }
func (r role) fresh() bool    { return r == roleUnixFresh || r == roleTCPFresh }
func (r role) datagram() bool { return r == roleDatagram || r == roleUDP || r == roleUDPAlone }
func (r role) pipe() bool     { return r == roleReader || r == roleWriter }
func (r role) network() bool {
	return r == roleTCPStream || r == roleTCPListener || r == roleTCPFresh || r == roleUDP || r == roleUDPAlone
}

func (r role) socket() bool {
	return r.stream() || r.listener() || r.fresh() || r.datagram() || r == rolePacket
}

// duoRoles are the slots of each object.
var duoRoles = [duoObjects][duoSlots]role{
	duoPipe:         {roleReader, roleWriter},
	duoPair:         {rolePair, rolePair},
	duoUnix:         {roleUnixStream, roleUnixStream, roleUnixListener},
	duoUnixListener: {roleUnixListener, roleUnixFresh, roleUnixFresh, roleUnixFresh},
	duoTCP:          {roleTCPStream, roleTCPStream, roleTCPListener},
	duoTCPListener:  {roleTCPListener, roleTCPFresh, roleTCPFresh, roleTCPFresh},
	duoDatagrams:    {roleDatagram, roleDatagram},
	duoPackets:      {rolePacket, rolePacket},
	duoUDP:          {roleUDP, roleUDP, roleUDPAlone},
	duoEventfd:      {roleEventfd},
	duoSemaphore:    {roleSemaphore},
	duoTimerfd:      {roleTimerfd},
	duoEpoll:        {roleEpoll},
}

// duoOp is a call of a duo.
type duoOp uint8

// The calls: those of T first.
const (
	duoRead     duoOp = iota // N: bytes
	duoWrite                 // N: bytes; of an eventfd the value
	duoRecv                  // N: bytes
	duoSend                  // N: bytes; Other: to whom
	duoSendfile              // N: bytes
	duoAccept                // Other: the slot of what it makes
	duoConnect               // Other: to whom
	duoWait                  // N: milliseconds
	duoPoll                  // N: milliseconds; Watch
	duoPpoll
	duoSelect
	duoClose
	duoDup      // Other: the slot
	duoShutdown // N: how
	duoReset    // close after SO_LINGER
	duoDrain
	duoFill
	duoSignal  // N: 1 if the handler has SA_RESTART
	duoSettime // N: as of a Call
	duoAdd     // Other: the target; N: events
	duoDel
	duoError
	duoNonblock // N: 1 to set O_NONBLOCK
	duoOps
)

var duoNames = [duoOps]string{
	"read", "write", "recv", "send", "sendfile", "accept", "connect", "epoll_wait", "poll", "ppoll", "select",
	"close", "dup", "shutdown", "reset", "drain", "fill", "signal", "settime", "add", "del", "error", "nonblock",
}

func (o duoOp) String() string { return duoNames[o] }

// duoForm is a form of a read, a write, a recv or a send.
type duoForm uint8

// The forms.
const (
	duoPlain   duoForm = iota
	duoVectors         // readv, writev
	duoMessage         // recvmsg, sendmsg
	duoAll             // recv with MSG_WAITALL
)

// name is the call, in its form.
func (a *duoAct) name() string {
	return a.Op.String() + [...]string{duoPlain: "", duoVectors: "v", duoMessage: "msg", duoAll: " of all"}[a.Form]
}

// polls reports whether a call watches several descriptors.
func (o duoOp) polls() bool { return o == duoPoll || o == duoPpoll || o == duoSelect }

// duoAct is one call of a duo.
type duoAct struct {
	Task  bool // T makes it; if T is still in a call, nobody does
	Op    duoOp
	Form  duoForm // of the call
	Slot  int8
	Other int8
	N     int
	// Fast says that the next call is made before T has come to rest: the kernel may
	// then finish what T does before or after it.
	Fast  bool
	Watch [duoWatched]duoWatch // of a poll
}

const duoWatched = 4

// duoWatch is a descriptor of a poll. Nothing is watched with no events.
type duoWatch struct {
	Slot   int8
	Events uint16
}

// duoBulk is a write that does not fit in the buffer of a socket.
const duoBulk = 1 << 20

// duoFew is a number of bytes that are not compared one by one: what a buffer holds
// differs.
const duoFew = 20_000

// duoSequence is a duo.
type duoSequence struct {
	objects [2]duoObject
	acts    []duoAct
}

// role is the role of a slot, roleNone for what dup and accept make.
func (s *duoSequence) role(slot int8) role {
	if slot < 0 || slot >= duoExtra {
		return roleNone
	}
	return duoRoles[s.objects[slot/duoSlots]][slot%duoSlots]
}

// network reports whether something of the sequence goes over the network.
func (s *duoSequence) network() bool {
	for _, o := range s.objects {
		if duoRoles[o][0].network() {
			return true
		}
	}
	return false
}

// bulky reports whether the sequence fills the buffers of sockets. What depends on
// their sizes is not compared then.
func (s *duoSequence) bulky() bool {
	for i := range s.acts {
		a := &s.acts[i]
		r := s.role(a.Slot)
		if (r.socket() || r == roleNone) && (a.Op == duoFill || a.N >= duoFew) {
			return true
		}
	}
	return false
}

// unclear are conditions that are not compared: whether a socket is writable, and
// whether a FIN has come that may be behind what did not fit.
func (s *duoSequence) unclear() uint32 {
	switch {
	case !s.bulky():
		return 0
	case s.network():
		return out | 0x100 | 0x200 | rdhup | hup
	default:
		return out | 0x100 | 0x200
	}
}

func slotName(slot int8) string { return Ref(slot).String() }

// String returns the act as reports print it: "T: read a 8".
func (a *duoAct) String() string {
	var b strings.Builder
	if a.Task {
		b.WriteString("T: ")
	}
	fmt.Fprint(&b, a.name())
	switch {
	case a.Op.polls():
		for _, w := range a.Watch {
			if w.Events != 0 {
				fmt.Fprintf(&b, " %s:%s", slotName(w.Slot), bits(uint32(w.Events)))
			}
		}
	case a.Op != duoSignal:
		fmt.Fprint(&b, " ", slotName(a.Slot))
	}
	switch a.Op { //nolint:exhaustive // the others have no second descriptor
	case duoSend, duoAccept, duoConnect, duoDup, duoAdd, duoDel:
		if a.Other >= 0 {
			fmt.Fprint(&b, " ", slotName(a.Other))
		}
	}
	switch a.Op { //nolint:exhaustive // the others have no number
	case duoRead, duoWrite, duoRecv, duoSend, duoSendfile, duoWait, duoPoll, duoPpoll, duoSelect:
		fmt.Fprint(&b, " ", a.N)
	case duoShutdown:
		fmt.Fprint(&b, " ", howWords[a.N])
	case duoNonblock:
		fmt.Fprint(&b, " ", []string{"off", "on"}[a.N])
	case duoSignal:
		fmt.Fprint(&b, " ", []string{"ends", "restarts"}[a.N])
	case duoSettime:
		fmt.Fprint(&b, " ", timerWords[a.N])
	case duoAdd:
		fmt.Fprint(&b, " ", bits(uint32(a.N)))
	}
	if a.Fast {
		b.WriteString(", and at once")
	}
	return b.String()
}

// duoState is what T does when the main task has acted.
type duoState uint8

// The states.
const (
	duoIdle    duoState = iota
	duoBlocked          // in a call
	duoEnded            // its call has ended since the step before
	duoUnknown          // nobody has looked
)

// duoStep is what can be seen after a call.
type duoStep struct {
	skipped bool    // T was still in a call
	main    Outcome // of the call, if the main task has made it
	state   duoState
	task    Outcome // of T's call, if it has ended
	polled  [duoAllSlot]uint32
}

// String returns the step as reports print it.
func (s *duoStep) String() string {
	if s.skipped {
		return "not made"
	}
	text := s.main.String()
	switch s.state {
	case duoIdle, duoUnknown:
	case duoBlocked:
		text += "; T is blocked"
	case duoEnded:
		text += "; T returns " + s.task.String()
	}
	return text
}

// conditions returns the conditions of the slots.
func (s *duoStep) conditions() string {
	var words []string
	for i, m := range s.polled {
		if m != 0 {
			words = append(words, slotName(int8(i))+":"+bits(m))
		}
	}
	return strings.Join(words, " ")
}

// equal compares two steps.
func (s *duoStep) equal(o *duoStep) bool {
	if s.skipped || o.skipped {
		return s.skipped == o.skipped
	}
	if !s.main.equal(&o.main) {
		return false
	}
	if s.state == duoUnknown || o.state == duoUnknown {
		return true
	}
	return s.state == o.state && s.task.equal(&o.task) && s.polled == o.polled
}

// duoResult turns what a call returned into what is compared: descriptors have no
// numbers, and the size of a buffer is nothing that the kernels have in common.
func duoResult(s *duoSequence, a *duoAct, o Outcome) Outcome {
	r := s.role(a.Slot)
	if (o.Errno == epoll.EAGAIN || o.N > 0) && !a.Task && (a.Op == duoWrite || a.Op == duoSend) && s.bulky() {
		return Outcome{N: a.N} // what room there is depends on the buffer
	}
	if o.Errno != 0 {
		return o
	}
	switch a.Op { //nolint:exhaustive // the others are compared as they are
	case duoAccept, duoDup:
		o.N = 0
	case duoWrite, duoSend:
		if a.N >= duoFew && !r.pipe() && o.N > 0 && o.N < a.N {
			o.N = duoPart
		}
	}
	return o
}

// duoPart stands for a number of bytes that depends on the size of a buffer.
const duoPart = -2

// duoData are the bytes of a read that are compared.
func duoData(s *duoSequence, b []byte) string {
	if s.bulky() || len(b) > 64 {
		return ""
	}
	return string(b)
}

// duoMost is how many reads a drain makes: a semaphore never ends.
const duoMost = 1000

// duoDrained is the outcome of a drain that has read total bytes, got by all reads of
// sockets up to now.
func duoDrained(s *duoSequence, a *duoAct, total, got int, e epoll.Errno) Outcome {
	o := Outcome{N: total, Events: []epoll.Event{{Data: uint64(e)}}}
	r := s.role(a.Slot)
	if !r.socket() && r != roleNone || total < duoFew && !s.filled() {
		return o
	}
	switch {
	case s.filled():
		o.N = min(total, 1)
	case got >= duoBulk:
		o.N = duoBulk
	default:
		o.N = duoPart
	}
	return o
}

// filled reports whether a call fills a buffer.
func (s *duoSequence) filled() bool {
	for i := range s.acts {
		if s.acts[i].Op == duoFill {
			return true
		}
	}
	return false
}

// duoFilling is what a fill writes again and again.
func duoFilling(s *duoSequence, a *duoAct, buffer []byte) []byte {
	switch r := s.role(a.Slot); {
	case r == roleEventfd, r == roleSemaphore:
		return binary.NativeEndian.AppendUint64(buffer[:0], ^uint64(0)-1)
	case r.datagram():
		return filled(buffer[:2000])
	default:
		return filled(buffer[:1<<16])
	}
}

// filled sets every byte.
func filled(b []byte) []byte {
	for i := range b {
		b[i] = 'f'
	}
	return b
}

// duoEvents is the outcome of an epoll_wait.
func duoEvents(s *duoSequence, events []epoll.Event, e epoll.Errno) Outcome {
	if e != 0 {
		return failed(e)
	}
	o := Outcome{N: len(events), Events: append([]epoll.Event(nil), events...)}
	for i := range o.Events {
		o.Events[i].Events &^= s.unclear()
	}
	if s.network() {
		slices.SortFunc(o.Events, func(a, b epoll.Event) int { return int(a.Data) - int(b.Data) })
	}
	return o
}

// duoSelects are what the sets of a select are asked for, as bits of a duoWatch.
var duoSelects = [3]uint16{in, out, pri}

// duoSelected is the outcome of a select.
func duoSelected(s *duoSequence, a *duoAct, n int, e epoll.Errno, has func(set int, slot int8) bool) Outcome {
	if e != 0 {
		return failed(e)
	}
	o := Outcome{N: n}
	for i, w := range a.Watch {
		var m uint32
		for set, asked := range duoSelects {
			if w.Events&asked != 0 && has(set, w.Slot) {
				m |= uint32(asked)
			}
		}
		o.Events = append(o.Events, epoll.Event{Data: uint64(i), Events: m &^ s.unclear()})
	}
	if s.bulky() {
		o.N = min(o.N, 1)
	}
	return o
}

// duoPolled is the outcome of a poll.
func duoPolled(s *duoSequence, a *duoAct, n int, e epoll.Errno, revents func(i int) uint32) Outcome {
	if e != 0 {
		return failed(e)
	}
	o := Outcome{N: n}
	for i := range a.Watch {
		o.Events = append(o.Events, epoll.Event{Data: uint64(i), Events: revents(i) &^ s.unclear()})
	}
	if s.bulky() {
		o.N = min(o.N, 1)
	}
	return o
}
