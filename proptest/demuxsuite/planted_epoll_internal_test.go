package demuxsuite

import (
	"slices"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// brokenEpoll are the calls of a simulated kernel with a bug of a backend above
// them.
type brokenEpoll struct {
	epoll.Syscalls
	ctl    func(op int, ev *epoll.Event)
	read   func(fd int, b []byte) (int, epoll.Errno)
	ignore bool // errors of epoll_ctl but those of the contract

	interrupted func(wait func() (int, epoll.Errno)) (int, epoll.Errno) // makes a wait that a signal ends, again or not
}

func (b *brokenEpoll) EpollPwait2(epfd int, events []epoll.Event, timeout *epoll.Timespec) (int, epoll.Errno) {
	n, e := b.Syscalls.EpollPwait2(epfd, events, timeout)
	for e == epoll.EINTR && b.interrupted != nil {
		n, e = b.interrupted(func() (int, epoll.Errno) { return b.Syscalls.EpollPwait2(epfd, events, timeout) })
	}
	return n, e
}

func (b *brokenEpoll) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	if b.ctl != nil && ev != nil {
		changed := *ev
		b.ctl(op, &changed)
		ev = &changed
	}
	e := b.Syscalls.EpollCtl(epfd, op, fd, ev)
	if b.ignore && (e == epoll.ENOMEM || e == epoll.ENOSPC) {
		return 0
	}
	return e
}

func (b *brokenEpoll) Read(fd int, buf []byte) (int, epoll.Errno) {
	if b.read != nil {
		return b.read(fd, buf)
	}
	return b.Syscalls.Read(fd, buf)
}

// brokenEpollHost opens the epoll backend over brokenEpoll.
type brokenEpollHost struct {
	*fakedemux.Kernel
	plant func(b *brokenEpoll)
}

func (h *brokenEpollHost) Open() (demux.Demux, error) {
	b := &brokenEpoll{Syscalls: h.Epoll()}
	if h.plant != nil {
		h.plant(b)
	}
	return epoll.Open(b)
}

var epollPlants = []struct {
	rule, why string
	plant     func(b *brokenEpoll)
}{
	{rule: "W5", why: "the edge bit is forgotten when the mask changes", plant: func(b *brokenEpoll) {
		b.ctl = func(op int, ev *epoll.Event) {
			if op == epoll.CtlMod {
				ev.Events &^= epoll.EPOLLET
			}
		}
	}},
	{rule: "W6", why: "oneshot is armed again for reading only", plant: func(b *brokenEpoll) {
		b.ctl = func(op int, ev *epoll.Event) {
			if op == epoll.CtlMod && ev.Events&epoll.EPOLLONESHOT != 0 {
				ev.Events &^= epoll.EPOLLOUT
			}
		}
	}},
	{rule: "W11", why: "the wake is never drained", plant: func(b *brokenEpoll) {
		b.ctl = func(op int, ev *epoll.Event) {
			if op == epoll.CtlAdd {
				ev.Events &^= epoll.EPOLLET
			}
		}
		b.read = func(int, []byte) (int, epoll.Errno) { return -1, epoll.EAGAIN }
	}},
}

// TestDemuxFindsPlantedEpollBugs proves that the simulated epoll shows bugs of a
// backend, with the rule that names them.
func TestDemuxFindsPlantedEpollBugs(t *testing.T) {
	for _, p := range epollPlants {
		t.Run(p.rule+"/"+p.why, func(t *testing.T) {
			found := judgeEpoll(p.plant)
			if !slices.ContainsFunc(found, func(f violation) bool { return f.rule == p.rule }) {
				t.Errorf("not found, the failures are %v", found)
			}
		})
	}
}

// judgeEpoll runs the whole suite.
func judgeEpoll(plant func(*brokenEpoll)) []violation {
	var failures []violation
	for _, r := range readinessSuite {
		for _, tc := range r.cases {
			h := &brokenEpollHost{fakedemux.New(nil), plant}
			failures = append(failures, runCase(h, r.rule, tc, defaultPatience).failures...)
		}
	}
	return failures
}

func TestDemuxPassesTheUnbrokenEpoll(t *testing.T) {
	for _, f := range judgeEpoll(nil) {
		t.Error(f)
	}
}
