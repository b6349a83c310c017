//go:build linux

package fakenet_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/fakenet"
)

// pipe returns the two ends of a connection.
func pipe(t testing.TB) (a, b *fakenet.TCPConn) {
	t.Helper()
	a, b, err := fakenet.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

// TestVerdicts sees by which rule a program fails.
func TestVerdicts(t *testing.T) {
	for _, test := range []struct {
		name, rule string
		f          func(t testing.TB)
	}{
		{"right", "", func(t testing.TB) { closeAll2(pipe(t)) }},
		{"sleeps for longer than anybody waits", "", func(t testing.TB) {
			a, b := pipe(t)
			fakenet.Go(func() { b.Read(make([]byte, 1)); b.Close() })
			time.Sleep(8 * time.Minute)
			a.Close()
		}},
		{"cleans up", "", func(t testing.TB) {
			a, b := pipe(t)
			t.Cleanup(func() { closeAll2(a, b) })
		}},
		{"leaves a connection open", "program-closes-handles", func(t testing.TB) {
			a, _ := pipe(t)
			a.Close()
		}},
		{"leaves a goroutine", "program-ends-tasks", func(t testing.TB) {
			a, _ := pipe(t)
			go a.Read(make([]byte, 1))
		}},
		{"panics in a goroutine", "panic", func(testing.TB) {
			fakenet.Go(func() { panic("on purpose") })
			time.Sleep(time.Second)
		}},
		{"waits for nothing", "deadlock", func(t testing.TB) {
			a, _ := pipe(t)
			a.Read(make([]byte, 1))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := (&fakenet.Options{Runs: 10, Dir: t.TempDir()}).Check(t, test.f)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if r.Failure != nil {
				got = r.Failure.Rule
			}
			if got != test.rule {
				t.Errorf("the program broke %q, want %q: %+v", got, test.rule, r.Failure)
			}
		})
	}
}

func closeAll2(a, b *fakenet.TCPConn) { closeAll(a, b) }

// sent is what stream sends.
var sent = bytes.Repeat([]byte("0123456789"), 30)

// stream sends bytes in three writes, and returns how many each Read got.
func stream(t testing.TB) (sizes []int) {
	a, b := pipe(t)
	fakenet.Go(func() {
		for _, part := range [][]byte{sent[:100], sent[100:120], sent[120:]} {
			if _, err := a.Write(part); err != nil {
				t.Errorf("Write: %v", err)
			}
		}
		a.CloseWrite()
	})
	var got []byte
	p := make([]byte, 128)
	for {
		n, err := b.Read(p)
		if err != nil {
			if err != io.EOF { //nolint:errorlint // programs compare it
				t.Errorf("Read: %v", err)
			}
			break
		}
		sizes = append(sizes, n)
		got = append(got, p[:n]...)
	}
	if !bytes.Equal(got, sent) {
		t.Errorf("received %q, sent %q", got, sent)
	}
	closeAll(a, b)
	return sizes
}

// TestShortReads has the network cut a stream in many ways. The bytes stay the same.
func TestShortReads(t *testing.T) {
	ways := map[string]bool{}
	o := &fakenet.Options{Runs: 300, Plan: &fakedemux.Plan{Faults: 4, Off: fakenet.NetworkFaults.Off + "r"}}
	o.Test(t, func(t testing.TB) {
		sizes := stream(t)
		key := make([]byte, len(sizes))
		for i, n := range sizes {
			key[i] = byte(n)
		}
		ways[string(key)] = true
	})
	if len(ways) < 20 && !testing.Short() {
		t.Errorf("300 runs cut the stream in %d ways, want at least 20", len(ways))
	}
	t.Logf("%d ways", len(ways))
}

// TestSameTwice makes runs again.
func TestSameTwice(t *testing.T) {
	all := map[uint64]bool{}
	plan := fakenet.NetworkFaults
	plan.Off += "r"
	for seed := range uint64(40) {
		o := &fakenet.Options{Seed: seed, Plan: &plan}
		f := func(t testing.TB) { stream(t) }
		first := digest(t, o, f)
		if again := digest(t, o, f); again != first {
			t.Errorf("seed %d: the run has digest %x, and %x when it is made again", seed, first, again)
		}
		all[first] = true
	}
	if len(all) < 20 {
		t.Errorf("40 seeds made %d different runs, want at least 20", len(all))
	}
}

// TestReset sees the errors of connections that the network has reset.
func TestReset(t *testing.T) {
	runs, read, written := 0, 0, 0
	fakenet.Test(t, func(t testing.TB) {
		a, b := pipe(t)
		defer closeAll(a, b)
		fakenet.Go(func() { io.Copy(b, b) })
		_, err := a.Write([]byte("hello"))
		if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
			written++
		} else if _, err = io.ReadFull(a, make([]byte, 5)); errors.Is(err, syscall.ECONNRESET) {
			read++
		}
		if err != nil && resets() == 0 {
			t.Errorf("without a reset: %v", err)
		}
		runs++
	})
	if read == 0 {
		t.Errorf("of %d runs, in none has Read failed with ECONNRESET", runs)
	}
	t.Logf("%d runs: Read failed in %d, Write in %d", runs, read, written)
}

// TestFaultsOff switches the faults off for a part of each run.
func TestFaultsOff(t *testing.T) {
	(&fakenet.Options{Runs: 200}).Test(t, func(t testing.TB) {
		fakenet.Faults(false)
		stream(t)
		if n := resets(); n > 0 {
			t.Errorf("%d resets while the faults were off", n)
		}
		fakenet.Faults(true)
	})
}

// TestWait sees that Wait comes after everything that needs no time.
func TestWait(t *testing.T) {
	(&fakenet.Options{Runs: 200}).Test(t, func(t testing.TB) {
		fakenet.Faults(false)
		a, b := pipe(t)
		got := ""
		fakenet.Go(func() {
			p := make([]byte, 8)
			n, _ := b.Read(p)
			b.Write(bytes.ToUpper(p[:n]))
			n, _ = b.Read(p)
			got = string(p[:n])
		})
		a.Write([]byte("one"))
		fakenet.Go(func() {
			p := make([]byte, 8)
			n, _ := a.Read(p)
			a.Write(append(p[:n], '!'))
		})
		start := time.Now()
		if fakenet.Wait(); got != "ONE!" || time.Since(start) > time.Microsecond {
			t.Errorf("after %v, got %q", time.Since(start), got)
		}
		closeAll(a, b)
	})
}

// TestDatagrams has a client ask until it gets an answer.
func TestDatagrams(t *testing.T) {
	(&fakenet.Options{Runs: 200}).Test(t, func(t testing.TB) {
		l, err := fakenet.ListenPacket("udp", "127.0.0.1:53")
		if err != nil {
			t.Fatal(err)
		}
		fakenet.Go(func() {
			p := make([]byte, 512)
			for {
				n, from, err := l.ReadFrom(p)
				if err != nil {
					return
				}
				l.WriteTo(bytes.ToUpper(p[:n]), from)
			}
		})
		c, err := fakenet.Dial("udp", "127.0.0.1:53")
		if err != nil {
			t.Fatal(err)
		}
		p := make([]byte, 512)
		for {
			c.Write([]byte("name"))
			c.SetReadDeadline(time.Now().Add(time.Second))
			n, err := c.Read(p)
			var timeout net.Error
			switch {
			case err == nil && string(p[:n]) != "NAME":
				t.Errorf("got %q", p[:n])
			case errors.As(err, &timeout) && timeout.Timeout():
				continue
			case err != nil:
				t.Errorf("Read: %v", err)
			}
			break
		}
		closeAll(c, l)
	})
}
