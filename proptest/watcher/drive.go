package watcher

import (
	"errors"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler/bubble"
)

// driver carries out one workload with one subject.
type driver struct {
	judge   *judge
	host    demux.Host // not observed: peers and handlers are the workload's
	load    *workload
	reactor Reactor

	links    []*link
	clocks   []*clock
	buffer   []byte
	peers    atomic.Int32     // on a real host: threads of the workload that have not ended
	calls    [moments + 1]int // functions that the loop has called, by kind, and all
	replaced int              // connections that were opened in the place of others
	dups     int              // duplicates that are watched
	gap      []demux.Handle   // that keep numbers from being used
	posting  int              // calls of Post that have not returned; guarded by judge.mu
	tasks    map[string]int   // how many the subject has started under a name; guarded by judge.mu

	candidates []*link // of other
}

// link is a connection while it is in use.
type link struct {
	plan   *conn
	state  *watchState
	watch  Watch
	near   demux.Handle   // watched by the subject
	far    demux.Handle   // the peer's
	addr   netip.AddrPort // of a listener
	events int
	open   bool        // near is open
	output int         // bytes that the handler has to write
	silent bool        // a oneshot watch is not armed again by its handler
	paused bool        // it wants nothing for a while
	before demux.Ready // what it wanted

	driver *driver
	sink   []byte            // what the peer reads into
	own    conn              // the plan, if it is the link's own
	fire   func(demux.Event) // its handler
	run    func()            // its peer
}

var payload [4096]byte

// newDriver returns the driver of a run. On the simulated kernel it is the one of the
// last run, whose memory is used again.
func (r *runner) newDriver(c *core.Case) *driver {
	d := r.driver
	if d == nil || c.Kernel == nil {
		d = &driver{buffer: make([]byte, 4096), tasks: make(map[string]int)}
		r.driver = d
	}
	clear(d.tasks)
	*d = driver{
		judge: &r.judge, host: c.Host, load: c.Workload.(*workload), buffer: d.buffer, tasks: d.tasks,
		links: d.links[:0], clocks: d.clocks[:0], gap: d.gap[:0], candidates: d.candidates[:0],
	}
	return d
}

// main is the loop's own task: it makes the subject, sets it up, runs it and
// looks at what is left.
func (d *driver) main(tb testing.TB, newReactor NewReactor) {
	j := d.judge
	d.faults(false)
	d.reactor = newReactor(tb, &observedHost{host: d.host, judge: j, tasks: d.tasks})
	if d.reactor == nil {
		j.failRun("the factory returned no reactor")
		return
	}
	if b := bubble.Current(); (b != nil || j.Kernel == nil) && len(j.demuxes) == 0 {
		j.withoutWaits(b)
	}
	for i := range d.load.conns {
		if i == 1 || i == len(d.load.conns)-1 {
			d.openGap() // numbers are far apart
		}
		d.connect(d.load.conns[i].offer(j.Traits))
	}
	d.watchMany()
	j.declare(d.reactor)
	d.setTimers()
	d.faults(true)
	for _, w := range d.load.wakes {
		d.start("waker", func() { d.wake(w) })
	}
	for i := range d.load.posters {
		d.start(posterNames.of(i), func() { d.poster(i) })
	}
	d.startBurst()
	d.startStops()
	closed := d.startCloser()
	d.stopBeforeRun()
	d.run()
	if d.judge.Abandoned() {
		return
	}
	d.faults(false)
	if d.judge.Kernel == nil {
		<-closed
	}
	d.finish()
}

// startCloser starts the task that ends the run from outside. Only a real
// host's caller may wait for the channel.
func (d *driver) startCloser() <-chan struct{} {
	if d.judge.Kernel != nil {
		d.host.Go("closer", d.closer)
		return nil
	}
	closed := make(chan struct{})
	d.host.Go("closer", func() {
		defer close(closed)
		d.closer()
	})
	return closed
}

func (d *driver) faults(on bool) {
	if k := d.judge.Kernel; k != nil {
		k.Faults(on)
	}
}

func (d *driver) start(name string, f func()) {
	if d.judge.Kernel != nil { // virtual time tells when everything has settled
		d.host.Go(name, f)
		return
	}
	d.peers.Add(1)
	d.host.Go(name, func() {
		defer d.peers.Add(-1)
		f()
	})
}

// run runs the loop until it ends.
func (d *driver) run() {
	j := d.judge
	j.Lock()
	j.running = true
	j.timers.began = j.Clock()
	j.Unlock()
	var err error
	self, byItself := capable[SelfEnding](d.reactor)
	byItself = byItself && d.load.selfEnds
	if byItself {
		err = d.call(self.RunWhileAlive)
	} else {
		err = d.call(d.reactor.Run)
	}
	j.checkRun(err)
	j.ended(byItself)
}

// ended judges that the loop was right to end.
func (j *judge) ended(byItself bool) {
	j.Lock()
	defer j.Unlock()
	at := j.NoteEntered(entry{Kind: entryLoop, Text: j.Say("Run returned")})
	j.running = false
	j.measure()
	left := j.workLeft()
	if !j.Holds(ruleAliveWhileWork, j.closed || byItself && left == "") {
		j.Fail(ruleAliveWhileWork, at, "Run returned without a Close while there is %s", left)
	}
	j.over = true
}

// workLeft names something that keeps a loop alive, "" if there is nothing.
func (j *judge) workLeft() string {
	for _, w := range j.watches {
		if w.live {
			return "the watch " + name(w.id).String()
		}
		if w.closed < w.closing {
			return "the close function of " + name(w.id).String()
		}
	}
	for _, t := range j.timers.all {
		if t.pending() {
			return "a timer that is set"
		}
	}
	for _, p := range j.posts {
		if p.accepted && p.ran == 0 {
			return "a posted function"
		}
	}
	return ""
}

// connect makes a connection, has the subject watch one end and starts the
// peer of the other.
func (d *driver) connect(plan conn) {
	near, far, addr, err := d.open(plan.kind)
	if err != nil {
		return
	}
	l := d.watch(plan, near, far)
	l.addr = addr
	d.start(peerNames.of(l.state.id), l.run)
}

// newLink returns a link with the functions that it had in an earlier run. The lock is
// held.
func (d *driver) newLink() *link {
	l := d.judge.memory.links.next()
	*l = link{driver: d, fire: l.fire, run: l.run, sink: l.sink}
	if l.fire == nil {
		l.fire = func(ev demux.Event) { l.driver.handle(l, ev) }
		l.run = func() { l.driver.peer(l) }
	}
	return l
}

// watch has the subject watch near; the peer, if there is one, has far.
func (d *driver) watch(plan conn, near, far demux.Handle) *link {
	j := d.judge
	j.Lock()
	w := j.addWatch(near)
	w.stream = plan.kind != connListen
	w.arm(j, plan.want, plan.mode)
	j.handles.reopened(near)
	j.handles.reopened(far)
	j.handles.note(near).owner = w
	l := d.newLink()
	j.Unlock()
	l.own = plan
	l.plan, l.state, l.near, l.far, l.open, l.output, l.silent = &l.own, w, near, far, true, plan.output, plan.noRearm
	d.links = append(d.links, l)
	if err := d.askWatch(l); err != nil {
		d.lose(l, err)
	}
	return l
}

// askWatch asks the subject for the watch of l, in the mode of its plan. A loop
// need not offer every mode: it refuses one with errors.ErrUnsupported, and is
// asked for another.
func (d *driver) askWatch(l *link) (err error) {
	j, plan, planned := d.judge, l.plan, l.plan.mode
	for i, mode := range [...]demux.Mode{planned, demux.Level, demux.Oneshot, demux.Edge, demux.Edge | demux.Oneshot} {
		if i > 0 && (mode == planned || mode&demux.Edge != 0 && plan.kind == connListen) {
			continue // refused, or: nothing is promised after EMFILE
		}
		if i > 0 {
			plan.mode, plan.readSize, l.silent = mode, 0, false
			j.Lock()
			j.setMode(l.state, mode)
			j.Unlock()
		}
		j.do("watch %s: %s, handle %d, %s %s", name(l.state.id), plan.kind, l.near, plan.want, mode)
		l.watch, err = d.reactor.Watch(l.near, plan.want, mode, l.fire)
		j.Lock()
		j.offers(plan.kind, mode, err)
		if _, can := capable[CloseFuncer](l.watch); err == nil && !can {
			j.Exempt(ruleCloseOnce, "the subject's watches have no CloseFunc")
		}
		j.Unlock()
		if !errors.Is(err, errors.ErrUnsupported) {
			break
		}
	}
	return err
}

// lose is what happens when the subject refuses a watch: the system may have
// no room for it, and the handle is closed.
func (d *driver) lose(l *link, err error) {
	j := d.judge
	j.do("watch %s failed: %v", name(l.state.id), err)
	if errors.Is(err, demux.ErrExists) {
		j.blameLeak(l.near)
	}
	noMode := errors.Is(err, errors.ErrUnsupported)
	if noMode && l.plan.kind != connListen { // of a listener no edge was asked for
		j.withoutWatches()
	}
	if !excused(err) && !errors.Is(err, demux.ErrClosed) && !noMode {
		j.failRun("Watch: %v", err)
	}
	j.Lock()
	j.endWatch(l.state)
	j.Unlock()
	l.watch = nil
	d.closeNear(l)
}

// excused reports whether err is one that faults make.
func excused(err error) bool {
	for _, e := range excuses {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// open makes the two ends of a connection; near is the one to watch. A
// listener has an address instead of a far end.
func (d *driver) open(kind connKind) (near, far demux.Handle, addr netip.AddrPort, err error) {
	switch kind {
	case connPipe:
		near, far, err = d.host.Pipe()
		if errors.Is(err, errors.ErrUnsupported) { // as on Windows
			near, far, err = d.host.Pair()
		}
	case connTCP:
		near, far, err = d.openTCP()
	case connListen:
		far = demux.NoHandle
		near, addr, err = d.host.Listen("127.0.0.1:0", 4)
	case connPair, connKinds:
		near, far, err = d.host.Pair()
	}
	return near, far, addr, err
}

func (d *driver) openTCP() (near, far demux.Handle, err error) {
	l, addr, err := d.host.Listen("127.0.0.1:0", 4)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = d.host.Close(l) }()
	near, err = d.connectTo(addr)
	if err != nil {
		return 0, 0, err
	}
	for {
		far, err = d.host.Accept(l)
		if !errors.Is(err, demux.ErrAgain) {
			return near, far, err
		}
		d.sleep(ms(1))
	}
}

// connectTo connects to addr and waits until the connection stands.
func (d *driver) connectTo(addr netip.AddrPort) (demux.Handle, error) {
	h, err := d.host.Connect(addr)
	if err != nil {
		return 0, err
	}
	for range connectTries {
		err = d.host.ConnectResult(h)
		if err == nil {
			return h, nil
		}
		if !errors.Is(err, demux.ErrAgain) {
			break
		}
		d.sleep(ms(1))
	}
	_ = d.host.Close(h)
	return 0, err
}

// sleep waits for time to pass: on a real host in a demux of its own.
func (d *driver) sleep(dur time.Duration) {
	if k := d.judge.Kernel; k != nil {
		k.Sleep(dur)
		return
	}
	dm, err := d.host.Open()
	if err != nil {
		return
	}
	defer func() { _ = dm.Close() }()
	var one [1]demux.Event
	_, _ = dm.Wait(one[:], dur)
}

// releasing reports whether another task may yet release what is the subject's: its
// call of Close or of Post has not returned. A loop may count the users of what it
// wakes itself with, and the last one closes it.
func (d *driver) releasing() bool {
	j := d.judge
	j.Lock()
	defer j.Unlock()
	return j.closing > 0 || d.posting > 0
}

// finish judges what is left when Run has returned, and closes what is the
// workload's.
func (d *driver) finish() {
	j := d.judge
	d.closeReactor(false)
	for i := 0; i < closeTries && d.releasing(); i++ {
		d.sleep(ms(1))
	}
	for _, l := range d.links {
		if l.open {
			l.open = false
			_ = d.host.Close(l.near)
		}
		d.closeFar(l)
	}
	for _, h := range d.gap {
		_ = d.host.Close(h)
	}
	if j.owesCloseFunc() {
		d.sleep(ms(1)) // if it is called now, that is what is wrong
	}
	j.Lock()
	defer j.Unlock()
	at := j.Last()
	j.checkEnd(at)
	for _, l := range j.handles.leaked {
		j.Broke(ruleNoLeakedRegistration, l.at, "the watch of handle %d was closed, and its registration is still there", l.reg.handle)
	}
	for _, o := range j.demuxes {
		if !j.Holds(ruleNoLeakedHandle, !o.open) {
			j.Fail(ruleNoLeakedHandle, at, "the loop is closed, but the demultiplexer that it opened is still open")
		}
	}
	for _, h := range j.handles.order {
		call := j.handles.of(h).opened
		if !j.Holds(ruleNoLeakedHandle, call == "") {
			j.Fail(ruleNoLeakedHandle, at, "the loop is closed, but handle %d, which it got from %s, is still open", h, call)
		}
	}
	j.checkOperations(at)
}
