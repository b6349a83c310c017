package eventloop

import (
	"cmp"
	"math/rand"
	"slices"
	"testing"
	"time"
)

// modelled is what a simple list knows of a timer.
type modelled struct {
	slot     uint32
	deadline time.Duration
	order    int // in which it was set
}

// TestTimersAgainstAList makes drawn calls and compares each answer with that of a
// sorted list. There are enough timers for rebuild to have work.
func TestTimersAgainstAList(t *testing.T) {
	tests := []struct {
		why    string
		weight [4]int // of setting new timers, setting timers again, stopping, and firing
		spread int
		seq    uint32
		again  bool // what is due is set again by what is due before it
	}{
		{why: "mostly set", weight: [4]int{8, 2, 2, 1}, spread: 1000},
		{why: "mostly set again", weight: [4]int{3, 20, 1, 1}, spread: 1000},
		{why: "mostly stopped", weight: [4]int{10, 1, 10, 1}, spread: 1_000_000},
		{why: "mostly equal deadlines", weight: [4]int{4, 4, 2, 2}, spread: 2},
		{why: "set again while they are due", weight: [4]int{4, 1, 1, 4}, spread: 20, again: true},
		{why: "numbers wrap around", weight: [4]int{4, 4, 2, 2}, spread: 3, seq: 1<<32 - 2000},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			m := &model{t: t, rng: rand.New(rand.NewSource(1)), spread: test.spread, again: test.again}
			m.timers.seq = test.seq
			for range 2000 {
				m.round(test.weight)
			}
		})
	}
}

type model struct {
	t      *testing.T
	rng    *rand.Rand
	spread int
	again  bool
	timers timers
	now    time.Duration
	fired  uint32     // the slot of the timer whose function was called last
	list   []modelled // those that count
	fresh  []modelled // deadline: the delay
	order  int
}

// round is an iteration of a loop.
func (m *model) round(weight [4]int) {
	m.t.Helper()
	for range m.rng.Intn(2 * weight[0]) {
		var slot uint32
		slot, _ = m.timers.take(func() { m.fired = slot })
		m.set(slot)
	}
	for range m.rng.Intn(2 * weight[1]) {
		if slot, ok := m.pick(); ok {
			m.set(slot)
		}
	}
	for range m.rng.Intn(2 * weight[2]) {
		if slot, ok := m.pick(); ok {
			m.drop(slot)
			m.timers.remove(slot)
		}
	}
	m.now += time.Duration(m.rng.Intn(2*weight[3]) * m.spread / 8)
	m.begin()
	if got, want := m.timers.live, len(m.list); got != want {
		m.t.Fatalf("%d timers, want %d", got, want)
	}
	if got, most := len(m.timers.heap), 2*m.timers.live+64; got > most {
		m.t.Fatalf("%d entries for %d timers, want at most %d", got, m.timers.live, most)
	}
	m.fire()
}

func (m *model) set(slot uint32) {
	deadline := m.now + time.Duration(m.rng.Intn(m.spread))
	if !m.timers.again(slot, deadline) {
		m.timers.add(slot, deadline)
	}
	// Until it is in the heap again, the setting before is in force for nobody.
	m.drop(slot)
	m.order++
	m.fresh = append(m.fresh, modelled{slot, deadline, m.order})
}

func (m *model) drop(slot uint32) {
	its := func(s modelled) bool { return s.slot == slot }
	m.list = slices.DeleteFunc(m.list, its)
	m.fresh = slices.DeleteFunc(m.fresh, its)
}

// setAll sets all timers again, but for a few.
func (m *model) setAll() {
	for _, s := range slices.Clone(m.list) {
		if m.rng.Intn(50) > 0 {
			m.set(s.slot)
		}
	}
}

// pick draws a timer that is set.
func (m *model) pick() (slot uint32, ok bool) {
	n := len(m.list) + len(m.fresh)
	if n == 0 {
		return 0, false
	}
	i := m.rng.Intn(n)
	if i < len(m.list) {
		return m.list[i].slot, true
	}
	return m.fresh[i-len(m.list)].slot, true
}

func (m *model) begin() {
	m.timers.begin()
	m.list = append(m.list, m.fresh...)
	m.fresh = nil
	slices.SortFunc(m.list, func(a, b modelled) int {
		return cmp.Or(cmp.Compare(a.deadline, b.deadline), cmp.Compare(a.order, b.order))
	})
}

// fire takes what is due.
func (m *model) fire() {
	m.t.Helper()
	for {
		want := never
		if len(m.list) > 0 {
			want = m.list[0].deadline
		}
		if m.again {
			// nothing settles the heap but takeDue
		} else if got := m.timers.min(); got != want {
			m.t.Fatalf("the first deadline is %v, want %v", got, want)
		}
		fn, at := m.timers.takeDue(m.now)
		if due := want <= m.now; (fn != nil) != due {
			m.t.Fatalf("at %v: a timer fires: %v, want %v", m.now, fn != nil, due)
		}
		if fn == nil {
			return
		}
		if fn(); at != want || m.fired != m.list[0].slot {
			m.t.Fatalf("timer %d with deadline %v fires, want %d with %v", m.fired, at, m.list[0].slot, want)
		}
		m.list = m.list[1:]
		if m.again && m.rng.Intn(3) == 0 {
			m.setAll()
		}
	}
}
