package iocp_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

const (
	rd = demux.Readable
	wr = demux.Writable
	hf = demux.Hangup | demux.Failed
)

// open opens a Demux over a kernel of its own, and closes it at the end of the
// test: nothing may be left then, and no memory misused.
func open(t *testing.T) (*kernel, *iocp.Demux) {
	t.Helper()
	k := newKernel()
	d, err := iocp.Open(k)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		k.lateCancel = false
		k.settle()
		if err := d.Close(); err != nil && !errors.Is(err, demux.ErrClosed) {
			t.Errorf("Close: %v", err)
		}
		for _, fault := range k.faults {
			t.Error(fault)
		}
		if len(k.owned) > 0 {
			t.Errorf("%d Operations are the kernel's after Close", len(k.owned))
		}
		if n := k.opened() - len(k.sockets); n > 0 {
			t.Errorf("%d handles are open after Close", n)
		}
	})
	return k, d
}

func register(t *testing.T, d *iocp.Demux, h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) {
	t.Helper()
	if err := d.Register(h, tok, want, mode); err != nil {
		t.Fatalf("Register(%d): %v", h, err)
	}
}

// poll returns what a Wait with no time and room for n reports.
func poll(t *testing.T, d *iocp.Demux, n int) []demux.Event {
	t.Helper()
	dst := make([]demux.Event, n)
	n, err := d.Wait(dst, 0)
	if err != nil {
		t.Fatalf("Wait: %v", err)
	}
	return dst[:n]
}

func want(t *testing.T, why string, got []demux.Event, want ...demux.Event) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", why, got, want)
	}
}

func ready(tok demux.Token, r demux.Ready) demux.Event { return demux.Event{Token: tok, Ready: r} }

func TestOpenLeavesNothingWhenItFails(t *testing.T) {
	for _, call := range []string{"CreatePort", "OpenAFD", "Associate", "SetModes"} {
		k := newKernel()
		k.answer[call] = iocp.ErrorNoResources
		if _, err := iocp.Open(k); !errors.Is(err, syscall.ENOMEM) {
			t.Errorf("%s fails: got %v, want ENOMEM", call, err)
		}
		if k.opened() != 0 || len(k.faults) > 0 {
			t.Errorf("%s fails: %d handles are open, %v", call, k.opened(), k.faults)
		}
	}
	k := newKernel()
	k.onCall["CreatePort"] = func(k *kernel) { // the first succeeds
		k.onCall["CreatePort"] = func(k *kernel) { k.answer["CreatePort"] = iocp.ErrorNoResources }
	}
	if _, err := iocp.Open(k); err == nil || k.opened() != 0 {
		t.Errorf("the second port fails: got %v, and %d handles are open", err, k.opened())
	}
}

func TestTraits(t *testing.T) {
	_, d := open(t)
	traits := d.Traits()
	if traits.Name != "iocp" || !traits.Level || traits.Edge || !traits.Oneshot || !traits.Merged || !traits.CloseCancels ||
		traits.ReadsOrdered || traits.Lends || traits.Fair || traits.Unasked != demux.Failed || traits.Resolution != time.Millisecond {
		t.Errorf("got %+v", traits)
	}
	for _, mode := range []demux.Mode{demux.Edge, demux.Edge | demux.Oneshot} {
		if err := d.Register(1, 1, rd, mode); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Register in mode %v: got %v, want errors.ErrUnsupported", mode, err)
		}
	}
}

func TestWaitTimeout(t *testing.T) {
	const longest = (math.MaxUint32 - 1) * time.Millisecond
	for _, tt := range []struct {
		why     string
		timeout time.Duration
		early   time.Duration
		waits   []uint32 // after the poll that each Wait begins with
	}{
		{why: "a poll", timeout: 0},
		{why: "rounded up", timeout: 1, waits: []uint32{1}},
		{why: "rounded up", timeout: 1001 * time.Microsecond, waits: []uint32{2}},
		{why: "exact", timeout: 5 * time.Millisecond, waits: []uint32{5}},
		{why: "taken up again with what is left", timeout: 20 * time.Millisecond, early: 1500 * time.Microsecond, waits: []uint32{20, 2}},
		{why: "in pieces", timeout: longest + time.Second, waits: []uint32{math.MaxUint32 - 1, 1000}},
	} {
		k, d := open(t)
		k.early = tt.early
		began := k.Now()
		k.waits = nil
		if n, err := d.Wait(make([]demux.Event, 1), tt.timeout); n != 0 || err != nil {
			t.Errorf("%s: Wait(%v): got %d, %v", tt.why, tt.timeout, n, err)
		}
		if got := append([]uint32{0}, tt.waits...); !slices.Equal(k.waits, got) {
			t.Errorf("%s: Wait(%v) waited %v ms, want %v", tt.why, tt.timeout, k.waits, got)
		}
		if took := k.Now() - began; took < tt.timeout {
			t.Errorf("%s: Wait(%v) returned after %v", tt.why, tt.timeout, took)
		}
	}
}

func TestWaitForTheLongestTime(t *testing.T) {
	for _, timeout := range []time.Duration{math.MaxInt64, math.MaxInt64 - 1, -1, math.MinInt64} {
		k, d := open(t)
		h := k.socket()
		register(t, d, h, 1, rd, demux.Level)
		k.now = time.Hour
		k.onCall["GetQueued"] = func(k *kernel) { // the poll that comes first
			k.onCall["GetQueued"] = func(k *kernel) { k.set(h, iocp.PollReceive) }
		}
		if n, err := d.Wait(make([]demux.Event, 1), timeout); n != 1 || err != nil {
			t.Errorf("Wait(%d): got %d, %v", timeout, n, err)
		}
	}
}

func TestReady(t *testing.T) {
	const any = iocp.PollConnect | iocp.PollExpedited
	for _, tt := range []struct {
		why   string
		want  demux.Ready
		bits  uint32
		ready demux.Ready
	}{
		{"data", rd | wr, iocp.PollReceive, rd},
		{"a connection to accept", rd, iocp.PollAccept, rd},
		{"room", rd | wr, iocp.PollSend, wr},
		{"both", rd | wr, iocp.PollReceive | iocp.PollSend, rd | wr},
		{"every connected socket is connected", rd, any, 0},
		{"every connected socket is connected", wr, any, 0},
		{"not wanted", wr, iocp.PollReceive | iocp.PollDisconnect, 0},
		{"not wanted", rd, iocp.PollSend, 0},
		{"a FIN brings the wanted directions along", rd | wr, iocp.PollDisconnect, rd | wr | demux.Hangup},
		{"a FIN", rd, iocp.PollDisconnect, rd | demux.Hangup},
		{"a FIN is not told unasked", 0, iocp.PollDisconnect, 0},
		{"a reset", wr, iocp.PollAbort, wr | hf},
		{"a reset is told unasked", 0, iocp.PollAbort, demux.Failed},
		{"an attempt to connect that failed", wr, iocp.PollConnectFail, wr | hf},
	} {
		for _, before := range []bool{true, false} {
			k, d := open(t)
			h := k.socket()
			if before {
				k.set(h, tt.bits)
			}
			register(t, d, h, 7, tt.want, demux.Level)
			k.set(h, tt.bits)
			var reports []demux.Event
			if tt.ready != 0 {
				reports = []demux.Event{ready(7, tt.ready)}
			}
			for range 3 { // level: as long as it holds
				want(t, tt.why, poll(t, d, 4), reports...)
			}
			k.set(h, 0)
			want(t, tt.why+", no more", poll(t, d, 4))
		}
	}
}

func TestOneshot(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	register(t, d, h, 1, rd|wr, demux.Oneshot)
	k.set(h, iocp.PollSend)
	want(t, "there is room", poll(t, d, 4), ready(1, wr))
	k.set(h, iocp.PollSend|iocp.PollReceive|iocp.PollAbort)
	want(t, "it has fired, and both directions and a reset are silent", poll(t, d, 4))
	if err := d.Modify(h, 2, rd, demux.Oneshot); err != nil {
		t.Fatal(err)
	}
	want(t, "armed again", poll(t, d, 4), ready(2, rd|hf))
	if err := d.Deregister(h); err != nil {
		t.Errorf("Deregister of a registration that has fired: %v", err)
	}
}

// TestReportsWhatHoldsNow has a poll finish between two Waits, and the
// condition change after that.
func TestReportsWhatHoldsNow(t *testing.T) {
	for _, mode := range []demux.Mode{demux.Level, demux.Oneshot} {
		k, d := open(t)
		h := k.socket()
		register(t, d, h, 1, rd|wr, mode)
		want(t, "nothing holds", poll(t, d, 4))
		k.set(h, iocp.PollReceive)
		k.set(h, 0)
		want(t, "all was read before the Wait", poll(t, d, 4))
		k.set(h, iocp.PollReceive)
		k.set(h, iocp.PollReceive|iocp.PollSend)
		want(t, "more holds than what the poll found", poll(t, d, 4), ready(1, rd|wr))
	}
}

func TestModify(t *testing.T) {
	for _, late := range []bool{false, true} {
		k, d := open(t)
		h := k.socket()
		register(t, d, h, 1, rd, demux.Level)
		k.lateCancel = late
		if err := d.Modify(h, 2, wr, demux.Level); err != nil {
			t.Fatal(err)
		}
		if late {
			// The cancel loses: the poll finds data first, and the kernel
			// is slow.
			k.set(h, iocp.PollReceive)
		} else if len(k.polls) > 0 {
			t.Error("a poll that asks for too little is pending after Modify")
		}
		want(t, "only Writable is wanted", poll(t, d, 4))
		k.set(h, iocp.PollReceive|iocp.PollSend)
		want(t, "there is room", poll(t, d, 4), ready(2, wr))
	}
	k, d := open(t)
	h := k.socket()
	register(t, d, h, 1, rd|wr, demux.Level)
	for _, w := range []demux.Ready{rd, wr, 0, rd | wr} {
		if err := d.Modify(h, 3, w, demux.Level); err != nil || len(k.polls) != 1 {
			t.Errorf("Modify to %v: %v, and %d polls; the pending one asks for enough", w, err, len(k.polls))
		}
	}
	if err := d.Modify(h, 4, 0, demux.Level); err != nil {
		t.Fatal(err)
	}
	k.set(h, iocp.PollReceive)
	want(t, "the pending poll found what is wanted no more", poll(t, d, 4))
	k.set(h, iocp.PollReceive|iocp.PollAbort)
	want(t, "a reset", poll(t, d, 4), ready(4, demux.Failed))
}

// TestModifyIsAwaited has Wait begin before the canceled poll is back.
func TestModifyIsAwaited(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	register(t, d, h, 1, rd, demux.Level)
	k.lateCancel = true
	if err := d.Modify(h, 2, wr, demux.Level); err != nil {
		t.Fatal(err)
	}
	k.set(h, iocp.PollSend)
	k.onBlock = (*kernel).settle
	want(t, "there is room, in the first Wait after Modify", poll(t, d, 4), ready(2, wr))
}

func TestDeregister(t *testing.T) {
	for _, tt := range []struct {
		why    string
		before func(k *kernel, h demux.Handle)
	}{
		{"idle: it has fired", func(k *kernel, h demux.Handle) { k.set(h, iocp.PollReceive) }},
		{"pending: the cancel comes at once", func(*kernel, demux.Handle) {}},
		{"pending: the cancel comes late", func(k *kernel, _ demux.Handle) { k.lateCancel = true }},
		{"finished between two Waits", func(k *kernel, h demux.Handle) {
			k.set(h, iocp.PollReceive)
			k.set(h, 0)
		}},
	} {
		k, d := open(t)
		h, other := k.socket(), k.socket()
		register(t, d, h, 1, rd, demux.Oneshot)
		want(t, tt.why, poll(t, d, 4))
		tt.before(k, h)
		if strings.HasPrefix(tt.why, "idle") {
			want(t, tt.why, poll(t, d, 4), ready(1, rd))
		}
		if err := d.Deregister(h); err != nil {
			t.Fatalf("%s: %v", tt.why, err)
		}
		if err := d.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
			t.Errorf("%s: second Deregister: got %v, want ErrNotFound", tt.why, err)
		}
		register(t, d, other, 1, rd, demux.Level)
		k.set(h, iocp.PollReceive)
		k.settle()
		want(t, tt.why+": the token is another's", poll(t, d, 4))
		register(t, d, h, 2, rd, demux.Level)
		want(t, tt.why+": registered anew", poll(t, d, 4), ready(2, rd))
	}
}

func TestClosedWithoutDeregister(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	register(t, d, h, 1, rd, demux.Level)
	k.closeSocket(h, false)
	want(t, "reported once", poll(t, d, 4), ready(1, rd|hf))
	want(t, "and no more", poll(t, d, 4))
	if err := d.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
		t.Errorf("Deregister: got %v, want ErrNotFound", err)
	}

	h = k.socket()
	k.set(h, iocp.PollReceive)
	register(t, d, h, 2, rd, demux.Level)
	want(t, "data", poll(t, d, 4), ready(2, rd))
	k.closeSocket(h, false) // between two polls
	want(t, "reported once", poll(t, d, 4), ready(2, rd|hf))
	want(t, "and no more", poll(t, d, 4))

	h = k.socket()
	register(t, d, h, 3, rd, demux.Level)
	k.closeSocket(h, false)
	if err := d.Deregister(h); err != nil {
		t.Errorf("Deregister before the report: %v", err)
	}
	want(t, "deregistered before the report", poll(t, d, 4))
}

func TestReusedNumber(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	register(t, d, h, 1, rd, demux.Level)
	k.closeSocket(h, true)
	register(t, d, h, 2, wr, demux.Level)
	want(t, "the end of the old object", poll(t, d, 4), ready(1, rd|hf))
	k.set(h, iocp.PollReceive|iocp.PollSend)
	want(t, "the new object", poll(t, d, 4), ready(2, wr))
	if err := d.Register(h, 3, rd, demux.Level); !errors.Is(err, demux.ErrExists) {
		t.Errorf("Register of a registered handle: got %v, want ErrExists", err)
	}
}

func TestRotation(t *testing.T) {
	const handles = 5
	for room := 1; room <= handles+1; room++ {
		k, d := open(t)
		for tok := range demux.Token(handles) {
			h := k.socket()
			k.set(h, iocp.PollReceive)
			register(t, d, h, tok, rd, demux.Level)
		}
		next := demux.Token(0)
		for range 4 * handles {
			events := poll(t, d, room)
			if len(events) != min(room, handles) {
				t.Errorf("room for %d: %d events", room, len(events))
			}
			for _, ev := range events {
				if ev.Token != next {
					t.Errorf("room for %d: token %d, want %d", room, ev.Token, next)
				}
				next = (next + 1) % handles
			}
		}
	}
}

// TestCanceledPacketsTakeNoPlace has the packets of ended registrations come
// before those that tell something, while a Wait is blocked.
func TestCanceledPacketsTakeNoPlace(t *testing.T) {
	k, d := open(t)
	k.lateCancel = true
	for range 3 {
		h := k.socket()
		register(t, d, h, 1, rd, demux.Level)
		if err := d.Deregister(h); err != nil {
			t.Fatal(err)
		}
	}
	h := k.socket()
	register(t, d, h, 2, rd, demux.Level)
	other := k.socket()
	register(t, d, other, 3, rd, demux.Level)
	k.onBlock = func(k *kernel) {
		k.settle()
		k.set(h, iocp.PollReceive)
		k.set(other, iocp.PollReceive)
	}
	dst := make([]demux.Event, 4)
	n, err := d.Wait(dst, -1)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "three packets of ended registrations, and two others", dst[:n], ready(2, rd), ready(3, rd))
}

// TestBlockedWaitHearsOfWhatIsWanted has pending polls that ask for more than
// what is wanted by now.
func TestBlockedWaitHearsOfWhatIsWanted(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	register(t, d, h, 1, rd|wr, demux.Level)
	if err := d.Modify(h, 2, wr, demux.Level); err != nil {
		t.Fatal(err)
	}
	k.onBlock = func(k *kernel) {
		k.set(h, iocp.PollReceive)
		k.onBlock = func(k *kernel) { k.set(h, iocp.PollReceive|iocp.PollSend) }
	}
	dst := make([]demux.Event, 4)
	n, err := d.Wait(dst, -1)
	if err != nil {
		t.Fatal(err)
	}
	want(t, "data, which is not wanted, then room", dst[:n], ready(2, wr))
}

func TestErrors(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	for _, bad := range []demux.Handle{0, 3, demux.NoHandle} {
		if err := d.Register(bad, 1, rd, demux.Level); !errors.Is(err, syscall.EBADF) {
			t.Errorf("Register(%d): got %v, want EBADF", bad, err)
		}
		if err := d.Modify(bad, 1, rd, demux.Level); !errors.Is(err, demux.ErrNotFound) {
			t.Errorf("Modify(%d): got %v, want ErrNotFound", bad, err)
		}
	}
	for _, call := range []string{"BaseSocket", "PollAFD"} {
		k.answer[call] = iocp.StatusInsufficientResource
		if err := d.Register(h, 1, rd, demux.Level); !errors.Is(err, syscall.ENOMEM) {
			t.Errorf("Register where %s fails: got %v, want ENOMEM", call, err)
		}
		delete(k.answer, call)
		if err := d.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
			t.Errorf("a Register that failed has left a registration: %v", err)
		}
	}
	register(t, d, h, 1, rd, demux.Level)
	k.set(h, iocp.PollReceive)
	for call, e := range map[string]iocp.Errno{"PollAFD": iocp.StatusNoMemory, "GetQueued": iocp.ErrorNoResources} {
		k.answer[call] = e
		if n, err := d.Wait(make([]demux.Event, 1), -1); n != 0 || !errors.Is(err, syscall.ENOMEM) {
			t.Errorf("Wait where %s fails: got %d, %v, want ENOMEM", call, n, err)
		}
		delete(k.answer, call)
		want(t, "the next Wait finds what is there", poll(t, d, 4), ready(1, rd))
	}
	k.answer["PollAFD"] = iocp.StatusInvalidParameter
	want(t, "a poll that is refused for another reason", poll(t, d, 4), ready(1, rd|hf))
}
