package main

import (
	"bytes"
	"io"
	"net/http"
	"time"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
)

// Limits of what a client may send.
const (
	maxHead = 16 << 10 // bytes of a request line and its header
	maxBody = 1 << 20  // bytes of a body, without the framing of its chunks
	idle    = 2 * time.Minute
)

// server answers requests. Its methods are for the loop's goroutine.
type server struct {
	net    *stream.Net
	answer http.Handler
}

// newServer makes a server whose requests handler answers. The handler runs on the loop. If it
// panics, its connection ends, and the panic goes on to the caller of loop.Run.
func newServer(loop *eventloop.Loop, handler http.Handler, o *stream.Options) *server {
	return &server{net: stream.New(loop, o), answer: handler}
}

// handler returns the callbacks of a connection.
func (s *server) handler() *stream.Handler {
	return &stream.Handler{
		Open: func(c *stream.Conn) {
			c.User = &conn{server: s, stream: c}
			c.SetReadTimeout(idle)
			c.SetWriteTimeout(idle)
		},
		Data: func(c *stream.Conn, b []byte) {
			x := c.User.(*conn)
			x.input = append(x.input, b...)
			x.serve()
		},
		Drain: func(c *stream.Conn) { c.User.(*conn).serve() },
		End: func(c *stream.Conn) {
			x := c.User.(*conn)
			x.ended = true
			x.serve()
		},
	}
}

// stop accepts no more, sends the answers that were written, and ends the loop.
func (s *server) stop() {
	s.net.Shutdown(func() { _ = s.net.Loop().Close() })
}

// conn is one connection.
type conn struct {
	server *server
	stream *stream.Conn

	input   []byte // what has arrived and was not used
	looked  int    // bytes of input that do not end a head
	request *http.Request
	body    body // of request
	ended   bool // the client sends no more
	last    bool // the last answer is written
}

// serve answers the requests that have arrived, in their order. While the client does not
// read the answers, the requests that wait for Drain are not answered.
func (x *conn) serve() {
	used := 0
	for !x.last && !x.stream.Full() && !x.stream.Over() {
		n := x.step(x.input[used:])
		if n == 0 {
			if x.ended {
				x.end()
			}
			break
		}
		used += n
	}
	x.input = x.input[:copy(x.input, x.input[used:])]
}

// step takes a head or a part of a body from b, answers the request if it is whole, and
// returns how many bytes it has used: 0 if it needs more of them.
func (x *conn) step(b []byte) int {
	if x.request == nil {
		return x.head(b)
	}
	n, status := x.body.take(b)
	if status != 0 {
		x.fail(status)
		return 0
	}
	if x.body.done() {
		x.respond()
	}
	return n
}

// head takes the head of a request from b.
func (x *conn) head(b []byte) int {
	if bytes.HasPrefix(b, crlf) && x.looked == 0 {
		return len(crlf) // RFC 9112, 2.2: an empty line before a request is ignored
	}
	size := headEnd(b, x.looked)
	switch {
	case size > maxHead || size == 0 && len(b) > maxHead:
		x.fail(http.StatusRequestHeaderFieldsTooLarge)
		return 0
	case size == 0:
		x.looked = max(len(b)-len(crlf)-1, 0)
		return 0
	}
	x.looked = 0
	r, length, status := parse(b[:size])
	switch {
	case status != 0:
		x.fail(status)
		return 0
	case length > maxBody:
		x.fail(http.StatusRequestEntityTooLarge)
		return 0
	}
	x.request, x.body = r, newBody(length)
	switch {
	case x.body.done():
		x.respond()
	case expects(r) && len(b) == size:
		x.write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	}
	return size
}

// respond has the handler answer the request.
func (x *conn) respond() {
	r, w := x.request, &response{header: http.Header{}}
	x.request = nil
	r.Body = io.NopCloser(bytes.NewReader(x.body.data))
	r.ContentLength = int64(len(x.body.data))
	x.body = body{}
	x.server.answer.ServeHTTP(w, r)
	x.send(w, r)
}

// fail answers what cannot be understood, or is too much. Where the next request would begin
// is not known, so that the connection ends.
func (x *conn) fail(status int) {
	w := &response{header: http.Header{}}
	http.Error(w, http.StatusText(status), status)
	w.header.Set("Connection", "close")
	x.send(w, nil)
}

// send sends an answer. r is nil if the request was not understood.
func (x *conn) send(w *response, r *http.Request) {
	head, keep := w.head(r)
	if err := x.stream.WriteVector(head, w.content(r)); err != nil {
		x.stream.Abort(err) // the answer is larger than the queue, or the connection has ended
		return
	}
	if !keep {
		x.end()
	}
}

func (x *conn) write(b []byte) { _ = x.stream.Write(b) } // an error ends the connection

// end ends the connection after the last answer.
func (x *conn) end() {
	x.last = true
	_ = x.stream.Close() // ErrClosed: it was closed before
}
