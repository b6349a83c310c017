package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// What a cell of the table of demultiplexers says.
const (
	cellNotRun    = "not run"    // the kernel is not there
	cellNotMeant  = "-"          // the rule does not apply
	cellBroken    = "BROKEN"     // a case found a violation
	cellNotJudged = "NOT JUDGED" // no case could be run, and the rule applies
	cellShould    = "should"     // not promised, and kept
	cellUnkept    = "unkept"     // not promised, and not kept
)

// doesNotApply are the rules that a demultiplexer may be silent on: IOCP and
// io_uring have no edges, epoll and kqueue carry out no operations. Whatever
// else is not judged fails the check.
func doesNotApply(column *demuxColumn, rule string) bool {
	switch kernel, _, _ := strings.Cut(column.Name, "-"); kernel {
	case "iocp", "io_uring", windowsItself, windowsOfWine:
		return rule == "W5"
	default:
		return rule[0] == 'O'
	}
}

// demuxCell is the verdict on the rule of a row.
func demuxCell(column *demuxColumn, row int, rule string) string {
	if column.Report == nil {
		return cellNotRun
	}
	r := &column.Report.Rules[row]
	switch all := r.Passed + len(r.Skipped); {
	case len(r.Failures) > 0:
		return cellBroken
	case r.Passed == 0 && doesNotApply(column, rule):
		return cellNotMeant
	case r.Passed == 0:
		return cellNotJudged
	case rule == "W10" && !column.Report.Traits.Fair && len(r.Notes) > 0:
		return cellUnkept
	case rule == "W10" && !column.Report.Traits.Fair:
		return cellShould
	case r.Passed < all:
		return fmt.Sprintf("ok %d/%d", r.Passed, all)
	default:
		return fmt.Sprintf("ok %d", r.Passed)
	}
}

func columnTitle(column *demuxColumn) string {
	if column.Real {
		return column.Name + ", real"
	}
	return column.Name + ", simulated"
}

// printDemuxes prints a column a demultiplexer and a row a rule, and then what
// the cells are too small for.
func (c *command) printDemuxes(columns []demuxColumn) {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	line := func(name string, cell func(*demuxColumn) string) {
		fmt.Fprint(w, name)
		for i := range columns {
			fmt.Fprintf(w, "\t%s", cell(&columns[i]))
		}
		fmt.Fprintln(w)
	}
	line("", func(column *demuxColumn) string {
		if column.Real {
			return "real"
		}
		return "simulated"
	})
	line("rule", func(column *demuxColumn) string { return column.Name })
	for row, rule := range demuxRules() {
		line(rule, func(column *demuxColumn) string { return demuxCell(column, row, rule) })
	}
	_ = w.Flush()
	fmt.Fprintf(c.out, "\nok N: N cases passed; ok N/M: N of M cases passed and the others were not run; %s: the rule does not apply;\n"+
		"%s: kept, though not promised there; %s: not promised there, and not kept\n",
		cellNotMeant, cellShould, cellUnkept)
	for i := range columns {
		c.printDetails(&columns[i])
	}
}

// printDetails prints the reasons of a column.
func (c *command) printDetails(column *demuxColumn) {
	title := columnTitle(column)
	if column.Report == nil {
		fmt.Fprintf(c.out, "%s: not run: %s\n", title, column.NotRun)
		return
	}
	for i, rule := range demuxRules() {
		r := &column.Report.Rules[i]
		if r.Passed > 0 || !doesNotApply(column, rule) {
			for _, s := range r.Skipped {
				fmt.Fprintf(c.out, "%s: %s: case not run: %s\n", title, rule, s)
			}
		}
		for _, s := range slices.Compact(slices.Clone(r.Notes)) {
			fmt.Fprintf(c.out, "%s: %s: %s\n", title, rule, s)
		}
		for _, s := range r.Failures {
			fmt.Fprintf(c.out, "--- FAIL: %s: %s\n", title, s)
		}
	}
}

// concludeDemuxes returns the exit status.
func (c *command) concludeDemuxes(columns []demuxColumn) int {
	status := exitClean
	for i := range columns {
		for row, rule := range demuxRules() {
			switch demuxCell(&columns[i], row, rule) {
			case cellBroken:
				return exitViolation
			case cellNotJudged:
				fmt.Fprintf(c.err, "reactortest: not judged: %s on %s\n", rule, columnTitle(&columns[i]))
				status = exitUsage
			}
		}
	}
	return status
}
