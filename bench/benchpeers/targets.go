//go:build linux

package main

import (
	"fmt"

	"reactortest/bench/internal/result"
)

// metric is a number of a measurement.
type metric func(r *result.Result) (float64, bool)

func rate(r *result.Result) (float64, bool) { return float64(r.Ops) / float64(r.NS) * 1e9, r.NS > 0 }

func nsEach(r *result.Result) (float64, bool) {
	return float64(r.NS) / float64(r.Ops), r.NS > 0 && r.Ops > 0
}

func cpuEach(r *result.Result) (float64, bool) {
	return float64(r.CPU) / float64(r.Ops), r.CPU > 0 && r.Ops > 0
}

func p99(r *result.Result) (float64, bool) { return float64(r.P99), r.P99 > 0 }

func allocsEach(r *result.Result) (float64, bool) {
	return float64(r.Allocs) / float64(r.Ops), r.Allocs >= 0 && r.Ops > 0
}

// callsEach leaves out the sleeps of the Go runtime's monitor thread, which do not depend on
// what a loop does.
func callsEach(r *result.Result) (float64, bool) {
	return float64(r.Calls-r.Sleeps) / float64(r.Ops), r.Calls > 0 && r.Ops > 0
}

func sleepsEach(r *result.Result) (float64, bool) {
	return float64(r.Sleeps) / float64(r.Ops), r.Calls > 0 && r.Ops > 0
}

func ctlsEach(r *result.Result) (float64, bool) {
	return float64(r.Ctls) / float64(r.Ops), r.Calls > 0 && r.Ops > 0
}

func bytesEach(r *result.Result) (float64, bool) {
	return float64(r.Bytes) / float64(r.Ops), r.What == "memory" && r.Ops > 0
}

// target is a promise: a number of one peer, or its ratio to another peer's, is at least or at
// most a bound.
type target struct {
	text    string
	cells   []string
	what    string // of the results; "": the only one
	of      string
	against []string // "": the number itself
	base    string   // if not "", the cell that the peer is compared with itself in
	metric  metric
	atLeast bool
	bound   float64
}

// none is what counts as no allocation and no call: a thing that happens once in a thousand
// operations is not part of the operation.
const none = 0.001

func cellsOf(part string, conns ...int) (ids []string) {
	for _, n := range networks {
		for _, c := range conns {
			for _, s := range sizes {
				ids = append(ids, fmt.Sprintf("%s/%s/%d/%d", part, n, c, s))
			}
		}
	}
	return ids
}

func dispatchCells() (ids []string) {
	for _, what := range [...]string{"eventfd", "socketpair"} {
		for _, s := range shapes {
			ids = append(ids, fmt.Sprintf("B2/%s/%d/%d", what, s[0], s[1]))
		}
	}
	return ids
}

func targets() []target {
	number := []string{""}
	many, one := cellsOf("B1", 100, 1000), cellsOf("B1", 1)
	calls := []string{"calls/tcp", "calls/unix"}
	timers := []string{"B3/timers"}
	posts := []string{"B4/posts/1", "B4/posts/2"}
	all := []target{
		{text: "B1: requests a second", cells: many, of: "ours", against: []string{"gnet", "nbio"}, metric: rate, atLeast: true, bound: 1.15},
		{text: "B1: requests a second", cells: many, of: "ours", against: []string{"net"}, metric: rate, atLeast: true, bound: 1.3},
		{text: "B1: server's CPU time a request", cells: many, of: "ours", against: []string{"c-idle"}, metric: cpuEach, bound: 1.03},
		{text: "B1, io_uring: requests a second", cells: many, of: "ours-uring", against: []string{"c-idle"}, metric: rate, atLeast: true, bound: 1.2},
		{text: "B1, 1 connection: CPU time a request", cells: one, of: "ours", against: []string{"go-xsys", "go-raw"}, metric: cpuEach, bound: 1},
		{text: "B1, 1 connection, spinning: requests a second", cells: one, of: "ours-spin", against: []string{"gnet"}, metric: rate, atLeast: true, bound: 2},
		{text: "B1, 1 connection, spinning: p99", cells: one, of: "ours-spin", against: []string{"gnet"}, metric: p99, bound: 1},
		{text: "system calls a request", cells: calls, of: "ours", against: number, metric: callsEach, bound: 2.05},
		{text: "epoll_ctl a request", cells: calls, of: "ours", against: number, metric: ctlsEach, bound: none},
		{text: "system calls a request, io_uring", cells: calls, of: "ours-uring", against: number, metric: callsEach, bound: 0.2},
		{text: "B2: events a second", cells: dispatchCells(), of: "ours", against: []string{"go-raw"}, metric: rate, atLeast: true, bound: 0.95},
		{text: "B2: events a second", cells: dispatchCells(), of: "ours", against: []string{"gnet"}, metric: rate, atLeast: true, bound: 1.05},
		{text: "B2: allocations an event", cells: dispatchCells(), of: "ours", against: number, metric: allocsEach, bound: none},
		{text: "B2: time an event, 10 000 registered against 100", cells: []string{"B2/eventfd/10000/1"}, base: "B2/eventfd/100/1", of: "ours", metric: nsEach, bound: 1.5},
		{text: "B2: time an event, 10 000 registered against 100", cells: []string{"B2/socketpair/10000/1"}, base: "B2/socketpair/100/1", of: "ours", metric: nsEach, bound: 1.5},
		{text: "B3: timers scheduled a second", cells: timers, what: "schedule", of: "ours", against: []string{"libuv"}, metric: rate, atLeast: true, bound: 1},
	}
	for _, what := range [...]string{"fire", "cancel", "rearm"} {
		all = append(all, target{text: "B3: " + what + ", timers a second", cells: timers, what: what, of: "ours", against: []string{"libuv"}, metric: rate, atLeast: true, bound: 3})
	}
	for _, what := range [...]string{"schedule", "fire", "cancel", "rearm"} {
		all = append(
			all,
			target{text: "B3: " + what + ", timers a second", cells: timers, what: what, of: "ours", against: []string{"go"}, metric: rate, atLeast: true, bound: 5},
			target{text: "B3: " + what + ", allocations a timer", cells: timers, what: what, of: "ours", against: number, metric: allocsEach, bound: none},
		)
	}
	return append(
		all,
		target{text: "B4: posts a second", cells: posts, what: "post", of: "ours", against: []string{"gnet", "gnet-trigger"}, metric: rate, atLeast: true, bound: 6},
		target{text: "B4: allocations a post", cells: posts, what: "post", of: "ours", against: number, metric: allocsEach, bound: none},
		target{text: "B4: allocations a round trip", cells: posts, what: "roundtrip", of: "ours", against: number, metric: allocsEach, bound: none},
		target{text: "B4: ns a round trip, one P", cells: posts[:1], what: "roundtrip", of: "ours", against: number, metric: nsEach, bound: 5000},
		target{text: "bytes of memory an idle connection", cells: []string{"memory/tcp"}, of: "ours", against: number, metric: bytesEach, bound: 1024},
	)
}

// value is a metric of one measurement that nothing has disturbed.
func (s *state) value(cell, peer, what string, round int, m metric, limit float64) (float64, bool) {
	r := s.get(cell, peer, round)
	if r == nil || r.Busy > limit {
		return 0, false
	}
	for _, x := range r.Results {
		if x.Note == "" && (what == "" || x.What == what) {
			return m(x)
		}
	}
	return 0, false
}

// values are those of all rounds.
func (s *state) values(cell, peer, what string, m metric, limit float64) (all []float64) {
	for round := 1; round <= full.named; round++ {
		if v, has := s.value(cell, peer, what, round, m, limit); has {
			all = append(all, v)
		}
	}
	return all
}

// ratios are those of the rounds in which both were measured.
func (s *state) ratios(cell, peer, base, against, what string, m metric, limit float64) (all []float64) {
	for round := 1; round <= full.named; round++ {
		v, has := s.value(cell, peer, what, round, m, limit)
		w, had := s.value(base, against, what, round, m, limit)
		if has && had && w > 0 {
			all = append(all, v/w)
		}
	}
	return all
}

// row is a target in one cell against one peer.
type row struct {
	text, cell, than, bound string
	e                       estimateOf
	verdict                 string
}

const (
	met       = "met"
	missed    = "missed"
	undecided = "undecided"
)

func (t *target) rows(s *state, planned map[string]bool, limit float64) (rows []row) {
	sign := "≤"
	if t.atLeast {
		sign = "≥"
	}
	against := t.against
	if t.base != "" {
		against = []string{t.of}
	}
	for _, cell := range t.cells {
		if !planned[cell] {
			continue
		}
		for _, other := range against {
			r := row{text: t.text, cell: cell, than: t.of, bound: fmt.Sprintf("%s %g", sign, t.bound)}
			switch {
			case t.base != "":
				r.than += " / " + t.base
				r.e = median(s.ratios(cell, t.of, t.base, other, t.what, t.metric, limit))
			case other == "":
				r.e = median(s.values(cell, t.of, t.what, t.metric, limit))
			default:
				r.than += " / " + other
				r.e = median(s.ratios(cell, t.of, cell, other, t.what, t.metric, limit))
			}
			r.verdict = t.verdict(r.e)
			rows = append(rows, r)
		}
	}
	return rows
}

func (t *target) verdict(e estimateOf) string {
	switch {
	case !e.interval():
		return undecided
	case t.atLeast && e.low >= t.bound, !t.atLeast && e.high <= t.bound:
		return met
	case t.atLeast && e.high < t.bound, !t.atLeast && e.low > t.bound:
		return missed
	default:
		return undecided
	}
}
