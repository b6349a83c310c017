package stream_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/realdemux"
)

// onHosts runs f on a simulated kernel of each dialect, in its main task, and on the running
// kernel. What the kernel lacks is errors.ErrUnsupported of f.
func onHosts(t *testing.T, f func(t *testing.T, h demux.Host) error) {
	t.Helper()
	supported := 0
	for _, dialect := range fakedemux.Dialects() {
		t.Run(dialect, func(t *testing.T) {
			k := fakedemux.New(&fakedemux.Options{Dialect: dialect})
			defer k.Stop()
			var failed error
			if err := k.Run(func() { failed = f(t, k) }); err != nil {
				t.Fatal(err)
			}
			if leaks := k.Leaks(); len(leaks) > 0 && failed == nil {
				t.Errorf("left: %v", leaks)
			}
			if errors.Is(failed, errors.ErrUnsupported) {
				t.Skip(failed)
			}
			if failed != nil {
				t.Fatal(failed)
			}
			supported++
		})
	}
	if supported == 0 {
		t.Error("no simulated kernel supports it")
	}
	t.Run("real", func(t *testing.T) {
		err := f(t, realdemux.NewHost())
		if errors.Is(err, errors.ErrUnsupported) {
			t.Skip(err)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

// openNet makes a Net whose loop ends after a while.
func openNet(h demux.Host, o *stream.Options) (*stream.Net, error) {
	l, err := eventloop.Open(h, nil)
	if err != nil {
		return nil, err
	}
	l.AfterFunc(10*time.Second, func() { _ = l.Close() })
	return stream.New(l, o), nil
}

// TestDatagrams sends datagrams there and back, the empty one too.
func TestDatagrams(t *testing.T) {
	onHosts(t, func(t *testing.T, h demux.Host) error {
		t.Helper()
		n, err := openNet(h, nil)
		if err != nil {
			return err
		}
		server, err := n.ListenDatagrams("127.0.0.1:0", &stream.SocketHandler{
			Data: func(s *stream.Socket, b []byte, from netip.AddrPort) {
				if err := s.SendTo(append([]byte("re: "), b...), from); err != nil {
					t.Errorf("SendTo: %v", err)
				}
			},
		})
		if err != nil {
			return errors.Join(err, n.Loop().Close())
		}
		var got []string
		texts := []string{"one", "", strings.Repeat("x", 1000)}
		client, err := n.ListenDatagrams("127.0.0.1:0", &stream.SocketHandler{
			Data: func(_ *stream.Socket, b []byte, from netip.AddrPort) {
				if from != server.Addr() {
					t.Errorf("a datagram comes from %v, want %v", from, server.Addr())
				}
				if got = append(got, string(b)); len(got) == len(texts) {
					n.Close()
					_ = n.Loop().Close()
				}
			},
		})
		if err != nil {
			return err
		}
		for _, text := range texts {
			if err := client.SendTo([]byte(text), server.Addr()); err != nil {
				return err
			}
		}
		if err := n.Loop().Run(context.Background()); err != nil {
			return err
		}
		slices.Sort(got) // their order is not promised
		if want := []string{"re: ", "re: one", "re: " + texts[2]}; !slices.Equal(got, want) {
			return fmt.Errorf("got %q, want %q", got, want)
		}
		if err := client.SendTo(nil, server.Addr()); !errors.Is(err, demux.ErrClosed) {
			return fmt.Errorf("SendTo after Close: %w", err)
		}
		if err := client.Close(); !errors.Is(err, demux.ErrClosed) {
			return fmt.Errorf("a second Close: %w", err)
		}
		return nil
	})
}

// TestUnix has an echo over a unix socket, whose file is gone at the end.
func TestUnix(t *testing.T) {
	onHosts(t, func(t *testing.T, h demux.Host) error {
		t.Helper()
		path := "s"
		if _, simulated := h.(*fakedemux.Kernel); !simulated {
			path = filepath.Join(t.TempDir(), path)
		}
		n, err := openNet(h, nil)
		if err != nil {
			return err
		}
		l, err := n.ListenUnix(path, &stream.Handler{Data: func(c *stream.Conn, b []byte) { _ = c.Write(b) }})
		if err != nil {
			return errors.Join(err, n.Loop().Close())
		}
		got, closed := "", 0
		c, err := n.DialUnix(path, time.Second, &stream.Handler{
			Data: func(c *stream.Conn, b []byte) {
				if got += string(b); got == "hello" {
					_ = c.Close()
				}
			},
			Closed: func(_ *stream.Conn, err error) {
				if closed++; err != nil {
					t.Errorf("Closed: %v", err)
				}
				n.Shutdown(func() { _ = n.Loop().Close() })
			},
		})
		if err != nil {
			return err
		}
		if err := c.Write([]byte("hello")); err != nil {
			return err
		}
		if err := n.Loop().Run(context.Background()); err != nil {
			return err
		}
		if got != "hello" || closed != 1 || n.Conns() != 0 || l.Addr().IsValid() {
			return fmt.Errorf("got %q, Closed %d times, %d connections, address %v", got, closed, n.Conns(), l.Addr())
		}
		if x, err := h.(demux.UnixHost).ConnectUnix(path); err == nil {
			return errors.Join(errors.New("the file of the socket is there"), h.Close(x))
		}
		return nil
	})
}

// TestSpread connects to a group, and counts the loops that serve.
func TestSpread(t *testing.T) {
	for _, sharing := range []stream.Sharing{stream.SystemShares, stream.HandOver} {
		t.Run(fmt.Sprint(sharing), func(t *testing.T) {
			g, err := eventloop.OpenGroup(realdemux.NewHost(), 3, nil)
			if err != nil {
				t.Fatal(err)
			}
			s := stream.NewGroup(g, nil)
			served := make(chan *stream.Net, 300)
			at, err := s.Listen("127.0.0.1:0", sharing, &stream.Handler{Open: func(c *stream.Conn) {
				served <- c.Net()
				_ = c.Close()
			}})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- s.Run(context.Background()) }()
			count := map[*stream.Net]int{}
			for range 300 {
				dialAndEnd(t, at)
				count[<-served]++
			}
			s.Shutdown()
			s.Shutdown()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if len(count) != 3 {
				t.Errorf("%d loops of 3 have served: %v", len(count), count)
			}
		})
	}
}

func dialAndEnd(t *testing.T, at netip.AddrPort) {
	t.Helper()
	h := realdemux.NewHost()
	c, err := h.Connect(at)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(c); err != nil {
		t.Fatal(err)
	}
}

// TestPipe writes a pipe to its end through one Conn, and reads it through another.
func TestPipe(t *testing.T) {
	onHosts(t, func(t *testing.T, h demux.Host) error {
		t.Helper()
		n, err := openNet(h, nil)
		if err != nil {
			return err
		}
		r, w, err := h.Pipe()
		if err != nil {
			return errors.Join(err, n.Loop().Close())
		}
		text := strings.Repeat("pipe", 50_000)
		var got strings.Builder
		var ends []error
		closed := func(_ *stream.Conn, err error) {
			if ends = append(ends, err); len(ends) == 2 {
				_ = n.Loop().Close()
			}
		}
		_, err = n.Attach(r, &stream.Handler{
			Data:   func(_ *stream.Conn, b []byte) { got.Write(b) },
			End:    func(c *stream.Conn) { c.Abort(nil) },
			Closed: closed,
		})
		if err != nil {
			return err
		}
		c, err := n.Attach(w, &stream.Handler{Closed: closed})
		if err != nil {
			return err
		}
		if err := errors.Join(c.Write([]byte(text)), c.Close()); err != nil {
			return err
		}
		if err := n.Loop().Run(context.Background()); err != nil {
			return err
		}
		if got.String() != text || errors.Join(ends...) != nil {
			return fmt.Errorf("%d bytes of %d, or others, have come; the ends: %v", got.Len(), len(text), ends)
		}
		return nil
	})
}
