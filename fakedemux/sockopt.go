package fakedemux

import (
	"encoding/binary"
	"math"
	"slices"
)

// Levels of setsockopt(2), with the numbers of Linux.
const (
	levelIP     = 0  // IPPROTO_IP
	levelSocket = 1  // SOL_SOCKET
	levelTCP    = 6  // IPPROTO_TCP
	levelUDP    = 17 // IPPROTO_UDP
	levelIPv6   = 41 // IPPROTO_IPV6
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
	if familyOf(o) == familyUnix {
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
	case familyOf(o) == familyUnix:
		return unixSockets
	case typeOf(o) == typeDatagram:
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
	{levelSocket, 1, "SO_DEBUG", allSockets, noEffect, 0, asBool},
	{levelSocket, soReuseAddr, "SO_REUSEADDR", allSockets, works, 0, nil},
	{levelSocket, soType, "SO_TYPE", allSockets, onlyTold, 0, nil},
	{levelSocket, soError, "SO_ERROR", allSockets, onlyTold, 0, nil},
	{levelSocket, 5, "SO_DONTROUTE", allSockets, noEffect, 0, asBool},
	{levelSocket, 6, "SO_BROADCAST", allSockets, noEffect, 0, asBool},
	{levelSocket, 7, "SO_SNDBUF", allSockets, noEffect, mostBuffer, asBuffer(leastSendBuffer)},
	{levelSocket, 8, "SO_RCVBUF", allSockets, noEffect, mostBuffer, asBuffer(leastReceiveBuffer)},
	{levelSocket, 9, "SO_KEEPALIVE", allSockets, noEffect, 0, asBool},
	{levelSocket, 11, "SO_NO_CHECK", allSockets, noEffect, 0, asBool},
	{levelSocket, soPriority, "SO_PRIORITY", allSockets, noEffect, 0, within(math.MinInt32, math.MaxInt32)},
	{levelSocket, soLinger, "SO_LINGER", allSockets, works, 0, nil},
	{levelSocket, 14, "SO_BSDCOMPAT", allSockets, noEffect, 0, func(int) (int, failure) { return 0, ok }},
	{levelSocket, soReusePort, "SO_REUSEPORT", allSockets, works, 0, nil},
	{levelSocket, soReceiveLeast, "SO_RCVLOWAT", allSockets, works, 1, nil},
	{levelSocket, soSendLeast, "SO_SNDLOWAT", allSockets, onlyTold, 1, nil},
	{levelSocket, soReceiveTime, "SO_RCVTIMEO", allSockets, works, 0, nil},
	{levelSocket, soSendTime, "SO_SNDTIMEO", allSockets, works, 0, nil},
	{levelSocket, soDevice, "SO_BINDTODEVICE", allSockets, works, 0, nil},
	{levelSocket, soAccepts, "SO_ACCEPTCONN", allSockets, onlyTold, 0, nil},
	{levelSocket, soProtocol, "SO_PROTOCOL", allSockets, onlyTold, 0, nil},
	{levelSocket, soDomain, "SO_DOMAIN", allSockets, onlyTold, 0, nil},
	{levelSocket, soCookie, "SO_COOKIE", allSockets, onlyTold, 0, nil},

	{levelTCP, 1, "TCP_NODELAY", tcpSockets, noEffect, 0, asBool},
	{levelTCP, 3, "TCP_CORK", tcpSockets, noEffect, 0, asBool},
	{levelTCP, 4, "TCP_KEEPIDLE", tcpSockets, noEffect, 7200, within(1, 32767)},
	{levelTCP, 5, "TCP_KEEPINTVL", tcpSockets, noEffect, 75, within(1, 32767)},
	{levelTCP, 6, "TCP_KEEPCNT", tcpSockets, noEffect, 9, within(1, 127)},
	{levelTCP, 7, "TCP_SYNCNT", tcpSockets, noEffect, 6, within(1, 127)},
	{levelTCP, tcpLinger2, "TCP_LINGER2", tcpSockets, noEffect, 60, asFinTimeout},
	{levelTCP, tcpDeferAccept, "TCP_DEFER_ACCEPT", tcpSockets, works, 0, asRetransmissions},
	{levelTCP, 12, "TCP_QUICKACK", tcpSockets, noEffect, 1, asBool},
	{levelTCP, 18, "TCP_USER_TIMEOUT", tcpSockets, noEffect, 0, within(0, math.MaxInt32)},
	{levelTCP, tcpFastOpen, "TCP_FASTOPEN", tcpSockets, noEffect, 0, asQueue},

	{levelIP, ipTOS, "IP_TOS", tcpSockets | udpSockets, noEffect, 0, func(v int) (int, failure) { return v & 0xff, ok }},
	{levelIP, ipTTL, "IP_TTL", tcpSockets | udpSockets, noEffect, 64, asTTL},
	{levelIPv6, 16, "IPV6_UNICAST_HOPS", tcpSockets | udpSockets, noEffect, 64, asHops},
	{levelIPv6, ipv6Only, "IPV6_V6ONLY", tcpSockets | udpSockets, works, 0, nil},
	{levelIPv6, ipv6Class, "IPV6_TCLASS", tcpSockets | udpSockets, noEffect, 0, asClass},
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

// given is the int that an option is set to; a level of IP takes bytes too.
func (o *sockopt) given(value []byte) (int, bool) {
	v, given := intOf(value)
	switch {
	case given || o.level != levelIP:
		return v, given
	case len(value) > 0:
		return int(value[0]), true
	default:
		return 0, o.name != ipTTL
	}
}

// leastInEffect limits SO_RCVLOWAT to what a buffer can hold.
func (k *system) leastInEffect(n int) int { return min(n, max(k.traits.streamBuffer/2, 1)) }

// intOf is the int of C that an option points to.
func intOf(value []byte) (int, bool) {
	if len(value) < 4 {
		return 0, false
	}
	return int(int32(binary.NativeEndian.Uint32(value))), true
}

// takeError returns the pending error of a socket, and clears it.
func takeError(o object) failure {
	switch o := o.(type) {
	case *stream:
		return o.takeError()
	case *datagram:
		return o.takeError()
	default:
		return ok
	}
}
