package watcher

import (
	"errors"
	"io"
	"syscall"

	"reactortest/demux"
)

// peer is the task at the far end of a connection.
func (d *driver) peer(l *link) {
	for _, op := range l.plan.ops {
		if l.plan.kind == connListen {
			d.visit(l, op)
		} else {
			d.peerOp(l, op)
		}
	}
	if l.plan.stays {
		return
	}
	d.peerNote(l, "closes")
	d.closeFar(l)
}

func (d *driver) peerNote(l *link, what string) {
	j := d.judge
	j.Lock()
	defer j.Unlock()
	j.NoteEntered(entry{Kind: entryPeer, ID: l.state.id, Text: what})
	j.peerOps++
}

// moved counts a call of a peer that has no line of its own.
func (j *judge) moved() {
	j.Lock()
	j.peerOps++
	j.Unlock()
}

func (d *driver) peerOp(l *link, op peerOp) {
	switch op.kind {
	case opWrite:
		d.peerNote(l, "writes")
		_, _ = d.host.Write(l.far, payload[:op.size])
	case opSleep:
		d.sleep(op.wait)
	case opShut:
		if l.plan.kind != connPipe {
			d.peerNote(l, "ends its direction")
			_ = d.host.CloseWrite(l.far)
		}
	case opRead:
		if l.plan.kind != connPipe {
			l.drain()
		}
	case opDrain:
		d.peerNote(l, "reads for a while")
		for range op.size {
			if l.plan.kind != connPipe {
				l.drain()
				d.judge.moved()
			}
			d.sleep(ms(1))
		}
	case opFlood:
		d.peerNote(l, "floods")
		for range op.size {
			_, err := d.host.Write(l.far, payload[:1])
			d.judge.moved()
			if err != nil {
				return
			}
		}
	case opKinds:
	}
}

// visit is what the peer of a listener does for one op: it connects, writes
// and closes.
func (d *driver) visit(l *link, op peerOp) {
	if op.kind == opSleep {
		d.sleep(op.wait)
	}
	d.peerNote(l, "connects")
	h, err := d.connectTo(l.addr)
	if err != nil {
		return
	}
	if op.size > 0 {
		_, _ = d.host.Write(h, payload[:op.size])
	}
	d.peerNote(l, "closes its connection")
	_ = d.host.Close(h)
}

// acceptAll is the handler of a listener: it accepts what is there and has the
// loop watch it.
func (d *driver) acceptAll(l *link) {
	for {
		h, err := d.host.Accept(l.near)
		if err != nil {
			return // also when there is no descriptor: the loop reports again
		}
		if d.judge.isClosed() {
			_ = d.host.Close(h)
			return
		}
		d.judge.do("accepts")
		d.watch(acceptedConn.offer(d.judge.Traits), h, demux.NoHandle)
	}
}

// drain has the peer read until nothing is there.
func (l *link) drain() {
	if l.sink == nil {
		l.sink = make([]byte, 512)
	}
	for far := l.far; ; {
		if _, err := l.driver.host.Read(far, l.sink); err != nil {
			return
		}
	}
}

func (d *driver) closeFar(l *link) {
	j := d.judge
	j.Lock()
	h := l.far
	l.far = demux.NoHandle
	j.Unlock()
	if h != demux.NoHandle {
		_ = d.host.Close(h)
	}
}

// poster is a task that posts.
func (d *driver) poster(n int) {
	p := d.load.posters[n]
	for i := range p.acts {
		if p.waits[i] > 0 {
			d.sleep(p.waits[i])
		}
		if d.post(n, p.acts[i], 0) != nil {
			return
		}
	}
}

// Numbers of posters that are none of the workload's.
const (
	loopItself = -1 // a function that the loop has called
	nobody     = -2 // whoever has closed the loop
)

// newPost books a call of Post. The lock is held.
func (d *driver) newPost(poster int, act action, links int) *postState {
	j := d.judge
	p := j.memory.posts.next()
	*p = postState{id: len(j.posts), driver: d, poster: poster, act: act, links: links, round: j.Rounds(), late: -1, run: p.run}
	if p.run == nil {
		p.run = p.call
	}
	b := j.poster(poster)
	p.place = b.posts
	b.posts++
	j.waiting++
	if in := j.inPosted; in != nil && poster == loopItself {
		p.link = in.link + 1
	}
	j.posts = append(j.posts, p)
	return p
}

// post posts one function; poster tells whose order it belongs to.
func (d *driver) post(poster int, act action, links int) error {
	j := d.judge
	j.Lock()
	p := d.newPost(poster, act, links)
	depth := 0
	if poster == loopItself {
		depth = j.depth
	}
	j.NoteEntered(entry{Kind: entryPost, ID: p.id})
	mustRefuse := j.refusesPosts()
	j.Unlock()
	err := d.doPost(p.run)
	j.Lock()
	p.accepted = err == nil
	refused := 0
	if err != nil {
		refused = 1
	}
	at := j.NoteEntered(entry{Kind: entryAccepted, ID: p.id, N: refused, On: depth})
	if mustRefuse {
		if !j.Holds(rulePostedAfterClose, err != nil) {
			j.Fail(rulePostedAfterClose, at, "p%d was posted after Close had returned, but Post returned no error", p.id)
		}
	}
	j.Unlock()
	if err != nil && !errors.Is(err, demux.ErrClosed) && !j.isClosed() {
		j.failRun("Post: %v", err)
	}
	return err
}

// call is the posted function.
func (p *postState) call() {
	d, j := p.driver, p.driver.judge
	again := j.runPosted(p)
	defer j.donePosted()
	if again {
		return // it would double everything that it does
	}
	d.act(p.act, nil)
	if p.links > 1 {
		_ = d.post(loopItself, action{}, p.links-1)
	}
	d.maybeStop(momentPosted)
}

// doPost calls Post.
func (d *driver) doPost(fn func()) error {
	j := d.judge
	j.Lock()
	d.posting++
	j.Unlock()
	err := d.reactor.Post(fn)
	j.Lock()
	d.posting--
	j.Unlock()
	return err
}

func (j *judge) isClosed() bool {
	j.Lock()
	closed := j.closed || j.over
	j.Unlock()
	return closed
}

// settle waits until everything that the workload does by itself is over.
func (d *driver) settle() {
	if d.judge.Kernel != nil {
		d.sleep(quiescence)
		return
	}
	for d.peers.Load() > 0 { // a handler may start one meanwhile
		d.sleep(ms(1))
	}
	longest := ms(2) // of the timers that actions set
	for _, t := range d.load.timers {
		if t.delay < realPatience {
			longest = max(longest, t.delay)
		}
	}
	d.sleep(longest + ms(3))
	d.awaitTimers()
}

// closer is the task that ends the run from outside: when everything has
// settled it posts once more, which no reactor may lose, and closes the loop.
func (d *driver) closer() {
	d.settle()
	j := d.judge
	if _, can := capable[SelfEnding](d.reactor); can && d.load.selfEnds {
		d.awaitEnd()
		j.Lock()
		left := j.workLeft()
		if j.running {
			if !j.Holds(ruleAliveWhileWork, left != "") {
				j.Fail(ruleAliveWhileWork, j.Last(), "nothing is left to do, but the loop has not ended")
			}
		}
		j.Unlock()
	}
	d.outlive()
	d.sentinel()
	if d.load.inner {
		_ = d.lastPost(func() { d.closeReactor(true) })
	}
	d.closeReactor(false)
}

// awaitEnd gives a loop time to end by itself if nothing is left: on a real host
// nobody knows how long anything takes, and on a simulated one a loop that polls may
// have called its last function at this very moment.
func (d *driver) awaitEnd() {
	j := d.judge
	patience := quiescence // by the clock: a sleep of 1 ms takes several where timers are coarse
	if j.Kernel != nil {
		patience = ms(closeTries)
	}
	for deadline := d.host.Now() + patience; d.host.Now() < deadline; {
		j.Lock()
		wait := j.running && j.workLeft() == ""
		j.Unlock()
		if !wait {
			return
		}
		d.sleep(ms(1))
	}
}

// sentinel posts a function after everything else and waits until it has run.
// What was accepted before it and has not run by then never runs.
func (d *driver) sentinel() {
	j := d.judge
	var before []*postState
	j.Lock()
	for _, p := range j.posts {
		if p.accepted && p.ran == 0 {
			before = append(before, p)
		}
	}
	j.Unlock()
	ran := d.lastPost(nil)
	j.Lock()
	defer j.Unlock()
	if j.closed || j.over {
		return
	}
	at := j.Last()
	if ran {
		j.checkLost(at)
	}
	if !j.Holds(ruleNoLostWakeup, ran) {
		j.Fail(ruleNoLostWakeup, at, "a posted function had not run 5 seconds after it was accepted")
	}
	for _, p := range before {
		if !j.Holds(rulePostedOnce, p.ran > 0) {
			j.Fail(rulePostedOnce, at, "posted function p%d was accepted and never ran", p.id)
		}
	}
}

// lastPost posts a function, which may do something, and reports whether it
// ran within five seconds.
func (d *driver) lastPost(then func()) bool {
	j := d.judge
	if j.isClosed() {
		return false
	}
	ran := false
	err := d.doPost(func() {
		j.Lock()
		ran = true
		j.enter(j.Note(entry{Kind: entryLoop, Text: j.Say("the last posted function runs")}))
		j.Unlock()
		defer j.done()
		if then != nil {
			then()
		}
	})
	if err != nil {
		return false
	}
	for range 5000 {
		d.sleep(ms(1))
		j.Lock()
		done := ran || j.over
		j.Unlock()
		if done {
			break
		}
	}
	j.Lock()
	defer j.Unlock()
	return ran
}

// readAll is what a handler does with what it is told.
func (d *driver) readAll(l *link) error {
	size := l.plan.readSize
	little := size > 0 && l.events <= smallReads
	if !little {
		size = len(d.buffer)
	}
	for {
		n, err := d.host.Read(l.near, d.buffer[:size])
		switch {
		case errors.Is(err, demux.ErrAgain):
			d.judge.owe(l.state, demux.Readable)
			return nil
		case errors.Is(err, syscall.EINTR): // in posix mode: once more
		case errors.Is(err, io.EOF):
			return io.EOF
		case err != nil:
			return err
		case little:
			d.judge.do("reads %d", n)
			return nil
		}
	}
}
