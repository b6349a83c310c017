package stream_test

import (
	"testing"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
)

// TestPauseHoldsTheEnd has the end of the peer arrive while a connection is paused, in both
// ways to read. An operation that reads is in flight at the time.
func TestPauseHoldsTheEnd(t *testing.T) {
	for _, dialect := range []string{"epoll", "iocp"} {
		k := fakedemux.New(&fakedemux.Options{Dialect: dialect})
		t.Cleanup(k.Stop)
		err := k.Run(func() {
			loop, err := eventloop.Open(k, nil)
			if err != nil {
				t.Fatal(err)
			}
			near, far, err := k.Pair()
			if err != nil {
				t.Fatal(err)
			}
			ends := 0
			n := stream.New(loop, &stream.Options{Operations: dialect == "iocp"})
			c, err := n.Attach(near, &stream.Handler{End: func(c *stream.Conn) { ends++; _ = c.Close() }})
			if err != nil {
				t.Fatal(err)
			}
			settle := func(want int) {
				for range 10 {
					if _, err := loop.RunOnce(0); err != nil {
						t.Fatal(err)
					}
				}
				if ends != want {
					t.Errorf("%s: End was called %d times, want %d", dialect, ends, want)
				}
			}
			settle(0)
			c.Pause()
			if err := k.CloseWrite(far); err != nil {
				t.Fatal(err)
			}
			settle(0)
			c.Resume()
			settle(1)
			if n.Conns() != 0 {
				t.Errorf("%s: the connection has not ended", dialect)
			}
			for _, err := range []error{k.Close(far), loop.Close()} {
				if err != nil {
					t.Error(err)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
