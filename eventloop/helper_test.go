package eventloop_test

import (
	"fmt"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
)

// inKernel runs f as the main task of a quiet simulated kernel, and fails the
// test if the run does not end by itself.
func inKernel(t *testing.T, f func(k *fakedemux.Kernel)) {
	t.Helper()
	k := fakedemux.New(nil)
	t.Cleanup(k.Stop)
	if err := k.Run(func() { f(k) }); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, h demux.Host, o *eventloop.Options) *eventloop.Loop {
	t.Helper()
	l, err := eventloop.Open(h, o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func pair(t *testing.T, h demux.Host) (a, b demux.Handle) {
	t.Helper()
	a, b, err := h.Pair()
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

func watch(t *testing.T, l *eventloop.Loop, h demux.Handle, fn func(demux.Event)) *eventloop.Registration {
	t.Helper()
	r, err := l.Watch(h, demux.Readable, demux.Level, fn)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t *testing.T, h demux.Host, to demux.Handle) {
	t.Helper()
	if _, err := h.Write(to, []byte("x")); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, h demux.Host, from demux.Handle) {
	t.Helper()
	if _, err := h.Read(from, make([]byte, 64)); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// once runs one iteration that does not block.
func once(t *testing.T, l *eventloop.Loop) int {
	t.Helper()
	n, err := l.RunOnce(0)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// log is a trace of steps and of what the test's functions say.
type log struct {
	strings.Builder
	names map[demux.Token]string
}

func (g *log) name(r *eventloop.Registration, name string) {
	if g.names == nil {
		g.names = map[demux.Token]string{}
	}
	g.names[r.Token()] = name
}

func (g *log) say(format string, args ...any) {
	fmt.Fprintf(g, format+"\n", args...)
}

// step writes the steps as stories have them.
func (g *log) step(s eventloop.Step) {
	line := fmt.Sprintf("#%d %s", s.Iteration, s.Phase)
	switch s.Phase {
	case eventloop.PhaseTimers:
		line += fmt.Sprintf(" %v", s.Deadline)
	case eventloop.PhasePoll:
		line += fmt.Sprintf(" %v", s.Timeout)
		for _, ev := range s.Events {
			line += fmt.Sprintf(" %s:%v", g.names[ev.Token], ev.Ready)
		}
	case eventloop.PhaseDispatch:
		line += fmt.Sprintf(" %s %v", g.names[s.Token], s.Ready)
		if s.Stale {
			line += " stale"
		}
		if s.Unwanted {
			line += " unwanted"
		}
	case eventloop.PhasePosted, eventloop.PhaseClosing:
	}
	g.say("%s", line)
}

func (g *log) want(t *testing.T, want string) {
	t.Helper()
	strip := func(s string) string {
		var lines []string
		for line := range strings.Lines(s) {
			if line = strings.TrimSpace(line); line != "" {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "\n")
	}
	if got, want := strip(g.String()), strip(want); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	g.Reset()
}
