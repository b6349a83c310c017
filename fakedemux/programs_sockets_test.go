package fakedemux_test

import (
	"fmt"
	"net/netip"
	"testing"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// TestWhoMayBind: which sockets may have a port together; socket(7), SO_REUSEADDR and
// SO_REUSEPORT.
func TestWhoMayBind(t *testing.T) {
	any4, any6 := netip.IPv4Unspecified(), netip.IPv6Unspecified()
	lo4, lo6 := netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()
	other4 := netip.MustParseAddr("127.0.0.2")
	for _, row := range []struct {
		why           string
		typ           int
		first, second netip.Addr
		options       [2]int // of both, or of the first alone if the second is 0
		want          string
	}{
		{"the same address", fakedemux.TypeStream, lo4, lo4, [2]int{}, "EADDRINUSE"},
		{"another address", fakedemux.TypeStream, lo4, other4, [2]int{}, "ok"},
		{"any and one", fakedemux.TypeStream, any4, lo4, [2]int{}, "EADDRINUSE"},
		{"one and any", fakedemux.TypeStream, lo4, any4, [2]int{}, "EADDRINUSE"},
		{"IPv4 and any of IPv6", fakedemux.TypeStream, lo4, any6, [2]int{}, "EADDRINUSE"},
		{"any of IPv6 and IPv4", fakedemux.TypeStream, any6, lo4, [2]int{}, "EADDRINUSE"},
		{"IPv4 and one of IPv6", fakedemux.TypeStream, any4, lo6, [2]int{}, "ok"},
		{"SO_REUSEADDR of both", fakedemux.TypeStream, lo4, lo4, [2]int{optionReuseAddr, optionReuseAddr}, "ok"},
		{"SO_REUSEADDR of one", fakedemux.TypeStream, lo4, lo4, [2]int{optionReuseAddr, 0}, "EADDRINUSE"},
		{"SO_REUSEPORT of both", fakedemux.TypeStream, lo4, lo4, [2]int{optionReusePort, optionReusePort}, "ok"},
		{"SO_REUSEPORT of one", fakedemux.TypeStream, lo4, lo4, [2]int{optionReusePort, 0}, "EADDRINUSE"},
		{"one of each", fakedemux.TypeStream, lo4, lo4, [2]int{optionReusePort, optionReuseAddr}, "EADDRINUSE"},
		{"UDP: the same address", fakedemux.TypeDatagram, lo4, lo4, [2]int{}, "EADDRINUSE"},
		{"UDP: another address", fakedemux.TypeDatagram, lo4, other4, [2]int{}, "ok"},
		{"UDP: any of IPv6 and IPv4", fakedemux.TypeDatagram, any6, lo4, [2]int{}, "EADDRINUSE"},
		{"UDP: SO_REUSEADDR of both", fakedemux.TypeDatagram, lo4, lo4, [2]int{optionReuseAddr, optionReuseAddr}, "ok"},
		{"UDP: SO_REUSEPORT of both", fakedemux.TypeDatagram, lo4, any4, [2]int{optionReusePort, optionReusePort}, "ok"},
		{"UDP: SO_REUSEPORT of one", fakedemux.TypeDatagram, lo4, lo4, [2]int{optionReusePort, 0}, "EADDRINUSE"},
	} {
		compareStories(t, row.why+" = "+row.want+"\n", func(w *teller) {
			make := func(a netip.Addr, option int) int {
				family := fakedemux.FamilyIPv4
				if a.Is6() {
					family = fakedemux.FamilyIPv6
				}
				fd := w.socket(family, row.typ)
				if option != 0 {
					w.on(fd, fakedemux.LevelSocket, option)
				}
				return fd
			}
			first, second := make(row.first, row.options[0]), make(row.second, row.options[1])
			if e := w.l.Bind(first, fakedemux.Sockaddr{Addr: row.first}); e != 0 {
				panic(e.Err("bind"))
			}
			at, _ := w.l.Getsockname(first)
			w.did(row.why, w.l.Bind(second, fakedemux.Sockaddr{Addr: row.second, Port: at.Port}))
		})
	}
}

// TestWhoMayListen: a port that sockets share by SO_REUSEADDR has one listener, and a
// connection of a listener that is gone keeps its port.
func TestWhoMayListen(t *testing.T) {
	compareStories(t, `listen = ok
a second listener = EADDRINUSE
bind while it listens = EADDRINUSE
listen in a group = ok
and another = ok
bind over a connection = EADDRINUSE
with SO_REUSEADDR = ok
`, func(w *teller) {
		two := func(option int) (a, b int, at fakedemux.Sockaddr) {
			a, b = w.socket(fakedemux.FamilyIPv4, fakedemux.TypeStream), w.socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
			w.on(a, fakedemux.LevelSocket, option)
			w.on(b, fakedemux.LevelSocket, option)
			w.l.Bind(a, fakedemux.Sockaddr{})
			at, _ = w.l.Getsockname(a)
			if e := w.l.Bind(b, at); e != 0 {
				panic(e.Err("bind"))
			}
			return a, b, at
		}
		a, b, at := two(optionReuseAddr)
		w.did("listen", w.l.Listen(a, 4))
		w.did("a second listener", w.l.Listen(b, 4))
		c := w.socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		w.on(c, fakedemux.LevelSocket, optionReuseAddr)
		w.did("bind while it listens", w.l.Bind(c, at))
		a, b, _ = two(optionReusePort)
		w.did("listen in a group", w.l.Listen(a, 4))
		w.did("and another", w.l.Listen(b, 4))

		l := w.socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		w.l.Bind(l, fakedemux.Sockaddr{})
		w.l.Listen(l, 4)
		at, _ = w.l.Getsockname(l)
		w.on(l, fakedemux.LevelSocket, optionReuseAddr)
		peer := w.socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		w.l.Connect(peer, at)
		w.ready(l, epoll.EPOLLIN)
		s, _ := w.l.Accept4(l, epoll.NonBlock)
		w.l.ResetOnClose(s)
		w.l.ResetOnClose(peer)
		w.l.Close(l)
		again := w.socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		w.did("bind over a connection", w.l.Bind(again, at))
		w.on(again, fakedemux.LevelSocket, optionReuseAddr)
		w.did("with SO_REUSEADDR", w.l.Bind(again, at))
	})
}

// TestAddresses: what getsockname, getpeername and accept tell of IPv4 and IPv6.
func TestAddresses(t *testing.T) {
	lo4, lo6 := netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()
	for _, row := range []struct {
		why        string
		family     int
		bind       netip.Addr
		client     int
		connect    netip.Addr
		only       bool
		end        string
		name, peer string
	}{
		{"IPv4", fakedemux.FamilyIPv4, lo4, fakedemux.FamilyIPv4, lo4, false, "ok", "127.0.0.1", "127.0.0.1"},
		{"any", fakedemux.FamilyIPv4, netip.IPv4Unspecified(), fakedemux.FamilyIPv4, netip.MustParseAddr("127.1.2.3"), false, "ok", "127.1.2.3", "127.0.0.1"},
		{"to any", fakedemux.FamilyIPv4, netip.IPv4Unspecified(), fakedemux.FamilyIPv4, netip.IPv4Unspecified(), false, "ok", "127.0.0.1", "127.0.0.1"},
		{"IPv6", fakedemux.FamilyIPv6, lo6, fakedemux.FamilyIPv6, lo6, false, "ok", "::1", "::1"},
		{"any of IPv6", fakedemux.FamilyIPv6, netip.IPv6Unspecified(), fakedemux.FamilyIPv6, lo6, false, "ok", "::1", "::1"},
		{"IPv4 to any of IPv6", fakedemux.FamilyIPv6, netip.IPv6Unspecified(), fakedemux.FamilyIPv4, lo4, false, "ok", "::ffff:127.0.0.1", "::ffff:127.0.0.1"},
		{"IPv4 in IPv6 to IPv4", fakedemux.FamilyIPv4, lo4, fakedemux.FamilyIPv6, netip.MustParseAddr("::ffff:127.0.0.1"), false, "ok", "127.0.0.1", "127.0.0.1"},
		{"IPV6_V6ONLY", fakedemux.FamilyIPv6, netip.IPv6Unspecified(), fakedemux.FamilyIPv4, lo4, true, "ECONNREFUSED", "", ""},
		{"another address", fakedemux.FamilyIPv4, lo4, fakedemux.FamilyIPv4, netip.MustParseAddr("127.0.0.2"), false, "ECONNREFUSED", "", ""},
		{"another family", fakedemux.FamilyIPv4, netip.IPv4Unspecified(), fakedemux.FamilyIPv6, lo6, false, "ECONNREFUSED", "", ""},
	} {
		want := row.why + " = " + row.end + "\n"
		if row.name != "" {
			want += fmt.Sprintf("%s from %s, true\n", row.name, row.peer)
		}
		compareStories(t, want, func(w *teller) {
			l := w.socket(row.family, fakedemux.TypeStream)
			if row.only {
				w.on(l, fakedemux.LevelIPv6, optionV6Only)
			}
			if e := w.l.Bind(l, fakedemux.Sockaddr{Addr: row.bind}); e != 0 {
				panic(e.Err("bind"))
			}
			w.l.Listen(l, 4)
			at, _ := w.l.Getsockname(l)
			c := w.socket(row.client, fakedemux.TypeStream)
			w.l.ResetOnClose(c)
			if e := w.l.Connect(c, fakedemux.Sockaddr{Addr: row.connect, Port: at.Port}); e != 115 {
				w.did("connect", e)
			}
			w.ready(c, epoll.EPOLLOUT)
			e, _ := w.l.SocketError(c)
			w.did(row.why, e)
			if e != 0 {
				return
			}
			w.ready(l, epoll.EPOLLIN)
			s, from, _ := w.l.AcceptFrom(l, epoll.NonBlock)
			name, _ := w.l.Getsockname(s)
			peer, _ := w.l.Getpeername(s)
			mine, _ := w.l.Getsockname(c)
			theirs, _ := w.l.Getpeername(c)
			w.said("%v from %v, %v", name.Addr, from.Addr, from == peer && mine.Port == from.Port && theirs.Port == name.Port && name.Port == at.Port)
		})
	}
}

// TestUDPAddresses: where datagrams come from, and who gets them.
func TestUDPAddresses(t *testing.T) {
	compareStories(t, `IPv4 to any of IPv6 = ok
from ::ffff:127.0.0.1, true
a connected socket comes first: 1 0
the last of two gets it: 0 1
`, func(w *teller) {
		udp := func(family int) int { return w.socket(family, fakedemux.TypeDatagram) }
		r, c := udp(fakedemux.FamilyIPv6), udp(fakedemux.FamilyIPv4)
		w.l.Bind(r, fakedemux.Sockaddr{Addr: netip.IPv6Unspecified()})
		at, _ := w.l.Getsockname(r)
		_, e := w.l.Sendto(c, []byte("x"), 0, fakedemux.Sockaddr{Port: at.Port})
		w.did("IPv4 to any of IPv6", e)
		w.ready(r, epoll.EPOLLIN)
		_, from, _ := w.l.Recvfrom(r, make([]byte, 4), 0)
		own, _ := w.l.Getsockname(c)
		w.said("from %v, %v", from.Addr, from.Port == own.Port)

		a, b := udp(fakedemux.FamilyIPv4), udp(fakedemux.FamilyIPv4)
		for _, fd := range []int{a, b} {
			w.on(fd, fakedemux.LevelSocket, optionReuseAddr)
			w.l.Bind(fd, at4(w, a))
		}
		got := func(what string) {
			w.l.Sendto(c, []byte("x"), 0, at4(w, a))
			for w.l.Poll(a, epoll.EPOLLIN)|w.l.Poll(b, epoll.EPOLLIN) == 0 {
			}
			w.said("%s: %d %d", what, w.l.Poll(a, epoll.EPOLLIN), w.l.Poll(b, epoll.EPOLLIN))
			w.l.Recvfrom(a, make([]byte, 4), 0)
			w.l.Recvfrom(b, make([]byte, 4), 0)
		}
		w.l.Connect(a, fakedemux.Sockaddr{Port: own.Port})
		got("a connected socket comes first")
		n := udp(fakedemux.FamilyIPv4)
		w.l.Bind(n, fakedemux.Sockaddr{})
		c = n
		got("the last of two gets it")
	})
}

// TestDisconnect: connect(2) with AF_UNSPEC.
func TestDisconnect(t *testing.T) {
	compareStories(t, `UDP, peer = ENOTCONN
port kept: false, address 0.0.0.0
send = EDESTADDRREQ
to it = ok
bound to any port = ok, port kept: false, address 0.0.0.0
bound to a port = ok, port kept: true, address 0.0.0.0
bound to an address = ok, port kept: false, address 127.0.0.1
not connected = ok
again = ok
unix, nothing lost = ok
the other end: 0x4
send = ENOTCONN
back = ok
unix, something lost = ok
the other end: 0xd
and this one: 0x4
its error = ECONNRESET
a stream = EINVAL
a listener = EINVAL
a packet socket = EINVAL
`, func(w *teller) {
		none := fakedemux.Sockaddr{Family: fakedemux.FamilyNone}
		udp := func() int { return w.socket(fakedemux.FamilyIPv4, fakedemux.TypeDatagram) }
		r := udp()
		w.l.Bind(r, fakedemux.Sockaddr{})
		state := func(fd int, before uint16) string {
			at, _ := w.l.Getsockname(fd)
			return fmt.Sprintf("port kept: %v, address %v", at.Port == before && before != 0, at.Addr)
		}
		portOf := func(fd int) uint16 { at, _ := w.l.Getsockname(fd); return at.Port }
		c := udp()
		w.l.Connect(c, at4(w, r))
		was := portOf(c)
		w.l.Connect(c, none)
		_, e := w.l.Getpeername(c)
		w.did("UDP, peer", e)
		w.said("%s", state(c, was))
		_, e = w.l.Write(c, []byte("x"))
		w.did("send", e)
		_, e = w.l.Sendto(c, []byte("x"), 0, at4(w, r))
		w.did("to it", e)
		for _, row := range []struct {
			what string
			at   fakedemux.Sockaddr
		}{
			{"bound to any port", fakedemux.Sockaddr{Addr: netip.IPv4Unspecified()}},
			{"bound to a port", fakedemux.Sockaddr{Addr: netip.IPv4Unspecified(), Port: was}},
			{"bound to an address", fakedemux.Sockaddr{Addr: netip.MustParseAddr("127.0.0.1")}},
		} {
			s := udp()
			e := w.l.Bind(s, row.at)
			w.l.Connect(s, at4(w, r))
			p := portOf(s)
			e = max(e, w.l.Connect(s, none))
			w.said("%s = %s, %s", row.what, map[bool]string{true: "ok"}[e == 0], state(s, p))
			w.l.Close(s)
		}
		w.did("not connected", w.l.Connect(udp(), none))
		w.did("again", w.l.Connect(c, none))

		a, b, _ := w.l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeDatagram|epoll.NonBlock)
		w.did("unix, nothing lost", w.l.Connect(a, none))
		w.said("the other end: %#x", w.l.Poll(b, epoll.EPOLLIN|epoll.EPOLLOUT))
		_, e = w.l.Write(a, []byte("x"))
		w.did("send", e)
		_, e = w.l.Write(b, []byte("x"))
		w.did("back", e)
		a, b, _ = w.l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeDatagram|epoll.NonBlock)
		w.l.Write(b, []byte("lost"))
		w.l.Write(a, []byte("stays"))
		w.did("unix, something lost", w.l.Connect(a, none))
		w.said("the other end: %#x", w.l.Poll(b, epoll.EPOLLIN|epoll.EPOLLOUT))
		w.said("and this one: %#x", w.l.Poll(a, epoll.EPOLLIN|epoll.EPOLLOUT))
		pending, _ := w.l.SocketError(b)
		w.did("its error", pending)
		a, _, _ = w.l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream)
		w.did("a stream", w.l.Connect(a, none))
		l := w.socket(fakedemux.FamilyUnix, fakedemux.TypeStream)
		w.l.Bind(l, fakedemux.Sockaddr{Family: fakedemux.FamilyUnix})
		w.l.Listen(l, 1)
		w.did("a listener", w.l.Connect(l, none))
		a, _, _ = w.l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypePacket)
		w.did("a packet socket", w.l.Connect(a, none))
	})
}

// at4 is where a socket is bound, any port before it is.
func at4(w *teller, fd int) fakedemux.Sockaddr {
	at, _ := w.l.Getsockname(fd)
	return fakedemux.Sockaddr{Port: at.Port}
}

// TestDeferAccept: a connection without data is not accepted; tcp(7), TCP_DEFER_ACCEPT.
func TestDeferAccept(t *testing.T) {
	compareStories(t, `told 7
connect = ok
no data: 0
data: 1
accept = ok
read "x"
`, func(w *teller) {
		l := w.socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		w.l.Setsockopt(l, fakedemux.LevelTCP, optionDefer, ints(5))
		b := make([]byte, 4)
		w.l.Getsockopt(l, fakedemux.LevelTCP, optionDefer, b)
		w.said("told %d", b[0])
		w.l.Listen(l, 4)
		c := w.socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		w.l.ResetOnClose(c)
		w.l.Connect(c, at4(w, l))
		w.ready(c, epoll.EPOLLOUT)
		e, _ := w.l.SocketError(c)
		w.did("connect", e)
		w.said("no data: %d", w.l.Poll(l, epoll.EPOLLIN))
		w.l.Write(c, []byte("x"))
		w.ready(l, epoll.EPOLLIN)
		w.said("data: %d", w.l.Poll(l, epoll.EPOLLIN))
		s, e := w.l.Accept4(l, epoll.NonBlock)
		w.did("accept", e)
		w.ready(s, epoll.EPOLLIN)
		n, _ := w.l.Read(s, b)
		w.said("read %q", b[:max(n, 0)])
	})
}

func TestDeferAcceptEnds(t *testing.T) {
	tell(t, func(b *blocking) {
		s, _ := b.l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		b.l.Setsockopt(s, fakedemux.LevelTCP, optionDefer, ints(1))
		b.l.Listen(s, 4)
		at, _ := b.l.Getsockname(s)
		c, _ := b.l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		b.say("connect", name(b.l.Connect(c, at)))
		_, e := b.l.Accept4(s, 0)
		b.say("accept", name(e))
	}, "0s connect ok", "1s accept ok")
}
