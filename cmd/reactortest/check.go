package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/realdemux"
	"reactortest/scheduler"
)

// What a check must have done to say anything.
const (
	needCounted   = 10_000 // runs that count
	needNonQuiet  = 100    // at each decision point
	needEvaluated = 1_000  // of each rule
	needReal      = 20     // runs on the real kernel, where there is one
)

// checkFlags are the flags of check.
type checkFlags struct {
	subject, dialect, plan, dir, shard, also string
	html, trace                              string
	runs, realRuns, workers                  int
	seed                                     uint64
	asJSON, demuxes                          bool
	waive                                    waivers
}

func (c *checkFlags) define(f *flag.FlagSet) {
	f.StringVar(&c.subject, "subject", builtin, "what is judged: a `name` that \"reactortest subjects\" lists")
	f.IntVar(&c.runs, "runs", 50_000, "simulated runs; with -demux of each case, on average, and 20 unless given")
	f.Uint64Var(&c.seed, "seed", 1, "seed of the search")
	f.StringVar(&c.dialect, "dialect", "epoll", "whose calls the simulated kernel answers: "+strings.Join(fakedemux.Dialects(), ", ")+
		"; a `family`, kqueue, stands for all of its systems, one after the other")
	f.StringVar(&c.plan, "plan", fakedemux.DefaultPlan.String(), "faults of the simulated kernel: f, p or a for the mode (faithful, posix, adversarial), and the `budget` of each class")
	f.IntVar(&c.realRuns, "real", 200, "runs on the real kernel, 0 for none")
	f.BoolVar(&c.asJSON, "json", false, "print a report for machines")
	f.StringVar(&c.dir, "dir", "testdata/reactortest", "the `folder` that failing tapes are saved in")
	f.IntVar(&c.workers, "workers", proptest.AllCores(), "goroutines that make runs at the same time; the report does not depend on it")
	f.StringVar(&c.shard, "shard", "", "make part `I/N` of the runs, I from 0 to N-1; \"reactortest merge\" adds up the reports of -json")
	c.waive = waivers{}
	f.Var(c.waive, "waive", "`RULE=REASON`: report the rule as waived, for the reason; may be given again")
	f.BoolVar(&c.demuxes, "demux", false, "judge the demultiplexers instead: each rule of the contract, on each simulated kernel and on the running one")
	f.StringVar(&c.html, "html", "", "write the first failure to this `file`, as a page for a browser")
	f.StringVar(&c.trace, "trace", "", "write the first failure to this `file`, as Chrome trace events, which Perfetto reads")
	f.StringVar(&c.also, "also", "", "with -demux: add the real columns that \"check -demux -json\" has printed on another system to this `file`, - for the standard input")
}

// options returns what the flags say, or which of them is wrong.
func (c *checkFlags) options() (o proptest.Options, err error) {
	switch {
	case c.also != "":
		return o, errors.New("-also is for -demux")
	case c.runs < 1 || c.runs > proptest.MaxRuns:
		return o, fmt.Errorf("-runs is %d, not in 1 to %d", c.runs, proptest.MaxRuns)
	case c.realRuns < 0 || c.realRuns > proptest.MaxRuns:
		return o, fmt.Errorf("-real is %d, not in 0 to %d", c.realRuns, proptest.MaxRuns)
	case c.workers < 1 || c.workers > proptest.MaxWorkers:
		return o, fmt.Errorf("-workers is %d, not in 1 to %d", c.workers, proptest.MaxWorkers)
	}
	if err := c.waive.check(); err != nil {
		return o, fmt.Errorf("-waive: %w", err)
	}
	p, err := fakedemux.ParsePlan(c.plan)
	if err != nil {
		return o, fmt.Errorf("-plan: %w", err)
	}
	o = proptest.Options{
		Runs: c.runs, Seed: c.seed, Plan: &p, Subject: c.subject, Dir: c.dir, HostRuns: c.realRuns, Workers: c.workers, Waive: c.waive,
	}
	if o.Shard, o.Shards, err = shardOf(c.shard); err != nil {
		return o, fmt.Errorf("-shard: %w", err)
	}
	if c.realRuns > 0 && realKernel() {
		o.Host = func() demux.Host { return realdemux.NewHost() }
	}
	return o, nil
}

// check judges a subject.
func (c *command) check(args []string) int {
	var flags checkFlags
	f := c.flags("check", "[flags]")
	flags.define(f)
	if code, done := parse(f, args); done {
		return code
	}
	switch {
	case f.NArg() > 0:
		return c.usage("check takes no arguments, got %q", f.Arg(0))
	case flags.demuxes:
		return c.checkDemuxes(f, &flags)
	}
	newReactor, err := lookup(flags.subject)
	if err != nil {
		return c.usage("%v", err)
	}
	dialects := members(flags.dialect)
	if len(dialects) == 0 {
		return c.usage("-dialect: there is no %q, they are %s", flags.dialect, strings.Join(fakedemux.Dialects(), ", "))
	}
	o, err := flags.options()
	if err != nil {
		return c.usage("%v", err)
	}
	o.Progress = c.progress(flags.asJSON)
	reports, status := c.checkOn(dialects, newReactor, &o)
	status = worse(status, c.concludeAll(reports, flags.asJSON))
	if !c.writeFirst(reports, newReactor, flags.html, flags.trace) {
		return exitUsage
	}
	return status
}

// checkOn judges a subject on one dialect after the other, on the real kernel
// with the first.
func (c *command) checkOn(dialects []string, newReactor proptest.NewReactor, o *proptest.Options) (reports []*proptest.Report, status int) {
	for _, o.Dialect = range dialects {
		if lacks := lacking(o.Subject, o.Dialect); lacks != "" {
			status = c.usage("%s needs what %s does not have: %s", o.Subject, o.Dialect, lacks)
			continue
		}
		r, err := proptest.Check(newReactor, o)
		if err != nil {
			return reports, c.usage("%v", err)
		}
		r.Interrupted = r.Interrupted || c.ctx.Err() != nil
		reports = append(reports, r)
		o.Host = nil
	}
	return reports, status
}

// worse returns the exit status of two checks: a violation, or else what cannot be
// told.
func worse(a, b int) int {
	if a == exitViolation || b == exitClean {
		return a
	}
	return b
}

// shardOf reads the flag -shard; without it the environment says.
func shardOf(part string) (index, of int, err error) {
	if part == "" {
		return proptest.EnvironmentShard()
	}
	return proptest.ParseShard(part)
}

// waivers is the flag -waive: the reason by rule.
type waivers map[string]string

// String returns nothing: there is no default.
func (w waivers) String() string { return "" }

// Set reads RULE=REASON.
func (w waivers) Set(s string) error {
	rule, reason, found := strings.Cut(s, "=")
	if !found || strings.TrimSpace(reason) == "" {
		return fmt.Errorf("a waiver is RULE=REASON")
	}
	w[rule] = reason
	return nil
}

// check names a rule that a reactor is not judged by.
func (w waivers) check() error {
	for _, rule := range slices.Sorted(maps.Keys(w)) {
		if !slices.ContainsFunc(slices.Concat(proptest.Properties(), proptest.Breakdowns()), func(p proptest.Property) bool { return p.Name == rule }) {
			return fmt.Errorf("there is no rule %q; \"reactortest explain\" lists them", rule)
		}
	}
	return nil
}

// members returns the dialects that name stands for: itself, or those of a family,
// each system as it is now. An older version is asked for by its own name.
func members(name string) []string {
	dialects := fakedemux.Dialects()
	if slices.Contains(dialects, name) {
		return []string{name}
	}
	var all []string
	for _, d := range dialects {
		isVersion := slices.ContainsFunc(dialects, func(newest string) bool { return strings.HasPrefix(d, newest+"-") })
		if strings.HasPrefix(d, name+"-") && !isVersion {
			all = append(all, d)
		}
	}
	return all
}

// realKernel reports whether this system has a backend.
func realKernel() bool {
	d, err := realdemux.Open()
	if err != nil {
		return false
	}
	_ = d.Close()
	return true
}

// progress prints a line about once a second, and ends the search when the
// program is interrupted.
func (c *command) progress(quiet bool) func(*proptest.Report) bool {
	began, last := time.Now(), time.Now()
	return func(r *proptest.Report) bool {
		if now := time.Now(); !quiet && now.Sub(last) >= time.Second {
			last = now
			column := &r.Simulated
			if r.Real != nil {
				column = r.Real
			}
			fmt.Fprintf(c.err, "%4.0fs %s: %d runs, %.0f/s, no rule broken\n",
				now.Sub(began).Seconds(), column.Name, column.Runs, rate(column))
		}
		return c.ctx.Err() == nil
	}
}

func rate(c *proptest.Column) float64 {
	if c.Elapsed <= 0 {
		return 0
	}
	return float64(c.Runs) / c.Elapsed.Seconds()
}

// concludeAll prints reports, as one document for machines or one after another,
// and returns the exit status.
func (c *command) concludeAll(reports []*proptest.Report, asJSON bool) int {
	status := exitClean
	for _, r := range reports {
		if r.Failure == nil {
			r.NotExercised = notExercised(r)
		}
		if !asJSON {
			c.printReport(r)
		}
		status = worse(status, c.conclude(r))
	}
	if asJSON {
		c.printJSON(reports)
	}
	return status
}

// conclude says what a report cannot tell, and returns the exit status.
func (c *command) conclude(r *proptest.Report) int {
	if r.Interrupted {
		fmt.Fprintln(c.err, "reactortest: interrupted; what follows was found before that")
	}
	if r.NotJudged != "" {
		fmt.Fprintf(c.err, "reactortest: not judged: %s\n", r.NotJudged)
	}
	if len(r.NotExercised) > 0 {
		fmt.Fprintf(c.err, "reactortest: not exercised:\n    %s\n", strings.Join(r.NotExercised, "\n    "))
	}
	whole := r.Shards <= 1
	switch {
	case r.Failure != nil:
		return exitViolation
	case r.Interrupted || r.NotJudged != "" || whole && len(r.NotExercised) > 0:
		return exitUsage
	default:
		return exitClean
	}
}

// points returns the choice points that the plan of a report makes possible.
func points(r *proptest.Report) []scheduler.Point {
	plan, err := fakedemux.ParsePlan(r.Simulated.Plan)
	if err != nil {
		return nil
	}
	all := []scheduler.Point{scheduler.PointTask}
	for _, class := range fakedemux.Classes() {
		if class.AskedOn(r.Dialect) && class.Mode <= plan.Mode && plan.Faults > 0 && !strings.ContainsRune(plan.Off, rune(class.Letter)) {
			all = append(all, class.Point)
		}
	}
	return all
}

// notExercised names what a clean report does not say anything about.
func notExercised(r *proptest.Report) []string {
	var missing []string
	s := &r.Simulated
	if s.Counted < needCounted {
		missing = append(missing, fmt.Sprintf("%d runs count, %d are needed (5 dispatches and 10 decisions each)", s.Counted, needCounted))
	}
	if 2*s.Distinct < s.Counted {
		missing = append(missing, fmt.Sprintf("%d of %d traces are different, half are needed", s.Distinct, s.Counted))
	}
	for _, p := range points(r) {
		if n := pointCount(s, p).NonQuiet; n < needNonQuiet {
			missing = append(missing, fmt.Sprintf("point %s was taken non-quiet %d times, %d are needed", p, n, needNonQuiet))
		}
	}
	for i, p := range proptest.Properties() {
		if s.Evaluated[i] < needEvaluated && s.Exempt[i] == "" && s.Waived[i] == "" {
			missing = append(missing, fmt.Sprintf("rule %s was evaluated %d times, %d are needed", p.Name, s.Evaluated[i], needEvaluated))
		}
	}
	if r.Real != nil && r.Real.Counted < needReal {
		missing = append(missing, fmt.Sprintf("of %d runs on the real kernel, %d count, %d are needed", r.Real.Runs, r.Real.Counted, needReal))
	}
	return missing
}

func pointCount(c *proptest.Column, p scheduler.Point) proptest.PointCount {
	if int(p) < len(c.Points) {
		return c.Points[p]
	}
	return proptest.PointCount{Point: p}
}
