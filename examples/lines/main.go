// Command lines is a TCP server that answers each line with the line in upper case. It is the
// example of docs/streams.md.
package main

import (
	"bufio"
	"bytes"
	"context"
	"log"
	"time"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/realdemux"
)

func main() {
	loop, err := eventloop.Open(realdemux.NewHost(), nil)
	if err != nil {
		log.Fatal(err)
	}
	l, err := listen(stream.New(loop, nil), "127.0.0.1:7010")
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("lines listens on %v", l.Addr())
	if err := loop.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func listen(n *stream.Net, addr string) (*stream.Listener, error) {
	return n.Listen(addr, &stream.Handler{
		Open:     func(c *stream.Conn) { c.SetReadTimeout(time.Minute) },
		Split:    bufio.ScanLines, // Data gets one line at a time
		MaxToken: 1000,            // bytes
		Data: func(c *stream.Conn, line []byte) {
			_ = c.WriteVector(bytes.ToUpper(line), []byte("\n")) // an error says that the connection has ended
		},
		Closed: func(c *stream.Conn, err error) {
			if err != nil {
				log.Printf("connection %d: %v", c.Handle(), err)
			}
		},
	})
}
