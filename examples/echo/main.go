// Command echo is a TCP server that sends back what it receives. It is an example
// of package eventloop: server.go accepts connections and stops, and conn.go is
// one connection. The same code runs on a real and on a simulated kernel, and its
// tests use both.
//
//	go run ./examples/echo -addr 127.0.0.1:7007
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"

	"reactortest/eventloop"
	"reactortest/realdemux"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7007", "listen on this `address`; port 0 lets the system choose")
	flag.Parse()
	if flag.NArg() > 0 {
		log.Fatalf("echo takes no arguments, got %q", flag.Arg(0))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	if err := run(ctx, *addr); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx is done and every connection has ended.
func run(ctx context.Context, addr string) error {
	host := realdemux.NewHost()
	loop, err := eventloop.Open(host, nil)
	if err != nil {
		return err
	}
	s, err := listen(host, loop, addr, log.Printf)
	if err != nil {
		_ = loop.Close()
		return err
	}
	log.Printf("echo listens on %v", s.addr)
	// The signal comes in another goroutine; what is posted runs in the loop's.
	defer context.AfterFunc(ctx, func() { _ = loop.Post(s.stop) })()
	return loop.Run(context.Background())
}
