package fuzz_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/fuzz"
	"reactortest/internal/golden"
	"reactortest/internal/planted"
	"reactortest/internal/story"
	"reactortest/proptest"
)

var subject = flag.String("reactortest.subject", "eventloop", "what FuzzLoop judges: eventloop, or planted/NAME")

// judged returns the subject that the flag names.
func judged(f *testing.F) proptest.NewReactor {
	f.Helper()
	if *subject == "eventloop" {
		return proptest.EventLoop
	}
	s, known := planted.Lookup(strings.TrimPrefix(*subject, "planted/"))
	if !known {
		f.Fatalf("-reactortest.subject=%s: no such subject", *subject)
	}
	return s.New
}

// FuzzLoop judges the built-in loop, or the subject that -reactortest.subject
// names.
func FuzzLoop(f *testing.F) {
	fuzz.Seed(f)
	f.Fuzz(fuzz.Target(judged(f)))
}

// FuzzScript plays scripts, the committed ones and what the engine makes of
// them: whatever parses plays without a panic, and twice the same.
func FuzzScript(f *testing.F) {
	files, err := filepath.Glob("../internal/story/testdata/script/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := golden.Parse("script", text)
		if err != nil {
			return
		}
		first, firstErr := story.Play(s, "epoll")
		again, againErr := story.Play(s, "epoll")
		if first != again || (firstErr == nil) != (againErr == nil) {
			t.Errorf("played twice: %v, then %v\n%s", firstErr, againErr, golden.Diff(first, again))
		}
	})
}

// TestCorpusHasDifferentRuns runs every named case: each must be a run, and different
// from the others.
func TestCorpusHasDifferentRuns(t *testing.T) {
	fuzzer := proptest.NewFuzzer(proptest.EventLoop, &proptest.Options{Subject: "corpus", Dir: t.TempDir()})
	defer fuzzer.Close()
	seen := map[uint32]string{}
	for _, c := range fuzz.Corpus {
		failure, err := fuzzer.Run(t, []byte(c.Workload), []byte(c.Tape))
		if err != nil || failure != nil {
			t.Errorf("%s: %v, %v", c.Name, failure, err)
		}
		tape, err := fuzzer.Tape([]byte(c.Workload), []byte(c.Tape))
		if err != nil {
			t.Fatal(err)
		}
		if other, have := seen[tape.Digest]; have {
			t.Errorf("%q makes the same run as %q", c.Name, other)
		}
		seen[tape.Digest] = c.Name
	}
}

// twoTasks is a program that fails if one of its tasks acts in the middle of the
// other.
func twoTasks(t testing.TB, h demux.Host) {
	n := 0
	add := func() {
		was := n
		h.Yield("between a read and a write")
		n = was + 1
	}
	first, second := proptest.Go(h, "first", add), proptest.Go(h, "second", add)
	first()
	second()
	if n != 2 {
		t.Errorf("the sum is %d", n)
	}
}

// FuzzProgram runs a correct program.
func FuzzProgram(f *testing.F) {
	f.Add([]byte{})
	f.Fuzz(fuzz.Program(func(t testing.TB, h demux.Host) {
		a, b, err := h.Pair()
		if err != nil {
			t.Fatal(err)
		}
		wait := proptest.Go(proptest.World(h), "client", func() { _, _ = proptest.World(h).Write(b, []byte("x")) })
		if err := proptest.Await(h, a, demux.Readable, -1); err != nil {
			t.Error(err)
		}
		wait()
		_ = h.Close(a)
		_ = h.Close(b)
	}))
}

// TestProgramTapes finds by bytes what only an order of events shows.
func TestProgramTapes(t *testing.T) {
	fuzzer := proptest.NewProgramFuzzer(twoTasks, &proptest.Options{Subject: "twoTasks", Dir: t.TempDir()})
	defer fuzzer.Close()
	for _, tt := range []struct {
		why, tape string
		fails     bool
	}{
		{why: "the quiet run", tape: ""},
		{why: "every order is another", tape: "11111111", fails: true},
	} {
		failure, err := fuzzer.Run(t, nil, []byte(tt.tape))
		if err != nil || (failure != nil) != tt.fails {
			t.Errorf("%s: %+v, %v", tt.why, failure, err)
		}
		if failure != nil && (failure.Rule != "program-passes" || !strings.Contains(fuzzer.Replay(failure), "-reactortest.tape='rt2/program/twoTasks/")) {
			t.Errorf("%s: %s, replayed by %s", tt.why, failure.Rule, fuzzer.Replay(failure))
		}
	}
}

// TestManySchedules finds a bug from an input whose own tape does not show it. The same
// input finds the same tape, in another process too, and the tape replays.
func TestManySchedules(t *testing.T) {
	var tapes []string
	for range 2 {
		o := &proptest.Options{Subject: "twoTasks", Dir: t.TempDir()}
		fuzzer := proptest.NewProgramFuzzer(twoTasks, o)
		for _, tape := range []string{"", "", "00"} {
			one, err := fuzzer.Run(t, nil, []byte(tape))
			if one != nil || err != nil {
				t.Fatalf("tape %q alone: %v, %v", tape, one, err)
			}
			failure, err := fuzzer.RunMany(t, nil, []byte(tape), fuzz.Schedules)
			if err != nil || failure == nil {
				t.Fatalf("tape %q and those drawn from it: %v, %v", tape, failure, err)
			}
			tapes = append(tapes, failure.Tape)
			again, err := proptest.ReplayProgram(failure.Saved, twoTasks, o)
			if err != nil || again.Failure == nil || again.Failure.Tape != failure.Tape || len(failure.Deviations) > 2 {
				t.Errorf("%s was saved with %d deviations, and replays as %+v, %v", failure.Tape, len(failure.Deviations), again, err)
			}
		}
	}
	if slices.Compare(tapes[:3], tapes[3:]) != 0 || tapes[0] != tapes[1] {
		t.Errorf("the same inputs have found %q", tapes)
	}
}
