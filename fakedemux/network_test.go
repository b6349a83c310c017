package fakedemux_test

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// nowhere is an address that nobody listens at.
var nowhere = netip.MustParseAddrPort("127.0.0.1:9")

func TestPorts(t *testing.T) {
	k := direct(fakedemux.Options{})
	l, at, err := k.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := k.Listen("[::1]:0", 1)
	if err != nil || other.Port() == at.Port() || other.Addr() != netip.IPv6Loopback() {
		t.Errorf("a second listener: %v %v, the first has %v", other, err, at)
	}
	if _, _, err := k.Listen(at.String(), 1); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a port that is taken: %v, want EADDRINUSE", err)
	}
	if err := k.Close(l); err != nil {
		t.Fatal(err)
	}
	if _, again, err := k.Listen(at.String(), 1); err != nil || again != at {
		t.Errorf("a port that was given up: %v %v", again, err)
	}
	if _, _, err := k.Listen("nonsense", 1); err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("a malformed address: %v, want an error that names it", err)
	}
	k.Reset(nil)
	if _, first, _ := k.Listen("127.0.0.1:0", 1); first != at {
		t.Errorf("a new run begins with port %v, want %v again", first, at)
	}
}

func TestPortsSkipTakenOnes(t *testing.T) {
	k := direct(fakedemux.Options{})
	_, at, err := k.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	next := netip.AddrPortFrom(at.Addr(), at.Port()+1)
	if _, _, err := k.Listen(next.String(), 1); err != nil {
		t.Fatal(err)
	}
	if _, third, err := k.Listen("127.0.0.1:0", 1); err != nil || third == next {
		t.Errorf("a chosen port: %v %v", third, err)
	}
}

func TestBacklog(t *testing.T) {
	k := direct(fakedemux.Options{})
	l, at, err := k.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	first, second, third := must(k.Connect(at))(t), must(k.Connect(at))(t), must(k.Connect(at))(t)
	for _, h := range []demux.Handle{first, second} {
		if err := k.ConnectResult(h); err != nil {
			t.Errorf("within the backlog and one: %v", err)
		}
	}
	if err := k.ConnectResult(third); !errors.Is(err, demux.ErrAgain) {
		t.Errorf("beyond the backlog: %v, want ErrAgain", err)
	}
	// Room alone does not finish the attempt: its SYN is sent again after 1 s.
	must(k.Accept(l))(t)
	if err := k.ConnectResult(third); !errors.Is(err, demux.ErrAgain) {
		t.Errorf("before the SYN was sent again: %v, want ErrAgain", err)
	}
	k.Sleep(time.Second)
	if err := k.ConnectResult(third); err != nil {
		t.Errorf("after the SYN was sent again: %v", err)
	}
	fourth := must(k.Connect(at))(t)
	k.Sleep(3 * time.Second) // still no room
	if err := k.ConnectResult(fourth); !errors.Is(err, demux.ErrAgain) {
		t.Errorf("tried four times: %v, want ErrAgain", err)
	}
	if err := k.Close(l); err != nil {
		t.Fatal(err)
	}
	k.Sleep(time.Second)
	if err := k.ConnectResult(fourth); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the listener is gone: %v, want ECONNREFUSED", err)
	}
	if err := k.ConnectResult(third); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a connection that nobody accepted: %v, want ECONNRESET", err)
	}
}

// asked runs f over many random runs of a kernel in which the classes of the
// given points alone are on, and fails unless each of the points was taken.
func asked(t *testing.T, mode fakedemux.Mode, points []scheduler.Point, f func(k *fakedemux.Kernel)) {
	t.Helper()
	plan := fakedemux.Plan{Mode: mode, Faults: 3}
	for _, c := range fakedemux.Classes() {
		on := false
		for _, p := range points {
			on = on || p == c.Point
		}
		if !on {
			plan.Off += string(c.Letter)
		}
	}
	k := direct(fakedemux.Options{Plan: &plan})
	s := scheduler.NewRandom(1)
	taken := map[scheduler.Point]int{}
	for run := range 500 {
		s.Begin(run)
		k.Reset(s)
		f(k)
		if t.Failed() {
			t.Fatalf("in run %d, decisions %v", run, k.Recorder().Decisions())
		}
		for _, d := range k.Recorder().Decisions() {
			if d.Got > 0 {
				taken[d.Point]++
			}
		}
	}
	for _, p := range points {
		if taken[p] == 0 {
			t.Errorf("500 runs never took %v", p)
		}
	}
}

func TestDeliveryKeepsOrder(t *testing.T) {
	points := []scheduler.Point{
		fakedemux.PointDelay, fakedemux.PointSplit, fakedemux.PointDeliver, fakedemux.PointConnect, fakedemux.PointShort,
	}
	asked(t, fakedemux.Faithful, points, func(k *fakedemux.Kernel) {
		_, at, _ := k.Listen("127.0.0.1:0", 1)
		l := demux.Handle(0)
		d := must(k.Open())(t)
		w := must(k.Connect(at))(t)
		if err := d.Register(w, 1, demux.Writable, demux.Edge); err != nil {
			t.Error(err)
		}
		var ev [4]demux.Event
		for errors.Is(k.ConnectResult(w), demux.ErrAgain) {
			if n, err := d.Wait(ev[:], -1); n != 1 || err != nil {
				t.Fatal("connect: ", n, err)
			}
		}
		d.Deregister(w)
		r := must(k.Accept(l))(t)
		if err := d.Register(r, 2, demux.Readable, demux.Edge); err != nil {
			t.Error(err)
		}
		const message = "the quick brown fox jumps over the lazy dog"
		for left := message; left != ""; {
			n := must(k.Write(w, []byte(left[:min(7, len(left))])))(t)
			left = left[n:]
		}
		if err := k.Close(w); err != nil {
			t.Error(err)
		}
		// Everything arrives, in order, the end last, and each part has an edge.
		var got bytes.Buffer
		for {
			var b [5]byte
			n, err := k.Read(r, b[:])
			got.Write(b[:n])
			if errors.Is(err, io.EOF) {
				break
			}
			if errors.Is(err, demux.ErrAgain) {
				if n, err := d.Wait(ev[:], -1); n != 1 || err != nil {
					t.Fatal("no edge for what is in flight: ", n, err)
				}
			}
		}
		if got.String() != message {
			t.Errorf("read %q", got.String())
		}
	})
}

func TestResetEndsBothEnds(t *testing.T) {
	points := []scheduler.Point{fakedemux.PointReset}
	asked(t, fakedemux.Faithful, points, func(k *fakedemux.Kernel) {
		a, b := newStream(t, k, true)
		must(k.Write(b, []byte("before")))(t)
		was := k.Unread(a) // 0 if this write was the one
		if was > 0 {
			must(k.Write(a, []byte("x")))(t)
		}
		if k.Ready(b)&demux.Failed == 0 {
			return // there was no reset in this run
		}
		if k.Ready(a)&demux.Failed == 0 {
			t.Error("one end only was reset")
		}
		var buf [16]byte
		if was > 0 {
			if n, err := k.Read(a, buf[:]); n != was || err != nil {
				t.Errorf("of %d bytes that had arrived %d can be read: %v", was, n, err)
			}
		}
		if _, err := k.Write(a, buf[:1]); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("write: %v, want ECONNRESET", err)
		}
		if _, err := k.Read(b, buf[:]); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("read: %v, want ECONNRESET", err)
		}
		if _, err := k.Read(b, buf[:]); !errors.Is(err, io.EOF) {
			t.Errorf("second read: %v, want EOF", err)
		}
		if _, err := k.Write(a, buf[:1]); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("second write: %v, want EPIPE", err)
		}
	})
}

func TestFullStream(t *testing.T) {
	for _, tcp := range []bool{false, true} {
		k := direct(fakedemux.Options{StreamBuffer: 100})
		a, b := newStream(t, k, tcp)
		d := must(k.Open())(t)
		if n := must(k.Write(a, make([]byte, 150)))(t); n != 100 {
			t.Errorf("tcp %v: a write into a buffer of 100 took %d", tcp, n)
		}
		if _, err := k.Write(a, make([]byte, 1)); !errors.Is(err, demux.ErrAgain) {
			t.Errorf("tcp %v: a write to a full buffer: %v", tcp, err)
		}
		if err := d.Register(a, 1, demux.Writable, demux.Edge); err != nil {
			t.Fatal(err)
		}
		var ev [1]demux.Event
		if n, _ := d.Wait(ev[:], 0); n != 0 {
			t.Errorf("tcp %v: a full stream is reported %v", tcp, ev[0])
		}
		must(k.Read(b, make([]byte, 100)))(t)
		if n, _ := d.Wait(ev[:], 0); n != 1 || ev[0].Ready != demux.Writable {
			t.Errorf("tcp %v: room is not reported", tcp)
		}
	}
}
