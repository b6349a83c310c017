package main

import (
	"context"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

func TestLines(t *testing.T) {
	// Without resets, and without failures for want of memory, every answer must come.
	o := &proptest.Options{Plan: &fakedemux.Plan{Faults: 2, Off: "rn"}}
	o.TestProgram(t, func(t testing.TB, h demux.Host) {
		loop, err := eventloop.Open(h, nil)
		if err != nil {
			t.Fatal(err)
		}
		n := stream.New(loop, nil)
		l, err := listen(n, "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		world := proptest.World(h)
		world.Go("client", func() {
			if got := ask(t, world, l, "hello\nwor", "ld\nbye"); got != "HELLO\nWORLD\nBYE\n" {
				t.Errorf("the answer is %q", got)
			}
			if err := loop.Post(func() { n.Shutdown(func() { _ = loop.Close() }) }); err != nil {
				t.Error(err)
			}
		})
		if err := loop.Run(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

// ask sends pieces to a server, then the end, and returns what the server has sent.
func ask(t testing.TB, h demux.Host, l *stream.Listener, pieces ...string) string {
	t.Helper()
	loop, err := eventloop.Open(h, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	_, err = stream.New(loop, nil).Dial(l.Addr(), time.Minute, &stream.Handler{
		Open: func(c *stream.Conn) {
			for _, p := range pieces {
				_ = c.Write([]byte(p))
			}
			_ = c.CloseWrite()
		},
		Data: func(_ *stream.Conn, b []byte) { got = append(got, b...) },
		Closed: func(_ *stream.Conn, err error) {
			if err != nil {
				t.Errorf("the client's connection: %v", err)
			}
			_ = loop.Close()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := loop.Run(context.Background()); err != nil {
		t.Error(err)
	}
	return string(got)
}
