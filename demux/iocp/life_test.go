package iocp_test

import (
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// waited returns the time that a Wait of a second takes.
func waited(t *testing.T, k *kernel, d *iocp.Demux) time.Duration {
	t.Helper()
	began := k.Now()
	if n, err := d.Wait(make([]demux.Event, 1), time.Second); n != 0 || err != nil {
		t.Fatalf("Wait: %d, %v", n, err)
	}
	return k.Now() - began
}

func wake(t *testing.T, d *iocp.Demux) {
	t.Helper()
	if err := d.Wake(); err != nil {
		t.Fatalf("Wake: %v", err)
	}
}

func TestWake(t *testing.T) {
	k, d := open(t)
	for range 3 {
		for range 100 {
			wake(t, d)
		}
		if took := waited(t, k, d); took != 0 {
			t.Errorf("100 Wakes, and the next Wait took %v", took)
		}
		if took := waited(t, k, d); took != time.Second {
			t.Errorf("100 Wakes have ended two Waits, the second after %v", took)
		}
	}
}

func TestWakeThatFails(t *testing.T) {
	k, d := open(t)
	k.answer["Post"] = iocp.ErrorNoResources
	if err := d.Wake(); !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("got %v, want ENOMEM", err)
	}
	delete(k.answer, "Post")
	wake(t, d)
	if took := waited(t, k, d); took != 0 {
		t.Errorf("a Wake after one that failed was lost: the Wait took %v", took)
	}
	// One that fails while another is inside takes nothing from that one.
	k.onCall["Post"] = func(k *kernel) { wake(t, d) }
	k.answer["Post"] = 0
	wake(t, d)
	if took := waited(t, k, d); took != 0 {
		t.Errorf("two Wakes at one time: the Wait took %v", took)
	}
	for range 2 {
		_, _ = d.Wait(make([]demux.Event, 1), 0)
	}
	wake(t, d)
	if took := waited(t, k, d); took != 0 {
		t.Errorf("a Wake after two at one time was lost: the Wait took %v", took)
	}
}

// TestWakeBeforeARegister has Register take the packet of a Wake out of the
// port: it looks there for the end of an old handle of the same number.
func TestWakeBeforeARegister(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	register(t, d, h, 1, rd, demux.Level)
	wake(t, d)
	if err := d.Register(h, 2, rd, demux.Level); !errors.Is(err, demux.ErrExists) {
		t.Fatalf("got %v, want ErrExists", err)
	}
	if took := waited(t, k, d); took != 0 {
		t.Errorf("a Wake was lost: the Wait took %v", took)
	}
}

func TestWakeBesideEvents(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	register(t, d, h, 1, rd, demux.Level)
	k.set(h, iocp.PollReceive)
	for range 3 {
		wake(t, d)
		want(t, "a Wake costs no event", poll(t, d, 1), ready(1, rd))
	}
}

func TestClose(t *testing.T) {
	k, d := open(t)
	h, l := k.socket(), k.socket()
	k.answer["Send"], k.bytes = finishesAtOnce, 3
	ops := []*demux.Op{read(h), {Kind: demux.OpWrite, Handle: h, Buf: []byte("abc")}, {Kind: demux.OpAccept, Handle: l}, {Kind: demux.OpAccept, Handle: l}}
	for i, op := range ops {
		submit(t, d, op, demux.Token(i))
	}
	k.finishLocked(k.flights[1], 0, 0) // one accept has a connection that nobody has seen
	register(t, d, h, 1, rd|wr, demux.Level)
	register(t, d, l, 2, rd, demux.Level)
	gone := k.socket()
	register(t, d, gone, 3, rd, demux.Level)
	k.lateCancel = true
	if err := d.Deregister(gone); err != nil {
		t.Fatal(err)
	}
	k.settle()
	k.lateCancel = false
	if err := d.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	for _, op := range ops {
		if !errors.Is(op.Err, demux.ErrClosed) || op.N != 0 || op.New != demux.NoHandle {
			t.Errorf("a %v in flight at Close: N %d, New %d, Err %v", op.Kind, op.N, op.New, op.Err)
		}
	}
	for name, err := range map[string]error{
		"Wake": d.Wake(), "Close": d.Close(), "Register": d.Register(h, 1, rd, demux.Level),
		"Modify": d.Modify(h, 1, rd, demux.Level), "Deregister": d.Deregister(h), "Submit": d.Submit(ops[0], 1), "Cancel": d.Cancel(ops[0]),
	} {
		if !errors.Is(err, demux.ErrClosed) {
			t.Errorf("%s after Close: got %v, want ErrClosed", name, err)
		}
	}
	if n, err := d.Wait(make([]demux.Event, 1), -1); n != 0 || !errors.Is(err, demux.ErrClosed) {
		t.Errorf("Wait after Close: got %d, %v, want ErrClosed", n, err)
	}
}

func TestCloseEndsABlockedWait(t *testing.T) {
	for _, timeout := range []time.Duration{-1, math.MinInt64} {
		k, d := open(t)
		h := k.socket()
		op := read(h)
		submit(t, d, op, 1)
		register(t, d, h, 2, rd, demux.Level)
		inside := make(chan struct{})
		k.onCall["GetQueued"] = func(*kernel) { close(inside) }
		ended := make(chan error)
		go func() {
			_, err := d.Wait(make([]demux.Event, 1), timeout)
			ended <- err
		}()
		<-inside
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if !errors.Is(op.Err, demux.ErrClosed) {
			t.Errorf("Close has returned, and an operation has the result %v", op.Err)
		}
		if err := <-ended; !errors.Is(err, demux.ErrClosed) {
			t.Errorf("the Wait that Close ended: got %v, want ErrClosed", err)
		}
	}
}

func TestWakeRacingClose(t *testing.T) {
	for range 200 {
		k, d := open(t)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for range 20 {
				if err := d.Wake(); err != nil && !errors.Is(err, demux.ErrClosed) {
					t.Errorf("Wake: %v", err)
				}
			}
		}()
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		<-ended
		if k.opened() != 0 {
			t.Errorf("%d handles are open", k.opened())
		}
	}
}

func TestASecondUserPanics(t *testing.T) {
	k, d := open(t)
	inside := make(chan struct{})
	k.onCall["GetQueued"] = func(*kernel) { close(inside) }
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = d.Wait(make([]demux.Event, 1), -1)
	}()
	<-inside
	panics(t, "Wait beside Wait", "second goroutine", func() { _, _ = d.Wait(make([]demux.Event, 1), 0) })
	panics(t, "Submit beside Wait", "second goroutine", func() { _ = d.Submit(read(1), 1) })
	wake(t, d)
	<-ended
}

func TestMistakesPanic(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	op := read(h)
	submit(t, d, op, 1)
	for _, tt := range []struct {
		why, text string
		call      func()
	}{
		{"no room", "no room", func() { _, _ = d.Wait(nil, 0) }},
		{"a nil Op", "nil Op", func() { _ = d.Submit(nil, 1) }},
		{"a nil Op", "nil Op", func() { _ = d.Cancel(nil) }},
		{"the reserved token", "NoToken", func() { _ = d.Submit(read(h), demux.NoToken) }},
		{"no kind", "kind", func() { _ = d.Submit(&demux.Op{Handle: h}, 1) }},
		{"no kind", "kind", func() { _ = d.Submit(&demux.Op{Kind: demux.OpConnect + 1, Handle: h}, 1) }},
		{"in flight", "in flight", func() { _ = d.Submit(op, 1) }},
		{"Hangup wanted", "want", func() { _ = d.Register(h, 1, demux.Hangup, demux.Level) }},
	} {
		panics(t, tt.why, tt.text, tt.call)
	}
	if err := d.Cancel(op); err != nil {
		t.Errorf("after panics the demux is not usable: %v", err)
	}
}

func panics(t *testing.T, why, text string, f func()) {
	t.Helper()
	defer func() {
		if r, ok := recover().(string); !ok || !strings.Contains(r, text) {
			t.Errorf("%s: panic %q, want one with %q", why, r, text)
		}
	}()
	f()
}

func TestErrnoErr(t *testing.T) {
	for _, tt := range []struct {
		why string
		e   iocp.Errno
		is  error
		msg string
	}{
		{"success", 0, nil, ""},
		{"a Winsock error", iocp.WSAECONNRESET, syscall.ECONNRESET, "call: ECONNRESET: connection reset by peer"},
		{"an NTSTATUS", iocp.StatusConnectionReset, syscall.ECONNRESET, "call: ECONNRESET: connection reset by peer"},
		{"canceled", iocp.StatusCancelled, demux.ErrCanceled, "operation canceled"},
		{"a timeout", iocp.WSAETIMEDOUT, syscall.ETIMEDOUT, "call: ETIMEDOUT: operation timed out"},
		{"an NTSTATUS of that", iocp.StatusIOTimeout, syscall.ETIMEDOUT, "call: ETIMEDOUT: operation timed out"},
		{"aborted here", iocp.StatusConnectionAborted, syscall.ECONNABORTED, "call: ECONNABORTED: connection aborted"},
		{"a port that nobody has", iocp.StatusPortUnreachable, syscall.ECONNRESET, "call: ECONNRESET: connection reset by peer"},
		{"no name of all systems", iocp.ErrorAbandonedWait, nil, "call: errno 735"},
	} {
		err := tt.e.Err("call")
		if tt.is != nil && !errors.Is(err, tt.is) || (err == nil) != (tt.msg == "") || err != nil && err.Error() != tt.msg {
			t.Errorf("%s: got %v, want %q", tt.why, err, tt.msg)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	k, d := open(t)
	h, quiet := k.socket(), k.socket()
	k.set(h, iocp.PollReceive)
	register(t, d, h, 1, rd, demux.Level)
	register(t, d, quiet, 2, rd, demux.Level)
	k.answer["Send"], k.bytes = finishesAtOnce, 1
	op := &demux.Op{Kind: demux.OpWrite, Handle: h}
	dst := make([]demux.Event, 4)
	for why, f := range map[string]func(){
		"Wait":   func() { _, _ = d.Wait(dst, 0) },
		"Wake":   func() { _ = d.Wake() },
		"Modify": func() { _ = d.Modify(h, 1, rd, demux.Level) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", why, n)
		}
	}
	// The kernel of this test makes a new Operation at each Acquire.
	if n := testing.AllocsPerRun(100, func() { _ = d.Submit(op, 1); _, _ = d.Wait(dst, 0) }); n > 1 {
		t.Errorf("Submit and Wait: %v allocations, want that of the Operation", n)
	}
}

func TestGroups(t *testing.T) {
	k, d := open(t)
	before := k.opened()
	var handles []demux.Handle
	for range 100 {
		h := k.socket()
		register(t, d, h, 1, rd, demux.Level)
		handles = append(handles, h)
	}
	if got, want := k.opened()-before-100, 3; got != want { // 32 each, and one is open
		t.Errorf("100 registrations took %d more handles of AFD, want %d", got, want)
	}
	k.answer["OpenAFD"] = iocp.StatusInsufficientResource
	for range 3 { // those that end make room
		for _, h := range handles[:50] {
			if err := d.Deregister(h); err != nil {
				t.Fatal(err)
			}
		}
		want(t, "all have ended", poll(t, d, 1))
		for _, h := range handles[:50] {
			register(t, d, h, 1, rd, demux.Level)
		}
	}
	var err error
	for n := 0; n < 32 && err == nil; n++ {
		err = d.Register(k.socket(), 1, rd, demux.Level)
	}
	if !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("Register without another handle of AFD: got %v, want ENOMEM", err)
	}
}
