//go:build linux

package main

import (
	"fmt"
	"strings"

	"reactortest/bench/internal/result"
)

// column is one of a table.
type column struct {
	title  string
	what   string
	metric metric
	unit   float64 // the number is divided by it; 0: 1
	ratio  bool    // the ratio of the first peer's to this peer's, and its interval
}

func (c *cell) columns() []column {
	switch c.part() {
	case "B1":
		return []column{
			{title: "requests/s", metric: rate},
			{title: "ours / peer", metric: rate, ratio: true},
			{title: "CPU µs a request", metric: cpuEach, unit: 1e3},
			{title: "ours / peer", metric: cpuEach, ratio: true},
			{title: "server busy %", metric: busy, unit: 0.01},
			{title: "p99 µs", metric: p99, unit: 1e3},
		}
	case "B2":
		return []column{
			{title: "ns an event", metric: nsEach},
			{title: "events/s, ours / peer", metric: rate, ratio: true},
			{title: "CPU ns an event", metric: cpuEach},
			{title: "allocations an event", metric: allocsEach},
		}
	case "B3":
		var all []column
		for _, what := range [...]string{"schedule", "fire", "cancel", "rearm"} {
			all = append(
				all,
				column{title: what + ", ns", what: what, metric: nsEach},
				column{title: "speed, ours / peer", what: what, metric: rate, ratio: true},
				column{title: "allocations", what: what, metric: allocsEach},
			)
		}
		return all
	case "B4":
		return []column{
			{title: "posts/s", what: "post", metric: rate},
			{title: "ours / peer", what: "post", metric: rate, ratio: true},
			{title: "allocations a post", what: "post", metric: allocsEach},
			{title: "round trip, µs", what: "roundtrip", metric: nsEach, unit: 1e3},
			{title: "allocations a round trip", what: "roundtrip", metric: allocsEach},
		}
	case "calls":
		return []column{{title: "system calls a request", metric: callsEach}, {title: "of them epoll_ctl", metric: ctlsEach}, {title: "besides: nanosleep", metric: sleepsEach}}
	default:
		return []column{{title: "bytes a connection", metric: bytesEach}}
	}
}

func busy(r *result.Result) (float64, bool) {
	return float64(r.CPU) / float64(r.NS), r.NS > 0 && r.CPU > 0
}

func (c *cell) table(w *strings.Builder, s *state, limit float64) {
	fmt.Fprintf(w, "%s (`%s`):\n\n| peer |", c.title, c.id)
	columns := c.columns()
	for _, col := range columns {
		fmt.Fprintf(w, " %s |", col.title)
	}
	fmt.Fprintf(w, " rounds | repeated |\n|---|%s--:|--:|\n", strings.Repeat("--:|", len(columns)))
	for _, e := range c.peers {
		c.line(w, s, e, columns, limit)
	}
	fmt.Fprintln(w)
	switch way := c.way(s); {
	case way == "":
	case c.kind == kindCalls:
		fmt.Fprintf(w, "Counted by %s.\n\n", way)
	case c.part() == "B1":
		fmt.Fprintf(w, "The load generator sent over %s.\n\n", way)
	}
}

func (c *cell) line(w *strings.Builder, s *state, e entry, columns []column, limit float64) {
	name := e.peer.name
	fmt.Fprintf(w, "| %s |", name)
	note, counted, again := "", 0, 0
	for round := 1; round <= e.rounds; round++ {
		r := s.get(c.id, name, round)
		if r == nil {
			continue
		}
		again += r.Again
		switch {
		case r.Results[0].Note != "":
			note = r.Results[0].Note
		case r.Busy <= limit:
			counted++
		}
	}
	if counted == 0 && note != "" {
		fmt.Fprintf(w, " %s |%s\n", strings.ReplaceAll(note, "|", "/"), strings.Repeat(" |", len(columns)+1))
		return
	}
	for _, col := range columns {
		fmt.Fprintf(w, " %s |", col.text(c, s, name, limit))
	}
	fmt.Fprintf(w, " %d | %d |\n", counted, again)
}

func (col *column) text(c *cell, s *state, peer string, limit float64) string {
	if !col.ratio {
		e := median(s.values(c.id, peer, col.what, col.metric, limit))
		unit := col.unit
		if unit == 0 {
			unit = 1
		}
		return number(e.median / unit)
	}
	if peer == "ours" {
		return ""
	}
	e := median(s.ratios(c.id, "ours", c.id, peer, col.what, col.metric, limit))
	if e.n == 0 {
		return "–"
	}
	return fmt.Sprintf("%s, %s", number(e.median), e.span())
}

// way is how the calls of a cell were counted, or how the load was sent.
func (c *cell) way(s *state) string {
	for _, e := range c.peers {
		if r := s.get(c.id, e.peer.name, 1); r != nil && r.Results[0].Way+r.Results[0].Load != "" {
			return r.Results[0].Way + r.Results[0].Load
		}
	}
	return ""
}
