//go:build linux

package net

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"

	"reactortest/fakedemux"
	"reactortest/scheduler/bubble"
	"reactortest/shim/sim"
)

var errMissingAddress = errors.New("missing address")

// address turns an address of the kernel into one of a network.
func address(network string, at fakedemux.Sockaddr) net.Addr {
	switch sa := sim.ToSyscall(at).(type) {
	case *syscall.SockaddrInet4:
		return internet(network, sa.Addr[:], sa.Port)
	case *syscall.SockaddrInet6:
		return internet(network, sa.Addr[:], sa.Port)
	case *syscall.SockaddrUnix:
		return &net.UnixAddr{Name: sa.Name, Net: network}
	}
	return nil
}

func internet(network string, ip net.IP, port int) net.Addr {
	if strings.HasPrefix(network, "udp") {
		return &net.UDPAddr{IP: ip, Port: port}
	}
	return &net.TCPAddr{IP: ip, Port: port}
}

// sockaddr turns an address into one of the kernel, for a socket of family.
func sockaddr(a net.Addr, family int) (fakedemux.Sockaddr, error) {
	switch a := a.(type) {
	case *net.TCPAddr:
		return inetSockaddr(a.IP, a.Port, family)
	case *net.UDPAddr:
		return inetSockaddr(a.IP, a.Port, family)
	case *net.UnixAddr:
		return sim.FromSyscall(&syscall.SockaddrUnix{Name: a.Name})
	}
	return fakedemux.Sockaddr{}, syscall.EINVAL
}

func inetSockaddr(ip net.IP, port, family int) (fakedemux.Sockaddr, error) {
	if family == fakedemux.FamilyIPv4 {
		if len(ip) == 0 {
			ip = net.IPv4zero
		}
		four := ip.To4()
		if four == nil {
			return fakedemux.Sockaddr{}, &net.AddrError{Err: "non-IPv4 address", Addr: ip.String()}
		}
		return sim.FromSyscall(&syscall.SockaddrInet4{Addr: [4]byte(four), Port: port})
	}
	if len(ip) == 0 || ip.Equal(net.IPv4zero) { // both mean every address
		ip = net.IPv6zero
	}
	sixteen := ip.To16()
	if sixteen == nil {
		return fakedemux.Sockaddr{}, &net.AddrError{Err: "non-IPv6 address", Addr: ip.String()}
	}
	return sim.FromSyscall(&syscall.SockaddrInet6{Addr: [16]byte(sixteen), Port: port})
}

// ipOf returns the IP address in an address, and whether there is one.
func ipOf(a net.Addr) (ip net.IP, given bool) {
	switch a := a.(type) {
	case *net.TCPAddr:
		return a.IP, true
	case *net.UDPAddr:
		return a.IP, true
	}
	return nil, false
}

// familyOf is favoriteAddrFamily of package net, on a machine that has both families.
// Both addresses may be nil.
func familyOf(network string, local, remote net.Addr) (family int, only6 bool) {
	switch network[len(network)-1] {
	case '4':
		return fakedemux.FamilyIPv4, false
	case '6':
		return fakedemux.FamilyIPv6, true
	}
	ip, given := ipOf(local)
	if remote == nil && (!given || len(ip) == 0 || ip.IsUnspecified()) {
		return fakedemux.FamilyIPv6, false
	}
	for _, a := range []net.Addr{local, remote} {
		if ip, given := ipOf(a); given && len(ip) > net.IPv4len && ip.To4() == nil {
			return fakedemux.FamilyIPv6, false
		}
	}
	return fakedemux.FamilyIPv4, false
}

// resolve turns the text of an address into an address.
func resolve(network, text string) (net.Addr, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		return ResolveTCPAddr(network, text)
	case "udp", "udp4", "udp6":
		return ResolveUDPAddr(network, text)
	case "unix", "unixgram", "unixpacket":
		return net.ResolveUnixAddr(network, text)
	}
	return nil, net.UnknownNetworkError(network)
}

// ResolveTCPAddr is net.ResolveTCPAddr.
func ResolveTCPAddr(network, text string) (*net.TCPAddr, error) {
	if err := literal(network, &text); err != nil {
		return nil, err
	}
	return net.ResolveTCPAddr(network, text)
}

// ResolveUDPAddr is net.ResolveUDPAddr.
func ResolveUDPAddr(network, text string) (*net.UDPAddr, error) {
	if err := literal(network, &text); err != nil {
		return nil, err
	}
	return net.ResolveUDPAddr(network, text)
}

// literal replaces a host that the simulation knows by its address. It returns an error
// for another name, whose address only the world outside could tell.
func literal(network string, text *string) error {
	if sim.Real() {
		return nil
	}
	host, port, err := net.SplitHostPort(*text)
	if err != nil || host == "" {
		return nil //nolint:nilerr // package net says what is wrong
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	if host != "localhost" || bubble.Current() == nil {
		return &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if host = "127.0.0.1"; strings.HasSuffix(network, "6") {
		host = "::1"
	}
	*text = net.JoinHostPort(host, port)
	return nil
}
