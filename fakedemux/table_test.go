package fakedemux_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// asPeer runs f as a task of the world.
func asPeer(k *fakedemux.Kernel, name string, f func()) {
	k.Go(name, func() {
		k.Outside(true)
		f()
	})
}

func TestFirstNumber(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{First: 3, Descriptors: 5})
	err := k.Run(func() {
		l := k.Linux()
		a, b, e := l.Socketpair(fakedemux.FamilyUnix, fakedemux.TypeStream)
		if a != 3 || b != 4 || e != 0 {
			t.Errorf("the first descriptors are %d, %d (%d), want 3, 4", a, b, e)
		}
		if _, e := l.Dup(a); e != epoll.EMFILE {
			t.Errorf("a sixth descriptor of five: %d, want EMFILE; 0 to 2 count", e)
		}
		if e := l.Close(0); e != epoll.EBADF {
			t.Errorf("close of 0: %d, want EBADF", e)
		}
		l.Close(a)
		if n, _ := l.Dup(b); n != a {
			t.Errorf("the lowest free number is %d, want %d", n, a)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTheWorldHasItsOwnTable(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{First: 3, Descriptors: 8, World: 2})
	err := k.Run(func() {
		h, at, err := k.Listen("127.0.0.1:0", 4)
		if err != nil || h != 3 {
			t.Fatalf("listener: %d %v", h, err)
		}
		asPeer(k, "peer", func() {
			c, err := k.Connect(at)
			if err != nil || c < fakedemux.MaxDescriptors {
				t.Errorf("a peer got %d (%v), a number that the program could have", c, err)
			}
			if err := k.Close(h); !errors.Is(err, syscall.EBADF) {
				t.Errorf("a peer closes a descriptor of the program: %v, want EBADF", err)
			}
			if _, err := k.Connect(at); err != nil {
				t.Errorf("a second descriptor of two: %v", err)
			}
			if _, err := k.Connect(at); !errors.Is(err, syscall.EMFILE) {
				t.Errorf("a third descriptor of two: %v, want EMFILE", err)
			}
			if _, err := k.Write(c, []byte("hello")); err != nil {
				t.Error(err)
			}
		})
		k.Sleep(time.Millisecond)
		s, err := k.Accept(h)
		if err != nil || s != 4 {
			t.Fatalf("accepted %d %v, want 4", s, err)
		}
		if n := k.Unread(s); n != 5 {
			t.Errorf("%d bytes at %d, want 5", n, s)
		}
		if err := k.Close(demux.Handle(fakedemux.MaxDescriptors)); !errors.Is(err, syscall.EBADF) {
			t.Errorf("the program closes a descriptor of the world: %v, want EBADF", err)
		}
		if k.Object(fakedemux.MaxDescriptors) == 0 || k.Ready(fakedemux.MaxDescriptors) == 0 {
			t.Error("rules cannot see a descriptor of the world")
		}
	})
	if err != nil {
		t.Error(err)
	}
	if program, world := len(k.Leaks()), len(k.WorldLeaks()); program != 2 || world != 2 {
		t.Errorf("%d descriptors of the program and %d of the world are left, want 2 and 2", program, world)
	}
	k.SetTables(0, 0)
	k.Reset(nil)
	if len(k.WorldLeaks()) != 0 {
		t.Error("a reset leaves the table of the world as it was")
	}
	if a, _, _ := k.Pair(); a != 0 {
		t.Errorf("the first number is %d after SetTables, want 0", a)
	}
}

func TestHand(t *testing.T) {
	for _, row := range []struct {
		why   string
		world int
		want  demux.Handle
	}{
		{"one table for both", 0, 1},
		{"a table for each", 1, fakedemux.MaxDescriptors},
	} {
		k := fakedemux.New(&fakedemux.Options{World: row.world})
		err := k.Run(func() {
			a, b, _ := k.Pair()
			object := k.Object(b)
			moved, err := k.Hand(b)
			if err != nil || moved != row.want || k.Object(moved) != object {
				t.Errorf("%s: %d %v, object %d; want %d, object %d", row.why, moved, err, k.Object(moved), row.want, object)
			}
			if row.world > 0 {
				if _, err := k.Hand(a); !errors.Is(err, syscall.EMFILE) {
					t.Errorf("a second one in a table for one: %v, want EMFILE", err)
				}
			}
			asPeer(k, "peer", func() {
				if _, err := k.Write(moved, []byte("x")); err != nil {
					t.Error(err)
				}
				back, err := k.Hand(moved)
				if err != nil || k.Object(back) != object {
					t.Errorf("back: %d %v", back, err)
				}
			})
			k.Sleep(1)
			if k.Unread(a) != 1 {
				t.Error("nothing came from the world")
			}
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestObject(t *testing.T) {
	k := direct(fakedemux.Options{})
	a, b, _ := k.Pair()
	d, _ := k.Dup(a)
	if k.Object(a) != k.Object(d) || k.Object(a) == k.Object(b) || k.Object(a) == 0 {
		t.Errorf("objects %d %d, of the duplicate %d", k.Object(a), k.Object(b), k.Object(d))
	}
	before := k.Object(b)
	k.Close(b)
	c, _, _ := k.Pair()
	if c != b || k.Object(c) == before {
		t.Errorf("number %d names object %d, before that %d", c, k.Object(c), before)
	}
	if k.Object(99) != 0 || k.Object(demux.NoHandle) != 0 {
		t.Error("what is not open is an object")
	}
}
