package server

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
	"reactortest/shim/order"
)

// durations are how long a run waits for what. All are virtual on a simulated kernel.
type durations struct {
	boot   time.Duration // until Ready
	settle time.Duration // until what is on its way has arrived
	quiet  time.Duration // in which nothing happens
	serve  time.Duration // until a new connection is served
	stop   time.Duration // until Stop has returned
	grace  time.Duration // until its threads have ended
}

var (
	simulatedTimes = durations{boot: time.Second, settle: ms(200), quiet: time.Second, serve: 3 * time.Second, stop: 20 * time.Second, grace: time.Second}
	realTimes      = durations{boot: 5 * time.Second, settle: ms(100), quiet: ms(100), serve: 5 * time.Second, stop: 10 * time.Second, grace: time.Second}
)

// session is one run. The lock of the case guards it; it is never held over a call of
// the engine, or over a simulated call.
type session struct {
	c       *core.Case
	load    *workload
	times   durations
	out     outer
	threads threads
	modules []order.Module // that were rewired
	bubble  *bubble.Bubble // nil for an engine that starts no goroutines of its own

	// what the engine's system calls show
	handles map[demux.Handle]string // open, and by which call
	demuxes []*watchedDemux         // open
	running []string                // threads of the engine that have not ended
	address netip.AddrPort          // that it listens on
	calls   int
	still   time.Duration     // when the last call was made
	unmoved int               // calls since then, in the same moment
	polled  time.Duration     // spent in calls that do not wait
	starved int               // how often descriptors have run short, as calls show it
	starves bool              // the last call that needed one has failed
	reads   map[uint16]*reads // by the port of the peer
	accepts map[int]bool      // handles that accept has returned
	closed  bool              // one of them was closed
	submits bool              // the engine has submitted operations, which may read
	states  []threadState     // by the number of the thread

	// what its callbacks show
	engine   Engine
	declared Declared
	readies  int
	served   bool // Serve has returned
	serveErr error
	stopping bool // Stop was called
	stopped  bool // Stop has returned
	conns    map[Conn]*conn
	order    []*conn
	timers   []*timer

	// the world
	peers   []*peer
	busy    int  // peers and actors that are not done
	sent    int  // bytes, by all peers
	inCalls int  // calls of the engine by other threads, that have not returned
	final   bool // the last connection is being made
	stamp   int  // of wakes
	datas   int  // calls of Data
}

// threadState is what a thread of the engine has done.
type threadState struct {
	waits int   // in calls that wait for events
	last  *conn // that it called back for
	turn  int   // waits before that
	row   int   // callbacks for last since then, one after the other, while another connection was ready
	bytes int   // that these have brought
}

// reads is what an engine has read from one peer.
type reads struct {
	fresh bool // nothing of another connection was left when it was accepted: none was closed before
	calls int  // with those that failed
	bytes int
}

// thread returns the state of a thread. The lock is held.
func (s *session) thread(number int) *threadState {
	i := number + 1
	for len(s.states) <= i {
		s.states = append(s.states, threadState{})
	}
	return &s.states[i]
}

// newSession returns the session of a run.
func newSession(c *core.Case) *session {
	s := &session{c: c, load: c.Workload.(*workload), handles: make(map[demux.Handle]string), reads: make(map[uint16]*reads), accepts: make(map[int]bool), conns: make(map[Conn]*conn)}
	s.out = outer{host: c.Host, kernel: c.Kernel}
	if c.Kernel != nil {
		s.threads, s.times = tasks{c.Kernel}, simulatedTimes
		if b := bubble.Current(); b != nil {
			s.joinBubble(b)
		}
	} else {
		s.threads, s.times = goroutines{c.Host}, realTimes
	}
	return s
}

// step carries out f as a step of the calling thread, with the lock held.
func (s *session) step(call string, f func()) {
	s.threads.Do(call, func() {
		s.c.Lock()
		defer s.c.Unlock()
		f()
	})
}

// locked calls f with the lock held: a step of a task of the world.
func (s *session) locked(f func()) {
	s.c.Lock()
	defer s.c.Unlock()
	f()
}

// holds reports whether f does, with the lock held.
func (s *session) holds(f func() bool) bool {
	s.c.Lock()
	defer s.c.Unlock()
	return f()
}

// await sleeps until f holds, or d has passed. It reports whether f holds.
func (s *session) await(d time.Duration, f func() bool) bool {
	end := s.c.Now() + d
	for pause := ms(1); !s.holds(f); pause = min(2*pause, ms(20)) {
		rest := end - s.c.Now()
		if rest <= 0 {
			return s.holds(f)
		}
		s.out.sleep(min(pause, rest))
	}
	return true
}

// took reports whether the kernel has invented a fault of a kind in this run.
func (s *session) took(p scheduler.Point) bool {
	if s.c.Kernel == nil {
		return false
	}
	for _, d := range s.c.Kernel.Recorder().Decisions() {
		if d.Point == p && d.Got != 0 {
			return true
		}
	}
	return false
}

// short reports whether there were no descriptors, or no memory, at some time: an engine
// may close connections because of it.
func (s *session) short() bool {
	return s.starved > 0 || len(s.load.shortages) > 0 || s.took(fakedemux.PointNoSpace) || s.took(fakedemux.PointNoFile)
}

// note adds a line of the world. The lock is held.
func (s *session) note(kind uint8, id, n int, format string, args ...any) int {
	return s.c.Note(entry{Kind: kind, ID: id, N: n, Text: s.c.Say(format, args...)})
}

// main makes the run: it is the main task.
func (s *session) main(subject NewEngine) {
	k := s.c.Kernel
	if k != nil {
		k.Outside(true)
		k.Faults(false)
		k.SetMachine(bootDescriptors, s.load.buffer)
	}
	if !s.boot(subject) {
		return
	}
	if k != nil && !s.load.floods() { // one of a thousand writes would be a reset, which ends the flood
		k.Faults(true)
	}
	s.startWorld()
	if s.load.stops {
		s.out.sleep(s.load.stop)
	} else {
		s.playOut()
	}
	if !s.holds(func() bool { return s.c.Broken() || s.endedEarly() }) {
		s.stop()
	}
	if k != nil {
		k.Outside(false)
	}
	s.c.RunCleanups()
	s.locked(s.exempt)
	s.c.End()
}

// bootDescriptors is how many descriptors the engine may have open when there is no
// shortage.
const bootDescriptors = 1024

// boot starts the engine, and reports whether it serves.
func (s *session) boot(subject NewEngine) bool {
	addr := "127.0.0.1:9000"
	if s.c.Kernel == nil {
		addr = s.freeAddress()
	}
	s.locked(func() {
		s.address, _ = netip.ParseAddrPort(addr)
		s.began(serveThread)
	})
	s.threads.Go(serveThread, func() {
		host := &watchedHost{session: s, inner: s.c.Host, tasks: make(map[string]int)}
		e := subject(s.c.TB, host)
		s.step("serve", func() {
			if s.engine = e; e != nil {
				s.declare()
			}
		})
		if e == nil {
			s.step("serve", func() { s.c.FailRun("the function that makes the engine returned nil") })
			return
		}
		err := e.Serve(addr, handler{s})
		s.step("serve returns", func() {
			s.forget(serveThread)
			s.serveReturned(err)
		})
	})
	s.await(s.times.boot, func() bool { return s.readies > 0 || s.served || s.c.Broken() })
	ready := s.holds(func() bool {
		if s.readies == 0 {
			s.c.FailRun("%v after Serve was called, Ready was not", s.times.boot)
		}
		return s.readies > 0 && !s.c.Broken()
	})
	s.out.sleep(ms(5))
	return ready
}

// serveThread is the name of the thread that calls Serve.
const serveThread = "serve"

// freeAddress returns an address that nobody listens on.
func (s *session) freeAddress() string {
	l, at, err := s.c.Host.Listen("127.0.0.1:0", 1)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = s.c.Host.Close(l)
	return at.String()
}

// declare reads what the engine says of itself. The lock is held.
func (s *session) declare() {
	d, has := s.engine.(Declarer)
	if !has {
		return
	}
	s.declared = d.Declare()
	say := func(is bool, field, text string) {
		if is {
			s.c.Declare("%s (%s)", text, sourceOf(s.declared, field))
		}
	}
	say(s.declared.Unbuffered, "Unbuffered", "Write sends at once or blocks, and keeps nothing")
	say(s.declared.EndsAtFIN, "EndsAtFIN", "a connection is closed when its peer ends its direction")
	say(s.declared.StopKeepsConns, "StopKeepsConns", "Stop leaves connections open")
	say(s.declared.HighWater > 0, "HighWater", fmt.Sprintf("a connection with more than %d bytes to be sent is not read", s.declared.HighWater))
	say(s.declared.Chunk > 1, "Chunk", fmt.Sprintf("Data may wait for %d bytes", s.declared.Chunk))
	say(len(s.declared.Outlives) > 0, "Outlives", fmt.Sprintf("%q outlive Stop", s.declared.Outlives))
}

func sourceOf(d Declared, field string) string {
	if text := d.Source[field]; text != "" {
		return text
	}
	return "it does not say where that is documented"
}

// serveReturned judges that Serve has returned. The lock is held.
func (s *session) serveReturned(err error) {
	s.served, s.serveErr = true, err
	at := s.note(entryEngine, 0, 0, "Serve returns %v", err)
	switch {
	case s.readies == 0:
		s.c.FailRun("Serve returned before it called Ready: %v", err)
	case !s.stopping:
		s.c.Broke(ruleErrorStaysLocal, at, "Serve returned by itself: %v", err)
	}
}

// endedEarly reports whether Serve has returned by itself. The lock is held.
func (s *session) endedEarly() bool { return s.served && !s.stopping }

// startWorld starts the peers, and the threads that use the engine from outside.
func (s *session) startWorld() {
	for i := range s.load.peers {
		for range s.load.peers[i].count {
			s.startPeer(&s.load.peers[i])
		}
	}
	s.startActors()
}

// playOut waits until everybody is done, and judges what is left when nothing happens
// any more.
func (s *session) playOut() {
	k := s.c.Kernel
	s.await(s.load.patience(), func() bool { return s.busy == 0 || s.c.Broken() || s.endedEarly() })
	if k != nil {
		k.Faults(false)
		k.SetMachine(bootDescriptors, s.load.buffer)
	}
	s.out.sleep(s.times.settle)
	if k == nil { // nobody knows how long anything takes
		s.await(s.times.serve, s.settled)
	}
	calls, polled := 0, time.Duration(0)
	s.locked(func() { calls, polled = s.calls, s.polled })
	s.out.sleep(s.times.quiet)
	s.locked(func() {
		if s.endedEarly() || s.c.Broken() {
			return
		}
		s.note(entryWorld, 0, 0, "%v have passed in which nothing happened", s.times.quiet)
		s.judgeIdle(s.calls-calls, s.polled-polled)
		if !s.underWay(s.calls - calls) {
			s.judgeAll()
		}
	})
	if !s.holds(func() bool { return s.endedEarly() || s.c.Broken() }) {
		s.lastConnection()
	}
}

// underWay reports whether the engine is about to act on what has just arrived: it has made a
// call in this very moment, and few in the second before. A network that may be late delivers
// when the time moves, as it does at the end of the second, so an engine that needs another
// step may come to it only now. The lock is held.
func (s *session) underWay(calls int) bool {
	return s.c.Kernel != nil && calls > 0 && calls <= idleCalls && s.still == s.c.Clock()
}

// judgeIdle judges the quiet second. The lock is held.
func (s *session) judgeIdle(calls int, polled time.Duration) {
	if s.c.Kernel == nil {
		return
	}
	s.c.Measure(figureIdle, int64(calls), 1)
	if !s.c.Holds(ruleIdleBlocks, calls <= idleCalls) {
		s.c.Fail(ruleIdleBlocks, s.c.Last(), "the engine made %d system calls in a second in which nothing happened%s", calls, s.readable())
	}
	if !s.c.Holds(ruleIdleBlocks, polled <= s.times.quiet/2) {
		s.c.Fail(ruleIdleBlocks, s.c.Last(), "the engine polled for %v of a second in which nothing happened", polled)
	}
}

// readable says which of the engine's handles are readable: one of each kind. The
// lock is held.
func (s *session) readable() string {
	var kinds, some []string
	for _, l := range s.openHandles() {
		ready := s.c.Kernel.Ready(handleOf(l.Handle))&demux.Readable != 0
		if !ready || l.Kind == epollKind || slices.Contains(kinds, l.Kind) {
			continue
		}
		kinds = append(kinds, l.Kind)
		some = append(some, fmt.Sprintf("%s %d", l.Kind, l.Handle))
	}
	if len(some) == 0 {
		return ""
	}
	return "; readable: " + strings.Join(some, ", ")
}

// epollKind is the kind of handles that are readable because others are.
const epollKind = "epoll"

// isComparable reports whether c can be looked up.
func isComparable(c Conn) bool { return c != nil && reflect.TypeOf(c).Comparable() }
