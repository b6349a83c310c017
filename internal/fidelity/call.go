package fidelity

import (
	"fmt"

	"reactortest/internal/sequence"
)

// Ref names a descriptor of a sequence. After the descriptor is closed, the Ref
// names the object that gets its number.
type Ref = sequence.Ref

// The references that name nothing.
const (
	None    = sequence.None    // the descriptor -1
	NotMade = sequence.NotMade // a number that is never open
)

// Op is a system call.
type Op uint8

// The calls. Those that make descriptors come first.
const (
	opEpollCreate Op = iota
	opSocketpair     // N: the type
	opPipe
	opEventfd // Data: the value; Flags
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
	opUrgent   // N: bytes; Flags: MSG_OOB
	opRecvUrgent
	opPoll
	opGetsockname
	opGetpeername
	opAcceptFrom // Flags: 1 for accept4
	opBindAs     // Other: whose address
	opSetsockopt // N: of options; Data: the value
	opGetsockopt // N: of options
	opFcntl      // N: of commands; Flags: the argument
	opDupFrom    // Flags: 1 with FD_CLOEXEC
	opIoctl      // N: of requests; Flags: the argument
	opReadv      // N: bytes
	opWritev     // N: bytes; Data: their values
	opSendmsg    // Other: to whom; N: bytes; Data; Flags
	opRecvmsg    // N: bytes; Flags
	opSendfile   // FD: to; Other: from; N: bytes; Flags: 1 with an offset
	opDup2       // Other: the number
	opDup3       // Other: the number
	opLseek      // N: the offset; Flags: whence
	opDirectory
	opOpen // N: the access mode; Flags: O_APPEND and O_TRUNC
	opCount
)

// part is an argument of a call, in the order in which a script has them.
type part uint8

const (
	partMade      part = iota // a name for what the call makes
	partFD                    // whom it is about
	partOther                 // the second descriptor
	partPlace                 // the same, left out for None
	partType                  // N: stream or datagram
	partSocket                // Flags and N: unix, tcp or udp
	partN                     // a number
	partNumber                // Data
	partNanos                 // Data, left out for 0
	partBits                  // Bits
	partLabel                 // Data, as userData makes it
	partHow                   // N: read, write or both
	partTimer                 // N: off, past, soon, far or wrong
	partSemaphore             // Flags: EFD_SEMAPHORE
	partTruncate              // Flags: MSG_TRUNC
	partRepeating             // Flags: with an interval
	partFlags                 // Flags: a number
	partOption                // N: an option
)

// ops describes the calls.
var ops = [opCount]struct {
	name  string
	word  string // in a script
	makes int    // descriptors
	parts []part
}{
	opEpollCreate: {"epoll_create1", "epoll", 1, []part{partMade}},
	opSocketpair:  {"socketpair", "socketpair", 2, []part{partMade, partMade, partType}},
	opPipe:        {"pipe2", "pipe", 2, []part{partMade, partMade}},
	opEventfd:     {"eventfd", "eventfd", 1, []part{partMade, partNumber, partSemaphore}},
	opMemfd:       {"memfd_create", "file", 1, []part{partMade}},
	opTimerfd:     {"timerfd_create", "timerfd", 1, []part{partMade, partN}},
	opSocket:      {"socket", "socket", 1, []part{partMade, partSocket}},
	opAccept:      {"accept4", "accept", 1, []part{partMade, partFD}},
	opDup:         {"dup", "dup", 1, []part{partMade, partFD}},
	opAdd:         {"epoll_ctl ADD", "add", 0, []part{partFD, partOther, partBits, partLabel}},
	opMod:         {"epoll_ctl MOD", "mod", 0, []part{partFD, partOther, partBits, partLabel}},
	opDel:         {"epoll_ctl DEL", "del", 0, []part{partFD, partOther}},
	opWait:        {"epoll_wait", "wait", 0, []part{partFD, partN, partNanos}},
	opRead:        {"read", "read", 0, []part{partFD, partN}},
	opWrite:       {"write", "write", 0, []part{partFD, partN}},
	opSignal:      {"write of 8 bytes", "signal", 0, []part{partFD, partNumber}},
	opClose:       {"close", "close", 0, []part{partFD}},
	opShutdown:    {"shutdown", "shutdown", 0, []part{partFD, partHow}},
	opBind:        {"bind", "bind", 0, []part{partFD}},
	opListen:      {"listen", "listen", 0, []part{partFD, partN}},
	opConnect:     {"connect", "connect", 0, []part{partFD, partOther}},
	opError:       {"SO_ERROR", "error", 0, []part{partFD}},
	opLinger:      {"SO_LINGER", "linger", 0, []part{partFD}},
	opSettime:     {"timerfd_settime", "settime", 0, []part{partFD, partTimer, partRepeating}},
	opGettime:     {"timerfd_gettime", "gettime", 0, []part{partFD}},
	opSendto:      {"sendto", "sendto", 0, []part{partFD, partN, partPlace}},
	opRecvfrom:    {"recvfrom", "recvfrom", 0, []part{partFD, partN, partTruncate}},
	opUrgent:      {"send MSG_OOB", "urgent", 0, []part{partFD, partN}},
	opRecvUrgent:  {"recv MSG_OOB", "recvurgent", 0, []part{partFD}},
	opPoll:        {"poll", "poll", 0, []part{partFD}},
	opGetsockname: {"getsockname", "getsockname", 0, []part{partFD}},
	opGetpeername: {"getpeername", "getpeername", 0, []part{partFD}},
	opAcceptFrom:  {"accept with an address", "acceptfrom", 1, []part{partMade, partFD, partFlags}},
	opBindAs:      {"bind to a taken address", "bindas", 0, []part{partFD, partOther}},
	opSetsockopt:  {"setsockopt", "setsockopt", 0, []part{partFD, partOption, partNumber}},
	opGetsockopt:  {"getsockopt", "getsockopt", 0, []part{partFD, partOption}},
	opFcntl:       {"fcntl", "fcntl", 0, []part{partFD, partN, partFlags}},
	opDupFrom:     {"F_DUPFD", "dupfrom", 1, []part{partMade, partFD, partFlags}},
	opIoctl:       {"ioctl", "ioctl", 0, []part{partFD, partN, partFlags}},
	opReadv:       {"readv", "readv", 0, []part{partFD, partN}},
	opWritev:      {"writev", "writev", 0, []part{partFD, partN}},
	opSendmsg:     {"sendmsg", "sendmsg", 0, []part{partFD, partN, partFlags, partPlace}},
	opRecvmsg:     {"recvmsg", "recvmsg", 0, []part{partFD, partN, partFlags}},
	opSendfile:    {"sendfile", "sendfile", 0, []part{partFD, partOther, partN, partFlags}},
	opDup2:        {"dup2", "dup2", 1, []part{partMade, partFD, partOther}},
	opDup3:        {"dup3", "dup3", 1, []part{partMade, partFD, partOther, partFlags}},
	opLseek:       {"lseek", "lseek", 0, []part{partFD, partN, partFlags}},
	opDirectory:   {"open of a directory", "directory", 1, []part{partMade}},
	opOpen:        {"open", "open", 1, []part{partMade, partN, partFlags}},
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
	Extra int // is added to the flags that a call has, or to its operation: bits that are none
}

// Numbers of sockets; socket(2).
const (
	familyUnix, familyIPv4, familyIPv6   = 1, 2, 10
	typeStream, typeDatagram, typePacket = 1, 2, 5
)

// What a timer is set to: none of it depends on how fast a machine is.
const (
	timerOff   = iota // disarmed
	timerPast         // absolute, and over
	timerSoon         // in 1 ns; the next call comes after it
	timerFar          // in an hour
	timerWrong        // no time at all
	timerCount
)

// userData makes the 64 bits of a registration from its number, the upper half
// not like the lower one.
func userData(n uint64) uint64 { return n | n<<40 }

// label is the number that userData was made from, or other data as they are.
func label(data uint64) string {
	if n := data & (1<<32 - 1); data == userData(n) {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%#x", data)
}

// Event bits that package epoll does not name; linux/eventpoll.h.
const (
	epollExclusive   = 1 << 28
	epollReadNormal  = 0x40  // EPOLLRDNORM
	epollReadBand    = 0x80  // EPOLLRDBAND
	epollWriteNormal = 0x100 // EPOLLWRNORM
	epollWriteBand   = 0x200 // EPOLLWRBAND
)
