//go:build linux

// The echo server of this project's reactor, on epoll:
//
//	ours NETWORK ADDRESS [spin] [collect]
//
// With spin it polls for a while before it blocks.
package main

import (
	"errors"
	"slices"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/realdemux"

	"reactortest/bench/internal/serve"
)

// spinning is how long a loop with spin polls before it blocks.
const spinning = 50 * time.Microsecond

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	serve.Exit(run(network, address, slices.Contains(more, "spin")))
}

func run(network, address string, spin bool) error {
	host := realdemux.NewHost()
	loop, err := eventloop.Open(host, &eventloop.Options{Batch: 1024})
	if err != nil {
		return err
	}
	fd, err := serve.Listen(network, address)
	if err != nil {
		return err
	}
	s := &server{host: host, loop: loop, network: network, listener: demux.Handle(fd), buf: make([]byte, serve.Buffer)}
	if _, err := loop.Watch(s.listener, demux.Readable, demux.Level, s.accept); err != nil {
		return err
	}
	if !spin {
		for {
			if _, err := loop.RunOnce(-1); err != nil {
				return err
			}
		}
	}
	return spinFor(host, loop)
}

// spinFor polls until nothing has come for a while, and then blocks.
func spinFor(host demux.Host, loop *eventloop.Loop) error {
	last := host.Now()
	for {
		n, err := loop.RunOnce(0)
		if err != nil {
			return err
		}
		if n > 0 {
			last = host.Now()
			continue
		}
		if host.Now()-last < spinning {
			continue
		}
		if _, err := loop.RunOnce(-1); err != nil {
			return err
		}
		last = host.Now()
	}
}

type server struct {
	host     demux.Host
	loop     *eventloop.Loop
	network  string
	listener demux.Handle
	buf      []byte
}

func (s *server) accept(demux.Event) {
	for {
		h, err := s.host.Accept(s.listener)
		if errors.Is(err, demux.ErrAgain) {
			return
		}
		if err != nil {
			serve.Exit(err)
		}
		serve.NoDelay(s.network, int(h))
		c := &conn{s: s, h: h}
		if c.reg, err = s.loop.Watch(h, demux.Readable, demux.Level, c.ready); err != nil {
			serve.Exit(err)
		}
	}
}

// conn is a connection. What the socket does not accept at once waits in rest.
type conn struct {
	s    *server
	h    demux.Handle
	reg  *eventloop.Registration
	rest []byte
}

func (c *conn) ready(demux.Event) {
	if len(c.rest) > 0 {
		c.flush()
		return
	}
	n, err := c.s.host.Read(c.h, c.s.buf)
	if errors.Is(err, demux.ErrAgain) {
		return
	}
	if err != nil {
		c.close()
		return
	}
	sent, err := c.s.host.Write(c.h, c.s.buf[:n])
	if err != nil && !errors.Is(err, demux.ErrAgain) {
		c.close()
		return
	}
	if sent < n {
		c.rest = slices.Clone(c.s.buf[sent:n])
		c.want(demux.Writable)
	}
}

func (c *conn) flush() {
	n, err := c.s.host.Write(c.h, c.rest)
	if err != nil && !errors.Is(err, demux.ErrAgain) {
		c.close()
		return
	}
	if c.rest = c.rest[n:]; len(c.rest) == 0 {
		c.rest = nil
		c.want(demux.Readable)
	}
}

func (c *conn) want(r demux.Ready) {
	if err := c.reg.Modify(r, demux.Level); err != nil {
		serve.Exit(err)
	}
}

func (c *conn) close() {
	_ = c.reg.Close()
	_ = c.s.host.Close(c.h)
}
