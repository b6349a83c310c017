package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"os"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

// answerTime is how long a client waits, in virtual time, for what must come.
const answerTime = time.Minute

// lossless switches off what ends a connection: resets, and no memory for the registration of
// one. Without them every answer comes.
const lossless = "rn"

// browser is a client: one end of a connection, and an io.Reader of the answers.
type browser struct {
	t      testing.TB
	h      demux.Host // the world's
	handle demux.Handle
	name   string
	lossy  bool  // the plan may end the connection
	lost   error // it has
	in     *bufio.Reader
}

// visit is the program under test: a server, and clients.
func visit(o *stream.Options, lossy bool, clients ...func(b *browser)) proptest.Program {
	return func(t testing.TB, h demux.Host) {
		loop, err := eventloop.Open(h, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := newServer(loop, routes(), o)
		l, err := s.net.Listen("127.0.0.1:0", s.handler())
		if err != nil {
			t.Fatal(err)
		}
		world := proptest.World(h)
		var waits []func()
		for i, act := range clients {
			b := &browser{t: t, h: world, name: fmt.Sprintf("client %d", i), lossy: lossy}
			waits = append(waits, proptest.Go(world, b.name, func() {
				if b.connect(l.Addr()) {
					act(b)
					_ = world.Close(b.handle)
				}
			}))
		}
		world.Go("end", func() {
			for _, wait := range waits {
				wait()
			}
			if err := loop.Post(s.stop); err != nil {
				t.Errorf("Post: %v", err)
			}
		})
		if err := loop.Run(context.Background()); err != nil {
			t.Errorf("Run: %v", err)
		}
		if n := s.net.Conns(); n > 0 {
			t.Errorf("the loop has ended, and %d connections are open", n)
		}
	}
}

// connect connects, and reports whether the network has let it.
func (b *browser) connect(to netip.AddrPort) bool {
	h, err := b.h.Connect(to)
	if err != nil {
		b.t.Errorf("connect: %v", err)
		return false
	}
	b.handle, b.in = h, bufio.NewReader(b)
	for err = b.h.ConnectResult(h); errors.Is(err, demux.ErrAgain); err = b.h.ConnectResult(h) {
		if err := proptest.Await(b.h, h, demux.Writable, b.h.Now()+answerTime); err != nil {
			b.t.Fatalf("connect: %v", err)
		}
	}
	if b.failed("connect", err) {
		_ = b.h.Close(h)
		return false
	}
	return true
}

// failed books an error of the connection, which is right only if the plan has it.
func (b *browser) failed(call string, err error) bool {
	if err != nil && b.lost == nil {
		b.lost = err
		if !b.lossy {
			b.t.Errorf("%s: %s: %v", b.name, call, err)
		}
	}
	return err != nil
}

// Read reads, and waits until there is something.
func (b *browser) Read(p []byte) (int, error) {
	for {
		n, err := b.h.Read(b.handle, p)
		if !errors.Is(err, demux.ErrAgain) {
			return n, err
		}
		if err := proptest.Await(b.h, b.handle, demux.Readable, b.h.Now()+answerTime); err != nil {
			b.t.Errorf("%s waits for an answer: %v", b.name, err)
			return 0, err
		}
	}
}

// send sends all of p.
func (b *browser) send(p []byte) {
	for len(p) > 0 && b.lost == nil {
		n, err := b.h.Write(b.handle, p)
		p = p[max(n, 0):]
		if errors.Is(err, demux.ErrAgain) {
			err = proptest.Await(b.h, b.handle, demux.Writable, b.h.Now()+answerTime)
		}
		b.failed("write", err)
	}
}

// answer reads one answer and compares it.
func (b *browser) answer(method string, status int, body []byte) (more bool) {
	if b.lost != nil {
		return false
	}
	w, err := http.ReadResponse(b.in, &http.Request{Method: method})
	if b.failed("answer", err) {
		return false
	}
	got, err := io.ReadAll(w.Body)
	if b.failed("body", err) {
		return false
	}
	if w.StatusCode != status || body != nil && !bytes.Equal(got, body) {
		b.t.Errorf("%s: %s was answered by %s and %d bytes, want %d and %d bytes, or others", b.name, method, w.Status, len(got), status, len(body))
		return false
	}
	return !w.Close
}

// ends sees that the server ends the connection.
func (b *browser) ends() {
	if b.lost != nil {
		return
	}
	if c, err := b.in.ReadByte(); !errors.Is(err, io.EOF) {
		if err != nil && b.lossy {
			return
		}
		b.t.Errorf("%s: behind the last answer came %q, %v", b.name, c, err)
	}
}

// pattern is a body of the client's own.
func (b *browser) pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i*31) ^ b.name[len(b.name)-1]
	}
	return p
}

// pipeline sends several requests, and reads the answers meanwhile.
func pipeline(size int) func(b *browser) {
	return func(b *browser) {
		body := b.pattern(size)
		var all bytes.Buffer
		all.WriteString(ok)
		fmt.Fprintf(&all, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		all.WriteString("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
		for rest := body; len(rest) > 0; {
			n := min(len(rest), 1+len(rest)/2)
			fmt.Fprintf(&all, "%x\r\n%s\r\n", n, rest[:n])
			rest = rest[n:]
		}
		all.WriteString("0\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
		fmt.Fprintf(&all, "GET /size/%d HTTP/1.1\r\nHost: a\r\n\r\n", 3*size)
		all.WriteString("GET /no HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + ok)
		sent := proptest.Go(b.h, b.name+" sends", func() { b.send(all.Bytes()) })
		for i, want := range []struct {
			method string
			status int
			body   []byte
		}{
			{"GET", 200, []byte("hello\n")},
			{"POST", 200, body},
			{"POST", 200, body},
			{"HEAD", 200, nil},
			{"GET", 200, make([]byte, 3*size)},
			{"GET", 404, nil},
		} {
			if more := b.answer(want.method, want.status, want.body); !more && i < 5 && b.lost == nil {
				b.t.Errorf("%s: answer %d ends the connection", b.name, i)
			}
		}
		sent()
		b.ends()
	}
}

// wrong sends what is no request, and more behind it: the answer comes all the same.
func wrong(b *browser) {
	b.send([]byte("hello\r\n\r\n" + ok + ok))
	b.answer("GET", 400, nil)
	b.ends()
}

// waits sends a body only after it was told to.
func waits(b *browser) {
	body := b.pattern(200)
	b.send([]byte("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 200\r\n\r\n"))
	b.answer("POST", 100, nil)
	b.send(body)
	b.answer("POST", 200, body)
}

// leaves ends the connection in the middle of a body.
func leaves(b *browser) {
	b.send([]byte("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\nhello"))
}

// sleeps sends half of a request and no more: the server does not wait for ever.
func sleeps(b *browser) {
	b.send([]byte("GET / HT"))
	began := b.h.Now()
	if err := proptest.Await(b.h, b.handle, demux.Readable, began+2*idle); errors.Is(err, os.ErrDeadlineExceeded) {
		b.t.Errorf("%s: the connection is open after %v", b.name, 2*idle)
	}
	if took := b.h.Now() - began; took < idle && !b.lossy {
		b.t.Errorf("%s: the connection was ended after %v", b.name, took)
	}
}

func TestSimulated(t *testing.T) {
	tight := &stream.Options{ReadBuffer: 50, HighWater: 100}
	for _, tt := range []struct {
		why     string
		plan    fakedemux.Plan
		buffer  int // bytes that a socket holds
		options *stream.Options
		clients []func(b *browser)
	}{
		{why: "every answer comes", plan: fakedemux.Plan{Faults: 2, Off: lossless}, buffer: 512, clients: []func(*browser){pipeline(300), pipeline(40), wrong, waits, leaves}},
		{why: "little room: a client that does not read is not read from", plan: fakedemux.Plan{Faults: 2, Off: lossless}, buffer: 64, options: tight, clients: []func(*browser){pipeline(200), wrong, waits}},
		{why: "all that POSIX allows", plan: fakedemux.Plan{Mode: fakedemux.POSIX, Faults: 4, Off: lossless}, buffer: 128, options: tight, clients: []func(*browser){pipeline(100), wrong, waits}},
		{why: "all that the contract allows", plan: fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 4, Off: lossless}, buffer: 128, clients: []func(*browser){pipeline(100), pipeline(100)}},
		{why: "connections are lost", plan: fakedemux.Plan{Faults: 4}, buffer: 64, options: tight, clients: []func(*browser){pipeline(100), wrong, waits, leaves, pipeline(50)}},
		{why: "half of a request", plan: fakedemux.Plan{}, buffer: 512, clients: []func(*browser){sleeps, waits}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			o := &proptest.Options{Runs: 300, Plan: &tt.plan, Workload: fmt.Sprintf("p1+buffer.%d", tt.buffer)}
			lossy := tt.plan.Faults > 0 && tt.plan.Off != lossless
			o.TestProgram(t, visit(tt.options, lossy, tt.clients...))
		})
	}
}

// TestEveryKernel judges the server on the other kernels, and by operations where there are some.
func TestEveryKernel(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		t.Run(dialect, func(t *testing.T) {
			plan := fakedemux.Plan{Faults: 2, Off: lossless}
			o := &proptest.Options{Runs: 100, Plan: &plan, Dialect: dialect, Workload: "p1+buffer.128"}
			settings := &stream.Options{Operations: dialect == "iocp", ReadBuffer: 200, HighWater: 300}
			o.TestProgram(t, visit(settings, false, pipeline(100), wrong, waits))
		})
	}
}
