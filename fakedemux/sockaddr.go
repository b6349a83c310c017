package fakedemux

import "net/netip"

// Sockaddr is the address of a socket: a name of the unix family, or an address and a
// port of the loopback network. In an argument, the zero Family stands for the family
// of the socket, and the zero Addr for the loopback address of that family.
type Sockaddr struct {
	Family int        // FamilyUnix, FamilyIPv4 or FamilyIPv6; FamilyNone for Connect
	Name   string     // unix: in the abstract namespace, without the NUL before it
	Path   string     // unix: in the file system
	Addr   netip.Addr // inet: loopback or unspecified; an IPv4 address in IPv6 form for a socket of IPv6 that uses IPv4
	Port   uint16     // inet
}
