package fakedemux_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"reactortest/demux/epoll"
)

// These tests compare the simulated kernel with the running one, call by call:
// every result, error number, byte and event must be the same. docs/kernels.md
// lists what may differ.

// world runs the same calls on both kernels.
type world struct {
	t     *rapid.T
	both  [2]machine
	kinds []string // of each descriptor, "" if not open
	tcp   bool
	next  uint64
	chars byte
	heard int
	edges map[uint64]bool // registrations with EPOLLET, by data
	log   []string
	steps []step   // what was called
	trace []string // and returned by the simulation
}

// patience is how long the running kernel's TCP may take.
const patience = 2 * time.Second

// maxOpen is how many descriptors a sequence may have, about.
const maxOpen = 30

// run makes the call on both and compares.
func (w *world) run(s step) {
	switch s.call {
	case "pair", "pipe", "eventfd", "epoll_create", "file", "listen", "connect", "accept", "dup":
		if len(w.kinds) > maxOpen {
			return
		}
	}
	a, b := w.both[0].do(s), w.both[1].do(s)
	w.steps, w.trace = append(w.steps, s), append(w.trace, a.String())
	if w.tcp && s.call == "epoll_wait" {
		b = w.patient(s, a, b)
	}
	w.log = append(w.log, fmt.Sprintf("%v = %v", s, a))
	if a.String() != b.String() {
		w.t.Fatalf("simulated and running kernel differ after\n\t%s\nrunning: %v", strings.Join(w.log, "\n\t"), b)
	}
	w.track(s, a)
	w.settle()
}

// patient lets the running kernel's TCP take its time: until what the
// simulation reports has been reported there too. The order of a batch is not
// compared, and an edge may be reported once more than in the simulation.
func (w *world) patient(s step, a, b outcome) outcome {
	if a.errno != 0 || b.errno != 0 {
		return b
	}
	got := map[uint64]uint32{}
	covers := func() bool {
		for _, ev := range b.events {
			got[ev.Data] |= ev.Events
		}
		for _, ev := range a.events {
			if ev.Events&^got[ev.Data] != 0 {
				return false
			}
		}
		return true
	}
	for deadline := time.Now().Add(patience); !covers() && time.Now().Before(deadline); {
		b = w.both[1].do(s)
	}
	b = outcome{events: nil}
	for data, m := range got {
		var want uint32
		for _, ev := range a.events {
			if ev.Data == data {
				want = ev.Events
			}
		}
		if w.edges[data] && m&want == want {
			m = want
		}
		if m != 0 {
			b.events = append(b.events, epoll.Event{Events: m, Data: data})
		}
	}
	b.n = len(b.events)
	byData := func(x, y epoll.Event) int { return int(x.Data) - int(y.Data) }
	slices.SortFunc(a.events, byData)
	slices.SortFunc(b.events, byData)
	return b
}

// track keeps the kinds of the descriptors.
func (w *world) track(s step, o outcome) {
	if o.errno != 0 {
		return
	}
	set := func(fd int, kind string) {
		for len(w.kinds) <= fd {
			w.kinds = append(w.kinds, "")
		}
		w.kinds[fd] = kind
	}
	switch s.call {
	case "pair":
		set(o.n, "unix")
		set(o.m, "unix")
	case "pipe":
		set(o.n, "reader")
		set(o.m, "writer")
	case "eventfd":
		set(o.n, "eventfd")
	case "epoll_create":
		set(o.n, "epoll")
	case "file":
		set(o.n, "file")
	case "listen":
		set(o.n, "listener")
		w.heard++
	case "connect", "accept":
		set(o.n, "tcp")
	case "dup":
		set(o.n, w.kinds[s.fd])
	case "close":
		w.kinds[s.fd] = ""
	}
}

// settle compares the conditions of every descriptor. What happens on TCP may
// take its time on the running kernel.
func (w *world) settle() {
	for fd, kind := range w.kinds {
		if kind != "" && kind != "epoll" {
			w.look(fd)
		}
	}
}

func (w *world) look(fd int) {
	want, asked := w.both[0].poll(fd)
	if !asked {
		return
	}
	deadline := time.Now().Add(patience)
	for {
		got, asked := w.both[1].poll(fd)
		kind := w.kinds[fd]
		if !asked || got == want && (kind != "tcp" || w.both[0].unread(fd) == w.both[1].unread(fd)) {
			return
		}
		if kind != "tcp" && kind != "listener" || time.Now().After(deadline) {
			w.t.Fatalf("the conditions of descriptor %d (%s) are %s in the simulation and %s on the running kernel after\n\t%s",
				fd, kind, bits(want), bits(got), strings.Join(w.log, "\n\t"))
		}
	}
}

// pick draws a descriptor, rather one of the given kinds, now and then one
// that is not open.
func (w *world) pick(kinds ...string) int {
	var fits, open []int
	for fd, kind := range w.kinds {
		if kind == "" {
			continue
		}
		open = append(open, fd)
		if slices.Contains(kinds, kind) {
			fits = append(fits, fd)
		}
	}
	switch how := rapid.IntRange(0, 31).Draw(w.t, "how"); {
	case how == 31:
		return rapid.IntRange(-1, 20).Draw(w.t, "fd")
	case how < 28 && len(fits) > 0:
		return rapid.SampledFrom(fits).Draw(w.t, "fd")
	case len(open) > 0:
		return rapid.SampledFrom(open).Draw(w.t, "fd")
	default:
		return -1
	}
}

func (w *world) data() uint64 { w.next++; return w.next }

func (w *world) size() int {
	return rapid.SampledFrom([]int{1, 8, 3, 2, 0, 7, 9, 16}).Draw(w.t, "bytes")
}

func (w *world) ctl(op int, kinds ...string) {
	set := rapid.SampledFrom([]uint32{
		epoll.EPOLLIN, epoll.EPOLLOUT, epoll.EPOLLIN | epoll.EPOLLOUT, 0,
		epoll.EPOLLIN | epoll.EPOLLRDHUP, epoll.EPOLLRDHUP, everything, epoll.EPOLLPRI,
	}).Draw(w.t, "events")
	set |= rapid.SampledFrom([]uint32{
		0, epoll.EPOLLET, epoll.EPOLLONESHOT, epoll.EPOLLET | epoll.EPOLLONESHOT, exclusive, exclusive | epoll.EPOLLET,
	}).Draw(w.t, "mode")
	data := w.data()
	w.edges[data] = set&epoll.EPOLLET != 0
	target := w.pick(kinds...)
	if w.tcp && target >= 0 && target < len(w.kinds) && w.kinds[target] == "epoll" {
		return // an edge more of TCP below shows as readiness above
	}
	w.run(step{call: "epoll_ctl", fd: w.pick("epoll"), other: target, op: op, bits: set, data: data})
}

func (w *world) actions() map[string]func(*rapid.T) {
	watched := []string{"unix", "reader", "writer", "eventfd", "tcp", "listener"}
	all := append([]string{"epoll", "file"}, watched...)
	all = slices.Clip(all)
	acts := map[string]func(){
		"epoll_create": func() { w.run(step{call: "epoll_create"}) },
		"add":          func() { w.ctl(epoll.CtlAdd, watched...) },
		"add again":    func() { w.ctl(epoll.CtlAdd, watched...) },
		"add epoll":    func() { w.ctl(epoll.CtlAdd, "epoll") },
		"mod":          func() { w.ctl(epoll.CtlMod, all...) },
		"del":          func() { w.ctl(epoll.CtlDel, all...) },
		"dup":          func() { w.run(step{call: "dup", fd: w.pick(all...)}) },
		"close":        func() { w.run(step{call: "close", fd: w.pick(all...)}) },
		"shutdown":     func() { w.run(step{call: "shutdown", fd: w.pick("unix", "tcp")}) },
		"look":         func() { w.lookSome() },
	}
	read := func() { w.run(step{call: "read", fd: w.pick(watched...), n: w.size()}) }
	write := func() {
		w.chars++
		w.run(step{call: "write", fd: w.pick("unix", "writer", "eventfd", "tcp"), n: w.size(), chars: w.chars})
	}
	wait := func() {
		n := rapid.IntRange(0, 4).Draw(w.t, "maxevents")
		if w.tcp {
			n = 64
		}
		w.run(step{call: "epoll_wait", fd: w.pick("epoll"), n: n})
	}
	for _, twice := range [...]string{"", " again", " once more"} {
		acts["read"+twice], acts["write"+twice], acts["wait"+twice] = read, write, wait
	}
	if w.tcp {
		delete(acts, "look")
		acts["listen"] = func() { w.run(step{call: "listen", n: 16}) }
		acts["accept"] = func() { w.run(step{call: "accept", fd: w.pick("listener")}) }
		acts["connect"] = w.connect
		acts["connect again"] = w.connect
		acts["result"] = func() { w.run(step{call: "result", fd: w.pick("tcp")}) }
	} else {
		acts["pair"] = func() { w.run(step{call: "pair"}) }
		acts["pipe"] = func() { w.run(step{call: "pipe"}) }
		acts["eventfd"] = func() {
			w.run(step{call: "eventfd", n: int(rapid.SampledFrom([]uint32{0, 1, 1<<32 - 1}).Draw(w.t, "value"))})
		}
		acts["signal"] = func() {
			v := rapid.SampledFrom([]uint64{0, 1, 1<<64 - 1, 1<<64 - 2}).Draw(w.t, "value")
			w.run(step{call: "signal", fd: w.pick("eventfd"), data: v})
		}
		acts["file"] = func() { w.run(step{call: "file"}) }
	}
	m := make(map[string]func(*rapid.T), len(acts))
	for name, f := range acts {
		m[name] = func(t *rapid.T) { w.t = t; f() }
	}
	return m
}

func (w *world) connect() {
	if w.heard > 0 {
		w.run(step{call: "connect", listen: rapid.IntRange(0, w.heard-1).Draw(w.t, "listener")})
	}
}

// lookSome asks an epoll descriptor for its conditions, which is no mere look:
// it takes stale entries from the list of what is ready.
func (w *world) lookSome() {
	if fd := w.pick("epoll"); fd >= 0 && fd < len(w.kinds) && w.kinds[fd] == "epoll" {
		w.log = append(w.log, fmt.Sprintf("poll(%d)", fd))
		w.look(fd)
		w.steps, w.trace = append(w.steps, step{call: "poll", fd: fd}), append(w.trace, "")
	}
}

// again makes the same calls in a new simulation: the outcomes are the same.
func (w *world) again() {
	m := newSimulated()
	for i, s := range w.steps {
		if s.call == "poll" {
			m.poll(s.fd)
			continue
		}
		if got := m.do(s).String(); got != w.trace[i] {
			w.t.Fatalf("call %d, %v, returned %s, and in a second run %s", i, s, w.trace[i], got)
		}
	}
}

func differ(tcp bool) func(*rapid.T) {
	return func(t *rapid.T) {
		w := &world{t: t, both: [2]machine{newSimulated(), &running{}}, tcp: tcp, chars: 'a' - 1, edges: map[uint64]bool{}}
		defer w.both[1].end()
		t.Repeat(w.actions())
		w.again()
	}
}

func TestSameAsRunningKernel(t *testing.T) { rapid.Check(t, differ(false)) }

func TestSameAsRunningKernelTCP(t *testing.T) { rapid.Check(t, differ(true)) }

func TestFactsOfTheRunningKernel(t *testing.T) {
	for _, f := range facts {
		t.Run(f.name, func(t *testing.T) {
			m := &running{}
			defer m.end()
			play(t, m, f.lines, patience)
		})
	}
}
