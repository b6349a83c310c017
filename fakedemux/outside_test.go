package fakedemux_test

import (
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// everyFault takes the last alternative of every choice: each fault happens.
type everyFault struct{}

func (everyFault) Begin(int) bool                 { return true }
func (everyFault) Choose(c *scheduler.Choice) int { return c.N - 1 }
func (everyFault) End(scheduler.Result)           {}

// TestOutside has every fault happen, to a task and to one that is outside.
func TestOutside(t *testing.T) {
	for _, tt := range []struct {
		why     string
		outside bool
		fails   bool
	}{
		{why: "a task meets what the plan has", fails: true},
		{why: "a task outside of the program does not", outside: true},
	} {
		k := fakedemux.New(&fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: "r"}})
		k.Reset(everyFault{})
		err := k.Run(func() {
			if k.Outside(tt.outside) {
				t.Errorf("%s: a task begins outside", tt.why)
			}
			a, b, err := k.Pair()
			if (err != nil) != tt.fails {
				t.Errorf("%s: Pair: %v", tt.why, err)
			}
			if err != nil { // the budget is spent
				a, b, _ = k.Pair()
			}
			if n, err := k.Write(a, make([]byte, 8)); n < 8 != tt.fails || err != nil {
				t.Errorf("%s: Write: %d, %v", tt.why, n, err)
			}
			_ = k.Close(b)
			if was := k.Outside(false); was != tt.outside {
				t.Errorf("%s: Outside returned %v", tt.why, was)
			}
		})
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
		k.Stop()
	}
}

// TestAwaitOfKernel waits for each thing that poll(2) reports.
func TestAwaitOfKernel(t *testing.T) {
	for _, tt := range []struct {
		why   string
		want  demux.Ready
		peer  func(k *fakedemux.Kernel, far demux.Handle) // after 1 ms
		until time.Duration
		ready bool
		at    time.Duration
	}{
		{why: "data", want: demux.Readable, peer: func(k *fakedemux.Kernel, far demux.Handle) { _, _ = k.Write(far, []byte("x")) }, until: -1, ready: true, at: time.Millisecond},
		{why: "a peer that closes", want: demux.Readable, peer: func(k *fakedemux.Kernel, far demux.Handle) { _ = k.Close(far) }, until: -1, ready: true, at: time.Millisecond},
		{why: "room, which there is", want: demux.Writable, until: -1, ready: true},
		{why: "a deadline", want: demux.Readable, until: 5 * time.Millisecond, at: 5 * time.Millisecond},
		{why: "a deadline that has passed", want: demux.Readable, until: 0},
		{
			why: "a peer that sends no more", want: demux.Readable, until: 5 * time.Millisecond, ready: true, at: time.Millisecond,
			peer: func(k *fakedemux.Kernel, far demux.Handle) { _ = k.CloseWrite(far) },
		},
	} {
		k := fakedemux.New(nil)
		err := k.Run(func() {
			near, far, err := k.Pair()
			if err != nil {
				t.Fatal(err)
			}
			if tt.peer != nil {
				k.Go("peer", func() {
					k.Sleep(time.Millisecond)
					tt.peer(k, far)
				})
			}
			ready, err := k.Await(near, tt.want, tt.until)
			if ready != tt.ready || err != nil || k.Now() != tt.at {
				t.Errorf("%s: %v, %v at %v, want %v at %v", tt.why, ready, err, k.Now(), tt.ready, tt.at)
			}
		})
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
		k.Stop()
	}
}

func TestSetMachineRefuses(t *testing.T) {
	for _, tt := range []struct {
		why           string
		files, buffer int
		says          string
	}{
		{why: "fewer descriptors than none", files: -1, says: "Descriptors"},
		{why: "a buffer beyond the limit", buffer: fakedemux.MaxStreamBuffer + 1, says: "StreamBuffer"},
	} {
		func() {
			defer func() {
				if said, _ := recover().(string); !strings.Contains(said, tt.says) {
					t.Errorf("%s: panic %q, want one that names %s", tt.why, said, tt.says)
				}
			}()
			fakedemux.New(nil).SetMachine(tt.files, tt.buffer)
		}()
	}
}
