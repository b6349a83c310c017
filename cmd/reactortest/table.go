package main

import (
	"fmt"
	"text/tabwriter"

	"reactortest/fakedemux"
	"reactortest/proptest"
)

// printReport prints the two tables, and the failure.
func (c *command) printReport(r *proptest.Report) {
	c.printRules(r)
	if r.Real == nil {
		fmt.Fprintln(c.out, "real kernel: not run")
	}
	c.printFigures(r)
	if r.Shards > 1 {
		fmt.Fprintf(c.out, "shard %d of %d: \"reactortest merge\" adds up the reports of -json\n", r.Shard, r.Shards)
	}
	fmt.Fprintln(c.out)
	c.printPoints(r)
	if r.Foreign != "" {
		fmt.Fprintf(c.out, "\nnondeterministic: a goroutine outside of the simulation called Wake at %s\n", r.Foreign)
	}
	for _, f := range r.Failures {
		fmt.Fprintln(c.out)
		c.printFailure(r.Subject, f)
	}
}

// printRules prints the table of rules, one column a demultiplexer.
func (c *command) printRules(r *proptest.Report) {
	columns := r.Columns()
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	row := func(name string, cell func(*proptest.Column) string) {
		fmt.Fprint(w, name)
		for _, col := range columns {
			fmt.Fprintf(w, "\t%s", cell(col))
		}
		fmt.Fprintln(w)
	}
	row(r.Subject, func(c *proptest.Column) string { return c.Name })
	row("  mode", func(c *proptest.Column) string { return modeOf(r, c) })
	row("  Wake", func(c *proptest.Column) string { return wakeOf(r, c) })
	row("  runs", func(c *proptest.Column) string { return fmt.Sprint(c.Runs) })
	row("  that count", func(c *proptest.Column) string { return fmt.Sprint(c.Counted) })
	row("  different", func(c *proptest.Column) string { return fmt.Sprint(c.Distinct) })
	row("  runs/s", func(c *proptest.Column) string { return fmt.Sprintf("%.0f", rate(c)) })
	row("  decisions", func(c *proptest.Column) string { return fmt.Sprint(c.Decisions) })
	for i, p := range proptest.Properties() {
		row(p.Name, func(c *proptest.Column) string {
			switch v := r.Verdict(c, i); v {
			case proptest.VerdictOK:
				return fmt.Sprintf("ok %d", c.Evaluated[i])
			case proptest.VerdictBroken:
				return "BROKEN"
			default:
				return v
			}
		})
	}
	for _, p := range proptest.Breakdowns() {
		if r.Broken(p.Name) != nil {
			row(p.Name, func(c *proptest.Column) string {
				if failedIn(r, c) {
					return "BROKEN"
				}
				return ""
			})
		}
	}
	_ = w.Flush()
}

// printFigures prints what was measured, and what the subject is judged by.
func (c *command) printFigures(r *proptest.Report) {
	for _, col := range r.Columns() {
		for _, f := range col.Figures {
			if text := f.String(); text != "" {
				fmt.Fprintf(c.out, "%s: %s\n", col.Name, text)
			}
		}
	}
	for _, text := range r.Simulated.Declared {
		fmt.Fprintf(c.out, "the subject declares: %s\n", text)
	}
}

// printPoints prints how often each choice of the simulated kernel was made.
func (c *command) printPoints(r *proptest.Report) {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "decision point\tasked\tnon-quiet\t")
	for _, p := range points(r) {
		n := pointCount(&r.Simulated, p)
		fmt.Fprintf(w, "%s\t%d\t%d\t\n", p, n.Asked, n.NonQuiet)
	}
	_ = w.Flush()
}

// modeOf is what the kernel of a column may do.
func modeOf(r *proptest.Report, c *proptest.Column) string {
	if c == r.Real {
		return "real"
	}
	plan, err := fakedemux.ParsePlan(c.Plan)
	if err != nil {
		return c.Plan
	}
	return plan.Mode.String()
}

// wakeOf says whether schedules could switch tasks in Wake.
func wakeOf(r *proptest.Report, c *proptest.Column) string {
	plan, err := fakedemux.ParsePlan(c.Plan)
	switch {
	case err != nil || c == r.Real:
		return ""
	case plan.WakeSwitches:
		return "a switch point"
	default:
		return "no switch point"
	}
}

// failedIn reports whether the failures of r were found in c. The real kernel is
// not judged once the simulated one has shown something.
func failedIn(r *proptest.Report, c *proptest.Column) bool {
	columns := r.Columns()
	return r.Failure != nil && c == columns[len(columns)-1]
}
