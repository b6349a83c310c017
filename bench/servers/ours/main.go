//go:build linux

// The echo server of this project's streams, on epoll:
//
//	ours NETWORK ADDRESS [spin] [collect]
//
// With spin it polls for a while before it blocks.
package main

import (
	"slices"
	"time"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/realdemux"

	"reactortest/bench/internal/serve"
)

// spinning is how long a loop with spin polls before it blocks.
const spinning = 50 * time.Microsecond

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	o := &eventloop.Options{Batch: 1024}
	if slices.Contains(more, "spin") {
		o.Spin = spinning
	}
	serve.Exit(serve.Streams(realdemux.NewHost(), network, address, o, &stream.Options{ReadBuffer: serve.Buffer}))
}
