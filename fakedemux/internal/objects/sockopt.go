package objects

import (
	"encoding/binary"
	"math"
	"slices"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// Levels of setsockopt(2), with the numbers of Linux.
const (
	LevelIP     = 0  // IPPROTO_IP
	LevelSocket = 1  // SOL_SOCKET
	LevelTCP    = 6  // IPPROTO_TCP
	LevelUDP    = 17 // IPPROTO_UDP
	LevelIPv6   = 41 // IPPROTO_IPV6
)

// setting is an option that was set.
type setting struct{ level, name, value int }

// Settings are the options of a socket that were set.
type Settings []setting

// Get returns the value of an option, and whether it was set.
func (s Settings) Get(level, name int) (value int, set bool) {
	for _, o := range s {
		if o.level == level && o.name == name {
			return o.value, true
		}
	}
	return 0, false
}

// Set sets an option.
func (s *Settings) Set(level, name, value int) {
	for i, o := range *s {
		if o.level == level && o.name == name {
			(*s)[i].value = value
			return
		}
	}
	*s = append(*s, setting{level, name, value})
}

// inherited are those of a connection that a listener accepts.
func (s Settings) inherited() Settings { return slices.Clone(s) }

// SettingsOf returns the options of a socket.
func SettingsOf(o machine.Object) *Settings {
	switch o := o.(type) {
	case *Stream:
		return &o.settings
	case *Listener:
		return &o.settings
	default:
		return &o.(*Datagram).settings
	}
}

// InetOf returns what a socket of IPv4 or IPv6 knows of addresses, nil for one of the
// unix family.
func InetOf(o machine.Object) *Inet {
	if FamilyOf(o) == FamilyUnix {
		return nil
	}
	switch o := o.(type) {
	case *Stream:
		return &o.Inet
	case *Listener:
		return &o.Inet
	default:
		return &o.(*Datagram).Inet
	}
}

// Sockets is a set of kinds of sockets.
type Sockets uint8

// The kinds.
const (
	UnixSockets Sockets = 1 << iota
	TCPSockets
	UDPSockets
	AllSockets = UnixSockets | TCPSockets | UDPSockets
)

// SocketsOf returns the kind of a socket.
func SocketsOf(o machine.Object) Sockets {
	switch {
	case FamilyOf(o) == FamilyUnix:
		return UnixSockets
	case TypeOf(o) == TypeDatagram:
		return UDPSockets
	default:
		return TCPSockets
	}
}

// Effect is what setting an option does in the simulation.
type Effect uint8

// The effects.
const (
	Works    Effect = iota
	NoEffect        // accepted, and told by getsockopt(2)
	OnlyTold        // getsockopt(2) alone: setsockopt(2) is refused by Linux too
)

// Sockopt is an option that is not refused.
type Sockopt struct {
	Level, Name int
	Text        string
	on          Sockets
	Effect      Effect
	Initial     int                                      // what getsockopt(2) tells of one that was not set
	Made        func(v int) (value int, f errno.Failure) // what is kept of a value; nil if setOption or setSocketOption sets it
}

// Ways to make what is kept of a value.
func asBool(v int) (int, errno.Failure) {
	if v != 0 {
		return 1, errno.OK
	}
	return 0, errno.OK
}

func within(least, most int) func(int) (int, errno.Failure) {
	return func(v int) (int, errno.Failure) {
		if v < least || v > most {
			return 0, errno.Invalid
		}
		return v, errno.OK
	}
}

// Sizes of buffers; net.core.wmem_max and rmem_max, SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF.
const (
	mostBuffer         = 212992
	leastSendBuffer    = 4608
	leastReceiveBuffer = 2304
)

// asBuffer doubles a size; socket(7), SO_SNDBUF.
func asBuffer(least int) func(int) (int, errno.Failure) {
	return func(v int) (int, errno.Failure) {
		n := int(min(uint32(v), mostBuffer))
		return max(2*n, least), errno.OK
	}
}

// Numbers of options that have code of their own.
const (
	SoReuseAddr    = 2
	SoType         = 3
	SoError        = 4
	SoPriority     = 12
	SoLinger       = 13
	SoReusePort    = 15
	SoReceiveLeast = 18
	soSendLeast    = 19
	SoReceiveTime  = 20
	SoSendTime     = 21
	SoDevice       = 25
	SoAccepts      = 30
	SoProtocol     = 38
	SoDomain       = 39
	SoCookie       = 57

	tcpLinger2     = 8
	tcpDeferAccept = 9
	TCPFastOpen    = 23
	IPTOS          = 1
	ipTTL          = 2
	IPv6Only       = 26
	IPv6Class      = 67
)

// Sockopts are the options that are not refused. Their validation is that of
// sk_setsockopt, do_tcp_setsockopt, do_ip_setsockopt and do_ipv6_setsockopt of Linux
// 6.18; TestSocketOptions compares it with the running kernel.
var Sockopts = [...]Sockopt{
	{LevelSocket, 1, "SO_DEBUG", AllSockets, NoEffect, 0, asBool},
	{LevelSocket, SoReuseAddr, "SO_REUSEADDR", AllSockets, Works, 0, nil},
	{LevelSocket, SoType, "SO_TYPE", AllSockets, OnlyTold, 0, nil},
	{LevelSocket, SoError, "SO_ERROR", AllSockets, OnlyTold, 0, nil},
	{LevelSocket, 5, "SO_DONTROUTE", AllSockets, NoEffect, 0, asBool},
	{LevelSocket, 6, "SO_BROADCAST", AllSockets, NoEffect, 0, asBool},
	{LevelSocket, 7, "SO_SNDBUF", AllSockets, NoEffect, mostBuffer, asBuffer(leastSendBuffer)},
	{LevelSocket, 8, "SO_RCVBUF", AllSockets, NoEffect, mostBuffer, asBuffer(leastReceiveBuffer)},
	{LevelSocket, 9, "SO_KEEPALIVE", AllSockets, NoEffect, 0, asBool},
	{LevelSocket, 11, "SO_NO_CHECK", AllSockets, NoEffect, 0, asBool},
	{LevelSocket, SoPriority, "SO_PRIORITY", AllSockets, NoEffect, 0, within(math.MinInt32, math.MaxInt32)},
	{LevelSocket, SoLinger, "SO_LINGER", AllSockets, Works, 0, nil},
	{LevelSocket, 14, "SO_BSDCOMPAT", AllSockets, NoEffect, 0, func(int) (int, errno.Failure) { return 0, errno.OK }},
	{LevelSocket, SoReusePort, "SO_REUSEPORT", AllSockets, Works, 0, nil},
	{LevelSocket, SoReceiveLeast, "SO_RCVLOWAT", AllSockets, Works, 1, nil},
	{LevelSocket, soSendLeast, "SO_SNDLOWAT", AllSockets, OnlyTold, 1, nil},
	{LevelSocket, SoReceiveTime, "SO_RCVTIMEO", AllSockets, Works, 0, nil},
	{LevelSocket, SoSendTime, "SO_SNDTIMEO", AllSockets, Works, 0, nil},
	{LevelSocket, SoDevice, "SO_BINDTODEVICE", AllSockets, Works, 0, nil},
	{LevelSocket, SoAccepts, "SO_ACCEPTCONN", AllSockets, OnlyTold, 0, nil},
	{LevelSocket, SoProtocol, "SO_PROTOCOL", AllSockets, OnlyTold, 0, nil},
	{LevelSocket, SoDomain, "SO_DOMAIN", AllSockets, OnlyTold, 0, nil},
	{LevelSocket, SoCookie, "SO_COOKIE", AllSockets, OnlyTold, 0, nil},

	{LevelTCP, 1, "TCP_NODELAY", TCPSockets, NoEffect, 0, asBool},
	{LevelTCP, 3, "TCP_CORK", TCPSockets, NoEffect, 0, asBool},
	{LevelTCP, 4, "TCP_KEEPIDLE", TCPSockets, NoEffect, 7200, within(1, 32767)},
	{LevelTCP, 5, "TCP_KEEPINTVL", TCPSockets, NoEffect, 75, within(1, 32767)},
	{LevelTCP, 6, "TCP_KEEPCNT", TCPSockets, NoEffect, 9, within(1, 127)},
	{LevelTCP, 7, "TCP_SYNCNT", TCPSockets, NoEffect, 6, within(1, 127)},
	{LevelTCP, tcpLinger2, "TCP_LINGER2", TCPSockets, NoEffect, 60, asFinTimeout},
	{LevelTCP, tcpDeferAccept, "TCP_DEFER_ACCEPT", TCPSockets, Works, 0, asRetransmissions},
	{LevelTCP, 12, "TCP_QUICKACK", TCPSockets, NoEffect, 1, asBool},
	{LevelTCP, 18, "TCP_USER_TIMEOUT", TCPSockets, NoEffect, 0, within(0, math.MaxInt32)},
	{LevelTCP, TCPFastOpen, "TCP_FASTOPEN", TCPSockets, NoEffect, 0, asQueue},

	{LevelIP, IPTOS, "IP_TOS", TCPSockets | UDPSockets, NoEffect, 0, func(v int) (int, errno.Failure) { return v & 0xff, errno.OK }},
	{LevelIP, ipTTL, "IP_TTL", TCPSockets | UDPSockets, NoEffect, 64, asTTL},
	{LevelIPv6, 16, "IPV6_UNICAST_HOPS", TCPSockets | UDPSockets, NoEffect, 64, asHops},
	{LevelIPv6, IPv6Only, "IPV6_V6ONLY", TCPSockets | UDPSockets, Works, 0, nil},
	{LevelIPv6, IPv6Class, "IPV6_TCLASS", TCPSockets | UDPSockets, NoEffect, 0, asClass},
}

// asFinTimeout is tcp_setsockopt of TCP_LINGER2: TCP_FIN_TIMEOUT_MAX is 120 seconds,
// and 0 stands for net.ipv4.tcp_fin_timeout.
func asFinTimeout(v int) (int, errno.Failure) {
	switch {
	case v < 0:
		return -1, errno.OK
	case v == 0:
		return 60, errno.OK
	default:
		return min(v, 120), errno.OK
	}
}

// asRetransmissions rounds seconds up to the time of the n-th retransmission;
// secs_to_retrans and retrans_to_secs, Linux 6.18.
func asRetransmissions(v int) (int, errno.Failure) {
	if v <= 0 {
		return 0, errno.OK
	}
	const most = 120 // TCP_RTO_MAX
	step, period := 1, 1
	for n := 1; v > period && n < 255; n++ {
		step = min(2*step, most)
		period += step
	}
	return period, errno.OK
}

// asQueue limits a number to net.core.somaxconn.
func asQueue(v int) (int, errno.Failure) {
	if v < 0 {
		return 0, errno.Invalid
	}
	return min(v, maxBacklog), errno.OK
}

func asTTL(v int) (int, errno.Failure) {
	if v == -1 {
		return 64, errno.OK
	}
	return within(1, 255)(v)
}

func asHops(v int) (int, errno.Failure) {
	if v == -1 {
		return 64, errno.OK
	}
	return within(0, 255)(v)
}

func asClass(v int) (int, errno.Failure) {
	if v == -1 {
		return 0, errno.OK
	}
	return within(0, 255)(v)
}

// FindOption returns an option that is not refused, nil if it is.
func FindOption(level, name int, on Sockets) *Sockopt {
	for i := range Sockopts {
		if o := &Sockopts[i]; o.Level == level && o.Name == name && o.on&on != 0 {
			return o
		}
	}
	return nil
}

// Given is the int that an option is set to; a level of IP takes bytes too.
func (o *Sockopt) Given(value []byte) (int, bool) {
	v, given := IntOf(value)
	switch {
	case given || o.Level != LevelIP:
		return v, given
	case len(value) > 0:
		return int(value[0]), true
	default:
		return 0, o.Name != ipTTL
	}
}

// LeastInEffect limits SO_RCVLOWAT to what a buffer can hold.
func (k *System) LeastInEffect(n int) int { return min(n, max(k.Traits.StreamBuffer/2, 1)) }

// IntOf is the int of C that an option points to.
func IntOf(value []byte) (int, bool) {
	if len(value) < 4 {
		return 0, false
	}
	return int(int32(binary.NativeEndian.Uint32(value))), true
}

// TakeError returns the pending error of a socket, and clears it.
func TakeError(o machine.Object) errno.Failure {
	switch o := o.(type) {
	case *Stream:
		return o.TakeError()
	case *Datagram:
		return o.takeError()
	default:
		return errno.OK
	}
}
