//go:build linux

// The echo server of this project's completer, on io_uring.
package main

import (
	"reactortest/demux"
	"reactortest/realdemux"

	"reactortest/bench/internal/serve"
)

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	serve.Exit(run(network, address))
}

// acceptToken names the accept; a connection's token is its index.
const acceptToken = demux.Token(1) << 32

type conn struct {
	op   demux.Op
	buf  []byte
	read int // bytes of buf that are to be sent
	sent int
}

type server struct {
	network string
	host    demux.Host
	d       demux.Completer
	accept  demux.Op
	conns   []*conn
	free    []int
}

func run(network, address string) error {
	d, err := realdemux.OpenCompleter()
	if err != nil {
		return err
	}
	fd, err := serve.Listen(network, address)
	if err != nil {
		return err
	}
	s := &server{network: network, host: realdemux.NewHost(), d: d, accept: demux.Op{Kind: demux.OpAccept, Handle: demux.Handle(fd)}}
	if err := d.Submit(&s.accept, acceptToken); err != nil {
		return err
	}
	events := make([]demux.Event, 1024)
	for {
		n, err := d.Wait(events, -1)
		if err != nil {
			return err
		}
		for _, ev := range events[:n] {
			if ev.Token == acceptToken {
				s.accepted()
			} else {
				s.done(int(ev.Token))
			}
		}
	}
}

func (s *server) accepted() {
	if s.accept.Err != nil {
		serve.Exit(s.accept.Err)
	}
	serve.NoDelay(s.network, int(s.accept.New))
	i := len(s.conns)
	if k := len(s.free); k > 0 {
		i, s.free = s.free[k-1], s.free[:k-1]
	} else {
		s.conns = append(s.conns, nil)
	}
	// The buffer holds the largest message. It is the operation's while it reads.
	s.conns[i] = &conn{op: demux.Op{Handle: s.accept.New}, buf: make([]byte, 16<<10)}
	s.read(i)
	if err := s.d.Submit(&s.accept, acceptToken); err != nil {
		serve.Exit(err)
	}
}

func (s *server) done(i int) {
	c := s.conns[i]
	if c.op.Err != nil {
		s.close(i)
		return
	}
	if c.op.Kind == demux.OpRead {
		c.read, c.sent = c.op.N, 0
	} else {
		c.sent += c.op.N
	}
	if c.sent < c.read {
		s.submit(i, demux.OpWrite, c.buf[c.sent:c.read])
		return
	}
	s.read(i)
}

func (s *server) read(i int) { s.submit(i, demux.OpRead, s.conns[i].buf) }

func (s *server) submit(i int, kind demux.OpKind, b []byte) {
	c := s.conns[i]
	c.op.Kind, c.op.Buf = kind, b
	if err := s.d.Submit(&c.op, demux.Token(i)); err != nil {
		s.close(i)
	}
}

func (s *server) close(i int) {
	_ = s.host.Close(s.conns[i].op.Handle)
	s.conns[i] = nil
	s.free = append(s.free, i)
}
