package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
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
	plan := f.String("plan", fakedemux.DefaultPlan.String(), "faults of the simulated kernel: f, p or a for the mode (faithful, posix, adversarial), and the `budget` of each class")
	realRuns := f.Int("real", 200, "runs on the real kernel, 0 for none")
	asJSON := f.Bool("json", false, "print a report for machines")
	dir := f.String("dir", "testdata/reactortest", "the `folder` that failing tapes are saved in")
	if code, done := parse(f, args); done {
		return code
	}
	newReactor, err := lookup(*subject)
	switch {
	case f.NArg() > 0:
		return c.usage("check takes no arguments, got %q", f.Arg(0))
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
	o := &proptest.Options{Runs: *runs, Seed: *seed, Plan: &p, Subject: *subject, Dir: *dir, HostRuns: *realRuns}
	if *realRuns > 0 && realKernel() {
		o.Host = func() demux.Host { return realdemux.NewHost() }
	}
	o.Progress = c.progress(*asJSON)
	r, err := proptest.Check(newReactor, o)
	if err != nil {
		return c.usage("%v", err)
	}
	return c.conclude(r, p, *asJSON)
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
	missing := notExercised(r, plan)
	if c.ctx.Err() != nil {
		missing = append([]string{"interrupted"}, missing...)
	}
	if asJSON {
		c.printJSON(r, plan, missing)
	} else {
		c.printReport(r, plan)
	}
	switch {
	case r.Failure != nil:
		if !asJSON {
			fmt.Fprintln(c.out)
			c.printFailure(r.Subject, r.Failure)
		}
		return exitViolation
	case len(missing) > 0:
		fmt.Fprintf(c.err, "reactortest: not exercised: %s\n", strings.Join(missing, "; "))
		return exitUsage
	default:
		return exitClean
	}
}

// points returns the choice points that plan makes possible.
func points(plan fakedemux.Plan) []scheduler.Point {
	all := []scheduler.Point{scheduler.PointTask}
	for _, class := range fakedemux.Classes() {
		if class.Mode <= plan.Mode && plan.Faults > 0 && !strings.ContainsRune(plan.Off, rune(class.Letter)) {
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
	for _, p := range points(plan) {
		if n := pointCount(s, p).NonQuiet; n < needNonQuiet {
			missing = append(missing, fmt.Sprintf("point %s was taken non-quiet %d times, %d are needed", p, n, needNonQuiet))
		}
	}
	for i, p := range proptest.Properties() {
		if s.Evaluated[i] < needEvaluated {
			missing = append(missing, fmt.Sprintf("rule %s was evaluated %d times, %d are needed", p.Name, s.Evaluated[i], needEvaluated))
		}
	}
	if r.Real != nil && r.Real.Counted < min(needReal, r.Real.Runs) && r.Real.Counted < needReal {
		missing = append(missing, fmt.Sprintf("%d runs on the real kernel count, %d are needed", r.Real.Counted, needReal))
	}
	return missing
}

func pointCount(c *proptest.Column, p scheduler.Point) proptest.PointCount {
	if int(p) < len(c.Points) {
		return c.Points[p]
	}
	return proptest.PointCount{Point: p}
}

// printReport prints the two tables.
func (c *command) printReport(r *proptest.Report, plan fakedemux.Plan) {
	columns := []*proptest.Column{&r.Simulated}
	if r.Real != nil {
		columns = append(columns, r.Real)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\t", r.Subject)
	for _, col := range columns {
		fmt.Fprintf(w, "%s\t", col.Name)
	}
	fmt.Fprintln(w)
	row := func(name string, cell func(*proptest.Column) string) {
		fmt.Fprintf(w, "%s\t", name)
		for _, col := range columns {
			fmt.Fprintf(w, "%s\t", cell(col))
		}
		fmt.Fprintln(w)
	}
	row("  runs", func(c *proptest.Column) string { return fmt.Sprint(c.Runs) })
	row("  that count", func(c *proptest.Column) string { return fmt.Sprint(c.Counted) })
	row("  different", func(c *proptest.Column) string { return fmt.Sprint(c.Distinct) })
	row("  runs/s", func(c *proptest.Column) string { return fmt.Sprintf("%.0f", rate(c)) })
	row("  decisions", func(c *proptest.Column) string { return fmt.Sprint(c.Decisions) })
	row("  mode", func(c *proptest.Column) string {
		if c == r.Real {
			return "real"
		}
		return plan.Mode.String()
	})
	for i, p := range proptest.Properties() {
		row(p.Name, func(c *proptest.Column) string { return verdict(r, c, i, p.Name) })
	}
	_ = w.Flush()
	if r.Real == nil {
		fmt.Fprintln(c.out, "real kernel: not run")
	}
	fmt.Fprintln(c.out)
	w = tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "decision point\tasked\tnon-quiet\t")
	for _, p := range points(plan) {
		n := pointCount(&r.Simulated, p)
		fmt.Fprintf(w, "%s\t%d\t%d\t\n", p, n.Asked, n.NonQuiet)
	}
	_ = w.Flush()
}

// verdict is one cell of the table.
func verdict(r *proptest.Report, c *proptest.Column, rule int, name string) string {
	broken := r.Failure != nil && r.Failure.Rule == name && (r.Real == nil) == (c != r.Real)
	switch {
	case broken:
		return "BROKEN"
	case c.Evaluated[rule] == 0:
		return "not evaluated"
	default:
		return fmt.Sprintf("ok %d", c.Evaluated[rule])
	}
}

// jsonColumn, jsonReport: the report for machines.
type jsonColumn struct {
	Name      string      `json:"name"`
	Mode      string      `json:"mode"`
	Runs      int         `json:"runs"`
	Counted   int         `json:"counted"`
	Distinct  int         `json:"distinct"`
	Decisions int         `json:"decisions"`
	Seconds   float64     `json:"seconds"`
	Rules     []jsonRule  `json:"rules"`
	Points    []jsonPoint `json:"points,omitempty"`
}

type jsonRule struct {
	Name      string `json:"name"`
	Evaluated int    `json:"evaluated"`
	Verdict   string `json:"verdict"` // "ok", "broken", "not evaluated"
}

type jsonPoint struct {
	Name     string `json:"name"`
	Asked    int    `json:"asked"`
	NonQuiet int    `json:"nonQuiet"`
}

type jsonReport struct {
	Subject      string       `json:"subject"`
	Columns      []jsonColumn `json:"columns"`
	Failure      *jsonFailure `json:"failure,omitempty"`
	NotExercised []string     `json:"notExercised,omitempty"`
}

type jsonFailure struct {
	Rule       string   `json:"rule"`
	Sentence   string   `json:"sentence"`
	Text       string   `json:"text"`
	Mode       string   `json:"mode"`
	Tape       string   `json:"tape,omitempty"`
	Run        int      `json:"run"`
	Before     int      `json:"decisionsBefore"`
	Decisions  int      `json:"decisions"`
	Deviations []string `json:"deviations"`
	History    []string `json:"history"`
	Saved      string   `json:"saved,omitempty"`
}

func (c *command) printJSON(r *proptest.Report, plan fakedemux.Plan, missing []string) {
	report := jsonReport{Subject: r.Subject, NotExercised: missing}
	simulated := toJSON(r, &r.Simulated, plan.Mode.String())
	for _, p := range points(plan) {
		n := pointCount(&r.Simulated, p)
		simulated.Points = append(simulated.Points, jsonPoint{p.String(), n.Asked, n.NonQuiet})
	}
	report.Columns = append(report.Columns, simulated)
	if r.Real != nil {
		report.Columns = append(report.Columns, toJSON(r, r.Real, "real"))
	}
	if f := r.Failure; f != nil {
		report.Failure = &jsonFailure{
			f.Rule, f.Sentence, f.Text, f.Mode, f.Tape, f.Run, f.Before, f.Decisions, f.Deviations, f.History, f.Saved,
		}
	}
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	if err := e.Encode(report); err != nil {
		fmt.Fprintf(os.Stderr, "reactortest: %v\n", err)
	}
}

func toJSON(r *proptest.Report, c *proptest.Column, mode string) jsonColumn {
	j := jsonColumn{
		Name: c.Name, Mode: mode, Runs: c.Runs, Counted: c.Counted, Distinct: c.Distinct,
		Decisions: c.Decisions, Seconds: c.Elapsed.Seconds(),
	}
	for i, p := range proptest.Properties() {
		v := verdict(r, c, i, p.Name)
		word, _, _ := strings.Cut(v, " ")
		if word == "not" {
			word = v
		}
		j.Rules = append(j.Rules, jsonRule{p.Name, c.Evaluated[i], strings.ToLower(word)})
	}
	return j
}
