//go:build linux

package serve

import (
	"context"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
)

// Streams echoes with this project's streams.
func Streams(host demux.Host, network, address string, o *eventloop.Options, s *stream.Options) error {
	fd, err := Listen(network, address)
	if err != nil {
		return err
	}
	loop, err := eventloop.Open(host, o)
	if err != nil {
		return err
	}
	echo := &stream.Handler{Data: func(c *stream.Conn, b []byte) { _ = c.Write(b) }}
	if _, err := stream.New(loop, s).ListenHandle(demux.Handle(fd), echo); err != nil {
		return err
	}
	return loop.Run(context.Background())
}
