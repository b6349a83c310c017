package main

import (
	"fmt"
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

// check judges a subject.
func (c *command) check(args []string) int {
	f := c.flags("check", "[flags]")
	subject := f.String("subject", builtin, "what is judged: a `name` that \"reactortest subjects\" lists")
	runs := f.Int("runs", 50_000, "simulated runs")
	seed := f.Uint64("seed", 1, "seed of the search")
	dialect := f.String("dialect", "epoll", "whose calls the simulated kernel answers: "+strings.Join(fakedemux.Dialects(), ", ")+
		"; a `family`, kqueue, stands for all of its systems, one after the other")
	plan := f.String("plan", "f2", "faults of the simulated kernel: f, p or a for the mode (faithful, posix, adversarial), and the `budget` of each class; "+
		"-LETTERS switches classes off, +k makes Wake a switch point")
	realRuns := f.Int("real", 200, "runs on the real kernel, 0 for none")
	asJSON := f.Bool("json", false, "print a report for machines")
	dir := f.String("dir", "testdata/reactortest", "the `folder` that failing tapes are saved in")
	demuxes := f.Bool("demux", false, "judge the demultiplexers instead: each rule of the contract, on each simulated kernel and on the running one")
	also := f.String("also", "", "with -demux: add the real columns that \"check -demux -json\" has printed on another system to this `file`, - for the standard input")
	if code, done := parse(f, args); done {
		return code
	}
	newReactor, err := lookup(*subject)
	switch {
	case f.NArg() > 0:
		return c.usage("check takes no arguments, got %q", f.Arg(0))
	case *demuxes:
		return c.checkDemuxes(f, *asJSON, *also)
	case *also != "":
		return c.usage("-also is for -demux")
	case err != nil:
		return c.usage("%v", err)
	case *runs < 1 || *runs > proptest.MaxRuns:
		return c.usage("-runs is %d, not in 1 to %d", *runs, proptest.MaxRuns)
	case *realRuns < 0 || *realRuns > proptest.MaxRuns:
		return c.usage("-real is %d, not in 0 to %d", *realRuns, proptest.MaxRuns)
	}
	p, err := fakedemux.ParsePlan(*plan)
	if err != nil {
		return c.usage("-plan: %v", err)
	}
	dialects := members(*dialect)
	if len(dialects) == 0 {
		return c.usage("-dialect: there is no %q, they are %s", *dialect, strings.Join(fakedemux.Dialects(), ", "))
	}
	o := proptest.Options{Runs: *runs, Seed: *seed, Plan: &p, Subject: *subject, Dir: *dir, HostRuns: *realRuns}
	if *realRuns > 0 && realKernel() {
		o.Host = func() demux.Host { return realdemux.NewHost() }
	}
	o.Progress = c.progress(*asJSON)
	return c.checkOn(dialects, newReactor, &o, *asJSON)
}

// checkOn judges a subject on one dialect after the other, on the real kernel
// with the first.
func (c *command) checkOn(dialects []string, newReactor proptest.NewReactor, o *proptest.Options, asJSON bool) int {
	worst := exitClean
	for _, o.Dialect = range dialects {
		status := exitUsage
		if lacks := lacking(o.Subject, o.Dialect); lacks != "" {
			c.usage("%s needs what %s does not have: %s", o.Subject, o.Dialect, lacks)
		} else {
			r, err := proptest.Check(newReactor, o)
			if err != nil {
				return c.usage("%v", err)
			}
			status = c.conclude(r, *o.Plan, asJSON)
		}
		if worst == exitClean || status == exitViolation {
			worst = status
		}
		o.Host = nil
	}
	return worst
}

// members returns the dialects that name stands for: itself, or those of a
// family. A dialect is not the family of those whose names go on with a version.
func members(name string) []string {
	if slices.Contains(fakedemux.Dialects(), name) {
		return []string{name}
	}
	var all []string
	for _, d := range fakedemux.Dialects() {
		if strings.HasPrefix(d, name+"-") {
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

// conclude prints the report and returns the exit status.
func (c *command) conclude(r *proptest.Report, plan fakedemux.Plan, asJSON bool) int {
	var missing []string
	interrupted := c.ctx.Err() != nil
	if r.Failure == nil {
		missing = notExercised(r, plan)
	}
	if asJSON {
		c.printJSON(r, plan, missing, interrupted)
	} else {
		c.printReport(r, plan)
	}
	if interrupted {
		fmt.Fprintln(c.err, "reactortest: interrupted; this is what was found so far")
	}
	if len(missing) > 0 {
		fmt.Fprintf(c.err, "reactortest: not exercised:\n    %s\n", strings.Join(missing, "\n    "))
	}
	switch {
	case r.Failure != nil:
		return exitViolation
	case interrupted || len(missing) > 0:
		return exitUsage
	default:
		return exitClean
	}
}

// points returns the choice points that plan makes possible in a report.
func points(r *proptest.Report, plan fakedemux.Plan) []scheduler.Point {
	dialect, _, _ := strings.Cut(r.Simulated.Name, ",")
	all := []scheduler.Point{scheduler.PointTask}
	for _, class := range fakedemux.Classes() {
		if class.AskedOn(dialect) && class.Mode <= plan.Mode && plan.Faults > 0 && !strings.ContainsRune(plan.Off, rune(class.Letter)) {
			all = append(all, class.Point)
		}
	}
	return all
}

// notExercised names what a clean report does not say anything about.
func notExercised(r *proptest.Report, plan fakedemux.Plan) []string {
	var missing []string
	s := &r.Simulated
	if s.Counted < needCounted {
		missing = append(missing, fmt.Sprintf("%d runs count, %d are needed (5 dispatches and 10 decisions each)", s.Counted, needCounted))
	}
	if 2*s.Distinct < s.Counted {
		missing = append(missing, fmt.Sprintf("%d of %d traces are different, half are needed", s.Distinct, s.Counted))
	}
	for _, p := range points(r, plan) {
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
