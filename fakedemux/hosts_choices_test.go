package fakedemux_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// sharedRun connects to listeners of ListenShared, and returns how many connections each
// has got and how often the kernel was asked which one gets the next.
func sharedRun(t *testing.T, s scheduler.Strategy, listeners, connections int) (got []int, asked int) {
	t.Helper()
	k := fakedemux.New(&fakedemux.Options{Plan: &fakedemux.Plan{Faults: 8}})
	if s != nil {
		s.Begin(0)
	}
	k.Reset(s)
	err := k.Run(func() {
		at := netip.MustParseAddrPort("127.0.0.1:7000")
		var group []demux.Handle
		for range listeners {
			l, _, err := k.ListenShared(at.String(), 64)
			if err != nil {
				t.Fatal(err)
			}
			group = append(group, l)
		}
		for range connections {
			if _, err := k.Connect(at); err != nil {
				t.Fatal(err)
			}
		}
		got = make([]int, listeners)
		for i, l := range group {
			for ; k.Ready(l)&demux.Readable != 0; got[i]++ {
				if _, err := k.Accept(l); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range k.Recorder().Decisions() {
		if d.Point == fakedemux.PointGroup {
			asked++
		}
	}
	return got, asked
}

func TestListenSharedDecides(t *testing.T) {
	for _, tt := range []struct {
		why                    string
		strategy               scheduler.Strategy
		listeners, connections int
		got                    string
		asked                  int
	}{
		{"there is nothing to decide for one listener", nil, 1, 4, "[4]", 0},
		{"the quiet answer is the next one in turn", nil, 2, 6, "[3 3]", 6},
		{
			"a tape may give all to one",
			scheduler.NewDeviations(scheduler.Deviations{List: []scheduler.Deviation{
				{Point: fakedemux.PointGroup, Index: 1, Got: 1}, {Point: fakedemux.PointGroup, Index: 3, Got: 1},
			}}),
			2, 4, "[4 0]", 4,
		},
	} {
		got, asked := sharedRun(t, tt.strategy, tt.listeners, tt.connections)
		if fmt.Sprint(got) != tt.got || asked != tt.asked {
			t.Errorf("%s: connections %v, asked %d times; want %s, %d", tt.why, got, asked, tt.got, tt.asked)
		}
		if again, asked2 := sharedRun(t, tt.strategy, tt.listeners, tt.connections); fmt.Sprint(again) != fmt.Sprint(got) || asked2 != asked {
			t.Errorf("%s: another run has %v, %d", tt.why, again, asked2)
		}
	}
}

// hostile is a kernel on which every call may fail or do a part.
func hostile(dialect string) *fakedemux.Kernel {
	return fakedemux.New(&fakedemux.Options{
		Dialect: dialect, Plan: &fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: fakedemux.MaxFaults, Off: "r"},
	})
}

// TestWriteVectorDecidesAsWrite: with one buffer WriteVector is Write, to the last decision.
func TestWriteVectorDecidesAsWrite(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		seen := map[string]bool{}
		for seed := range uint64(40) {
			var told [2][]string
			var decided [2][]scheduler.Decision
			for i := range told {
				k := hostile(dialect)
				strategy := scheduler.NewRandom(seed)
				strategy.Begin(0)
				k.Reset(strategy)
				err := k.Run(func() {
					k.Faults(false)
					a, b := newStream(t, k, seed%2 == 0)
					k.Faults(true)
					for n := range 30 {
						var err error
						if i == 0 {
							n, err = k.Write(a, make([]byte, 10*n+2))
						} else {
							n, err = k.WriteVector(a, [][]byte{make([]byte, 10*n+2)})
						}
						told[i] = append(told[i], fmt.Sprint(n, result(err)))
						seen[result(err)] = true
						n, err = k.Read(b, make([]byte, 100))
						told[i] = append(told[i], fmt.Sprint(n, result(err)))
					}
				})
				if err != nil {
					t.Fatal(err)
				}
				decided[i] = slices.Clone(k.Recorder().Decisions())
			}
			if !slices.Equal(told[0], told[1]) || fmt.Sprint(decided[0]) != fmt.Sprint(decided[1]) {
				t.Errorf("%s, seed %d: the runs differ\n%v\n%v", dialect, seed, told[0], told[1])
			}
		}
		if !seen["ok"] || !seen["EAGAIN"] || !seen["EINTR"] && dialect != "iocp" {
			t.Errorf("%s: the runs have met %v only", dialect, seen)
		}
	}
}

// TestDatagramsAreInterrupted: the calls on datagrams have EINTR of their own.
func TestDatagramsAreInterrupted(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		interrupted := [2]int{}
		k := hostile(dialect)
		strategy := scheduler.NewRandom(1)
		strategy.Begin(0)
		k.Reset(strategy)
		err := k.Run(func() {
			k.Faults(false)
			h, at, err := k.Datagram("127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			k.Faults(true)
			waiting := 0
			for i := range 400 {
				if i == 390 {
					k.Faults(false) // and take what is left
				}
				if i < 200 {
					if _, err := k.SendTo(h, []byte("x"), at); errors.Is(err, syscall.EINTR) {
						interrupted[0]++
					} else if waiting++; err != nil {
						t.Fatal(err)
					}
				}
				switch _, _, err := k.ReceiveFrom(h, make([]byte, 1)); {
				case errors.Is(err, syscall.EINTR):
					interrupted[1]++
				case err == nil:
					waiting--
				case !errors.Is(err, demux.ErrAgain) || waiting > 0:
					t.Fatalf("%d datagrams wait: %v", waiting, err)
				}
			}
			if waiting != 0 {
				t.Errorf("%s: %d datagrams are lost: an interrupted call has done something", dialect, waiting)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if meets := interrupted[0] > 0 && interrupted[1] > 0; meets != (dialect != "iocp") {
			t.Errorf("%s: interrupted %v times", dialect, interrupted)
		}
	}
}

// TestHostCallsDoNotAllocate: a run calls them often.
func TestHostCallsDoNotAllocate(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		k := direct(fakedemux.Options{Dialect: dialect})
		a, b := newStream(t, k, true)
		h, at, err := k.Datagram("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		bufs := [][]byte{[]byte("ab"), []byte("c")}
		buf := make([]byte, 10)
		round := func() {
			k.WriteVector(a, bufs)
			k.Read(b, buf)
			k.SendTo(h, buf[:3], at)
			k.ReceiveFrom(h, buf)
			k.ReceiveFrom(h, buf) // EAGAIN
			k.SetNoDelay(a, true)
		}
		round()
		if n := testing.AllocsPerRun(100, round); n != 0 {
			t.Errorf("%s: %v allocations in a round of calls", dialect, n)
		}
	}
}
