package fakedemux_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
)

// fate is what becomes of an argument.
type fate string

const (
	isSimulated fate = "simulated"                  // a fact of another test shows what it does
	refused     fate = "refused as not simulated"   // by name
	invalid     fate = "refused as Windows does"    // with an error of Windows
	idle        fate = "accepted without effect"    // WithoutEffect has it
	unasked     fate = "reported, asked for or not" // likewise a fact
)

// bit is one bit of an argument.
type bit struct {
	value uint32
	fate  fate
	name  string // what NotSimulated has, or a part of what WithoutEffect has, or the fact that shows it
}

// pollBitFates are the conditions of a poll, up to those that Windows has a name for.
// The others are refused with their numbers.
var pollBitFates = []bit{
	{iocp.PollReceive, isSimulated, "poll: what holds is reported at once"},
	{iocp.PollExpedited, isSimulated, "urgent data"},
	{iocp.PollSend, isSimulated, "AFD polls see room"},
	{iocp.PollDisconnect, isSimulated, "poll: a FIN is DISCONNECT"},
	{iocp.PollAbort, isSimulated, "poll: a RST is ABORT"},
	{iocp.PollLocalClose, unasked, "poll: closing the last handle is LOCAL_CLOSE"},
	{iocp.PollConnect, isSimulated, "poll: what holds is reported at once"},
	{iocp.PollAccept, isSimulated, "poll: a listener"},
	{iocp.PollConnectFail, isSimulated, "poll: a refused connect is CONNECT_FAIL"},
	{iocp.PollQOS, refused, "AFD_POLL_QOS"},
	{iocp.PollGroupQOS, refused, "AFD_POLL_GROUP_QOS"},
	{iocp.PollRoutingChange, refused, "AFD_POLL_ROUTING_IF_CHANGE"},
	{iocp.PollAddressChange, refused, "AFD_POLL_ADDRESS_LIST_CHANGE"},
}

// messageFlagFates are the flags of a receive and of a send.
var messageFlagFates = map[string][]bit{
	"recv": {
		{iocp.MsgOutOfBand, isSimulated, "a receive of urgent data waits for them"},
		{iocp.MsgPeek, refused, "MSG_PEEK"},
		{iocp.MsgDontRoute, invalid, ""},
		{iocp.MsgWaitAll, refused, "MSG_WAITALL"},
		{iocp.MsgPushImmediate, idle, "MSG_PUSH_IMMEDIATE"},
		{iocp.MsgPartial, refused, "MSG_PARTIAL"},
	},
	"send": {
		{iocp.MsgOutOfBand, isSimulated, "urgent data"},
		{iocp.MsgPeek, invalid, ""},
		{iocp.MsgDontRoute, idle, "MSG_DONTROUTE"},
		{iocp.MsgWaitAll, invalid, ""},
		{iocp.MsgPushImmediate, invalid, ""},
		{iocp.MsgPartial, refused, "MSG_PARTIAL"},
	},
}

// fateOf returns what is said of a bit; one that nothing is said of is refused with its
// number.
func fateOf(bits []bit, value uint32, unknown string) bit {
	for _, b := range bits {
		if b.value == value {
			return b
		}
	}
	return bit{value, refused, fmt.Sprintf(unknown, value)}
}

// check compares what a call has returned with what is said of a bit.
func (b bit) check(t *testing.T, what string, k *fakedemux.Kernel, e iocp.Errno) {
	t.Helper()
	lacks := k.NotSimulated()
	switch b.fate {
	case refused:
		if e != iocp.ENOTSIMULATED || lacks != b.name {
			t.Errorf("%s: got %v, %q, want a refusal of %q", what, e, lacks, b.name)
		}
		return
	case invalid:
		if e == 0 || e == iocp.ENOTSIMULATED || e == iocp.ErrorIOPending {
			t.Errorf("%s: got %v, want an error of Windows", what, e)
		}
	case isSimulated, unasked:
		known := slices.ContainsFunc(slices.Concat(winFacts, winMoreFacts, winDatagramFacts), func(f winFact) bool { return f.name == b.name })
		if e == iocp.ENOTSIMULATED || !known {
			t.Errorf("%s: got %v; the fact %q exists: %v", what, e, b.name, known)
		}
	case idle:
		listed := slices.ContainsFunc(fakedemux.AcceptedWithoutEffect("iocp"), func(s string) bool { return strings.Contains(s, b.name) })
		if e == iocp.ENOTSIMULATED || !listed {
			t.Errorf("%s: got %v; %q is in AcceptedWithoutEffect: %v", what, e, b.name, listed)
		}
	}
	if lacks != "" {
		t.Errorf("%s: %q was refused", what, lacks)
	}
}

// TestNothingOfPollsIsTakenInSilence walks every condition that a poll may ask for,
// alone and beside others, of one socket and of several.
func TestNothingOfPollsIsTakenInSilence(t *testing.T) {
	for i := range 32 {
		b := fateOf(pollBitFates, 1<<i, "condition %#x of a poll of AFD")
		for _, with := range []uint32{0, iocp.PollReceive | iocp.PollSend, iocp.PollAbort} {
			k := direct(fakedemux.Options{Dialect: "iocp"})
			sys := k.IOCP()
			afd, _ := sys.OpenAFD()
			a, _ := newStream(t, k, false)
			op := sys.Acquire()
			op.Poll = iocp.PollInfo{Timeout: iocp.NoPollTimeout, NumberOfHandles: 1, Handle: a, Events: b.value | with}
			b.check(t, fmt.Sprintf("a poll for %#x", op.Poll.Events), k, sys.PollAFD(afd, op))

			k.Reset(nil)
			afd, _ = sys.OpenAFD()
			a, c := newStream(t, k, false)
			l := &iocp.PollList{Timeout: iocp.NoPollTimeout, NumberOfHandles: 2}
			l.Handles[0] = iocp.PollHandle{Handle: a, Events: iocp.PollReceive}
			l.Handles[1] = iocp.PollHandle{Handle: c, Events: b.value | with}
			b.check(t, fmt.Sprintf("a poll of several for %#x", l.Handles[1].Events), k, sys.PollMany(afd, sys.Acquire(), l))
		}
	}
}

// TestNothingOfMessagesIsTakenInSilence walks every flag of a receive and a send, of a
// stream and of UDP.
func TestNothingOfMessagesIsTakenInSilence(t *testing.T) {
	for i := range 32 {
		for call, bits := range messageFlagFates {
			b := fateOf(bits, 1<<i, "flag %#x of a message")
			k := direct(fakedemux.Options{Dialect: "iocp"})
			sys := k.IOCP()
			a, _ := newStream(t, k, false)
			op := sys.Acquire()
			op.Flags = b.value
			start := sys.Recv
			if call == "send" {
				start = sys.Send
			}
			b.check(t, fmt.Sprintf("%s with %#x", call, b.value), k, start(a, op, make([]byte, 1)))

			if b.value == iocp.MsgOutOfBand {
				b.fate = invalid // there is no urgent data of messages
			}
			k.Reset(nil)
			w := &iocpWorld{Winsock: sys}
			_, w.at, _ = k.Listen("127.0.0.1:0", 1)
			u, op := w.udp(true), sys.Acquire()
			op.Flags = b.value
			var e iocp.Errno
			if call == "send" {
				e = sys.SendTo(u, op, nil, w.at)
			} else {
				e = sys.RecvFrom(u, op, nil)
			}
			b.check(t, fmt.Sprintf("%s of UDP with %#x", call, b.value), k, e)
		}
	}
}

// TestNothingOfModesIsTakenInSilence walks the modes of a handle, the flags of
// DisconnectEx, and the values of shutdown.
func TestNothingOfModesIsTakenInSilence(t *testing.T) {
	for i := range 8 {
		b := bit{1 << i, invalid, ""}
		switch b.value {
		case iocp.SkipOnSuccess:
			b.fate, b.name = isSimulated, "skip on success"
		case iocp.SkipSetEvent:
			b.fate, b.name = idle, "FILE_SKIP_SET_EVENT_ON_HANDLE"
		}
		k := direct(fakedemux.Options{Dialect: "iocp"})
		a, _ := newStream(t, k, false)
		b.check(t, fmt.Sprintf("mode %#x", b.value), k, k.IOCP().SetModes(a, uint8(b.value)))
	}
	for i := range 32 {
		b := bit{1 << i, invalid, ""}
		if b.value == iocp.ReuseSocket {
			b.fate, b.name = isSimulated, "disconnect and use again"
		}
		k := direct(fakedemux.Options{Dialect: "iocp"})
		a, _ := newStream(t, k, false)
		b.check(t, fmt.Sprintf("DisconnectEx with %#x", b.value), k, k.IOCP().DisconnectEx(a, k.IOCP().Acquire(), b.value))
	}
	names := map[int]string{iocp.ShutReceive: "shutdown of receiving", iocp.ShutSend: "shutdown of sending", iocp.ShutBoth: "shutdown of both"}
	for how := -2; how < 6; how++ {
		b := bit{uint32(how), invalid, ""}
		if name, known := names[how]; known {
			b.fate, b.name = isSimulated, name
		}
		k := direct(fakedemux.Options{Dialect: "iocp"})
		a, _ := newStream(t, k, false)
		b.check(t, fmt.Sprintf("shutdown %d", how), k, k.IOCP().Shutdown(a, how))
	}
}

// TestNothingOfAnOverlappedIsTakenInSilence walks the fields of an OVERLAPPED in every
// call that starts an operation: an event is refused, the offsets do nothing.
func TestNothingOfAnOverlappedIsTakenInSilence(t *testing.T) {
	starts := map[string]func(w *iocpWorld) iocp.Errno{
		"PollAFD":       func(w *iocpWorld) iocp.Errno { return w.poll(w.afd, w.connected, 1, iocp.NoPollTimeout) },
		"PollMany":      func(w *iocpWorld) iocp.Errno { return w.many(w.afd, 2, w.connected) },
		"Recv":          func(w *iocpWorld) iocp.Errno { return w.Recv(w.connected, w.op, make([]byte, 1)) },
		"Send":          func(w *iocpWorld) iocp.Errno { return w.Send(w.connected, w.op, make([]byte, 1)) },
		"RecvFrom":      func(w *iocpWorld) iocp.Errno { return w.RecvFrom(w.udp(true), w.op, make([]byte, 1)) },
		"SendTo":        func(w *iocpWorld) iocp.Errno { return w.SendTo(w.udp(true), w.op, make([]byte, 1), w.at) },
		"AcceptEx":      func(w *iocpWorld) iocp.Errno { return w.AcceptEx(w.listener, w.fresh, w.op) },
		"AcceptReceive": func(w *iocpWorld) iocp.Errno { return w.AcceptReceive(w.listener, w.fresh, w.op, make([]byte, 200)) },
		"ConnectEx":     func(w *iocpWorld) iocp.Errno { return w.ConnectEx(w.fresh, w.op, w.at) },
		"ConnectSend":   func(w *iocpWorld) iocp.Errno { return w.ConnectSend(w.fresh, w.op, w.at, make([]byte, 1)) },
		"DisconnectEx":  func(w *iocpWorld) iocp.Errno { return w.DisconnectEx(w.connected, w.op, 0) },
	}
	for name, start := range starts {
		w := newIOCPWorld(t)
		w.op.Overlapped.Event = 1
		if e := start(w); e != iocp.ENOTSIMULATED {
			t.Errorf("%s with an event: %v, want ENOTSIMULATED", name, e)
		}
		w.op.Overlapped = iocp.Overlapped{Offset: 1, OffsetHigh: 2}
		if e := start(w); e != 0 && e != iocp.ErrorIOPending && e != iocp.StatusPending {
			t.Errorf("%s with offsets: %v", name, e)
		}
	}
}

// TestNothingOfLingerIsTakenInSilence: 0 seconds are isSimulated, a time is refused.
func TestNothingOfLingerIsTakenInSilence(t *testing.T) {
	for _, tt := range []struct {
		on      bool
		seconds uint16
		fate    fate
		name    string
	}{
		{true, 0, isSimulated, "a close that lingers for no time resets"},
		{false, 0, isSimulated, "a close that lingers for no time resets"},
		{false, 5, isSimulated, "a close that lingers for no time resets"},
		{true, 1, refused, "SO_LINGER with a time"},
		{true, 65535, refused, "SO_LINGER with a time"},
	} {
		k := direct(fakedemux.Options{Dialect: "iocp"})
		a, _ := newStream(t, k, false)
		bit{0, tt.fate, tt.name}.check(t, fmt.Sprint("linger ", tt.on, tt.seconds), k, k.IOCP().Linger(a, tt.on, tt.seconds))
	}
}

// TestRefusalsAreOfARun: the next run has none, and a refusal prints its name.
func TestRefusalsAreOfARun(t *testing.T) {
	k := direct(fakedemux.Options{Dialect: "iocp"})
	a, _ := newStream(t, k, false)
	e := k.IOCP().Linger(a, true, 1)
	if e.String() != "ENOTSIMULATED" || k.NotSimulated() != "SO_LINGER with a time" {
		t.Errorf("%v, %q", e, k.NotSimulated())
	}
	if e := k.IOCP().Linger(demux.NoHandle, true, 1); e != iocp.WSAENOTSOCK {
		t.Errorf("a wrong handle is told first: %v", e)
	}
	k.Reset(nil)
	if lacks := k.NotSimulated(); lacks != "" {
		t.Errorf("after Reset: %q", lacks)
	}
}
