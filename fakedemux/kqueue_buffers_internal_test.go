package fakedemux

import (
	"testing"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/kqueues"
)

func TestSystemBuffers(t *testing.T) {
	for _, p := range kqueue.Profiles() {
		w := newPlay(t, p)
		w.k.system.Traits.SystemBuffers = true
		w.k.system.Traits.SetBuffer(8192)
		a, b := w.pair()
		c, s := w.tcp()
		for _, tt := range []struct {
			kind                      string
			from, to                  int
			send, receive, both, more int
		}{
			{"unix", a, b, p.UnixStream, p.UnixStream, p.UnixStream, p.UnixStream},
			{"TCP", c, s, p.TCPSend, p.TCPReceive, p.TCPSend + p.TCPReceive, min(p.TCPSend, p.TCPReceive)},
		} {
			w.add(p.Write, tt.from, 0, 0, 0)
			if got := w.one().Data; got != int64(tt.send) {
				t.Errorf("%s, %s: %d bytes fit an empty buffer, want %d", p.Name, tt.kind, got, tt.send)
			}
			sent := 0
			for range 2000 { // sizes that fill the buffer: sosend writes nothing where little room is left
				n, e := w.Write(tt.from, make([]byte, 512))
				if e != 0 {
					break
				}
				sent += n
			}
			if sent != tt.both {
				t.Errorf("%s, %s: %d bytes were sent, want %d", p.Name, tt.kind, sent, tt.both)
			}
			w.k.Sleep(time.Second)
			if got := w.take(); len(got) != 0 {
				t.Errorf("%s, %s: full, and reported: %v", p.Name, tt.kind, got)
			}
			w.add(p.Read, tt.to, 0, kqueue.NoteLowat, 1<<30)
			if got := w.take(); kqueues.RulesOf(p)[kqueues.CellLowat] == kqueues.AnswerRaises && len(got) != 1 {
				t.Errorf("%s, %s: NOTE_LOWAT is not cut to the buffer: %v", p.Name, tt.kind, got)
			}
			_ = w.change(p.Read, tt.to, kqueue.Delete, 0, 0)
			if n, e := w.Read(tt.to, make([]byte, tt.receive)); n != tt.receive || e != 0 {
				t.Errorf("%s, %s: read %d, %v", p.Name, tt.kind, n, e)
			}
			if got := w.one().Data; got != int64(tt.more) {
				t.Errorf("%s, %s: %d bytes fit after a read, want %d", p.Name, tt.kind, got, tt.more)
			}
			_ = w.change(p.Write, tt.from, kqueue.Delete, 0, 0)
		}
	}
}
