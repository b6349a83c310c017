package server

import (
	"time"

	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
)

// Limits of a workload that is read. What is drawn stays far below.
const (
	limitPeers  = 100      // with their copies: the first byte of a connection names its peer
	limitOps    = 32       // of one peer
	limitActors = 32       // of each kind
	limitBytes  = 64 << 20 // of one write, or of one answer
	limitDelay  = time.Minute
)

// end is how a peer ends.
type end uint8

const (
	endFin   end = iota // it ends its direction, reads to the end and closes
	endClose            // it closes
	endReset            // it resets the connection
	endStay             // it stays connected
	ends
)

var endNames = [ends]string{"fin", "close", "reset", "stay"}

// opKind is what a peer does.
type opKind uint8

const (
	opWrite opKind = iota
	opGap          // waits for a time
	opAwait        // waits until it has got a number of bytes, or a second has passed
	opAfter        // waits until all peers together have sent a number of bytes, or a second has passed
	opKinds
)

var opNames = [opKinds]string{"write", "gap", "await", "after"}

type peerOp struct {
	kind opKind
	size int
	wait time.Duration
}

// script is what one peer does, or several that do the same.
type script struct {
	count int
	at    time.Duration // when it connects
	ops   []peerOp
	slow  bool // it reads when everything was written and 20 ms have passed
	sips  int  // it reads so many bytes each millisecond, 0: all there are
	end   end
	after time.Duration // how long it waits before its end
}

// push is an Async of another thread.
type push struct {
	at   time.Duration
	size int
}

// timerPlan is a timer that another thread sets.
type timerPlan struct {
	delay  time.Duration
	cancel bool
	at     time.Duration // when it is stopped, since it was set
}

// shortage is a time in which there are few descriptors.
type shortage struct {
	at, length time.Duration
	left       int // descriptors that can be opened at its beginning
}

// workload is what a run does with the engine.
type workload struct {
	peers     []script
	reply     int // bytes for each Data; echo: as many as came
	greet     int // bytes at Open
	closeAt   int // Data returns true when so many bytes have come, 0: never
	async     bool
	closers   []time.Duration // when another thread closes a connection
	other     int             // in which call of Data another thread closes another connection, 0: none
	wakes     []time.Duration // when another thread wakes one
	pushes    []push
	timers    []timerPlan
	shortages []shortage
	buffer    int           // bytes that a stream holds in each direction; 0: the kernel's default
	stops     bool          // Stop comes early
	stop      time.Duration // when
}

const echo = -1

var _ core.Workload = (*workload)(nil)

// copies returns how many peers there are.
func (w *workload) copies() (n int) {
	for _, s := range w.peers {
		n += s.count
	}
	return n
}

// floodBytes is how many bytes a peer sends at least that floods.
const floodBytes = 1_000_000

// floods reports whether a peer does.
func (w *workload) floods() bool {
	for _, s := range w.peers {
		for _, o := range s.ops {
			if o.kind == opWrite && o.size >= floodBytes {
				return true
			}
		}
	}
	return false
}

// Cost says what a correct engine may need.
func (w *workload) Cost() core.Cost {
	c := core.Cost{Descriptors: 32 + 2*w.copies(), Time: time.Minute, Calls: 100}
	unit := 512 // bytes that a call moves at least, when buffers are small, writes short, or a handler takes little
	if w.buffer > 0 && w.buffer < 4*unit {
		unit = max(w.buffer/4, 1)
	}
	for _, s := range w.peers {
		bytes := w.greet
		for _, o := range s.ops {
			c.Time += o.wait
			if o.kind != opWrite {
				c.Time += awaitPatience
				continue
			}
			bytes += o.size
			if w.reply == echo {
				bytes += o.size
			} else {
				bytes += w.reply * (1 + o.size/unit)
			}
		}
		if s.sips > 0 {
			c.Time += time.Duration(bytes/s.sips) * time.Millisecond
		}
		c.Calls += s.count * (20 + 2*bytes/unit)
		c.Time += s.at + s.after
	}
	for _, p := range w.pushes {
		c.Calls += 10 + 2*p.size/unit
	}
	return c
}

// patience is how long peers may take.
func (w *workload) patience() time.Duration {
	return 10*time.Second + w.Cost().Time - time.Minute
}

// drawer draws a workload; every 0 is the plain choice.
type drawer struct{ *core.Drawer }

func (d drawer) of(numbers ...int) int { return numbers[d.Pick(len(numbers))] }

func (d drawer) ms(numbers ...int) time.Duration { return ms(d.of(numbers...)) }

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// plainWorkload is the workload that is drawn when every draw is 0: one peer writes
// 5 bytes, gets them back, and ends its direction.
func plainWorkload() *workload {
	return drawWorkload(core.NewDrawer(scheduler.NewRecorder(0)))
}

// drawWorkload draws a workload.
func drawWorkload(from *core.Drawer) *workload {
	d, w := drawer{from}, &workload{}
	kind := d.Pick(20)
	w.reply = d.of(echo, echo, 0, 1, 100)
	w.greet = d.of(0, 0, 0, 10, 100)
	w.closeAt = d.of(0, 0, 0, 0, 1, 50)
	w.async = d.Rarely()
	w.buffer = d.of(0, 0, 0, 0, 64, 1<<16)
	switch kind {
	case 19:
		d.flood(w)
	case 17, 18:
		d.slow(w)
	case 15, 16:
		d.short(w)
	case 14:
		d.storm(w)
	case 13:
		d.gone(w)
	default:
		for range 1 + d.Pick(3) {
			w.peers = append(w.peers, d.script(endFin, endFin, endClose, endReset, endStay))
		}
	}
	d.actors(w)
	return w
}

// script draws a peer with one of the ends.
func (d drawer) script(ends ...end) script {
	s := script{count: 1, at: d.ms(0, 0, 1, 2)}
	sent := 0
	for range d.of(1, 0, 2, 3) {
		if sent > 0 {
			switch d.Pick(5) {
			case 3:
				s.ops = append(s.ops, peerOp{kind: opGap, wait: ms(1)})
			case 4:
				s.ops = append(s.ops, peerOp{kind: opAwait, size: sent})
			}
		}
		size := d.of(5, 1, 10, 300, 500, 3000)
		sent += size
		s.ops = append(s.ops, peerOp{size: size})
	}
	s.end = ends[d.Pick(len(ends))]
	if s.end == endClose || s.end == endReset {
		s.after = d.ms(5, 0, 0, 1)
	}
	if d.Pick(8) == 7 {
		s.sips = d.of(1000, 100)
	}
	return s
}

// flood draws a peer that sends without end, beside one that wants an answer.
func (d drawer) flood(w *workload) {
	w.reply, w.greet, w.closeAt, w.async, w.buffer = d.of(1, 0), 0, 0, false, 1<<16
	flood := script{count: d.of(1, 2), at: ms(2), ops: []peerOp{{size: d.of(6_000_000, 7_000_000)}}}
	ping := script{count: 1, ops: []peerOp{{size: 1}, {kind: opAwait, size: 1}, {kind: opAfter, size: d.of(500_000, 200_000)}, {size: 1}}}
	if w.reply == 0 {
		ping.ops[1] = peerOp{kind: opGap, wait: ms(1)}
	}
	w.peers = append(w.peers, flood, ping)
}

// slow draws peers that read late, and answers that no buffer holds.
func (d drawer) slow(w *workload) {
	w.reply, w.greet, w.closeAt = d.of(echo, 3000, 30_000), d.of(0, 30_000, 60_000), d.of(0, 0, 1)
	if w.buffer > 0 {
		w.buffer = max(w.buffer, 1024) // or the run would have too many calls
	}
	for range 1 + d.Pick(3) {
		s := script{count: 1, at: d.ms(0, 1), ops: []peerOp{{size: d.of(1, 3000, 20_000)}}}
		if w.reply > 4096 {
			s.ops[0].size = min(s.ops[0].size, 2000)
		}
		if s.slow = d.Pick(2) == 0; !s.slow {
			s.sips = d.of(0, 1000, 4000)
		}
		s.end = [...]end{endFin, endFin, endFin, endStay, endClose}[d.Pick(5)]
		w.peers = append(w.peers, s)
	}
}

// short draws times in which there are no descriptors for more connections.
func (d drawer) short(w *workload) {
	w.shortages = append(w.shortages, shortage{at: d.ms(0, 1), length: d.ms(5, 20, 300), left: d.Pick(3)})
	again := shortage{at: w.shortages[0].at + w.shortages[0].length + d.ms(10, 20), length: d.ms(5, 20), left: d.Pick(2)}
	s := script{count: d.of(4, 2, 8), at: d.ms(1, 0), ops: []peerOp{{size: 5}}, end: [...]end{endFin, endStay}[d.Pick(2)]}
	w.peers = append(w.peers, s)
	if d.Pick(2) == 1 {
		w.shortages = append(w.shortages, again)
		s.at = again.at + ms(1)
		w.peers = append(w.peers, s)
	}
}

// storm draws many connections at once.
func (d drawer) storm(w *workload) {
	s := script{count: d.of(8, 20, 40), ops: []peerOp{{size: 5}}, end: [...]end{endFin, endClose, endStay}[d.Pick(3)]}
	w.peers = append(w.peers, s)
}

// gone draws peers that end their direction, close or reset at once, before or
// without a byte, and servers that say nothing.
func (d drawer) gone(w *workload) {
	w.reply, w.greet = d.of(0, 0, echo, 5), 0
	for range 2 + d.Pick(3) {
		s := script{count: 1 + d.Pick(3), at: d.ms(0, 1), end: [...]end{endClose, endFin, endReset}[d.Pick(3)]}
		if size := d.of(5, 0, 500, 5000); size > 0 {
			s.ops = append(s.ops, peerOp{size: size})
		}
		w.peers = append(w.peers, s)
	}
}

// actors draws what other threads do with the engine.
func (d drawer) actors(w *workload) {
	if d.Pick(6) == 5 {
		w.closers = append(w.closers, d.ms(2, 0, 1, 3))
	}
	if d.Pick(4) == 3 {
		for range 1 + d.Pick(3) {
			w.wakes = append(w.wakes, d.ms(1, 0, 2, 3))
		}
	}
	if d.Pick(4) == 3 {
		for range 1 + d.Pick(3) {
			w.pushes = append(w.pushes, push{at: d.ms(1, 0, 2, 3), size: d.of(5, 1, 300, 6000)})
		}
	}
	if d.Pick(4) == 3 {
		for range 1 + d.Pick(3) {
			t := timerPlan{delay: d.ms(1, 0, 2, 7, 400, 3000)}
			if t.cancel = d.Pick(3) == 2; t.cancel {
				t.at = d.ms(0, 1, 2, 8)
			}
			w.timers = append(w.timers, t)
		}
	}
	if d.Pick(8) == 7 {
		w.stops, w.stop = true, d.ms(1, 0, 2, 3, 5, 10)
	}
	if d.Pick(4) == 3 {
		w.other = d.of(1, 2, 3, 5, 8)
	}
}
