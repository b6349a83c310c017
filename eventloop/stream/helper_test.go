package stream_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/proptest"
)

var behaviorRuns = flag.Int("stream.behavior", 24, "simulated runs of each behavior on each kernel under each plan")

// kernel is what a behavior is tested on.
type kernel struct {
	name       string
	dialect    string
	operations bool // Options.Operations
	vectors    bool // with a host that writes vectors and sets options
}

var kernels = []kernel{
	{name: "epoll", dialect: "epoll"},
	{name: "epoll-vectors", dialect: "epoll", vectors: true},
	{name: "kqueue", dialect: "kqueue-darwin"},
	{name: "iocp", dialect: "iocp"},
	{name: "iocp-operations", dialect: "iocp", operations: true},
}

// plans lose no bytes: without r no connection is reset, without n and f the system has
// memory and descriptors for all of them.
var plans = []struct {
	name string
	plan fakedemux.Plan
}{
	{"plain", fakedemux.Plan{}},
	{"faults", fakedemux.Plan{Faults: 3, Off: "rnf"}},
	{"posix", fakedemux.Plan{Mode: fakedemux.POSIX, Faults: 4, Off: "rnf"}},
}

// conditions are those of a story.
type conditions struct {
	options stream.Options
	buffer  int                 // bytes that a socket holds; 0: as usual
	share   int                 // makes one of so many runs; 0 is 1
	files   int                 // descriptors; 0: as usual
	calls   int                 // budget of a run; 0: as usual
	plan    *fakedemux.Plan     // instead of plans
	on      func(k kernel) bool // nil: on all kernels
	panics  int                 // how often Run panics with errPlanted
	closes  bool                // the story closes the loop itself
	check   func(s *scene)      // when the loop has ended
}

// tick is how long clients sleep between two looks.
const tick = time.Millisecond

// errPlanted is what callbacks panic with, and what connections are aborted with.
var errPlanted = errors.New("planted")

// scene is one run of a story.
type scene struct {
	t      testing.TB
	c      conditions
	kernel kernel
	plain  bool       // no faults
	h      demux.Host // the program's
	world  demux.Host
	loop   *eventloop.Loop
	net    *stream.Net
	polls  int // Waits of the loop
	lives  []*life
	of     map[*stream.Conn]*life
	waits  []func() // for clients
	resets []demux.Handle
}

// life is what the callbacks of a connection have told.
type life struct {
	name   string
	conn   *stream.Conn
	opened bool
	ended  bool
	closed bool
	drains int
	err    error
	at     time.Duration // of Closed
	got    []byte
}

// play tells a story on every kernel, under every plan.
func play(t *testing.T, c conditions, story func(s *scene)) {
	t.Helper()
	for _, k := range kernels {
		if c.on != nil && !c.on(k) {
			continue
		}
		for _, p := range plans {
			plan := p.plan
			if c.plan != nil {
				plan, p.name = *c.plan, "plan"
			}
			t.Run(k.name+"/"+p.name, func(t *testing.T) {
				// Not shrunk: the text of a story depends on its machine.
				o := &proptest.Options{Runs: max(fewer(*behaviorRuns)/max(c.share, 1), 1), Dialect: k.dialect, Plan: &plan, Workload: c.machine(), Dir: t.TempDir(), FirstOnly: true, NoShrink: true}
				o.TestProgram(t, func(t testing.TB, h demux.Host) {
					s := &scene{t: t, c: c, kernel: k, plain: plan.Faults == 0, h: h, world: proptest.World(h), of: make(map[*stream.Conn]*life)}
					s.play(story)
				})
			})
			if c.plan != nil {
				break
			}
		}
	}
}

func (c conditions) machine() string {
	w := "p1"
	for _, x := range []struct {
		word string
		n    int
	}{{"buffer", c.buffer}, {"files", c.files}, {"calls", c.calls}} {
		if x.n > 0 {
			w += fmt.Sprintf("+%s.%d", x.word, x.n)
		}
	}
	return w
}

// play tells the story: it makes the loop, and stops it when all clients have ended.
func (s *scene) play(story func(s *scene)) {
	if s.kernel.vectors {
		s.h = &vectorHost{Host: s.h, scene: s}
	}
	var err error
	s.loop, err = eventloop.Open(s.h, &eventloop.Options{Observer: func(x eventloop.Step) {
		if x.Phase == eventloop.PhasePoll {
			s.polls++
		}
	}})
	if err != nil {
		s.t.Fatal(err)
	}
	o := s.c.options
	o.Operations = s.kernel.operations
	s.net = stream.New(s.loop, &o)
	story(s)
	if !s.c.closes {
		s.world.Go("end", s.shutdown)
	}
	for panics := 0; s.run(); panics++ {
		if panics == s.c.panics {
			s.t.Fatalf("Run has panicked %d times, want %d", panics+1, s.c.panics)
		}
	}
	s.judge()
}

// shutdown waits for the clients, and ends the Net.
func (s *scene) shutdown() {
	for _, wait := range s.waits {
		wait()
	}
	s.post(func() { s.net.Shutdown(func() { _ = s.loop.Close() }) })
}

// run reports whether Run has panicked as planned.
func (s *scene) run() (again bool) {
	defer func() {
		if again {
			if r := recover(); r != any(errPlanted) {
				panic(r)
			}
		}
	}()
	again = true
	err := s.loop.Run(context.Background())
	again = false
	if err != nil {
		s.t.Errorf("Run: %v", err)
	}
	return false
}

// judge sees that every connection has ended.
func (s *scene) judge() {
	for _, l := range s.lives {
		if !l.closed {
			s.t.Errorf("%s: Closed was not called", l.name)
		}
	}
	if n := s.net.Conns(); n != 0 {
		s.t.Errorf("Conns is %d at the end", n)
	}
	if s.c.check != nil {
		s.c.check(s)
	}
}

// post has the loop call f.
func (s *scene) post(f func()) {
	if err := s.loop.Post(f); err != nil {
		s.t.Errorf("Post: %v", err)
	}
}

// ask has the loop call f, and waits until it has.
func (s *scene) ask(f func()) {
	done := false
	s.post(func() {
		defer func() { done = true }()
		f()
	})
	s.until(func() bool { return done })
}

// until sleeps until cond holds.
func (s *scene) until(cond func() bool) {
	for !cond() {
		proptest.Sleep(s.world, tick)
	}
}

// client starts a client.
func (s *scene) client(name string, f func()) {
	s.waits = append(s.waits, proptest.Go(s.world, name, f))
}

// listen has a listener whose connections have a checked handler.
func (s *scene) listen(h stream.Handler) *stream.Listener {
	l, err := s.net.Listen("127.0.0.1:0", s.watched("server", h))
	if err != nil {
		s.t.Fatalf("Listen: %v", err)
	}
	return l
}

// lifeOf returns what is known of a connection.
func (s *scene) lifeOf(name string, c *stream.Conn) *life {
	l := s.of[c]
	if l == nil {
		l = &life{name: fmt.Sprintf("%s %d", name, len(s.lives)), conn: c}
		s.lives = append(s.lives, l)
		s.of[c] = l
	}
	return l
}

// watched returns a handler that checks the order of the callbacks, and calls h's.
func (s *scene) watched(name string, h stream.Handler) *stream.Handler {
	w := &stream.Handler{
		Open: func(c *stream.Conn) {
			l := s.lifeOf(name, c)
			s.alive(l, "Open", !l.opened)
			l.opened = true
			if h.Open != nil {
				h.Open(c)
			}
		},
		Data: func(c *stream.Conn, b []byte) {
			l := s.lifeOf(name, c)
			s.alive(l, "Data", l.opened && !l.ended && len(b) > 0)
			l.got = append(l.got, b...)
			if h.Data != nil {
				h.Data(c, b)
			}
		},
		Drain: func(c *stream.Conn) {
			l := s.lifeOf(name, c)
			s.alive(l, "Drain", l.opened && !c.Full())
			l.drains++
			if h.Drain != nil {
				h.Drain(c)
			}
		},
		Closed: func(c *stream.Conn, err error) {
			l := s.lifeOf(name, c)
			s.alive(l, "Closed", true)
			l.closed, l.err, l.at = true, err, s.h.Now()
			if !c.Over() {
				s.t.Errorf("%s: Over is false in Closed", l.name)
			}
			if h, err := s.world.Dup(c.Handle()); err == nil {
				_ = s.world.Close(h)
			} else if errors.Is(err, syscall.EBADF) || errors.Is(err, syscall.ENOTSOCK) {
				s.t.Errorf("%s: the handle is closed before Closed: %v", l.name, err)
			}
			if err := c.Write([]byte("late")); !errors.Is(err, demux.ErrClosed) {
				s.t.Errorf("%s: Write in Closed returned %v", l.name, err)
			}
			if h.Closed != nil {
				h.Closed(c, err)
			}
		},
	}
	if h.End != nil {
		w.End = func(c *stream.Conn) {
			l := s.lifeOf(name, c)
			s.alive(l, "End", l.opened && !l.ended)
			l.ended = true
			h.End(c)
		}
	}
	return w
}

// alive says that a callback came out of its turn.
func (s *scene) alive(l *life, callback string, ok bool) {
	if l.closed {
		s.t.Errorf("%s: %s after Closed", l.name, callback)
	} else if !ok {
		s.t.Errorf("%s: %s out of its turn: %+v", l.name, callback, *l)
	}
}

// echo writes what arrives.
func (s *scene) echo(c *stream.Conn, b []byte) {
	if err := c.Write(b); err != nil {
		s.t.Errorf("Write: %v", err)
	}
}

// took checks how long something took. It is never early, and late only under faults.
func (s *scene) took(what string, got, want time.Duration) {
	if got < want || s.plain && got > want+20*tick {
		s.t.Errorf("%s took %v, want %v", what, got, want)
	}
}

// peer is a client's end of a connection.
type peer struct {
	s       *scene
	h       demux.Handle
	lenient bool // what goes wrong is no failure
}

// connect connects a client.
func (s *scene) connect(addr netip.AddrPort) *peer {
	p, err := s.tryConnect(addr)
	if err != nil {
		s.t.Fatalf("connect: %v", err)
	}
	return p
}

// tryConnect connects a client, to a listener that may be closed.
func (s *scene) tryConnect(addr netip.AddrPort) (*peer, error) {
	h, err := s.world.Connect(addr)
	if err != nil {
		return nil, err
	}
	for err = s.world.ConnectResult(h); errors.Is(err, demux.ErrAgain); err = s.world.ConnectResult(h) {
		_ = proptest.Await(s.world, h, demux.Writable, -1)
	}
	return &peer{s: s, h: h}, err
}

// write writes all of b.
func (p *peer) write(b []byte) {
	for len(b) > 0 {
		n, err := p.s.world.Write(p.h, b)
		b = b[n:]
		if later(err) {
			_ = proptest.Await(p.s.world, p.h, demux.Writable, -1)
		} else if err != nil {
			if !p.lenient {
				p.s.t.Fatalf("client: write: %v", err)
			}
			return
		}
	}
}

// fill writes until the socket takes nothing for a while, and returns how much it took.
func (p *peer) fill(most int) (n int) {
	for idle := 0; idle < 5 && n < most; {
		m, err := p.s.world.Write(p.h, pattern(n, min(most-n, 256)))
		switch {
		case later(err) || err == nil && m == 0:
			idle++
			proptest.Sleep(p.s.world, tick)
		case err != nil:
			p.s.t.Fatalf("client: write: %v", err)
		default:
			n, idle = n+m, 0
		}
	}
	return n
}

// read reads up to n bytes, and returns the error that came before. n < 0 is no limit.
func (p *peer) read(n int) (got []byte, err error) {
	b := make([]byte, 256)
	for n < 0 || len(got) < n {
		room := len(b)
		if n >= 0 {
			room = min(room, n-len(got))
		}
		m, err := p.s.world.Read(p.h, b[:room])
		got = append(got, b[:m]...)
		if later(err) {
			_ = proptest.Await(p.s.world, p.h, demux.Readable, -1)
		} else if err != nil {
			return got, err
		}
	}
	return got, nil
}

// expect reads the bytes of want.
func (p *peer) expect(want string) {
	if got, err := p.read(len(want)); string(got) != want || err != nil {
		p.s.t.Errorf("client: read %s and %v, want %s", brief(string(got)), err, brief(want))
	}
}

// expectEnd reads the bytes of want, and the end after them.
func (p *peer) expectEnd(want string) {
	if got, err := p.read(-1); string(got) != want || !errors.Is(err, io.EOF) {
		p.s.t.Errorf("client: read %s and %v, want %s and the end", brief(string(got)), err, brief(want))
	}
}

// end ends the client's direction.
func (p *peer) end() {
	if err := p.s.world.CloseWrite(p.h); err != nil && !p.lenient {
		p.s.t.Errorf("client: shutdown: %v", err)
	}
}

func (p *peer) close() { _ = p.s.world.Close(p.h) }

// isReset reports whether err says that the peer has reset the connection.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}

func later(err error) bool { return errors.Is(err, demux.ErrAgain) || errors.Is(err, syscall.EINTR) }

func brief(s string) string {
	if len(s) > 60 {
		return fmt.Sprintf("%q... (%d bytes)", s[:60], len(s))
	}
	return fmt.Sprintf("%q", s)
}

// pattern returns bytes from to from+n of a stream that does not repeat soon.
func pattern(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		x := uint32(from+i) * 0x9e3779b1
		b[i] = byte(x >> 24)
	}
	return b
}

// vectorHost has the optional interfaces of a host. It writes a vector as the system does:
// with one call that takes the first bytes of all of them.
type vectorHost struct {
	demux.Host
	scene *scene
}

var (
	_ demux.VectorHost    = (*vectorHost)(nil)
	_ demux.StreamOptions = (*vectorHost)(nil)
)

func (v *vectorHost) WriteVector(h demux.Handle, bufs [][]byte) (int, error) {
	if len(bufs) > demux.MaxVector {
		v.scene.t.Errorf("WriteVector of %d buffers", len(bufs))
	}
	var all strings.Builder
	for _, b := range bufs {
		all.Write(b)
	}
	return v.Write(h, []byte(all.String()))
}

func (v *vectorHost) SetNoDelay(demux.Handle, bool) error { return nil }

// SetReset notes the handle. That Close resets then is not simulated.
func (v *vectorHost) SetReset(h demux.Handle) error {
	v.scene.resets = append(v.scene.resets, h)
	return nil
}
