//go:build linux

// An echo server of netpoll with one poller.
package main

import (
	"context"

	"github.com/cloudwego/netpoll"

	"reactortest/bench/internal/serve"
)

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	serve.Exit(run(network, address))
}

func run(network, address string) error {
	if err := netpoll.Configure(netpoll.Config{PollerNum: 1}); err != nil {
		return err
	}
	l, err := netpoll.CreateListener(network, address)
	if err != nil {
		return err
	}
	loop, err := netpoll.NewEventLoop(echo)
	if err != nil {
		return err
	}
	return loop.Serve(l)
}

func echo(_ context.Context, c netpoll.Connection) error {
	r := c.Reader()
	b, err := r.Next(r.Len())
	if err != nil {
		return err
	}
	w := c.Writer()
	to, err := w.Malloc(len(b))
	if err != nil {
		return err
	}
	copy(to, b)
	if err := w.Flush(); err != nil {
		return err
	}
	return r.Release()
}
