package serve_test

import (
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
	"reactortest/proptest/server"
	"reactortest/realdemux"
)

// TestReal runs every engine on the running kernel, with goroutines.
func TestReal(t *testing.T) {
	for _, a := range serve.Architectures {
		t.Run(a.Name, func(t *testing.T) {
			h := realdemux.NewHost()
			d, err := h.Open()
			if err != nil {
				t.Fatal(err)
			}
			fits := a.Needs(d)
			_ = d.Close()
			if !fits {
				t.Skip("the running kernel does not have what it needs")
			}
			for range 5 {
				playReal(t, h, a)
			}
		})
	}
}

// freePort returns an address that nobody listens on.
func freePort(t *testing.T, h demux.Host) netip.AddrPort {
	t.Helper()
	l, at, err := h.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	_ = h.Close(l)
	return at
}

func playReal(t *testing.T, h demux.Host, a serve.Architecture) {
	t.Helper()
	s := &stage{h: h, states: map[server.Conn]string{}}
	at := freePort(t, h)
	e := a.New(h)
	ready, served := make(chan bool), make(chan error)
	go func() { served <- e.Serve(at.String(), echo{s, func() { close(ready) }}) }()
	select {
	case err := <-served:
		t.Fatalf("Serve: %v", err)
	case <-ready:
	}
	c := client{s, at, func(h demux.Handle, want demux.Ready) { await(t, h, want) }}
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() { c.exchange(i, 100_000, false) })
	}
	if a.Name != "blocking" {
		wait.Go(func() { c.exchange(5, 3<<20, true) })
	}
	wait.Go(func() { s.timers(e) })
	wait.Wait()
	s.mu.Lock()
	s.lossy = true
	s.mu.Unlock()
	wait.Go(func() { c.stay(6) })
	if err := e.Stop(); err != nil {
		t.Errorf("Stop: %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	s.mu.Lock()
	for _, state := range s.states {
		if state != "closed" {
			t.Errorf("a connection is %q after Stop", state)
		}
	}
	faults := slices.Clone(s.faults)
	s.mu.Unlock()
	for _, f := range faults {
		t.Error(f)
	}
	wait.Wait()
}

// await waits until h is ready for want, at most ten seconds.
func await(t *testing.T, h demux.Handle, want demux.Ready) {
	t.Helper()
	d, err := realdemux.Open()
	if err != nil {
		t.Error(err)
		return
	}
	defer d.Close()
	if err := d.Register(h, 1, want, demux.Level); err != nil {
		t.Error(err)
		return
	}
	if n, err := d.Wait(make([]demux.Event, 1), 10*time.Second); n == 0 || err != nil {
		t.Errorf("no %v within 10 s: %v", want, err)
	}
	_ = d.Deregister(h)
}
