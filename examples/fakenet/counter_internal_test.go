//go:build linux

package main

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"reactortest/fakenet"
	"reactortest/proptest"
)

// wrong are servers that go wrong on some networks.
var wrong = []struct {
	name, why, says string
	handle          func(s *server, c net.Conn) error
}{
	{
		name: "a-read-is-a-line", says: "the answer is \"ERROR",
		why:    "what one Read returns is taken for one line, and the network may cut a line in two",
		handle: readIsLine,
	},
	{
		name: "forgets-ids", says: "want 6",
		why: "a request is sent again when the answer was lost in a reset, and counts twice",
		handle: func(s *server, c net.Conn) error {
			s.mu.Lock()
			s.seen = make(map[string]bool)
			s.mu.Unlock()
			return s.handle(c)
		},
	},
}

func readIsLine(s *server, c net.Conn) error {
	p := make([]byte, 1024)
	for {
		n, err := c.Read(p)
		if err != nil {
			return err
		}
		line, _, _ := bytes.Cut(p[:n], []byte("\n"))
		if _, err := fmt.Fprintln(c, s.answer(string(line))); err != nil {
			return err
		}
	}
}

var wrongPart = flag.String("counter.wrong", "", "have TestCounter judge this wrong `server`: a-read-is-a-line or forgets-ids")

// chosen is the handler of the server that TestCounter judges.
func chosen() func(s *server, c net.Conn) error {
	for _, w := range wrong {
		if w.name == *wrongPart {
			return w.handle
		}
	}
	return (*server).handle
}

// TestCounter has two clients add numbers, on a network with faults.
func TestCounter(t *testing.T) { fakenet.Test(t, counter(chosen())) }

// TestCounterOnce does so on a network that works.
func TestCounterOnce(t *testing.T) { fakenet.Run(t, counter((*server).handle)) }

// counter is the program under test.
func counter(handle func(s *server, c net.Conn) error) func(t testing.TB) {
	return func(t testing.TB) {
		l, err := fakenet.Listen("tcp", "127.0.0.1:7009")
		if err != nil {
			t.Fatal(err)
		}
		s, served := newServer(), make(chan error, 1)
		fakenet.Go(func() { served <- serve(l, func(c net.Conn) error { return handle(s, c) }) })
		var wait sync.WaitGroup
		for _, name := range []string{"ann", "bob"} {
			wait.Add(1)
			fakenet.Go(func() {
				defer wait.Done()
				c := &client{dial: fakenet.DialContext, addr: "127.0.0.1:7009"}
				defer c.close()
				for i := range 3 {
					if _, err := c.add(fmt.Sprintf("%s-%d", name, i), 1); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
		wait.Wait()
		c := &client{dial: fakenet.DialContext, addr: "127.0.0.1:7009"}
		if total, err := c.add("check", 0); err == nil && total != 6 {
			t.Errorf("the total is %d, want 6", total)
		}
		c.close()
		l.Close()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
}

// TestWrong finds each wrong server from every seed, and makes the run that the tape tells
// of. The correct server passes on the same tape.
func TestWrong(t *testing.T) {
	seeds := 3
	if testing.Short() {
		seeds = 1
	}
	for _, w := range wrong {
		t.Run(w.name, func(t *testing.T) {
			for seed := range uint64(seeds) {
				f := found(t, seed, w.handle)
				if f == nil {
					t.Errorf("seed %d: not found: %s", seed, w.why)
					continue
				}
				t.Logf("seed %d: run %d: %s: %s (%d deviations)", seed, f.Run, f.Tape, f.Text, len(f.Deviations))
				if !strings.Contains(f.Text, w.says) {
					t.Errorf("seed %d: %s, want ...%s...", seed, f.Text, w.says)
				}
				again, err := fakenet.Replay(t, f.Tape, counter(w.handle))
				if err != nil || again.Failure == nil || again.Failure.Text != f.Text || again.Diverged != "" {
					t.Errorf("seed %d: the tape %s, replayed: %+v, %v", seed, f.Tape, again, err)
				}
				mended, err := fakenet.Replay(t, f.Tape, counter((*server).handle))
				if err != nil || mended.Failure != nil {
					t.Errorf("seed %d: the correct server on the tape %s: %+v, %v", seed, f.Tape, mended, err)
				}
			}
		})
	}
}

// TestWrongIsRightOnce sees that a network which works hides the mistakes.
func TestWrongIsRightOnce(t *testing.T) {
	for _, w := range wrong {
		fakenet.Run(t, counter(w.handle))
	}
}

// found searches for a run that fails.
func found(t *testing.T, seed uint64, handle func(s *server, c net.Conn) error) *proptest.Failure {
	t.Helper()
	r, err := (&fakenet.Options{Seed: seed, Runs: 200, Dir: t.TempDir()}).Check(t, counter(handle))
	if err != nil {
		t.Fatal(err)
	}
	return r.Broken("program-passes")
}
