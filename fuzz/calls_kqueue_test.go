package fuzz_test

import (
	"math"
	"slices"
	"testing"

	"reactortest/demux"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// bsd makes the calls of one BSD that bytes say.
type bsd struct {
	input
	kqueue.Syscalls
	t    *testing.T
	k    *fakedemux.Kernel
	p    *kqueue.Profile
	made map[registered]bool // knotes that were ever asked for
	pid  int
}

// registered is who an event may be about.
type registered struct {
	ident  uint64
	filter int32
}

// The calls, as bytes say them.
const (
	bsdKqueue = iota
	bsdKevent
	bsdPipe
	bsdRead
	bsdWrite
	bsdClose
	bsdNow
	bsdPair
	bsdConnect
	bsdFile
	bsdDup
	bsdShutdown
	bsdAccept
	bsdRaise
	bsdProcess
	bsdUnlink
	bsdCount
)

// bsdNames are those of the Syscalls, and of what else makes something happen.
var bsdNames = [bsdCount]string{
	"Kqueue", "Kevent", "Pipe", "Read", "Write", "Close", "Now", "pair", "connect", "file", "dup", "shutdown", "accept", "raise", "process", "unlink",
}

// bsdCorpus reaches every call.
func bsdCorpus() [][]byte {
	add := func(kq, ident, filter, flags byte) []byte { // one change, room for 4 events, no time
		return []byte{bsdKevent, kq, 1, 4, 1, 0, 0, ident, filter, flags, 0, 0, 0}
	}
	return [][]byte{
		slices.Concat([]byte{1, bsdKqueue, bsdPipe, 1}, add(0, 1, 0, 1), []byte{bsdWrite, 2, 3}, add(0, 1, 0, 0x21), []byte{bsdRead, 1, 3, bsdClose, 1}, add(0, 1, 0, 1)),
		slices.Concat([]byte{2, bsdKqueue, bsdKqueue}, add(0, 1, 0, 1), add(1, 0, 0, 1), add(1, 7, 5, 1), add(1, 7, 6, 1), []byte{bsdClose, 0, bsdClose, 1}),
		slices.Concat([]byte{3, bsdKqueue, bsdConnect}, add(0, 1, 0, 1), []byte{bsdAccept, 1}, add(0, 2, 1, 0x81), []byte{bsdShutdown, 2, bsdWrite, 3, 9}, add(0, 2, 0, 0x11)),
		slices.Concat([]byte{4, bsdKqueue, bsdFile}, add(0, 1, 2, 0x21), []byte{bsdUnlink, 1, bsdPair, bsdDup, 2, bsdNow, bsdProcess}, add(0, 255, 3, 1), []byte{bsdRaise, 5}, add(0, 5, 4, 1)),
	}
}

// budget is what one input may use up: a call that would not return, because a timer
// of 1 ns expires through a wait of years, ends with an error.
var budget = scheduler.Budget{Steps: 100 * maxCalls, Time: math.MaxInt64}

func playBSD(t *testing.T, data []byte) string {
	t.Helper()
	b := &bsd{input: input{data: data}, t: t, made: map[registered]bool{}}
	b.p = kqueue.Profiles()[int(b.byte())%len(kqueue.Profiles())]
	b.k = fakedemux.New(&fakedemux.Options{Dialect: "kqueue-" + b.p.Name, Runner: scheduler.NewDirect(), Budget: budget})
	b.Syscalls = b.k.Kqueue()
	for range maxCalls {
		if !b.more() {
			break
		}
		op := int(b.byte()) % bsdCount
		b.say("%s", bsdNames[op])
		b.step(op)
	}
	closeAll(t, b.k, func(fd int) { b.Close(fd) })
	return b.log.String()
}

// closeAll closes what is open, and then nothing is.
func closeAll(t *testing.T, k *fakedemux.Kernel, closes func(fd int)) {
	t.Helper()
	open := func() (all []fakedemux.Leak) {
		return slices.DeleteFunc(k.Leaks(), func(l fakedemux.Leak) bool { return slices.Contains(k.Operations(), l) })
	}
	for _, l := range open() {
		closes(l.Handle)
	}
	if left := open(); len(left) > 0 {
		t.Errorf("left after every close: %v", left)
	}
}

// fd is a descriptor: mostly a small number.
func (b *bsd) fd() int { return int(b.wide()) }

// buffer is one of up to 254 bytes, nil now and then.
func (in *input) buffer() []byte {
	n := int(in.byte())
	if n == math.MaxUint8 {
		return nil
	}
	return make([]byte, n)
}

func (b *bsd) step(op int) {
	switch op {
	case bsdKqueue:
		fd, e := b.Kqueue()
		b.say("kqueue = %d %s", fd, e.Name())
	case bsdKevent:
		b.kevent()
	case bsdPipe:
		r, w, e := b.Pipe(true)
		b.say("pipe = %d %d %s", r, w, e.Name())
		_ = b.byte()
	case bsdRead:
		fd, buf := b.fd(), b.buffer()
		n, e := b.Read(fd, buf)
		b.transferred("read", fd, buf, n, e)
	case bsdWrite:
		fd, buf := b.fd(), b.buffer()
		n, e := b.Write(fd, buf)
		b.transferred("write", fd, buf, n, e)
	case bsdClose:
		fd := b.fd()
		b.say("close %d = %s", fd, b.Close(fd).Name())
		b.forget(fd)
	case bsdNow:
		b.say("now = %v", b.Now())
	default:
		b.host(op)
	}
}

// host makes what the calls are about, as a Host does.
func (b *bsd) host(op int) {
	var x, y demux.Handle
	var err error
	switch op {
	case bsdPair:
		x, y, err = b.k.Pair()
	case bsdConnect:
		l, at, e := b.k.Listen("127.0.0.1:0", int(b.byte()))
		if x, err = l, e; err == nil {
			y, err = b.k.Connect(at)
		}
	case bsdFile:
		x, err = b.k.File()
	case bsdDup:
		x, err = b.k.Dup(demux.Handle(b.wide()))
	case bsdShutdown:
		err = b.k.CloseWrite(demux.Handle(b.wide()))
	case bsdAccept:
		x, err = b.k.Accept(demux.Handle(b.wide()))
	case bsdRaise:
		b.k.Raise(int(b.wide()))
	case bsdProcess:
		if b.pid != 0 {
			b.k.EndProcess(b.pid, int(b.byte()))
		}
		b.pid = b.k.StartProcess()
	case bsdUnlink:
		b.k.RemoveName(demux.Handle(b.wide()))
	}
	b.say("%s = %d %d %v", bsdNames[op], x, y, err)
}

func (b *bsd) transferred(name string, fd int, buf []byte, n int, e kqueue.Errno) {
	b.say("%s %d %d = %d %s", name, fd, len(buf), n, e.Name())
	if n > len(buf) || e != 0 && n > 0 || e == 0 && n < 0 {
		b.t.Errorf("%s of %d bytes returned %d, %s", name, len(buf), n, e.Name())
	}
}

// kevent makes a call of Kevent: up to 3 changes, room for up to 7 events, and a
// time.
func (b *bsd) kevent() {
	kq, changes := b.fd(), make([]kqueue.Kevent, b.byte()%4)
	events := make([]kqueue.Kevent, b.byte()%8)
	var ts *kqueue.Timespec
	if b.byte() != 0 {
		ts = &kqueue.Timespec{Sec: int64(b.wide()), Nsec: int64(b.wide())}
	}
	filters := []int32{b.p.Read, b.p.Write, b.p.Vnode, b.p.Proc, b.p.Signal, b.p.Timer, b.p.User, -11, 0, 99, math.MinInt32}
	for i := range changes {
		c := &changes[i]
		c.Ident, c.Filter = b.wide(), filters[int(b.byte())%len(filters)]
		if c.Ident == math.MaxUint64 && b.pid != 0 {
			c.Ident = uint64(b.pid)
		}
		c.Flags, c.Fflags, c.Data = uint32(b.byte())|uint32(b.byte()&0xf0)<<8, uint32(b.wide()), int64(b.wide())
		c.Udata = uint64(i + 1)
		if c.Flags&kqueue.Add != 0 {
			b.made[registered{c.Ident, c.Filter}] = true
		}
	}
	n, e := b.Kevent(kq, changes, events, ts)
	b.say("kevent %d %v = %d %s", kq, changes, n, e.Name())
	if n > len(events) || e != 0 && n != -1 || e == 0 && n < 0 {
		b.t.Fatalf("kevent with room for %d events returned %d, %s", len(events), n, e.Name())
	}
	for _, ev := range events[:max(n, 0)] {
		b.say("  %+v", ev)
		if ev.Flags&kqueue.Error == 0 && !b.made[registered{ev.Ident, ev.Filter}] {
			b.t.Errorf("an event of what was never registered: %+v", ev)
		}
	}
}

// forget says that a number names nothing any more: what is registered of it is
// gone.
func (b *bsd) forget(fd int) {
	for r := range b.made {
		if (r.filter == b.p.Read || r.filter == b.p.Write || r.filter == b.p.Vnode) && r.ident == uint64(int32(fd)) {
			delete(b.made, r)
		}
	}
}
