package fakedemux

import (
	"fmt"
	"math"
	"slices"
)

// Levels of setsockopt(2), with the numbers of Linux.
const (
	LevelIP     = 0  // IPPROTO_IP
	LevelSocket = 1  // SOL_SOCKET
	LevelTCP    = 6  // IPPROTO_TCP
	levelUDP    = 17 // IPPROTO_UDP
	LevelIPv6   = 41 // IPPROTO_IPV6
)

// setting is an option that was set.
type setting struct{ level, name, value int }

// settings are the options of a socket that were set.
type settings []setting

func (s settings) get(level, name int) (value int, set bool) {
	for _, o := range s {
		if o.level == level && o.name == name {
			return o.value, true
		}
	}
	return 0, false
}

func (s *settings) set(level, name, value int) {
	for i, o := range *s {
		if o.level == level && o.name == name {
			(*s)[i].value = value
			return
		}
	}
	*s = append(*s, setting{level, name, value})
}

// inherited are those of a connection that a listener accepts.
func (s settings) inherited() settings { return slices.Clone(s) }

// settingsOf returns the options of a socket.
func settingsOf(o object) *settings {
	switch o := o.(type) {
	case *stream:
		return &o.settings
	case *listener:
		return &o.settings
	default:
		return &o.(*datagram).settings
	}
}

// inetOf returns what a socket of IPv4 or IPv6 knows of addresses, nil for one of the
// unix family.
func inetOf(o object) *inet {
	if familyOf(o) == FamilyUnix {
		return nil
	}
	switch o := o.(type) {
	case *stream:
		return &o.inet
	case *listener:
		return &o.inet
	default:
		return &o.(*datagram).inet
	}
}

// sockets is a set of kinds of sockets.
type sockets uint8

const (
	unixSockets sockets = 1 << iota
	tcpSockets
	udpSockets
	allSockets = unixSockets | tcpSockets | udpSockets
)

func socketsOf(o object) sockets {
	switch {
	case familyOf(o) == FamilyUnix:
		return unixSockets
	case typeOf(o) == TypeDatagram:
		return udpSockets
	default:
		return tcpSockets
	}
}

// effect is what setting an option does in the simulation.
type effect uint8

const (
	works    effect = iota
	noEffect        // accepted, and told by getsockopt(2)
	onlyTold        // getsockopt(2) alone: setsockopt(2) is refused by Linux too
)

// sockopt is an option that is not refused.
type sockopt struct {
	level, name int
	text        string
	on          sockets
	effect      effect
	initial     int                                // what getsockopt(2) tells of one that was not set
	made        func(v int) (value int, f failure) // what is kept of a value; nil if setOption or setSocketOption sets it
}

// Ways to make what is kept of a value.
func asBool(v int) (int, failure) {
	if v != 0 {
		return 1, ok
	}
	return 0, ok
}

func within(least, most int) func(int) (int, failure) {
	return func(v int) (int, failure) {
		if v < least || v > most {
			return 0, invalid
		}
		return v, ok
	}
}

// Sizes of buffers; net.core.wmem_max and rmem_max, SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF.
const (
	mostBuffer         = 212992
	leastSendBuffer    = 4608
	leastReceiveBuffer = 2304
)

// asBuffer doubles a size; socket(7), SO_SNDBUF.
func asBuffer(least int) func(int) (int, failure) {
	return func(v int) (int, failure) {
		n := int(min(uint32(v), mostBuffer))
		return max(2*n, least), ok
	}
}

// Numbers of options that have code of their own.
const (
	soReuseAddr    = 2
	soType         = 3
	soError        = 4
	soPriority     = 12
	soLinger       = 13
	soReusePort    = 15
	soReceiveLeast = 18
	soSendLeast    = 19
	soReceiveTime  = 20
	soSendTime     = 21
	soDevice       = 25
	soAccepts      = 30
	soProtocol     = 38
	soDomain       = 39
	soCookie       = 57

	tcpLinger2     = 8
	tcpDeferAccept = 9
	tcpFastOpen    = 23
	ipTOS          = 1
	ipTTL          = 2
	ipv6Only       = 26
	ipv6Class      = 67
)

// sockopts are the options that are not refused. Their validation is that of
// sk_setsockopt, do_tcp_setsockopt, do_ip_setsockopt and do_ipv6_setsockopt of Linux
// 6.18; TestSocketOptions compares it with the running kernel.
var sockopts = [...]sockopt{
	{LevelSocket, 1, "SO_DEBUG", allSockets, noEffect, 0, asBool},
	{LevelSocket, soReuseAddr, "SO_REUSEADDR", allSockets, works, 0, nil},
	{LevelSocket, soType, "SO_TYPE", allSockets, onlyTold, 0, nil},
	{LevelSocket, soError, "SO_ERROR", allSockets, onlyTold, 0, nil},
	{LevelSocket, 5, "SO_DONTROUTE", allSockets, noEffect, 0, asBool},
	{LevelSocket, 6, "SO_BROADCAST", allSockets, noEffect, 0, asBool},
	{LevelSocket, 7, "SO_SNDBUF", allSockets, noEffect, mostBuffer, asBuffer(leastSendBuffer)},
	{LevelSocket, 8, "SO_RCVBUF", allSockets, noEffect, mostBuffer, asBuffer(leastReceiveBuffer)},
	{LevelSocket, 9, "SO_KEEPALIVE", allSockets, noEffect, 0, asBool},
	{LevelSocket, 11, "SO_NO_CHECK", allSockets, noEffect, 0, asBool},
	{LevelSocket, soPriority, "SO_PRIORITY", allSockets, noEffect, 0, within(math.MinInt32, math.MaxInt32)},
	{LevelSocket, soLinger, "SO_LINGER", allSockets, works, 0, nil},
	{LevelSocket, 14, "SO_BSDCOMPAT", allSockets, noEffect, 0, func(int) (int, failure) { return 0, ok }},
	{LevelSocket, soReusePort, "SO_REUSEPORT", allSockets, works, 0, nil},
	{LevelSocket, soReceiveLeast, "SO_RCVLOWAT", allSockets, works, 1, nil},
	{LevelSocket, soSendLeast, "SO_SNDLOWAT", allSockets, onlyTold, 1, nil},
	{LevelSocket, soReceiveTime, "SO_RCVTIMEO", allSockets, works, 0, nil},
	{LevelSocket, soSendTime, "SO_SNDTIMEO", allSockets, works, 0, nil},
	{LevelSocket, soDevice, "SO_BINDTODEVICE", allSockets, works, 0, nil},
	{LevelSocket, soAccepts, "SO_ACCEPTCONN", allSockets, onlyTold, 0, nil},
	{LevelSocket, soProtocol, "SO_PROTOCOL", allSockets, onlyTold, 0, nil},
	{LevelSocket, soDomain, "SO_DOMAIN", allSockets, onlyTold, 0, nil},
	{LevelSocket, soCookie, "SO_COOKIE", allSockets, onlyTold, 0, nil},

	{LevelTCP, 1, "TCP_NODELAY", tcpSockets, noEffect, 0, asBool},
	{LevelTCP, 3, "TCP_CORK", tcpSockets, noEffect, 0, asBool},
	{LevelTCP, 4, "TCP_KEEPIDLE", tcpSockets, noEffect, 7200, within(1, 32767)},
	{LevelTCP, 5, "TCP_KEEPINTVL", tcpSockets, noEffect, 75, within(1, 32767)},
	{LevelTCP, 6, "TCP_KEEPCNT", tcpSockets, noEffect, 9, within(1, 127)},
	{LevelTCP, 7, "TCP_SYNCNT", tcpSockets, noEffect, 6, within(1, 127)},
	{LevelTCP, tcpLinger2, "TCP_LINGER2", tcpSockets, noEffect, 60, asFinTimeout},
	{LevelTCP, tcpDeferAccept, "TCP_DEFER_ACCEPT", tcpSockets, works, 0, asRetransmissions},
	{LevelTCP, 12, "TCP_QUICKACK", tcpSockets, noEffect, 1, asBool},
	{LevelTCP, 18, "TCP_USER_TIMEOUT", tcpSockets, noEffect, 0, within(0, math.MaxInt32)},
	{LevelTCP, tcpFastOpen, "TCP_FASTOPEN", tcpSockets, noEffect, 0, asQueue},

	{LevelIP, ipTOS, "IP_TOS", tcpSockets | udpSockets, noEffect, 0, func(v int) (int, failure) { return v & 0xff, ok }},
	{LevelIP, ipTTL, "IP_TTL", tcpSockets | udpSockets, noEffect, 64, asTTL},
	{LevelIPv6, 16, "IPV6_UNICAST_HOPS", tcpSockets | udpSockets, noEffect, 64, asHops},
	{LevelIPv6, ipv6Only, "IPV6_V6ONLY", tcpSockets | udpSockets, works, 0, nil},
	{LevelIPv6, ipv6Class, "IPV6_TCLASS", tcpSockets | udpSockets, noEffect, 0, asClass},
}

// asFinTimeout is tcp_setsockopt of TCP_LINGER2: TCP_FIN_TIMEOUT_MAX is 120 seconds,
// and 0 stands for net.ipv4.tcp_fin_timeout.
func asFinTimeout(v int) (int, failure) {
	switch {
	case v < 0:
		return -1, ok
	case v == 0:
		return 60, ok
	default:
		return min(v, 120), ok
	}
}

// asRetransmissions rounds seconds up to the time of the n-th retransmission;
// secs_to_retrans and retrans_to_secs, Linux 6.18.
func asRetransmissions(v int) (int, failure) {
	if v <= 0 {
		return 0, ok
	}
	const most = 120 // TCP_RTO_MAX
	step, period := 1, 1
	for n := 1; v > period && n < 255; n++ {
		step = min(2*step, most)
		period += step
	}
	return period, ok
}

// asQueue limits a number to net.core.somaxconn.
func asQueue(v int) (int, failure) {
	if v < 0 {
		return 0, invalid
	}
	return min(v, maxBacklog), ok
}

func asTTL(v int) (int, failure) {
	if v == -1 {
		return 64, ok
	}
	return within(1, 255)(v)
}

func asHops(v int) (int, failure) {
	if v == -1 {
		return 64, ok
	}
	return within(0, 255)(v)
}

func asClass(v int) (int, failure) {
	if v == -1 {
		return 0, ok
	}
	return within(0, 255)(v)
}

// findOption returns an option that is not refused, nil if it is.
func findOption(level, name int, on sockets) *sockopt {
	for i := range sockopts {
		if o := &sockopts[i]; o.level == level && o.name == name && o.on&on != 0 {
			return o
		}
	}
	return nil
}

// Verdict is what the simulation makes of an option or a flag of a call.
type Verdict uint8

// The verdicts.
const (
	Refused       Verdict = iota // the call fails
	Simulated                    // it does what it does on Linux
	WithoutEffect                // it is accepted, and changes nothing
)

// SocketOption returns what the simulation makes of an option of setsockopt(2) of a
// TCP, UDP or unix socket, and its name, "" if it is refused. An option that only
// getsockopt(2) knows is Simulated too: setting it is refused with ENOPROTOOPT, as on
// Linux. SO_RCVTIMEO and SO_SNDTIMEO are Simulated with a time of 0, which is no
// timeout; with another time they are refused.
func SocketOption(level, name int) (Verdict, string) {
	o := findOption(level, name, allSockets)
	switch {
	case o == nil:
		return Refused, ""
	case o.effect == noEffect:
		return WithoutEffect, o.text
	default:
		return Simulated, o.text
	}
}

// messageFlags are the flags of send(2) and recv(2), by bit.
var messageFlags = [32]struct {
	text          string
	send, receive Verdict
}{
	0:  {"MSG_OOB", Simulated, Simulated},
	1:  {"MSG_PEEK", WithoutEffect, Simulated},
	2:  {"MSG_DONTROUTE", WithoutEffect, WithoutEffect},
	3:  {"MSG_CTRUNC", WithoutEffect, WithoutEffect},
	4:  {"MSG_PROBE", Refused, WithoutEffect},
	5:  {"MSG_TRUNC", WithoutEffect, Simulated},
	6:  {"MSG_DONTWAIT", Simulated, Simulated},
	7:  {"MSG_EOR", WithoutEffect, WithoutEffect},
	8:  {"MSG_WAITALL", WithoutEffect, Simulated},
	9:  {"MSG_FIN", WithoutEffect, WithoutEffect},
	10: {"MSG_SYN", WithoutEffect, WithoutEffect},
	11: {"MSG_CONFIRM", WithoutEffect, WithoutEffect},
	12: {"MSG_RST", WithoutEffect, WithoutEffect},
	13: {"MSG_ERRQUEUE", WithoutEffect, Simulated},
	14: {"MSG_NOSIGNAL", WithoutEffect, WithoutEffect},
	15: {"MSG_MORE", WithoutEffect, WithoutEffect}, // refused for UDP
	16: {"MSG_WAITFORONE", WithoutEffect, WithoutEffect},
	17: {"1<<17", WithoutEffect, WithoutEffect},
	18: {"MSG_BATCH", WithoutEffect, WithoutEffect},
	19: {"1<<19", WithoutEffect, WithoutEffect},
	20: {"1<<20", WithoutEffect, WithoutEffect},
	21: {"1<<21", WithoutEffect, WithoutEffect},
	22: {"1<<22", WithoutEffect, WithoutEffect},
	23: {"1<<23", WithoutEffect, WithoutEffect},
	24: {"1<<24", WithoutEffect, WithoutEffect},
	25: {"MSG_SOCK_DEVMEM", WithoutEffect, Refused},
	26: {"MSG_ZEROCOPY", WithoutEffect, WithoutEffect}, // SO_ZEROCOPY is refused
	27: {"1<<27", WithoutEffect, WithoutEffect},
	28: {"1<<28", WithoutEffect, WithoutEffect},
	29: {"MSG_FASTOPEN", Refused, WithoutEffect},
	30: {"MSG_CMSG_CLOEXEC", WithoutEffect, Simulated},
	31: {"MSG_CMSG_COMPAT", Simulated, Simulated}, // EINVAL in sendmsg and recvmsg
}

// MessageFlag returns what the simulation makes of a bit, 0 to 31, of the flags of
// send(2) and of recv(2), and its name. A refused flag fails with EOPNOTSUPP. Linux
// ignores a bit that is no flag.
func MessageFlag(bit int) (send, receive Verdict, name string) {
	f := messageFlags[bit]
	return f.send, f.receive, f.text
}

// AcceptedWithoutEffect returns what the calls of a dialect accept although it changes
// nothing in the simulation, one line each: "setsockopt SO_KEEPALIVE". docs/kernels.md
// has the list of Linux, and docs/kqueue.md those of the BSDs. AcceptedWithoutEffect
// panics if the dialect does not exist.
func AcceptedWithoutEffect(dialect string) []string {
	d := lookupDialect(dialect)
	if d.family == iocpFamily {
		return slices.Clone(windowsWithoutEffect)
	}
	if d.family == kqueueFamily {
		return inertWords(d.kqueue)
	}
	var lines []string
	for _, o := range sockopts {
		if o.effect == noEffect {
			lines = append(lines, "setsockopt "+o.text)
		}
	}
	for _, f := range messageFlags {
		switch {
		case f.text[0] == '1': // Linux knows no such flag either
		case f.send == WithoutEffect && f.receive == WithoutEffect:
			lines = append(lines, fmt.Sprintf("send and recv %s", f.text))
		case f.send == WithoutEffect:
			lines = append(lines, "send "+f.text)
		case f.receive == WithoutEffect:
			lines = append(lines, "recv "+f.text)
		}
	}
	return append(lines, "fcntl F_SETFL O_NOATIME", "open O_NOCTTY", "open O_LARGEFILE")
}
