package server

import (
	"reactortest/proptest/internal/core"
)

// SuiteName is the SUITE segment of tapes.
const SuiteName = "engine"

// suite judges one engine.
type suite struct{ subject NewEngine }

// Suite returns the suite that judges subject, for package proptest.
func Suite(subject NewEngine) core.Suite {
	if subject == nil {
		panic("proptest: the subject is nil: give a function that makes the engine")
	}
	return suite{subject}
}

var (
	_ core.Featured = suite{}
	_ core.Measured = suite{}
	_ core.Final    = suite{}
	_ core.Tabled   = suite{}
)

func (s suite) Name() string                      { return SuiteName }
func (s suite) Properties() []core.Property       { return properties[:] }
func (s suite) NewRunner() core.Runner            { return &runner{subject: s.subject} }
func (s suite) Draw(d *core.Drawer) core.Workload { return drawWorkload(d) }

// Parse reads the text of a workload.
func (s suite) Parse(text string) (core.Workload, error) {
	if text == core.PlainWorkload {
		return plainWorkload(), nil
	}
	w, err := parseWorkload(text)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Final says after which rules a run is not gone on with: the engine spins, or does not
// end.
func (s suite) Final(rule int) bool {
	return rule == ruleIdleBlocks || rule == ruleStopCompletes || rule == ruleNoLeakedGoroutine
}

// firstHandle is the number of the first handle of an engine.
const firstHandle = 3

// Tables says that the engine has the standard descriptors, and that the world has a
// table of its own: what peers open is not taken from the engine.
func (s suite) Tables() (first, world int) { return firstHandle, 1024 }

// The figures, by index.
const (
	figureIdle = iota
	figureWake
	figureFair
	figureJain
)

var figures = [...]core.Figure{
	figureIdle: {Name: "system calls in a second in which nothing happens", Per: 1},
	figureWake: {Name: "ms until Async is received, or Wake has led to Woken", Per: 1e-6},
	figureFair: {Name: "callbacks for others until a ready connection is served", Per: 1},
	figureJain: {Name: "Jain's index of the bytes served, of those sent", Per: 1e-3},
}

// Figures returns what is measured.
func (s suite) Figures() []core.Figure { return append([]core.Figure(nil), figures[:]...) }

// runner makes the runs of one goroutine.
type runner struct{ subject NewEngine }

// Run makes one run.
func (r *runner) Run(c *core.Case) { newSession(c).main(r.subject) }

// Timeline returns the lines of a history.
func (r *runner) Timeline(history []core.Entry, mark int) []core.Line { return timeline(history, mark) }
