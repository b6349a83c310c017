// Command http is a small HTTP/1.1 server. It is an example of a protocol with a state for
// each connection over package stream: server.go takes requests and has an http.Handler
// answer them, request.go reads the head of a request with the parser of net/http, body.go
// reads its body, and response.go writes the answer.
//
//	go run ./examples/http -addr 127.0.0.1:7009
//	curl http://127.0.0.1:7009/
//	curl --data hello http://127.0.0.1:7009/echo
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"

	"reactortest/eventloop"
	"reactortest/realdemux"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:7009", "listen on this `address`; port 0 lets the system choose")
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
	s := newServer(loop, routes(), nil)
	l, err := s.net.Listen(addr, s.handler())
	if err != nil {
		return errors.Join(err, loop.Close())
	}
	log.Printf("http listens on %v", l.Addr())
	// The signal comes in another goroutine. What is posted runs in the loop's.
	defer context.AfterFunc(ctx, func() { _ = loop.Post(s.stop) })()
	return loop.Run(context.Background())
}

// routes are what the example serves. A handler runs on the loop: it must not block, and the
// body of its request has arrived.
func routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello\n")
	})
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = io.Copy(w, r.Body)
	})
	mux.HandleFunc("GET /size/{size}", func(w http.ResponseWriter, r *http.Request) {
		var size int
		if _, err := fmt.Sscan(r.PathValue("size"), &size); err != nil || size < 0 || size > 1<<20 {
			http.Error(w, "the size is from 0 to 1048576", http.StatusBadRequest)
			return
		}
		_, _ = w.Write(make([]byte, size))
	})
	return mux
}
