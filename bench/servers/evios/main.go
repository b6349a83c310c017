//go:build linux

// An echo server of evio with one loop.
package main

import (
	"github.com/tidwall/evio"

	"reactortest/bench/internal/serve"
)

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	serve.Exit(evio.Serve(evio.Events{
		NumLoops: 1,
		Data:     func(_ evio.Conn, in []byte) ([]byte, evio.Action) { return in, evio.None },
	}, network+"://"+address))
}
