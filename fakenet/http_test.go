//go:build linux

package fakenet_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"reactortest/fakenet"
)

var httpRuns = flag.Int("fakenet.http", 200, "`runs` of the test of package net/http")

// world is an HTTP server, and a client of it.
type world struct {
	t       testing.TB
	server  *http.Server
	client  *http.Client
	served  chan error
	dropped int // requests that have failed
}

func newWorld(t testing.TB) *world {
	t.Helper()
	l, err := fakenet.Listen("tcp", "127.0.0.1:80")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello ", r.URL.Query().Get("who")) })
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body) // before the answer begins: HTTP/1 is not full-duplex
		if err == nil {
			w.Write(body)
		}
	})
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(time.Second):
			fmt.Fprint(w, "slow")
		case <-r.Context().Done():
		}
	})
	w := &world{
		t: t, server: &http.Server{Handler: mux}, served: make(chan error, 1),
		client: &http.Client{Transport: &http.Transport{DialContext: fakenet.DialContext}, Timeout: 20 * time.Second},
	}
	fakenet.Go(func() { w.served <- w.server.Serve(l) })
	return w
}

// ask makes one request, and checks the answer.
func (w *world) ask(method, path, body, want string) {
	w.t.Helper()
	req, err := http.NewRequest(method, "http://127.0.0.1"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := w.client.Do(req)
	if err == nil {
		var got []byte
		got, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil && (resp.StatusCode != 200 || string(got) != want) {
			w.t.Errorf("%s %s: status %d, got %d bytes, want %d", method, path, resp.StatusCode, len(got), len(want))
		}
	}
	if err != nil {
		// A reset spoils one request: the one that is on the connection, or the next
		// one if the connection is idle.
		if w.dropped++; w.dropped > resets() {
			w.t.Errorf("%s %s: request %d that fails, after %d resets: %v", method, path, w.dropped, resets(), err)
		}
	}
}

// end ends the client and the server.
func (w *world) end(shutdown bool) {
	w.t.Helper()
	w.client.CloseIdleConnections()
	end := w.server.Close
	if shutdown {
		end = func() error {
			ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
			defer cancel()
			return w.server.Shutdown(ctx)
		}
	}
	if err := end(); err != nil {
		w.t.Errorf("the server ended with %v", err)
	}
	if err := <-w.served; !errors.Is(err, http.ErrServerClosed) {
		w.t.Errorf("Serve returned %v", err)
	}
}

// traffic has two clients make requests at the same time.
func traffic(t testing.TB) {
	w := newWorld(t)
	done := make(chan bool)
	fakenet.Go(func() {
		w.ask("GET", "/slow", "", "slow")
		w.ask("GET", "/hello?who=ann", "", "hello ann")
		close(done)
	})
	w.ask("GET", "/hello?who=bob", "", "hello bob")
	big := strings.Repeat("0123456789", 2000)
	w.ask("POST", "/echo", big, big)
	w.ask("POST", "/echo", "small", "small")
	<-done
	fakenet.Faults(false)
	w.ask("GET", "/hello?who=all", "", "hello all")
	w.end(true)
}

func TestHTTPQuiet(t *testing.T) { fakenet.Run(t, traffic) }

// TestHTTP runs package net/http under faults.
func TestHTTP(t *testing.T) {
	(&fakenet.Options{Runs: *httpRuns}).Test(t, traffic)
}

// TestHTTPSameTwice counts runs whose repetition differs. There is nothing to promise
// about package net/http: it may range over maps, and select draws one of its ready cases.
func TestHTTPSameTwice(t *testing.T) {
	seeds := 20
	if *httpRuns >= 1000 {
		seeds = 200
	}
	different := 0
	for seed := range uint64(seeds) {
		o := &fakenet.Options{Seed: seed}
		if first := digest(t, o, traffic); first != digest(t, o, traffic) {
			different++
		}
	}
	t.Logf("%d of %d runs differ from their repetition", different, seeds)
}
