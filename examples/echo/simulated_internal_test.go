package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

// tick is how long a client sleeps, in virtual time, when it can do nothing.
const tick = time.Millisecond

// answerTime is how long a client waits, in virtual time, for what must come.
const answerTime = time.Minute

// lossless switches off what ends a connection: resets, and ENOSPC for the
// registration of a new one. Without them every byte comes back.
const lossless = "rn"

// world is one run: a server, and its clients outside of it.
type world struct {
	t      testing.TB
	h      demux.Host // the world's
	n      *stream.Net
	addr   netip.AddrPort
	lossy  bool // the plan resets connections, or lets the server run out of memory for one
	pauses int
}

// stage judges runs of clients against the server, which is stopped when the
// clients have ended. It returns how often accepting was paused in all of them.
func stage(t *testing.T, o *proptest.Options, settings stream.Options, clients ...func(w *world, id int)) (pauses int) {
	t.Helper()
	o.TestProgram(t, func(t testing.TB, h demux.Host) {
		w := &world{t: t, h: proptest.World(h), lossy: o.Plan.Faults > 0 && o.Plan.Off != lossless}
		w.main(h, settings, clients)
		pauses += w.pauses
	})
	return pauses
}

// main is the server's task.
func (w *world) main(h demux.Host, o stream.Options, clients []func(w *world, id int)) {
	loop, err := eventloop.Open(h, &eventloop.Options{Batch: 4})
	if err != nil {
		w.t.Fatal(err)
	}
	o.AcceptError = w.acceptError(h)
	w.n = stream.New(loop, &o)
	l, err := w.n.Listen("127.0.0.1:0", &stream.Handler{Data: func(c *stream.Conn, b []byte) {
		echo(c, b)
		if most := o.HighWater + o.ReadBuffer; o.HighWater > 0 && c.Queued() > most {
			w.t.Errorf("%d bytes are queued, at most %d may", c.Queued(), most)
		}
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.addr = l.Addr()
	var waits []func()
	for id, client := range clients {
		waits = append(waits, proptest.Go(w.h, fmt.Sprintf("client %d", id), func() { client(w, id) }))
	}
	w.h.Go("end", func() {
		for _, wait := range waits {
			wait()
		}
		w.stop()
	})
	if err := loop.RunWhileAlive(); err != nil {
		w.t.Errorf("the loop ended: %v", err)
	}
	if n := w.n.Conns(); n > 0 {
		w.t.Errorf("the loop has ended, and %d connections are open", n)
	}
}

// stop stops the server, from another task.
func (w *world) stop() {
	if err := w.n.Loop().Post(func() { stop(w.n) }); err != nil && !errors.Is(err, demux.ErrClosed) {
		w.t.Errorf("Post: %v", err)
	}
}

// acceptError counts the pauses of the listener, and sees that no accept is tried in one: a
// loop that does spins.
func (w *world) acceptError(h demux.Host) func(err error, wait time.Duration) {
	var until time.Duration
	return func(err error, wait time.Duration) {
		if wait == 0 {
			return // a connection was dropped
		}
		w.pauses++
		if now := h.Now(); now < until {
			w.t.Errorf("an accept failed at %v, and the listener was to wait until %v: %v", now, until, err)
		}
		until = h.Now() + wait
	}
}

// connect returns a connection to the server, NoHandle if it was reset.
func (w *world) connect() demux.Handle {
	for {
		h, err := w.h.Connect(w.addr)
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			proptest.Sleep(w.h, tick)
			continue
		}
		if err != nil {
			w.t.Errorf("connect: %v", err)
			return demux.NoHandle
		}
		for err = w.h.ConnectResult(h); errors.Is(err, demux.ErrAgain); err = w.h.ConnectResult(h) {
			w.await(h, demux.Writable)
		}
		if err == nil {
			return h
		}
		w.lost("connect", err)
		_ = w.h.Close(h)
		return demux.NoHandle
	}
}

// await waits until h is ready for want.
func (w *world) await(h demux.Handle, want demux.Ready) {
	if err := proptest.Await(w.h, h, want, w.h.Now()+answerTime); err != nil {
		w.t.Fatalf("client: %v", err)
	}
}

// lost says that a client's connection has failed, which is right only if the
// plan has it.
func (w *world) lost(call string, err error) {
	if !w.lossy {
		w.t.Errorf("client: %s: %v", call, err)
	}
}

// exchange sends size bytes and reads what comes back. It writes as long as the
// socket takes anything before it reads: the server meets a full socket.
func exchange(size int) func(w *world, id int) {
	return func(w *world, id int) {
		h := w.connect()
		if h == demux.NoHandle {
			return
		}
		defer w.h.Close(h)
		sent, shut := 0, false
		got := make([]byte, 0, size)
		b := make([]byte, 512)
		for {
			moved := false
			for sent < size {
				n, err := w.h.Write(h, pattern(id, sent, min(size-sent, len(b))))
				if later(err) {
					break
				}
				if err != nil {
					w.lost("write", err)
					return
				}
				sent, moved = sent+n, true
			}
			if sent == size && !shut {
				shut = true
				if err := w.h.CloseWrite(h); err != nil {
					w.lost("shutdown", err)
					return
				}
			}
			n, err := w.h.Read(h, b)
			got = append(got, b[:n]...)
			if want := pattern(id, 0, len(got)); string(got) != string(want) {
				w.t.Errorf("client %d: the first %d bytes are not those that were sent", id, len(got))
				return
			}
			switch {
			case errors.Is(err, io.EOF):
				if len(got) != size {
					w.t.Errorf("client %d: the end came after %d bytes of %d", id, len(got), size)
				}
				return
			case later(err):
				want := demux.Readable
				if sent < size {
					want |= demux.Writable
				}
				if !moved {
					w.await(h, want)
				}
			case err != nil:
				w.lost("read", err)
				return
			}
		}
	}
}

// pattern returns n bytes of a stream that is the client's own.
func pattern(id, from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		x := uint32(id)<<24 ^ uint32(from+i)
		x *= 0x9e3779b1
		b[i] = byte(x >> 24)
	}
	return b
}

// leave closes in the middle, with bytes on their way in both directions.
func leave(w *world, id int) {
	h := w.connect()
	if h == demux.NoHandle {
		return
	}
	if _, err := w.h.Write(h, pattern(id, 0, 100)); err != nil && !later(err) {
		w.lost("write", err)
	}
	_ = w.h.Close(h)
}

func repeat(n int, client func(w *world, id int)) []func(w *world, id int) {
	all := make([]func(w *world, id int), n)
	for i := range all {
		all[i] = client
	}
	return all
}

func TestSimulated(t *testing.T) {
	plain := fakedemux.Plan{Mode: fakedemux.Faithful, Faults: 2, Off: lossless}
	posix := fakedemux.Plan{Mode: fakedemux.POSIX, Faults: 4, Off: lossless}
	adversarial := fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 4, Off: lossless}
	for _, tt := range []struct {
		why     string
		plan    fakedemux.Plan
		buffer  int // bytes that a socket holds; 0: as usual
		read    int // Options.ReadBuffer; 0: as usual
		high    int // Options.HighWater; 0: as usual
		clients []func(w *world, id int)
	}{
		{
			why: "one small exchange", plan: plain,
			clients: repeat(1, exchange(100)),
		},
		{
			why: "an end at once", plan: plain,
			clients: repeat(2, exchange(0)),
		},
		{
			why: "several at a time, and a socket that takes little", plan: plain, buffer: 64,
			clients: repeat(4, exchange(600)),
		},
		{
			why: "back pressure: less may be pending than the sockets hold", plan: plain, buffer: 64,
			high: 24, read: 16, clients: repeat(3, exchange(400)),
		},
		{
			why: "the smallest room there is", plan: plain, buffer: 16,
			high: 1, read: 1, clients: repeat(2, exchange(60)),
		},
		{
			why: "those who leave disturb nobody", plan: plain, buffer: 64,
			high: 32, read: 64, clients: append(repeat(3, exchange(300)), leave, leave, leave),
		},
		{
			why: "readiness is a hint", plan: posix, buffer: 64,
			high: 32, read: 64, clients: repeat(3, exchange(300)),
		},
		{
			why: "all that the contract allows", plan: adversarial, buffer: 64,
			high: 32, read: 64, clients: repeat(3, exchange(300)),
		},
		{
			why: "connections are reset, and some refused for want of memory", plan: fakedemux.Plan{Faults: 4}, buffer: 64,
			high: 32, read: 64, clients: repeat(4, exchange(300)),
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			o := &proptest.Options{Runs: 320, Plan: &tt.plan}
			if tt.buffer > 0 {
				o.Workload = fmt.Sprintf("p1+buffer.%d", tt.buffer)
			}
			stage(t, o, stream.Options{HighWater: tt.high, ReadBuffer: tt.read}, tt.clients...)
		})
	}
}

// TestEveryKernel has the bytes come back on the other kernels, and by operations where a
// kernel carries some out.
func TestEveryKernel(t *testing.T) {
	clients := append(repeat(3, exchange(300)), leave)
	for _, dialect := range fakedemux.Dialects() {
		for _, operations := range []bool{false, true} {
			if operations && dialect != "iocp" {
				continue
			}
			t.Run(fmt.Sprintf("%s/operations=%v", dialect, operations), func(t *testing.T) {
				o := &proptest.Options{Runs: 200, Dialect: dialect, Plan: &fakedemux.Plan{Faults: 3, Off: lossless}, Workload: "p1+buffer.64"}
				stage(t, o, stream.Options{Operations: operations, HighWater: 32, ReadBuffer: 64}, clients...)
			})
		}
	}
}

// TestExhaustion has more clients than descriptors. All are served, one after
// another, and the loop does not spin meanwhile: accept(2), EMFILE.
func TestExhaustion(t *testing.T) {
	const (
		clients = 6
		loop    = 3 // epoll, and the two eventfds of the backend
		server  = 2 // the listener, and one connection
	)
	machine := fmt.Sprintf("p1+buffer.64+files.%d", loop+server+clients)
	pauses := stage(t, &proptest.Options{Runs: 200, Plan: &fakedemux.Plan{}, Workload: machine}, stream.Options{}, repeat(clients, exchange(200))...)
	if pauses == 0 {
		t.Error("no accept has failed: the test tests nothing")
	}
}

// TestInvented has EMFILE, ENFILE and ENOSPC come out of nowhere.
func TestInvented(t *testing.T) {
	pauses := stage(t, &proptest.Options{Runs: 400, Plan: &fakedemux.Plan{Faults: 8, Off: "r"}}, stream.Options{}, repeat(3, exchange(100))...)
	if pauses == 0 {
		t.Error("no accept has failed: the test tests nothing")
	}
}

// TestStop ends the server under peers that do not end: what was read comes
// back, then the end, and a peer that stays is left after the grace.
func TestStop(t *testing.T) {
	for _, tt := range []struct {
		why  string
		peer func(w *world, h demux.Handle) // after it got its bytes and the end
		late bool                           // the grace has to end it
	}{
		{why: "a peer that ends when it reads the end", peer: func(w *world, h demux.Handle) {}},
		{why: "a peer that goes on sending for a while", peer: func(w *world, h demux.Handle) {
			for range 10 {
				if _, err := w.h.Write(h, make([]byte, 8)); err != nil && !later(err) {
					w.t.Errorf("write after the end: %v", err)
				}
				proptest.Sleep(w.h, tick)
			}
		}},
		{why: "a peer that stays", late: true, peer: func(w *world, h demux.Handle) { proptest.Sleep(w.h, 2*stream.DefaultCloseTimeout) }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			client := func(w *world, id int) {
				h := w.connect()
				defer w.h.Close(h)
				want := pattern(id, 0, 300)
				for sent := 0; sent < len(want); {
					n, err := w.h.Write(h, want[sent:])
					sent += n
					if later(err) {
						proptest.Sleep(w.h, tick)
					}
				}
				proptest.Sleep(w.h, time.Second) // all of it is read, and does not fit into the sockets on its way back
				stopped := w.h.Now()
				w.stop()
				got, b := []byte(nil), make([]byte, 64)
				for {
					n, err := w.h.Read(h, b)
					got = append(got, b[:n]...)
					if later(err) {
						proptest.Sleep(w.h, tick)
					} else if err != nil {
						break
					}
				}
				if string(got) != string(want) {
					w.t.Errorf("%d bytes came back before the end, or others, want %d", len(got), len(want))
				}
				tt.peer(w, h)
				if took := w.h.Now() - stopped; (took >= stream.DefaultCloseTimeout) != tt.late {
					w.t.Errorf("the peer ended %v after the stop", took)
				}
			}
			stage(t, &proptest.Options{Runs: 200, Plan: &fakedemux.Plan{}, Workload: "p1+buffer.128"}, stream.Options{}, client)
		})
	}
}

// later reports whether a call did nothing and is to be made again.
func later(err error) bool {
	return errors.Is(err, demux.ErrAgain) || errors.Is(err, syscall.EINTR)
}
