package eventloop

import (
	"errors"
	"testing"
	"time"

	"reactortest/demux"
)

// realHost is what a real host is to Post and RunOnce: Yield does nothing.
type realHost struct{ demux.Host }

func (*realHost) Open() (demux.Demux, error) { return &noDemux{}, nil }
func (*realHost) Yield(string)               {}

type noDemux struct{ demux.Demux }

func (*noDemux) Wake() error                                    { return nil }
func (*noDemux) Wait([]demux.Event, time.Duration) (int, error) { return 0, nil }

// hosts keeps the compiler from knowing which host it is.
var hosts = []demux.Host{&realHost{}}

// postWithoutYields is Post as it would be without switch points.
func (l *Loop) postWithoutYields(fn func()) error {
	if fn == nil {
		panic("eventloop: Post without a function")
	}
	l.mu.Lock()
	if l.closed.Load() {
		l.mu.Unlock()
		return demux.ErrClosed
	}
	l.posted.push(fn)
	l.mu.Unlock()
	if l.waking.Load() || l.waking.Swap(true) {
		return nil
	}
	if err := l.demux.Wake(); !errors.Is(err, demux.ErrClosed) {
		return err
	}
	return nil
}

// BenchmarkYields shows what the switch points of Post cost on a host where
// they do nothing. 64 posts go to an iteration, which has switch points too.
func BenchmarkYields(b *testing.B) {
	for _, bench := range []struct {
		name string
		post func(*Loop, func()) error
	}{
		{"with", (*Loop).Post},
		{"without", (*Loop).postWithoutYields},
	} {
		b.Run(bench.name, func(b *testing.B) {
			l, err := Open(hosts[0], nil)
			if err != nil {
				b.Fatal(err)
			}
			fn := func() {}
			for i := range b.N {
				_ = bench.post(l, fn)
				if i%64 == 0 {
					_, _ = l.RunOnce(0)
				}
			}
		})
	}
}

// TestGenerationsWrap gives one slot up 2^32 times, nearly.
func TestGenerationsWrap(t *testing.T) {
	var tab table
	tab.slots = []slot{{generation: 1<<32 - 1}}
	tab.free = []uint32{0}
	tok := tab.nextToken()
	tab.put(tok, demux.Readable, func(demux.Event) {})
	if got, known := tab.lookup(0xffffffff_00000000); got == nil || !known {
		t.Errorf("the last generation: %v, %v", got, known)
	}
	tab.remove(tok)
	if tab.nextToken() != 0 {
		t.Errorf("the generation after the last: token %#x, want 0", uint64(tab.nextToken()))
	}
	if got, _ := tab.lookup(tok); got != nil {
		t.Error("a removed registration is found")
	}
	if _, known := tab.lookup(demux.NoToken); known {
		t.Error("NoToken names a registration")
	}
}
