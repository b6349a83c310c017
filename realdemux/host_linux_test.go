package realdemux_test

import (
	"errors"
	"io"
	"math"
	"net/netip"
	"os"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/realdemux"
)

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

func open(tb testing.TB) demux.Demux {
	tb.Helper()
	d, err := realdemux.Open()
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() { _ = d.Close() })
	return d
}

func pair(tb testing.TB, h demux.Host) (a, b demux.Handle) {
	tb.Helper()
	a, b, err := h.Pair()
	if err != nil {
		tb.Fatalf("Pair: %v", err)
	}
	tb.Cleanup(func() {
		_ = h.Close(a)
		_ = h.Close(b)
	})
	return a, b
}

// await waits until h is ready for want.
func await(tb testing.TB, h demux.Handle, want demux.Ready) demux.Ready {
	tb.Helper()
	d := open(tb)
	if err := d.Register(h, 1, want, demux.Level); err != nil {
		tb.Fatalf("Register: %v", err)
	}
	dst := make([]demux.Event, 1)
	n, err := d.Wait(dst, patience)
	if n != 1 || err != nil {
		tb.Fatalf("Wait for %v: got %d, %v", want, n, err)
	}
	if err := d.Deregister(h); err != nil {
		tb.Fatalf("Deregister: %v", err)
	}
	return dst[0].Ready
}

// TestNumberThatWasASocket gives the number of a connection, which somebody else has closed, to
// a pipe: the calls that are for sockets alone are not made any more.
func TestNumberThatWasASocket(t *testing.T) {
	h := realdemux.NewHost()
	l, at, err := h.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close(l)
	connect := func() (c, s demux.Handle) {
		c, err := h.Connect(at)
		if err != nil {
			t.Fatal(err)
		}
		await(t, l, demux.Readable)
		if s, err = h.Accept(l); err != nil {
			t.Fatal(err)
		}
		return c, s
	}
	buf := make([]byte, 8)
	pass := func(from, to demux.Handle) {
		t.Helper()
		if n, err := h.Write(from, []byte("x")); n != 1 || err != nil {
			t.Fatalf("Write: %d, %v", n, err)
		}
		await(t, to, demux.Readable)
		if n, err := h.Read(to, nil); n != 0 || err != nil {
			t.Errorf("Read of no bytes: %d, %v", n, err)
		}
		if n, err := h.Read(to, buf); n != 1 || err != nil {
			t.Fatalf("Read: %d, %v", n, err)
		}
	}
	c, s := connect()
	pass(c, s)
	pass(s, c)
	_ = syscall.Close(int(c))
	_ = syscall.Close(int(s))
	var p [2]int
	if err := syscall.Pipe(p[:]); err != nil {
		t.Fatal(err)
	}
	r, w := demux.Handle(p[0]), demux.Handle(p[1])
	defer h.Close(r)
	defer h.Close(w)
	if r != min(c, s) || w != max(c, s) {
		t.Fatalf("the pipe has the numbers %d and %d, not those of the connection, %d and %d", r, w, c, s)
	}
	pass(w, r)
	pass(w, r)
}

func TestStream(t *testing.T) {
	h := realdemux.NewHost()
	a, b := pair(t, h)
	buf := make([]byte, 8)
	if _, err := h.Read(a, buf); !errors.Is(err, demux.ErrAgain) {
		t.Errorf("Read of nothing: got %v, want ErrAgain", err)
	}
	if n, err := h.Write(b, []byte("hello")); n != 5 || err != nil {
		t.Fatalf("Write: got %d, %v", n, err)
	}
	if n, err := h.Read(a, nil); n != 0 || err != nil {
		t.Errorf("Read of no bytes: got %d, %v, want 0, nil", n, err)
	}
	if n, err := h.Read(a, buf); string(buf[:n]) != "hello" || err != nil {
		t.Errorf("Read: got %q, %v", buf[:n], err)
	}
	if err := h.CloseWrite(b); err != nil {
		t.Fatalf("CloseWrite: %v", err)
	}
	if n, err := h.Read(a, buf); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read at the end: got %d, %v, want 0, EOF", n, err)
	}
	if _, err := h.Write(b, []byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write after CloseWrite: got %v, want EPIPE", err)
	}
	for {
		if _, err := h.Write(a, make([]byte, 1<<16)); err != nil {
			if !errors.Is(err, demux.ErrAgain) {
				t.Errorf("Write into a full buffer: got %v, want ErrAgain", err)
			}
			break
		}
	}
}

func TestPipe(t *testing.T) {
	h := realdemux.NewHost()
	r, w, err := h.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := h.Write(w, []byte("x")); n != 1 || err != nil {
		t.Fatalf("Write: got %d, %v", n, err)
	}
	dup, err := h.Dup(r)
	if err != nil {
		t.Fatalf("Dup: %v", err)
	}
	if err := h.Close(r); err != nil {
		t.Fatal(err)
	}
	if n, err := h.Read(dup, make([]byte, 8)); n != 1 || err != nil {
		t.Errorf("Read through the duplicate: got %d, %v", n, err)
	}
	if err := h.Close(dup); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Write(w, []byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Write without a reader: got %v, want EPIPE", err)
	}
	if err := h.Close(w); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(w); !errors.Is(err, syscall.EBADF) {
		t.Errorf("second Close: got %v, want EBADF", err)
	}
}

func TestConnect(t *testing.T) {
	h := realdemux.NewHost()
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, at, err := h.Listen(addr, 16)
		if errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT) {
			t.Logf("%s: this machine does not have it: %v", addr, err)
			continue
		}
		if err != nil {
			t.Fatalf("Listen(%s): %v", addr, err)
		}
		if _, err := h.Accept(l); !errors.Is(err, demux.ErrAgain) {
			t.Errorf("Accept without a connection: got %v, want ErrAgain", err)
		}
		c, err := h.Connect(at)
		if err != nil {
			t.Fatalf("Connect(%v): %v", at, err)
		}
		await(t, c, demux.Writable)
		if err := h.ConnectResult(c); err != nil {
			t.Errorf("ConnectResult: %v", err)
		}
		await(t, l, demux.Readable)
		s, err := h.Accept(l)
		if err != nil {
			t.Fatalf("Accept: %v", err)
		}
		if _, err := h.Write(s, []byte("x")); err != nil {
			t.Errorf("Write: %v", err)
		}
		if got := await(t, c, demux.Readable); got != demux.Readable {
			t.Errorf("got %v, want r", got)
		}
		for _, fd := range []demux.Handle{c, s, l} {
			if err := h.Close(fd); err != nil {
				t.Error(err)
			}
		}
		refused(t, h, at)
	}
}

// refused connects to at, where nobody listens.
func refused(t *testing.T, h demux.Host, at netip.AddrPort) {
	t.Helper()
	c, err := h.Connect(at)
	if err == nil {
		await(t, c, demux.Writable)
		err = h.ConnectResult(c)
		if again := h.ConnectResult(c); again == nil || errors.Is(again, demux.ErrAgain) {
			t.Errorf("second ConnectResult of a refused connection: %v", again)
		}
		_ = h.Close(c)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("connect to nobody: got %v, want ECONNREFUSED", err)
	}
}

func TestListenErrors(t *testing.T) {
	h := realdemux.NewHost()
	if _, _, err := h.Listen("nowhere", 1); err == nil {
		t.Error("Listen on a malformed address succeeded")
	}
	l, at, err := h.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	before := descriptors(t)
	if _, _, err := h.Listen(at.String(), 1); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("second Listen: got %v, want EADDRINUSE", err)
	}
	if after := descriptors(t); after != before {
		t.Errorf("a Listen that failed left %d descriptors open", after-before)
	}
	_ = h.Close(l)
}

func TestConnectResultWhileInProgress(t *testing.T) {
	h := realdemux.NewHost()
	l, at, err := h.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close(l)
	// Nobody accepts: once the backlog is full, attempts stay in progress.
	for range 16 {
		c, err := h.Connect(at)
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close(c)
		err = h.ConnectResult(c)
		if errors.Is(err, demux.ErrAgain) {
			return
		}
		if err != nil {
			t.Fatalf("ConnectResult: %v", err)
		}
	}
	t.Skip("this kernel accepts any number of connections")
}

func TestNested(t *testing.T) {
	h := realdemux.NewHost()
	a, b := pair(t, h)
	inner := open(t)
	if err := inner.Register(a, 1, demux.Readable, demux.Level); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Write(b, []byte("x")); err != nil {
		t.Fatal(err)
	}
	handler, ok := inner.(demux.Handler)
	if !ok {
		t.Fatal("the demux has no handle")
	}
	if got := await(t, handler.Handle(), demux.Readable); got != demux.Readable {
		t.Errorf("got %v, want r", got)
	}
}

func TestHugeTimeouts(t *testing.T) {
	d := open(t)
	for _, timeout := range []time.Duration{-1, math.MinInt64, math.MaxInt64, math.MaxInt64 - 1} {
		if err := d.Wake(); err != nil {
			t.Fatal(err)
		}
		if n, err := d.Wait(make([]demux.Event, 1), timeout); n != 0 || err != nil {
			t.Errorf("Wait(%d): got %d, %v", timeout, n, err)
		}
	}
}

func TestManyEventsInOneBatch(t *testing.T) {
	h := realdemux.NewHost()
	d := open(t)
	const handles = 100
	for i := range handles {
		a, _ := pair(t, h)
		if err := d.Register(a, demux.Token(i)<<33|1, demux.Writable, demux.Level); err != nil {
			t.Fatal(err)
		}
	}
	dst := make([]demux.Event, handles)
	n, err := d.Wait(dst, 0)
	if n != handles || err != nil {
		t.Fatalf("Wait: got %d, %v", n, err)
	}
	seen := make(map[demux.Token]bool)
	for _, ev := range dst {
		seen[ev.Token] = true
		if ev.Ready != demux.Writable || ev.Token>>33 >= handles || ev.Token&1 == 0 {
			t.Errorf("got event %+v", ev)
		}
	}
	if len(seen) != handles {
		t.Errorf("%d tokens in %d events", len(seen), n)
	}
}

func TestDescriptorsAreReleased(t *testing.T) {
	before := descriptors(t)
	for range 100 {
		d, err := realdemux.Open()
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		waiting := make(chan struct{})
		go func() {
			close(waiting)
			_, err := d.Wait(make([]demux.Event, 1), -1)
			ended <- err
		}()
		<-waiting
		if err := d.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-ended; !errors.Is(err, demux.ErrClosed) {
			t.Errorf("Wait: got %v, want ErrClosed", err)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestNoAllocations(t *testing.T) {
	h := realdemux.NewHost()
	d := open(t)
	a, b := pair(t, h)
	if err := d.Register(a, 1, demux.Readable|demux.Writable, demux.Level); err != nil {
		t.Fatal(err)
	}
	dst := make([]demux.Event, 4)
	buf := make([]byte, 4)
	idle := open(t)
	r, w, err := h.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why  string
		call func()
	}{
		{"Wait", func() { _, _ = d.Wait(dst, time.Second) }},
		{"Wait that polls", func() { _, _ = idle.Wait(dst, 0) }},
		{"Wait that sleeps", func() { _, _ = idle.Wait(dst, time.Microsecond) }},
		{"Wait that a Wake ends", func() { _ = idle.Wake(); _, _ = idle.Wait(dst, -1) }},
		{"Wake", func() { _ = d.Wake() }},
		{"Modify", func() { _ = d.Modify(a, 1, demux.Readable|demux.Writable, demux.Level) }},
		{"Write and Read of a pipe", func() { _, _ = h.Write(w, buf); _, _ = h.Read(r, buf) }},
		{"Now", func() { h.Now() }},
		{"Read of nothing", func() { _, _ = h.Read(a, buf) }},
		{"Write and Read", func() { _, _ = h.Write(b, buf); _, _ = h.Read(a, buf) }},
	} {
		if n := testing.AllocsPerRun(100, tt.call); n != 0 {
			t.Errorf("%s: %v allocations, want 0", tt.why, n)
		}
	}
}

func descriptors(tb testing.TB) int {
	tb.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		tb.Skip(err)
	}
	return len(names)
}
