package demuxsuite

import (
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// poller is a demux over polls of AFD, as small as one can be. One task at a
// time may use it, Close included. Its bugs are those of backends.
type poller struct {
	sys     iocp.Syscalls
	port    demux.Handle
	afd     demux.Handle
	slots   []*polled // by Operation.Slot
	order   []*polled
	entries [8]iocp.Entry
	stale   []demux.Event // found by polls of registrations that have ended
	lost    int           // polls that were canceled and have not come back
	woken   bool
	closed  bool

	reportsGone bool // readiness from a poll that Deregister canceled is reported
	freesEarly  bool // Deregister gives the memory of a poll back that has not
	reusesSlot  bool // Deregister gives the place away that the packet will name
}

type polled struct {
	op      *iocp.Operation
	handle  demux.Handle
	token   demux.Token
	want    demux.Ready
	mode    demux.Mode
	silent  bool // oneshot, and reported
	pending bool
	gone    bool
}

func openPoller(sys iocp.Syscalls) *poller {
	p := &poller{sys: sys}
	for p.port = demux.NoHandle; p.port == demux.NoHandle; {
		p.port, _ = sys.CreatePort()
	}
	for p.afd = demux.NoHandle; p.afd == demux.NoHandle; {
		p.afd, _ = sys.OpenAFD()
	}
	sys.Associate(p.port, p.afd, 1)
	sys.SetModes(p.afd, iocp.SkipOnSuccess)
	return p
}

func (p *poller) Traits() demux.Traits {
	return demux.Traits{
		Name: "poller", Level: true, Oneshot: true, Merged: true, Unasked: demux.Failed, Resolution: time.Millisecond,
	}
}

func (p *poller) find(h demux.Handle) (int, *polled) {
	for i, r := range p.order {
		if r.handle == h {
			return i, r
		}
	}
	return -1, nil
}

func (p *poller) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	switch err := p.Traits().CheckRegistration(tok, want, mode); {
	case err != nil:
		return err
	case p.closed:
		return demux.ErrClosed
	}
	if _, r := p.find(h); r != nil {
		return demux.ErrExists
	}
	if _, e := p.sys.BaseSocket(h); e != 0 {
		return iocp.WSAEBADF.Err("WSAIoctl")
	}
	r := &polled{op: p.sys.Acquire(), handle: h, token: tok, want: want, mode: mode}
	p.place(r)
	p.order = append(p.order, r)
	return nil
}

// place gives r a slot.
func (p *poller) place(r *polled) {
	for i := range p.slots {
		if p.slots[i] == nil {
			p.slots[i], r.op.Slot = r, uint32(i)
			return
		}
	}
	r.op.Slot = uint32(len(p.slots))
	p.slots = append(p.slots, r)
}

func (p *poller) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if err := p.Traits().CheckRegistration(tok, want, mode); err != nil {
		return err
	}
	_, r := p.find(h)
	switch {
	case p.closed:
		return demux.ErrClosed
	case r == nil:
		return demux.ErrNotFound
	case r.pending:
		p.sys.CancelAFD(p.afd, r.op)
		for r.pending {
			p.take(iocp.Infinite)
		}
	}
	r.token, r.want, r.mode, r.silent = tok, want, mode, false
	return nil
}

func (p *poller) Deregister(h demux.Handle) error {
	i, r := p.find(h)
	switch {
	case p.closed:
		return demux.ErrClosed
	case r == nil:
		return demux.ErrNotFound
	}
	p.order = append(p.order[:i:i], p.order[i+1:]...)
	r.gone = true
	if !r.pending {
		p.drop(r)
		return nil
	}
	p.sys.CancelAFD(p.afd, r.op)
	p.lost++
	switch {
	case p.freesEarly:
		p.drop(r)
	case p.reusesSlot:
		p.slots[r.op.Slot] = nil
	}
	return nil
}

func (p *poller) drop(r *polled) {
	p.slots[r.op.Slot] = nil
	p.sys.Release(r.op)
}

// take dequeues packets.
func (p *poller) take(msec uint32) {
	n, _ := p.sys.GetQueued(p.port, p.entries[:], msec)
	for _, entry := range p.entries[:n] {
		if entry.Operation == nil {
			p.woken = true
			continue
		}
		r := p.slots[entry.Operation.Slot]
		if r == nil {
			p.lost--
			continue
		}
		r.pending = false
		if !r.gone {
			continue
		}
		p.lost--
		if op := r.op; p.reportsGone && op.Overlapped.Internal == 0 && op.Poll.NumberOfHandles > 0 {
			p.stale = append(p.stale, demux.Event{Token: r.token, Ready: demux.Readable})
		}
		p.drop(r)
	}
}

// ask polls for what r wants and returns what holds.
func (p *poller) ask(r *polled) demux.Ready {
	const always = iocp.PollAbort | iocp.PollConnectFail | iocp.PollLocalClose
	mask := uint32(always)
	if r.want&demux.Readable != 0 {
		mask |= iocp.PollReceive | iocp.PollAccept | iocp.PollDisconnect
	}
	if r.want&demux.Writable != 0 {
		mask |= iocp.PollSend
	}
	r.op.Poll = iocp.PollInfo{Timeout: iocp.NoPollTimeout, NumberOfHandles: 1, Handle: r.handle, Events: mask}
	e := p.sys.PollAFD(p.afd, r.op)
	for e == iocp.StatusInsufficientResource {
		e = p.sys.PollAFD(p.afd, r.op)
	}
	if e == iocp.StatusPending {
		r.pending = true
		return 0
	}
	var found demux.Ready
	events := r.op.Poll.Events
	if events&(iocp.PollReceive|iocp.PollAccept) != 0 {
		found |= demux.Readable
	}
	if events&iocp.PollSend != 0 {
		found |= demux.Writable
	}
	if events&iocp.PollDisconnect != 0 {
		found |= demux.Hangup | r.want
	}
	if events&always != 0 || e != 0 {
		found |= demux.Failed | r.want
	}
	return found
}

func (p *poller) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	if len(dst) == 0 {
		panic("poller: Wait with no room for events")
	}
	deadline := p.sys.Now() + timeout
	for first := true; ; first = false {
		if p.closed {
			return 0, demux.ErrClosed
		}
		p.take(0)
		n := copy(dst, p.stale)
		p.stale = p.stale[n:]
		for _, r := range append([]*polled(nil), p.order...) {
			if n == len(dst) {
				break
			}
			if r.pending || r.silent {
				continue
			}
			if found := p.ask(r); found != 0 {
				dst[n] = demux.Event{Token: r.token, Ready: found}
				n++
				r.silent = r.mode&demux.Oneshot != 0
				i, _ := p.find(r.handle)
				p.order = append(append(p.order[:i:i], p.order[i+1:]...), r)
			}
		}
		left := deadline - p.sys.Now()
		if n > 0 || p.woken || timeout == 0 || timeout > 0 && left <= 0 && !first {
			p.woken = false
			return n, nil
		}
		msec := iocp.Infinite
		if timeout > 0 && left < time.Hour {
			msec = uint32(max((left+time.Millisecond-1)/time.Millisecond, 0))
		}
		p.take(msec)
	}
}

func (p *poller) Wake() error {
	if p.closed {
		return demux.ErrClosed
	}
	p.sys.Post(p.port, 0, 0)
	return nil
}

func (p *poller) Close() error {
	if p.closed {
		return demux.ErrClosed
	}
	for len(p.order) > 0 {
		_ = p.Deregister(p.order[0].handle)
	}
	for p.lost > 0 {
		p.take(iocp.Infinite)
	}
	p.closed = true
	p.sys.CloseHandle(p.afd)
	p.sys.CloseHandle(p.port)
	return nil
}

// lender reads into buffers of its own, and gives what came to the caller.
type lender struct {
	demux.Completer
	spare    [][]byte
	borrowed map[*demux.Op]*demux.Op // by the inner one
	inner    map[*demux.Op]*demux.Op // by the caller's

	reusesEarly bool // a buffer is used again as soon as its read was canceled
}

func (l *lender) Submit(op *demux.Op, tok demux.Token) error {
	if op == nil || op.Kind != demux.OpRead || op.Buf == nil || l.inner[op] != nil {
		return l.Completer.Submit(op, tok)
	}
	var buf []byte
	if n := len(l.spare); n > 0 && cap(l.spare[n-1]) >= len(op.Buf) {
		buf, l.spare = l.spare[n-1][:len(op.Buf)], l.spare[:n-1]
	} else {
		buf = make([]byte, len(op.Buf))
	}
	in := &demux.Op{Kind: op.Kind, Handle: op.Handle, Buf: buf}
	if err := l.Completer.Submit(in, tok); err != nil {
		return err
	}
	l.borrowed[in], l.inner[op] = op, in
	return nil
}

func (l *lender) Cancel(op *demux.Op) error {
	in := l.inner[op]
	if in == nil {
		return l.Completer.Cancel(op)
	}
	err := l.Completer.Cancel(in)
	if l.reusesEarly {
		l.spare = append(l.spare, in.Buf)
	}
	return err
}

func (l *lender) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	n, err := l.Completer.Wait(dst, timeout)
	for i := range dst[:n] {
		in := dst[i].Op
		op := l.borrowed[in]
		if op == nil {
			continue
		}
		op.N, op.Err, op.New = copy(op.Buf, in.Buf[:in.N]), in.Err, in.New
		dst[i].Op = op
		delete(l.borrowed, in)
		delete(l.inner, op)
		l.spare = append(l.spare, in.Buf)
	}
	return n, err
}

// backendHost is a kernel whose Open is another.
type backendHost struct {
	*fakedemux.Kernel
	open func(k *fakedemux.Kernel) (demux.Demux, error)
}

func (h backendHost) Open() (demux.Demux, error) { return h.open(h.Kernel) }

// backendCases are stories that bring the bugs out.
var backendCases = []ruleCase{
	{"a-poll-that-was-canceled-too-late", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		c.register(d, a, 1, rd, demux.Level)
		c.silence(d, "nothing has arrived")
		c.write(b, marker)
		c.deregister(d, a)
		if got := c.listen(d); len(got) > 0 {
			c.failRule("W9", "after Deregister: reported %v", got)
		}
	}},
	{"another-registration-at-once", func(c *checker) {
		d := c.open()
		a, _ := c.pair()
		e, _ := c.pair()
		c.register(d, a, 1, rd, demux.Level)
		c.silence(d, "nothing has arrived")
		c.deregister(d, a)
		c.register(d, e, 2, rd, demux.Level)
		if got := c.listen(d); len(got) > 0 {
			c.failRule("W9", "after Deregister: reported %v", got)
		}
	}},
	{"another-read-at-once", func(c *checker) {
		o := c.completer()
		a, _ := c.pair()
		e, f := c.pair()
		r := o.read(a, 8)
		o.cancel(r)
		s := o.read(e, 8)
		c.write(f, "ab")
		o.await("one read was canceled, another one has data", r, s)
	}},
}

// plantedBackends are bugs of backends, with the rule that names each.
var plantedBackends = []struct {
	name, rule, says string
	completes        bool
	open             func(k *fakedemux.Kernel) (demux.Demux, error)
}{
	{"correct poller", "", "", false, func(k *fakedemux.Kernel) (demux.Demux, error) { return openPoller(k.IOCP()), nil }},
	{"correct lender", "", "", true, func(k *fakedemux.Kernel) (demux.Demux, error) { return openLender(k, false) }},
	{
		"readiness from a poll that Deregister canceled is reported under the old token", "W9", "reported map[1:r]", false,
		func(k *fakedemux.Kernel) (demux.Demux, error) {
			p := openPoller(k.IOCP())
			p.reportsGone = true
			return p, nil
		},
	},
	{
		"the memory of a poll is freed before its packet came", "O2", "its Operation was released before its packet was dequeued", false,
		func(k *fakedemux.Kernel) (demux.Demux, error) {
			p := openPoller(k.IOCP())
			p.freesEarly = true
			return p, nil
		},
	},
	{
		"the place of a poll is given away before its packet came", "O2", "its Operation was given to NtDeviceIoControlFile before its packet was dequeued", false,
		func(k *fakedemux.Kernel) (demux.Demux, error) {
			p := openPoller(k.IOCP())
			p.reusesSlot = true
			return p, nil
		},
	},
	{
		"a buffer is used again before its read has completed", "O2", "its buffer was written to before its packet was dequeued", true,
		func(k *fakedemux.Kernel) (demux.Demux, error) { return openLender(k, true) },
	},
}

func openLender(k *fakedemux.Kernel, reusesEarly bool) (demux.Demux, error) {
	d, err := k.Open()
	if err != nil {
		return nil, err
	}
	return &lender{
		Completer: d.(demux.Completer), reusesEarly: reusesEarly,
		borrowed: make(map[*demux.Op]*demux.Op), inner: make(map[*demux.Op]*demux.Op),
	}, nil
}

// TestPlantedBackendsAreFound judges backends of IOCP with bugs, and each without.
func TestPlantedBackendsAreFound(t *testing.T) {
	for _, b := range plantedBackends {
		t.Run(b.name, func(t *testing.T) {
			failures := judgeBackend(b.completes, b.open)
			if b.rule == "" {
				for _, f := range failures {
					t.Error(f)
				}
				return
			}
			for _, f := range failures {
				if f.rule == b.rule && strings.Contains(f.text, b.says) {
					return
				}
			}
			t.Errorf("no failure of %s says %q, they are %v", b.rule, b.says, failures)
		})
	}
}

// judgeBackend runs the cases that a small backend can pass, on a few tapes.
func judgeBackend(completes bool, open func(k *fakedemux.Kernel) (demux.Demux, error)) []violation {
	failures := judgeOnTapes(backendCases, 60, open)
	var cases []ruleCase
	for _, r := range readinessSuite {
		if r.rule == "W4" || r.rule == "W6" || r.rule == "W9" || r.rule == "W12" {
			cases = append(cases, r.cases...)
		}
	}
	if completes {
		for _, r := range completionSuite[:2] {
			cases = append(cases, r.cases...)
		}
	}
	return append(failures, judgeOnTapes(cases, 3, open)...)
}

func judgeOnTapes(cases []ruleCase, runs int, open func(k *fakedemux.Kernel) (demux.Demux, error)) []violation {
	var failures []violation
	for _, tc := range cases {
		s := scheduler.NewSearch(1)
		for run := range runs {
			k := fakedemux.New(&fakedemux.Options{Dialect: "iocp", Plan: &fakedemux.DefaultPlan})
			s.Begin(run)
			k.Reset(s)
			failures = append(failures, runCase(backendHost{k, open}, "W9", tc, defaultPatience).failures...)
		}
	}
	return failures
}
