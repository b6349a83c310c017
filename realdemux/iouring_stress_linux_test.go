package realdemux_test

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"reactortest/demux"
)

// rounds returns n, or a tenth in a short run.
func rounds(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// Every operation has one event, with its result or with ErrCanceled, and no
// byte is lost to a cancel that came too late.
func TestIOUringCancelRacesCompletion(t *testing.T) {
	r := newRing(t)
	a, b := r.pair()
	var canceled, read int
	for i := range rounds(20_000) {
		op := r.submit(&demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 8)})
		text := []byte{byte(i), byte(i >> 8)}
		done := make(chan error)
		go func() {
			_, err := r.host.Write(b, text)
			done <- err
		}()
		for range i % 4 {
			runtime.Gosched()
		}
		r.must(r.Cancel(op))
		if ev := r.event(); ev.Op != op || ev.Token != 7 {
			t.Fatalf("got %+v, want the event of the read", ev)
		}
		r.must(<-done)
		switch {
		case op.Err == nil:
			read++
		case errors.Is(op.Err, demux.ErrCanceled) && op.N == 0:
			canceled++
			op = r.run(&demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 8)})
		}
		if op.Err != nil || !bytes.Equal(op.Buf[:op.N], text) {
			t.Fatalf("round %d: read %v, %v, want %v", i, op.Buf[:op.N], op.Err, text)
		}
		if err := r.Cancel(op); !errors.Is(err, demux.ErrNotFound) {
			t.Fatalf("Cancel after the event: got %v, want ErrNotFound", err)
		}
	}
	t.Logf("%d reads were canceled, %d were not", canceled, read)
}

// Many streams carry data both ways, with registrations beside the operations
// and with cancels at any time.
func TestIOUringManyStreams(t *testing.T) {
	r := newRing(t)
	const streams, size = 100, 64
	type end struct {
		read, write    demux.Op
		sent, received int
	}
	ends := make([]end, 2*streams)
	total := rounds(50_000)
	for i := range streams {
		a, b := r.pair()
		for j, h := range []demux.Handle{a, b} {
			e := &ends[2*i+j]
			e.read = demux.Op{Kind: demux.OpRead, Handle: h, Buf: make([]byte, size)}
			e.write = demux.Op{Kind: demux.OpWrite, Handle: h, Buf: make([]byte, size)}
		}
		r.must(r.Register(a, demux.Token(i), demux.Writable, demux.Level))
	}
	start := func(i int, op *demux.Op) {
		if op.Kind == demux.OpWrite {
			for k := range op.Buf {
				op.Buf[k] = byte(ends[i].sent + k)
			}
		}
		r.must(r.Submit(op, demux.Token(streams+i)))
	}
	for i := range ends {
		start(i, &ends[i].read)
		start(i, &ends[i].write)
	}
	dst := make([]demux.Event, 32)
	seed := uint32(1)
	for events := 0; events < total; {
		n, err := r.Wait(dst, patience)
		r.must(err)
		if n == 0 {
			t.Fatalf("no event after %v", patience)
		}
		events += n
		for _, ev := range dst[:n] {
			if ev.Op == nil {
				if ev.Token >= streams || ev.Ready != demux.Writable {
					t.Fatalf("got %+v", ev)
				}
				continue
			}
			i := int(ev.Token) - streams
			e := &ends[i]
			switch {
			case errors.Is(ev.Op.Err, demux.ErrCanceled) && ev.Op.N == 0:
			case ev.Op.Err != nil:
				t.Fatalf("stream %d: %v: %v", i, ev.Op.Kind, ev.Op.Err)
			case ev.Op == &e.write:
				e.sent += e.write.N
			default:
				for k, got := range e.read.Buf[:e.read.N] {
					if want := byte(e.received + k); got != want {
						t.Fatalf("stream %d: byte %d is %d, want %d", i, e.received+k, got, want)
					}
				}
				e.received += e.read.N
			}
			start(i, ev.Op)
			seed = seed*1664525 + 1013904223
			if victim := &ends[seed>>16%uint32(len(ends))]; seed>>8&3 == 0 {
				// Its event may be in this batch.
				if err := r.Cancel(&victim.read); err != nil && !errors.Is(err, demux.ErrNotFound) {
					t.Fatal(err)
				}
			}
		}
	}
}

// Close gives everything back with operations of every kind in flight, from
// inside a Wait and from outside.
func TestIOUringCloseInFlight(t *testing.T) {
	_ = newRing(t).Close()
	host := newCompleterHost(t)
	beforeFDs, beforeGoroutines := descriptors(t), runtime.NumGoroutine()
	for i := range rounds(1_000) {
		r := &ring{Completer: openCompleter(t), tb: t, host: host}
		a, b, err := host.Pair()
		r.must(err)
		l, at, err := host.Listen("127.0.0.1:0", 1)
		r.must(err)
		c := stream(t, host, at.Addr())
		big := make([]byte, 1<<20)
		ops := []*demux.Op{
			{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 64)},
			{Kind: demux.OpWrite, Handle: a, Buf: big},
			{Kind: demux.OpRead, Handle: b, Buf: make([]byte, 64)},
			{Kind: demux.OpAccept, Handle: l},
			{Kind: demux.OpAccept, Handle: l},
			{Kind: demux.OpConnect, Handle: c, Addr: at},
		}
		for _, op := range ops {
			r.submit(op)
		}
		r.must(r.Register(b, 1, demux.Readable|demux.Writable, demux.Level))
		r.must(r.Register(l, 2, demux.Readable, demux.Oneshot))
		for range i % 3 {
			_, err := r.Wait(make([]demux.Event, i%3), 0)
			r.must(err)
		}
		waiter := make(chan error, 1)
		if i%2 == 0 {
			go func() {
				dst := make([]demux.Event, 1)
				var err error
				for err == nil {
					_, err = r.Wait(dst, -1)
				}
				waiter <- err
			}()
			for range i % 7 {
				runtime.Gosched()
			}
		} else {
			waiter <- demux.ErrClosed
		}
		r.must(r.Close())
		if err := <-waiter; !errors.Is(err, demux.ErrClosed) {
			t.Fatalf("Wait: got %v, want ErrClosed", err)
		}
		for _, op := range ops {
			// Some had their event before.
			if op.Err == nil && op.Kind == demux.OpAccept {
				r.must(host.Close(op.New))
			}
			clear(op.Buf) // ours again
		}
		for _, h := range []demux.Handle{a, b, c, l} {
			r.must(host.Close(h))
		}
	}
	if after := descriptors(t); after > beforeFDs+8 {
		t.Errorf("%d descriptors were open before, %d are after", beforeFDs, after)
	}
	if after := runtime.NumGoroutine(); after > beforeGoroutines+8 {
		t.Errorf("%d goroutines ran before, %d do after", beforeGoroutines, after)
	}
}
