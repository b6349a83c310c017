package fakedemux

import (
	"net/netip"
	"slices"
	"strings"
)

// sockaddr is the address of a socket: a name of the unix family, or an address and a
// port of the loopback network. In an argument, the zero Family stands for the family
// of the socket, and the zero Addr for the loopback address of that family.
type sockaddr struct {
	Family int        // familyUnix, familyIPv4 or familyIPv6
	Name   string     // unix: in the abstract namespace, without the NUL before it
	Path   string     // unix: in the file system
	Addr   netip.Addr // inet: loopback or unspecified; an IPv4 address in IPv6 form for a socket of IPv6 that uses IPv4
	Port   uint16     // inet
}

// none reports whether a is no address.
func (a *sockaddr) none() bool { return *a == sockaddr{} }

// Limits of the names of the unix family; unix(7), sun_path.
const (
	maxName = 107 // of the abstract namespace
	maxPath = 108
)

// pathMark begins a name that is a path. No name of the abstract namespace is as long.
var pathMark = strings.Repeat("\x00", maxName+1)

// unixName returns a as the name that a socket keeps, "" for none. badName reports
// whether it is too long.
func (a *sockaddr) unixName() string {
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

// unixAddress is the address of a socket of the unix family.
func unixAddress(name string) sockaddr {
	if path, is := strings.CutPrefix(name, pathMark); is {
		return sockaddr{Family: familyUnix, Path: path}
	}
	return sockaddr{Family: familyUnix, Name: name}
}

// inet is what a socket of IPv4 or IPv6 knows of addresses.
type inet struct {
	v6        bool           // of IPv6
	v6only    bool           // IPV6_V6ONLY
	reuse     bool           // SO_REUSEADDR
	reusePort bool           // SO_REUSEPORT
	addr      netip.Addr     // bound to; the zero Addr is the unspecified one
	to        netip.AddrPort // of the peer
}

var (
	loopback4 = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	loopback6 = netip.IPv6Loopback()
	any4      = netip.IPv4Unspecified()
	any6      = netip.IPv6Unspecified()
)

func (i *inet) family() int {
	if i.v6 {
		return familyIPv6
	}
	return familyIPv4
}

// bindable returns the address that bind(2) binds a socket to if the caller gives a, or
// why bind fails; inet_bind and inet6_bind, Linux 6.18.
func (i *inet) bindable(a netip.Addr) (netip.Addr, failure) {
	switch {
	case !a.IsValid() && i.v6:
		return loopback6, ok
	case !a.IsValid():
		return loopback4, ok
	case i.v6 && i.v6only && a.Is4In6():
		return a, invalid
	case a.Unmap().IsLoopback(), a == any4, a == any6, a.Unmap() == any4:
		return a, ok
	default:
		return a, noAddress
	}
}

// boundTo notes that bind(2) has succeeded. A socket that is bound to an address of IPv6,
// except ::, uses only IPv6; __inet6_bind, Linux 6.18.
func (i *inet) boundTo(a netip.Addr) {
	i.v6only = i.v6only || i.v6 && a != any6 && !a.Is4In6()
}

// destination returns the address that a message or a connection to a goes to, or why
// there is none. The loopback network is the only one.
func (i *inet) destination(a netip.Addr) (netip.Addr, failure) {
	switch u := a.Unmap(); {
	case !a.IsValid() && i.v6, a == any6:
		return loopback6, ok
	case !a.IsValid(), u == any4 && !i.v6:
		return loopback4, ok
	case i.v6 && u.Is4() && i.v6only:
		return a, noNetwork
	case u == any4:
		return loopback4, ok
	case u.IsLoopback():
		return u, ok
	default:
		return a, noNetwork
	}
}

// local returns the address that the socket is bound to, 0.0.0.0 or :: if it is not
// bound.
func (i *inet) local() netip.Addr {
	switch {
	case i.addr.IsValid():
		return i.addr
	case i.v6:
		return any6
	default:
		return any4
	}
}

// source returns the address that the socket sends from to a destination.
func (i *inet) source(to netip.Addr) netip.Addr {
	switch a := i.local().Unmap(); {
	case !a.IsUnspecified():
		return a
	case to.Is4():
		return loopback4
	default:
		return loopback6
	}
}

// shown returns a as the socket reports it: a socket of IPv6 reports an address of IPv4
// in IPv6 form.
func (i *inet) shown(a netip.Addr) netip.Addr {
	if i.v6 && a.Is4() {
		return netip.AddrFrom16(a.As16())
	}
	return a
}

// socketAddress returns a and port as the socket reports them.
func (i *inet) socketAddress(a netip.Addr, port uint16) sockaddr {
	return sockaddr{Family: i.family(), Addr: i.shown(a), Port: port}
}

// overlaps reports whether a message or a connection could go to either of two sockets
// with the same port; ipv6_rcv_saddr_equal, Linux 6.18.
func (i *inet) overlaps(o *inet) bool {
	a, b := i.local().Unmap(), o.local().Unmap()
	switch {
	case a == any6:
		return b.Is6() || !i.v6only
	case b == any6:
		return a.Is6() || !o.v6only
	case a.Is4() && b.Is4():
		return a == b || a == any4 || b == any4
	default:
		return a == b
	}
}

// score returns how well the socket fits a destination, 0 if not at all. An exact
// address has a higher score than 0.0.0.0 or ::. If that is equal, a socket of IPv4 has a
// higher score than a socket of IPv6.
func (i *inet) score(to netip.Addr) int {
	switch a := i.local().Unmap(); {
	case a == to && !i.v6:
		return 4
	case a == to:
		return 3
	case a == any4 && to.Is4() && !i.v6:
		return 2
	case a == any4 && to.Is4(), a == any6 && (to.Is6() || !i.v6only):
		return 1
	default:
		return 0
	}
}

// choosePort chooses from firstPort to lastPort.
const (
	firstPort = 40000
	lastPort  = 60999
)

// choosePort returns the next port that is free, 0 if none is.
func (k *system) choosePort() uint16 {
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
func (k *system) clientPort(s *stream) {
	if s.port != 0 {
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
	s.port, s.auto = uint16(firstClientPort+n), true
}

// freeClientPort gives the port of clientPort back.
func (k *system) freeClientPort(s *stream) {
	n := int(s.port) - firstClientPort
	k.clients[n/64] &^= 1 << (n % 64)
	s.auto = false
}

// portTaken reports whether a TCP socket is bound to a port, at whatever address.
func (k *system) portTaken(port uint16) bool {
	for _, s := range k.bound {
		if s.port == port {
			return true
		}
	}
	for _, l := range k.listeners {
		if l.port == port && !l.unix() {
			return true
		}
	}
	return false
}

// bindConflict reports whether a TCP socket cannot be bound to a port because of
// another one; inet_bind_conflict, Linux 6.18. Connections count too.
func (k *system) bindConflict(i *inet, self object, port uint16) bool {
	for _, l := range k.listeners {
		if !l.unix() && (l.port == port && l != self && i.conflicts(&l.inet, true) || slices.ContainsFunc(l.queue, func(s *stream) bool { return s.holds(i, port) })) {
			return true
		}
	}
	for _, s := range k.bound {
		if s != self && s.holds(i, port) {
			return true
		}
	}
	for _, t := range [...]*table{&k.program, &k.world} {
		for _, d := range t.files {
			if d == nil {
				continue
			}
			if s, is := d.object.(*stream); is && s != self && s.holds(i, port) {
				return true
			}
		}
	}
	return false
}

// holds reports whether a stream keeps another socket from being bound to a port.
func (s *stream) holds(i *inet, port uint16) bool {
	return s.tcp && s.port == port && !s.portOver() && i.conflicts(&s.inet, false)
}

// conflicts reports whether one of two sockets keeps the other from its port.
func (i *inet) conflicts(o *inet, listens bool) bool {
	shares := i.reuse && o.reuse && !listens || i.reusePort && o.reusePort
	return !shares && i.overlaps(o)
}

// portOver reports whether the connection no longer holds its port.
func (s *stream) portOver() bool { return s.over() && !s.fixed }

// familyError returns how a call fails for an address of another family than that of the
// socket, ok if the family is the same. The kernel checks the length before the family;
// inet_bind, inet6_bind, tcp_v4_connect, tcp_v6_connect, Linux 6.18.
func familyError(own int, at *sockaddr) failure {
	family := at.Family
	if at.Path != "" {
		family = familyUnix
	}
	switch {
	case family == 0 || family == own:
		return ok
	case own == familyUnix, own == familyIPv6 && family == familyIPv4:
		return invalid
	case family == familyUnix && len(at.Name)+len(at.Path) < shortName(own):
		return invalid
	default:
		return noFamily
	}
}

// shortName is the shortest name of the unix family whose address is not shorter than
// one of the given family. The address of a name also has the family and a NUL.
func shortName(family int) int {
	if family == familyIPv6 {
		return 24 - 3
	}
	return 16 - 3
}

// nearest returns the address that a connection of a Host to a goes to. If a is of
// another network, it is the loopback address.
func (i *inet) nearest(a netip.Addr) netip.Addr {
	if to, f := i.destination(a); f == ok {
		return to
	}
	to, _ := i.destination(netip.Addr{})
	return to
}
