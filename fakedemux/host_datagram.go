package fakedemux

import (
	"fmt"
	"net/netip"

	"reactortest/demux"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// Datagram is socket(2) and bind(2) of UDP. addr is an address of the loopback network, or
// an unspecified one: any other is EADDRNOTAVAIL.
func (k *Kernel) Datagram(addr string) (demux.Handle, netip.AddrPort, error) {
	k.system.Tasks.Switch(scheduler.Call{Name: "bind", Handle: -1})
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("fakedemux: Datagram on %q: %w", addr, err)
	}
	if f := k.system.Room(1); f != errno.OK {
		return demux.NoHandle, netip.AddrPort{}, k.err("socket", f)
	}
	to := sockaddrOf(at)
	s := &objects.Datagram{Kernel: &k.system, UDP: true}
	s.V6 = to.Family == FamilyIPv6
	s.V6only = s.V6 && !k.bothFamily()
	fd, d := k.system.Add(s, "bind")
	s.Desc = d
	if f := s.Bind(&to); f != errno.OK {
		k.system.CloseFile(fd)
		return demux.NoHandle, netip.AddrPort{}, k.err("bind", f)
	}
	return demux.Handle(fd), netip.AddrPortFrom(s.Local(), s.Port), nil
}

// bothFamily reports whether a socket of IPv6 is one of IPv4 too, if no option says
// otherwise: ipv6(7), IPV6_V6ONLY; IPV6_V6ONLY of Windows, which is on.
func (k *Kernel) bothFamily() bool {
	if bsd := k.bsd(); bsd != nil {
		return bsd.bothFamily
	}
	return !k.dialect.winsock
}

// ReceiveFrom is recvfrom(2), or WSARecvFrom, whose WSAEMSGSIZE it does not return.
func (k *Kernel) ReceiveFrom(h demux.Handle, b []byte) (int, netip.AddrPort, error) {
	if k.signal("recvfrom", h) {
		return 0, netip.AddrPort{}, k.err("recvfrom", errno.Interrupted)
	}
	d, call, f := k.Linux().socket("recvfrom", handleFD(h), false)
	if f != errno.OK {
		return 0, netip.AddrPort{}, k.err("recvfrom", f)
	}
	got, f := k.receiveOn(d, call, b, 0)
	if f != errno.OK {
		return 0, netip.AddrPort{}, k.err("recvfrom", f)
	}
	if !got.From.Addr.IsValid() { // a stream has nobody to name
		return got.N, netip.AddrPort{}, nil
	}
	return got.N, netip.AddrPortFrom(got.From.Addr, got.From.Port), nil
}

// SendTo is sendto(2), or WSASendTo. It returns EDESTADDRREQ if to is not valid, and
// ENETUNREACH for an address that is not of the loopback network.
func (k *Kernel) SendTo(h demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	if k.signal("sendto", h) {
		return 0, k.err("sendto", errno.Interrupted)
	}
	d, call, f := k.Linux().socket("sendto", handleFD(h), false)
	if f != errno.OK {
		return 0, k.err("sendto", f)
	}
	_, connectionless := d.Object.(*objects.Datagram)
	if connectionless && to.IsValid() && to.Port() == 0 && (k.dialect.winsock || k.bsd() != nil) {
		return 0, k.err("sendto", errno.NoAddress) // in_pcbconnect_setup; WSASendTo, WSAEADDRNOTAVAIL
	}
	at := sockaddrOf(to)
	n, f := k.sendOn(d, call, b, 0, &at)
	if f != errno.OK {
		return 0, k.err("sendto", f)
	}
	return n, nil
}

// sockaddrOf is an address for the calls on sockets, the zero one if a is not valid.
func sockaddrOf(a netip.AddrPort) objects.Sockaddr {
	ip := a.Addr().Unmap()
	switch {
	case !ip.IsValid():
		return objects.Sockaddr{}
	case ip.Is4():
		return objects.Sockaddr{Family: FamilyIPv4, Addr: ip, Port: a.Port()}
	default:
		return objects.Sockaddr{Family: FamilyIPv6, Addr: ip, Port: a.Port()}
	}
}
