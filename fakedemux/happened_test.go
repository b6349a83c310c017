package fakedemux_test

import (
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// TestHappened tells what counts as a happening, and in which direction.
func TestHappened(t *testing.T) {
	for _, c := range []struct {
		why         string
		do          func(k *fakedemux.Kernel, a, b demux.Handle) error // a is watched
		read, write bool
	}{
		{
			why: "data that arrive can be read", read: true,
			do: func(k *fakedemux.Kernel, _, b demux.Handle) error { return second(k.Write(b, []byte("x"))) },
		},
		{
			why: "what a writes happens to b", read: false,
			do: func(k *fakedemux.Kernel, a, _ demux.Handle) error { return second(k.Write(a, []byte("x"))) },
		},
		{
			why: "a read of the peer makes room", write: true,
			do: func(k *fakedemux.Kernel, a, b demux.Handle) error {
				if _, err := k.Write(a, []byte("x")); err != nil {
					return err
				}
				return second(k.Read(b, make([]byte, 8)))
			},
		},
		{
			why: "an end concerns both directions", read: true, write: true,
			do: func(k *fakedemux.Kernel, _, b demux.Handle) error { return k.Close(b) },
		},
		{
			why: "a read of a does not change what a is told",
			do:  func(k *fakedemux.Kernel, a, _ demux.Handle) error { _, _ = k.Read(a, make([]byte, 8)); return nil },
		},
	} {
		t.Run(c.why, func(t *testing.T) {
			k := direct(fakedemux.Options{})
			a, b := newStream(t, k, false)
			before := k.Happenings()
			if err := c.do(k, a, b); err != nil {
				t.Fatal(err)
			}
			if got := k.Happened(a, demux.Readable) > before; got != c.read {
				t.Errorf("it happened to reads: %v, want %v", got, c.read)
			}
			if got := k.Happened(a, demux.Writable) > before; got != c.write {
				t.Errorf("it happened to writes: %v, want %v", got, c.write)
			}
			if last := k.Happened(a, demux.Readable|demux.Writable); last > k.Happenings() {
				t.Errorf("happening %d of %d", last, k.Happenings())
			}
			if got := k.Happened(demux.NoHandle, demux.Readable); got != 0 {
				t.Errorf("happening %d of no handle", got)
			}
		})
	}
}

// TestUnixWriteIsHeldWhole reads a write that fills the buffer of a unix socket
// in two pieces: the last byte makes room, and not the ones before.
func TestUnixWriteIsHeldWhole(t *testing.T) {
	k := direct(fakedemux.Options{})
	a, b := newStream(t, k, false)
	n := must(k.Write(a, make([]byte, 8192)))(t)
	for _, c := range []struct {
		why  string
		read int
		want demux.Ready
	}{
		{"the buffer is full", 0, 0},
		{"of the write, one byte is left", n - 1, 0},
		{"it is read whole", 1, demux.Writable},
	} {
		if got := must(k.Read(b, make([]byte, c.read)))(t); got != c.read {
			t.Fatalf("%s: read %d bytes, want %d", c.why, got, c.read)
		}
		if got := k.Ready(a) & demux.Writable; got != c.want {
			t.Errorf("%s: %s, want %s", c.why, got, c.want)
		}
	}
}
