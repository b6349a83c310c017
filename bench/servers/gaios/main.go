//go:build linux

// An echo server of gaio: package net accepts, and one watcher reads and writes.
package main

import (
	"net"
	"time"

	"github.com/xtaci/gaio"

	"reactortest/bench/internal/serve"
)

// small is a buffer for the largest message; a connection has one of its own, because
// gaio's internal buffer is valid only until the next WaitIO, and a write may take longer.
const small = 16 << 10

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	serve.Exit(run(network, address))
}

func run(network, address string) error {
	w, err := gaio.NewWatcher()
	if err != nil {
		return err
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	go accept(w, l)
	for {
		results, err := w.WaitIO()
		if err != nil {
			return err
		}
		for i := range results {
			r := &results[i]
			if r.Error != nil || r.Size == 0 {
				_ = w.Free(r.Conn)
				continue
			}
			buf := r.Context.([]byte)
			if r.Operation == gaio.OpRead {
				err = w.WriteTimeout(buf, r.Conn, buf[:r.Size], time.Time{})
			} else {
				err = w.Read(buf, r.Conn, buf)
			}
			if err != nil {
				_ = w.Free(r.Conn)
			}
		}
	}
}

func accept(w *gaio.Watcher, l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			serve.Exit(err)
		}
		buf := make([]byte, small)
		if err := w.Read(buf, c, buf); err != nil {
			_ = c.Close()
		}
	}
}
