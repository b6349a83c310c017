package fakedemux

import (
	"encoding/binary"
	"math"
	"strings"

	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
)

// Levels of setsockopt(2), with the numbers of Linux.
const (
	LevelIP     = objects.LevelIP     // IPPROTO_IP, 0
	LevelSocket = objects.LevelSocket // SOL_SOCKET, 1
	LevelTCP    = objects.LevelTCP    // IPPROTO_TCP, 6
	LevelIPv6   = objects.LevelIPv6   // IPPROTO_IPV6, 41
)

// Setsockopt is setsockopt(2). value is the memory that optval points to, in the byte
// order of the machine: for most options an int of C. An option that the simulation
// does not have fails with ENOPROTOOPT, as on a kernel that was built without it; see
// SocketOption.
func (l Linux) Setsockopt(fd, level, name int, value []byte) epoll.Errno {
	d, _, f := l.socket("setsockopt", fd, false)
	if f != errno.OK {
		return f.Linux()
	}
	return setOption(d, machine.CInt(level), machine.CInt(name), value).Linux()
}

func setOption(d *machine.Description, level, name int, value []byte) errno.Failure {
	on := objects.SocketsOf(d.Object)
	switch {
	case level != LevelSocket && on == objects.UnixSockets:
		return errno.NotSupported
	case level == LevelIPv6 && !objects.InetOf(d.Object).V6:
		return errno.NoOption
	case level == LevelSocket && name == objects.SoDevice:
		return setDevice(d.Object, value)
	case (level == LevelSocket || level == LevelTCP && on == objects.TCPSockets) && len(value) < 4:
		return errno.Invalid
	}
	o := objects.FindOption(level, name, on)
	if o == nil || o.Effect == objects.OnlyTold {
		return errno.NoOption
	}
	v, given := o.Given(value)
	switch {
	case !given:
		return errno.Invalid
	case o.Effect == objects.Works && level == LevelSocket:
		return setSocketOption(d, name, v, value)
	case level == LevelIPv6 && name == objects.IPv6Only:
		if isBound(d.Object) {
			return errno.Invalid
		}
		objects.InetOf(d.Object).V6only = v != 0
		return errno.OK
	}
	kept, f := o.Made(v)
	switch {
	case f != errno.OK:
		return f
	case name == objects.TCPFastOpen && level == LevelTCP && !mayListen(d.Object):
		return errno.Invalid
	}
	keep(d, o, kept)
	return errno.OK
}

// keep stores what an option is set to.
func keep(d *machine.Description, o *objects.Sockopt, v int) {
	tos := o.Level == LevelIP && o.Name == objects.IPTOS
	if objects.SocketsOf(d.Object) == objects.TCPSockets && (tos || o.Level == LevelIPv6 && o.Name == objects.IPv6Class) {
		v &^= 3 // the bits of ECN are TCP's
	}
	s := objects.SettingsOf(d.Object)
	if tos && option(d, o) != v {
		s.Set(LevelSocket, objects.SoPriority, priorities[v&0x1e>>3])
	}
	s.Set(o.Level, o.Name, v)
}

// priorities are those of types of service: TC_PRIO_BESTEFFORT, BULK, INTERACTIVE and
// INTERACTIVE_BULK; ip_tos2prio, Linux 6.18.
var priorities = [4]int{0, 2, 6, 4}

// setSocketOption sets an option of SOL_SOCKET that has an effect.
func setSocketOption(d *machine.Description, name, v int, value []byte) errno.Failure {
	i := objects.InetOf(d.Object)
	switch name {
	case objects.SoReuseAddr:
		objects.SettingsOf(d.Object).Set(LevelSocket, name, b2i(v != 0))
		if i != nil {
			i.Reuse = v != 0
		}
	case objects.SoReusePort:
		if i == nil && v != 0 {
			return errno.NotSupported
		}
		if i != nil {
			i.ReusePort = v != 0
		}
	case objects.SoLinger:
		if len(value) < 8 {
			return errno.Invalid
		}
		seconds, _ := objects.IntOf(value[4:])
		setLinger(d.Object, v != 0, seconds)
	case objects.SoReceiveLeast:
		if v < 0 {
			v = math.MaxInt32
		}
		setLeast(d.Object, max(v, 1))
	case objects.SoReceiveTime, objects.SoSendTime:
		return refuseTimeout(value)
	}
	return errno.OK
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// refuseTimeout accepts a timeout of 0, which means none. The simulation has no others.
func refuseTimeout(value []byte) errno.Failure {
	if len(value) < 16 {
		return errno.Invalid
	}
	for _, b := range value[:16] {
		if b != 0 {
			return errno.NoOption
		}
	}
	return errno.OK
}

// setLinger sets SO_LINGER. A time of 0 makes the close of a TCP socket a RST; with
// another there is nothing to wait for, since the network acknowledges at once.
func setLinger(o machine.Object, on bool, seconds int) {
	s := objects.SettingsOf(o)
	s.Set(LevelSocket, objects.SoLinger, b2i(on))
	if on {
		s.Set(LevelSocket, -objects.SoLinger, seconds)
	}
	switch o := o.(type) {
	case *objects.Stream:
		o.Linger = on && seconds == 0
	case *objects.Listener:
		o.Linger = on && seconds == 0
	}
}

// setLeast sets SO_RCVLOWAT, which tells a TCP socket at once that it is readable;
// tcp_set_rcvlowat, Linux 6.18.
func setLeast(o machine.Object, n int) {
	s, is := o.(*objects.Stream)
	if objects.SocketsOf(o) == objects.TCPSockets {
		n = min(n, mostLeast)
	}
	objects.SettingsOf(o).Set(LevelSocket, objects.SoReceiveLeast, n)
	if is {
		n = s.Kernel.LeastInEffect(n)
		s.Lowat = n
		if s.TCP && !s.Kernel.Traits.BSD && s.ToRead() >= n {
			s.Desc.Notify(machine.DataReady)
		}
	}
}

// mostLeast is the largest SO_RCVLOWAT of TCP: half of net.ipv4.tcp_rmem. What is in
// effect is at most half of Options.StreamBuffer.
const mostLeast = 1 << 24

// setDevice is SO_BINDTODEVICE: there is one device, lo, and everything goes through
// it.
func setDevice(o machine.Object, value []byte) errno.Failure {
	name := strings.TrimRight(string(value[:min(len(value), 15)]), "\x00")
	if cut := strings.IndexByte(name, 0); cut >= 0 {
		name = name[:cut]
	}
	switch name {
	case "", "lo":
		objects.SettingsOf(o).Set(LevelSocket, objects.SoDevice, len(name))
		return errno.OK
	default:
		return errno.NoDevice
	}
}

// isBound reports whether a socket of IPv4 or IPv6 has a port.
func isBound(o machine.Object) bool {
	switch o := o.(type) {
	case *objects.Stream:
		return o.Port != 0 && !o.PortOver()
	case *objects.Datagram:
		return o.Port != 0
	default:
		return true
	}
}

// mayListen reports whether a TCP socket listens or is not connected.
func mayListen(o machine.Object) bool {
	s, is := o.(*objects.Stream)
	return !is || s.State == objects.Fresh || s.State == objects.Dead || s.Over()
}

// Getsockopt is getsockopt(2). It stores the option in value, as far as there is room,
// and returns how many bytes it stored. Asking for SO_ERROR clears the error.
func (l Linux) Getsockopt(fd, level, name int, value []byte) (int, epoll.Errno) {
	d, _, f := l.socket("getsockopt", fd, name != objects.SoError)
	if f != errno.OK {
		return -1, f.Linux()
	}
	level, name = machine.CInt(level), machine.CInt(name)
	on := objects.SocketsOf(d.Object)
	switch {
	case level != LevelSocket && on == objects.UnixSockets:
		return -1, errno.NotSupported.Linux()
	case level == LevelIPv6 && !objects.InetOf(d.Object).V6:
		return -1, errno.NotSupported.Linux()
	}
	o := objects.FindOption(level, name, on)
	switch own := objects.InetOf(d.Object); {
	case o == nil && !hasLevel(level, on) && !own.V6: // do_ip_getsockopt, Linux 6.18
		return -1, errno.NotSupported.Linux()
	case o == nil:
		return -1, errno.NoOption.Linux()
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
func hasLevel(level int, on objects.Sockets) bool {
	switch level {
	case LevelSocket, LevelIP:
		return true
	case LevelTCP:
		return on == objects.TCPSockets
	case objects.LevelUDP:
		return on == objects.UDPSockets
	default:
		return on == objects.UnixSockets
	}
}

// option is the value of an option that has one int.
func option(d *machine.Description, o *objects.Sockopt) int {
	if o.Level == LevelIPv6 && o.Name == objects.IPv6Only {
		return b2i(objects.InetOf(d.Object).V6only)
	}
	if v, set := objects.SettingsOf(d.Object).Get(o.Level, o.Name); set {
		return v
	}
	return o.Initial
}

// socketOption tells an option of SOL_SOCKET.
func socketOption(d *machine.Description, o *objects.Sockopt, value []byte) (int, epoll.Errno) {
	switch o.Name {
	case objects.SoType:
		return putInts(value, objects.TypeOf(d.Object)), 0
	case objects.SoDomain:
		return putInts(value, objects.FamilyOf(d.Object)), 0
	case objects.SoProtocol:
		return putInts(value, protocolOf(d.Object)), 0
	case objects.SoError:
		return putInts(value, int(objects.TakeError(d.Object).Linux())), 0
	case objects.SoAccepts:
		_, listens := d.Object.(*objects.Listener)
		return putInts(value, b2i(listens)), 0
	case objects.SoReusePort:
		i := objects.InetOf(d.Object)
		return putInts(value, b2i(i != nil && i.ReusePort)), 0
	case objects.SoLinger:
		seconds, _ := objects.SettingsOf(d.Object).Get(LevelSocket, -objects.SoLinger)
		return putInts(value, option(d, o), seconds), 0
	case objects.SoReceiveTime, objects.SoSendTime:
		return putInts(value, 0, 0, 0, 0), 0
	case objects.SoCookie:
		if len(value) < 8 {
			return -1, epoll.EINVAL
		}
		return putInts(value, int(d.ID), int(d.ID>>32)), 0
	case objects.SoDevice:
		if n, _ := objects.SettingsOf(d.Object).Get(LevelSocket, objects.SoDevice); n == 0 {
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
func protocolOf(o machine.Object) int {
	switch {
	case objects.FamilyOf(o) == FamilyUnix:
		return 0
	case objects.TypeOf(o) == TypeDatagram:
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
