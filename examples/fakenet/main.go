// Command fakenet is a counter on the network, written with package net. It is an example
// of how to test such code with package fakenet: server.go and client.go know net.Listener
// and net.Conn, and the tests give them those of a simulated network.
//
//	go run ./examples/fakenet -addr 127.0.0.1:7009
//	nc 127.0.0.1 7009
//	ADD first 2
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"os"
	"os/signal"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7009", "listen on this `address`; port 0 lets the system choose")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	l, err := net.Listen("tcp", *addr)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on %v", l.Addr())
	context.AfterFunc(ctx, func() { _ = l.Close() })
	if err := serve(l, newServer().handle); err != nil {
		log.Fatal(err)
	}
}
