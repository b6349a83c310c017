package fakedemux_test

import (
	"testing"
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// blocked is a story of two tasks: T makes a call that blocks, and the main task
// acts while it does.
type blocked struct {
	t *testing.T
	k *fakedemux.Kernel
	fakedemux.Linux
}

// during starts T and lets it block.
func (b *blocked) during(call func()) {
	b.k.Go("T", call)
	b.k.Sleep(time.Millisecond)
}

func (b *blocked) want(why string, n int, e epoll.Errno, wantN int, wantE epoll.Errno) {
	b.t.Helper()
	if n != wantN || e != wantE {
		b.t.Errorf("%s: got %d and errno %d, want %d and %d", why, n, e, wantN, wantE)
	}
}

// drain reads fd to its end and returns how much there was.
func (b *blocked) drain(fd int) (total int, e epoll.Errno) {
	var buf [4096]byte
	for {
		n, e := b.Read(fd, buf[:])
		if n <= 0 {
			return total, e
		}
		total += n
	}
}

// tcp returns the two ends of a connection, blocking.
func (b *blocked) tcp() (client, server int) {
	l := must2(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream))(b.t)
	if e := b.Listen(l, 1); e != 0 {
		b.t.Fatalf("listen: %d", e)
	}
	at, _ := b.Getsockname(l)
	client = must2(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream))(b.t)
	if e := b.Connect(client, at); e != 0 {
		b.t.Fatalf("connect: %d", e)
	}
	return client, must2(b.Accept4(l, 0))(b.t)
}

func must2(n int, e epoll.Errno) func(t *testing.T) int {
	return func(t *testing.T) int {
		t.Helper()
		if e != 0 {
			t.Fatalf("errno %d", e)
		}
		return n
	}
}

// TestBlockedCallsHoldTheirDescription: a call that is blocked keeps what it works on
// until it returns, not until it is woken. The figures are Linux's.
func TestBlockedCallsHoldTheirDescription(t *testing.T) {
	for _, story := range []struct {
		why string
		act func(b *blocked)
	}{
		{"a pipe whose writer is closed under a write", func(b *blocked) {
			r, w, _ := b.Pipe2(0)
			b.during(func() {
				n, e := b.Write(w, make([]byte, 200_000))
				b.want("T writes", n, e, 200_000, 0)
			})
			b.Close(w)
			n, e := b.drain(r)
			b.want("main drains", n, e, 200_000, 0)
		}},
		{"a unix socket that is closed under a write", func(b *blocked) {
			p, q, _ := b.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream)
			b.during(func() {
				n, e := b.Write(p, make([]byte, 20_000))
				b.want("T writes", n, e, 20_000, 0)
			})
			b.Close(p)
			n, e := b.drain(q)
			b.want("main drains", n, e, 20_000, 0)
		}},
		{"a TCP socket that is closed under a read", func(b *blocked) {
			p, q := b.tcp()
			b.during(func() {
				n, e := b.Read(p, make([]byte, 8))
				b.want("T reads", n, e, 2, 0)
			})
			b.Close(p)
			n, e := b.Write(q, []byte("xy"))
			b.want("the peer writes", n, e, 2, 0)
			n, e = b.drain(q)
			b.want("and gets a FIN", n, e, 0, 0)
		}},
		{"a unix socket that is closed under a read", func(b *blocked) {
			p, q, _ := b.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream)
			b.during(func() {
				n, e := b.Read(p, make([]byte, 8))
				b.want("T reads", n, e, 8, 0)
			})
			b.Close(p)
			n, e := b.Write(q, make([]byte, 8))
			b.want("the peer writes", n, e, 8, 0)
			n, e = b.drain(q)
			b.want("and reads the end", n, e, 0, 0)
		}},
		{"a UDP socket that is closed under a receive", func(b *blocked) {
			p := must2(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeDatagram))(b.t)
			q := must2(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeDatagram))(b.t)
			b.Bind(p, fakedemux.Sockaddr{})
			at, _ := b.Getsockname(p)
			b.during(func() {
				n, _, e := b.Recvfrom(p, make([]byte, 8), 0)
				b.want("T receives", n, e, 3, 0)
			})
			b.Close(p)
			n, e := b.Sendto(q, []byte("xyz"), 0, at)
			b.want("main sends", n, e, 3, 0)
		}},
		{"a unix listener that is shut down under an accept", func(b *blocked) {
			l := must2(b.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream))(b.t)
			b.Bind(l, fakedemux.Sockaddr{Name: "listener"})
			b.Listen(l, 1)
			b.during(func() {
				n, e := b.Accept4(l, 0)
				b.want("T accepts", n, e, -1, epoll.EINVAL)
			})
			b.Shutdown(l, 0)
		}},
		{"a TCP peer that is closed with data unread, under a write", func(b *blocked) {
			p, q := b.tcp()
			wrote := 0
			b.during(func() {
				n, e := b.Write(p, make([]byte, 1<<20))
				if wrote = n; n <= 0 || n == 1<<20 || e != 0 {
					b.t.Errorf("T writes %d, errno %d, want a part", n, e)
				}
			})
			b.Close(q)
			b.k.Sleep(time.Millisecond)
			pending, e := b.SocketError(p)
			if pending != epoll.ECONNRESET || e != 0 || wrote == 0 {
				b.t.Errorf("SO_ERROR is %d (errno %d) after %d bytes, want ECONNRESET", pending, e, wrote)
			}
		}},
	} {
		t.Run(story.why, func(t *testing.T) {
			k := fakedemux.New(nil)
			err := k.Run(func() { story.act(&blocked{t, k, k.Linux()}) })
			if err != nil {
				t.Errorf("the run ended with %v", err)
			}
		})
	}
}
