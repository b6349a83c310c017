package proptest_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest"
)

// newMine stands for the factory of a reactor of one's own.
var newMine proptest.NewReactor = proptest.EventLoop

// A test of a reactor is one line in a test function.
func ExampleTestReactor() {
	var t *testing.T // of func TestMine(t *testing.T)
	proptest.TestReactor(t, newMine)
}

// Options make the search longer.
func ExampleOptions_TestReactor() {
	var t *testing.T // of func TestMine(t *testing.T)
	(&proptest.Options{Runs: 100_000, Seed: 7}).TestReactor(t, newMine)
}

// A demultiplexer is judged by the rules of package demux.
func ExampleTestDemux() {
	var t *testing.T    // of func TestMyDemux(t *testing.T)
	var host demux.Host // whose Open makes the demultiplexer
	proptest.TestDemux(t, func(testing.TB) demux.Host { return host })
}

// A program is any function of a host. This one sends and a client of its world
// receives.
func ExampleTestProgram() {
	var t *testing.T // of func TestMine(t *testing.T)
	proptest.TestProgram(t, func(t testing.TB, h demux.Host) {
		near, far, err := h.Pair()
		if err != nil {
			t.Fatal(err)
		}
		world := proptest.World(h)
		wait := proptest.Go(world, "client", func() {
			defer world.Close(far)
			room := make([]byte, 8)
			if err := proptest.Await(world, far, demux.Readable, world.Now()+time.Second); err != nil {
				t.Errorf("nothing came: %v", err)
			} else if n, err := world.Read(far, room); string(room[:max(n, 0)]) != "hello" {
				t.Errorf("the client got %q, %v", room[:max(n, 0)], err)
			}
		})
		if _, err := h.Write(near, []byte("hello")); err != nil {
			t.Error(err)
		}
		wait()
		_ = h.Close(near)
	})
}

// rounded is a reactor that counts in milliseconds and rounds down.
type rounded struct{ proptest.Reactor }

func (r rounded) AfterFunc(d time.Duration, fn func()) func() bool {
	return r.Reactor.AfterFunc(d.Truncate(time.Millisecond), fn)
}

func newRounded(tb testing.TB, h demux.Host) proptest.Reactor {
	tb.Helper()
	return rounded{proptest.EventLoop(tb, h)}
}

// Check judges outside of a test. What it finds replays.
func ExampleCheck() {
	dir, err := os.MkdirTemp("", "reactortest") // for failing tapes; without it testdata/reactortest
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	o := &proptest.Options{Subject: "rounded", Dir: dir}
	report, err := proptest.Check(newRounded, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Failure.Rule)

	again, err := proptest.Replay(report.Failure.Tape, newRounded, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.Failure.Text == report.Failure.Text)
	// Output:
	// timers-not-early
	// true
}

func ExampleProperties() {
	for _, p := range proptest.Properties()[:2] {
		fmt.Printf("%s: %s\n", p.Name, p.Rule)
	}
	// Output:
	// no-stale-dispatch: a handler gets only events that the demultiplexer reported for its own registration
	// no-spurious-dispatch: a handler gets only conditions that it asked for, or Hangup and Failed, and only after the demultiplexer reported them
}
