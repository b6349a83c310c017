//go:build linux

// An echo server of nbio with one poller.
package main

import (
	"github.com/lesismal/nbio"
	"github.com/lesismal/nbio/logging"

	"reactortest/bench/internal/serve"
)

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	logging.SetLevel(logging.LevelNone)
	e := nbio.NewEngine(nbio.Config{Network: network, Addrs: []string{address}, NPoller: 1, ReadBufferSize: serve.Buffer})
	e.OnData(func(c *nbio.Conn, b []byte) {
		if _, err := c.Write(b); err != nil {
			_ = c.Close()
		}
	})
	if err := e.Start(); err != nil {
		serve.Exit(err)
	}
	e.Wait()
}
