package core

import (
	"fmt"
	"slices"
	"time"

	"reactortest/scheduler"
)

// Report is what a search found.
type Report struct {
	Suite     string // "reactor"
	Subject   string
	Dialect   string
	Seed      uint64
	Shard     int        // this is number Shard of Shards parts of a search
	Shards    int        // 1: all of it
	Simulated Column     // the simulated kernel
	Real      *Column    // the real one, nil: not run
	Failures  []*Failure // the first run that broke each rule, in the order of the runs
	Failure   *Failure   // the first of them; nil: no rule was broken
	Foreign   string     // where a goroutine outside of the simulation called Wake: runs may not replay; "" if none was noticed
	NotJudged string     // why nothing could be judged: by the real host, or because the simulation lacks something; "" if it was
	Digests   []uint32   // of Options.Digests: that of each run, of its workload, its decisions and the first rule that it broke
	Saved     []string   // what became of the tapes that were saved before, a line each
	Diverged  string     // of a replay: how the run differs from its tape; "" if it does not

	NotExercised []string // what a clean report does not say anything about; who judges the whole fills it in
	Interrupted  bool     // the search was ended before its time
}

// fail adds a failure.
func (r *Report) fail(f *Failure) {
	r.Failures = append(r.Failures, f)
	r.Failure = r.Failures[0]
}

// Broken returns the failure of a rule, nil if there is none.
func (r *Report) Broken(rule string) *Failure {
	for _, f := range r.Failures {
		if f.Rule == rule {
			return f
		}
	}
	return nil
}

// Column is one demultiplexer in a report.
type Column struct {
	Name      string // "epoll, simulated"
	Plan      string
	Runs      int           // all runs
	Counted   int           // of those with at least 5 calls of the subject's functions and 10 decisions; on a real host 5 calls
	Distinct  int           // different traces among the counted: exact up to 4096, then an estimate
	Decisions int           // of all runs
	Yields    int           // of the subject, in all runs
	Elapsed   time.Duration // wall clock
	Evaluated []int         // by rule, in the order of the suite's rules
	Exempt    []string      // by rule: why it does not apply, to some run at least; "" if it does
	Waived    []string      // by rule: why it is waived; "" if it is not
	Points    []PointCount
	Features  []FeatureCount // of the workloads that were drawn
	Figures   []Figure       // what was measured and is not judged
	Declared  []string       // what the subject says of itself and is judged by
	rules     []Property     // the suite's, without the breakdowns
	traces    sketch
	partial   bool // not a whole search: nothing is missing from it
	real      bool // a real host, whose Yield does nothing
}

// PointCount says how often a choice was asked.
type PointCount struct {
	Point    scheduler.Point
	Asked    int
	NonQuiet int
}

// FeatureCount says in how many runs a workload had a feature.
type FeatureCount struct {
	Name string
	Runs int
}

// Figure is a quotient over all runs: Per * Total / Of.
type Figure struct {
	Name  string // with its unit
	Total int64
	Of    int64
	Per   float64
}

// String returns the name and the value, or "" if nothing was measured.
func (f Figure) String() string {
	if f.Of == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %.3g", f.Name, f.Per*float64(f.Total)/float64(f.Of))
}

func newColumn(s Suite, name, plan string) Column {
	rules := s.Properties()
	c := Column{
		Name: name, Plan: plan, rules: rules,
		Evaluated: make([]int, len(rules)), Exempt: make([]string, len(rules)), Waived: make([]string, len(rules)),
	}
	if f, is := s.(Featured); is {
		for _, name := range f.Features() {
			c.Features = append(c.Features, FeatureCount{Name: name})
		}
	}
	if m, is := s.(Measured); is {
		c.Figures = m.Figures()
	}
	return c
}

// count adds a run to the column.
func (c *Column) count(s Suite, run *Case, o *outcome, needDecisions int) {
	c.Runs++
	c.Decisions += len(o.decisions)
	c.Yields += run.Yields
	c.countPoints(o.decisions)
	for i, n := range run.evaluated[:len(c.Evaluated)] {
		c.Evaluated[i] += n
	}
	for i := 0; run.exempts && i < len(c.Exempt); i++ {
		if c.Exempt[i] == "" {
			c.Exempt[i] = run.exempt[i]
		}
	}
	for i, f := range run.figures {
		c.Figures[i].Total += f.Total
		c.Figures[i].Of += f.Of
	}
	c.declare(run.declared)
	if f, is := s.(Featured); is {
		for i := range c.Features {
			if f.Has(run.Workload, i) {
				c.Features[i].Runs++
			}
		}
	}
	counts := run.Events >= minEvents && len(o.decisions) >= needDecisions
	if by, is := s.(Counting); is {
		counts = by.Counts(run.Events, len(o.decisions))
	}
	if counts {
		c.Counted++
		c.traces.add(spread(uint64(o.trace)))
	}
}

// countPoints adds the decisions of a run.
func (c *Column) countPoints(decisions []scheduler.Decision) {
	points := c.Points
	for _, d := range decisions {
		for int(d.Point) >= len(points) {
			points = append(points, PointCount{Point: scheduler.Point(len(points))})
		}
		p := &points[d.Point]
		p.Asked++
		if d.Got != 0 {
			p.NonQuiet++
		}
	}
	c.Points = points
}

// merge adds another part of the search.
func (c *Column) merge(p *Column) {
	c.Runs += p.Runs
	c.Counted += p.Counted
	c.Decisions += p.Decisions
	c.Yields += p.Yields
	for i := range p.Points {
		if i >= len(c.Points) {
			c.Points = append(c.Points, PointCount{Point: scheduler.Point(i)})
		}
		c.Points[i].Asked += p.Points[i].Asked
		c.Points[i].NonQuiet += p.Points[i].NonQuiet
	}
	for i := range p.Evaluated {
		c.Evaluated[i] += p.Evaluated[i]
		if c.Exempt[i] == "" {
			c.Exempt[i] = p.Exempt[i]
		}
	}
	for i := range p.Features {
		c.Features[i].Runs += p.Features[i].Runs
	}
	for i, f := range p.Figures {
		c.Figures[i].Total += f.Total
		c.Figures[i].Of += f.Of
	}
	c.declare(p.Declared)
	c.traces.merge(&p.traces)
	c.Distinct = c.traces.count(c.Counted)
}

// Counts says how much was searched: "2000 runs (1800 long enough to count toward
// coverage, 1700 of them different)".
func (c *Column) Counts() string {
	if c.Counted == 0 {
		return fmt.Sprintf("%s (none long enough to count toward coverage)", plural(c.Runs, "run"))
	}
	return fmt.Sprintf("%s (%d long enough to count toward coverage, %d of them different)", plural(c.Runs, "run"), c.Counted, c.Distinct)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// maxDeclared is how many different declarations a column tells of.
const maxDeclared = 8

// declare adds declarations that the column does not have.
func (c *Column) declare(texts []string) {
	for _, text := range texts {
		if len(c.Declared) < maxDeclared && !slices.Contains(c.Declared, text) {
			c.Declared = append(c.Declared, text)
		}
	}
}

// Missing names the rules that apply, are not waived and were never evaluated.
func (c *Column) Missing() []string {
	var missing []string
	for i, p := range c.rules {
		if c.Evaluated[i] == 0 && c.Exempt[i] == "" && c.Waived[i] == "" {
			missing = append(missing, p.Name)
		}
	}
	return missing
}

// yielding tells how closely the subject could be judged.
func (c *Column) yielding() string {
	if c.Runs > 0 && c.Yields == 0 && !c.real {
		return "; judged at system calls only: the subject never yields"
	}
	return ""
}

// spread makes every bit of a digest depend on every other (the last step of
// SplitMix64), since a sketch orders digests by their first bits.
func spread(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
