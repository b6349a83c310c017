package proptest_test

import (
	"errors"
	"net/netip"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/internal/planted/engine"
	"reactortest/proptest"
)

// fullHost is a host with all that it may have beyond demux.Host.
type fullHost interface {
	demux.Host
	demux.VectorHost
	demux.StreamOptions
	demux.UnixHost
	demux.DatagramHost
	demux.SharedHost
}

// uses calls every method that a host may have beyond demux.Host, and closes what it gets
// but for the handle that keeps names.
func uses(t testing.TB, h demux.Host, keeps string) {
	full, is := h.(fullHost)
	if !is {
		t.Errorf("%T does not have all methods of a host", h)
		return
	}
	got := func(call string, x demux.Handle, err error) {
		switch {
		case errors.Is(err, errors.ErrUnsupported):
		case err != nil:
			t.Errorf("%s: %v", call, err)
		case call != keeps:
			if err := h.Close(x); err != nil {
				t.Errorf("close of what %s made: %v", call, err)
			}
		}
	}
	worked := func(call string, err error) {
		if err != nil {
			t.Errorf("%s: %v", call, err)
		}
	}
	a, b, err := h.Pair()
	worked("Pair", err)
	n, err := full.WriteVector(a, [][]byte{[]byte("ab"), []byte("c")})
	if n != 3 {
		t.Errorf("WriteVector has written %d bytes", n)
	}
	worked("WriteVector", err)
	worked("SetReset", full.SetReset(a))
	_, _ = h.Read(b, make([]byte, 10))
	worked("close", errors.Join(h.Close(a), h.Close(b)))
	useNames(full, got, worked)

	d, at, err := full.Datagram("127.0.0.1:0")
	if err == nil {
		_, err = full.SendTo(d, []byte("x"), at)
		worked("SendTo", err)
		_, from, err := full.ReceiveFrom(d, make([]byte, 1))
		worked("ReceiveFrom", err)
		if from != at {
			t.Errorf("a datagram of %v comes from %v", at, from)
		}
	}
	got("Datagram", d, err)

	l, at, err := full.ListenShared("127.0.0.1:0", 1)
	if err == nil {
		worked("SetNoDelay", full.SetNoDelay(l, true))
		other, _, err := full.ListenShared(at.String(), 1)
		got("ListenShared of the same address", other, err)
	}
	got("ListenShared", l, err)
}

func useNames(full fullHost, got func(string, demux.Handle, error), worked func(string, error)) {
	l, err := full.ListenUnix("/tmp/s", 1)
	if err == nil {
		c, err := full.ConnectUnix("/tmp/s")
		got("ConnectUnix", c, err)
		worked("RemoveUnix", full.RemoveUnix("/tmp/s"))
	}
	got("ListenUnix", l, err)
}

// quiet are options without faults.
func quiet(t *testing.T, dialect string) proptest.Options {
	t.Helper()
	return proptest.Options{Dialect: dialect, Plan: &fakedemux.Plan{}, Runs: 20, Subject: "hosts", Dir: t.TempDir()}
}

// judged are what a suite gives a host to, and the rule that a leak breaks.
var judged = []struct {
	room  string
	rule  string
	check func(o *proptest.Options, keeps string) (*proptest.Report, error)
}{
	{"a program", "program-closes-handles", func(o *proptest.Options, keeps string) (*proptest.Report, error) {
		return proptest.CheckProgram(func(t testing.TB, h demux.Host) {
			uses(t, h, keeps)
			uses(t, proptest.World(h), "")
		}, o)
	}},
	{"an engine", "no-leaked-handle", func(o *proptest.Options, keeps string) (*proptest.Report, error) {
		serve := engine.Legal()[0].New
		return proptest.CheckEngine(func(t testing.TB, h demux.Host) proptest.Engine {
			uses(t, h, keeps)
			return serve(t, vectored{h})
		}, o)
	}},
	{"a reactor", "no-leaked-handle", func(o *proptest.Options, keeps string) (*proptest.Report, error) {
		return proptest.Check(func(t testing.TB, h demux.Host) proptest.Reactor {
			uses(t, h, keeps)
			return proptest.EventLoop(t, h)
		}, o)
	}},
}

// TestJudgedHostsPassCallsOn: what the suites put around a host has all its methods, and
// books what they open.
func TestJudgedHostsPassCallsOn(t *testing.T) {
	for _, room := range judged {
		for _, dialect := range fakedemux.Dialects() {
			t.Run(room.room+"/"+dialect, func(t *testing.T) {
				t.Parallel()
				o := quiet(t, dialect)
				r, err := room.check(&o, "")
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range r.Failures {
					t.Error(f.Screen(""))
				}
			})
		}
	}
}

// TestLeaksOfOptionalCallsAreFound: a handle of each call that is left open.
func TestLeaksOfOptionalCallsAreFound(t *testing.T) {
	for _, room := range judged {
		for _, call := range []string{"ListenUnix", "ConnectUnix", "Datagram", "ListenShared"} {
			t.Run(room.room+"/"+call, func(t *testing.T) {
				t.Parallel()
				o := quiet(t, "epoll")
				r, err := room.check(&o, call)
				if err != nil {
					t.Fatal(err)
				}
				if r.Broken(room.rule) == nil {
					t.Errorf("%s is not broken", room.rule)
				}
			})
		}
	}
}

// vectored writes by WriteVector, in two pieces, and listens by ListenShared where the
// system has it.
type vectored struct{ demux.Host }

func (v vectored) Write(h demux.Handle, b []byte) (int, error) {
	half := len(b) / 2
	return v.Host.(demux.VectorHost).WriteVector(h, [][]byte{b[:half], b[half:]})
}

func (v vectored) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	l, at, err := v.Host.(demux.SharedHost).ListenShared(addr, backlog)
	if errors.Is(err, errors.ErrUnsupported) {
		return v.Host.Listen(addr, backlog)
	}
	return l, at, err
}
