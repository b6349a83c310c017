package fidelity

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"reactortest/demux/epoll"
)

// maxEvents is the largest batch.
const maxEvents = 64

// kind is what a descriptor is.
type kind uint8

const (
	gone kind = iota // closed, or never made
	unixStream
	unixFresh
	unixListener
	unixDatagram
	pipeReader
	pipeWriter
	eventfd
	timerfd
	epollfd
	file
	tcpFresh
	tcpListener
	tcpStream
	udpSocket
	folder
	kindCount
)

var kindNames = [kindCount]string{
	"closed", "unix stream", "unix socket, not connected", "unix listener", "unix datagram",
	"pipe, read end", "pipe, write end", "eventfd", "timerfd", "epoll", "file",
	"TCP socket, not connected", "TCP listener", "TCP stream", "UDP", "directory",
}

func (k kind) String() string { return kindNames[k] }

// kinds is a set of them.
type kinds uint32

func of(all ...kind) kinds {
	var s kinds
	for _, k := range all {
		s |= 1 << k
	}
	return s
}

func (s kinds) has(k kind) bool { return s&(1<<k) != 0 }

// Sets that calls draw from.
var (
	sockets   = of(unixStream, unixFresh, unixListener, unixDatagram, tcpFresh, tcpListener, tcpStream, udpSocket)
	watched   = sockets | of(pipeReader, pipeWriter, eventfd, timerfd)
	listens   = of(unixListener, tcpListener)
	everyKind = watched | of(epollfd, file, folder)
	fresh     = of(unixFresh, tcpFresh)
	writes    = of(unixStream, unixDatagram, pipeWriter, tcpStream, udpSocket)
	reads     = of(unixStream, unixDatagram, pipeReader, tcpStream, udpSocket, timerfd, eventfd)
)

// descriptor is what is known of one.
type descriptor struct {
	kind  kind
	same  int // of dups: a number that they share
	bound bool
	// conditions are what held after the last call.
	conditions uint32
}

// registration is what an epoll_ctl asked for.
type registration struct {
	kind kind
	mode uint32 // ET, ONESHOT and EXCLUSIVE
}

// inProgress is EINPROGRESS: a connect has begun.
const inProgress = 115

// modes are the bits that are no conditions.
const modes = epoll.EPOLLET | epoll.EPOLLONESHOT | epollExclusive

// bench has the two kernels, and makes each call on both.
type bench struct {
	simulated *simulated
	running   machine
	patience  time.Duration // for what comes over the network of the running kernel

	settled     bool // the sequence has a network: compare sets, after both have settled
	copied      bool // a sendfile has been made
	descriptors []descriptor
	lastSame    int
	registered  map[uint64]registration // by data
	watch       []Ref                   // descriptors that are looked at after each call
	want, got   []uint32
}

// Disagreement is a difference of the two kernels.
type Disagreement struct {
	What               string // of the last call
	Simulated, Running string
}

// newBench returns a bench for two kernels. Without a running one, nil, nothing
// is compared.
func newBench(simulated *simulated, running machine) *bench {
	return &bench{simulated: simulated, running: running, patience: patience, registered: map[uint64]registration{}}
}

// begin starts a sequence.
func (b *bench) begin(sequence int, settled bool) {
	b.simulated.begin(sequence)
	if b.running != nil {
		b.running.begin(sequence)
	}
	b.settled, b.copied, b.descriptors, b.lastSame = settled, false, b.descriptors[:0], 0
	clear(b.registered)
}

func (b *bench) end() {
	if b.running != nil {
		b.running.end()
	}
}

// kindOf returns what r names.
func (b *bench) kindOf(r Ref) kind {
	if d := b.named(r); d != nil {
		return d.kind
	}
	return gone
}

// named returns what r names: what has its number, nil if nothing has.
func (b *bench) named(r Ref) *descriptor {
	if r < 0 || int(r) >= len(b.descriptors) {
		return nil
	}
	if d := &b.descriptors[r]; d.kind != gone {
		return d
	}
	number := b.simulated.number(r)
	for i := range b.descriptors {
		if d := &b.descriptors[i]; d.kind != gone && b.simulated.number(Ref(i)) == number {
			return d
		}
	}
	return nil
}

// step makes the call on both kernels and compares what can be seen. The outcome
// is the simulation's.
func (b *bench) step(c *Call) (Outcome, *Disagreement) {
	want := b.simulated.do(c)
	got := want
	if b.running != nil {
		got = b.running.do(c)
	}
	if c.Op == opAdd || c.Op == opMod {
		b.registered[c.Data] = registration{kind: b.kindOf(c.Other), mode: c.Bits & modes}
	}
	if c.Op == opWait && b.settled && b.running != nil && want.Errno == 0 && got.Errno == 0 {
		b.compareSets(c, &want, &got)
	}
	if !want.equal(&got) {
		return want, &Disagreement{What: "outcome", Simulated: want.String(), Running: got.String()}
	}
	b.track(c, &want)
	if k := b.kindOf(c.FD); (c.Op == opRead || c.Op == opReadv) && len(want.Data) == 8 && (k == eventfd || k == timerfd) {
		want.Data = lowestFirst(want.Data)
	}
	return want, b.settle()
}

// lowestFirst returns the bytes of a number in the order that scripts show on
// every machine.
func lowestFirst(native string) string {
	n := binary.NativeEndian.Uint64([]byte(native))
	return string(binary.LittleEndian.AppendUint64(nil, n))
}

// compareSets lets the running kernel's network take its time: until what the
// simulation reports has been reported there too. The order of a batch is not
// compared, and an edge may be reported once more than in the simulation.
func (b *bench) compareSets(c *Call, want, got *Outcome) {
	seen := map[uint64]uint32{}
	for deadline := b.running.now() + b.patience; !covers(seen, got, want) && b.running.now() < deadline; {
		*got = b.running.do(c)
	}
	asked := map[uint64]uint32{}
	for _, ev := range want.Events {
		asked[ev.Data] = ev.Events
	}
	merged := Outcome{}
	for data, mask := range seen { // sorted below
		if b.registered[data].mode&epoll.EPOLLET != 0 && mask&asked[data] == asked[data] {
			mask = asked[data]
		}
		if mask != 0 {
			merged.Events = append(merged.Events, epoll.Event{Events: mask, Data: data})
		}
	}
	merged.N = len(merged.Events)
	byData := func(x, y epoll.Event) int { return cmp.Compare(x.Data, y.Data) }
	slices.SortFunc(merged.Events, byData)
	slices.SortFunc(want.Events, byData)
	*got = merged
}

// covers adds the events of got to those seen, and reports whether they are all
// that want has.
func covers(seen map[uint64]uint32, got, want *Outcome) bool {
	for _, ev := range got.Events {
		seen[ev.Data] |= ev.Events
	}
	for _, ev := range want.Events {
		if ev.Events&^seen[ev.Data] != 0 {
			return false
		}
	}
	return true
}

// track keeps what the descriptors are.
func (b *bench) track(c *Call, o *Outcome) {
	for len(b.descriptors) < int(c.Made)+ops[c.Op].makes {
		b.descriptors = append(b.descriptors, descriptor{}) // also of calls that were taken out
	}
	if o.Errno != 0 && (c.Op != opConnect || o.Errno != inProgress) {
		return
	}
	for i := range ops[c.Op].makes {
		d := &b.descriptors[int(c.Made)+i]
		b.lastSame++
		*d = descriptor{kind: b.makes(c, i), same: b.lastSame}
		switch c.Op { //nolint:exhaustive // the others make something new
		case opDup, opDupFrom:
			*d = *b.named(c.FD)
		case opDup2, opDup3:
			was := *b.named(c.FD)
			b.closed(o.N)
			*d = was
		}
	}
	if c.Op == opClose {
		b.closed(b.simulated.number(c.FD))
		return
	}
	b.change(c)
}

// makes is the kind of the i-th descriptor that c has made.
func (b *bench) makes(c *Call, i int) kind {
	switch c.Op { //nolint:exhaustive // the others make none
	case opEpollCreate:
		return epollfd
	case opSocketpair:
		return [...]kind{typeStream: unixStream, typeDatagram: unixDatagram, typePacket: unixStream}[c.N]
	case opPipe:
		return [...]kind{pipeReader, pipeWriter}[i]
	case opEventfd:
		return eventfd
	case opMemfd, opOpen:
		return file
	case opTimerfd:
		return timerfd
	case opDirectory:
		return folder
	case opAccept, opAcceptFrom:
		if b.kindOf(c.FD) == unixListener {
			return unixStream
		}
		return tcpStream
	case opSocket:
		switch {
		case c.Flags == familyUnix:
			return unixFresh
		case c.N == typeDatagram:
			return udpSocket
		default:
			return tcpFresh
		}
	default:
		return gone
	}
}

// change follows a socket that becomes another kind.
func (b *bench) change(c *Call) {
	switch c.Op { //nolint:exhaustive // the others change nothing
	case opSendfile:
		b.copied = true
	case opBind, opBindAs:
		b.each(c.FD, func(d *descriptor) { d.bound = true })
	case opListen:
		b.each(c.FD, func(d *descriptor) {
			switch d.kind { //nolint:exhaustive // only these
			case unixFresh:
				d.kind = unixListener
			case tcpFresh:
				d.kind, d.bound = tcpListener, true
			}
		})
	case opShutdown:
		if b.kindOf(c.FD) == tcpListener && c.N != 1 {
			b.each(c.FD, func(d *descriptor) { d.kind, d.bound = tcpFresh, false })
		}
	case opConnect:
		b.each(c.FD, func(d *descriptor) {
			switch d.kind { //nolint:exhaustive // only these
			case unixFresh:
				d.kind = unixStream
			case tcpFresh:
				d.kind, d.bound = tcpStream, true
			}
		})
	}
}

// each calls f for every descriptor of the description that r names.
func (b *bench) each(r Ref, f func(*descriptor)) {
	named := b.named(r)
	if named == nil {
		return
	}
	same := named.same
	for i := range b.descriptors {
		if d := &b.descriptors[i]; d.kind != gone && d.same == same {
			f(d)
		}
	}
}

// closed says that a number names nothing any more.
func (b *bench) closed(number int) {
	for i := range b.descriptors {
		if b.descriptors[i].kind != gone && b.simulated.number(Ref(i)) == number {
			b.descriptors[i].kind = gone
		}
	}
}

// settle compares the conditions of every descriptor but those of epoll: to look
// at them is a call of its own, because it changes the list of what is ready.
// What comes over a network may take its time on the running kernel, and has
// arrived when two looks find the same.
func (b *bench) settle() *Disagreement {
	b.watch = b.watch[:0]
	for i, d := range b.descriptors {
		if d.kind != gone && d.kind != epollfd {
			b.watch = append(b.watch, Ref(i))
		}
	}
	for len(b.want) < len(b.watch) {
		b.want, b.got = append(b.want, 0), append(b.got, 0)
	}
	b.simulated.conditions(b.watch, b.want)
	for i, r := range b.watch {
		b.descriptors[r].conditions = b.want[i]
	}
	need := 1
	if b.settled {
		need = 2
	}
	if b.running == nil {
		return nil
	}
	deadline := time.Duration(-1)
	for agreed := 0; ; {
		b.running.conditions(b.watch, b.got)
		differs := b.differs()
		if differs == nil {
			if agreed++; agreed == need {
				return nil
			}
			continue
		}
		agreed = 0
		if !b.settled {
			return differs
		}
		if now := b.running.now(); deadline < 0 {
			deadline = now + b.patience
		} else if now > deadline {
			return differs
		}
	}
}

func (b *bench) differs() *Disagreement {
	for i, r := range b.watch {
		if b.want[i] != b.got[i] {
			return &Disagreement{
				What:      fmt.Sprintf("conditions of %v (%v) afterwards", r, b.kindOf(r)),
				Simulated: bits(b.want[i]), Running: bits(b.got[i]),
			}
		}
		if b.kindOf(r) != tcpStream {
			continue
		}
		if want, got := b.simulated.unread(r), b.running.unread(r); want != got {
			return &Disagreement{
				What:      fmt.Sprintf("unread bytes of %v afterwards", r),
				Simulated: fmt.Sprint(want), Running: fmt.Sprint(got),
			}
		}
	}
	return nil
}

// String describes what differs.
func (d *Disagreement) String() string {
	return fmt.Sprintf("%s: simulated %s, running kernel %s", d.What, d.Simulated, d.Running)
}
