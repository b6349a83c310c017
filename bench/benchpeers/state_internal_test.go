//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reactortest/bench/internal/result"
)

func TestStateSurvivesAnInterruption(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.jsonl")
	s := open(t, path)
	for round := 1; round <= 2; round++ {
		if err := s.add(&record{Cell: "B1/x", Peer: "ours", Round: round, Results: []*result.Result{{Ops: int64(round), NS: 1e9}}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.file.WriteString(`{"cell":"B1/x","peer":"ou`); err != nil { // killed while it wrote
		t.Fatal(err)
	}
	s = open(t, path)
	if len(s.all) != 2 || s.get("B1/x", "ours", 2).Results[0].Ops != 2 {
		t.Fatalf("%d records were read back", len(s.all))
	}
	if err := s.add(&record{Cell: "B1/x", Peer: "ours", Round: 3, Results: []*result.Result{{Ops: 3, NS: 1e9}}}); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if got := s.values("B1/x", "ours", "", rate, 0); len(got) != 3 || got[2] != 3 {
		t.Errorf("after the interruption: %v, want 1, 2 and 3 a second", got)
	}
}

func open(t *testing.T, path string) *state {
	t.Helper()
	s, err := openState(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.file.Close() })
	return s
}

func TestRatiosAreOfRounds(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.jsonl"))
	add := func(peer string, round int, ops int64, busy float64) {
		t.Helper()
		if err := s.add(&record{Cell: "c", Peer: peer, Round: round, Busy: busy, Results: []*result.Result{{Ops: ops, NS: 1e9}}}); err != nil {
			t.Fatal(err)
		}
	}
	add("ours", 1, 200, 0)
	add("net", 1, 100, 0)
	add("ours", 2, 300, 0)
	add("net", 2, 100, 0.5) // disturbed
	add("ours", 3, 900, 0)  // the other has no third round
	if got := s.ratios("c", "ours", "c", "net", "", rate, 0.1); len(got) != 1 || got[0] != 2 {
		t.Errorf("ratios %v, want that of the first round, 2", got)
	}
}

func TestWriteBetweenMarkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte("above\n"+beginMark+"\nold\n"+endMark+"\nbelow\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"new\n", "newer\n"} {
		if err := writeBetweenMarkers(path, text); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if want := "above\n" + beginMark + "\n" + text + endMark + "\nbelow\n"; err != nil || string(b) != want {
			t.Errorf("the page is %q (%v), want %q", b, err, want)
		}
	}
	if err := os.WriteFile(path, []byte("no markers"), 0o644); err != nil {
		t.Fatal(err)
	}
	if writeBetweenMarkers(path, "text") == nil {
		t.Error("a page without markers was accepted")
	}
}

func TestPlanKeepsItsTime(t *testing.T) {
	for _, a := range []amount{full, quick} {
		needed, n := estimate(a.plan())
		t.Logf("%s: %d measurements, %v", a.name, n, needed)
		if needed > a.limit {
			t.Errorf("the %s run needs %v, its limit is %v", a.name, needed, a.limit)
		}
	}
}

func TestTargetsNameWhatIsMeasured(t *testing.T) {
	rounds := map[[2]string]int{}
	for _, g := range full.plan() {
		for _, c := range g {
			for _, e := range c.peers {
				rounds[[2]string{c.id, e.peer.name}] = e.rounds
			}
		}
	}
	for _, tg := range targets() {
		for _, cell := range tg.cells {
			for _, peer := range append([]string{tg.of}, tg.against...) {
				if n := rounds[[2]string{cell, peer}]; peer != "" && n != full.named {
					t.Errorf("%s: %s has %d rounds in %s, want %d", tg.text, peer, n, cell, full.named)
				}
			}
			if tg.base != "" && rounds[[2]string{tg.base, tg.of}] != full.named {
				t.Errorf("%s: %s lacks rounds in %s", tg.text, tg.of, tg.base)
			}
		}
	}
}

func TestPageHasTheMarkers(t *testing.T) {
	b, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, mark := range []string{beginMark, endMark} {
		if strings.Count(string(b), mark) != 1 {
			t.Errorf("docs/performance.md has the marker %q %d times, want once", mark, strings.Count(string(b), mark))
		}
	}
}
