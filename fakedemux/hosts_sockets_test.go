package fakedemux_test

import (
	"net/netip"
	"strings"

	"reactortest/demux"
)

// unixUnsupported are the dialects without sockets in the file system.
const unixUnsupported = "iocp"

var unixRows = []hostRow{
	{
		why: "a connection to a path",
		steps: func(r *hostRun) {
			l, err := r.ListenUnix(r.dir+"/s", 4)
			r.keeps(l, err)
			c, s := r.meets(l, func() (demux.Handle, error) { return r.ConnectUnix(r.dir + "/s") })
			_, _ = r.Write(c, []byte("ping"))
			r.reads(s)
			_, _ = r.WriteVector(s, [][]byte{[]byte("po"), []byte("ng")})
			r.reads(c)
			r.Close(c)
			r.reads(s)
		},
		want: `read "ping"; read "pong"; read EOF`,
		not:  unixUnsupported,
	},
	{
		why: "nobody is waiting",
		steps: func(r *hostRun) {
			l, err := r.ListenUnix(r.dir+"/s", 4)
			r.keeps(l, err)
			s, err := r.Accept(l)
			r.tries("accept", s, err)
		},
		want: `accept EAGAIN`,
		not:  unixUnsupported,
	},
	{
		why: "the file outlives the listener, until it is removed",
		steps: func(r *hostRun) {
			path := r.dir + "/s"
			l, err := r.ListenUnix(path, 4)
			r.keeps(l, err)
			other, err := r.ListenUnix(path, 4)
			r.tries("listen again", other, err)
			r.Close(l)
			other, err = r.ListenUnix(path, 4)
			r.tries("after close", other, err)
			c, err := r.ConnectUnix(path)
			r.tries("connect", c, err)
			r.says("remove %s", result(r.RemoveUnix(path)))
			c, err = r.ConnectUnix(path)
			r.tries("connect", c, err)
			r.says("remove %s", result(r.RemoveUnix(path)))
			l, err = r.ListenUnix(path, 4)
			r.tries("listen", l, err)
		},
		want: `listen again EADDRINUSE; after close EADDRINUSE; connect ECONNREFUSED; remove ok; connect ENOENT; remove ENOENT; listen ok`,
		not:  unixUnsupported,
	},
	{
		why: "a listener whose file is removed serves the connections it has",
		steps: func(r *hostRun) {
			path := r.dir + "/s"
			l, err := r.ListenUnix(path, 4)
			r.keeps(l, err)
			c, err := r.ConnectUnix(path)
			r.keeps(c, err)
			r.says("remove %s", result(r.RemoveUnix(path)))
			s, err := r.Accept(l)
			r.tries("accept", s, err)
			other, err := r.ListenUnix(path, 4)
			r.tries("listen", other, err)
		},
		want: `remove ok; accept ok; listen ok`,
		not:  unixUnsupported,
	},
	{
		why: "paths that are none",
		steps: func(r *hostRun) {
			for _, path := range []string{"", r.dir + "/none/s", r.dir + "/" + strings.Repeat("x", 108)} {
				l, err := r.ListenUnix(path, 4)
				r.tries("listen", l, err)
				c, err := r.ConnectUnix(path)
				r.tries("connect", c, err)
			}
			r.says("remove %s", result(r.RemoveUnix("")))
			r.says("remove %s", result(r.RemoveUnix(r.dir+"/none/s")))
		},
		want: `listen EINVAL; connect EINVAL; listen ENOENT; connect ENOENT; listen EINVAL; connect EINVAL; remove ENOENT; remove ENOENT`,
		not:  unixUnsupported,
	},
	{
		why: "paths of other files",
		steps: func(r *hostRun) {
			r.file(r.dir + "/f")
			l, err := r.ListenUnix(r.dir+"/f", 4)
			r.tries("listen", l, err)
			c, err := r.ConnectUnix(r.dir + "/f")
			r.tries("connect", c, err)
			c, err = r.ConnectUnix(r.dir + "/f/s")
			r.tries("below", c, err)
			r.says("remove a directory %s", result(r.RemoveUnix(r.dir)))
		},
		want:    `listen EADDRINUSE; connect ECONNREFUSED; below ENOTDIR; remove a directory EISDIR`,
		differs: map[string]string{"kqueue": `listen EADDRINUSE; connect ENOTSOCK; below ENOTDIR; remove a directory EPERM`},
		not:     unixUnsupported,
	},
	{
		why: "a connect beyond the backlog",
		steps: func(r *hostRun) {
			l, err := r.ListenUnix(r.dir+"/s", 0)
			r.keeps(l, err)
			c, err := r.ConnectUnix(r.dir + "/s")
			r.tries("first", c, err)
			c, err = r.ConnectUnix(r.dir + "/s")
			r.tries("second", c, err)
			s, err := r.Accept(l)
			r.tries("accept", s, err)
			c, err = r.ConnectUnix(r.dir + "/s")
			r.tries("third", c, err)
		},
		want:    `first ok; second EAGAIN; accept ok; third ok`,
		differs: map[string]string{"kqueue": `first ok; second ECONNREFUSED; accept ok; third ok`},
		not:     unixUnsupported,
	},
	{
		why: "a connection that is not accepted ends with its listener",
		steps: func(r *hostRun) {
			l, err := r.ListenUnix(r.dir+"/s", 4)
			r.keeps(l, err)
			c, err := r.ConnectUnix(r.dir + "/s")
			r.keeps(c, err)
			r.Close(l)
			r.reads(c)
		},
		want: `read ECONNRESET`,
		not:  unixUnsupported,
	},
	{
		why: "Windows has no sockets in the file system, here",
		steps: func(r *hostRun) {
			l, err := r.ListenUnix(r.dir+"/s", 4)
			r.tries("listen", l, err)
			c, err := r.ConnectUnix(r.dir + "/s")
			r.tries("connect", c, err)
			r.says("remove %s", result(r.RemoveUnix(r.dir+"/s")))
		},
		want: `listen unsupported; connect unsupported; remove unsupported`,
		not:  "epoll kqueue",
	},
}

// receives says what one ReceiveFrom into n bytes returns, and whether it names from.
func (r *hostRun) receives(h demux.Handle, n int, from netip.AddrPort) {
	b := make([]byte, n)
	n, at, err := r.ReceiveFrom(h, b)
	if err != nil {
		r.says("receive %s", result(err))
		return
	}
	r.says("receive %q, from it %v", b[:n], at == from)
}

func (r *hostRun) sends(h demux.Handle, b string, to netip.AddrPort) {
	n, err := r.SendTo(h, []byte(b), to)
	r.says("send %d %s", n, result(err))
}

var datagramRows = []hostRow{
	{
		why: "a datagram says where it comes from",
		steps: func(r *hostRun) {
			a, from := r.datagram()
			b, to := r.datagram()
			r.sends(a, "hello", to)
			r.sends(a, "again", to)
			r.await(b, demux.Readable)
			r.receives(b, 100, from)
			r.receives(b, 100, from)
			r.receives(b, 100, from)
		},
		want: `send 5 ok; send 5 ok; receive "hello", from it true; receive "again", from it true; receive EAGAIN`,
	},
	{
		why: "what does not fit is lost",
		steps: func(r *hostRun) {
			a, from := r.datagram()
			b, to := r.datagram()
			r.sends(a, "hello", to)
			r.sends(a, "next", to)
			r.sends(a, "last", to)
			r.await(b, demux.Readable)
			r.receives(b, 2, from)
			r.receives(b, 0, from)
			r.receives(b, 4, from)
		},
		want: `send 5 ok; send 4 ok; send 4 ok; receive "he", from it true; receive "", from it true; receive "last", from it true`,
	},
	{
		why: "an empty datagram is one",
		steps: func(r *hostRun) {
			a, from := r.datagram()
			b, to := r.datagram()
			r.sends(a, "", to)
			r.await(b, demux.Readable)
			r.receives(b, 10, from)
			r.receives(b, 10, from)
		},
		want: `send 0 ok; receive "", from it true; receive EAGAIN`,
	},
	{
		why: "the host chooses a port",
		steps: func(r *hostRun) {
			_, at := r.datagram()
			_, other := r.datagram()
			r.says("chosen %v, two %v, at home %v", at.Port() != 0, at != other, at.Addr() == netip.MustParseAddr("127.0.0.1"))
			h, _, err := r.Datagram(at.String())
			r.tries("the same", h, err)
			h, at, err = r.Datagram("0.0.0.0:0")
			r.tries("any", h, err)
			r.says("%v", at.Addr())
			h, _, err = r.Datagram("192.0.2.1:0")
			r.tries("another's", h, err)
			h, _, err = r.Datagram("nowhere")
			r.says("nowhere %v", h == demux.NoHandle && err != nil)
		},
		want: `chosen true, two true, at home true; the same EADDRINUSE; any ok; 0.0.0.0; another's EADDRNOTAVAIL; nowhere true`,
	},
	{
		why: "the port is free when the socket is closed",
		steps: func(r *hostRun) {
			a, at := r.datagram()
			r.Close(a)
			h, again, err := r.Datagram(at.String())
			r.tries("the same", h, err)
			r.says("%v", again == at)
		},
		want: `the same ok; true`,
	},
	{
		why: "IPv6",
		steps: func(r *hostRun) {
			a, from, err := r.Datagram("[::1]:0")
			r.keeps(a, err)
			b, to, err := r.Datagram("[::1]:0")
			r.keeps(b, err)
			r.sends(a, "six", to)
			r.await(b, demux.Readable)
			r.receives(b, 10, from)
		},
		want: `send 3 ok; receive "six", from it true`,
	},
	{
		why: "nobody is there",
		steps: func(r *hostRun) {
			a, from := r.datagram()
			b, to := r.datagram()
			r.Close(b)
			r.sends(a, "x", to)
			r.receives(a, 10, from)
			r.receives(a, 10, from)
		},
		want:    `send 1 ok; receive EAGAIN; receive EAGAIN`,
		differs: map[string]string{"iocp": `send 1 ok; receive ECONNRESET; receive EAGAIN`},
	},
	{
		why: "more than a datagram holds",
		steps: func(r *hostRun) {
			a, _ := r.datagram()
			_, to := r.datagram()
			r.sends(a, strings.Repeat("x", 65508), to)
			r.sends(a, strings.Repeat("x", 9217), to)
			r.sends(a, strings.Repeat("x", 9216), to)
		},
		want:    `send 0 EMSGSIZE; send 9217 ok; send 9216 ok`,
		differs: map[string]string{"kqueue": `send 0 EMSGSIZE; send 0 EMSGSIZE; send 9216 ok`},
	},
	{
		why: "addresses that are none",
		steps: func(r *hostRun) {
			a, from := r.datagram()
			r.sends(a, "x", netip.AddrPort{})
			r.sends(a, "x", netip.AddrPortFrom(from.Addr(), 0))
		},
		want: `send 0 EDESTADDRREQ; send 0 EINVAL`,
		differs: map[string]string{
			"kqueue": `send 0 EDESTADDRREQ; send 0 EADDRNOTAVAIL`,
			"iocp":   `send 0 EDESTADDRREQ; send 0 EADDRNOTAVAIL`,
		},
	},
	{
		why: "an address of the other family",
		steps: func(r *hostRun) {
			a, _ := r.datagram()
			r.sends(a, "x", netip.MustParseAddrPort("[::1]:9"))
		},
		want: `send 0 EAFNOSUPPORT`,
		not:  "iocp", // not known
	},
	{
		why: "a handle that is not open",
		steps: func(r *hostRun) {
			_, to := r.datagram()
			r.receives(r.closed(), 1, to)
			r.sends(r.closed(), "x", to)
		},
		want:    `receive EBADF; send 0 EBADF`,
		differs: map[string]string{"iocp": `receive ENOTSOCK; send 0 ENOTSOCK`},
	},
	{
		why: "what is no socket",
		steps: func(r *hostRun) {
			from, to, err := r.Pipe()
			r.keeps(from, err)
			r.keeps(to, err)
			_, at := r.datagram()
			r.receives(from, 1, at)
			r.sends(to, "x", at)
		},
		want: `receive ENOTSOCK; send 0 ENOTSOCK`,
		not:  "iocp",
	},
	{
		why: "a stream has nobody to name",
		steps: func(r *hostRun) {
			a, b := r.connection()
			_, _ = r.Write(a, []byte("x"))
			r.await(b, demux.Readable)
			r.receives(b, 10, netip.AddrPort{})
			r.receives(b, 10, netip.AddrPort{})
			r.Close(a)
			r.await(b, demux.Readable)
			r.receives(b, 10, netip.AddrPort{})
		},
		want: `receive "x", from it true; receive EAGAIN; receive "", from it true`,
	},
	{
		why: "what streams do",
		steps: func(r *hostRun) {
			a, _ := r.datagram()
			h, err := r.Accept(a)
			r.tries("accept", h, err)
			r.says("close write %s", result(r.CloseWrite(a)))
			r.says("result %s", result(r.ConnectResult(a)))
		},
		want: `accept EOPNOTSUPP; close write ENOTCONN; result ENOTCONN`,
		not:  "iocp", // not known
	},
	{
		why: "Read takes a datagram, and Write has nobody to send to",
		steps: func(r *hostRun) {
			a, _ := r.datagram()
			b, to := r.datagram()
			r.sends(a, "x", to)
			r.reads(b)
			n, err := r.Write(a, []byte("x"))
			r.says("write %d %s", n, result(err))
		},
		want: `send 1 ok; read "x"; write 0 EDESTADDRREQ`,
		not:  "iocp", // WSASend: WSAENOTCONN, which the simulation does not have here
	},
}
