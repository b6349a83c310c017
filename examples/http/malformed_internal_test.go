package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
)

// exchange sends pieces to a server on a quiet kernel, and then the end, and returns all that
// comes back.
func exchange(t rapid.TB, pieces ...string) (answer []byte) {
	t.Helper()
	return exchangeWith(t, routes(), pieces...)
}

// exchangeWith is exchange with a handler of the test's own.
func exchangeWith(t rapid.TB, handler http.Handler, pieces ...string) (answer []byte) {
	t.Helper()
	k := fakedemux.New(&fakedemux.Options{StreamBuffer: 1 << 20})
	defer k.Stop()
	err := k.Run(func() {
		loop, err := eventloop.Open(k, nil)
		if err != nil {
			t.Fatal(err)
		}
		near, far, err := k.Pair()
		if err != nil {
			t.Fatal(err)
		}
		s := newServer(loop, handler, &stream.Options{})
		if _, err := s.net.Attach(near, s.handler()); err != nil {
			t.Fatal(err)
		}
		settle := func() {
			for range 4 {
				if _, err := loop.RunOnce(0); err != nil {
					t.Fatal(err)
				}
			}
		}
		b := make([]byte, 1<<20)
		for _, p := range pieces {
			for len(p) > 0 {
				n, err := k.Write(far, []byte(p))
				if err != nil && !errors.Is(err, demux.ErrAgain) {
					break // the server has closed the connection
				}
				p = p[max(n, 0):]
				settle()
			}
		}
		if err := k.CloseWrite(far); err != nil && s.net.Conns() > 0 {
			t.Error(err)
		}
		for settle(); ; settle() {
			n, err := k.Read(far, b)
			answer = append(answer, b[:max(n, 0)]...)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("the answer ends with %v after %q", err, answer)
			}
		}
		if n := s.net.Conns(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
		if err := errors.Join(loop.Close(), k.Close(far)); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// statuses returns the statuses of the answers, and sees that nothing is left between them.
func statuses(t *testing.T, answer []byte, methods ...string) (all []int) {
	t.Helper()
	r := bufio.NewReader(bytes.NewReader(answer))
	for i := 0; ; i++ {
		if _, err := r.Peek(1); err != nil {
			return all
		}
		method := http.MethodGet
		if i < len(methods) {
			method = methods[i]
		}
		w, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("answer %d of %q: %v", i+1, answer, err)
		}
		if _, err := io.Copy(io.Discard, w.Body); err != nil {
			t.Fatalf("answer %d of %q: %v", i+1, answer, err)
		}
		all = append(all, w.StatusCode)
	}
}

const ok = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

var requests = []struct {
	why  string
	send string
	want []int
}{
	{"one", ok, []int{200}},
	{"nothing", "", nil},
	{"pipelining", ok + ok + ok, []int{200, 200, 200}},
	{"empty lines before a request", "\r\n\r\n" + ok + "\r\n" + ok, []int{200, 200}},
	{"the client wants no more", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + ok, []int{200}},
	{"HTTP/1.0 ends the connection", "GET / HTTP/1.0\r\n\r\n" + ok, []int{200}},
	{"HTTP/1.0 that does not", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + ok, []int{200, 200}},
	{"a body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + ok, []int{200, 200}},
	{"a body in chunks", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nhel\r\n02\r\nlo\r\n0\r\nTrailer: x\r\n\r\n" + ok, []int{200, 200}},
	{"a body that is only expected", "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", []int{100}},
	{"no such page, and no such method", "GET /x HTTP/1.1\r\nHost: a\r\n\r\nPUT / HTTP/1.1\r\nHost: a\r\n\r\n" + ok, []int{404, 405, 200}},

	{"words that are no request", "hello\r\n\r\n" + ok, []int{400}},
	{"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n" + ok, []int{400}},
	{"no version", "GET /\r\n\r\n" + ok, []int{400}},
	{"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n" + ok, []int{400}},
	{"a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n" + ok, []int{400}},
	{"a target that is none", "GET %zz HTTP/1.1\r\nHost: a\r\n\r\n" + ok, []int{400}},
	{"a version that is none", "GET / HTTP/1.x\r\nHost: a\r\n\r\n" + ok, []int{400}},
	{"another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n" + ok, []int{505}},
	{"the first words of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{505}},
	{"a version to come", "GET / HTTP/1.2\r\nHost: a\r\n\r\n" + ok, []int{505}},
	{"a tunnel", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n" + ok, []int{501}},
	{"no host", "GET / HTTP/1.1\r\n\r\n" + ok, []int{400}},
	{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + ok, []int{400}},
	{"a line that goes on", "GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n" + ok, []int{400}},
	{"a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n" + ok, []int{400}},
	{"a line without a colon", "GET / HTTP/1.1\r\nHost: a\r\nb\r\n\r\n" + ok, []int{400}},
	{"a field without a name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n" + ok, []int{400}},
	{"a bare line feed", "GET / HTTP/1.1\r\nHost: a\nb: c\r\n\r\n" + ok, []int{400}},
	{"a bare carriage return", "GET / HTTP/1.1\r\nHost: a\rb: c\r\n\r\n" + ok, []int{400}},
	{"a zero byte", "GET / HTTP/1.1\r\nHost: a\r\nb: \x00\r\n\r\n" + ok, []int{400}},
	{"a head that is too large", "GET / HTTP/1.1\r\nHost: a\r\nb: " + strings.Repeat("c", maxHead) + "\r\n\r\n" + ok, []int{431}},
	{"a head that does not end", "GET /" + strings.Repeat("c", maxHead), []int{431}},

	{"a length beside chunks", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + ok, []int{400}},
	{"chunks beside a length", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n" + ok, []int{400}},
	{"two lengths", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!" + ok, []int{400}},
	{"the same length twice", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello" + ok, []int{400}},
	{"a list of lengths", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello" + ok, []int{400}},
	{"a length with a sign", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello" + ok, []int{400}},
	{"a negative length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello" + ok, []int{400}},
	{"a length in hex", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello" + ok, []int{400}},
	{"an empty length", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nhello" + ok, []int{400}},
	{"a length beyond 64 bits", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nhello" + ok, []int{400}},
	{"a body that is too large", fmt.Sprintf("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n", maxBody+1) + ok, []int{413}},
	{"another coding", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n" + ok, []int{501}},
	{"two codings", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + ok, []int{501}},
	{"two fields of codings", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + ok, []int{400}},
	{"chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + ok, []int{400}},
	{"another expectation", "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 5\r\n\r\nhello" + ok, []int{417}},

	{"a chunk without a size", chunks("\r\nhello\r\n0\r\n\r\n"), []int{400}},
	{"a chunk with a sign", chunks("+5\r\nhello\r\n0\r\n\r\n"), []int{400}},
	{"a chunk in hex", chunks("0x5\r\nhello\r\n0\r\n\r\n"), []int{400}},
	{"a space behind the size", chunks("5 \r\nhello\r\n0\r\n\r\n"), []int{400}},
	{"a chunk that is longer than its size", chunks("4\r\nhello\r\n0\r\n\r\n"), []int{400}},
	{"a bare line feed behind a size", chunks("5\nhello\r\n0\r\n\r\n"), []int{400}},
	{"a bare carriage return in an extension", chunks("5;\rx\r\nhello\r\n0\r\n\r\n"), []int{400}},
	{"a size beyond 64 bits", chunks("fffffffffffffffff\r\n"), []int{400}},
	{"an extension that does not end", chunks("5;" + strings.Repeat("x", maxChunkLine)), []int{400}},
	{"a trailer that does not end", chunks("0\r\n" + strings.Repeat("a: b\r\n", maxTrailer/6+1)), []int{400}},
	{"chunks that are too many", chunks(fmt.Sprintf("%x\r\n%s\r\n1\r\n", maxBody, strings.Repeat("x", maxBody))), []int{413}},
	{"the client ends in a head", "GET / HT", nil},
	{"the client ends in a body", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel", nil},
}

// chunks is a request with a body in chunks, and another request behind it.
func chunks(body string) string {
	return "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + ok
}

// TestRequests sends requests at once and in pieces. The answers are the same.
func TestRequests(t *testing.T) {
	for _, tt := range requests {
		t.Run(tt.why, func(t *testing.T) {
			whole := exchange(t, tt.send)
			if got := statuses(t, whole); !slices.Equal(got, tt.want) {
				t.Errorf("answered %v, want %v: %q", got, tt.want, whole)
			}
			if len(tt.send) > 1<<16 {
				return
			}
			pieces := strings.Split(tt.send, "")
			if len(pieces) > 2000 { // a long head: its first and last bytes count
				long := tt.send[100 : len(tt.send)-100]
				pieces = slices.Concat(strings.Split(tt.send[:100], ""), []string{long}, strings.Split(tt.send[len(tt.send)-100:], ""))
			}
			if got := exchange(t, pieces...); !bytes.Equal(got, whole) {
				t.Errorf("byte by byte it is answered %q, at once %q", got, whole)
			}
		})
	}
}

// TestAnswers compares whole answers.
func TestAnswers(t *testing.T) {
	for _, tt := range []struct{ why, send, want string }{
		{
			why: "a page", send: ok,
			want: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\n",
		},
		{
			why: "HEAD has the header of GET", send: "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
			want: "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n",
		},
		{
			why: "a body comes back", send: chunks("5\r\nhello\r\n0\r\n\r\n"),
			want: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: application/octet-stream\r\n\r\nhello" +
				"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\n",
		},
		{
			why: "an answer that ends the connection says so", send: "GET / HTTP/1.0\r\n\r\n",
			want: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\n",
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			if got := string(exchange(t, tt.send)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
