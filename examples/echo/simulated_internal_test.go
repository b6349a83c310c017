package main

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// tick is how long a client sleeps, in virtual time, when it can do nothing.
const tick = time.Millisecond

// lossless switches off what ends a connection: resets, and ENOSPC for the
// registration of a new one. Without them every byte comes back.
const lossless = "rn"

// world is one run: a server and its clients on one simulated kernel.
type world struct {
	t      *testing.T
	k      *fakedemux.Kernel
	s      *server
	left   int  // clients that have not ended
	lossy  bool // the plan resets connections, or lets the server run out of memory for one
	pauses int
}

// stage plays runs of clients against the server, each under another
// schedule, and ends the server when the clients have ended.
func stage(t *testing.T, o *fakedemux.Options, runs int, set func(s *server), clients ...func(w *world, id int)) (pauses int) {
	t.Helper()
	k := fakedemux.New(o)
	defer k.Stop()
	for _, strategy := range []scheduler.Strategy{
		scheduler.NewQuiet(), scheduler.NewRoundRobin(), scheduler.NewRandom(1), scheduler.NewPCT(2, 3),
	} {
		for run := range runs {
			if !strategy.Begin(run) {
				break
			}
			k.Reset(strategy)
			w := &world{t: t, k: k, left: len(clients), lossy: o.Plan != nil && o.Plan.Off != lossless}
			err := k.Run(func() { w.main(set, clients) })
			if err != nil {
				t.Fatalf("%T, run %d: %v", strategy, run, err)
			}
			strategy.End(scheduler.Result{Decisions: len(k.Recorder().Decisions()), Steps: k.Tasks().StepsByTask()})
			for _, leak := range k.Leaks() {
				t.Errorf("%T, run %d: leaked: %v", strategy, run, leak)
			}
			if t.Failed() {
				t.FailNow()
			}
			pauses += w.pauses
		}
	}
	return pauses
}

// main is the server's task.
func (w *world) main(set func(s *server), clients []func(w *world, id int)) {
	w.k.Faults(false)
	loop, err := eventloop.Open(w.k, &eventloop.Options{Batch: 4})
	if err != nil {
		w.t.Fatal(err)
	}
	w.s, err = listen(w.k, loop, "127.0.0.1:0", w.logf)
	if err != nil {
		w.t.Fatal(err)
	}
	if set != nil {
		set(w.s)
	}
	w.k.Faults(true)
	for id, client := range clients {
		w.k.Go(fmt.Sprintf("client %d", id), func() {
			client(w, id)
			w.left--
			if w.left == 0 {
				if err := loop.Post(w.s.stop); err != nil && !errors.Is(err, demux.ErrClosed) {
					w.t.Errorf("Post: %v", err)
				}
			}
		})
	}
	if err := loop.RunWhileAlive(); err != nil {
		w.t.Errorf("the loop ended: %v", err)
	}
	if n := len(w.s.conns); n > 0 {
		w.t.Errorf("the loop has ended, and %d connections are open", n)
	}
	if most := int(w.k.Now()/acceptPause) + 1; w.pauses > most {
		w.t.Errorf("accepting was paused %d times in %v: the loop spins", w.pauses, w.k.Now())
	}
}

func (w *world) logf(format string, args ...any) {
	if len(args) > 0 && args[0] == any(acceptPause) {
		w.pauses++
	}
}

// connect returns a connection to the server, NoHandle if it was reset.
func (w *world) connect() demux.Handle {
	for {
		h, err := w.k.Connect(w.s.addr)
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
			w.k.Sleep(tick)
			continue
		}
		if err != nil {
			w.t.Errorf("connect: %v", err)
			return demux.NoHandle
		}
		for err = w.k.ConnectResult(h); errors.Is(err, demux.ErrAgain); err = w.k.ConnectResult(h) {
			w.k.Sleep(tick)
		}
		if err == nil {
			return h
		}
		w.lost("connect", err)
		_ = w.k.Close(h)
		return demux.NoHandle
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
		defer w.k.Close(h)
		sent, shut := 0, false
		got := make([]byte, 0, size)
		b := make([]byte, 512)
		for {
			moved := false
			for sent < size {
				n, err := w.k.Write(h, pattern(id, sent, min(size-sent, len(b))))
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
				if err := w.k.CloseWrite(h); err != nil {
					w.lost("shutdown", err)
					return
				}
			}
			for _, c := range w.s.conns {
				if len(c.pending) > w.s.maxPending {
					w.t.Errorf("%d bytes are pending, at most %d may", len(c.pending), w.s.maxPending)
				}
			}
			n, err := w.k.Read(h, b)
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
				if !moved {
					w.k.Sleep(tick)
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
	if _, err := w.k.Write(h, pattern(id, 0, 100)); err != nil && !later(err) {
		w.lost("write", err)
	}
	_ = w.k.Close(h)
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
		options fakedemux.Options
		pending int // server.maxPending
		clients []func(w *world, id int)
	}{
		{
			why: "one small exchange", options: fakedemux.Options{Plan: &plain},
			pending: 1 << 16, clients: repeat(1, exchange(100)),
		},
		{
			why: "an end at once", options: fakedemux.Options{Plan: &plain},
			pending: 1 << 16, clients: repeat(2, exchange(0)),
		},
		{
			why: "several at a time, and a socket that takes little", options: fakedemux.Options{Plan: &plain, StreamBuffer: 64},
			pending: 1 << 16, clients: repeat(4, exchange(600)),
		},
		{
			why: "back pressure: less may be pending than the sockets hold", options: fakedemux.Options{Plan: &plain, StreamBuffer: 64},
			pending: 24, clients: repeat(3, exchange(400)),
		},
		{
			why: "the smallest room there is", options: fakedemux.Options{Plan: &plain, StreamBuffer: 16},
			pending: 1, clients: repeat(2, exchange(60)),
		},
		{
			why: "those who leave disturb nobody", options: fakedemux.Options{Plan: &plain, StreamBuffer: 64},
			pending: 32, clients: append(repeat(3, exchange(300)), leave, leave, leave),
		},
		{
			why: "readiness is a hint", options: fakedemux.Options{Plan: &posix, StreamBuffer: 64},
			pending: 32, clients: repeat(3, exchange(300)),
		},
		{
			why: "all that the contract allows", options: fakedemux.Options{Plan: &adversarial, StreamBuffer: 64},
			pending: 32, clients: repeat(3, exchange(300)),
		},
		{
			why: "connections are reset, and some refused for want of memory", options: fakedemux.Options{Plan: &fakedemux.Plan{Faults: 4}, StreamBuffer: 64},
			pending: 32, clients: repeat(4, exchange(300)),
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			stage(t, &tt.options, 80, func(s *server) { s.maxPending = tt.pending }, tt.clients...)
		})
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
	pauses := stage(t, &fakedemux.Options{Descriptors: loop + server + clients, StreamBuffer: 64}, 50, nil,
		repeat(clients, exchange(200))...)
	if pauses == 0 {
		t.Error("no accept has failed: the test tests nothing")
	}
}

// TestInvented has EMFILE, ENFILE and ENOSPC come out of nowhere.
func TestInvented(t *testing.T) {
	pauses := stage(t, &fakedemux.Options{Plan: &fakedemux.Plan{Faults: 8, Off: "r"}}, 100, nil, repeat(3, exchange(100))...)
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
				if _, err := w.k.Write(h, make([]byte, 8)); err != nil && !later(err) {
					w.t.Errorf("write after the end: %v", err)
				}
				w.k.Sleep(tick)
			}
		}},
		{why: "a peer that stays", late: true, peer: func(w *world, h demux.Handle) { w.k.Sleep(2 * grace) }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			client := func(w *world, id int) {
				h := w.connect()
				defer w.k.Close(h)
				want := pattern(id, 0, 300)
				for sent := 0; sent < len(want); {
					n, err := w.k.Write(h, want[sent:])
					sent += n
					if later(err) {
						w.k.Sleep(tick)
					}
				}
				for w.k.Unread(h)+w.s.pending() < len(want) { // not all of it is read
					w.k.Sleep(tick)
				}
				if err := w.s.loop.Post(w.s.stop); err != nil {
					w.t.Error(err)
				}
				got, b := []byte(nil), make([]byte, 64)
				for {
					n, err := w.k.Read(h, b)
					got = append(got, b[:n]...)
					if later(err) {
						w.k.Sleep(tick)
					} else if err != nil {
						break
					}
				}
				if string(got) != string(want) {
					w.t.Errorf("%d bytes came back before the end, or others, want %d", len(got), len(want))
				}
				tt.peer(w, h)
				if late := w.k.Now() >= grace; late != tt.late {
					w.t.Errorf("the peer ended at %v", w.k.Now())
				}
			}
			stage(t, &fakedemux.Options{StreamBuffer: 128}, 50, nil, client)
		})
	}
}

// pending returns how many bytes the server has read and not sent back.
func (s *server) pending() (n int) {
	for _, c := range s.conns {
		n += len(c.pending)
	}
	return n
}
