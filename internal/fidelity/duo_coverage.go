package fidelity

import (
	"cmp"
	"slices"
	"strings"
)

// duoCoverage counts what has ended calls of T that were blocked.
type duoCoverage struct {
	hits map[string]map[string]int
}

// relation tells how the descriptor of a call of the main task is related to T's.
func relation(t, a *duoAct) string {
	of := func(slot int8) bool {
		if !t.Op.polls() {
			return slot == t.Slot
		}
		return slices.ContainsFunc(t.Watch[:], func(w duoWatch) bool { return w.Events != 0 && w.Slot == slot })
	}
	switch {
	case a.Op == duoSignal:
		return ""
	case of(a.Slot):
		return " of it"
	case a.Slot >= duoExtra:
		return " of what was made"
	case !t.Op.polls() && t.Op != duoWait && a.Slot/duoSlots == t.Slot/duoSlots:
		return " of the other end"
	default:
		return " of another"
	}
}

func ender(t, a *duoAct) string {
	name := a.name()
	if r := relation(t, a); !t.Op.polls() && t.Op != duoWait && (r == " of another" || r == " of what was made") {
		return "a call on something else"
	}
	switch a.Op { //nolint:exhaustive // the others are one each
	case duoShutdown:
		name += " " + howWords[a.N]
	case duoNonblock:
		name += []string{" off", " on"}[a.N]
	case duoSignal:
		name += []string{" without SA_RESTART", " with SA_RESTART"}[a.N]
	}
	return name + relation(t, a)
}

func (c *duoCoverage) count(s *duoSequence, steps []duoStep) {
	if c.hits == nil {
		c.hits = map[string]map[string]int{}
	}
	var t *duoAct
	blocked := false
	for i := range s.acts {
		a, step := &s.acts[i], &steps[i]
		switch {
		case step.skipped:
			continue
		case a.Task:
			t, blocked = a, step.state == duoBlocked
			continue
		case blocked && step.state != duoUnknown:
			c.hit(s, t, a, step)
		}
		blocked = blocked && step.state == duoBlocked
	}
}

func (c *duoCoverage) hit(s *duoSequence, t, a *duoAct, step *duoStep) {
	on := s.role(t.Slot).String()
	if t.Op.polls() {
		on = "descriptors"
	}
	row := t.name() + " on " + on
	if c.hits[row] == nil {
		c.hits[row] = map[string]int{}
	}
	result := "stays blocked"
	if step.state == duoEnded {
		switch o := &step.task; {
		case o.Errno != 0:
			result = errnoName(o.Errno)
		case o.N == duoPart:
			result = "a part"
		case o.N == 0:
			result = "0"
		default:
			result = "done"
		}
	}
	c.hits[row][ender(t, a)+": "+result]++
}

// cells returns the table: what T was blocked in, what the main task did, and what
// T did then.
func (c *duoCoverage) cells() []Cell {
	var all []Cell
	for row, cells := range c.hits {
		for name, n := range cells {
			all = append(all, Cell{Group: row, Name: name, Hits: n, Listed: true})
		}
	}
	slices.SortFunc(all, func(a, b Cell) int {
		return cmp.Or(strings.Compare(a.Group, b.Group), strings.Compare(a.Name, b.Name))
	})
	return all
}

// duoRow is a call that T must have been blocked in, and what must have been done
// meanwhile.
type duoRow struct {
	name   string
	enders []string
}

var (
	duoOwn     = []string{"close of it", "dup of it", "nonblock on of it", "signal with SA_RESTART", "signal without SA_RESTART"}
	duoShut    = []string{"shutdown read of it", "shutdown write of it", "shutdown both of it"}
	duoPeer    = []string{"close of the other end", "dup of the other end"}
	duoShutter = []string{"shutdown read of the other end", "shutdown write of the other end", "shutdown both of the other end"}
	duoForms   = []string{"signal with SA_RESTART", "signal without SA_RESTART", "close of it"}
	duoResets  = []string{"reset of it", "reset of the other end"}
)

// duoListed are the rows that the table must have.
var duoListed = []duoRow{
	{"read on pipe reader", slices.Concat(duoOwn, duoPeer, []string{"write of the other end", "fill of the other end"})},
	{"write on pipe writer", slices.Concat(duoOwn, duoPeer, []string{"read of the other end", "drain of the other end"})},
	{"read on unix pair", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"write of the other end"})},
	{"recv on unix pair", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"write of the other end"})},
	{"write on unix pair", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"read of the other end", "drain of the other end"})},
	{"send on unix pair", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"read of the other end", "drain of the other end"})},
	{"read on unix stream", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter)},
	{"write on unix stream", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"drain of the other end"})},
	{"read on TCP stream", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, duoResets, []string{"write of the other end"})},
	{"recv on TCP stream", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, duoResets, []string{"write of the other end"})},
	{"write on TCP stream", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter[:2], duoResets, []string{"drain of the other end", "read of the other end"})},
	{"send on TCP stream", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter[:2], duoResets)},
	{"accept on unix listener", slices.Concat(duoOwn, duoShut, []string{"connect of the other end"})},
	{"accept on TCP listener", slices.Concat(duoOwn, duoShut, []string{"connect of the other end", "reset of it"})},
	{"connect on unix socket", slices.Concat(duoOwn, duoShut, []string{"accept of the other end", "close of the other end", "shutdown read of the other end"})},
	{"connect on TCP socket", slices.Concat(duoOwn, duoShut)},
	{"read on unix datagram", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"write of the other end"})},
	{"recv on unix datagram", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"write of the other end"})},
	{"write on unix datagram", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"drain of the other end"})},
	{"readv on unix pair", duoForms},
	{"recvmsg on unix pair", duoForms},
	{"writev on unix pair", duoForms},
	{"sendmsg on unix pair", duoForms},
	{"readv on TCP stream", duoForms},
	{"recvmsg on TCP stream", duoForms},
	{"readv on pipe reader", duoForms},
	{"writev on pipe writer", duoForms},
	{"sendfile on pipe writer", duoForms},
	{"recvmsg on unix datagram", duoForms},
	{"recvmsg on connected UDP", duoForms},
	{"writev on TCP stream", duoForms[:2]},
	{"sendmsg on TCP stream", duoForms[:2]},
	{"recv of all on unix pair", slices.Concat(duoForms, duoPeer, duoShut)},
	{"recv of all on TCP stream", slices.Concat(duoForms, duoPeer, duoShut)},
	{"read on unix packet", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter)},
	{"recv on unix packet", slices.Concat(duoForms, duoPeer)},
	{"recvmsg on unix packet", duoForms[:2]},
	{"read on connected UDP", slices.Concat(duoOwn, duoPeer, duoShut, duoShutter, []string{"write of the other end"})},
	{"recv on UDP", slices.Concat(duoOwn, duoShut, []string{"send of the other end"})},
	{"read on eventfd", slices.Concat(duoOwn, []string{"write of it"})},
	{"write on eventfd", slices.Concat(duoOwn, []string{"read of it"})},
	{"read on semaphore", slices.Concat(duoOwn, []string{"write of it"})},
	{"read on timerfd", slices.Concat(duoOwn, []string{"settime of it"})},
	{"epoll_wait on epoll", slices.Concat(duoOwn, []string{"add of it", "del of it", "close of another", "write of another", "shutdown both of another"})},
	{"poll on descriptors", slices.Concat(duoOwn, duoShut, []string{"write of another", "close of another"})},
	{"ppoll on descriptors", slices.Concat(duoOwn, duoShut, []string{"write of another", "close of another"})},
	{"select on descriptors", slices.Concat(duoOwn, duoShut, []string{"write of another", "close of another"})},
}

// duoEnough is in how many sequences every cell is seen, and duoSome in how many every
// row.
const (
	duoEnough = 100_000
	duoSome   = 5000
)

// missing returns what was not exercised, in that many sequences.
func (c *duoCoverage) missing(sequences int) []string {
	var all []string
	for _, row := range duoListed {
		if len(c.hits[row.name]) == 0 && sequences >= duoSome {
			all = append(all, row.name)
		}
		for _, e := range row.enders {
			if sequences >= duoEnough && !c.has(row.name, e) {
				all = append(all, row.name+": "+e)
			}
		}
	}
	return all
}

func (c *duoCoverage) has(row, ender string) bool {
	for name := range c.hits[row] {
		if strings.HasPrefix(name, ender+": ") {
			return true
		}
	}
	return false
}
