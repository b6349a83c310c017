//go:build linux

// An echo server of gnet with one event loop. It is built twice, the second time with
// -tags poll_opt,gc_opt.
package main

import (
	"github.com/panjf2000/gnet/v2"

	"reactortest/bench/internal/serve"
)

type server struct{ gnet.BuiltinEventEngine }

// OnTraffic echoes what has arrived.
func (*server) OnTraffic(c gnet.Conn) gnet.Action {
	b, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	if _, err := c.Write(b); err != nil {
		return gnet.Close
	}
	return gnet.None
}

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	serve.Exit(gnet.Run(&server{}, network+"://"+address, gnet.WithNumEventLoop(1), gnet.WithReadBufferCap(serve.Buffer)))
}
