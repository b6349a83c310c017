// Command echo is a TCP server that sends back what it receives. It is an example of package
// stream. Its tests run it on a simulated kernel and on the real one.
//
//	go run ./examples/echo -addr 127.0.0.1:7007
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"os"
	"os/signal"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/realdemux"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7007", "listen on this `address`; port 0 lets the system choose")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	if err := run(ctx, *addr); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx is done, and returns when every connection has ended.
func run(ctx context.Context, addr string) error {
	loop, err := eventloop.Open(realdemux.NewHost(), nil)
	if err != nil {
		return err
	}
	n := stream.New(loop, nil)
	l, err := n.Listen(addr, &stream.Handler{Data: echo})
	if err != nil {
		return errors.Join(err, loop.Close())
	}
	log.Printf("echo listens on %v", l.Addr())
	// The signal comes in another goroutine. What is posted runs in the loop's.
	defer context.AfterFunc(ctx, func() { _ = loop.Post(func() { stop(n) }) })()
	return loop.Run(context.Background())
}

// echo sends back what has arrived. A connection that cannot be written to has ended.
func echo(c *stream.Conn, b []byte) { _ = c.Write(b) }

// stop accepts no more, sends what was read, and ends the loop after the last connection.
func stop(n *stream.Net) {
	n.Shutdown(func() { _ = n.Loop().Close() })
}
