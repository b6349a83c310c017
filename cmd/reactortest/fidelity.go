package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"reactortest/internal/fidelity"
)

// fidelity compares the simulated kernel with the running one.
func (c *command) fidelity(args []string) int {
	f := c.flags("fidelity", "[flags]")
	calls := f.Int("calls", 100_000, "system calls to make on each kernel")
	seed := f.Uint64("seed", 1, "seed of the sequences of calls")
	mutate := f.String("mutate", "", "break a rule of the simulation: a `name` that -list prints")
	blocked := f.Int("blocked", 0, "make this many sequences of two tasks instead, whose calls may block")
	list := f.Bool("list", false, "list the mutations, with -blocked those of blocked calls")
	if code, done := parse(f, args); done {
		return code
	}
	switch {
	case f.NArg() > 0:
		return c.usage("fidelity takes no arguments, got %q", f.Arg(0))
	case *calls < 1 || *calls > fidelity.MaxCalls:
		return c.usage("-calls is %d, not in 1 to %d", *calls, fidelity.MaxCalls)
	case *blocked < 0 || *blocked > fidelity.MaxBlocked:
		return c.usage("-blocked is %d, not in 0 to %d", *blocked, fidelity.MaxBlocked)
	case *list:
		return c.listMutations(*blocked > 0)
	case *blocked > 0:
		return c.blocked(&fidelity.BlockedOptions{Sequences: *blocked, Seed: *seed, Mutation: *mutate, Progress: c.blockedProgress()})
	}
	r, err := fidelity.Run(&fidelity.Options{Calls: *calls, Seed: *seed, Mutation: *mutate, Progress: c.fidelityProgress()})
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		fmt.Fprintf(c.out, "running kernel: not run (%v)\n", err)
		return exitUsage
	case err != nil:
		return c.usage("%v", err)
	}
	return c.concludeFidelity(r)
}

func (c *command) fidelityProgress() func(*fidelity.Report) bool {
	began, last := time.Now(), time.Now()
	return func(r *fidelity.Report) bool {
		if now := time.Now(); now.Sub(last) >= time.Second {
			last = now
			fmt.Fprintf(c.err, "%4.0fs: %d calls in %d sequences, no disagreement\n", now.Sub(began).Seconds(), r.Calls, r.Sequences)
		}
		return c.ctx.Err() == nil
	}
}

// concludeFidelity prints the table and returns the exit status.
func (c *command) concludeFidelity(r *fidelity.Report) int {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	group := ""
	for _, cell := range r.Cells {
		name := ""
		if cell.Group != group {
			group = cell.Group
			name = group
		}
		note := ""
		if !cell.Listed {
			note = "\tnot listed"
		}
		fmt.Fprintf(w, "%s\t%s\t%d%s\n", name, cell.Name, cell.Hits, note)
	}
	_ = w.Flush()
	fmt.Fprintf(c.out, "\n%d calls in %d sequences; %.1f %% succeeded; median of a sequence: %d calls with two or more descriptors registered\n",
		r.Calls, r.Sequences, 100*float64(r.Succeeded)/float64(max(r.Calls, 1)), r.Median)
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

func (c *command) listMutations(blocked bool) int {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	if blocked {
		for _, m := range fidelity.DuoMutations() {
			fmt.Fprintf(w, "%s\t%s\n", m.Name, m.Rule)
		}
		_ = w.Flush()
		return exitClean
	}
	for _, m := range fidelity.Mutations() {
		fmt.Fprintf(w, "%s\t%s\n", m.Name, m.Rule)
	}
	_ = w.Flush()
	return exitClean
}
