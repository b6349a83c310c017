//go:build linux

package fakenet_test

import (
	"errors"
	"flag"
	"net"
	"net/rpc"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"reactortest/fakenet"
)

var durableLocks = flag.Bool("fakenet.locks", false, "the runtime counts goroutines that wait for a lock as blocked: docs/fakenet.md")

var spins = flag.Bool("fakenet.spins", false, "run the test that never ends")

// TestLockOverWrite has two goroutines that write under one sync.Mutex.
func TestLockOverWrite(t *testing.T) {
	if !*durableLocks {
		t.Skip("it needs the overlay of docs/fakenet.md")
	}
	(&fakenet.Options{Runs: 200, Buffer: 16}).Test(t, func(t testing.TB) {
		a, b, err := fakenet.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		var mu sync.Mutex
		var wait sync.WaitGroup
		for _, text := range []string{"aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"} {
			wait.Add(1)
			fakenet.Go(func() {
				defer wait.Done()
				mu.Lock()
				defer mu.Unlock()
				a.Write([]byte(text))
			})
		}
		fakenet.Go(func() {
			defer b.Close()
			var p [8]byte
			for {
				if _, err := b.Read(p[:]); err != nil {
					return
				}
			}
		})
		wait.Wait()
	})
}

// TestSpin has a goroutine that goes on for ever. TestHangsAreExplained runs it.
func TestSpin(t *testing.T) {
	if !*spins {
		t.Skip("it never ends: TestHangsAreExplained runs it in a process of its own")
	}
	fakenet.Test(t, func(testing.TB) {
		fakenet.Go(func() {
			for n := 0; n >= 0; n = (n + 1) % 1000 {
			}
		})
	})
}

// TestHangsAreExplained sees what the reports say of goroutines that do not become still.
// Their runs stay for the life of their process, so the tests are other processes.
func TestHangsAreExplained(t *testing.T) {
	if testing.Short() || *durableLocks {
		t.Skip("it waits for the watchdog, of a runtime without the overlay")
	}
	for _, tt := range []struct {
		test, flag string
		wants      []string
	}{
		{"TestLockOverWrite", "-fakenet.locks", []string{"a goroutine waits for a lock, in sync.Mutex.Lock", "locks_test.go", "reactortest overlay"}},
		{"TestSpin", "-fakenet.spins", []string{"a goroutine of the subject goes on and makes no call", "fakenet_test.TestSpin", "locks_test.go"}},
	} {
		t.Run(tt.test, func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run=^"+tt.test+"$", tt.flag, "-reactortest.hang=1s")
			cmd.Dir = t.TempDir() // the tape is saved there
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Error("the test passes")
			}
			for _, want := range tt.wants {
				if !strings.Contains(string(out), want) {
					t.Errorf("the report does not have %q:\n%s", want, out)
				}
			}
		})
	}
}

// Adder is a service.
type Adder struct{}

// Add adds.
func (Adder) Add(args [2]int, sum *int) error { *sum = args[0] + args[1]; return nil }

// TestRPC runs package net/rpc, which writes under a sync.Mutex.
func TestRPC(t *testing.T) {
	if !*durableLocks {
		t.Skip("it needs the overlay of docs/fakenet.md")
	}
	(&fakenet.Options{Runs: 300}).Test(t, func(t testing.TB) {
		a, b, err := fakenet.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		server := rpc.NewServer()
		if err := server.Register(Adder{}); err != nil {
			t.Fatal(err)
		}
		served := make(chan bool)
		fakenet.Go(func() { server.ServeConn(b); close(served) })
		c := rpc.NewClient(a)
		var wait sync.WaitGroup
		for i := range 3 {
			wait.Add(1)
			fakenet.Go(func() {
				defer wait.Done()
				var sum int
				switch err := c.Call("Adder.Add", [2]int{i, 1}, &sum); {
				case err == nil && sum != i+1:
					t.Errorf("%d+1 is %d", i, sum)
				case err != nil && resets() == 0:
					t.Errorf("without a reset: %v", err)
				}
			})
		}
		wait.Wait()
		if err := c.Close(); err != nil && !errors.Is(err, rpc.ErrShutdown) {
			t.Errorf("Close: %v", err)
		}
		<-served
		closeAll(a, b)
	})
}

var (
	_ net.Conn = (*fakenet.TCPConn)(nil)
	_ net.Conn = (*fakenet.UDPConn)(nil)
	_ net.Conn = (*fakenet.UnixConn)(nil)
)
