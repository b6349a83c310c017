package proptest_test

import (
	"reflect"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
)

// shipped are the backends of package demux, opened as a user opens one of their
// own.
var shipped = []struct {
	dialect string
	open    func(k *fakedemux.Kernel) (demux.Demux, error)
}{
	{"epoll", func(k *fakedemux.Kernel) (demux.Demux, error) { return epoll.Open(k.Epoll()) }},
	{"epoll-5.10", func(k *fakedemux.Kernel) (demux.Demux, error) { return epoll.Open(k.Epoll()) }},
	{"kqueue-darwin", func(k *fakedemux.Kernel) (demux.Demux, error) { return kqueue.Open(k.Kqueue(), &kqueue.Darwin) }},
	{"iocp", func(k *fakedemux.Kernel) (demux.Demux, error) { return iocp.Open(k.IOCP()) }},
}

// TestOpenGivesTheDialectsVerdicts judges loops over backends that Options.Open
// opens: the report is that of the dialect's own demultiplexer, to the last tape.
func TestOpenGivesTheDialectsVerdicts(t *testing.T) {
	subjects := []planted.Subject{{Name: "eventloop", New: proptest.EventLoop}, planted.All()[0], planted.All()[10]}
	for _, s := range shipped {
		for _, subject := range subjects {
			t.Run(s.dialect+"/"+subject.Name, func(t *testing.T) {
				o := proptest.Options{Dialect: s.dialect, Runs: 400, Seed: 3, NoShrink: raceCost > 1}
				want := check(t, subject.New, &o)
				o.Open = s.open
				got := check(t, subject.New, &o)
				if a, b := verdicts(want), verdicts(got); !reflect.DeepEqual(a, b) {
					t.Errorf("with Options.Open: got %q, want %q", b, a)
				}
			})
		}
	}
}

// verdicts is what a report says of its runs.
func verdicts(r *proptest.Report) []string {
	var all []string
	for i, p := range proptest.Properties() {
		all = append(all, p.Name+": "+r.Verdict(&r.Simulated, i))
	}
	for _, f := range r.Failures {
		all = append(all, f.Rule+" "+f.Tape)
	}
	return all
}

// deafEpoll are the calls of a kernel, above which a backend forgets what a
// registration wants when it is modified.
type deafEpoll struct{ epoll.Syscalls }

func (d deafEpoll) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	if op == epoll.CtlMod && ev != nil {
		changed := *ev
		changed.Events &^= epoll.EPOLLIN
		ev = &changed
	}
	return d.Syscalls.EpollCtl(epfd, op, fd, ev)
}

// hoarder are the calls of a kernel, above which a backend keeps the memory of
// operations.
type hoarder struct{ iocp.Syscalls }

func (hoarder) Release(*iocp.Operation) {}

// TestOpenFindsBackendBugs judges a correct loop over backends with a bug.
func TestOpenFindsBackendBugs(t *testing.T) {
	for _, tt := range []struct {
		why, dialect, rule string
		open               func(k *fakedemux.Kernel) (demux.Demux, error)
	}{
		{"Modify forgets Readable", "epoll", "ready-is-served", func(k *fakedemux.Kernel) (demux.Demux, error) {
			return epoll.Open(deafEpoll{k.Epoll()})
		}},
		{"operations are never given back", "iocp", "no-leaked-op", func(k *fakedemux.Kernel) (demux.Demux, error) {
			return iocp.Open(hoarder{k.IOCP()})
		}},
		{"no demultiplexer and no error", "epoll", "run-error", func(*fakedemux.Kernel) (demux.Demux, error) { return nil, nil }},
	} {
		t.Run(tt.why, func(t *testing.T) {
			o := proptest.Options{Dialect: tt.dialect, Runs: 500, Open: tt.open, Subject: "loop", Dir: t.TempDir(), NoShrink: raceCost > 1}
			r, err := proptest.Check(proptest.EventLoop, &o)
			if err != nil {
				t.Fatal(err)
			}
			f := r.Broken(tt.rule)
			if f == nil {
				t.Fatalf("%s is not reported in %d runs, the failures are %v", tt.rule, r.Simulated.Runs, verdicts(r))
			}
			again, err := proptest.Replay(f.Tape, proptest.EventLoop, &o)
			if err != nil || again.Failure == nil || again.Failure.Rule != tt.rule || again.Diverged != "" {
				t.Errorf("the tape does not replay: %v, %+v", err, again)
			}
			o.Open = nil
			if fine, err := proptest.Replay(f.Tape, proptest.EventLoop, &o); err != nil || fine.Failure != nil {
				t.Errorf("over the shipped backend: %v, %+v, want no failure", err, fine)
			}
			if tt.rule == "run-error" && !strings.Contains(f.Text, "no demultiplexer and no error") {
				t.Errorf("the report does not say what is wrong: %s", f.Text)
			}
		})
	}
}
