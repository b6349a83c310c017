package realdemux_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/realdemux"
)

// lendingCompleter opens a completer that lends buffers, and skips the test where the kernel
// has none to lend.
func lendingCompleter(t *testing.T, batch bool) demux.Completer {
	t.Helper()
	d := openCompleter(t)
	t.Cleanup(func() { _ = d.Close() })
	if !d.Traits().Lends {
		t.Skip("the kernel is older than Linux 5.19: it lends no buffers")
	}
	if err := d.(demux.Batcher).SetBatch(batch); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestMoreReadsThanBuffers has 1000 reads hold what they have borrowed, until all buffers are
// lent. The others get theirs when those are given back, and nothing is lost.
func TestMoreReadsThanBuffers(t *testing.T) {
	const streams, rounds = 1000, 3
	for _, batch := range []bool{false, true} {
		t.Run(fmt.Sprintf("batch=%v", batch), func(t *testing.T) {
			d, h := lendingCompleter(t, batch), realdemux.NewHost()
			ops := make([]demux.Op, streams)
			peers := make([]demux.Handle, streams)
			got := make([][]byte, streams)
			for i := range ops {
				a, b, err := h.Pair()
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _, _ = h.Close(a), h.Close(b) }()
				ops[i] = demux.Op{Kind: demux.OpRead, Handle: a}
				peers[i] = b
				if err := d.Submit(&ops[i], demux.Token(i)); err != nil {
					t.Fatal(err)
				}
			}
			want := []byte{}
			for round := range rounds {
				want = fmt.Appendf(want, "round %d;", round)
				for _, p := range peers {
					if _, err := h.Write(p, fmt.Appendf(nil, "round %d;", round)); err != nil {
						t.Fatal(err)
					}
				}
				collectAll(t, d, ops, got, want)
			}
			for i := 0; i < streams; i += 90 { // reads that wait while all buffers are there
				if _, err := h.Write(peers[i], []byte("x")); err != nil {
					t.Fatal(err)
				}
				events, n := make([]demux.Event, 8), 0
				for n == 0 {
					var err error
					if n, err = d.Wait(events, 5*time.Second); err != nil {
						t.Fatal(err)
					}
				}
				if n != 1 || events[0].Op != &ops[i] || ops[i].N != 1 || ops[i].Err != nil {
					t.Fatalf("%d events of %d, want one of %d: %d bytes, %v", n, events[0].Token, i, ops[i].N, ops[i].Err)
				}
			}
		})
	}
}

// collectAll reads until every stream has brought what is wanted. It gives buffers back only
// when nothing has come for a while.
func collectAll(t *testing.T, d demux.Completer, ops []demux.Op, got [][]byte, want []byte) {
	t.Helper()
	events := make([]demux.Event, 64)
	var lent []int
	left := len(ops)
	for left > 0 {
		n, err := d.Wait(events, 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		for _, ev := range events[:n] {
			i := int(ev.Token)
			if ev.Op.Err != nil || ev.Op.N == 0 {
				t.Fatalf("stream %d: %d bytes, %v", i, ev.Op.N, ev.Op.Err)
			}
			got[i] = append(got[i], ev.Op.Buf[:ev.Op.N]...)
			lent = append(lent, i)
			if len(got[i]) == len(want) {
				left--
			}
		}
		if n > 0 {
			continue
		}
		if len(lent) == 0 {
			t.Fatalf("nothing comes, and %d streams wait", left)
		}
		for _, i := range lent {
			ops[i].Buf = nil
			if err := d.Submit(&ops[i], demux.Token(i)); err != nil {
				t.Fatal(err)
			}
		}
		lent = lent[:0]
	}
	for _, i := range lent {
		ops[i].Buf = nil
		if err := d.Submit(&ops[i], demux.Token(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range got {
		if !bytes.Equal(got[i], want) {
			t.Fatalf("stream %d has brought %q, want %q", i, got[i], want)
		}
	}
}

// TestReadsOfOneStreamInEveryWay reads a stream by borrowed buffers, by buffers of its own, of
// no bytes, and with cancels, in a drawn order. Every byte comes once.
func TestReadsOfOneStreamInEveryWay(t *testing.T) {
	for seed := range uint64(40) {
		for _, batch := range []bool{false, true} {
			readInEveryWay(t, lendingCompleter(t, batch), rand.New(rand.NewPCG(seed, 1)))
		}
	}
}

func readInEveryWay(t *testing.T, d demux.Completer, r *rand.Rand) {
	t.Helper()
	h := realdemux.NewHost()
	a, b, err := h.Pair()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close(a) }()
	var got, sent []byte
	ended := false
	op := &demux.Op{Kind: demux.OpRead, Handle: a}
	events := make([]demux.Event, 4)
	for round := 0; !ended; round++ {
		switch {
		case round == 60:
			if err := h.Close(b); err != nil {
				t.Fatal(err)
			}
		case round < 60:
			for range r.IntN(3) {
				piece := fmt.Appendf(nil, "%d,", len(sent))
				if _, err := h.Write(b, piece); err != nil {
					t.Fatal(err)
				}
				sent = append(sent, piece...)
			}
		}
		switch op.Buf = nil; r.IntN(4) {
		case 0:
			op.Buf = make([]byte, 1+r.IntN(8))
		case 1:
			_ = d.Cancel(op) // ErrNotFound: it gives the buffer back
		}
		if err := d.Submit(op, 7); err != nil {
			t.Fatal(err)
		}
		if round < 60 {
			_ = d.Cancel(op) // or it would wait for bytes that are never sent
		}
		n := 0
		for n == 0 {
			if n, err = d.Wait(events, -1); err != nil {
				t.Fatal(err)
			}
		}
		switch {
		case n != 1 || events[0].Op != op:
			t.Fatalf("%d events, of %p, want one of %p", n, events[0].Op, op)
		case errors.Is(op.Err, demux.ErrCanceled):
		case op.Err != nil:
			t.Fatal(op.Err)
		case op.N == 0:
			ended = true
		default:
			got = append(got, op.Buf[:op.N]...)
		}
	}
	if !bytes.Equal(got, sent) {
		t.Fatalf("got %q\nwant %q", got, sent)
	}
	if n, err := h.Read(a, make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("a read after the end: %d, %v", n, err)
	}
}

// TestLentReadsOfNumbersThatComeBack closes handles with and without Cancel, and reads the
// streams that have their numbers next.
func TestLentReadsOfNumbersThatComeBack(t *testing.T) {
	d, h := lendingCompleter(t, true), realdemux.NewHost()
	events := make([]demux.Event, 4)
	for round := range 300 {
		a, b, err := h.Pair()
		if err != nil {
			t.Fatal(err)
		}
		op := &demux.Op{Kind: demux.OpRead, Handle: a}
		for i := range 2 {
			op.Buf = nil
			if err := d.Submit(op, 1); err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("%d.%d", round, i)
			if _, err := h.Write(b, []byte(text)); err != nil {
				t.Fatal(err)
			}
			n := 0
			for n == 0 {
				if n, err = d.Wait(events, -1); err != nil {
					t.Fatal(err)
				}
			}
			if op.Err != nil || string(op.Buf[:op.N]) != text {
				t.Fatalf("round %d: %q, %v, want %q", round, op.Buf[:op.N], op.Err, text)
			}
		}
		if _, err := h.Write(b, []byte("nobody reads this")); err != nil {
			t.Fatal(err)
		}
		if round%2 == 0 {
			if _, err := d.Wait(events, 0); err != nil { // it has arrived
				t.Fatal(err)
			}
		}
		_ = d.Cancel(op) // ErrNotFound: it gives the buffer back, and doubts the number
		if err := errors.Join(h.Close(a), h.Close(b)); err != nil {
			t.Fatal(err)
		}
	}
}
