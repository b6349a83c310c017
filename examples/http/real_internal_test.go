package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/realdemux"
)

const (
	patience = time.Minute // how long a test waits for what must come
	parallel = 50
)

// real runs a server on the operating system. opened returns how many connections it has
// accepted; it may be called after stop, which ends the server.
func real(t *testing.T) (url string, stop func(), opened func() int) {
	t.Helper()
	loop, err := eventloop.Open(realdemux.NewHost(), nil)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system has no backend yet")
	}
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(loop, routes(), nil)
	h, n := s.handler(), 0
	open := h.Open
	h.Open = func(c *stream.Conn) { n++; open(c) }
	l, err := s.net.Listen("127.0.0.1:0", h)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(context.Background()) }()
	stop = sync.OnceFunc(func() {
		if err := loop.Post(s.stop); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return "http://" + l.Addr().String(), stop, func() int { return n }
}

// client is net/http's, with connections of its own.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: parallel, MaxConnsPerHost: parallel, ExpectContinueTimeout: patience}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// fetch makes a request, and returns the answer's body.
func fetch(c *http.Client, r *http.Request) ([]byte, error) {
	w, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(w.Body)
	if err := errors.Join(err, w.Body.Close()); err != nil {
		return nil, err
	}
	if w.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s %s: %s", r.Method, r.URL.Path, w.Status)
	}
	return b, nil
}

// TestRealParallel has net/http's client make many requests at a time, whose bodies come back.
// Connections are used again.
func TestRealParallel(t *testing.T) {
	each := 10
	if testing.Short() {
		each = 3
	}
	url, stop, opened := real(t)
	c := client(t)
	var all sync.WaitGroup
	for i := range parallel {
		all.Go(func() {
			for j := range each {
				body := bytes.Repeat([]byte{byte(i), byte(j), 1, 2, 3, 5, 7}, 1<<20/7*(j+1)/each)
				var reader io.Reader = bytes.NewReader(body)
				if j%2 == 1 {
					reader = io.MultiReader(reader) // its length is not known: chunks
				}
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/echo", reader)
				if err != nil {
					t.Error(err)
					return
				}
				if j%3 == 2 {
					r.Header.Set("Expect", "100-continue")
				}
				if got, err := fetch(c, r); err != nil || !bytes.Equal(got, body) {
					t.Errorf("client %d, request %d: %d bytes of %d came back, or others: %v", i, j, len(got), len(body), err)
				}
			}
		})
	}
	all.Wait()
	c.CloseIdleConnections()
	stop()
	if n := opened(); n > parallel {
		t.Errorf("%d connections were made for %d requests, %d at a time", n, parallel*each, parallel)
	}
}

// TestRealLimits has the largest body, and a larger one.
func TestRealLimits(t *testing.T) {
	url, _, _ := real(t)
	c := client(t)
	for _, tt := range []struct {
		why    string
		size   int
		status int
	}{
		{"the largest", maxBody, http.StatusOK},
		{"a larger one", maxBody + 1, http.StatusRequestEntityTooLarge},
	} {
		w, err := c.Post(url+"/echo", "text/plain", bytes.NewReader(make([]byte, tt.size)))
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
			continue
		}
		n, err := io.Copy(io.Discard, w.Body)
		if err := errors.Join(err, w.Body.Close()); err != nil || w.StatusCode != tt.status || tt.status == http.StatusOK && n != int64(tt.size) {
			t.Errorf("%s: %s with %d bytes, %v", tt.why, w.Status, n, err)
		}
	}
}

// TestRealStop interrupts the program that main runs.
func TestRealStop(t *testing.T) {
	if d, err := realdemux.Open(); err != nil {
		t.Skip("this system has no backend yet")
	} else if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := run(ctx, "127.0.0.1:0"); err != nil {
		t.Errorf("run: %v", err)
	}
	if err := run(ctx, "nowhere"); err == nil {
		t.Error("run on no address: no error")
	}
}
