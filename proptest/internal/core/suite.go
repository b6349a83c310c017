// Package core searches for runs that break rules. It draws workloads, makes
// runs on the simulated kernel and on real ones, shrinks what fails, and saves,
// replays and reports it.
//
// It knows no subject. A [Suite] plugs in one shape of subject: it draws a
// workload, runs it and judges the run. Package proptest is the face of this
// package, and its rooms are the suites.
package core

import (
	"time"

	"reactortest/scheduler"
)

// Suite is one shape of subject, with the subject. Its methods may be called by
// several goroutines at once.
type Suite interface {
	// Name is the SUITE segment of tapes: lower-case letters.
	Name() string
	// Properties returns the rules, in a fixed order. A rule is named by its
	// index.
	Properties() []Property
	// Draw draws a workload. If every draw is 0 it is the plain one.
	Draw(d *Drawer) Workload
	// Parse reads what Workload.String wrote. An error names what is wrong.
	Parse(text string) (Workload, error)
	// NewRunner returns what makes the runs of one goroutine.
	NewRunner() Runner
}

// Workload is what a run does with the subject. It is not changed by a run.
type Workload interface {
	// String returns the WORKLOAD segment of a tape: elements joined by "+", of
	// words joined by ",", of atoms joined by ".". The first element is the
	// version. Equal workloads have equal texts.
	String() string
	// Cost says how much a correct subject may need for it.
	Cost() Cost
}

// Cost is what budgets grow with.
type Cost struct {
	Calls       int           // simulated calls, at a guess
	Descriptors int           // open at once, at most, besides the subject's own
	Time        time.Duration // virtual time
}

// Runner carries out workloads and judges them, one run after another. It may
// keep its memory from run to run. One goroutine at a time uses it.
type Runner interface {
	// Run makes one run. It is called in the main task of the simulated kernel,
	// or in a goroutine of its own on a real host.
	Run(c *Case)
	// Timeline returns the lines of the history, mark being the index of the entry
	// that breaks the rule.
	Timeline(history []Entry, mark int) []Line
}

// pointWorkload decides what the subject is used for.
var pointWorkload = scheduler.NewPoint("workload", "What the subject is used for. Alternative 0 is the plain choice. A tape has the workload itself, not these draws.")

// Drawer draws a workload. Every 0 is the plain choice.
type Drawer struct {
	rec  *scheduler.Recorder
	last Workload // that the next one may be made of
}

// Spare returns a workload that was drawn before and is not used any more, to make
// the next one of its memory; nil if there is none.
func (d *Drawer) Spare() Workload { return d.last }

// Reuse says what Spare returns from now on.
func (d *Drawer) Reuse(w Workload) { d.last = w }

// Pick draws a number, 0 to n-1.
func (d *Drawer) Pick(n int) int { return d.rec.Pick(pointWorkload, n) }

// Rarely draws true in one of four cases.
func (d *Drawer) Rarely() bool { return d.Pick(4) == 3 }

// Featured is a Suite that tells which features its workloads have, so that the
// report says how often each was drawn.
type Featured interface {
	// Features names them, in a fixed order.
	Features() []string
	// Has reports whether w has feature i.
	Has(w Workload, i int) bool
}

// Listed is a Suite with a list of workloads. The first runs of a search have them
// in turn, and those after that draw.
type Listed interface {
	Workloads() []Workload
}

// Measured is a Suite that measures what it does not judge.
type Measured interface {
	// Figures returns the figures with their names and units, in a fixed order. A
	// figure is named by its index.
	Figures() []Figure
}

// Final is a Suite that has rules after whose violation a run is not gone on with
// to find other rules that it breaks: the subject no longer gets anywhere.
type Final interface {
	// Final reports whether rule is one.
	Final(rule int) bool
}

// Counting is a Suite that says which runs count toward coverage. Those of other
// suites count if they call 5 functions of the subject and make 10 decisions.
type Counting interface {
	// Counts reports whether a run counts.
	Counts(events, decisions int) bool
}

// NewDrawer returns a drawer that draws what rec answers.
func NewDrawer(rec *scheduler.Recorder) *Drawer { return &Drawer{rec: rec} }
