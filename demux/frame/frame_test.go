package frame_test

import (
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/frame"
)

var (
	errWait    = errors.New("the wait failed")
	errWake    = errors.New("the wake failed")
	errRelease = errors.New("the release failed")
)

// stub is an Operator that notes its calls. A Wait blocks in block, if there is
// one.
type stub struct {
	calls   []string
	failed  map[string]error
	block   func()
	left    chan struct{}
	flying  *demux.Op
	timeout frame.Timeout
}

func newStub() *stub {
	return &stub{failed: make(map[string]error), left: make(chan struct{})}
}

func (s *stub) call(name string) error {
	s.calls = append(s.calls, name)
	return s.failed[name]
}

func (s *stub) Register(demux.Handle, demux.Token, demux.Ready, demux.Mode) error {
	return s.call("Register")
}

func (s *stub) Modify(demux.Handle, demux.Token, demux.Ready, demux.Mode) error {
	return s.call("Modify")
}

func (s *stub) Deregister(demux.Handle) error { return s.call("Deregister") }

func (s *stub) Wait(dst []demux.Event, timeout frame.Timeout) (int, error) {
	s.timeout = timeout
	if s.block != nil {
		s.block()
	}
	return len(dst), s.call("Wait")
}

func (s *stub) Wake() error { return s.call("Wake") }

func (s *stub) AwaitUser() error {
	<-s.left
	return s.call("AwaitUser")
}

func (s *stub) UserLeft() {
	_ = s.call("UserLeft")
	close(s.left)
}

func (s *stub) ShutDown() error { return s.call("ShutDown") }

func (s *stub) Release() error { return s.call("Release") }

func (s *stub) Submit(op *demux.Op, _ demux.Token) error {
	s.flying = op
	return s.call("Submit")
}

func (s *stub) Cancel(*demux.Op) error { return s.call("Cancel") }

func (s *stub) InFlight(op *demux.Op) bool { return op == s.flying }

// hand is a clock that is set.
type hand struct {
	now   time.Duration
	reads int
}

func (c *hand) Now() time.Duration {
	c.reads++
	return c.now
}

var traits = demux.Traits{Name: "stub", Level: true}

func open(s *stub) *frame.Completer {
	c := frame.NewCompleter(s, &hand{}, traits)
	return &c
}

// calls are those of the contract that a closed Demux refuses.
var calls = []struct {
	name string
	call func(d demux.Completer) error
}{
	{"Register", func(d demux.Completer) error { return d.Register(3, 1, demux.Readable, demux.Level) }},
	{"Modify", func(d demux.Completer) error { return d.Modify(3, 1, demux.Readable, demux.Level) }},
	{"Deregister", func(d demux.Completer) error { return d.Deregister(3) }},
	{"Wait", func(d demux.Completer) error {
		_, err := d.Wait(make([]demux.Event, 1), 0)
		return err
	}},
	{"Wake", func(d demux.Completer) error { return d.Wake() }},
	{"Submit", func(d demux.Completer) error { return d.Submit(&demux.Op{Kind: demux.OpWrite}, 1) }},
}

func TestCallsReachTheBackend(t *testing.T) {
	for _, tt := range calls {
		s := newStub()
		s.failed[tt.name] = errWait
		if err := tt.call(open(s)); !errors.Is(err, errWait) || !slices.Equal(s.calls, []string{tt.name}) {
			t.Errorf("%s: got error %v, calls %v", tt.name, err, s.calls)
		}
	}
}

func TestClosedFrameRefuses(t *testing.T) {
	s := newStub()
	d := open(s)
	if err := d.Close(); err != nil || !d.Closed() {
		t.Fatalf("Close: got error %v, closed %v", err, d.Closed())
	}
	if want := []string{"ShutDown", "Release"}; !slices.Equal(s.calls, want) {
		t.Errorf("Close of an idle demux: got calls %v, want %v", s.calls, want)
	}
	s.calls = nil
	for _, tt := range calls {
		if err := tt.call(d); !errors.Is(err, demux.ErrClosed) {
			t.Errorf("%s: got error %v, want ErrClosed", tt.name, err)
		}
	}
	if err := d.Cancel(&demux.Op{}); !errors.Is(err, demux.ErrClosed) {
		t.Errorf("Cancel: got error %v, want ErrClosed", err)
	}
	if err := d.Close(); !errors.Is(err, demux.ErrClosed) || len(s.calls) > 0 {
		t.Errorf("a second Close: got error %v, calls %v", err, s.calls)
	}
}

func TestCloseEndsTheUsersCall(t *testing.T) {
	s := newStub()
	s.failed["AwaitUser"], s.failed["Release"] = errWake, errRelease
	d := open(s)
	closed := make(chan error)
	s.block = func() {
		go func() { closed <- d.Close() }()
		for !d.Closed() {
			runtime.Gosched() // until Close is inside, and waits for this call
		}
	}
	if n, err := d.Wait(make([]demux.Event, 2), -1); n != 0 || !errors.Is(err, demux.ErrClosed) {
		t.Errorf("the Wait that Close ends: got %d events, error %v", n, err)
	}
	if err := <-closed; !errors.Is(err, errWake) || !errors.Is(err, errRelease) {
		t.Errorf("Close: got error %v, want those of the wake and of the release", err)
	}
	if want := []string{"Wait", "ShutDown", "UserLeft", "AwaitUser", "Release"}; !slices.Equal(s.calls, want) {
		t.Errorf("got calls %v, want %v", s.calls, want)
	}
}

func TestSecondUserPanics(t *testing.T) {
	s := newStub()
	d := open(s)
	s.block = func() {
		mustPanic(t, "a Wait inside of a Wait", func() { _, _ = d.Wait(make([]demux.Event, 1), 0) })
		if err := d.Wake(); err != nil {
			t.Errorf("a Wake inside of a Wait: %v", err)
		}
	}
	if n, err := d.Wait(make([]demux.Event, 2), 0); n != 2 || err != nil {
		t.Errorf("got %d events, error %v, want 2", n, err)
	}
}

func TestFrameChecksArguments(t *testing.T) {
	s := newStub()
	d := open(s)
	op := &demux.Op{Kind: demux.OpWrite}
	if err := d.Register(3, 1, demux.Readable, demux.Edge); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a mode that the traits deny: got error %v", err)
	}
	if err := d.Submit(&demux.Op{Kind: demux.OpRead}, 1); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a read without a buffer: got error %v", err)
	}
	if err := d.Cancel(op); !errors.Is(err, demux.ErrNotFound) {
		t.Errorf("Cancel of an Op that is not in flight: got error %v", err)
	}
	s.flying = op
	mustPanic(t, "no room for events", func() { _, _ = d.Wait(nil, 0) })
	mustPanic(t, "NoToken", func() { _ = d.Modify(3, demux.NoToken, 0, demux.Level) })
	mustPanic(t, "Submit of nothing", func() { _ = d.Submit(nil, 1) })
	mustPanic(t, "Submit of an Op that is in flight", func() { _ = d.Submit(op, 1) })
	mustPanic(t, "Cancel of nothing", func() { _ = d.Cancel(nil) })
	if len(s.calls) > 0 {
		t.Errorf("what is refused reaches the backend: %v", s.calls)
	}
	if err := d.Cancel(op); err != nil || !slices.Equal(s.calls, []string{"Cancel"}) {
		t.Errorf("Cancel after the panics: got error %v, calls %v", err, s.calls)
	}
}

func TestTimeout(t *testing.T) {
	const most = time.Duration(1<<63 - 1)
	for _, tt := range []struct {
		why           string
		length        time.Duration
		begins, later time.Duration
		left          time.Duration
		reads         int
	}{
		{"forever needs no clock", -1, 5, 100, -1, 0},
		{"nor does a poll", 0, 5, 100, 0, 0},
		{"what has passed is taken off", 30, 5, 15, 20, 2},
		{"and no more than there is", 30, 5, 100, 0, 2},
		{"a deadline beyond the last instant is that instant", most, 5, 15, most - 15, 2},
	} {
		s, clock := newStub(), &hand{now: tt.begins}
		f := frame.New(s, clock, traits)
		if _, err := f.Wait(make([]demux.Event, 1), tt.length); err != nil {
			t.Fatal(err)
		}
		clock.now = tt.later
		left := s.timeout.Left(clock)
		if s.timeout.Length() != tt.length || left != tt.left || clock.reads != tt.reads {
			t.Errorf("%s: got length %v, %v left, %d reads of the clock", tt.why, s.timeout.Length(), left, clock.reads)
		}
	}
}

func TestTable(t *testing.T) {
	var table frame.Table[string]
	for want := range uint32(3) {
		i := table.Take()
		if i != want || *table.At(i) != "" {
			t.Errorf("row %d of a new table: got %d, %q", want, i, *table.At(i))
		}
	}
	*table.At(1) = "old"
	table.Free(2)
	table.Free(1)
	if i := table.Take(); i != 1 || *table.At(i) != "old" {
		t.Errorf("the row freed last: got %d, %q", i, *table.At(i))
	}
	if i, j := table.Take(), table.Take(); i != 2 || j != 3 || len(table.Rows()) != 4 {
		t.Errorf("then: got %d and %d of %d", i, j, len(table.Rows()))
	}
}

func TestSpares(t *testing.T) {
	var spares frame.Spares[int]
	x := spares.Take()
	if *x != 0 {
		t.Errorf("something new is %d", *x)
	}
	*x = 7
	spares.Give(x)
	if y := spares.Take(); y != x || *y != 7 {
		t.Errorf("what was given comes back as %d", *y)
	}
}

func mustPanic(t *testing.T, why string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", why)
		}
	}()
	f()
}
