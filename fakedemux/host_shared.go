package fakedemux

import (
	"errors"
	"fmt"
	"net/netip"

	"reactortest/demux"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// ListenShared is Listen with SO_REUSEPORT in the dialects of Linux and DragonFly, and with
// SO_REUSEPORT_LB in that of FreeBSD. A decision says which of the listeners gets a
// connection; its quiet answer is the next one in turn: PointGroup. The other dialects
// return errors.ErrUnsupported: SO_REUSEPORT of Darwin, NetBSD and OpenBSD does not divide
// the connections, in_pcblookup_listen takes one socket for all of them, and which of the
// listeners SO_REUSEADDR of Windows prefers is undefined.
func (k *Kernel) ListenShared(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	if !k.shares() {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("fakedemux: ListenShared: %w", errors.ErrUnsupported)
	}
	return k.listen("ListenShared", addr, backlog, true)
}

// shares reports whether the dialect has ListenShared.
func (k *Kernel) shares() bool {
	if bsd := k.bsd(); bsd != nil {
		return bsd.shares
	}
	return !k.dialect.winsock
}

// listen is Listen, or ListenShared.
func (k *Kernel) listen(method, addr string, backlog int, shared bool) (demux.Handle, netip.AddrPort, error) {
	k.system.Tasks.Switch(scheduler.Call{Name: "listen", Handle: -1})
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("fakedemux: %s on %q: %w", method, addr, err)
	}
	if f := k.system.Room(1); f != errno.OK {
		return demux.NoHandle, netip.AddrPort{}, k.err("socket", f)
	}
	port := at.Port()
	if port == 0 {
		port = k.system.ChoosePort()
	}
	l := &objects.Listener{Kernel: &k.system, Port: port, Backlog: objects.BacklogOf(backlog)}
	l.V6, l.Addr = at.Addr().Is6() && !at.Addr().Is4In6(), at.Addr()
	l.ReusePort = shared
	if _, f := l.Bindable(at.Addr()); f != errno.OK {
		l.V6, l.Addr = true, objects.Any6 // an address of another network: it hears everything
	}
	if port == 0 || k.system.BindConflict(&l.Inet, l, port) {
		return demux.NoHandle, netip.AddrPort{}, k.err("bind", errno.AddressInUse)
	}
	fd, d := k.system.Add(l, "listen")
	l.Desc = d
	k.system.Listeners = append(k.system.Listeners, l)
	return demux.Handle(fd), netip.AddrPortFrom(at.Addr(), port), nil
}
