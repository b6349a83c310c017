package realdemux_test

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/realdemux"
)

// ring is a completer and what a test does with it.
type ring struct {
	demux.Completer
	tb   testing.TB
	host demux.Host
}

func newRing(tb testing.TB) *ring {
	tb.Helper()
	r := &ring{Completer: openCompleter(tb), tb: tb, host: realdemux.NewHost()}
	tb.Cleanup(func() { _ = r.Close() })
	return r
}

// pair makes two connected streams.
func (r *ring) pair() (a, b demux.Handle) {
	r.tb.Helper()
	a, b, err := r.host.Pair()
	r.must(err)
	r.closeLater(a)
	r.closeLater(b)
	return a, b
}

func (r *ring) closeLater(h demux.Handle) {
	r.tb.Cleanup(func() { _ = r.host.Close(h) })
}

func (r *ring) must(err error) {
	r.tb.Helper()
	if err != nil {
		r.tb.Fatal(err)
	}
}

// submit submits op, and returns it.
func (r *ring) submit(op *demux.Op) *demux.Op {
	r.tb.Helper()
	r.must(r.Submit(op, 7))
	return op
}

// event returns the next event, which must come.
func (r *ring) event() demux.Event {
	r.tb.Helper()
	var dst [1]demux.Event
	n, err := r.Wait(dst[:], patience)
	r.must(err)
	if n == 0 {
		r.tb.Fatalf("no event after %v", patience)
	}
	return dst[0]
}

// run submits op and awaits it.
func (r *ring) run(op *demux.Op) *demux.Op {
	r.tb.Helper()
	r.submit(op)
	if ev := r.event(); ev.Op != op {
		r.tb.Fatalf("got %+v, want the completion of the %v", ev, op.Kind)
	}
	return op
}

// silence fails if there is an event in the next few milliseconds.
func (r *ring) silence(why string) {
	r.tb.Helper()
	var dst [1]demux.Event
	n, err := r.Wait(dst[:], 5*time.Millisecond)
	r.must(err)
	if n > 0 {
		r.tb.Fatalf("%s: got %+v, want nothing", why, dst[0])
	}
}

func TestIOUringOnWhatIsNoSocket(t *testing.T) {
	r := newRing(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	r.must(err)
	defer file.Close()
	h := demux.Handle(file.Fd())
	buf := make([]byte, 16)

	for _, step := range []struct {
		why  string
		op   demux.Op
		want string
	}{
		{why: "a file is written at its position", op: demux.Op{Kind: demux.OpWrite, Buf: []byte("one ")}, want: "one "},
		{why: "which the write has moved", op: demux.Op{Kind: demux.OpWrite, Buf: []byte("two")}, want: "two"},
		{why: "at its end there is nothing to read", op: demux.Op{Kind: demux.OpRead, Buf: buf}},
	} {
		step.op.Handle = h
		if op := r.run(&step.op); op.Err != nil || string(op.Buf[:op.N]) != step.want {
			t.Errorf("%s: got %q, %v", step.why, op.Buf[:op.N], op.Err)
		}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if op := r.run(&demux.Op{Kind: demux.OpRead, Handle: h, Buf: buf}); string(op.Buf[:op.N]) != "one two" {
		t.Errorf("the file: got %q, %v", op.Buf[:op.N], op.Err)
	}
	if op := r.run(&demux.Op{Kind: demux.OpAccept, Handle: h}); !errors.Is(op.Err, syscall.ENOTSOCK) {
		t.Errorf("accept from a file: got %v, want ENOTSOCK", op.Err)
	}

	reader, writer, err := r.host.Pipe()
	r.must(err)
	defer r.host.Close(writer)
	op := r.submit(&demux.Op{Kind: demux.OpRead, Handle: reader, Buf: buf})
	r.run(&demux.Op{Kind: demux.OpWrite, Handle: writer, Buf: []byte("piped")})
	if ev := r.event(); ev.Op != op || string(buf[:op.N]) != "piped" {
		t.Errorf("a pipe: got %+v, %q", ev, buf[:op.N])
	}
	r.must(r.host.Close(reader))
	if op := r.run(&demux.Op{Kind: demux.OpWrite, Handle: writer, Buf: buf}); !errors.Is(op.Err, syscall.EPIPE) {
		t.Errorf("a pipe without a reader: got %v, want EPIPE", op.Err)
	}
}

// A write to a stream that nobody reads any more is an error and no signal.
func TestIOUringRaisesNoSignal(t *testing.T) {
	r := newRing(t)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, unix.SIGPIPE, unix.SIGWINCH)
	defer signal.Stop(signals)
	a, b, err := r.host.Pair()
	r.must(err)
	r.closeLater(a)
	r.must(r.host.Close(b))
	if op := r.run(&demux.Op{Kind: demux.OpWrite, Handle: a, Buf: []byte("x")}); !errors.Is(op.Err, syscall.EPIPE) {
		t.Errorf("got %v, want EPIPE", op.Err)
	}
	r.must(unix.Kill(unix.Getpid(), unix.SIGWINCH)) // which comes last
	if s := <-signals; s != unix.SIGWINCH {
		t.Errorf("got %v", s)
	}
}

// A file that is not a stream, and that O_NONBLOCK is set of.
func TestIOUringAwaitsAFile(t *testing.T) {
	r := newRing(t)
	dir := t.TempDir()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	r.must(err)
	defer unix.Close(fd)
	_, err = unix.InotifyAddWatch(fd, dir, unix.IN_CREATE)
	r.must(err)

	op := r.submit(&demux.Op{Kind: demux.OpRead, Handle: demux.Handle(fd), Buf: make([]byte, 512)})
	r.silence("nothing was made in the directory")
	r.must(os.WriteFile(filepath.Join(dir, "new"), nil, 0o600))
	if ev := r.event(); ev.Op != op || op.Err != nil || op.N < unix.SizeofInotifyEvent {
		t.Fatalf("got %+v, %d bytes, %v", ev, op.N, op.Err)
	}

	op = r.submit(&demux.Op{Kind: demux.OpRead, Handle: demux.Handle(fd), Buf: make([]byte, 512)})
	r.must(r.Cancel(op)) // before or after its poll
	if ev := r.event(); ev.Op != op || !errors.Is(op.Err, demux.ErrCanceled) {
		t.Fatalf("got %+v, %v, want ErrCanceled", ev, op.Err)
	}
	op = r.submit(&demux.Op{Kind: demux.OpRead, Handle: demux.Handle(fd), Buf: make([]byte, 512)})
	r.silence("nothing was made in the directory")
	r.must(r.Cancel(op)) // during its poll
	if ev := r.event(); ev.Op != op || !errors.Is(op.Err, demux.ErrCanceled) {
		t.Fatalf("got %+v, %v, want ErrCanceled", ev, op.Err)
	}
}

func TestIOUringDatagrams(t *testing.T) {
	r := newRing(t)
	local := netip.MustParseAddrPort("127.0.0.1:0")
	socket := func() (demux.Handle, netip.AddrPort) {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
		r.must(err)
		r.closeLater(demux.Handle(fd))
		r.must(unix.Bind(fd, &unix.SockaddrInet4{Addr: local.Addr().As4()}))
		sa, err := unix.Getsockname(fd)
		r.must(err)
		return demux.Handle(fd), netip.AddrPortFrom(local.Addr(), uint16(sa.(*unix.SockaddrInet4).Port))
	}
	a, _ := socket()
	b, to := socket()
	buf := make([]byte, 16)
	if op := r.run(&demux.Op{Kind: demux.OpWrite, Handle: a, Buf: []byte("x")}); !errors.Is(op.Err, syscall.EDESTADDRREQ) {
		t.Errorf("a datagram to nowhere: got %v, want EDESTADDRREQ", op.Err)
	}
	for _, text := range []string{"hello", ""} {
		if op := r.run(&demux.Op{Kind: demux.OpWrite, Handle: a, Buf: []byte(text), Addr: to}); op.Err != nil || op.N != len(text) {
			t.Errorf("write of %q: got %d, %v", text, op.N, op.Err)
		}
		if op := r.run(&demux.Op{Kind: demux.OpRead, Handle: b, Buf: buf}); op.Err != nil || string(buf[:op.N]) != text {
			t.Errorf("read of %q: got %q, %v", text, buf[:op.N], op.Err)
		}
	}
}

// inThreadThatEnds runs f on a thread of the system that ends with it.
func inThreadThatEnds(f func()) {
	done := make(chan int)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		tid := unix.Gettid()
		defer func() { done <- tid }()
		if tid == unix.Getpid() {
			// The main thread does not. While it is held here, another
			// goroutine is on another one.
			inThreadThatEnds(f)
			runtime.UnlockOSThread()
		} else {
			f()
		}
	}()
	tid := <-done
	for tid != unix.Getpid() && unix.Tgkill(unix.Getpid(), tid, 0) == nil {
		runtime.Gosched()
	}
}

// The kernel cancels what a thread has submitted when the thread ends. A
// goroutine knows nothing of threads, so nobody is to see it.
func TestIOUringOutlivesThreads(t *testing.T) {
	r := newRing(t)
	a, b := r.pair()
	c, d := r.pair()
	l, at, err := r.host.Listen("127.0.0.1:0", 1)
	r.must(err)
	r.closeLater(l)
	read := &demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 8)}
	accept := &demux.Op{Kind: demux.OpAccept, Handle: l}
	inThreadThatEnds(func() {
		r.must(r.Register(c, 1, demux.Readable, demux.Oneshot))
		r.submit(read)
		r.submit(accept)
		r.silence("nothing has happened")
	})
	r.silence("nothing has happened but the end of a thread")

	_, err = r.host.Write(b, []byte("read"))
	r.must(err)
	if ev := r.event(); ev.Op != read || read.Err != nil || string(read.Buf[:read.N]) != "read" {
		t.Errorf("got %+v, %q, %v, want the read", ev, read.Buf[:read.N], read.Err)
	}
	_, err = r.host.Write(d, []byte("x"))
	r.must(err)
	if ev := r.event(); ev.Token != 1 || ev.Ready != demux.Readable {
		t.Errorf("got %+v, want a report of token 1", ev)
	}
	client, err := r.host.Connect(at)
	r.must(err)
	r.closeLater(client)
	if ev := r.event(); ev.Op != accept || accept.Err != nil {
		t.Fatalf("got %+v, %v, want the accept", ev, accept.Err)
	}
	r.closeLater(accept.New)

	inThreadThatEnds(func() { r.silence("what is all in flight is the poll for wakes") })
	r.must(r.Wake())
	began := r.host.Now()
	var dst [1]demux.Event
	if n, err := r.Wait(dst[:], patience); n != 0 || err != nil || r.host.Now()-began >= patience {
		t.Errorf("Wait after a Wake: got %d, %v", n, err)
	}
}

// A connect that the end of a thread has interrupted goes on.
func TestIOUringConnectOutlivesThreads(t *testing.T) {
	r := newRing(t)
	l, at, err := r.host.Listen("127.0.0.1:0", 0)
	r.must(err)
	r.closeLater(l)
	first, err := r.host.Connect(at) // the backlog is full of it, and the next has to try again
	r.must(err)
	r.closeLater(first)
	h := stream(t, r.host, at.Addr())
	r.closeLater(h)
	op := &demux.Op{Kind: demux.OpConnect, Handle: h, Addr: at}
	inThreadThatEnds(func() { r.submit(op) })
	r.silence("nobody has accepted the first connection")
	server, err := r.host.Accept(l)
	r.must(err)
	r.closeLater(server)
	if ev := r.event(); ev.Op != op || op.Err != nil {
		t.Fatalf("got %+v, %v, want a connection", ev, op.Err)
	}
	r.must(r.host.ConnectResult(h))
}
