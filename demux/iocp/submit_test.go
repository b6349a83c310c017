package iocp_test

import (
	"errors"
	"syscall"
	"testing"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

func submit(t *testing.T, d *iocp.Demux, op *demux.Op, tok demux.Token) {
	t.Helper()
	if err := d.Submit(op, tok); err != nil {
		t.Fatalf("Submit of a %v: %v", op.Kind, err)
	}
}

func read(h demux.Handle) *demux.Op {
	return &demux.Op{Kind: demux.OpRead, Handle: h, Buf: make([]byte, 8)}
}

func TestResults(t *testing.T) {
	for _, tt := range []struct {
		why    string
		kind   demux.OpKind
		call   string
		answer iocp.Errno // of the call
		status iocp.Errno // of the packet, where the call goes on
		after  iocp.Errno // of the call that follows a success
		err    error
	}{
		{why: "a read", kind: demux.OpRead, call: "Recv"},
		{why: "a read that finishes at once", kind: demux.OpRead, call: "Recv", answer: finishesAtOnce},
		{why: "a write", kind: demux.OpWrite, call: "Send"},
		{why: "a write that finishes at once", kind: demux.OpWrite, call: "Send", answer: finishesAtOnce},
		{why: "a reset", kind: demux.OpRead, call: "Recv", status: iocp.StatusConnectionReset, err: syscall.ECONNRESET},
		{why: "a reset, told by the call", kind: demux.OpRead, call: "Recv", answer: iocp.WSAECONNRESET, err: syscall.ECONNRESET},
		{why: "the handle was closed", kind: demux.OpRead, call: "Recv", status: iocp.StatusHandlesClosed, err: demux.ErrCanceled},
		{why: "an accept", kind: demux.OpAccept, call: "AcceptEx"},
		{why: "an accept that finishes at once", kind: demux.OpAccept, call: "AcceptEx", answer: finishesAtOnce},
		{why: "an accept that fails", kind: demux.OpAccept, call: "AcceptEx", answer: iocp.WSAEINVAL, err: syscall.EINVAL},
		{why: "an accept that is canceled", kind: demux.OpAccept, call: "AcceptEx", status: iocp.StatusCancelled, err: demux.ErrCanceled},
		{why: "an accept whose listener is gone", kind: demux.OpAccept, call: "AcceptEx", after: iocp.WSAENOTSOCK, err: syscall.ENOTSOCK},
		{why: "a connect", kind: demux.OpConnect, call: "ConnectEx"},
		{why: "refused", kind: demux.OpConnect, call: "ConnectEx", status: iocp.StatusConnectionRefused, err: syscall.ECONNREFUSED},
	} {
		for _, skip := range []bool{true, false} {
			k, d := open(t)
			h := k.socket()
			if !skip {
				k.onCall["BaseSocket"] = func(k *kernel) { k.answer["SetModes"] = iocp.ErrorInvalidParameter }
			}
			k.answer[tt.call], k.answer["UpdateAccepted"], k.bytes = tt.answer, tt.after, 5
			op := &demux.Op{Kind: tt.kind, Handle: h, Buf: make([]byte, 8)}
			submit(t, d, op, 9)
			if tt.answer == 0 {
				want(t, tt.why+", not finished", poll(t, d, 4))
				k.finish(tt.status, 5)
			}
			want(t, tt.why, poll(t, d, 4), demux.Event{Token: 9, Op: op})
			want(t, tt.why+", once", poll(t, d, 4))
			if !errors.Is(op.Err, tt.err) || (op.Err == nil) != (tt.err == nil) {
				t.Errorf("%s: got %v, want %v", tt.why, op.Err, tt.err)
			}
			moves := (tt.kind == demux.OpRead || tt.kind == demux.OpWrite) && tt.err == nil
			if moves != (op.N == 5) || !moves && op.N != 0 {
				t.Errorf("%s: N is %d", tt.why, op.N)
			}
			if accepted := tt.kind == demux.OpAccept && tt.err == nil; accepted != (op.New != demux.NoHandle) {
				t.Errorf("%s: New is %d", tt.why, op.New)
			} else if accepted {
				k.CloseSocket(op.New) // the caller's
			}
		}
	}
}

func TestOneReadAndOneWrite(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	r, w := read(h), &demux.Op{Kind: demux.OpWrite, Handle: h}
	submit(t, d, r, 1)
	submit(t, d, w, 2)
	for _, kind := range []demux.OpKind{demux.OpRead, demux.OpWrite} {
		if err := d.Submit(&demux.Op{Kind: kind, Handle: h, Buf: make([]byte, 1)}, 3); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a second %v: got %v, want errors.ErrUnsupported", kind, err)
		}
	}
	k.finish(0, 1)
	k.finish(0, 0)
	want(t, "both", poll(t, d, 4), demux.Event{Token: 1, Op: r}, demux.Event{Token: 2, Op: w})
	submit(t, d, r, 4)
	if err := d.Submit(&demux.Op{Kind: demux.OpRead, Handle: h}, 5); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a read without a buffer: got %v, want errors.ErrUnsupported", err)
	}
}

func TestCancel(t *testing.T) {
	k, d := open(t)
	h := k.socket()
	op := read(h)
	if err := d.Cancel(op); !errors.Is(err, demux.ErrNotFound) {
		t.Errorf("never submitted: got %v, want ErrNotFound", err)
	}
	submit(t, d, op, 1)
	for range 2 {
		if err := d.Cancel(op); err != nil {
			t.Errorf("in flight: %v", err)
		}
	}
	want(t, "canceled", poll(t, d, 4), demux.Event{Token: 1, Op: op})
	if !errors.Is(op.Err, demux.ErrCanceled) {
		t.Errorf("got %v, want ErrCanceled", op.Err)
	}
	if err := d.Cancel(op); !errors.Is(err, demux.ErrNotFound) {
		t.Errorf("after its event: got %v, want ErrNotFound", err)
	}
	submit(t, d, op, 2)
	k.finish(0, 3)
	if err := d.Cancel(op); err != nil {
		t.Errorf("too late: %v", err)
	}
	want(t, "it has finished before", poll(t, d, 4), demux.Event{Token: 2, Op: op})
	if op.Err != nil || op.N != 3 {
		t.Errorf("a cancel that came too late: N is %d, Err %v", op.N, op.Err)
	}
}

func TestAttachment(t *testing.T) {
	k, d := open(t)
	other, err := iocp.Open(k)
	if err != nil {
		t.Fatal(err)
	}
	h := k.socket()
	op := read(h)
	submit(t, d, op, 1)
	if err := other.Submit(read(h), 1); !errors.Is(err, demux.ErrAttached) {
		t.Errorf("attached elsewhere: got %v, want ErrAttached", err)
	}
	for _, bad := range []demux.Handle{3, demux.NoHandle} {
		if err := d.Submit(read(bad), 1); !errors.Is(err, syscall.EBADF) {
			t.Errorf("Submit of handle %d: got %v, want EBADF", bad, err)
		}
	}
	k.closeSocket(h, true)
	heir := read(h)
	submit(t, d, heir, 2) // while the old one's packet waits
	want(t, "the old object's read", poll(t, d, 4), demux.Event{Token: 1, Op: op})
	if err := d.Submit(read(h), 3); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a second read of the new object: got %v, want errors.ErrUnsupported", err)
	}
	k.finish(0, 4)
	want(t, "the new object's read", poll(t, d, 4), demux.Event{Token: 2, Op: heir})
	if !errors.Is(op.Err, demux.ErrCanceled) || heir.Err != nil || heir.N != 4 {
		t.Errorf("got %v, and %d bytes with %v", op.Err, heir.N, heir.Err)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

// TestTurns has operations that finish at once and registrations share batches
// that are too small for them.
func TestTurns(t *testing.T) {
	k, d := open(t)
	k.answer["Send"], k.bytes = finishesAtOnce, 1
	for tok := range demux.Token(3) {
		h := k.socket()
		k.set(h, iocp.PollReceive)
		register(t, d, h, tok, rd, demux.Level)
		op := &demux.Op{Kind: demux.OpWrite, Handle: h}
		submit(t, d, op, 10+tok)
	}
	seen := make(map[demux.Token]int)
	for range 6 {
		for _, ev := range poll(t, d, 1) {
			seen[ev.Token]++
			if ev.Op != nil {
				submit(t, d, ev.Op, ev.Token)
			}
		}
	}
	for tok := range demux.Token(3) {
		if seen[tok] != 1 || seen[10+tok] != 1 {
			t.Errorf("in six batches of one: got %v, want each once", seen)
			break
		}
	}
}

func TestSubmitFailsForWantOfASocket(t *testing.T) {
	k, d := open(t)
	k.answer["AcceptSocket"] = iocp.WSAEMFILE
	if err := d.Submit(&demux.Op{Kind: demux.OpAccept, Handle: k.socket()}, 1); !errors.Is(err, syscall.EMFILE) {
		t.Errorf("got %v, want EMFILE", err)
	}
	want(t, "a Submit that failed", poll(t, d, 4))
}
