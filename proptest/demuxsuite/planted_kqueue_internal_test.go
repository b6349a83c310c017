package demuxsuite

import (
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
)

// A bug of a kqueue backend is planted where the backend meets its kernel: in
// the changes that it makes and the events that it is given. The rest of it is
// what ships.

// brokenCalls are the calls of a simulated kernel with a bug above them.
type brokenCalls struct {
	kqueue.Syscalls
	p      *kqueue.Profile
	change func(b *brokenCalls, c *kqueue.Kevent) bool // false: the change is forgotten
	event  func(b *brokenCalls, ev *kqueue.Kevent)
	read   func(b *brokenCalls, fd int, buf []byte) (int, kqueue.Errno)
	added  map[kqueue.Kevent]bool

	restarts bool // a wait that a signal ends begins anew
}

func (b *brokenCalls) Kevent(kq int, changes, events []kqueue.Kevent, timeout *kqueue.Timespec) (int, kqueue.Errno) {
	if b.change != nil && len(changes) > 0 {
		var kept []kqueue.Kevent
		for _, c := range changes {
			if b.change(b, &c) {
				kept = append(kept, c)
			}
		}
		if changes = kept; len(changes) == 0 {
			return 0, 0
		}
	}
	n, e := b.Syscalls.Kevent(kq, changes, events, timeout)
	for e == kqueue.EINTR && b.restarts && len(changes) == 0 {
		n, e = b.Syscalls.Kevent(kq, changes, events, timeout)
	}
	for i := range max(n, 0) {
		if b.event != nil {
			b.event(b, &events[i])
		}
	}
	return n, e
}

func (b *brokenCalls) Read(fd int, buf []byte) (int, kqueue.Errno) {
	if b.read != nil {
		return b.read(b, fd, buf)
	}
	return b.Syscalls.Read(fd, buf)
}

// brokenHost opens the kqueue backend over brokenCalls.
type brokenHost struct {
	*fakedemux.Kernel
	p     *kqueue.Profile
	plant func(b *brokenCalls)
	above func(d demux.Demux) demux.Demux
}

func (h *brokenHost) Open() (demux.Demux, error) {
	b := &brokenCalls{Syscalls: h.Kqueue(), p: h.p, added: make(map[kqueue.Kevent]bool)}
	if h.plant != nil {
		h.plant(b)
	}
	d, err := kqueue.Open(b, h.p)
	if err != nil || h.above == nil {
		return d, err
	}
	return h.above(d), nil
}

// adds reports whether c adds a knote of filter.
func (b *brokenCalls) adds(c *kqueue.Kevent, filter int32) bool {
	return c.Filter == filter && c.Flags&kqueue.Add != 0
}

var kqueuePlants = []struct {
	rule, why string
	plant     func(b *brokenCalls)
	above     func(d demux.Demux) demux.Demux
}{
	{rule: "W8", why: "EV_EOF is taken for a close, and the data before it dropped", above: func(d demux.Demux) demux.Demux {
		return &planted{Demux: d, wait: mapEvents(d, func(ev *demux.Event) bool {
			if ev.Ready&demux.Hangup != 0 {
				ev.Ready = demux.Hangup | demux.Failed
			}
			return true
		})}
	}},
	{rule: "W9", why: "EVFILT_WRITE is added level-triggered and never taken off", plant: func(b *brokenCalls) {
		b.change = func(b *brokenCalls, c *kqueue.Kevent) bool {
			if b.adds(c, b.p.Write) {
				c.Flags &^= kqueue.Clear | kqueue.Oneshot
			}
			return c.Filter != b.p.Write || c.Flags&kqueue.Delete == 0
		}
	}},
	{rule: "W11", why: "the wake is never drained", plant: func(b *brokenCalls) {
		b.change = func(b *brokenCalls, c *kqueue.Kevent) bool {
			if b.p.HasUser && c.Filter == b.p.User {
				c.Flags &^= kqueue.Clear
			}
			return true
		}
		b.read = func(b *brokenCalls, fd int, buf []byte) (int, kqueue.Errno) {
			if len(buf) > 1 {
				return -1, kqueue.EAGAIN
			}
			return b.Syscalls.Read(fd, buf)
		}
	}},
	{rule: "W6", why: "oneshot disarms the direction that fired, and not the other", plant: func(b *brokenCalls) {
		reported := false
		b.event = func(*brokenCalls, *kqueue.Kevent) { reported = true }
		b.change = func(_ *brokenCalls, c *kqueue.Kevent) bool {
			forget := reported && c.Flags == kqueue.Delete
			reported = reported && c.Flags&kqueue.Delete != 0
			return !forget
		}
	}},
	{rule: "W5", why: "oneshot is armed again for reading only", plant: func(b *brokenCalls) {
		b.change = func(b *brokenCalls, c *kqueue.Kevent) bool {
			if !b.adds(c, b.p.Write) {
				return true
			}
			key := kqueue.Kevent{Ident: c.Ident}
			again := b.added[key]
			b.added[key] = true
			return !again || c.Flags&kqueue.Oneshot == 0
		}
	}},
	{rule: "W5", why: "the edge bit is forgotten by Modify: a knote that is there is not added again", plant: func(b *brokenCalls) {
		b.change = func(b *brokenCalls, c *kqueue.Kevent) bool {
			key := kqueue.Kevent{Ident: c.Ident, Filter: c.Filter}
			if c.Flags&kqueue.Delete != 0 {
				delete(b.added, key)
				return true
			}
			again := b.added[key]
			b.added[key] = true
			return !again
		}
	}},
	{rule: "W12", why: "a second Register changes the first: the kernel's set is believed in", above: func(d demux.Demux) demux.Demux {
		return &planted{Demux: d, register: func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			if err := d.Modify(h, tok, want, mode); err == nil {
				return nil
			}
			return d.Register(h, tok, want, mode)
		}}
	}},
	{rule: "W2", why: "a timeout is passed to the kernel whole", above: func(d demux.Demux) demux.Demux {
		return &planted{Demux: d, wait: func(dst []demux.Event, timeout time.Duration) (int, error) {
			if timeout > kqueue.Darwin.MaxTimeout {
				return 0, kqueue.EINVAL.Err("kevent") // what Darwin would say
			}
			return d.Wait(dst, timeout)
		}}
	}},
}

// TestDemuxFindsPlantedKqueueBugs proves that the simulated kqueue shows bugs of
// a backend, with the rule that names them.
func TestDemuxFindsPlantedKqueueBugs(t *testing.T) {
	for _, p := range []*kqueue.Profile{&kqueue.FreeBSD, &kqueue.NetBSD} {
		for _, plant := range kqueuePlants {
			t.Run(p.Name+"/"+plant.rule+"/"+plant.why, func(t *testing.T) {
				found := judgeKqueue(p, plant.plant, plant.above)
				for _, f := range found {
					if f.rule == plant.rule {
						return
					}
				}
				t.Errorf("not found, the failures are %v", found)
			})
		}
	}
}

func TestDemuxPassesTheUnbrokenKqueue(t *testing.T) {
	for _, p := range kqueue.Profiles() {
		for _, f := range judgeKqueue(p, nil, nil) {
			t.Errorf("%s: %v", p.Name, f)
		}
	}
}

// judgeKqueue runs the whole suite.
func judgeKqueue(p *kqueue.Profile, plant func(*brokenCalls), above func(demux.Demux) demux.Demux) []violation {
	var failures []violation
	for _, r := range readinessSuite {
		for _, tc := range r.cases {
			k := fakedemux.New(&fakedemux.Options{Dialect: "kqueue-" + p.Name})
			h := &brokenHost{Kernel: k, p: p, plant: plant, above: above}
			failures = append(failures, runCase(h, r.rule, tc, defaultPatience).failures...)
		}
	}
	return failures
}
