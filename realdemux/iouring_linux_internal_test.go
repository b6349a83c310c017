//go:build linux

package realdemux

import (
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

func newCompleter(tb testing.TB) *completer {
	tb.Helper()
	d, err := openCompleter(false)
	if errors.Is(err, errors.ErrUnsupported) {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = d.Close() })
	return d
}

func newPair(tb testing.TB) (a, b demux.Handle) {
	tb.Helper()
	a, b, err := new(host).Pair()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = new(host).Close(a)
		_ = new(host).Close(b)
	})
	return a, b
}

// waits makes one Wait and returns what it reports.
func waits(tb testing.TB, d *completer, timeout time.Duration) []demux.Event {
	tb.Helper()
	dst := make([]demux.Event, 8)
	n, err := d.Wait(dst, timeout)
	if err != nil {
		tb.Fatal(err)
	}
	return dst[:n]
}

const (
	long  = 10 * time.Second     // for what must come
	short = 5 * time.Millisecond // for what must not
)

func TestIOUringRefusals(t *testing.T) {
	for _, tc := range []struct {
		why         string
		e           syscall.Errno
		unsupported bool
	}{
		{why: "a kernel without it", e: unix.ENOSYS, unsupported: true},
		{why: "switched off, or a filter of system calls", e: unix.EPERM, unsupported: true},
		{why: "a security module", e: unix.EACCES, unsupported: true},
		{why: "no descriptor left", e: unix.EMFILE},
		{why: "no memory left", e: unix.ENOMEM},
	} {
		err := refusal(tc.e)
		if !errors.Is(err, tc.e) || errors.Is(err, errors.ErrUnsupported) != tc.unsupported || !strings.Contains(err.Error(), "io_uring") {
			t.Errorf("%s: got %v", tc.why, err)
		}
	}
}

// The kernel tells of a half-close even where nobody asked, and at once.
func TestIOUringHalfCloseThatNobodyWants(t *testing.T) {
	for _, mode := range []demux.Mode{demux.Level, demux.Oneshot} {
		d := newCompleter(t)
		a, b := newPair(t)
		buf := make([]byte, 1<<16)
		for {
			if _, err := new(host).Write(a, buf); err != nil {
				break
			}
		}
		if err := new(host).CloseWrite(b); err != nil {
			t.Fatal(err)
		}
		if err := d.Register(a, 1, demux.Writable, mode); err != nil {
			t.Fatal(err)
		}
		before := d.uring.round
		if got := waits(t, d, short); len(got) > 0 {
			t.Fatalf("%v: a half-close with Writable wanted: got %+v", mode, got)
		}
		if rounds := d.uring.round - before; rounds > 8 {
			t.Errorf("%v: one Wait asked %d times: it does not block", mode, rounds)
		}
		for {
			if _, err := new(host).Read(b, buf); err != nil {
				break
			}
		}
		if got := waits(t, d, long); len(got) != 1 || got[0].Ready != demux.Writable {
			t.Fatalf("%v: there is room: got %+v", mode, got)
		}
		if mode == demux.Oneshot {
			if got := waits(t, d, short); len(got) > 0 {
				t.Fatalf("it has fired: got %+v", got)
			}
		}
		if err := d.Modify(a, 2, 0, mode); err != nil {
			t.Fatal(err)
		}
		if got := waits(t, d, short); len(got) > 0 {
			t.Fatalf("%v: a half-close with nothing wanted: got %+v", mode, got)
		}
		if err := d.Modify(a, 3, demux.Readable, mode); err != nil {
			t.Fatal(err)
		}
		if got := waits(t, d, long); len(got) != 1 || got[0].Token != 3 || got[0].Ready != demux.Readable|demux.Hangup {
			t.Fatalf("%v: a half-close with Readable wanted: got %+v", mode, got)
		}
		if err := d.Modify(a, 4, 0, mode); err != nil {
			t.Fatal(err)
		}
		if got := waits(t, d, short); len(got) > 0 {
			t.Fatalf("%v: a half-close with nothing wanted: got %+v", mode, got)
		}
		if err := d.Deregister(a); err != nil {
			t.Fatal(err)
		}
		_ = new(host).CloseWrite(a)
		if got := waits(t, d, short); len(got) > 0 {
			t.Fatalf("%v: deregistered: got %+v", mode, got)
		}
		if d.uring.busy > 1 { // the poll for wakes
			t.Errorf("%v: %d requests are left", mode, d.uring.busy-1)
		}
	}
}

// What is reported is true at the Wait that reports it, whatever a poll has
// seen since the Wait before.
func TestIOUringReportsWhatIsTrue(t *testing.T) {
	d := newCompleter(t)
	a, b := newPair(t)
	if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
		t.Fatal(err)
	}
	if got := waits(t, d, short); len(got) > 0 {
		t.Fatalf("nothing has arrived: got %+v", got)
	}
	var buf [8]byte
	_, _ = new(host).Write(b, buf[:])
	_, _ = new(host).Read(a, buf[:])
	if got := waits(t, d, short); len(got) > 0 {
		t.Fatalf("what had arrived was read before the Wait: got %+v", got)
	}
	_, _ = new(host).Write(b, buf[:])
	_ = new(host).CloseWrite(b)
	if got := waits(t, d, long); len(got) != 1 || got[0].Ready != demux.Readable|demux.Hangup {
		t.Fatalf("data and the end have arrived: got %+v, want both in one event", got)
	}
}

// A wake that was read before its poll was answered ends one Wait.
func TestIOUringWakeEndsOneWait(t *testing.T) {
	d := newCompleter(t)
	for range 100 {
		waits(t, d, 1) // the poll is pending
		if err := d.Wake(); err != nil {
			t.Fatal(err)
		}
		waits(t, d, 0)
		began := time.Now()
		waits(t, d, short)
		if took := time.Since(began); took < short {
			t.Fatalf("a Wake ended the next Wait and, after %v, the one after it", took)
		}
	}
}

// More is handed over and more completes than the queues have room for.
func TestIOUringFullQueues(t *testing.T) {
	d := newCompleter(t)
	const handles = completions + 3*submissions
	ops := make([]demux.Op, handles)
	for i := range ops {
		fd, err := unix.Open("/dev/null", unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() { _ = unix.Close(fd) })
		h := demux.Handle(fd)
		if err := d.Register(h, demux.Token(i), demux.Writable, demux.Level); err != nil {
			t.Fatal(err)
		}
		ops[i] = demux.Op{Kind: demux.OpWrite, Handle: h, Buf: []byte("x")}
		if err := d.Submit(&ops[i], demux.Token(i)); err != nil {
			t.Fatal(err)
		}
	}
	dst := make([]demux.Event, 2*handles)
	for range 2 {
		ready := make(map[demux.Token]bool)
		completed := make(map[*demux.Op]bool)
		n, err := d.Wait(dst, long)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range dst[:n] {
			if ev.Op != nil && (completed[ev.Op] || ev.Op.Err != nil || ev.Op != &ops[ev.Token]) {
				t.Fatalf("got %+v", ev)
			}
			if ev.Op != nil {
				completed[ev.Op] = true
			} else {
				ready[ev.Token] = true
			}
		}
		if len(ready) != handles || len(completed) != handles {
			t.Fatalf("%d handles are writable and as many writes have finished: one Wait reports %d and %d",
				handles, len(ready), len(completed))
		}
		for i := range ops {
			if err := d.Submit(&ops[i], demux.Token(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if lost := *d.uring.ring.lost; lost != 0 {
		t.Errorf("the kernel has lost %d completions", lost)
	}
}

func TestIOUringDoesNotAllocate(t *testing.T) {
	d := newCompleter(t)
	a, b := newPair(t)
	c, _ := newPair(t)
	if err := d.Register(c, 1, demux.Writable, demux.Level); err != nil {
		t.Fatal(err)
	}
	read := &demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 64)}
	write := &demux.Op{Kind: demux.OpWrite, Handle: b, Buf: make([]byte, 64)}
	dst := make([]demux.Event, 4)
	round := func() {
		if err := errors.Join(d.Submit(read, 2), d.Submit(write, 3), d.Wake()); err != nil {
			t.Fatal(err)
		}
		for completed := 0; completed < 2; {
			n, err := d.Wait(dst, long)
			if err != nil {
				t.Fatal(err)
			}
			for _, ev := range dst[:n] {
				if ev.Op != nil {
					completed++
				}
			}
		}
		if err := errors.Join(d.Modify(c, 4, 0, demux.Level), d.Modify(c, 1, demux.Writable, demux.Level)); err != nil {
			t.Fatal(err)
		}
	}
	round()
	if n := testing.AllocsPerRun(200, round); n > 0 {
		t.Errorf("Submit, Wait, Wake and Modify allocate %v times a round", n)
	}
}

// The kernel loses a completion if it has no memory to keep it in.
func TestIOUringLostCompletion(t *testing.T) {
	d := newCompleter(t)
	a, _ := newPair(t)
	op := &demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 8)}
	if err := d.Submit(op, 1); err != nil {
		t.Fatal(err)
	}
	d.uring.busy++ // the one that is lost
	*d.uring.ring.lost++
	dst := make([]demux.Event, 1)
	if n, err := d.Wait(dst, 0); n != 0 || !errors.Is(err, unix.ENOMEM) {
		t.Errorf("the Wait after the loss: got %d, %v, want ENOMEM", n, err)
	}
	if n, err := d.Wait(dst, 0); n != 0 || err != nil {
		t.Errorf("the Wait after that: got %d, %v", n, err)
	}
	d.uring.busy++
	*d.uring.ring.lost++
	if err := d.Close(); err != nil || !errors.Is(op.Err, demux.ErrClosed) {
		t.Errorf("Close: got %v, and %v for the read, want ErrClosed", err, op.Err)
	}
}

// What a kernel may say of an operation that is to be made again. This one
// does not, so the test puts it into its mouth.
func TestIOUringOperationsMadeAgain(t *testing.T) {
	for _, tc := range []struct {
		why   string
		kind  demux.OpKind
		says  []syscall.Errno // one after the other
		wants error
	}{
		{why: "no data yet", kind: demux.OpRead, says: []syscall.Errno{unix.EAGAIN}},
		{why: "no data yet, though a poll has said so", kind: demux.OpRead, says: []syscall.Errno{unix.EAGAIN, unix.EAGAIN}},
		{why: "no room yet", kind: demux.OpWrite, says: []syscall.Errno{unix.EAGAIN}},
		{why: "a signal", kind: demux.OpWrite, says: []syscall.Errno{unix.EINTR}},
		{why: "the thread is gone", kind: demux.OpRead, says: []syscall.Errno{unix.ECANCELED}},
		{why: "the attempt goes on", kind: demux.OpConnect, says: []syscall.Errno{unix.ECANCELED, unix.EALREADY}},
		{why: "the attempt has succeeded", kind: demux.OpConnect, says: []syscall.Errno{unix.EINTR, unix.EISCONN}},
		{why: "it was connected before", kind: demux.OpConnect, says: []syscall.Errno{unix.EISCONN}, wants: unix.EISCONN},
		{why: "another attempt goes on", kind: demux.OpConnect, says: []syscall.Errno{unix.EALREADY}, wants: unix.EALREADY},
	} {
		d := newCompleter(t)
		op, h := connectedOp(t, tc.kind)
		at, err := d.uring.attach(h)
		if err != nil {
			t.Fatal(err)
		}
		task := d.uring.prepare(op, 1, at)
		for _, e := range tc.says {
			if task.polling {
				task.polling, task.again = false, true // the poll was answered
			}
			d.uring.settle(task, -int32(e))
		}
		got := waits(t, d, long)
		if len(got) != 1 || got[0].Op != op || !errors.Is(op.Err, tc.wants) || tc.wants == nil && op.Err != nil {
			t.Errorf("%v: %s: got %+v, %v, want %v", tc.kind, tc.why, got, op.Err, tc.wants)
		}
		if tc.kind == demux.OpRead && (op.N != 1 || op.Buf[0] != 'x') || tc.kind == demux.OpWrite && op.N != 1 {
			t.Errorf("%v: %s: got %d bytes, %q", tc.kind, tc.why, op.N, op.Buf)
		}
	}
}

// connectedOp returns an operation that finishes at once. One that connects is
// of a socket that is connected, as it is when another attempt has succeeded.
func connectedOp(t *testing.T, kind demux.OpKind) (*demux.Op, demux.Handle) {
	t.Helper()
	if kind != demux.OpConnect {
		a, b := newPair(t)
		_, _ = new(host).Write(b, []byte("x"))
		return &demux.Op{Kind: kind, Handle: a, Buf: []byte("y")}, a
	}
	l, at, err := new(host).Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = new(host).Close(l) })
	h, err := new(host).Connect(at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = new(host).Close(h) })
	return &demux.Op{Kind: kind, Handle: h, Addr: at}, h
}

func TestIOUringAttachments(t *testing.T) {
	d, other := newCompleter(t), newCompleter(t)
	a, b := newPair(t)
	try := func(d *completer, h demux.Handle) error {
		return d.Submit(&demux.Op{Kind: demux.OpWrite, Handle: h, Buf: []byte("x")}, 1)
	}
	if err := try(d, a); err != nil {
		t.Fatal(err)
	}
	if err := try(other, a); !errors.Is(err, demux.ErrAttached) {
		t.Errorf("a handle that is attached elsewhere: got %v, want ErrAttached", err)
	}
	waits(t, d, long)
	if err := d.Deregister(a); !errors.Is(err, demux.ErrNotFound) {
		t.Errorf("attached is not registered: got %v, want ErrNotFound", err)
	}

	// Another object under the number of a.
	if err := unix.Dup3(int(b), int(a), unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	if err := try(other, a); err != nil {
		t.Errorf("the number is another object's now: got %v", err)
	}
	if err := try(d, a); !errors.Is(err, demux.ErrAttached) {
		t.Errorf("which is attached elsewhere: got %v, want ErrAttached", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if err := try(d, a); err != nil {
		t.Errorf("the completer that had it is closed: got %v", err)
	}
	for _, h := range []demux.Handle{demux.NoHandle, 1 << 30, math.MaxInt32 + 1} {
		if err := try(d, h); !errors.Is(err, syscall.EBADF) {
			t.Errorf("handle %#x, which is not open: got %v, want EBADF", h, err)
		}
	}
}

// A number that is used again names another object (W14).
func TestIOUringNumberUsedAgain(t *testing.T) {
	for _, pending := range []bool{false, true} {
		d := newCompleter(t)
		a, b := newPair(t)
		c, peer := newPair(t)
		if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
			t.Fatal(err)
		}
		if pending {
			waits(t, d, short)
		}
		if err := unix.Dup3(int(c), int(a), unix.O_CLOEXEC); err != nil {
			t.Fatal(err)
		}
		if pending {
			if err := d.Modify(a, 2, demux.Readable, demux.Level); !errors.Is(err, demux.ErrNotFound) {
				t.Errorf("Modify of a handle that was closed: got %v, want ErrNotFound", err)
			}
		}
		if err := d.Register(a, 3, demux.Readable, demux.Level); err != nil {
			t.Fatal(err)
		}
		_, _ = new(host).Write(b, []byte("x"))
		if got := waits(t, d, short); len(got) > 0 {
			t.Errorf("data for the old object: got %+v", got)
		}
		_, _ = new(host).Write(peer, []byte("x"))
		if got := waits(t, d, long); len(got) != 1 || got[0].Token != 3 {
			t.Errorf("data for the new object: got %+v", got)
		}
	}
}
