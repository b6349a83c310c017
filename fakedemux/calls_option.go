package fakedemux

import (
	"encoding/binary"
	"math"
	"strings"

	"reactortest/demux/epoll"
)

// Levels of setsockopt(2), with the numbers of Linux.
const (
	LevelIP     = levelIP     // IPPROTO_IP, 0
	LevelSocket = levelSocket // SOL_SOCKET, 1
	LevelTCP    = levelTCP    // IPPROTO_TCP, 6
	LevelIPv6   = levelIPv6   // IPPROTO_IPV6, 41
)

// Setsockopt is setsockopt(2). value is the memory that optval points to, in the byte
// order of the machine: for most options an int of C. An option that the simulation
// does not have fails with ENOPROTOOPT, as on a kernel that was built without it; see
// SocketOption.
func (l Linux) Setsockopt(fd, level, name int, value []byte) epoll.Errno {
	d, _, f := l.socket("setsockopt", fd, false)
	if f != ok {
		return f.linux()
	}
	return setOption(d, cInt(level), cInt(name), value).linux()
}

func setOption(d *description, level, name int, value []byte) failure {
	on := socketsOf(d.object)
	switch {
	case level != LevelSocket && on == unixSockets:
		return notSupported
	case level == LevelIPv6 && !inetOf(d.object).v6:
		return noOption
	case level == LevelSocket && name == soDevice:
		return setDevice(d.object, value)
	case (level == LevelSocket || level == LevelTCP && on == tcpSockets) && len(value) < 4:
		return invalid
	}
	o := findOption(level, name, on)
	if o == nil || o.effect == onlyTold {
		return noOption
	}
	v, given := o.given(value)
	switch {
	case !given:
		return invalid
	case o.effect == works && level == LevelSocket:
		return setSocketOption(d, name, v, value)
	case level == LevelIPv6 && name == ipv6Only:
		if isBound(d.object) {
			return invalid
		}
		inetOf(d.object).v6only = v != 0
		return ok
	}
	kept, f := o.made(v)
	switch {
	case f != ok:
		return f
	case name == tcpFastOpen && level == LevelTCP && !mayListen(d.object):
		return invalid
	}
	keep(d, o, kept)
	return ok
}

// keep stores what an option is set to.
func keep(d *description, o *sockopt, v int) {
	tos := o.level == LevelIP && o.name == ipTOS
	if socketsOf(d.object) == tcpSockets && (tos || o.level == LevelIPv6 && o.name == ipv6Class) {
		v &^= 3 // the bits of ECN are TCP's
	}
	s := settingsOf(d.object)
	if tos && option(d, o) != v {
		s.set(LevelSocket, soPriority, priorities[v&0x1e>>3])
	}
	s.set(o.level, o.name, v)
}

// priorities are those of types of service: TC_PRIO_BESTEFFORT, BULK, INTERACTIVE and
// INTERACTIVE_BULK; ip_tos2prio, Linux 6.18.
var priorities = [4]int{0, 2, 6, 4}

// setSocketOption sets an option of SOL_SOCKET that has an effect.
func setSocketOption(d *description, name, v int, value []byte) failure {
	i := inetOf(d.object)
	switch name {
	case soReuseAddr:
		settingsOf(d.object).set(LevelSocket, name, b2i(v != 0))
		if i != nil {
			i.reuse = v != 0
		}
	case soReusePort:
		if i == nil && v != 0 {
			return notSupported
		}
		if i != nil {
			i.reusePort = v != 0
		}
	case soLinger:
		if len(value) < 8 {
			return invalid
		}
		seconds, _ := intOf(value[4:])
		setLinger(d.object, v != 0, seconds)
	case soReceiveLeast:
		if v < 0 {
			v = math.MaxInt32
		}
		setLeast(d.object, max(v, 1))
	case soReceiveTime, soSendTime:
		return refuseTimeout(value)
	}
	return ok
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// refuseTimeout accepts a timeout of 0, which means none. The simulation has no others.
func refuseTimeout(value []byte) failure {
	if len(value) < 16 {
		return invalid
	}
	for _, b := range value[:16] {
		if b != 0 {
			return noOption
		}
	}
	return ok
}

// setLinger sets SO_LINGER. A time of 0 makes the close of a TCP socket a RST; with
// another there is nothing to wait for, since the network acknowledges at once.
func setLinger(o object, on bool, seconds int) {
	s := settingsOf(o)
	s.set(LevelSocket, soLinger, b2i(on))
	if on {
		s.set(LevelSocket, -soLinger, seconds)
	}
	switch o := o.(type) {
	case *stream:
		o.linger = on && seconds == 0
	case *listener:
		o.linger = on && seconds == 0
	}
}

// setLeast sets SO_RCVLOWAT, which tells a TCP socket at once that it is readable;
// tcp_set_rcvlowat, Linux 6.18.
func setLeast(o object, n int) {
	s, is := o.(*stream)
	if socketsOf(o) == tcpSockets {
		n = min(n, mostLeast)
	}
	settingsOf(o).set(LevelSocket, soReceiveLeast, n)
	if is {
		n = s.kernel.leastInEffect(n)
		s.lowat = n
		if s.tcp && s.toRead() >= n {
			s.desc.notify(dataReady)
		}
	}
}

// mostLeast is the largest SO_RCVLOWAT of TCP: half of net.ipv4.tcp_rmem. What is in
// effect is at most half of Options.StreamBuffer.
const mostLeast = 1 << 24

// setDevice is SO_BINDTODEVICE: there is one device, lo, and everything goes through
// it.
func setDevice(o object, value []byte) failure {
	name := strings.TrimRight(string(value[:min(len(value), 15)]), "\x00")
	if cut := strings.IndexByte(name, 0); cut >= 0 {
		name = name[:cut]
	}
	switch name {
	case "", "lo":
		settingsOf(o).set(LevelSocket, soDevice, len(name))
		return ok
	default:
		return noDevice
	}
}

// isBound reports whether a socket of IPv4 or IPv6 has a port.
func isBound(o object) bool {
	switch o := o.(type) {
	case *stream:
		return o.port != 0 && !o.portOver()
	case *datagram:
		return o.port != 0
	default:
		return true
	}
}

// mayListen reports whether a TCP socket listens or is not connected.
func mayListen(o object) bool {
	s, is := o.(*stream)
	return !is || s.state == fresh || s.state == dead || s.over()
}

// Getsockopt is getsockopt(2). It stores the option in value, as far as there is room,
// and returns how many bytes it stored. Asking for SO_ERROR clears the error.
func (l Linux) Getsockopt(fd, level, name int, value []byte) (int, epoll.Errno) {
	d, _, f := l.socket("getsockopt", fd, name != soError)
	if f != ok {
		return -1, f.linux()
	}
	level, name = cInt(level), cInt(name)
	on := socketsOf(d.object)
	switch {
	case level != LevelSocket && on == unixSockets:
		return -1, notSupported.linux()
	case level == LevelIPv6 && !inetOf(d.object).v6:
		return -1, notSupported.linux()
	}
	o := findOption(level, name, on)
	switch own := inetOf(d.object); {
	case o == nil && !hasLevel(level, on) && !own.v6: // do_ip_getsockopt, Linux 6.18
		return -1, notSupported.linux()
	case o == nil:
		return -1, noOption.linux()
	}
	if level == LevelSocket {
		return socketOption(d, o, value)
	}
	v := option(d, o)
	if level == LevelIP && len(value) > 0 && len(value) < 4 && v >= 0 && v <= 255 {
		value[0] = byte(v)
		return 1, 0
	}
	return putInts(value, v), 0
}

// hasLevel reports whether a socket of IPv4 has options of a level.
func hasLevel(level int, on sockets) bool {
	switch level {
	case LevelSocket, LevelIP:
		return true
	case LevelTCP:
		return on == tcpSockets
	case levelUDP:
		return on == udpSockets
	default:
		return on == unixSockets
	}
}

// option is the value of an option that has one int.
func option(d *description, o *sockopt) int {
	if o.level == LevelIPv6 && o.name == ipv6Only {
		return b2i(inetOf(d.object).v6only)
	}
	if v, set := settingsOf(d.object).get(o.level, o.name); set {
		return v
	}
	return o.initial
}

// socketOption tells an option of SOL_SOCKET.
func socketOption(d *description, o *sockopt, value []byte) (int, epoll.Errno) {
	switch o.name {
	case soType:
		return putInts(value, typeOf(d.object)), 0
	case soDomain:
		return putInts(value, familyOf(d.object)), 0
	case soProtocol:
		return putInts(value, protocolOf(d.object)), 0
	case soError:
		return putInts(value, int(takeError(d.object).linux())), 0
	case soAccepts:
		_, listens := d.object.(*listener)
		return putInts(value, b2i(listens)), 0
	case soReusePort:
		i := inetOf(d.object)
		return putInts(value, b2i(i != nil && i.reusePort)), 0
	case soLinger:
		seconds, _ := settingsOf(d.object).get(LevelSocket, -soLinger)
		return putInts(value, option(d, o), seconds), 0
	case soReceiveTime, soSendTime:
		return putInts(value, 0, 0, 0, 0), 0
	case soCookie:
		if len(value) < 8 {
			return -1, epoll.EINVAL
		}
		return putInts(value, int(d.id), int(d.id>>32)), 0
	case soDevice:
		if n, _ := settingsOf(d.object).get(LevelSocket, soDevice); n == 0 {
			return 0, 0
		}
		if len(value) < 16 {
			return -1, epoll.EINVAL
		}
		return copy(value, "lo\x00"), 0
	default:
		return putInts(value, option(d, o)), 0
	}
}

// protocolOf is the protocol of a socket, 0 for one of the unix family.
func protocolOf(o object) int {
	switch {
	case familyOf(o) == FamilyUnix:
		return 0
	case typeOf(o) == TypeDatagram:
		return protocolUDP
	default:
		return protocolTCP
	}
}

// putInts stores ints of C, as far as there is room.
func putInts(value []byte, ints ...int) int {
	var b [16]byte
	for i, v := range ints {
		binary.NativeEndian.PutUint32(b[4*i:], uint32(v))
	}
	return copy(value, b[:4*len(ints)])
}
