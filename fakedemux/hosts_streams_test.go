package fakedemux_test

import (
	"bytes"
	"strings"

	"reactortest/demux"
)

var vectorRows = []hostRow{
	{
		why: "the buffers arrive as one stream",
		steps: func(r *hostRun) {
			a, b := r.pair()
			n, err := r.WriteVector(a, [][]byte{[]byte("ab"), nil, []byte("cde")})
			r.says("write %d %s", n, result(err))
			r.reads(b)
		},
		want: `write 5 ok; read "abcde"`,
	},
	{
		why: "over TCP, too",
		steps: func(r *hostRun) {
			a, b := r.connection()
			n, err := r.WriteVector(a, [][]byte{[]byte("ab"), []byte("c")})
			r.says("write %d %s", n, result(err))
			r.says("read %q", r.readAll(b, n))
		},
		want: `write 3 ok; read "abc"`,
	},
	{
		why: "a pipe takes buffers as well",
		steps: func(r *hostRun) {
			from, to, err := r.Pipe()
			r.keeps(from, err)
			r.keeps(to, err)
			n, err := r.WriteVector(to, [][]byte{[]byte("ab"), []byte("c")})
			r.says("write %d %s", n, result(err))
			r.reads(from)
		},
		want: `write 3 ok; read "abc"`,
		not:  "iocp",
	},
	{
		why: "a short write ends inside of a buffer, and what it says is what arrives",
		steps: func(r *hostRun) {
			a, b := r.pair()
			var bufs [][]byte
			for _, c := range []byte("xyz") {
				bufs = append(bufs, bytes.Repeat([]byte{c}, r.big))
			}
			n, err := r.WriteVector(a, bufs)
			r.says("short %v %s", 0 < n && n < 3*r.big, result(err))
			got := r.readAll(b, n)
			r.says("arrived %v", got == string(bytes.Join(bufs, nil)[:n]))
		},
		want: `short true ok; arrived true`,
	},
	{
		why: "a write to a full stream would block",
		steps: func(r *hostRun) {
			a, _ := r.pair()
			for b := make([]byte, r.big); ; {
				if _, err := r.Write(a, b); err != nil {
					break
				}
			}
			n, err := r.WriteVector(a, [][]byte{make([]byte, r.big), make([]byte, r.big)})
			r.says("write %d %s", n, result(err))
		},
		want: `write 0 EAGAIN`,
	},
	{
		why: "no buffers, and empty ones, send nothing",
		steps: func(r *hostRun) {
			a, b := r.pair()
			n, err := r.WriteVector(a, nil)
			r.says("none %d %s", n, result(err))
			n, err = r.WriteVector(a, [][]byte{nil, {}})
			r.says("empty %d %s", n, result(err))
			n, err = r.Read(b, make([]byte, 1))
			r.says("read %d %s", n, result(err))
		},
		want: `none 0 ok; empty 0 ok; read 0 EAGAIN`,
	},
	{
		why: "it looks at MaxVector buffers at the most",
		steps: func(r *hostRun) {
			a, b := r.pair()
			text := strings.Repeat("0123456789", demux.MaxVector/10+2)
			var bufs [][]byte
			for i := range demux.MaxVector + 6 {
				bufs = append(bufs, []byte(text[i:i+1]))
			}
			n, err := r.WriteVector(a, bufs)
			r.says("write %d %s", n, result(err))
			r.says("arrived %v", r.readAll(b, n) == text[:demux.MaxVector])
		},
		want: `write 64 ok; arrived true`,
	},
	{
		why: "a handle that is not open",
		steps: func(r *hostRun) {
			n, err := r.WriteVector(r.closed(), [][]byte{[]byte("a")})
			r.says("write %d %s", n, result(err))
			n, err = r.WriteVector(r.closed(), nil)
			r.says("nothing %d %s", n, result(err))
		},
		want:    `write 0 EBADF; nothing 0 EBADF`,
		differs: map[string]string{"iocp": `write 0 ENOTSOCK; nothing 0 ENOTSOCK`},
	},
	{
		why: "it fails as Write does",
		steps: func(r *hostRun) {
			ends := []func() demux.Handle{
				func() demux.Handle { a, b := r.pair(); r.Close(b); return a },
				func() demux.Handle { a, _ := r.pair(); _ = r.CloseWrite(a); return a },
				func() demux.Handle { a, _ := r.connection(); _ = r.CloseWrite(a); return a },
				func() demux.Handle { h, _, err := r.Listen("127.0.0.1:0", 1); return r.keeps(h, err) },
				func() demux.Handle { h, _ := r.datagram(); return h },
				func() demux.Handle { // it was reset
					a, b := r.connection()
					_ = r.SetReset(b)
					r.Close(b)
					r.await(a, demux.Readable)
					return a
				},
			}
			same := true
			for _, end := range ends {
				n, err := r.Write(end(), []byte("abc"))
				n2, err2 := r.WriteVector(end(), [][]byte{[]byte("a"), []byte("bc")})
				if n != n2 || result(err) != result(err2) {
					same = false
					r.says("Write %d %s, WriteVector %d %s", n, result(err), n2, result(err2))
				}
			}
			r.says("same %v", same)
		},
		want: `same true`,
	},
}

var optionRows = []hostRow{
	{
		why: "after SetReset a close is a reset",
		steps: func(r *hostRun) {
			a, b := r.connection()
			r.says("set %s", result(r.SetReset(a)))
			r.Close(a)
			r.reads(b)
		},
		want: `set ok; read ECONNRESET`,
	},
	{
		why: "without it a close is an end",
		steps: func(r *hostRun) {
			a, b := r.connection()
			r.Close(a)
			r.reads(b)
		},
		want: `read EOF`,
	},
	{
		why: "a reset comes with the close of the last name",
		steps: func(r *hostRun) {
			a, b := r.connection()
			other, err := r.Dup(a)
			r.keeps(other, err)
			r.says("set %s", result(r.SetReset(a)))
			r.Close(a)
			n, err := r.Read(b, make([]byte, 1))
			r.says("read %d %s", n, result(err))
			r.Close(other)
			r.reads(b)
		},
		want: `set ok; read 0 EAGAIN; read ECONNRESET`,
	},
	{
		why: "TCP_NODELAY of TCP",
		steps: func(r *hostRun) {
			a, _ := r.connection()
			r.says("on %s", result(r.SetNoDelay(a, true)))
			r.says("off %s", result(r.SetNoDelay(a, false)))
			l, _, err := r.Listen("127.0.0.1:0", 1)
			r.says("of a listener %s", result(r.SetNoDelay(r.keeps(l, err), true)))
		},
		want: `on ok; off ok; of a listener ok`,
	},
	{
		why: "TCP_NODELAY of other sockets",
		steps: func(r *hostRun) {
			a, _ := r.pair()
			r.says("pair %s", result(r.SetNoDelay(a, true)))
			d, _ := r.datagram()
			r.says("datagram %s", result(r.SetNoDelay(d, true)))
		},
		want: `pair EOPNOTSUPP; datagram ENOPROTOOPT`,
		differs: map[string]string{
			"iocp":             `pair ok; datagram ENOPROTOOPT`, // a pair is TCP
			"kqueue-darwin":    `pair EOPNOTSUPP; datagram EINVAL`,
			"kqueue-dragonfly": `pair EOPNOTSUPP; datagram EINVAL`,
			"kqueue-freebsd":   `pair EINVAL; datagram EINVAL`,
			"kqueue-netbsd":    `pair ENOPROTOOPT; datagram ENOPROTOOPT`,
			"kqueue-netbsd-9":  `pair ENOPROTOOPT; datagram ENOPROTOOPT`,
			"kqueue":           `pair ENOPROTOOPT; datagram EINVAL`, // OpenBSD
		},
	},
	{
		why: "TCP_NODELAY of a connection that was reset",
		steps: func(r *hostRun) {
			a, b := r.connection()
			_ = r.SetReset(b)
			r.Close(b)
			r.reads(a)
			r.says("no delay %s", result(r.SetNoDelay(a, true)))
			r.says("reset %s", result(r.SetReset(a)))
		},
		want: `read ECONNRESET; no delay ok; reset ok`,
		differs: map[string]string{
			"kqueue-darwin": `read ECONNRESET; no delay EINVAL; reset EINVAL`,
			"kqueue":        `read ECONNRESET; no delay ECONNRESET; reset ok`,
		},
	},
	{
		why: "options of what is no socket",
		steps: func(r *hostRun) {
			from, to, err := r.Pipe()
			r.keeps(from, err)
			r.keeps(to, err)
			r.says("no delay %s", result(r.SetNoDelay(from, true)))
			r.says("reset %s", result(r.SetReset(to)))
		},
		want: `no delay ENOTSOCK; reset ENOTSOCK`,
		not:  "iocp",
	},
	{
		why: "options of a handle that is not open",
		steps: func(r *hostRun) {
			r.says("no delay %s", result(r.SetNoDelay(r.closed(), true)))
			r.says("reset %s", result(r.SetReset(r.closed())))
		},
		want:    `no delay EBADF; reset EBADF`,
		differs: map[string]string{"iocp": `no delay ENOTSOCK; reset ENOTSOCK`},
	},
	{
		why: "SO_LINGER of other sockets",
		steps: func(r *hostRun) {
			a, b := r.pair()
			r.says("pair %s", result(r.SetReset(a)))
			r.Close(a)
			r.reads(b)
			d, _ := r.datagram()
			r.says("datagram %s", result(r.SetReset(d)))
		},
		want:    `pair ok; read EOF; datagram ok`,
		differs: map[string]string{"iocp": `pair ok; read ECONNRESET; datagram ENOPROTOOPT`},
	},
}

var sharedRows = []hostRow{
	{
		why: "several listeners at one address, of ListenShared alone",
		steps: func(r *hostRun) {
			l, at, err := r.ListenShared("127.0.0.1:0", 4)
			r.tries("first", l, err)
			l, _, err = r.ListenShared(at.String(), 4)
			r.tries("second", l, err)
			l, _, err = r.Listen(at.String(), 4)
			r.tries("plain", l, err)
			l, at, err = r.Listen("127.0.0.1:0", 4)
			r.keeps(l, err)
			l, _, err = r.ListenShared(at.String(), 4)
			r.tries("beside a plain one", l, err)
		},
		want: `first ok; second ok; plain EADDRINUSE; beside a plain one EADDRINUSE`,
		not:  unshared,
	},
	{
		why: "each connection goes to one of them, and to the last one when the others are closed",
		steps: func(r *hostRun) {
			l1, at, err := r.ListenShared("127.0.0.1:0", 40)
			r.keeps(l1, err)
			l2, _, err := r.ListenShared(at.String(), 40)
			r.keeps(l2, err)
			connects := func(n int) {
				for range n {
					c, err := r.Connect(at)
					r.keeps(c, err)
					r.await(c, demux.Writable)
				}
			}
			accepts := func(l demux.Handle) (n int) {
				for ; ; n++ {
					s, err := r.Accept(l)
					if err != nil {
						return n
					}
					r.open[s] = true
				}
			}
			connects(30)
			got1, got2 := accepts(l1), accepts(l2)
			r.says("both have some %v, of %d", got1 > 0 && got2 > 0, got1+got2)
			r.Close(l1)
			connects(3)
			r.says("one has %d", accepts(l2))
		},
		want: `both have some true, of 30; one has 3`,
		not:  unshared,
	},
	{
		why: "systems that do not divide connections say so",
		steps: func(r *hostRun) {
			l, _, err := r.ListenShared("127.0.0.1:0", 4)
			r.tries("listen", l, err)
		},
		want: `listen unsupported`,
		not:  "epoll kqueue-freebsd kqueue-dragonfly",
	},
	{
		why: "an address that is none",
		steps: func(r *hostRun) {
			l, _, err := r.ListenShared("nowhere", 4)
			r.says("%v", l == demux.NoHandle && err != nil)
		},
		want: `true`,
	},
}

// unshared are the dialects without ListenShared.
const unshared = "iocp kqueue-darwin kqueue-netbsd kqueue-netbsd-9 kqueue-openbsd kqueue-openbsd-7.3 kqueue-openbsd-7.7"
