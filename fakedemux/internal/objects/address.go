package objects

import (
	"net/netip"
	"slices"
	"strings"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// Sockaddr is the address of a socket: a name of the unix family, or an address and a
// port of the loopback network. In an argument, the zero Family stands for the family
// of the socket, and the zero Addr for the loopback address of that family.
type Sockaddr struct {
	Family int        // FamilyUnix, FamilyIPv4 or FamilyIPv6; FamilyNone for connect
	Name   string     // unix: in the abstract namespace, without the NUL before it
	Path   string     // unix: in the file system
	Addr   netip.Addr // inet: loopback or unspecified; an IPv4 address in IPv6 form for a socket of IPv6 that uses IPv4
	Port   uint16     // inet
}

// none reports whether a is no address.
func (a *Sockaddr) none() bool { return *a == Sockaddr{} }

// Limits of the names of the unix family; unix(7), sun_path.
const (
	maxName = 107 // of the abstract namespace
	maxPath = 108
)

// pathMark begins a name that is a path. No name of the abstract namespace is as long.
var pathMark = strings.Repeat("\x00", maxName+1)

// UnixName returns a as the name that a socket keeps, "" for none. badName reports
// whether it is too long.
func (a *Sockaddr) UnixName() string {
	if a.Path != "" {
		return pathMark + a.Path
	}
	return a.Name
}

// badName reports whether a name is longer than that of any socket.
func badName(name string) bool {
	if path, is := strings.CutPrefix(name, pathMark); is {
		return len(path) > maxPath
	}
	return len(name) > maxName
}

// UnixAddress is the address of a socket of the unix family.
func UnixAddress(name string) Sockaddr {
	if path, is := strings.CutPrefix(name, pathMark); is {
		return Sockaddr{Family: FamilyUnix, Path: path}
	}
	return Sockaddr{Family: FamilyUnix, Name: name}
}

// Inet is what a socket of IPv4 or IPv6 knows of addresses.
type Inet struct {
	V6        bool           // of IPv6
	V6only    bool           // IPV6_V6ONLY
	Reuse     bool           // SO_REUSEADDR
	ReusePort bool           // SO_REUSEPORT
	Addr      netip.Addr     // bound to; the zero Addr is the unspecified one
	To        netip.AddrPort // of the peer
}

// Addresses of the loopback network.
var (
	Loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	loopback6 = netip.IPv6Loopback()
	any4      = netip.IPv4Unspecified()
	Any6      = netip.IPv6Unspecified()
)

func (i *Inet) family() int {
	if i.V6 {
		return FamilyIPv6
	}
	return FamilyIPv4
}

// Bindable returns the address that bind(2) binds a socket to if the caller gives a, or
// why bind fails; inet_bind and inet6_bind, Linux 6.18.
func (i *Inet) Bindable(a netip.Addr) (netip.Addr, errno.Failure) {
	switch {
	case !a.IsValid() && i.V6:
		return loopback6, errno.OK
	case !a.IsValid():
		return Loopback4, errno.OK
	case i.V6 && i.V6only && a.Is4In6():
		return a, errno.Invalid
	case a.Unmap().IsLoopback(), a == any4, a == Any6, a.Unmap() == any4:
		return a, errno.OK
	default:
		return a, errno.NoAddress
	}
}

// boundTo notes that bind(2) has succeeded. A socket that is bound to an address of IPv6,
// except ::, uses only IPv6; __inet6_bind, Linux 6.18.
func (i *Inet) boundTo(a netip.Addr) {
	i.V6only = i.V6only || i.V6 && a != Any6 && !a.Is4In6()
}

// destination returns the address that a message or a connection to a goes to, or why
// there is none. The loopback network is the only one.
func (i *Inet) destination(a netip.Addr) (netip.Addr, errno.Failure) {
	switch u := a.Unmap(); {
	case !a.IsValid() && i.V6, a == Any6:
		return loopback6, errno.OK
	case !a.IsValid(), u == any4 && !i.V6:
		return Loopback4, errno.OK
	case i.V6 && u.Is4() && i.V6only:
		return a, errno.NoNetwork
	case u == any4:
		return Loopback4, errno.OK
	case u.IsLoopback():
		return u, errno.OK
	default:
		return a, errno.NoNetwork
	}
}

// Local returns the address that the socket is bound to, 0.0.0.0 or :: if it is not
// bound.
func (i *Inet) Local() netip.Addr {
	switch {
	case i.Addr.IsValid():
		return i.Addr
	case i.V6:
		return Any6
	default:
		return any4
	}
}

// source returns the address that the socket sends from to a destination.
func (i *Inet) source(to netip.Addr) netip.Addr {
	switch a := i.Local().Unmap(); {
	case !a.IsUnspecified():
		return a
	case to.Is4():
		return Loopback4
	default:
		return loopback6
	}
}

// shown returns a as the socket reports it: a socket of IPv6 reports an address of IPv4
// in IPv6 form.
func (i *Inet) shown(a netip.Addr) netip.Addr {
	if i.V6 && a.Is4() {
		return netip.AddrFrom16(a.As16())
	}
	return a
}

// SocketAddress returns a and port as the socket reports them.
func (i *Inet) SocketAddress(a netip.Addr, port uint16) Sockaddr {
	return Sockaddr{Family: i.family(), Addr: i.shown(a), Port: port}
}

// overlaps reports whether a message or a connection could go to either of two sockets
// with the same port; ipv6_rcv_saddr_equal, Linux 6.18.
func (i *Inet) overlaps(o *Inet) bool {
	a, b := i.Local().Unmap(), o.Local().Unmap()
	switch {
	case a == Any6:
		return b.Is6() || !i.V6only
	case b == Any6:
		return a.Is6() || !o.V6only
	case a.Is4() && b.Is4():
		return a == b || a == any4 || b == any4
	default:
		return a == b
	}
}

// score returns how well the socket fits a destination, 0 if not at all. An exact
// address has a higher score than 0.0.0.0 or ::. If that is equal, a socket of IPv4 has a
// higher score than a socket of IPv6.
func (i *Inet) score(to netip.Addr) int {
	switch a := i.Local().Unmap(); {
	case a == to && !i.V6:
		return 4
	case a == to:
		return 3
	case a == any4 && to.Is4() && !i.V6:
		return 2
	case a == any4 && to.Is4(), a == Any6 && (to.Is6() || !i.V6only):
		return 1
	default:
		return 0
	}
}

// ChoosePort chooses from firstPort to lastPort.
const (
	firstPort = 40000
	lastPort  = 60999
)

// ChoosePort returns the next port that is free, 0 if none is.
func (k *System) ChoosePort() uint16 {
	for range lastPort - firstPort + 1 {
		port := k.nextPort
		if k.nextPort++; port == lastPort {
			k.nextPort = firstPort
		}
		if !k.portTaken(port) {
			return port
		}
	}
	return 0
}

// Ports that connect(2) chooses; ip(7), ip_local_port_range.
const (
	firstClientPort = 32768
	clientPorts     = lastPort - firstClientPort + 1
)

// clientPort chooses the port of a TCP socket that connects without a bind. If more
// than clientPorts are connected at once, they share ports.
func (k *System) clientPort(s *Stream) {
	if s.Port != 0 {
		return
	}
	if len(k.clients) == 0 {
		k.clients = make([]uint64, (clientPorts+63)/64)
	}
	n := k.nextClient
	for range clientPorts {
		n = k.nextClient
		k.nextClient = (n + 1) % clientPorts
		if k.clients[n/64]&(1<<(n%64)) == 0 && !k.portTaken(uint16(firstClientPort+n)) {
			break
		}
	}
	k.clients[n/64] |= 1 << (n % 64)
	s.Port, s.auto = uint16(firstClientPort+n), true
}

// freeClientPort gives the port of clientPort back.
func (k *System) freeClientPort(s *Stream) {
	n := int(s.Port) - firstClientPort
	k.clients[n/64] &^= 1 << (n % 64)
	s.auto = false
}

// portTaken reports whether a TCP socket is bound to a port, at whatever address.
func (k *System) portTaken(port uint16) bool {
	for _, s := range k.bound {
		if s.Port == port {
			return true
		}
	}
	for _, l := range k.Listeners {
		if l.Port == port && !l.Unix() {
			return true
		}
	}
	return false
}

// BindConflict reports whether a TCP socket cannot be bound to a port because of
// another one; inet_bind_conflict, Linux 6.18. Connections count too.
func (k *System) BindConflict(i *Inet, self machine.Object, port uint16) bool {
	for _, l := range k.Listeners {
		if !l.Unix() && (l.Port == port && l != self && i.conflicts(&l.Inet, true) || slices.ContainsFunc(l.Queue, func(s *Stream) bool { return s.holds(i, port) })) {
			return true
		}
	}
	for _, s := range k.bound {
		if s != self && s.holds(i, port) {
			return true
		}
	}
	for _, t := range [...]*machine.Table{&k.Program, &k.World} {
		for _, d := range t.Files {
			if d == nil {
				continue
			}
			if s, is := d.Object.(*Stream); is && s != self && s.holds(i, port) {
				return true
			}
		}
	}
	return false
}

// holds reports whether a stream keeps another socket from being bound to a port.
func (s *Stream) holds(i *Inet, port uint16) bool {
	return s.TCP && s.Port == port && !s.PortOver() && i.conflicts(&s.Inet, false)
}

// conflicts reports whether one of two sockets keeps the other from its port.
func (i *Inet) conflicts(o *Inet, listens bool) bool {
	shares := i.Reuse && o.Reuse && !listens || i.ReusePort && o.ReusePort
	return !shares && i.overlaps(o)
}

// PortOver reports whether the connection no longer holds its port.
func (s *Stream) PortOver() bool { return s.Over() && !s.fixed }

// FamilyError returns how a call fails for an address of another family than that of the
// socket, ok if the family is the same. The kernel checks the length before the family;
// inet_bind, inet6_bind, tcp_v4_connect, tcp_v6_connect, Linux 6.18.
func FamilyError(own int, at *Sockaddr) errno.Failure {
	family := at.Family
	if at.Path != "" {
		family = FamilyUnix
	}
	switch {
	case family == 0 || family == own:
		return errno.OK
	case own == FamilyUnix, own == FamilyIPv6 && family == FamilyIPv4:
		return errno.Invalid
	case family == FamilyUnix && len(at.Name)+len(at.Path) < shortName(own):
		return errno.Invalid
	default:
		return errno.NoFamily
	}
}

// shortName is the shortest name of the unix family whose address is not shorter than
// one of the given family. The address of a name also has the family and a NUL.
func shortName(family int) int {
	if family == FamilyIPv6 {
		return 24 - 3
	}
	return 16 - 3
}

// Nearest returns the address that a connection of a Host to a goes to. If a is of
// another network, it is the loopback address.
func (i *Inet) Nearest(a netip.Addr) netip.Addr {
	if to, f := i.destination(a); f == errno.OK {
		return to
	}
	to, _ := i.destination(netip.Addr{})
	return to
}
