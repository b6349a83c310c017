package main

import (
	"flag"
	"fmt"
	"slices"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/scheduler"
)

const (
	demuxRuns    = 20        // of each case, unless -runs says another number
	demuxSubject = "backend" // the subject in tapes: the backend that ships
)

// demuxSearch returns the search that the flags ask for. Its Runs are those of one
// case.
func (c *checkFlags) demuxSearch(f *flag.FlagSet) (*proptest.Options, error) {
	o := &proptest.Options{Runs: demuxRuns, Seed: c.seed, Subject: demuxSubject, Dir: c.dir}
	wrong := ""
	f.Visit(func(set *flag.Flag) {
		if set.Name == "runs" {
			o.Runs = c.runs
		}
		if !slices.Contains([]string{"demux", "json", "also", "runs", "seed", "dir"}, set.Name) {
			wrong = set.Name
		}
	})
	if wrong != "" {
		return nil, fmt.Errorf("check -demux judges every demultiplexer; -%s is for a check of a reactor", wrong)
	}
	if o.Runs < 1 || o.Runs > maxDemuxRuns {
		return nil, fmt.Errorf("-runs is %d, not in 1 to %d for each case", o.Runs, maxDemuxRuns)
	}
	return o, nil
}

// maxDemuxRuns leaves room for a thousand cases.
const maxDemuxRuns = proptest.MaxRuns / 1000

// searchedColumn judges the demultiplexer of a simulated kernel: each case once in
// the kernel's order, and then in searches.
func (c *command) searchedColumn(o *proptest.Options) (demuxColumn, error) {
	column := c.demuxColumn(o.Dialect, false, func() demux.Host { return fakedemux.New(&fakedemux.Options{Dialect: o.Dialect}) })
	searches := []func(func() demux.Host, *proptest.Options) (*proptest.Report, error){proptest.SearchDemux}
	if column.Report.Completer {
		searches = append(searches, proptest.SearchCompleter)
	}
	cases := 0
	for _, r := range column.Report.Rules {
		cases += r.Passed + len(r.Skipped)
	}
	for _, search := range searches {
		if c.ctx.Err() != nil {
			break
		}
		whole := *o
		whole.Runs = o.Runs * max(cases/len(searches), 1)
		whole.Progress = func(*proptest.Report) bool { return c.ctx.Err() == nil }
		r, err := search(nil, &whole)
		if err != nil {
			return column, err
		}
		addFailures(column.Report, r)
	}
	return column, nil
}

// addFailures puts what a search has found in the place of what the kernel's own
// order has shown of the same rule: it has a tape.
func addFailures(to *proptest.DemuxReport, r *proptest.Report) {
	for _, f := range r.Failures {
		row := 0 // of a run that broke down
		for i := range to.Rules {
			if to.Rules[i].Rule == f.Rule {
				row = i
				to.Rules[i].Failures = nil
			}
		}
		to.Rules[row].Failures = append(to.Rules[row].Failures, f.Rule+": "+f.Screen(replayCommand(f)))
	}
}

// replayTape makes the run of a tape again. It reports false if the tape's subject
// is none that ships.
func replayTape(text string, tape scheduler.Tape) (r *proptest.Report, known bool, err error) {
	o := &proptest.Options{Subject: tape.Subject}
	if tape.Subject == demuxSubject {
		r, err = proptest.ReplayDemux(text, nil, o)
		return r, true, err
	}
	subject, err := lookup(tape.Subject)
	if err != nil {
		return nil, false, err
	}
	r, err = proptest.Replay(text, subject, o)
	return r, true, err
}
