package watcher

import (
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
)

// handled is a completer that another demux can watch.
type handled struct {
	demux.Completer
	demux.Handler
}

func (h handled) Handle() demux.Handle { return h.Handler.Handle() }

// TestObservedDemuxesOfferWhatTheDemuxOffers opens demuxes of every kind through
// the judge.
func TestObservedDemuxesOfferWhatTheDemuxOffers(t *testing.T) {
	for _, tt := range []struct {
		why, dialect string
		open         func(k *fakedemux.Kernel) (demux.Demux, error)
	}{
		{"epoll has a handle", "epoll", nil},
		{"a kqueue has one", "kqueue-darwin", nil},
		{"a completion port carries out operations", "iocp", nil},
		{"both", "iocp", func(k *fakedemux.Kernel) (demux.Demux, error) {
			d, err := iocp.Open(k.IOCP())
			if err != nil {
				return nil, err
			}
			e, err := epoll.Open(k.Epoll())
			return handled{d, e}, err
		}},
		{"neither", "epoll", func(k *fakedemux.Kernel) (demux.Demux, error) {
			d, err := epoll.Open(k.Epoll())
			return struct{ demux.Demux }{d}, err
		}},
	} {
		k := fakedemux.New(&fakedemux.Options{Dialect: tt.dialect})
		open := k.Open
		if tt.open != nil {
			open = func() (demux.Demux, error) { return k.OpenWith(tt.open) }
		}
		want, err := open()
		if err != nil {
			t.Fatal(err)
		}
		j := &judge{Case: &core.Case{Host: k}}
		got := (&observedDemux{Demux: want, judge: j, open: true}).asOffered()
		wantHandler, wantsHandler := want.(demux.Handler)
		gotHandler, hasHandler := got.(demux.Handler)
		_, wantsCompleter := want.(demux.Completer)
		_, hasCompleter := got.(demux.Completer)
		if hasHandler != wantsHandler || hasCompleter != wantsCompleter {
			t.Errorf("%s: Handler %v, Completer %v, want %v and %v", tt.why, hasHandler, hasCompleter, wantsHandler, wantsCompleter)
		}
		if hasHandler && gotHandler.Handle() != wantHandler.Handle() {
			t.Errorf("%s: the handle is %d, want %d", tt.why, gotHandler.Handle(), wantHandler.Handle())
		}
		k.Stop()
	}
}
