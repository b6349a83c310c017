package fakedemux_test

import (
	"fmt"
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
	p, q int // the object: two ends, or one descriptor
	saw  []string
}

// note keeps what somebody has seen.
func (b *blocked) note(who string, n int, e epoll.Errno) {
	if e != 0 {
		b.saw = append(b.saw, fmt.Sprint(who, " ", name(e)))
	} else {
		b.saw = append(b.saw, fmt.Sprint(who, " ", n))
	}
}

// drain reads fd to its end and notes how much there was.
func (b *blocked) drain(fd int) {
	var buf [4096]byte
	for total := 0; ; {
		n, e := b.Read(fd, buf[:])
		if n <= 0 {
			b.note("drain", total, e)
			return
		}
		total += n
	}
}

func (b *blocked) errno(e epoll.Errno) { b.note("errno", int(e), 0) }

// must fails the test if e is an error.
func (b *blocked) must(n int, e epoll.Errno) int {
	b.t.Helper()
	if e != 0 {
		b.t.Fatal(name(e))
	}
	return n
}

// The objects of the stories.
var blockedObjects = map[string]func(b *blocked){
	"pipe": func(b *blocked) { b.p, b.q, _ = b.Pipe2(0) },
	"unix": func(b *blocked) { b.p, b.q, _ = b.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream) },
	"datagrams": func(b *blocked) {
		b.p, b.q, _ = b.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeDatagram)
	},
	"packets": func(b *blocked) {
		b.p, b.q, _ = b.Socketpair(fakedemux.FamilyUnix, fakedemux.TypePacket)
	},
	"TCP": func(b *blocked) {
		l := b.must(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream))
		b.Listen(l, 1)
		at, _ := b.Getsockname(l)
		b.p = b.must(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream))
		if e := b.Connect(b.p, at); e != 0 {
			b.t.Fatal(name(e))
		}
		b.q = b.must(b.Accept4(l, 0))
	},
	"UDP": func(b *blocked) {
		b.p = b.must(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeDatagram))
		b.q = b.must(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeDatagram))
		b.Bind(b.p, fakedemux.Sockaddr{})
		at, _ := b.Getsockname(b.p)
		b.Connect(b.q, at)
	},
	"unix listener": func(b *blocked) { // and a socket that wants to connect
		b.p = b.must(b.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream))
		b.Bind(b.p, fakedemux.Sockaddr{Name: "listener"})
		b.Listen(b.p, 0)
		b.q = b.must(b.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream))
	},
	"TCP listener": func(b *blocked) {
		b.p = b.must(b.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream))
		b.Listen(b.p, 0)
	},
	"eventfd": func(b *blocked) { b.p = b.must(b.Eventfd(0, 0)) },
	"timerfd": func(b *blocked) { b.p = b.must(b.TimerfdCreate(1, 0)) },
	"epoll":   func(b *blocked) { b.p, b.q = b.must(b.EpollCreate1(0)), b.must(b.Eventfd(1, 0)) },
}

// Calls of T, and what the main task does.
type deed func(b *blocked)

func readP(b *blocked) {
	n, e := b.Read(b.p, make([]byte, 8))
	b.note("T", n, e)
}

func writeTo(of func(b *blocked) int, n int) deed {
	return func(b *blocked) {
		n, e := b.Write(of(b), make([]byte, n))
		b.note("T", n, e)
	}
}

func acceptP(b *blocked) {
	n, e := b.Accept4(b.p, 0)
	b.note("T", min(n, 0), e)
}

// copiesToQ fills the pipe, and then makes a sendfile that has to wait.
func copiesToQ(b *blocked) {
	file := b.must(b.MemfdCreate())
	b.must(b.Write(file, make([]byte, 100_000)))
	offset := int64(0)
	b.must(b.Sendfile(b.q, file, &offset, 100_000))
	n, e := b.Sendfile(b.q, file, &offset, 100_000)
	b.note("T", max(n, 0), e)
}

func receives(of func(b *blocked) int, n int) deed {
	return func(b *blocked) {
		n, e := b.Read(of(b), make([]byte, n))
		b.note("main", n, e)
	}
}

// urges sends an urgent byte.
func urges(b *blocked) { b.Sendto(b.q, []byte("!"), fakedemux.OutOfBand, fakedemux.Sockaddr{}) }

// receiveAllP waits for 8 bytes.
func receiveAllP(b *blocked) {
	n, _, e := b.Recvfrom(b.p, make([]byte, 8), fakedemux.WaitAll)
	b.note("T", n, e)
}

func p(b *blocked) int { return b.p }
func q(b *blocked) int { return b.q }

func closes(of func(b *blocked) int) deed { return func(b *blocked) { b.Close(of(b)) } }
func drains(of func(b *blocked) int) deed { return func(b *blocked) { b.drain(of(b)) } }

func shuts(of func(b *blocked) int, how int) deed {
	return func(b *blocked) { b.Shutdown(of(b), how) }
}

func sends(of func(b *blocked) int, n int) deed {
	return func(b *blocked) {
		n, e := b.Write(of(b), make([]byte, n))
		b.note("main", n, e)
	}
}

func nonblocks(of func(b *blocked) int) deed {
	return func(b *blocked) { b.SetNonblock(of(b), true) }
}

func resets(b *blocked) {
	b.ResetOnClose(b.q)
	b.Close(b.q)
}

// settles gives the network and T time.
func settles(b *blocked) { b.k.LetRun() }

func socketError(b *blocked) {
	pending, e := b.SocketError(b.p)
	if e == 0 {
		e = pending
	}
	b.note("SO_ERROR", 0, e)
}

// signals sends a signal whose handler has the flags.
func signals(flags int) deed {
	return func(b *blocked) {
		b.Sigaction(12, flags)
		for _, t := range b.k.Tasks().Left() {
			if t.Name() == "T" {
				b.Tgkill(t, 12)
			}
		}
		b.k.LetRun()
	}
}

// TestBlockedCalls: what ends a call that is blocked, and what is seen then. The
// figures are Linux's: reactortest fidelity -blocked compares the like with the
// running kernel.
func TestBlockedCalls(t *testing.T) {
	for _, row := range []struct {
		why    string
		object string
		call   deed // of T
		enders []deed
		saw    string
	}{
		{"a call holds its description until it returns", "pipe", writeTo(q, 200_000), []deed{closes(q), drains(p)}, "[T 200000 drain 200000]"},
		{"a call holds its description until it returns", "unix", writeTo(p, 20_000), []deed{closes(p), drains(q)}, "[T 20000 drain 20000]"},
		{"and so does a send that has sent a part", "unix", func(b *blocked) {
			writeTo(p, 4096)(b)
			n, e := b.Sendto(b.p, make([]byte, 20_000), 0, fakedemux.Sockaddr{})
			b.note("T", n, e)
		}, []deed{closes(p), drains(q)}, "[T 4096 T 20000 drain 24096]"},
		{"and so does a sendmsg", "TCP", func(b *blocked) {
			writeTo(p, 4096)(b)
			n, e := b.Sendmsg(b.p, &fakedemux.Message{Vectors: [][]byte{make([]byte, 20_000)}}, 0)
			b.note("T", n, e)
		}, []deed{closes(p), drains(q)}, "[T 4096 T 20000 drain 24096]"},
		{"a close is a FIN when the call returns", "TCP", readP, []deed{closes(p), sends(q, 2), drains(q)}, "[main 2 T 2 drain 0]"},
		{"a close is the end when the call returns", "unix", readP, []deed{closes(p), sends(q, 8), drains(q)}, "[main 8 T 8 drain 0]"},
		{"a datagram arrives after the close", "UDP", readP, []deed{closes(p), sends(q, 3), settles}, "[main 3 T 3]"},
		{"a datagram arrives after the close", "datagrams", readP, []deed{closes(p), sends(q, 3), settles}, "[main 3 T 3]"},
		{"a counter arrives after the close", "eventfd", readP, []deed{func(b *blocked) { b.q = b.must(b.Dup(b.p)) }, closes(p), func(b *blocked) {
			b.errno(epoll.Errno(b.must(b.Write(b.q, []byte{7: 1}))))
		}, settles}, "[errno 8 T 8]"},
		{"a closed peer", "pipe", readP, []deed{closes(q), settles}, "[T 0]"},
		{"a closed peer", "pipe", writeTo(q, 70_000), []deed{closes(p), settles}, "[T 65536]"},
		{"sendfile waits for a page", "pipe", copiesToQ, []deed{receives(p, 4096), settles}, "[main 4096 T 4096]"},
		{"sendfile to a pipe without a reader", "pipe", copiesToQ, []deed{closes(p), settles}, "[T EPIPE]"},
		{"a signal ends sendfile", "pipe", copiesToQ, []deed{signals(0)}, "[T EINTR]"},
		{"sendfile is made again after a signal", "pipe", copiesToQ, []deed{signals(fakedemux.SigRestart), receives(p, 5000), settles}, "[main 5000 T 4096]"},
		{"a shutdown of reading", "unix", readP, []deed{shuts(p, fakedemux.ShutRead), settles}, "[T 0]"},
		{"a shutdown of reading", "TCP", readP, []deed{shuts(p, fakedemux.ShutRead), settles}, "[T 0]"},
		{"a shutdown of writing at the peer", "TCP", readP, []deed{shuts(q, fakedemux.ShutWrite), settles}, "[T 0]"},
		{"a shutdown of writing", "unix", writeTo(p, 20_000), []deed{shuts(p, fakedemux.ShutWrite), settles}, "[T 4096]"},
		{"a reset", "TCP", readP, []deed{resets, settles}, "[T ECONNRESET]"},
		{"unread data at a close is ECONNRESET for who reads", "unix", readP, []deed{sends(p, 1), closes(q), settles}, "[main 1 T ECONNRESET]"},
		{"a part of a write takes the error of a unix socket along", "unix", writeTo(p, 20_000), []deed{closes(q), settles, socketError}, "[T 4096 SO_ERROR 0]"},
		{"a part of a write leaves the error of TCP", "TCP", writeTo(p, 1<<20), []deed{closes(q), settles, socketError}, "[T 4096 SO_ERROR ECONNRESET]"},
		{"a part of a receive takes the error of a unix socket along", "unix", receiveAllP, []deed{sends(p, 1), sends(q, 3), closes(q), settles, socketError}, "[main 1 main 3 T 3 SO_ERROR 0]"},
		{"a part of a receive leaves the error of TCP", "TCP", receiveAllP, []deed{sends(q, 3), settles, resets, settles, socketError}, "[main 3 T 3 SO_ERROR ECONNRESET]"},
		{"the end that comes with the data ends a receive of all", "unix", receiveAllP, []deed{sends(q, 3), closes(q), settles}, "[main 3 T 3]"},
		{"the end that comes with the data ends a receive of all", "TCP", receiveAllP, []deed{sends(q, 3), closes(q), settles}, "[main 3 T 3]"},
		{"a shutdown of reading ends a receive of all", "unix", receiveAllP, []deed{sends(q, 3), shuts(p, fakedemux.ShutRead), settles}, "[main 3 T 3]"},
		{"an urgent byte ends a receive of all", "TCP", receiveAllP, []deed{sends(q, 3), urges, settles}, "[main 3 T 3]"},
		{"unread data at a close is ECONNRESET for who sends and has sent nothing", "unix", func(b *blocked) {
			writeTo(p, 4096)(b)
			n, e := b.Sendto(b.p, make([]byte, 8), 0, fakedemux.Sockaddr{})
			b.note("T", n, e)
		}, []deed{closes(q), settles, socketError}, "[T 4096 T ECONNRESET SO_ERROR 0]"},
		{"a packet socket looks for the end before it looks for signals", "packets", readP, []deed{func(b *blocked) {
			for _, t := range b.k.Tasks().Left() {
				b.Sigaction(12, 0)
				b.Tgkill(t, 12)
			}
			b.Close(b.q) // before T runs
		}, settles}, "[T 0]"},
		{"a signal ends a receive of all with what there is", "unix", receiveAllP, []deed{sends(q, 3), settles, signals(0)}, "[main 3 T 3]"},
		{"a signal ends a receive of all with what there is", "TCP", receiveAllP, []deed{sends(q, 3), settles, signals(0)}, "[main 3 T 3]"},
		{"SA_RESTART or not", "TCP", receiveAllP, []deed{sends(q, 3), settles, signals(fakedemux.SigRestart)}, "[main 3 T 3]"},
		{"a receive of all that has nothing is made again", "unix", receiveAllP, []deed{signals(fakedemux.SigRestart), sends(q, 8), settles}, "[main 8 T 8]"},
		{"a shutdown of a listener", "unix listener", acceptP, []deed{shuts(p, fakedemux.ShutRead), settles}, "[T EINVAL]"},
		{"a shutdown of a listener", "TCP listener", acceptP, []deed{shuts(p, fakedemux.ShutRead), settles}, "[T EINVAL]"},
		{"a shutdown of writing is nothing to a listener", "unix listener", acceptP, []deed{shuts(p, fakedemux.ShutWrite), settles, signals(0)}, "[T EINTR]"},
		{"a connect that waits for room does not hear of a shutdown", "unix listener", func(b *blocked) {
			b.Connect(b.q, fakedemux.Sockaddr{Name: "listener"}) // there is room for one
			b.errno(b.Connect(b.must(b.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream)), fakedemux.Sockaddr{Name: "listener"}))
		}, []deed{shuts(p, fakedemux.ShutRead), settles, signals(0)}, "[errno 4]"},
		{"a connect that waits for room hears of a close", "unix listener", func(b *blocked) {
			b.Connect(b.q, fakedemux.Sockaddr{Name: "listener"})
			b.errno(b.Connect(b.must(b.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream)), fakedemux.Sockaddr{Name: "listener"}))
		}, []deed{closes(p), settles}, "[errno 111]"},
		{"a signal without SA_RESTART", "pipe", readP, []deed{signals(0)}, "[T EINTR]"},
		{"a signal with SA_RESTART", "pipe", readP, []deed{signals(fakedemux.SigRestart), sends(q, 3), settles}, "[main 3 T 3]"},
		{"a call that is made again has a number", "pipe", readP, []deed{closes(p), signals(fakedemux.SigRestart)}, "[T EBADF]"},
		{"a write returns a part, SA_RESTART or not", "pipe", writeTo(q, 70_000), []deed{signals(fakedemux.SigRestart)}, "[T 65536]"},
		{"a write that has blocked goes on in new pages", "pipe", func(b *blocked) {
			b.Write(b.q, make([]byte, 8))
			b.Write(b.q, make([]byte, 4096))
			writeTo(q, 65_537)(b)
		}, []deed{func(b *blocked) {
			b.Read(b.p, make([]byte, 8)) // a page is free, and taken before T runs
			b.Write(b.q, make([]byte, 1))
		}, settles, signals(0)}, "[T 57344]"},
		{"a datagram of no bytes waits for memory, and not for the other end", "datagrams", func(b *blocked) {
			b.Write(b.p, make([]byte, 4096))
			writeTo(p, 0)(b)
		}, []deed{shuts(q, fakedemux.ShutRead), settles, signals(0)}, "[T EINTR]"},
		{"a recv of no bytes from TCP waits once", "TCP", func(b *blocked) {
			n, _, e := b.Recvfrom(b.p, nil, 0)
			b.note("T", n, e)
		}, []deed{shuts(p, fakedemux.ShutWrite), settles}, "[T 0]"},
		{"the number of a call that is made again names another object", "unix", func(b *blocked) {
			n, _, e := b.Recvfrom(b.p, make([]byte, 8), 0)
			b.note("T", n, e)
		}, []deed{closes(p), func(b *blocked) { b.must(b.Eventfd(0, 0)) }, signals(fakedemux.SigRestart)}, "[T ENOTSOCK]"},
		{"the lowest of two signals decides", "pipe", readP, []deed{func(b *blocked) {
			b.Sigaction(12, 0)
			for _, t := range b.k.Tasks().Left() {
				b.Tgkill(t, 12)
				b.Tgkill(t, 10) // before T runs
			}
		}, settles, sends(q, 1), settles}, "[main 1 T 1]"},
		{"a read of a unix socket looks for signals first", "unix", readP, []deed{func(b *blocked) {
			b.Write(b.q, make([]byte, 3))
		}, signals(0)}, "[T EINTR]"},
		{"a read of a pipe looks for data first", "pipe", readP, []deed{func(b *blocked) {
			b.Write(b.q, make([]byte, 3))
		}, signals(0)}, "[T 3]"},
		{"a pipe looks at O_NONBLOCK when it wakes up", "pipe", readP, []deed{nonblocks(p), signals(0)}, "[T EINTR]"},
		{"a pipe looks at O_NONBLOCK before it looks for signals", "pipe", writeTo(q, 70_000), []deed{nonblocks(q), func(b *blocked) {
			b.Read(b.p, make([]byte, 4096))
		}, settles}, "[T 69632]"},
		{"others look at O_NONBLOCK when they begin", "unix", readP, []deed{nonblocks(p), settles, sends(q, 2), settles}, "[main 2 T 2]"},
		{"SHUT_RD ends a receive, whatever O_NONBLOCK says", "datagrams", readP, []deed{nonblocks(p), shuts(p, fakedemux.ShutRead), settles}, "[T 0]"},
		{"and an accept", "unix listener", acceptP, []deed{nonblocks(p), shuts(p, fakedemux.ShutRead), settles}, "[T EINVAL]"},
		{"a timer that expires", "timerfd", readP, []deed{func(b *blocked) {
			b.TimerfdSettime(b.p, 0, &fakedemux.Itimerspec{Value: epoll.Timespec{Nsec: 1}})
			b.k.Sleep(time.Millisecond)
		}}, "[T 8]"},
		{"a registration that is ready", "epoll", func(b *blocked) {
			n, e := b.EpollWait(b.p, make([]epoll.Event, 1), -1)
			b.note("T", n, e)
		}, []deed{func(b *blocked) { b.EpollCtl(b.p, epoll.CtlAdd, b.q, &epoll.Event{Events: epoll.EPOLLIN}) }, settles}, "[T 1]"},
	} {
		t.Run(row.object+": "+row.why, func(t *testing.T) {
			k := fakedemux.New(nil)
			b := &blocked{t: t, k: k, Linux: k.Linux()}
			err := k.Run(func() {
				blockedObjects[row.object](b)
				task := k.Start("T", func() { row.call(b) })
				if _, is := k.AwaitBlocked(task); !is {
					t.Error("T is not blocked")
				}
				for _, act := range row.enders {
					act(b)
				}
			})
			if err != nil {
				t.Errorf("the run ended with %v", err)
			}
			if got := fmt.Sprint(b.saw); got != row.saw {
				t.Errorf("seen %s, want %s", got, row.saw)
			}
		})
	}
}

// TestUnixRoom: what was read of a write that was not read whole still takes memory of
// the writer. TestSameAsRunningKernel and reactortest fidelity compare the like.
func TestUnixRoom(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{StreamBuffer: 4096})
	l := k.Linux()
	err := k.Run(func() {
		a, b, _ := l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream|epoll.NonBlock)
		for _, step := range []struct {
			why   string
			read  int
			write int
			want  epoll.Errno
		}{
			{"it is filled", 0, 4096, 0},
			{"nothing was read", 0, 1, epoll.EAGAIN},
			{"a part was read", 4095, 1, epoll.EAGAIN},
			{"all was read", 1, 1, 0},
		} {
			l.Read(b, make([]byte, step.read))
			if _, e := l.Write(a, make([]byte, step.write)); e != step.want {
				t.Errorf("%s: %s, want %s", step.why, name(e), name(step.want))
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestConnectAgain: what a TCP socket keeps of an attempt that a shutdown has ended.
func TestConnectAgain(t *testing.T) {
	k := fakedemux.New(nil)
	l := k.Linux()
	err := k.Run(func() {
		listener, _ := l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		l.Listen(listener, 0)
		at, _ := l.Getsockname(listener)
		first, _ := l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		l.Connect(first, at) // there is no room for another
		s, _ := l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream|epoll.NonBlock)
		const all = epoll.EPOLLIN | epoll.EPOLLOUT | epoll.EPOLLRDHUP
		for _, step := range []struct {
			why  string
			act  func() epoll.Errno
			want epoll.Errno
			poll uint32
		}{
			{"shut down before it connects", func() epoll.Errno { return l.Shutdown(s, fakedemux.ShutRead) }, 107, all | epoll.EPOLLHUP},
			{"and while it connects", func() epoll.Errno { return l.Connect(s, at) }, 115, epoll.EPOLLIN | epoll.EPOLLRDHUP},
			{"a shutdown ends the attempt, and forgets the other", func() epoll.Errno { return l.Shutdown(s, fakedemux.ShutRead) }, 0, epoll.EPOLLOUT | epoll.EPOLLERR | epoll.EPOLLHUP},
			{"another attempt forgets the error", func() epoll.Errno { return l.Connect(s, at) }, 115, 0},
		} {
			if e := step.act(); e != step.want {
				t.Errorf("%s: errno %d, want %d", step.why, e, step.want)
			}
			if got := l.Poll(s, all); got != step.poll {
				t.Errorf("%s: conditions %#x, want %#x", step.why, got, step.poll)
			}
		}
		l.SetNonblock(s, false)
		task := k.Start("T", func() { l.Connect(s, at) })
		if call, is := k.AwaitBlocked(task); !is || call.Name != "connect" {
			t.Errorf("a connect while another is on its way does not block: %v, %v", call, is)
		}
		l.Shutdown(s, fakedemux.ShutBoth)
		var got epoll.Errno
		l.SetNonblock(s, false)
		task = k.Start("T", func() { got = l.Connect(s, at) })
		k.AwaitBlocked(task)
		l.SetNonblock(s, true)
		l.Tgkill(task, 10) // the call is made again
		if k.LetRun(); got != 114 {
			t.Errorf("a connect that is made again, with O_NONBLOCK: errno %d, want EALREADY", got)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
