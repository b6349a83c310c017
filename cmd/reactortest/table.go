package main

import (
	"fmt"
	"text/tabwriter"

	"reactortest/fakedemux"
	"reactortest/proptest"
)

// printReport prints the two tables, and the failure.
func (c *command) printReport(r *proptest.Report, plan fakedemux.Plan) {
	c.printRules(r, plan)
	if r.Real == nil {
		fmt.Fprintln(c.out, "real kernel: not run")
	}
	fmt.Fprintln(c.out)
	c.printPoints(r, plan)
	if r.Foreign != "" {
		fmt.Fprintf(c.out, "\nnondeterministic: a goroutine that is no task called Wake at %s\n", r.Foreign)
	}
	for _, f := range r.Failures {
		fmt.Fprintln(c.out)
		c.printFailure(r.Subject, f)
	}
}

// printRules prints the table of rules, one column a demultiplexer.
func (c *command) printRules(r *proptest.Report, plan fakedemux.Plan) {
	columns := columnsOf(r)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	row := func(name string, cell func(*proptest.Column) string) {
		fmt.Fprint(w, name)
		for _, col := range columns {
			fmt.Fprintf(w, "\t%s", cell(col))
		}
		fmt.Fprintln(w)
	}
	row(r.Subject, func(c *proptest.Column) string { return c.Name })
	row("  mode", func(c *proptest.Column) string { return modeOf(r, c, plan) })
	row("  runs", func(c *proptest.Column) string { return fmt.Sprint(c.Runs) })
	row("  that count", func(c *proptest.Column) string { return fmt.Sprint(c.Counted) })
	row("  different", func(c *proptest.Column) string { return fmt.Sprint(c.Distinct) })
	row("  runs/s", func(c *proptest.Column) string { return fmt.Sprintf("%.0f", rate(c)) })
	row("  decisions", func(c *proptest.Column) string { return fmt.Sprint(c.Decisions) })
	for i, p := range proptest.Properties() {
		row(p.Name, func(c *proptest.Column) string {
			switch v := verdict(r, c, i, p.Name); v {
			case verdictOK:
				return fmt.Sprintf("ok %d", c.Evaluated[i])
			case verdictBroken:
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

// printPoints prints how often each choice of the simulated kernel was made.
func (c *command) printPoints(r *proptest.Report, plan fakedemux.Plan) {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "decision point\tasked\tnon-quiet\t")
	for _, p := range points(r, plan) {
		n := pointCount(&r.Simulated, p)
		fmt.Fprintf(w, "%s\t%d\t%d\t\n", p, n.Asked, n.NonQuiet)
	}
	_ = w.Flush()
}

// columnsOf returns the columns that r has.
func columnsOf(r *proptest.Report) []*proptest.Column {
	if r.Real == nil {
		return []*proptest.Column{&r.Simulated}
	}
	return []*proptest.Column{&r.Simulated, r.Real}
}

// modeOf is what the kernel of a column may do.
func modeOf(r *proptest.Report, c *proptest.Column, plan fakedemux.Plan) string {
	if c == r.Real {
		return "real"
	}
	return plan.Mode.String()
}

// The verdicts on a rule.
const (
	verdictOK     = "ok"
	verdictBroken = "broken"
	verdictNone   = "not evaluated"
	verdictExempt = "does not apply"
	verdictWaived = "waived"
)

// verdict is what a column says of a rule.
func verdict(r *proptest.Report, c *proptest.Column, rule int, name string) string {
	switch {
	case r.Broken(name) != nil && failedIn(r, c):
		return verdictBroken
	case c.Waived[rule] != "":
		return verdictWaived
	case c.Exempt[rule] != "":
		return verdictExempt
	case c.Evaluated[rule] == 0:
		return verdictNone
	default:
		return verdictOK
	}
}

// failedIn reports whether the failure of r was found in c. The search ends
// with the first failure: it belongs to the last column.
func failedIn(r *proptest.Report, c *proptest.Column) bool {
	columns := columnsOf(r)
	return r.Failure != nil && c == columns[len(columns)-1]
}
