package fakedemux_test

import (
	"encoding/binary"
	"strconv"
	"strings"
	"testing"
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// blocking is a story of calls that block: each task says what its calls return.
type blocking struct {
	t     *testing.T
	k     *fakedemux.Kernel
	l     fakedemux.Linux
	lines []string
}

func (b *blocking) say(words ...string) {
	b.lines = append(b.lines, b.k.Now().String()+" "+strings.Join(words, " "))
}

// tell runs main and the tasks that it starts, and compares what they said.
func tell(t *testing.T, main func(b *blocking), want ...string) {
	t.Helper()
	k := fakedemux.New(&fakedemux.Options{StreamBuffer: 64})
	b := &blocking{t: t, k: k, l: k.Linux()}
	if err := k.Run(func() { main(b) }); err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(b.lines, "\n"))
	}
	if got := strings.Join(b.lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("said\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func name(e epoll.Errno) string {
	if e == 0 {
		return "ok"
	}
	return errnoName(e)
}

func TestReadBlocks(t *testing.T) {
	tell(t, func(b *blocking) {
		r, w, _ := b.l.Pipe2(0)
		b.k.Go("reader", func() {
			buf := make([]byte, 8)
			n, e := b.l.Read(r, buf)
			b.say("read", string(buf[:n]), name(e))
			n, e = b.l.Read(r, buf)
			b.say("read", string(buf[:n]), name(e))
		})
		b.k.Sleep(time.Second)
		b.l.Write(w, []byte("x"))
		b.k.Sleep(time.Second)
		b.l.Close(w)
	}, "1s read x ok", "2s read  ok")
}

func TestWriteBlocksUntilAllIsWritten(t *testing.T) {
	for _, row := range []struct {
		why  string
		pair func(l fakedemux.Linux) (r, w int)
	}{
		{"a unix socket", func(l fakedemux.Linux) (r, w int) {
			r, w, _ = l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream)
			return r, w
		}},
		{"TCP", func(l fakedemux.Linux) (r, w int) {
			s, _ := l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
			l.Listen(s, 1)
			at, _ := l.Getsockname(s)
			w, _ = l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
			l.Connect(w, at)
			r, _ = l.Accept4(s, 0)
			return r, w
		}},
	} {
		t.Run(row.why, func(t *testing.T) {
			tell(t, func(b *blocking) {
				r, w := row.pair(b.l)
				b.k.Go("writer", func() {
					n, e := b.l.Write(w, make([]byte, 200))
					b.say("written", name(e))
					if n != 200 {
						b.t.Errorf("a write that blocks took %d bytes of 200", n)
					}
				})
				buf, got := make([]byte, 64), 0
				for got < 200 {
					b.k.Sleep(time.Second)
					n, _ := b.l.Read(r, buf)
					got += n
				}
			}, "3s written ok")
		})
	}
}

func TestWriteToAPipeBlocks(t *testing.T) {
	tell(t, func(b *blocking) {
		r, w, _ := b.l.Pipe2(0)
		b.k.Go("writer", func() {
			n, e := b.l.Write(w, make([]byte, 100_000))
			b.say("written", name(e))
			if n != 65536 {
				b.t.Errorf("%d bytes were written before the reader was gone", n)
			}
			_, e = b.l.Write(w, make([]byte, 1))
			b.say("write", name(e))
		})
		b.k.Sleep(time.Second)
		b.l.Close(r)
	}, "1s written ok", "1s write EPIPE")
}

func TestAcceptAndConnectBlock(t *testing.T) {
	tell(t, func(b *blocking) {
		s, _ := b.l.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream)
		b.l.Bind(s, fakedemux.Sockaddr{Name: "s"})
		b.l.Listen(s, 0)
		connect := func() {
			c, _ := b.l.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream)
			b.say("connect", name(b.l.Connect(c, fakedemux.Sockaddr{Name: "s"})))
		}
		b.k.Go("server", func() {
			_, e := b.l.Accept4(s, 0)
			b.say("accept", name(e))
			b.k.Sleep(2 * time.Second)
			_, e = b.l.Accept4(s, 0)
			b.say("accept", name(e))
		})
		b.k.Sleep(time.Second)
		connect()
		connect()
		connect() // waits for room in the backlog
	}, "1s connect ok", "1s accept ok", "1s connect ok", "3s accept ok", "3s connect ok")
}

func TestConnectOfTCPBlocks(t *testing.T) {
	tell(t, func(b *blocking) {
		s, _ := b.l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
		b.l.Listen(s, 0)
		at, _ := b.l.Getsockname(s)
		connect := func() {
			c, _ := b.l.Socket(fakedemux.FamilyIPv4, fakedemux.TypeStream)
			b.say("connect", name(b.l.Connect(c, at)))
		}
		connect()
		b.k.Go("server", func() {
			b.k.Sleep(time.Second / 2)
			b.l.Accept4(s, 0)
			b.k.Sleep(time.Second)
			b.l.Close(s)
		})
		connect() // the SYN is dropped, and sent again after a second
		connect() // refused, when it is sent again
	}, "0s connect ok", "1s connect ok", "2s connect ECONNREFUSED")
}

func TestDatagramsBlock(t *testing.T) {
	tell(t, func(b *blocking) {
		x, y, _ := b.l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeDatagram)
		b.k.Go("reader", func() {
			n, _, e := b.l.Recvfrom(x, make([]byte, 8), 0)
			b.say("received", string(rune('0'+n)), name(e))
			n, _, e = b.l.Recvfrom(x, make([]byte, 8), 0)
			b.say("received", string(rune('0'+n)), name(e))
		})
		b.k.Sleep(time.Second)
		b.l.Sendto(y, []byte("abc"), 0, fakedemux.Sockaddr{})
		b.k.Sleep(time.Second)
		b.l.Shutdown(x, fakedemux.ShutRead)
	}, "1s received 3 ok", "2s received 0 ok")
}

func TestTimerfdBlocks(t *testing.T) {
	tell(t, func(b *blocking) {
		fd, _ := b.l.TimerfdCreate(1, 0)
		b.l.TimerfdSettime(fd, 0, &fakedemux.Itimerspec{Value: epoll.Timespec{Sec: 2}, Interval: epoll.Timespec{Sec: 3}})
		read := func() {
			buf := make([]byte, 8)
			_, e := b.l.Read(fd, buf)
			b.say("expired", strconv.FormatUint(binary.NativeEndian.Uint64(buf), 10), name(e))
		}
		read()
		read()
		b.k.Sleep(7 * time.Second)
		read()
		spec, _ := b.l.TimerfdGettime(fd)
		if spec.Value.Sec != 2 || spec.Interval.Sec != 3 {
			b.t.Errorf("the timer has %+v left", spec)
		}
	}, "2s expired 1 ok", "5s expired 1 ok", "12s expired 2 ok")
}

func TestSetNonblock(t *testing.T) {
	tell(t, func(b *blocking) {
		r, _, _ := b.l.Pipe2(0)
		b.l.SetNonblock(r, true)
		_, e := b.l.Read(r, make([]byte, 1))
		b.say("read", name(e))
		b.say("fcntl", name(b.l.SetNonblock(99, true)))
	}, "0s read EAGAIN", "0s fcntl EBADF")
}

const (
	hangup = 1  // SIGHUP
	user   = 10 // SIGUSR1
)

func TestSignals(t *testing.T) {
	tell(t, func(b *blocking) {
		epfd, _ := b.l.EpollCreate1(0)
		event, _ := b.l.Eventfd(0, epoll.NonBlock)
		b.l.EpollCtl(epfd, epoll.CtlAdd, event, &epoll.Event{Events: epoll.EPOLLIN})
		me := b.k.Tasks().Current()
		send := func(after time.Duration, signal int) {
			b.k.At(b.k.Now()+after, func() { b.l.Tgkill(me, signal) })
		}
		ev := make([]epoll.Event, 1)
		wait := func(mask fakedemux.Sigset, msec int) {
			n, e := b.l.EpollPwait(epfd, ev, msec, mask)
			b.say("pwait", string(rune('0'+max(n, 0))), name(e))
		}
		send(time.Second, user)
		_, e := b.l.EpollWait(epfd, ev, -1)
		b.say("wait", name(e))
		send(time.Second, user)
		wait(fakedemux.Signals(user), 2000) // stays pending, and is caught when the old mask is back
		wait(0, 1000)
		b.l.Sigprocmask(fakedemux.Signals(user, hangup))
		b.l.Tgkill(me, user)
		wait(fakedemux.Signals(user), 1000)
		b.l.Write(event, []byte{1, 0, 0, 0, 0, 0, 0, 0})
		wait(0, -1) // what there is to report comes first
		b.l.Read(event, make([]byte, 8))
		b.l.Tgkill(me, hangup)
		wait(0, 0) // nothing waits
		b.l.Tgkill(me, hangup)
		wait(0, -1)
		wait(0, 1000)
		b.say("kill", name(b.l.Tgkill(me, 65)))
	},
		"1s wait EINTR", "3s pwait 0 ok", "4s pwait 0 ok", "5s pwait 0 ok", "5s pwait 1 ok",
		"5s pwait 0 ok", "5s pwait 0 EINTR", "6s pwait 0 ok", "6s kill EINVAL")
}

func TestASignalEndsAWaitOfItsTaskOnly(t *testing.T) {
	tell(t, func(b *blocking) {
		epfd, _ := b.l.EpollCreate1(0)
		r, w, _ := b.l.Pipe2(0)
		tasks := map[string]*scheduler.Task{}
		for _, who := range []string{"a", "b"} {
			b.k.Go(who, func() {
				tasks[who] = b.k.Tasks().Current()
				n, e := b.l.EpollWait(epfd, make([]epoll.Event, 1), 3000)
				b.say(who, string(rune('0'+max(n, 0))), name(e))
			})
		}
		b.k.Go("reader", func() {
			tasks["reader"] = b.k.Tasks().Current()
			_, e := b.l.Read(r, make([]byte, 1))
			b.say("read", name(e))
		})
		b.k.Sleep(time.Second)
		b.l.Tgkill(tasks["b"], user)
		b.l.Tgkill(tasks["reader"], user) // its read is restarted
		b.k.Sleep(time.Second)
		b.l.Write(w, []byte("x"))
	}, "1s b 0 EINTR", "2s read ok", "3s a 0 ok")
}
