package fidelity

import (
	"fmt"
	"strings"

	"reactortest/demux/epoll"
)

// Ref names a descriptor of a sequence: the one that was made as the n-th, from
// 0, whatever its number is. When it is closed, it names whatever has its number.
// A negative one was never made.
type Ref int

// The references that name nothing.
const (
	None    Ref = -1 // the descriptor -1
	NotMade Ref = -2 // a number that is never open
)

// String returns "a" for the first, "b", then "a1" after "z".
func (r Ref) String() string {
	switch {
	case r == None:
		return "-1"
	case r < 0:
		return "none"
	case r < 26:
		return string(rune('a' + r))
	default:
		return fmt.Sprintf("%c%d", 'a'+r%26, r/26)
	}
}

// Op is a system call.
type Op uint8

// The calls. Those that make descriptors come first.
const (
	opEpollCreate Op = iota
	opSocketpair     // N: the type
	opPipe
	opEventfd // N: the value; Flags
	opMemfd
	opTimerfd // N: the clock
	opSocket  // Flags: the family; N: the type
	opAccept
	opDup
	opAdd
	opMod
	opDel
	opWait   // N: events; Data: nanoseconds
	opRead   // N: bytes
	opWrite  // N: bytes; Data: their values
	opSignal // Data: the number
	opClose
	opShutdown // N: how
	opBind
	opListen  // N: backlog
	opConnect // Other: to whom
	opError
	opLinger
	opSettime // N: the value; Flags: the interval
	opGettime
	opSendto   // Other: to whom; N: bytes
	opRecvfrom // N: bytes; Flags
	opPoll
	opCount
)

// ops describes the calls.
var ops = [opCount]struct {
	name  string
	makes int // descriptors
}{
	opEpollCreate: {"epoll_create1", 1},
	opSocketpair:  {"socketpair", 2},
	opPipe:        {"pipe2", 2},
	opEventfd:     {"eventfd", 1},
	opMemfd:       {"memfd_create", 1},
	opTimerfd:     {"timerfd_create", 1},
	opSocket:      {"socket", 1},
	opAccept:      {"accept", 1},
	opDup:         {"dup", 1},
	opAdd:         {"epoll_ctl ADD", 0},
	opMod:         {"epoll_ctl MOD", 0},
	opDel:         {"epoll_ctl DEL", 0},
	opWait:        {"epoll_wait", 0},
	opRead:        {"read", 0},
	opWrite:       {"write", 0},
	opSignal:      {"write number", 0},
	opClose:       {"close", 0},
	opShutdown:    {"shutdown", 0},
	opBind:        {"bind", 0},
	opListen:      {"listen", 0},
	opConnect:     {"connect", 0},
	opError:       {"SO_ERROR", 0},
	opLinger:      {"SO_LINGER", 0},
	opSettime:     {"timerfd_settime", 0},
	opGettime:     {"timerfd_gettime", 0},
	opSendto:      {"sendto", 0},
	opRecvfrom:    {"recvfrom", 0},
	opPoll:        {"poll", 0},
}

func (o Op) String() string { return ops[o].name }

// Call is one system call of a sequence.
type Call struct {
	Op    Op
	FD    Ref
	Other Ref // of epoll_ctl the target, of connect and sendto whom it goes to
	Made  Ref // the first descriptor that it makes; the second is the next
	N     int
	Flags int
	Bits  uint32
	Data  uint64
}

// String returns the call as a script has it: "a, b = pipe2()".
func (c *Call) String() string {
	call := fmt.Sprintf("%v(%s)", c.Op, c.arguments())
	switch ops[c.Op].makes {
	case 1:
		return fmt.Sprintf("%v = %s", c.Made, call)
	case 2:
		return fmt.Sprintf("%v, %v = %s", c.Made, c.Made+1, call)
	default:
		return call
	}
}

func (c *Call) arguments() string {
	optional := ""
	switch c.Op { //nolint:exhaustive // the others have a descriptor only
	case opEpollCreate, opPipe, opMemfd:
		return ""
	case opSocketpair:
		return socketType(familyUnix, c.N)
	case opSocket:
		return socketType(c.Flags, c.N)
	case opEventfd:
		if c.Flags != 0 {
			optional = ", EFD_SEMAPHORE"
		}
		return fmt.Sprint(c.N, optional)
	case opTimerfd:
		return fmt.Sprint("clock ", c.N)
	case opAdd, opMod:
		return fmt.Sprintf("%v, %v, %s, data %d", c.FD, c.Other, bits(c.Bits), label(c.Data))
	case opDel:
		return fmt.Sprintf("%v, %v", c.FD, c.Other)
	case opWait:
		if c.Data != 0 {
			optional = fmt.Sprintf(", %d ns", c.Data)
		}
		return fmt.Sprintf("%v, %d events%s", c.FD, c.N, optional)
	case opSignal:
		return fmt.Sprintf("%v, %d", c.FD, c.Data)
	case opConnect:
		return fmt.Sprintf("%v, address of %v", c.FD, c.Other)
	case opSendto:
		return fmt.Sprintf("%v, %d bytes, address of %v", c.FD, c.N, c.Other)
	case opRecvfrom:
		if c.Flags != 0 {
			optional = ", MSG_TRUNC"
		}
		return fmt.Sprintf("%v, %d bytes%s", c.FD, c.N, optional)
	case opSettime:
		if c.Flags != 0 {
			optional = ", repeating"
		}
		return fmt.Sprintf("%v, %s%s", c.FD, timerNames[c.N], optional)
	case opRead, opWrite:
		return fmt.Sprintf("%v, %d bytes", c.FD, c.N)
	case opShutdown:
		return fmt.Sprintf("%v, %s", c.FD, how(c.N))
	case opListen:
		return fmt.Sprintf("%v, backlog %d", c.FD, c.N)
	default:
		return c.FD.String()
	}
}

// Numbers of sockets; socket(2).
const (
	familyUnix, familyIPv4   = 1, 2
	typeStream, typeDatagram = 1, 2
)

func socketType(family, typ int) string {
	switch {
	case family == familyUnix && typ == typeStream:
		return "unix stream"
	case family == familyUnix && typ == typeDatagram:
		return "unix datagram"
	case family == familyIPv4 && typ == typeStream:
		return "TCP"
	case family == familyIPv4 && typ == typeDatagram:
		return "UDP"
	default:
		return fmt.Sprintf("family %d, type %d", family, typ)
	}
}

func how(n int) string {
	switch n {
	case 0:
		return "SHUT_RD"
	case 1:
		return "SHUT_WR"
	case 2:
		return "SHUT_RDWR"
	default:
		return fmt.Sprint("how ", n)
	}
}

// What a timer is set to: none of it depends on how fast a machine is.
const (
	timerOff   = iota // disarmed
	timerPast         // absolute, and over
	timerSoon         // in 1 ns; the next call comes after it
	timerFar          // in an hour
	timerWrong        // no time at all
	timerCount
)

var timerNames = [timerCount]string{"off", "absolute 1 ns", "1 ns", "1 h", "-1 s"}

// userData makes the 64 bits of a registration from its number, the upper half
// not like the lower one.
func userData(n uint64) uint64 { return n | n<<40 }

// label is the number that userData was made from.
func label(data uint64) uint64 {
	if n := data & (1<<32 - 1); data == userData(n) {
		return n
	}
	return data
}

// Event bits that package epoll does not name; linux/eventpoll.h.
const (
	epollExclusive = 1 << 28
)

var bitNames = [...]struct {
	bit  uint32
	name string
}{
	{epoll.EPOLLIN, "IN"},
	{epoll.EPOLLPRI, "PRI"},
	{epoll.EPOLLOUT, "OUT"},
	{epoll.EPOLLERR, "ERR"},
	{epoll.EPOLLHUP, "HUP"},
	{epoll.EPOLLRDHUP, "RDHUP"},
	{epollExclusive, "EXCLUSIVE"},
	{epoll.EPOLLONESHOT, "ONESHOT"},
	{epoll.EPOLLET, "ET"},
}

// bits returns "IN|OUT|ET", "0" for none.
func bits(m uint32) string {
	var names []string
	for _, b := range bitNames {
		if m&b.bit != 0 {
			names = append(names, b.name)
			m &^= b.bit
		}
	}
	if m != 0 {
		names = append(names, fmt.Sprintf("%#x", m))
	}
	if names == nil {
		return "0"
	}
	return strings.Join(names, "|")
}
