//go:build linux

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// amount is how much is measured.
type amount struct {
	name   string
	named  int           // rounds of the peers that a target names
	others int           // rounds of the others
	length time.Duration // of a measurement
	timers int
	idle   int           // connections whose memory is measured
	limit  time.Duration // of the whole run
}

var (
	full  = amount{name: "full", named: 15, others: 5, length: time.Second, timers: 1_000_000, idle: 5000, limit: 58 * time.Minute}
	quick = amount{name: "quick", named: 7, others: 2, length: 300 * time.Millisecond, timers: 200_000, idle: 2000, limit: 14 * time.Minute}
	check = amount{name: "check", named: 1, others: 1, length: 5 * time.Millisecond, timers: 1000, idle: 100, limit: 10 * time.Minute}
)

// cell is one table: peers under the same load.
type cell struct {
	id    string // part/parameters, as in "B1/tcp/100/64"
	title string
	peers []entry
	args  []string // of the program, after the peer's
	cost  time.Duration

	// Of a cell of echoes.
	network     string
	conns, size int
	kind        kind
}

type kind int

const (
	kindEcho kind = iota
	kindCalls
	kindMemory
	kindInside    // the program measures itself, on one processor
	kindInsideTwo // on two
)

// entry is a peer and how many rounds it has.
type entry struct {
	peer   *peer
	rounds int
}

func (c *cell) part() string { return c.id[:strings.IndexByte(c.id, '/')] }

// entries gives each peer its rounds.
func (a *amount) entries(peers []peer, named []string, without ...string) (all []entry) {
	for i := range peers {
		p := &peers[i]
		switch {
		case slices.Contains(without, p.name):
		case slices.Contains(named, p.name):
			all = append(all, entry{p, a.named})
		default:
			all = append(all, entry{p, a.others})
		}
	}
	return all
}

// plan returns groups of cells. The rounds of the cells of a group are interleaved. The
// longest part comes last: if time runs out, it is what lacks rounds.
func (a *amount) plan() [][]*cell {
	groups := [][]*cell{a.memory(), a.calls()}
	groups = append(groups, a.posts()...)
	groups = append(groups, a.timersPlan())
	groups = append(groups, a.dispatch()...)
	return append(groups, a.echoes()...)
}

// overhead is what starting and stopping the programs of a measurement takes.
const overhead = 100 * time.Millisecond

var (
	networks = [...]string{"tcp", "unix"}
	counts   = [...]int{1, 100, 1000}
	sizes    = [...]int{64, 16 << 10}
	shapes   = [...][2]int{{100, 1}, {1_000, 100}, {10_000, 1}, {10_000, 100}}
)

func (a *amount) echoes() (groups [][]*cell) {
	for _, network := range networks {
		for _, conns := range counts {
			named, without := []string{"ours", "ours-uring", "gnet", "nbio", "net", "c-idle"}, []string{"ours-spin"}
			if conns == 1 {
				named, without = []string{"ours", "ours-spin", "go-xsys", "go-raw", "gnet"}, nil
			}
			for _, size := range sizes {
				groups = append(groups, []*cell{{
					id:      fmt.Sprintf("B1/%s/%d/%d", network, conns, size),
					title:   fmt.Sprintf("Echo over %s, %s, %s", network, plural(conns, "connection"), bytesOf(size)),
					network: network, conns: conns, size: size,
					peers: a.entries(servers, named, without...), cost: a.length + a.warm() + overhead,
				}})
			}
		}
	}
	return groups
}

// warm is how long a load runs before it is measured.
func (a *amount) warm() time.Duration { return min(a.length/5, 50*time.Millisecond) }

// counting is the amount for what is counted and not timed: it hardly varies.
func (a *amount) counting() *amount {
	c := *a
	c.others = min(c.others, 3)
	return &c
}

func (a *amount) calls() (cells []*cell) {
	for _, network := range networks {
		cells = append(cells, &cell{
			id: "calls/" + network, title: "System calls a request over " + network + ", 100 connections, 64 bytes",
			network: network, conns: 100, size: 64, kind: kindCalls,
			peers: a.counting().entries(servers, []string{"ours", "ours-uring"}, "ours-spin"), cost: a.callsLength() + a.warm() + 2*overhead,
		})
	}
	return cells
}

// callsLength is shorter than other measurements: what is counted hardly varies.
func (a *amount) callsLength() time.Duration { return a.length / 2 }

func (a *amount) memory() []*cell {
	return []*cell{{
		id: "memory/tcp", title: fmt.Sprintf("Memory of an idle connection, %s over TCP", plural(a.idle*9/10, "connection")),
		network: "tcp", conns: a.idle, size: 64, kind: kindMemory,
		peers: a.counting().entries(servers, []string{"ours"}, "ours-spin"), cost: 1500 * time.Millisecond,
	}}
}

func (a *amount) dispatch() (groups [][]*cell) {
	for _, what := range [...]string{"eventfd", "socketpair"} {
		var cells []*cell
		for _, s := range shapes {
			cells = append(cells, &cell{
				id:    fmt.Sprintf("B2/%s/%d/%d", what, s[0], s[1]),
				title: fmt.Sprintf("Dispatch of %ss, %d registered, %d active", what, s[0], s[1]),
				args:  []string{"dispatch", what, fmt.Sprint(s[0]), fmt.Sprint(s[1]), a.length.String()}, kind: kindInside,
				peers: a.entries(dispatchers, []string{"ours", "go-raw", "gnet"}), cost: a.length + overhead,
			})
		}
		groups = append(groups, cells)
	}
	return groups
}

func (a *amount) timersPlan() []*cell {
	return []*cell{{
		id: "B3/timers", title: fmt.Sprintf("%d timers", a.timers),
		args: []string{"timers", fmt.Sprint(a.timers)}, kind: kindInside,
		peers: a.entries(timekeepers, []string{"ours", "go", "libuv"}),
		cost:  2*time.Second + time.Duration(a.timers)*3*time.Microsecond,
	}}
}

func (a *amount) posts() (groups [][]*cell) {
	for i, title := range [...]string{"Posts, one P", "Posts, two Ps"} {
		groups = append(groups, []*cell{{
			id: fmt.Sprintf("B4/posts/%d", i+1), title: title,
			args: []string{"posts", a.length.String()}, kind: kindInside + kind(i),
			peers: a.entries(posters, []string{"ours", "gnet", "gnet-trigger"}), cost: 2*a.length + overhead,
		}})
	}
	return groups
}

// estimate is how long a plan takes if nothing is repeated.
func estimate(groups [][]*cell) (all time.Duration, n int) {
	for _, g := range groups {
		for _, c := range g {
			for _, e := range c.peers {
				all += time.Duration(e.rounds) * c.cost
				n += e.rounds
			}
		}
	}
	return all, n
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func bytesOf(n int) string {
	if n >= 1<<10 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
