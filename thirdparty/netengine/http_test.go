package netengine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/shim/order"
)

// httpClients is how many clients a run has.
const httpClients = 3

// TestHTTP judges a server of net/http with three clients at the same time. It is for a
// program that was built with the standard library's net on the simulated kernel.
func TestHTTP(t *testing.T) {
	if len(order.Modules()) == 0 {
		t.Skip("not rewired: reactortest engine -net -own ./netengine ./netengine")
	}
	// Without the faults that end connections and those of exhaustion, every request is
	// answered.
	o := &proptest.Options{Runs: 200, Plan: &fakedemux.Plan{Faults: 2, Off: "rnf"}}
	o.TestGoroutines(t, serveHTTP)
}

func serveHTTP(t testing.TB) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Errorf("listen: %v", err)
		return
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				_, err = w.Write(bytes.ToUpper(body))
			}
			if err != nil {
				t.Errorf("the handler of %s: %v", r.URL, err)
			}
		}),
		ReadHeaderTimeout: time.Minute,
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve: %v", err)
		}
	})
	var clients sync.WaitGroup
	for i := range httpClients {
		clients.Go(func() {
			if err := post(ln.Addr().String(), i); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	clients.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // t.Context() is of no bubble
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	wait.Wait()
}

// post makes two requests on one connection.
func post(addr string, i int) error {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for range 2 {
		said := strings.Repeat(fmt.Sprintf("client %d ", i), 1000)
		r, err := client.Post("http://"+addr+"/", "text/plain", strings.NewReader(said))
		if err != nil {
			return err
		}
		got, err := io.ReadAll(r.Body)
		if err := errors.Join(err, r.Body.Close()); err != nil {
			return err
		}
		if want := strings.ToUpper(said); string(got) != want {
			return fmt.Errorf("got %d bytes, which are not the %d bytes that were sent, in upper case", len(got), len(want))
		}
	}
	return nil
}
