//go:build linux

// An echo server of package net: a goroutine for each connection.
package main

import (
	"net"

	"reactortest/bench/internal/serve"
)

// small is a buffer for the largest message: a goroutine for each connection has a buffer
// for each connection.
const small = 16 << 10

func main() {
	network, address, more := serve.Args()
	serve.CollectWhenAsked(more)
	l, err := net.Listen(network, address)
	if err != nil {
		serve.Exit(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			serve.Exit(err)
		}
		go echo(c)
	}
}

func echo(c net.Conn) {
	defer func() { _ = c.Close() }()
	buf := make([]byte, small)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}
