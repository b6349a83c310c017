package demuxsuite_test

import (
	"errors"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/realdemux"
)

// TestHostsMoveNothingWithAnEmptyBuffer checks what demux.Host says of Read and
// Write with an empty buffer, on every kernel.
func TestHostsMoveNothingWithAnEmptyBuffer(t *testing.T) {
	t.Run("real", func(t *testing.T) { checkEmptyCalls(t, realdemux.NewHost()) })
	for _, dialect := range fakedemux.Dialects() {
		t.Run(dialect, func(t *testing.T) {
			k := fakedemux.New(&fakedemux.Options{Dialect: dialect})
			if err := k.Run(func() { checkEmptyCalls(t, k) }); err != nil {
				t.Error(err)
			}
		})
	}
}

func checkEmptyCalls(t *testing.T, h demux.Host) {
	t.Helper()
	a, b, err := h.Pair()
	if err != nil {
		t.Errorf("Pair: %v", err)
		return
	}
	readNothing := func(when string) {
		for _, buf := range [][]byte{nil, {}} {
			if n, err := h.Read(a, buf); n != 0 || err != nil && !errors.Is(err, demux.ErrAgain) {
				t.Errorf("Read into an empty buffer, %s: got %d, %v, want 0 with nil or ErrAgain", when, n, err)
			}
			if n, err := h.Write(a, buf); n != 0 || err != nil {
				t.Errorf("Write of an empty buffer, %s: got %d, %v, want 0, nil", when, n, err)
			}
		}
	}
	readNothing("nothing has arrived")
	if n, err := h.Write(b, []byte("data")); n != 4 || err != nil {
		t.Errorf("Write: got %d, %v, want 4, nil", n, err)
	}
	readNothing("data is there")
	room := make([]byte, 8)
	if n, err := h.Read(a, room); string(room[:n]) != "data" || err != nil {
		t.Errorf("Read: got %q, %v, want \"data\", nil", room[:n], err)
	}
	if err := h.CloseWrite(b); err != nil {
		t.Errorf("CloseWrite: %v", err)
	}
	readNothing("the peer sends no more")
	if n, err := h.Read(b, room); n != 0 || !errors.Is(err, demux.ErrAgain) {
		t.Errorf("Read after writes of nothing: got %d, %v, want 0, ErrAgain", n, err)
	}
	_, _ = h.Close(a), h.Close(b)
}
