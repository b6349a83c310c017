package program_test

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

// steady has no resets, which end a connection for good.
var steady = &fakedemux.Plan{Faults: 2, Off: "r"}

// check judges p with few runs.
func check(t *testing.T, p proptest.Program, o proptest.Options) *proptest.Report {
	t.Helper()
	o.Subject, o.Dir = "program", t.TempDir()
	if o.Runs == 0 {
		o.Runs = 200
	}
	r, err := proptest.CheckProgram(p, &o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// dialects are one of each family.
var dialects = []string{"epoll", "kqueue-darwin", "iocp"}

// write sends all of b, whatever the host.
func write(t testing.TB, h demux.Host, to demux.Handle, b string) {
	for b != "" {
		n, err := h.Write(to, []byte(b))
		b = b[max(n, 0):]
		if errors.Is(err, demux.ErrAgain) {
			err = proptest.Await(h, to, demux.Writable, -1)
		}
		if err != nil {
			t.Errorf("write: %v", err)
			return
		}
	}
}

// readAll reads up to the end.
func readAll(t testing.TB, h demux.Host, from demux.Handle) string {
	var all []byte
	b := make([]byte, 16)
	for {
		n, err := h.Read(from, b)
		all = append(all, b[:max(n, 0)]...)
		switch {
		case errors.Is(err, io.EOF):
			return string(all)
		case errors.Is(err, demux.ErrAgain):
			if err := proptest.Await(h, from, demux.Readable, h.Now()+time.Hour); err != nil {
				t.Errorf("await: %v", err)
				return string(all)
			}
		case err != nil:
			t.Errorf("read: %v", err)
			return string(all)
		}
	}
}

// dial connects a client of the world.
func dial(t testing.TB, h demux.Host, to netip.AddrPort) demux.Handle {
	c, err := h.Connect(to)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	for err = demux.ErrAgain; errors.Is(err, demux.ErrAgain); err = h.ConnectResult(c) {
		if err := proptest.Await(h, c, demux.Writable, -1); err != nil {
			t.Fatalf("await: %v", err)
		}
	}
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	return c
}

// greet is a correct program: a server that greets one client.
func greet(t testing.TB, h demux.Host) {
	l, at, err := h.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close(l) })
	w := proptest.World(h)
	wait := proptest.Go(w, "client", func() {
		c := dial(t, w, at)
		if got := readAll(t, w, c); got != "hello\n" {
			t.Errorf("the client got %q", got)
		}
	})
	for {
		if err := proptest.Await(h, l, demux.Readable, -1); err != nil {
			t.Fatal(err)
		}
		c, err := h.Accept(l)
		if err != nil {
			proptest.Sleep(h, time.Millisecond) // out of descriptors, for a while
			continue
		}
		write(t, h, c, "hello\n")
		_ = h.Close(c)
		break
	}
	wait()
}

// polls registers one end of a pair and closes it.
func polls(deregister bool, after func(d demux.Demux)) proptest.Program {
	return func(t testing.TB, h demux.Host) {
		d, err := h.Open()
		if err != nil {
			t.Fatal(err)
		}
		a, b, err := h.Pair()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
			t.Fatal(err)
		}
		if deregister {
			if err := d.Deregister(a); err != nil {
				t.Error(err)
			}
		}
		_ = h.Close(a)
		_ = h.Close(b)
		after(d)
		_ = d.Close()
	}
}

// TestRules plants a program for each rule and each way to break down, and a
// correct one beside it that looks guilty.
func TestRules(t *testing.T) {
	idle := func(d demux.Demux) { _, _ = d.Wait(make([]demux.Event, 1), time.Millisecond) }
	for _, tt := range []struct {
		why  string
		rule string // "" if the program is correct
		says string
		run  proptest.Program
	}{
		{why: "a server and its client", run: greet},
		{why: "a program that does nothing", run: func(testing.TB, demux.Host) {}},
		{why: "an error is the verdict", rule: "program-passes", says: "no luck", run: func(t testing.TB, _ demux.Host) { t.Errorf("no luck") }},
		{why: "Fatal ends the run", rule: "program-passes", says: "no luck", run: func(t testing.TB, _ demux.Host) { t.Fatal("no luck") }},
		{why: "a client's verdict counts when the program has returned", rule: "program-passes", says: "late", run: func(t testing.TB, h demux.Host) {
			w := proptest.World(h)
			w.Go("client", func() {
				proptest.Sleep(w, worldPatience)
				t.Error("late")
			})
		}},
		{why: "a handle is left open", rule: "program-closes-handles", says: "opened by pair in task main", run: func(t testing.TB, h demux.Host) {
			a, _, _ := h.Pair()
			_ = h.Close(a)
		}},
		{why: "a demultiplexer is left open", rule: "program-closes-handles", says: "a demultiplexer", run: func(t testing.TB, h demux.Host) { _, _ = h.Open() }},
		{why: "what the world leaves open is no leak", run: func(t testing.TB, h demux.Host) {
			_, _, _ = proptest.World(h).Pair()
			_, _ = proptest.World(h).Open()
		}},
		{why: "a cleanup closes", run: func(t testing.TB, h demux.Host) {
			a, b, _ := h.Pair()
			t.Cleanup(func() { _ = h.Close(a); _ = h.Close(b) })
		}},
		{why: "a task is left behind", rule: "program-ends-tasks", says: "lost", run: func(t testing.TB, h demux.Host) {
			h.Go("lost", func() { proptest.Sleep(h, time.Hour) })
		}},
		{why: "a task ends a little later", run: func(t testing.TB, h demux.Host) {
			h.Go("late", func() { proptest.Sleep(h, time.Second) })
		}},
		{why: "the world goes on forever", run: func(t testing.TB, h demux.Host) {
			w := proptest.World(h)
			w.Go("clock", func() {
				for {
					proptest.Sleep(w, time.Minute)
				}
			})
			w.Go("blocked", func() {
				a, _, _ := w.Pair()
				_ = proptest.Await(w, a, demux.Readable, -1)
			})
		}},
		{why: "a registration outlives its handle", rule: "program-deregisters", says: "deregistered", run: polls(false, idle)},
		{why: "a registration ends before its handle", run: polls(true, idle)},
		{why: "the demultiplexer is closed behind its handles", run: polls(false, func(demux.Demux) {})},
		{why: "the world closes what the program has registered", run: func(t testing.TB, h demux.Host) {
			w := proptest.World(h)
			a, _, _ := w.Pair()
			d, _ := h.Open()
			if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
				t.Error(err)
			}
			_ = w.Close(a)
			idle(d)
			_ = d.Close()
		}},
		{why: "a wait without an end", rule: "deadlock", says: "deadlock", run: func(t testing.TB, h demux.Host) {
			a, _, _ := h.Pair()
			_ = proptest.Await(h, a, demux.Readable, -1)
		}},
		{why: "a deadlock is told as such, whatever is to be cleaned up", rule: "deadlock", says: "deadlock", run: func(t testing.TB, h demux.Host) {
			a, _, _ := h.Pair()
			t.Cleanup(func() { proptest.Sleep(h, time.Second) })
			_ = proptest.Await(h, a, demux.Readable, -1)
		}},
		{why: "a loop without an end", rule: "livelock", says: "budget", run: func(t testing.TB, h demux.Host) {
			for {
				h.Yield("again")
			}
		}},
		{why: "a panic", rule: "panic", says: "on purpose", run: func(testing.TB, demux.Host) { panic("on purpose") }},
	} {
		for _, dialect := range dialects {
			if tt.rule == "livelock" && dialect != "epoll" {
				continue // it costs seconds, and no dialect has a part in it
			}
			t.Run(tt.why+"/"+dialect, func(t *testing.T) {
				t.Parallel()
				r := check(t, tt.run, proptest.Options{Dialect: dialect, Plan: steady, Runs: 40, Workload: "p1+calls.2000"})
				f := r.Failure
				switch {
				case tt.rule == "" && f != nil:
					t.Error(f.Screen(""))
				case tt.rule == "":
				case f == nil:
					t.Errorf("no rule is broken, want %s", tt.rule)
				case f.Rule != tt.rule || !strings.Contains(f.Text, tt.says):
					t.Errorf("%s: %s\nwant %s: ...%s...", f.Rule, f.Text, tt.rule, tt.says)
				}
			})
		}
	}
}

// worldPatience is less than what clients have when the program has returned.
const worldPatience = 500 * time.Millisecond

// TestOperationsEnd leaves a read in flight.
func TestOperationsEnd(t *testing.T) {
	for _, tt := range []struct {
		why   string
		close bool
	}{
		{why: "the demultiplexer is left open"},
		{why: "its Close ends what is in flight", close: true},
	} {
		r := check(t, func(t testing.TB, h demux.Host) {
			d, err := h.Open()
			if err != nil {
				t.Fatal(err)
			}
			a, b, err := h.Pair()
			if err != nil {
				t.Fatal(err)
			}
			op := &demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 8)}
			if err := d.(demux.Completer).Submit(op, 7); err != nil {
				t.Fatal(err)
			}
			if tt.close {
				_ = d.Close()
			}
			_ = h.Close(a)
			_ = h.Close(b)
		}, proptest.Options{Dialect: "iocp", Plan: &fakedemux.Plan{}})
		if broken := r.Broken("program-ends-operations") != nil; broken == tt.close {
			t.Errorf("%s: program-ends-operations is broken: %v", tt.why, broken)
		}
		if leaked := r.Broken("program-closes-handles") != nil; leaked == tt.close {
			t.Errorf("%s: program-closes-handles is broken: %v", tt.why, leaked)
		}
	}
}

// TestOrders finds what only an order of events shows, replays it, and finds
// nothing when it is mended.
func TestOrders(t *testing.T) {
	racy := func(atomic bool) proptest.Program {
		return func(t testing.TB, h demux.Host) {
			n := 0
			add := func() {
				was := n
				if !atomic {
					h.Yield("between a read and a write")
				}
				n = was + 1
			}
			first, second := proptest.Go(h, "first", add), proptest.Go(h, "second", add)
			first()
			second()
			if n != 2 {
				t.Errorf("two tasks have added 1, and the sum is %d", n)
			}
		}
	}
	if r := check(t, racy(true), proptest.Options{}); r.Failure != nil {
		t.Error(r.Failure.Screen(""))
	}
	r := check(t, racy(false), proptest.Options{})
	f := r.Failure
	if f == nil || f.Rule != "program-passes" || len(f.Deviations) != 1 {
		t.Fatalf("found %+v, want program-passes with one deviation", f)
	}
	again, err := proptest.ReplayProgram(f.Tape, racy(false), nil)
	if err != nil || again.Failure == nil || again.Failure.Tape != f.Tape || again.Diverged != "" {
		t.Errorf("replayed: %+v %v", again, err)
	}
	again, err = proptest.ReplayProgram(f.Saved, racy(false), nil)
	if err != nil || again.Failure == nil || again.Failure.Text != f.Text {
		t.Errorf("replayed from %s: %+v %v", f.Saved, again, err)
	}
	mended, err := proptest.ReplayProgram(f.Saved, racy(true), nil)
	if err != nil || mended.Failure != nil {
		t.Errorf("replayed after the fix: %+v %v", mended, err)
	}
}

// TestWaive goes on past a verdict that is waived.
func TestWaive(t *testing.T) {
	r := check(t, func(t testing.TB, h demux.Host) {
		_, _, _ = h.Pair()
		t.Errorf("known")
	}, proptest.Options{Waive: map[string]string{"program-passes": "known"}})
	if r.Broken("program-passes") != nil || r.Broken("program-closes-handles") == nil || len(r.Failures) != 1 {
		t.Errorf("failures %+v, want program-closes-handles", r.Failures)
	}
}

// TestFaults sees which calls faults strike: none before the first wait, and none
// of the world's.
func TestFaults(t *testing.T) {
	plan := &fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 8, Off: "r"}
	struck := map[string]int{}
	open := func(h demux.Host, who string) {
		for range 4 {
			a, b, err := h.Pair()
			if err != nil {
				struck[who]++
				continue
			}
			if n, err := h.Write(a, make([]byte, 100)); n < 100 || err != nil {
				struck[who]++
			}
			if n, err := h.Read(b, make([]byte, 100)); n < 100 || err != nil {
				struck[who]++
			}
			_ = h.Close(a)
			_ = h.Close(b)
		}
	}
	r := check(t, func(t testing.TB, h demux.Host) {
		open(h, "set-up")
		proptest.Go(proptest.World(h), "client", func() { open(proptest.World(h), "world") })()
		open(h, "program")
		open(proptest.World(h), "world")
	}, proptest.Options{Plan: plan})
	if r.Failure != nil {
		t.Error(r.Failure.Screen(""))
	}
	if struck["program"] == 0 || struck["set-up"] > 0 || struck["world"] > 0 {
		t.Errorf("calls that faults struck: %v, want some of the program's and no others", struck)
	}
}

// TestMachine gives a program another machine.
func TestMachine(t *testing.T) {
	var took, opened int
	p := func(t testing.TB, h demux.Host) {
		a, b, err := h.Pair()
		if err != nil {
			t.Fatal(err)
		}
		took, _ = h.Write(a, make([]byte, 1000))
		_ = h.Close(a)
		_ = h.Close(b)
		var all []demux.Handle
		for opened = 0; ; opened++ {
			r, w, err := h.Pipe()
			if err != nil {
				break
			}
			all = append(all, r, w)
		}
		for _, one := range all {
			_ = h.Close(one)
		}
	}
	if r := check(t, p, proptest.Options{Workload: "p1+buffer.64+files.20", Runs: 1}); r.Failure != nil || took != 64 || opened != 10 {
		t.Errorf("a small machine took %d bytes and %d pipes (%+v), want 64 and 10", took, opened, r.Failure)
	}
	if r := check(t, p, proptest.Options{Runs: 1}); r.Failure != nil || took != 1000 || opened != 512 {
		t.Errorf("the usual machine took %d bytes and %d pipes (%+v), want 1000 and 512", took, opened, r.Failure)
	}
	for _, tt := range []struct{ text, says string }{
		{"p2", `"p2"`},
		{"p1+buffer.0", "less than 1"},
		{"p1+buffer", "buffer.64"},
		{"p1+buffer.64.3", "buffer.64"},
		{"p1+disk.3", "disk.3"},
		{"p1+files.7", "less than 8"},
		{"p1+files.20+buffer.64", "p1+buffer.64+files.20"},
		{"p1+files.1024", `"p1"`},
		{"p1+calls.99999999999", "99999999999"},
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, tt.says) || !strings.Contains(said, "Workload") {
					t.Errorf("Workload %q: panic %q, want one with %q", tt.text, said, tt.says)
				}
			}()
			check(t, p, proptest.Options{Workload: tt.text})
		}()
	}
}

// TestNilProgram is refused.
func TestNilProgram(t *testing.T) {
	defer func() {
		if said, _ := recover().(string); !strings.Contains(said, "the program is nil") {
			t.Errorf("panic %q", said)
		}
	}()
	_, _ = proptest.CheckProgram(nil, nil)
}

// TestScreen reads a report.
func TestScreen(t *testing.T) {
	r := check(t, func(t testing.TB, h demux.Host) {
		a, b, _ := h.Pair()
		wait := proptest.Go(proptest.World(h), "client", func() {
			write(t, proptest.World(h), b, "hi")
			t.Logf("written")
		})
		wait()
		room := make([]byte, 9)
		n, _ := h.Read(a, room)
		t.Errorf("got %q", room[:n])
	}, proptest.Options{Plan: &fakedemux.Plan{}, Runs: 1})
	if r.Failure == nil {
		t.Fatal("no rule is broken")
	}
	screen := r.Failure.Screen("")
	for _, want := range []string{
		"main     pair: 0 1\n", "client   write 1: \"hi\"\n", "log: written\n", "main     read 0: \"hi\"\n", "> #0 main     failed: got \"hi\"\n",
	} {
		if !strings.Contains(screen, want) {
			t.Errorf("the screen has no line %q:\n%s", want, screen)
		}
	}
}
