package fuzz_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
