//go:build linux

// The echo server of this project's streams, on io_uring.
package main

import (
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/realdemux"

	"reactortest/bench/internal/serve"
)

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	o := &stream.Options{ReadBuffer: 16 << 10, Operations: true}
	serve.Exit(serve.Streams(realdemux.NewCompleterHost(), network, address, &eventloop.Options{Batch: 1024}, o))
}
