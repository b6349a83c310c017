//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"
)

const (
	checkConns    = 20
	checkMessages = 1000
)

var errSkipped = errors.New("cannot be checked here")

// check has every server echo messages, compares the bytes, and makes every other measurement
// once without looking at its numbers.
func (b *bench) check() error {
	began := time.Now()
	b.requests = checkMessages
	made, skipped := 0, 0
	var all error
	for _, c := range checked(b.amount.plan()) {
		for _, e := range c.peers {
			err := b.checkOne(c, e.peer)
			switch {
			case errors.Is(err, errSkipped):
				if b.skipped[e.peer.program] == "" { // those were named when they were not built
					fmt.Printf("skipped: %s of %s: %v\n", c.id, e.peer.name, err)
				}
				skipped++
			case err != nil:
				all = errors.Join(all, fmt.Errorf("%s of %s: %w", c.id, e.peer.name, err))
			default:
				made++
			}
		}
	}
	fmt.Printf("%d checks passed, %d were skipped, in %v\n", made, skipped, time.Since(began).Round(time.Second))
	return all
}

// checked returns the cells to check: of echoes, one number of connections is enough.
func checked(groups [][]*cell) (cells []*cell) {
	for _, g := range groups {
		for _, c := range g {
			if c.kind == kindEcho && c.conns != 1 {
				continue
			}
			if c.kind == kindEcho {
				c.conns = checkConns
			}
			cells = append(cells, c)
		}
	}
	return cells
}

func (b *bench) checkOne(c *cell, p *peer) error {
	if reason := b.skipped[p.program]; reason != "" {
		return fmt.Errorf("%w: %s", errSkipped, reason)
	}
	results, err := b.measure(c, p)
	if err != nil {
		return err
	}
	for _, r := range results {
		switch {
		case r.Note != "" && c.kind == kindCalls: // the system has no means to count
			return fmt.Errorf("%w: %s", errSkipped, r.Note)
		case r.Note != "":
			return errors.New(r.Note)
		case r.Ops == 0:
			return fmt.Errorf("nothing was done: %+v", r)
		case c.kind == kindEcho && r.Ops < checkMessages:
			return fmt.Errorf("%d messages came back, want %d", r.Ops, checkMessages)
		case c.kind == kindCalls && r.Calls == 0:
			return errors.New("no system calls were counted")
		}
	}
	if c.part() == "B3" && len(results) != 4 || c.part() == "B4" && len(results) != 2 {
		return fmt.Errorf("%d results", len(results))
	}
	return nil
}
