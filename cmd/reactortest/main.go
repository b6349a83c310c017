// Command reactortest finds bugs in event loops. See its help:
//
//	go run ./cmd/reactortest help
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit codes.
const (
	exitClean     = 0
	exitViolation = 1
	exitUsage     = 2 // also: not exercised, diverged
)

const usage = `reactortest finds bugs in event loops, on a simulated kernel and on the real one.

usage:
    reactortest check [flags]        judge the built-in loop, or another subject
    reactortest subjects             list the subjects
    reactortest merge FILE...        add up the reports of the shards of a check
    reactortest replay TAPE|FILE     make the run of a tape again
    reactortest explain TAPE|FILE    show a failure beside the nearest passing run; -html FILE makes a page
    reactortest explain -rule NAME   say what a rule means and what breaks it
    reactortest explain -point NAME  say what a decision point decides
    reactortest fidelity [flags]     compare the simulated kernel with the running one, call by call
    reactortest rewire [flags]       make a copy of a third-party module that runs on the simulated kernel
    reactortest overlay -out DIR     make an overlay for tests whose goroutines hold a sync.Mutex over calls
    reactortest engine [flags] [PACKAGES] [-- flags of go test]
                                     rewire, then run go test with the copy
    reactortest engines [flags] [ENGINE...]
                                     judge the engines of thirdparty/engines.json, each version in a copy
    reactortest help

exit status: 0 clean, 1 a rule was broken, 2 bad usage, a tape that diverges,
or a check that did not exercise enough to say anything; engine returns the
exit status of go test
`

func main() {
	signal.Ignore(syscall.SIGPIPE) // a write to a closed pipe is an error, and keeper keeps it
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	out := &keeper{w: os.Stdout}
	c := &command{ctx: ctx, out: out, err: os.Stderr}
	code := c.run(os.Args[1:])
	if out.lost != nil { // a report that nobody can read is none
		fmt.Fprintf(os.Stderr, "reactortest: the output was lost: %v\n", out.lost)
		code = exitUsage
	}
	stop()
	os.Exit(code)
}

// keeper writes and keeps the first error.
type keeper struct {
	w    io.Writer
	lost error
}

// Write writes p.
func (k *keeper) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	if err != nil && k.lost == nil {
		k.lost = err
	}
	return n, err
}

// command is one call of the program.
type command struct {
	ctx      context.Context
	out, err io.Writer
}

// run carries out the words of a command line and returns the exit status.
func (c *command) run(args []string) int {
	if len(args) == 0 {
		fmt.Fprint(c.err, usage)
		return exitUsage
	}
	switch args[0] {
	case "check":
		return c.check(args[1:])
	case "subjects":
		return c.subjects(args[1:])
	case "merge":
		return c.merge(args[1:])
	case "replay":
		return c.replay(args[1:])
	case "explain":
		return c.explain(args[1:])
	case "fidelity":
		return c.fidelity(args[1:])
	case "rewire":
		return c.rewire(args[1:])
	case "overlay":
		return c.overlay(args[1:])
	case "engine":
		return c.engine(args[1:])
	case "engines":
		return c.engines(args[1:])
	case "help", "-h", "-help", "--help":
		fmt.Fprint(c.out, usage)
		return exitClean
	default:
		return c.usage("unknown command %q; there are check, merge, subjects, replay, explain, fidelity, rewire, engine, engines and help", args[0])
	}
}

// usage says what is wrong with a command line.
func (c *command) usage(format string, args ...any) int {
	fmt.Fprintf(c.err, "reactortest: "+format+"\n", args...)
	return exitUsage
}

// flags makes the flag set of one subcommand.
func (c *command) flags(name, words string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(c.err)
	f.Usage = func() {
		fmt.Fprintf(c.err, "usage: reactortest %s %s\n", name, words)
		f.PrintDefaults()
	}
	return f
}

// parse parses args; done means that code is the exit status.
func parse(f *flag.FlagSet, args []string) (code int, done bool) {
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return exitClean, true
	case err != nil:
		return exitUsage, true
	default:
		return 0, false
	}
}
