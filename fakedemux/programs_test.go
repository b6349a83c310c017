package fakedemux_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"reactortest/demux/epoll"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
)

// teller notes what calls return.
type teller struct {
	s   *side
	l   linuxSurface
	log strings.Builder
}

func (w *teller) did(what string, e epoll.Errno) {
	answer := "ok"
	if e != 0 {
		answer = errnoName(e)
		if named, known := moreNames[e]; known {
			answer = named
		}
	}
	fmt.Fprintf(&w.log, "%s = %s\n", what, answer)
}

var moreNames = map[epoll.Errno]string{
	6: "ENXIO", 20: "ENOTDIR", 21: "EISDIR", 91: "EPROTOTYPE", 95: "EOPNOTSUPP", 97: "EAFNOSUPPORT", 98: "EADDRINUSE", 99: "EADDRNOTAVAIL", 101: "ENETUNREACH", 115: "EINPROGRESS",
}

func (w *teller) said(what string, args ...any) { fmt.Fprintf(&w.log, what+"\n", args...) }

// socket makes one that does not block.
func (w *teller) socket(family, typ int) int {
	fd, e := w.l.Socket(family, typ|epoll.NonBlock)
	if e != 0 {
		panic(e.Err("socket"))
	}
	return fd
}

// on sets an option to 1.
func (w *teller) on(fd, level, name int) {
	if e := w.l.Setsockopt(fd, level, name, ints(1)); e != 0 {
		panic(e.Err("setsockopt"))
	}
}

// ready waits until a condition holds.
func (w *teller) ready(fd int, condition uint32) {
	for range 1_000_000 {
		if w.l.Poll(fd, condition) != 0 {
			return
		}
	}
	w.said("never ready")
}

const (
	optionReuseAddr = 2
	optionReusePort = 15
	optionDefer     = 9
	optionV6Only    = 26
)

// compareStories plays a story on the simulated kernel and on the running one, and
// compares what it tells, and with want.
func compareStories(t *testing.T, want string, story func(w *teller)) {
	t.Helper()
	sides := []*side{simulatedSide()}
	if runningSide != nil {
		sides = append(sides, runningSide(t))
	}
	for i, s := range sides {
		if err := s.begin(); err != nil {
			t.Fatal(err)
		}
		w := &teller{s: s, l: s.calls}
		story(w)
		if got := w.log.String(); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", []string{"simulated", "running kernel"}[i], got, want)
		}
	}
}

// TestUnixPaths: names in the file system; unix(7), "Pathname sockets".
func TestUnixPaths(t *testing.T) {
	path := fmt.Sprintf("/tmp/reactortest-%d", os.Getpid())
	at := fakedemux.Sockaddr{Family: fakedemux.FamilyUnix, Path: path}
	compareStories(t, `bind = ok
bind to another path = EINVAL
another binds it = EADDRINUSE
connect before listen = ECONNREFUSED
listen = ok
connect = ok
of another type = EPROTOTYPE
name "path"
peer "path"
accepted ""
open = ENXIO
close = ok
connect after close = ECONNREFUSED
bind after close = EADDRINUSE
unlink = ok
connect after unlink = ENOENT
bind after unlink = ok
unlink again = ok
connect to a file = ECONNREFUSED
bind below a file = ENOTDIR
bind in no directory = ENOENT
`, func(w *teller) {
		s := w.socket(fakedemux.FamilyUnix, fakedemux.TypeStream)
		show := func(a fakedemux.Sockaddr) string { return strings.ReplaceAll(a.Path+a.Name, path, "path") }
		w.did("bind", w.l.Bind(s, at))
		w.did("bind to another path", w.l.Bind(s, fakedemux.Sockaddr{Path: path + "x"}))
		o := w.socket(fakedemux.FamilyUnix, fakedemux.TypeStream)
		w.did("another binds it", w.l.Bind(o, at))
		w.did("connect before listen", w.l.Connect(o, at))
		w.did("listen", w.l.Listen(s, 4))
		w.did("connect", w.l.Connect(o, at))
		d := w.socket(fakedemux.FamilyUnix, fakedemux.TypeDatagram)
		w.did("of another type", w.l.Connect(d, at))
		name, _ := w.l.Getsockname(s)
		peer, _ := w.l.Getpeername(o)
		_, from, _ := w.l.AcceptFrom(s, epoll.NonBlock)
		w.said("name %q\npeer %q\naccepted %q", show(name), show(peer), show(from))
		_, e := w.l.Open(path, 2)
		w.did("open", e)
		w.did("close", w.l.Close(s))
		c := w.socket(fakedemux.FamilyUnix, fakedemux.TypeStream)
		w.did("connect after close", w.l.Connect(c, at))
		w.did("bind after close", w.l.Bind(c, at))
		w.did("unlink", w.l.Unlink(path))
		w.did("connect after unlink", w.l.Connect(c, at))
		w.did("bind after unlink", w.l.Bind(c, at))
		w.did("unlink again", w.l.Unlink(path))
		f, e := w.l.Open(path, 0x40|2)
		if e != 0 {
			panic(e.Err("open"))
		}
		w.did("connect to a file", w.l.Connect(w.socket(fakedemux.FamilyUnix, fakedemux.TypeStream), at))
		n := w.socket(fakedemux.FamilyUnix, fakedemux.TypeStream)
		w.did("bind below a file", w.l.Bind(n, fakedemux.Sockaddr{Path: path + "/x"}))
		w.did("bind in no directory", w.l.Bind(n, fakedemux.Sockaddr{Path: path + "-no/x"}))
		w.l.Unlink(path)
		w.l.Close(f)
	})
}

// TestOpenModes: O_ACCMODE says which calls a file takes; 3 stands for neither reading nor
// writing.
func TestOpenModes(t *testing.T) {
	path := fmt.Sprintf("/tmp/reactortest-mode-%d", os.Getpid())
	compareStories(t, `mode 0 is 0
read = ok
write = EBADF
writev of nothing = EBADF
sendfile to it = EBADF
mode 1 is 1
read = EBADF
write = ok
readv of nothing = EBADF
sendfile from it = EBADF
mode 2 is 2
read = ok
write = ok
mode 3 is 3
read = EBADF
write = EBADF
`, func(w *teller) {
		open := func(mode int) int {
			fd, e := w.l.Open(path, 0x40|mode)
			if e != 0 {
				panic(e.Err("open"))
			}
			status, _ := w.l.Fcntl(fd, fakedemux.GetFL, 0)
			w.said("mode %d is %d", mode, status&3)
			_, e = w.l.Read(fd, make([]byte, 2))
			w.did("read", e)
			_, e = w.l.Write(fd, []byte("abcd"))
			w.did("write", e)
			return fd
		}
		other, e := w.l.MemfdCreate()
		if e != 0 {
			panic(e.Err("memfd_create"))
		}
		fd := open(0)
		_, e = w.l.Writev(fd, nil)
		w.did("writev of nothing", e)
		_, e = w.l.Sendfile(fd, other, nil, 1)
		w.did("sendfile to it", e)
		fd = open(1)
		_, e = w.l.Readv(fd, nil)
		w.did("readv of nothing", e)
		_, e = w.l.Sendfile(other, fd, nil, 1)
		w.did("sendfile from it", e)
		open(2)
		open(3)
		w.l.Unlink(path)
	})
}

// TestOpenModesOfABSD: the same; 3 is no mode there. open(2), EINVAL; sys_read, sys_write.
func TestOpenModesOfABSD(t *testing.T) {
	for _, p := range kqueue.Profiles() {
		k := fakedemux.New(&fakedemux.Options{Dialect: "kqueue-" + p.Name})
		k.Run(func() {
			b := k.BSD()
			if _, e := b.Open("f", fakedemux.BSDOpenCreate|fakedemux.BSDOpenWrite|fakedemux.BSDOpenBoth); e != kqueue.EINVAL {
				t.Errorf("%s: Open with 3 returned %v, want EINVAL", p.Name, e)
			}
			w, _ := b.Open("f", fakedemux.BSDOpenCreate|fakedemux.BSDOpenWrite)
			r, _ := b.Open("f", fakedemux.BSDOpenRead)
			if _, e := b.Read(w, make([]byte, 1)); e != kqueue.EBADF {
				t.Errorf("%s: Read of a file open for writing returned %v, want EBADF", p.Name, e)
			}
			if _, e := b.Write(r, make([]byte, 1)); e != kqueue.EBADF {
				t.Errorf("%s: Write to a file open for reading returned %v, want EBADF", p.Name, e)
			}
		})
	}
}

// TestSendfileToAPipe: each page of the file takes a page of the pipe, and the call returns
// when the pipe is full, also if the pipe blocks.
func TestSendfileToAPipe(t *testing.T) {
	compareStories(t, `write 200000
aligned 65536
again -1
odd offset 65436
behind 100 bytes 61440
a page of 5 bytes 5
write 3
no room beside them 57344
`, func(w *teller) {
		file, e := w.l.MemfdCreate()
		if e != 0 {
			panic(e.Err("memfd_create"))
		}
		buf := make([]byte, 200_000)
		n, _ := w.l.Write(file, buf)
		w.said("write %d", n)
		pipe := func(flags int) int {
			_, wr, e := w.l.Pipe2(flags)
			if e != 0 {
				panic(e.Err("pipe2"))
			}
			return wr
		}
		to := func(what string, pipe int, offset int64, count int) {
			n, _ := w.l.Sendfile(pipe, file, &offset, count)
			w.said("%s %d", what, n)
		}
		p := pipe(epoll.NonBlock)
		to("aligned", p, 0, 200_000)
		to("again", p, 0, 1)
		to("odd offset", pipe(0), 100, 100_000)
		p = pipe(0)
		_, _ = w.l.Write(p, buf[:100])
		to("behind 100 bytes", p, 4096, 100_000)
		p = pipe(0)
		to("a page of 5 bytes", p, 0, 5)
		n, _ = w.l.Write(p, buf[:3])
		w.said("write %d", n)
		to("no room beside them", p, 0, 100_000)
	})
}

// TestFlagsOfBlockingCalls: flags that make one call wait, or not.
func TestFlagsOfBlockingCalls(t *testing.T) {
	tell(t, func(b *blocking) {
		x, y, _ := b.l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream)
		buf := make([]byte, 8)
		_, _, e := b.l.Recvfrom(x, buf, fakedemux.DontWait)
		b.say("receive", name(e))
		n, e := b.l.Sendto(x, make([]byte, 100), fakedemux.DontWait, fakedemux.Sockaddr{})
		b.say("send", fmt.Sprint(n), name(e))
		b.k.Go("peer", func() {
			for range 9 {
				b.k.Sleep(time.Second)
				b.l.Write(y, []byte("ab"))
			}
		})
		n, _, e = b.l.Recvfrom(x, buf, fakedemux.WaitAll|fakedemux.Peek)
		b.say("peek all", fmt.Sprint(n), name(e))
		n, _, e = b.l.Recvfrom(x, buf[:6], fakedemux.WaitAll)
		b.say("receive all", fmt.Sprint(n), name(e))
		b.l.Setsockopt(x, fakedemux.LevelSocket, 18, ints(5))
		n, e = b.l.Read(x, buf)
		b.say("read at least 5", fmt.Sprint(n), name(e))
		n, _, e = b.l.Recvfrom(x, buf, 0)
		b.say("receive at least 5", fmt.Sprint(n), name(e))
	}, "0s receive EAGAIN", "0s send 64 ok", "4s peek all 8 ok", "4s receive all 6 ok", "6s read at least 5 6 ok", "9s receive at least 5 6 ok")
}

// TestReusePortGroups: who gets connections and datagrams is a decision; in turn if it
// is quiet.
func TestReusePortGroups(t *testing.T) {
	for _, typ := range []int{fakedemux.TypeStream, fakedemux.TypeDatagram} {
		k := fakedemux.New(nil)
		err := k.Run(func() {
			l := k.Linux()
			var group []int
			var at fakedemux.Sockaddr
			for range 3 {
				fd, _ := l.Socket(fakedemux.FamilyIPv4, typ|epoll.NonBlock)
				l.Setsockopt(fd, fakedemux.LevelSocket, optionReusePort, ints(1))
				if e := l.Bind(fd, at); e != 0 {
					t.Fatal(e)
				}
				l.Listen(fd, 8)
				at, _ = l.Getsockname(fd)
				group = append(group, fd)
			}
			for range 6 {
				fd, _ := l.Socket(fakedemux.FamilyIPv4, typ|epoll.NonBlock)
				l.Connect(fd, at)
				l.Write(fd, []byte("x"))
			}
			for _, fd := range group {
				n := 0
				for ; l.Poll(fd, epoll.EPOLLIN) != 0; n++ {
					if typ == fakedemux.TypeDatagram {
						l.Read(fd, make([]byte, 1))
					} else if _, e := l.Accept4(fd, 0); e != 0 {
						t.Fatal(e)
					}
				}
				if n != 2 {
					t.Errorf("type %d: a socket of three got %d of six", typ, n)
				}
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestDupFrom: F_DUPFD takes the lowest free number from the argument on.
func TestDupFrom(t *testing.T) {
	k := direct(fakedemux.Options{First: 3, Descriptors: 12})
	l := k.Linux()
	fd, _ := l.Eventfd(0, 0)
	for _, row := range []struct {
		why       string
		from, got int
		e         epoll.Errno
	}{
		{"a free number", 7, 7, 0},
		{"the next one", 7, 8, 0},
		{"below the first", 0, 4, 0},
		{"the last", 11, 11, 0},
		{"none is left there", 11, -1, epoll.EMFILE},
		{"beyond the limit", 12, -1, epoll.EINVAL},
	} {
		if n, e := l.Fcntl(fd, fakedemux.DupFD, row.from); n != row.got || e != row.e {
			t.Errorf("%s: %d %d, want %d %d", row.why, n, e, row.got, row.e)
		}
	}
	if n, e := l.Dup2(fd, 11); n != 11 || e != 0 {
		t.Errorf("dup2 to the last number: %d %d", n, e)
	}
	if _, e := l.Dup2(fd, 12); e != epoll.EBADF {
		t.Errorf("dup2 beyond the limit: %d, want EBADF", e)
	}
	if r, e := l.Getrlimit(fakedemux.ResourceFiles); e != 0 || r.Cur != 12 {
		t.Errorf("the limit is %d", r.Cur)
	}
}
