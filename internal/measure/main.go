// Command measure searches for every planted bug with many seeds and prints a
// table of how soon it is found, and how small the run is when it is shrunk:
//
//	go run ./internal/measure -seeds 30 > docs/planted.md
//	go run ./internal/measure -compare -seeds 7 > docs/strategies.md
//
// The second command compares strategies: the default search is chosen by its
// table. "make planted-table" runs both.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"reactortest/internal/planted"
	"reactortest/proptest"
	"reactortest/scheduler"
)

// settings are the flags.
type settings struct {
	seeds    int
	runs     int
	dialect  string
	strategy string
	subjects *regexp.Regexp
	pending  bool
	legal    bool
	noShrink bool
}

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "measure: %v\n", err)
		}
		os.Exit(2)
	}
}

// run prints the table to out.
func run(args []string, out, complaints io.Writer) error {
	s := settings{}
	f := flag.NewFlagSet("measure", flag.ContinueOnError)
	f.SetOutput(complaints)
	f.IntVar(&s.seeds, "seeds", 30, "how many searches of each subject, with seeds from 0")
	f.IntVar(&s.runs, "runs", 10_000, "how many runs a search may take")
	f.StringVar(&s.dialect, "dialect", "epoll", "of the simulated kernel")
	f.StringVar(&s.strategy, "strategy", "", "the `names` of strategies that are taken in turn, joined by commas, of "+
		strings.Join(strategyNames(), ", ")+"; the default search if empty")
	pattern := f.String("subjects", "", "a `pattern` that their names match")
	f.BoolVar(&s.pending, "pending", false, "the bugs for which there is no rule yet, instead of the others")
	f.BoolVar(&s.legal, "legal", false, "the correct loops, in which nothing is to be found, instead of bugs")
	compare := f.Bool("compare", false, "print the table that the default strategies are chosen by")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("there are no arguments, and %q is one", f.Arg(0))
	}
	if s.seeds < 1 {
		return fmt.Errorf("-seeds is %d: at least 1", s.seeds)
	}
	var err error
	if s.subjects, err = regexp.Compile(*pattern); err != nil {
		return fmt.Errorf("-subjects: %w", err)
	}
	if _, err := newStrategy(s.strategy, 0); err != nil {
		return err
	}
	if *compare {
		return s.compare(out, complaints)
	}
	return s.table(out, complaints)
}

// chosen returns the subjects that are measured.
func (s *settings) chosen() []planted.Subject {
	list := planted.All()
	switch {
	case s.pending:
		list = planted.Pending()
	case s.legal:
		list = append(planted.Legal(), planted.Twin())
	}
	var chosen []planted.Subject
	for _, p := range list {
		if p.Legal == s.legal && s.subjects.MatchString(p.Name) {
			chosen = append(chosen, p)
		}
	}
	return chosen
}

// search makes one search for the bug of a subject. It returns nil if nothing
// was found.
func (s *settings) search(p planted.Subject, seed int) (*proptest.Failure, error) {
	dir, err := os.MkdirTemp("", "measure")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	strategy, err := newStrategy(s.strategy, uint64(seed))
	if err != nil {
		return nil, err
	}
	r, err := proptest.Check(p.New, &proptest.Options{
		Runs: s.runs, Seed: uint64(seed), Dialect: s.dialect, Subject: "planted/" + p.Name, Dir: dir,
		Strategy: strategy, FirstOnly: true, NoShrink: s.noShrink, WakeSwitches: p.NeedsWakeSwitches,
	})
	if err != nil {
		return nil, fmt.Errorf("%s, seed %d: %w", p.Name, seed, err)
	}
	return r.Failure, nil
}

// watches counts the watches that the workload of a tape begins with.
func watches(tape string) (int, error) {
	t, err := scheduler.ParseTape(tape)
	if err != nil {
		return 0, err
	}
	n := 0
	for element := range strings.SplitSeq(t.Workload, "+") {
		switch kind, rest, _ := strings.Cut(element, "."); kind {
		case "watches": // so many besides
			count, _, _ := strings.Cut(rest, ".")
			more, err := strconv.Atoi(count)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", element, err)
			}
			n += more
		case "pair", "tcp", "pipe", "listener", "-": // "-" is the plain workload, with one pair
			n++
		}
	}
	return n, nil
}
