//go:build linux

// The command benchpeers measures this project's reactor beside others: echo servers (B1),
// dispatch (B2), timers (B3) and posts (B4), system calls and memory. It builds what it
// measures, interleaves the rounds of the peers, and writes tables into docs/performance.md.
// That page says how to read them.
//
//	make bench-peers                  # up to an hour
//	make bench-peers ARGS=-quick      # up to 15 minutes; prints the tables
//	make bench-check                  # compares bytes and measures nothing
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"time"

	"reactortest/bench/internal/result"
)

type options struct {
	quick, check bool
	only         string
	out          string
	foreign      float64
	limit        time.Duration
	fresh        bool
}

func main() {
	var o options
	flag.BoolVar(&o.quick, "quick", false, "fewer and shorter measurements, in 15 minutes; the tables are printed and not written")
	flag.BoolVar(&o.check, "check", false, "check that everything works and all bytes come back, and measure nothing")
	flag.StringVar(&o.only, "only", "", "measure only the cells whose names match this regular expression, such as B1/tcp; the tables are printed")
	flag.StringVar(&o.out, "out", "../docs/performance.md", "the page that a full run writes its tables into")
	flag.Float64Var(&o.foreign, "foreign", 0.10, "repeat a measurement if other programs have used more than this share of the two processors")
	flag.DurationVar(&o.limit, "limit", 0, "stop after this time; what is missing then is undecided (default 58m, with -quick 14m)")
	flag.BoolVar(&o.fresh, "fresh", false, "forget what an interrupted run has measured")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "benchpeers:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	began := time.Now()
	runtime.LockOSThread() // children die with this thread, and take its processors
	signal.Ignore(syscall.SIGUSR1)
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	folder := filepath.Join(cache, "reactortest", "peers")
	fmt.Println("building the peers")
	b, err := build(filepath.Join(folder, "bin"))
	if err != nil {
		return err
	}
	b.advise()
	a := full
	switch {
	case o.check:
		a = check
	case o.quick:
		a = quick
	}
	if o.limit > 0 {
		a.limit = o.limit
	}
	x, err := newBench(b, a)
	if err != nil {
		return err
	}
	defer func() { _ = x.close() }()
	go x.closeWhenInterrupted()
	if o.check {
		return x.check()
	}
	return x.all(o, folder, began)
}

// advise says what is missing. It installs nothing.
func (b *built) advise() {
	for _, p := range programs {
		if reason := b.skipped[p.name]; reason != "" {
			fmt.Printf("skipped: %s: %s\n", p.name, reason)
		}
	}
	if len(b.install) > 0 {
		fmt.Printf("To measure everything: apt-get install %s\n", strings.Join(b.install, " "))
	}
}

func (b *bench) all(o *options, folder string, began time.Time) error {
	match, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	groups := filter(b.amount.plan(), match)
	path := filepath.Join(folder, b.amount.name+"-"+b.id+".jsonl")
	if o.fresh {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	s, err := openState(path)
	if err != nil {
		return err
	}
	defer func() { _ = s.file.Close() }()
	needed, n := estimate(groups)
	fmt.Printf("%s\n%d measurements, about %v without repetitions; stops after %v.\nResults: %s (%d are there already)\n",
		machine(), n, needed.Round(time.Minute), b.amount.limit, path, len(s.all))
	complete, err := b.rounds(groups, s, o.foreign, began.Add(b.amount.limit))
	if err != nil {
		return err
	}
	page := b.report(groups, s, o.foreign, complete, time.Since(began))
	if o.quick || o.only != "" {
		fmt.Print(page)
		return nil
	}
	if err := writeBetweenMarkers(o.out, page); err != nil {
		return err
	}
	fmt.Println("wrote", o.out)
	if complete { // the next run begins anew
		return os.Rename(path, filepath.Join(folder, "last.jsonl"))
	}
	return nil
}

func filter(groups [][]*cell, match *regexp.Regexp) (kept [][]*cell) {
	for _, g := range groups {
		var cells []*cell
		for _, c := range g {
			if match.MatchString(c.id) {
				cells = append(cells, c)
			}
		}
		if len(cells) > 0 {
			kept = append(kept, cells)
		}
	}
	return kept
}

// rounds makes all measurements that are not there yet, until the deadline. It reports whether
// all are there.
func (b *bench) rounds(groups [][]*cell, s *state, limit float64, deadline time.Time) (complete bool, err error) {
	for i, g := range groups {
		fmt.Printf("%s %d of %d: %s\n", time.Now().Format(time.TimeOnly), i+1, len(groups), g[0].id)
		for round := 1; round <= b.amount.named; round++ {
			for _, c := range g {
				if err := b.round(c, round, s, limit, deadline); err != nil {
					if errors.Is(err, errOver) {
						fmt.Println("the time is over; the same command continues")
						return false, nil
					}
					return false, err
				}
			}
		}
	}
	return true, nil
}

var errOver = errors.New("the time is over")

// round measures each peer of a cell once.
func (b *bench) round(c *cell, round int, s *state, limit float64, deadline time.Time) error {
	for _, e := range c.peers {
		if round > e.rounds || s.get(c.id, e.peer.name, round) != nil {
			continue
		}
		if time.Now().After(deadline) {
			return errOver
		}
		r, err := b.quietly(c, e.peer, limit)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", c.id, e.peer.name, err)
		}
		r.Round = round
		if err := s.add(r); err != nil {
			return err
		}
	}
	return nil
}

// repetitions is how often a measurement is repeated if others disturb it.
const repetitions = 3

// failedNote begins the note of a measurement that has failed.
const failedNote = "failed: "

// quietly measures, and measures again while others use the processors. A peer that fails
// every time has no result, and the tables say why.
func (b *bench) quietly(c *cell, p *peer, limit float64) (*record, error) {
	r := &record{Cell: c.id, Peer: p.name}
	for {
		from, err := b.usage()
		if err != nil {
			return nil, err
		}
		if r.Results, err = b.measure(c, p); err != nil {
			if r.Again++; r.Again <= repetitions {
				continue
			}
			fmt.Printf("failed: %s of %s: %v\n", c.id, p.name, err)
			r.Results = []*result.Result{{Note: failedNote + firstLine(err.Error())}}
			return r, nil
		}
		to, err := b.usage()
		if err != nil {
			return nil, err
		}
		r.Busy = foreign(from, to)
		if r.Busy <= limit || r.Again == repetitions || b.skipped[p.program] != "" {
			return r, nil
		}
		r.Again++
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
