package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"reactortest/internal/fidelity"
)

// blocked compares the calls of two tasks on both kernels.
func (c *command) blocked(o *fidelity.BlockedOptions) int {
	r, err := fidelity.RunBlocked(o)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		fmt.Fprintf(c.out, "running kernel: not run (%v)\n", err)
		return exitUsage
	case err != nil:
		return c.usage("%v", err)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	group := ""
	for _, cell := range r.Cells {
		name := ""
		if cell.Group != group {
			group = cell.Group
			name = group
		}
		fmt.Fprintf(w, "%s\t%s\t%d\n", name, cell.Name, cell.Hits)
	}
	_ = w.Flush()
	fmt.Fprintf(c.out, "\n%d calls in %d sequences of two tasks; %d calls were blocked\n", r.Calls, r.Sequences, r.Blocked)
	fmt.Fprintf(c.out, "%d sequences may end in two ways: in %d the running kernel let the blocked task act first, in %d the other one\n",
		r.Either, r.First, r.Second)
	switch {
	case r.Failure != nil:
		fmt.Fprintf(c.out, "1 disagreement\n\n%v", r.Failure)
		return exitViolation
	case c.ctx.Err() != nil:
		fmt.Fprintln(c.err, "reactortest: interrupted; what follows was found before that")
		return exitUsage
	case len(r.Missing) > 0:
		fmt.Fprintf(c.err, "reactortest: not exercised:\n    %s\n", strings.Join(r.Missing, "\n    "))
		return exitUsage
	}
	fmt.Fprintln(c.out, "0 disagreements")
	return exitClean
}

func (c *command) blockedProgress() func(*fidelity.BlockedReport) bool {
	began, last := time.Now(), time.Now()
	return func(r *fidelity.BlockedReport) bool {
		if now := time.Now(); now.Sub(last) >= time.Second {
			last = now
			fmt.Fprintf(c.err, "%4.0fs: %d calls in %d sequences, no disagreement\n", now.Sub(began).Seconds(), r.Calls, r.Sequences)
		}
		return c.ctx.Err() == nil
	}
}
