package main

import (
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

// levelless is a demux that takes every level registration for an edge one.
type levelless struct{ demux.Demux }

func (l levelless) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	return l.Demux.Register(h, tok, want, mode|demux.Edge)
}

type levellessHost struct{ *fakedemux.Kernel }

func (h levellessHost) Open() (demux.Demux, error) {
	d, err := h.Kernel.Open()
	return levelless{d}, err
}

// TestCheckDemuxTellsOfSearches puts what a search finds into a column, and
// replays its tape.
func TestCheckDemuxTellsOfSearches(t *testing.T) {
	r, err := proptest.SearchDemux(func() demux.Host { return levellessHost{fakedemux.New(nil)} },
		&proptest.Options{Runs: 300, Subject: demuxSubject, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	f := r.Broken("W4")
	if f == nil {
		t.Fatalf("W4 is not reported, but %d other rules", len(r.Failures))
	}
	report := reportOf(func(r *proptest.DemuxReport) { r.Rules[3].Failures = []string{"without a tape"} })
	addFailures(report, r)
	got := table(t, []demuxColumn{{Name: "epoll", Report: report}})
	got.want(t, exitViolation, "--- FAIL: epoll, simulated: W4: case W4/", "replay: go run ./cmd/reactortest replay 'rt2/demux/backend/epoll/")
	if strings.Contains(got.out, "without a tape") {
		t.Error("the kernel's own order is told of beside the search")
	}
	call(t.Context(), "replay", f.Tape).want(t, exitClean, "the run breaks no rule now")
	call(t.Context(), "explain", f.Tape).want(t, exitClean, "the run breaks no rule now")
	broken := func() demux.Host { return levellessHost{fakedemux.New(nil)} }
	if _, e, err := proptest.ExplainDemux(f.Tape, broken, &proptest.Options{Subject: demuxSubject}); err != nil || e == nil || e.Failure.Rule != "W4" {
		t.Errorf("ExplainDemux: got %+v, %v", e, err)
	}
}

// TestCheckDemuxSearches makes more runs, of another seed.
func TestCheckDemuxSearches(t *testing.T) {
	call(t.Context(), "check", "-demux", "-runs", "2", "-seed", "7", "-dir", t.TempDir()).want(t, exitClean, "ok ")
}
