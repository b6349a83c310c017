// Command chat is a chat server over TCP. It is an example of how to test
// handlers and protocols: protocol.go is the protocol and makes no call, server.go
// carries it over package stream, and the tests judge both together under
// thousands of orders of events.
//
//	go run ./examples/chat -addr 127.0.0.1:7008
//	nc 127.0.0.1 7008
//	NICK ann
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"os/signal"

	"reactortest/eventloop"
	"reactortest/realdemux"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7008", "listen on this `address`; port 0 lets the system choose")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("chat takes no arguments, got %q", flag.Arg(0))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	if err := run(ctx, *addr); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx is done and every connection has ended.
func run(ctx context.Context, addr string) error {
	loop, err := eventloop.Open(realdemux.NewHost(), nil)
	if err != nil {
		return err
	}
	s, err := listen(loop, addr, log.Printf)
	if err != nil {
		return errors.Join(err, loop.Close())
	}
	log.Printf("chat listens on %v", s.addr)
	// The signal comes in another goroutine; what is posted runs in the loop's.
	defer context.AfterFunc(ctx, func() { _ = loop.Post(s.stop) })()
	return loop.Run(context.Background())
}
