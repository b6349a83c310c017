package fakedemux_test

import (
	"fmt"
	"testing"
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// TestPollBlocks: what a poll of several descriptors sees while it is blocked. The
// figures are Linux's: reactortest fidelity -blocked compares the like with the
// running kernel.
func TestPollBlocks(t *testing.T) {
	const in, out, hup, rdhup = epoll.EPOLLIN, epoll.EPOLLOUT, epoll.EPOLLHUP, epoll.EPOLLRDHUP
	type world struct {
		k          *fakedemux.Kernel
		l          fakedemux.Linux
		r, w, a, b int
	}
	for _, row := range []struct {
		why  string
		msec int
		asks [2]uint32 // of the reader of a pipe and of a unix socket
		act  func(w *world)
		saw  string
	}{
		{"data at one", -1, [2]uint32{in, in}, func(w *world) { w.l.Write(w.b, []byte("x")) }, "1 [0 1]"},
		{"data at both, before it runs", -1, [2]uint32{in, in}, func(w *world) { w.l.Write(w.b, []byte("x")); w.l.Write(w.w, []byte("x")) }, "2 [1 1]"},
		{"a hang-up comes unasked", -1, [2]uint32{0, 0}, func(w *world) { w.l.Close(w.w) }, "1 [16 0]"},
		{"a closed peer", -1, [2]uint32{in, in | rdhup}, func(w *world) { w.l.Close(w.b) }, fmt.Sprintf("1 [0 %d]", in|hup|rdhup)},
		{"a close is not noticed", 5, [2]uint32{in, in}, func(w *world) { w.l.Close(w.a) }, "1 [0 32]"},
		{"a close is noticed with the next event", -1, [2]uint32{in, in}, func(w *world) { w.l.Close(w.a); w.l.Write(w.w, []byte("x")) }, "2 [1 32]"},
		{"the closed description still wakes it, and is not looked at", -1, [2]uint32{in, in}, func(w *world) { w.l.Close(w.r); w.l.Write(w.w, []byte("x")) }, "1 [32 0]"},
		{"what it is not asked for wakes nobody", 5, [2]uint32{in, out << 20}, func(w *world) { w.l.Write(w.b, []byte("x")) }, "0 [0 0]"},
		{"the timeout", 5, [2]uint32{in, in}, func(*world) {}, "0 [0 0]"},
		{"normal data", -1, [2]uint32{fakedemux.PollReadNormal, 0}, func(w *world) { w.l.Write(w.w, []byte("x")) }, "1 [64 0]"},
	} {
		t.Run(row.why, func(t *testing.T) {
			k := fakedemux.New(nil)
			w := &world{k: k, l: k.Linux()}
			saw := ""
			err := k.Run(func() {
				w.r, w.w, _ = w.l.Pipe2(0)
				w.a, w.b, _ = w.l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream)
				task := k.Start("T", func() {
					fds := []fakedemux.PollFD{{FD: w.r, Events: row.asks[0]}, {FD: w.a, Events: row.asks[1]}, {FD: -1}}
					n, e := w.l.PollFiles(fds, row.msec)
					if e != 0 {
						t.Error(name(e))
					}
					saw = fmt.Sprint(n, " ", []uint32{fds[0].Revents, fds[1].Revents})
				})
				if call, is := k.AwaitBlocked(task); !is || call.Name != "poll" {
					t.Errorf("T is in %v, blocked %v", call, is)
				}
				row.act(w)
			})
			if err != nil || saw != row.saw {
				t.Errorf("saw %q, want %q (%v)", saw, row.saw, err)
			}
		})
	}
}

// TestSelectBlocks: the same of select.
func TestSelectBlocks(t *testing.T) {
	k := fakedemux.New(nil)
	l := k.Linux()
	err := k.Run(func() {
		r, w, _ := l.Pipe2(0)
		a, b, _ := l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream)
		var read, except fakedemux.FDSet
		n := 0
		task := k.Start("T", func() {
			read.Set(r)
			read.Set(a)
			except.Set(a)
			n, _ = l.Select(a+1, &read, nil, &except, nil)
		})
		k.AwaitBlocked(task)
		l.Close(a)
		k.LetRun()
		if _, is := k.BlockedIn(task); !is {
			t.Error("a close has ended the select")
		}
		l.Write(w, []byte("x"))
		k.LetRun()
		if n != 3 || !read.Has(r) || !read.Has(a) || !except.Has(a) {
			t.Errorf("%d bits, reader %v, closed socket %v and %v", n, read.Has(r), read.Has(a), except.Has(a))
		}
		read = fakedemux.FDSet{}
		read.Set(a)
		if _, e := l.Select(a+1, &read, nil, nil, nil); e != epoll.EBADF {
			t.Errorf("a set with a descriptor that is not open: %s", name(e))
		}
		l.Close(b)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPpollAndSignals: a signal ends a ppoll if the mask lets it through, with a
// timeout of 0 too, and SA_RESTART is nothing to it.
func TestPpollAndSignals(t *testing.T) {
	for _, row := range []struct {
		why     string
		blocked fakedemux.Sigset // before
		mask    *fakedemux.Sigset
		timeout *epoll.Timespec
		during  bool // the signal comes while it is blocked
		ready   bool
		want    epoll.Errno
	}{
		{"while it is blocked", 0, nil, nil, true, false, epoll.EINTR},
		{"while it is blocked, and the task blocks it", fakedemux.Signals(12), nil, &epoll.Timespec{Nsec: 1e6}, true, false, 0},
		{"while it is blocked, with a mask that lets it through", fakedemux.Signals(12), new(fakedemux.Sigset), nil, true, false, epoll.EINTR},
		{"pending before", fakedemux.Signals(12), new(fakedemux.Sigset), &epoll.Timespec{}, false, false, epoll.EINTR},
		{"pending before, and something to report", fakedemux.Signals(12), new(fakedemux.Sigset), &epoll.Timespec{}, false, true, 0},
	} {
		t.Run(row.why, func(t *testing.T) {
			k := fakedemux.New(nil)
			l := k.Linux()
			err := k.Run(func() {
				r, w, _ := l.Pipe2(0)
				if row.ready {
					l.Write(w, []byte("x"))
				}
				var got epoll.Errno
				task := k.Start("T", func() {
					l.Sigprocmask(row.blocked)
					if !row.during {
						l.Tgkill(k.Tasks().Current(), 12)
					}
					_, got = l.Ppoll([]fakedemux.PollFD{{FD: r, Events: epoll.EPOLLIN}}, row.timeout, row.mask)
				})
				k.AwaitBlocked(task)
				if row.during {
					l.Tgkill(task, 12)
				}
				k.Sleep(time.Second)
				if got != row.want {
					t.Errorf("%s, want %s", name(got), name(row.want))
				}
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBlockedIn: what the kernel tells of other tasks.
func TestBlockedIn(t *testing.T) {
	k := fakedemux.New(nil)
	l := k.Linux()
	err := k.Run(func() {
		r, w, _ := l.Pipe2(0)
		steps := 0
		task := k.Start("T", func() {
			steps++
			l.Read(r, make([]byte, 1))
			steps++
			k.Sleep(time.Hour)
			steps++
		})
		if _, is := k.BlockedIn(task); is || steps != 0 {
			t.Error("a task that has not run is blocked")
		}
		if call, is := k.AwaitBlocked(task); !is || call.String() != fmt.Sprintf("read(%d)", r) || steps != 1 {
			t.Errorf("in %v, blocked %v, after %d steps", call, is, steps)
		}
		l.Write(w, []byte("x"))
		if _, is := k.BlockedIn(task); is {
			t.Error("a task that was woken is blocked")
		}
		k.LetRun()
		if call, is := k.BlockedIn(task); !is || call.Name != "sleep" || k.Now() != 0 {
			t.Errorf("in %v, blocked %v, at %v", call, is, k.Now())
		}
		k.Sleep(2 * time.Hour)
		if call, is := k.AwaitBlocked(task); is || !task.Ended() {
			t.Errorf("in %v, blocked %v", call, is)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPollsDoNotAllocate: neither those that find something nor those that time out.
func TestPollsDoNotAllocate(t *testing.T) {
	k := direct(fakedemux.Options{Budget: scheduler.Budget{Steps: 1 << 30}})
	l := k.Linux()
	r, w, _ := l.Pipe2(0)
	fds := []fakedemux.PollFD{{FD: r, Events: epoll.EPOLLIN}, {FD: w, Events: epoll.EPOLLOUT}}
	var read fakedemux.FDSet
	short := &epoll.Timespec{Nsec: 1}
	round := func() {
		l.PollFiles(fds, -1)
		l.PollFiles(fds[:1], 1)
		read.Set(r)
		l.Select(r+1, &read, nil, nil, short)
	}
	round()
	if n := testing.AllocsPerRun(200, round); n != 0 {
		t.Errorf("%v allocations in a round", n)
	}
}

// A task that is blocked in a system call: the kernel tells in which, and there is no
// need to wait for it by time.
func ExampleKernel_AwaitBlocked() {
	k := fakedemux.New(nil)
	linux := k.Linux()
	err := k.Run(func() {
		r, w, _ := linux.Pipe2(0)
		reader := k.Start("reader", func() {
			n, _ := linux.Read(r, make([]byte, 8))
			fmt.Println("the reader has", n, "bytes")
		})
		call, blocked := k.AwaitBlocked(reader)
		fmt.Println(call, blocked)
		_, _ = linux.Write(w, []byte("abc"))
		k.LetRun()
		_, blocked = k.BlockedIn(reader)
		fmt.Println(blocked, reader.Ended(), k.Now())
	})
	fmt.Println(err)
	// Output:
	// read(0) true
	// the reader has 3 bytes
	// false true 0s
	// <nil>
}

// TestLetRunDirect: on the direct runner nobody else can run, and time does not move.
func TestLetRunDirect(t *testing.T) {
	k := direct(fakedemux.Options{})
	k.LetRun()
	if k.Now() != 0 || k.Tasks().Err() != nil {
		t.Errorf("at %v, %v", k.Now(), k.Tasks().Err())
	}
}
