package fakedemux_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// flagWalk is an argument of flags, every bit of which is tried.
type flagWalk struct {
	call  string
	base  int                                              // set beside the bit
	try   func(s *side, flags int) (fd int, e epoll.Errno) // fd is what the call made, -1 for nothing
	tells func(s *side, flags int) string                  // what can be seen of it, beside F_GETFL and F_GETFD
	idle  map[int]string                                   // bits that are in AcceptedWithoutEffect
	open  bool                                             // a bit may be refused that Linux has
}

// walkTypes are the flags of a type of socket: those below 16 are other types.
const walkTypes = 0xf

// flagWalks are the arguments of flags of all calls of Linux. Options of sockets and
// flags of messages have tests of their own.
func flagWalks() []flagWalk {
	path := fmt.Sprintf("/tmp/reactortest-walk-%d", os.Getpid())
	one := func(fd int, e epoll.Errno) (int, epoll.Errno) { return fd, e }
	did := func(e epoll.Errno) (int, epoll.Errno) { return -1, e }
	return []flagWalk{
		{call: "pipe2", try: func(s *side, flags int) (int, epoll.Errno) {
			r, w, e := s.calls.Pipe2(flags)
			if e == 0 {
				s.calls.Close(w)
			}
			return r, e
		}, open: true}, // O_DIRECT and O_NOTIFICATION_PIPE are refused
		{call: "eventfd2", try: func(s *side, flags int) (int, epoll.Errno) { return one(s.calls.Eventfd(3, flags)) }, tells: func(s *side, flags int) string {
			fd, _ := s.calls.Eventfd(3, flags)
			defer s.calls.Close(fd)
			b := make([]byte, 8)
			n, e := s.calls.Read(fd, b)
			return fmt.Sprint(" ", n, e, b[0])
		}},
		{call: "epoll_create1", try: func(s *side, flags int) (int, epoll.Errno) { return one(s.calls.EpollCreate1(flags)) }},
		{call: "timerfd_create", try: func(s *side, flags int) (int, epoll.Errno) { return one(s.calls.TimerfdCreate(1, flags)) }},
		{call: "timerfd_settime", try: func(s *side, flags int) (int, epoll.Errno) {
			_, e := s.calls.TimerfdSettime(s.base+int(ofTimer), flags, &fakedemux.Itimerspec{Value: epoll.Timespec{Sec: 3600}})
			return -1, e
		}},
		{call: "accept4", try: func(s *side, flags int) (int, epoll.Errno) {
			at, _ := s.calls.Getsockname(s.base + int(ofListener))
			c := s.base + int(ofTCP)
			s.calls.ResetOnClose(c)
			s.calls.Connect(c, at)
			for s.calls.Poll(s.base+int(ofListener), epoll.EPOLLIN) == 0 {
			}
			return one(s.calls.Accept4(s.base+int(ofListener), flags))
		}},
		{call: "socket", base: fakedemux.TypeStream, try: func(s *side, flags int) (int, epoll.Errno) {
			if flags&walkTypes != fakedemux.TypeStream {
				return -1, 0
			}
			return one(s.calls.Socket(fakedemux.FamilyUnix, flags))
		}},
		{call: "socketpair", base: fakedemux.TypeDatagram, try: func(s *side, flags int) (int, epoll.Errno) {
			if flags&walkTypes != fakedemux.TypeDatagram {
				return -1, 0
			}
			a, b, e := s.calls.Socketpair(fakedemux.FamilyUnix, flags)
			if e == 0 {
				s.calls.Close(b)
			}
			return a, e
		}},
		{call: "dup3", try: func(s *side, flags int) (int, epoll.Errno) {
			return one(s.calls.Dup3(s.base+int(ofFile), s.base+int(ofClosed), flags))
		}},
		{call: "open", base: 2 | 0x40, try: func(s *side, flags int) (int, epoll.Errno) {
			s.calls.Unlink(path)
			fd, e := s.calls.Open(path, flags)
			s.calls.Unlink(path)
			return fd, e
		}, idle: map[int]string{0x100: "open O_NOCTTY", 0x8000: "open O_LARGEFILE", 0x40000: "fcntl F_SETFL O_NOATIME"}, open: true},
		{call: "fcntl F_SETFD", try: func(s *side, flags int) (int, epoll.Errno) {
			fd := s.base + int(ofCounter)
			_, e := s.calls.Fcntl(fd, fakedemux.SetFD, flags)
			return fd, e
		}},
		{call: "fcntl F_SETFL", try: func(s *side, flags int) (int, epoll.Errno) {
			fd := s.base + int(ofFile)
			_, e := s.calls.Fcntl(fd, fakedemux.SetFL, flags)
			return fd, e
		}, idle: map[int]string{0x40000: "fcntl F_SETFL O_NOATIME"}, open: true},
		{call: "epoll_ctl", base: epoll.EPOLLIN | epoll.EPOLLOUT, try: func(s *side, flags int) (int, epoll.Errno) {
			return did(s.calls.EpollCtl(s.base+int(ofEpoll), epoll.CtlAdd, s.base+int(ofPair), &epoll.Event{Events: uint32(flags), Data: 9}))
		}, tells: epollTells, idle: map[int]string{1 << 29: "epoll_ctl EPOLLWAKEUP"}},
		{call: "epoll_ctl, the bit alone", try: func(s *side, flags int) (int, epoll.Errno) {
			return did(s.calls.EpollCtl(s.base+int(ofEpoll), epoll.CtlAdd, s.base+int(ofPair), &epoll.Event{Events: uint32(flags), Data: 9}))
		}, tells: epollTells, idle: map[int]string{1 << 29: "epoll_ctl EPOLLWAKEUP"}},
		{call: "poll", try: func(*side, int) (int, epoll.Errno) { return -1, 0 }, tells: func(s *side, flags int) string {
			fds := []fakedemux.PollFD{{FD: s.base + int(ofPair), Events: uint32(flags) & 0xffff}, {FD: s.base + int(ofClosed), Events: uint32(flags) & 0xffff}}
			n, e := s.calls.PollFiles(fds, 0)
			return fmt.Sprintf(" %d %s %#x %#x", n, errnoName(e), fds[0].Revents, fds[1].Revents)
		}},
		{call: "sigaction", try: func(s *side, flags int) (int, epoll.Errno) { return did(s.calls.Sigaction(12, flags)) }, open: true},
	}
}

// waitRunning is an epoll_wait of the running kernel: events of package epoll are not
// laid out as those of the kernel.
var waitRunning func(epfd int) ([]epoll.Event, epoll.Errno)

// epollTells is what two waits report of ofPair.
func epollTells(s *side, _ int) string {
	text := ""
	for range 2 {
		events := make([]epoll.Event, 4)
		var e epoll.Errno
		if _, simulated := s.calls.(fakedemux.Linux); simulated {
			var n int
			n, e = s.calls.EpollWait(s.base+int(ofEpoll), events, 0)
			events = events[:max(n, 0)]
		} else {
			events, e = waitRunning(s.base + int(ofEpoll))
		}
		for _, ev := range events {
			if ev.Data == 9 {
				text += fmt.Sprintf(" %#x", ev.Events)
			}
		}
		text += fmt.Sprint(" ", errnoName(e), ";")
	}
	return text
}

// TestNothingOfLinuxIsTakenInSilence walks every bit of the flags of every call. What
// Linux does with a bit the simulation does too, or it refuses the bit with EINVAL; what
// it accepts without the effect that Linux has is in the list.
func TestNothingOfLinuxIsTakenInSilence(t *testing.T) {
	listed := fakedemux.AcceptedWithoutEffect("epoll")
	sides := []*side{simulatedSide()}
	if runningSide != nil {
		sides = append(sides, runningSide(t))
	}
	for _, w := range flagWalks() {
		for bit := range 32 {
			flag := 1 << bit
			var answers []string
			var errnos []epoll.Errno
			for _, s := range sides {
				if err := s.begin(); err != nil {
					t.Fatal(err)
				}
				fd, e := w.try(s, w.base|flag)
				answer := fmt.Sprint(errnoName(e))
				if e == 0 && fd >= 0 {
					status, _ := s.calls.Fcntl(fd, fakedemux.GetFL, 0)
					exec, _ := s.calls.Fcntl(fd, fakedemux.GetFD, 0)
					answer += fmt.Sprintf(" %#x %d", status, exec)
				}
				if e == 0 && w.tells != nil {
					answer += w.tells(s, w.base|flag)
				}
				if e == 0 && fd >= 0 && !slices.Contains([]int{s.base + int(ofCounter), s.base + int(ofFile)}, fd) {
					s.calls.Close(fd)
				}
				answers, errnos = append(answers, answer), append(errnos, e)
			}
			if text, idle := w.idle[flag]; idle && !slices.Contains(listed, text) {
				t.Errorf("%s: %q is not in AcceptedWithoutEffect", w.call, text)
			}
			refused := w.open && errnos[0] == epoll.EINVAL
			if len(answers) == 2 && answers[0] != answers[1] && !refused {
				t.Errorf("%s with %#x: simulated %s, running kernel %s", w.call, w.base|flag, answers[0], answers[1])
			}
		}
	}
	if !slices.ContainsFunc(listed, func(s string) bool { return strings.Contains(s, "SO_LINGER") }) {
		t.Error("SO_LINGER with a time is not in the list")
	}
}
