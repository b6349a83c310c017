package main

import (
	"flag"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/fuzz"
	"reactortest/proptest"
	"reactortest/realdemux"
	"reactortest/scheduler"
)

// wrong are the parts that go wrong in some orders of events.
var wrong = []struct {
	name string
	why  string
	part func(p *parts)
	says string
}{
	{
		name: "a-read-is-a-line", says: "was taken for what it is not",
		why: "what one read returns is taken for whole lines, and a line that the network has cut for two",
		part: func(p *parts) {
			p.cut = func(data []byte, atEOF bool) (n int, line []byte, err error) {
				if n, line, err = cutLine(data, atEOF); line == nil && len(data) > 0 {
					n, line = len(data), data
				}
				return n, line, err
			}
		},
	},
	{
		name: "quit-drops-output", says: "not by BYE",
		why: "a member that quits is cut off, whether everything was sent to it or not",
		part: func(p *parts) {
			p.finish = func(c *stream.Conn) { _ = c.Net().Loop().Host().CloseWrite(c.Handle()); _ = c.Close() }
		},
	},
	{
		name: "nick-freed-twice", says: "ann",
		why:  "a nick is freed by QUIT and again by the end of the connection: by then it may be somebody else's",
		part: func(p *parts) { p.leave = (*room).leave },
	},
}

var wrongPart = flag.String("chat.wrong", "", "have TestChat judge a server with this wrong `part`: a-read-is-a-line, quit-drops-output or nick-freed-twice")

// TestChat judges the correct server. A short test makes a tenth of the runs.
func TestChat(t *testing.T) {
	p := correct
	for _, w := range wrong {
		if w.name == *wrongPart {
			w.part(&p)
		}
	}
	(&proptest.Options{Runs: 20_000}).TestProgram(t, chat(p))
}

// TestChatReal judges it on the real kernel, over the loopback network.
func TestChatReal(t *testing.T) {
	if d, err := realdemux.Open(); err != nil {
		t.Skipf("not judged: %v", err)
	} else if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	o := &proptest.Options{Runs: 20, HostRuns: 20, Host: func() demux.Host { return realdemux.NewHost() }}
	o.TestProgram(t, chat(correct))
}

// FuzzChat has the fuzzing engine make the decisions.
func FuzzChat(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(fuzz.Program(chat(correct)))
}

// TestSlowReader has a member that does not read. It is dropped when too much
// waits for it, and the others hear everything.
func TestSlowReader(t *testing.T) {
	o := &proptest.Options{Runs: 300, Workload: "p1+buffer.64", Plan: &fakedemux.Plan{Faults: 2, Off: "rn"}}
	o.TestProgram(t, slowReader)
}

// TestChatOnEveryKernel judges it on the other kernels, on one that does all that
// POSIX allows, and on one whose sockets hold 16 bytes.
func TestChatOnEveryKernel(t *testing.T) {
	// Without n: on kqueue the interest in writing is a registration of its own,
	// and a member without it is dropped with a QUIT unanswered.
	plan := fakedemux.Plan{Faults: 3, Off: "n"}
	for _, dialect := range fakedemux.Dialects() {
		t.Run(dialect, func(t *testing.T) {
			(&proptest.Options{Runs: 300, Plan: &plan, Dialect: dialect}).TestProgram(t, chat(correct))
		})
	}
	t.Run("posix", func(t *testing.T) {
		posix := fakedemux.Plan{Mode: fakedemux.POSIX, Faults: 4}
		(&proptest.Options{Runs: 300, Plan: &posix}).TestProgram(t, chat(correct))
	})
	t.Run("small buffers", func(t *testing.T) {
		(&proptest.Options{Runs: 300, Workload: "p1+buffer.16"}).TestProgram(t, chat(correct))
	})
}

// TestWrongIsRightInQuiet sees that a test which makes one run would find nothing.
func TestWrongIsRightInQuiet(t *testing.T) {
	for _, w := range wrong {
		p := correct
		w.part(&p)
		o := &proptest.Options{Runs: 1, Strategy: scheduler.NewQuiet(), Subject: w.name, Dir: t.TempDir()}
		if r, err := proptest.CheckProgram(chat(p), o); err != nil || r.Failure != nil {
			t.Errorf("%s: %+v, %v", w.name, r.Failure, err)
		}
	}
}

// TestWrong finds each wrong part with the default options, from at least 9 of
// 10 seeds, and makes the run that the printed tape tells of. With -short it takes
// one seed.
func TestWrong(t *testing.T) {
	seeds, enough := 10, 9
	if testing.Short() {
		seeds, enough = 1, 1
	}
	for _, w := range wrong {
		t.Run(w.name, func(t *testing.T) {
			p := correct
			w.part(&p)
			found := 0
			for seed := range uint64(seeds) {
				o := &proptest.Options{Seed: seed, Subject: w.name, Dir: t.TempDir()}
				r, err := proptest.CheckProgram(chat(p), o)
				if err != nil {
					t.Fatal(err)
				}
				f := r.Broken("program-passes")
				if f == nil {
					continue
				}
				found++
				t.Logf("seed %d: run %d: %s: %s (%d deviations)", seed, f.Run, f.Tape, f.Text, len(f.Deviations))
				if !strings.Contains(f.Text, w.says) {
					t.Errorf("seed %d: %s, want ...%s...", seed, f.Text, w.says)
				}
				again, err := proptest.ReplayProgram(f.Tape, chat(p), nil)
				if err != nil || again.Failure == nil || again.Failure.Text != f.Text || again.Diverged != "" {
					t.Errorf("seed %d: the tape %s, replayed: %+v, %v", seed, f.Tape, again, err)
				}
				mended, err := proptest.ReplayProgram(f.Tape, chat(correct), nil)
				if err != nil || mended.Failure != nil {
					t.Errorf("seed %d: the correct server on the tape %s: %+v, %v", seed, f.Tape, mended, err)
				}
			}
			if found < enough {
				t.Errorf("found from %d of %d seeds, want %d", found, seeds, enough)
			}
		})
	}
}
