//go:build linux

package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"reactortest/fakenet"
)

// The two tests that docs/fakenet.md shows.

func TestOneClient(t *testing.T) {
	fakenet.Test(t, func(t testing.TB) {
		l, err := fakenet.Listen("tcp", "127.0.0.1:7009")
		if err != nil {
			t.Fatal(err)
		}
		s, served := newServer(), make(chan error, 1)
		fakenet.Go(func() { served <- serve(l, s.handle) })
		c := &client{dial: fakenet.DialContext, addr: "127.0.0.1:7009"}
		total, err := c.add("first", 1) // it tries again after a reset
		if err != nil || total != 1 {
			t.Errorf("the total is %d, %v, want 1", total, err)
		}
		c.close()
		l.Close()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}

func TestTimeout(t *testing.T) {
	fakenet.Run(t, func(t testing.TB) {
		dialed, accepted, err := fakenet.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		dialed.SetReadDeadline(time.Now().Add(30 * time.Second)) // passes at once
		_, err = dialed.Read(make([]byte, 1))
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		dialed.Close()
		accepted.Close()
	})
}

// TestPageShowsTheExamples compares the page with this file.
func TestPageShowsTheExamples(t *testing.T) {
	source, err := os.ReadFile("examples_internal_test.go")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"TestOneClient", "TestTimeout"} {
		_, after, _ := strings.Cut(string(source), "\nfunc "+name+"(")
		body, _, _ := strings.Cut(after, "\n}\n")
		if !strings.Contains(string(text), "```go\nfunc "+name+"("+body+"\n}\n```") {
			t.Errorf("%s does not show %s as it is", page, name)
		}
	}
}
