package demuxsuite

import (
	"errors"
	"io"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// brokenOps is a completer whose calls go through functions where those are set.
type brokenOps struct {
	demux.Completer
	kernel *fakedemux.Kernel
	submit func(op *demux.Op, tok demux.Token) error
	cancel func(op *demux.Op) error
	wait   func(dst []demux.Event, timeout time.Duration) (int, error)
	close  func() error
}

func (b *brokenOps) Submit(op *demux.Op, tok demux.Token) error {
	if b.submit != nil {
		return b.submit(op, tok)
	}
	return b.Completer.Submit(op, tok)
}

func (b *brokenOps) Cancel(op *demux.Op) error {
	if b.cancel != nil {
		return b.cancel(op)
	}
	return b.Completer.Cancel(op)
}

func (b *brokenOps) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	if b.wait != nil {
		return b.wait(dst, timeout)
	}
	return b.Completer.Wait(dst, timeout)
}

func (b *brokenOps) Close() error {
	if b.close != nil {
		return b.close()
	}
	return b.Completer.Close()
}

// instead makes Submit start the operation that swap returns in the place of an
// operation, nil for that itself. Its event is brought back as the caller's.
func (b *brokenOps) instead(swap func(op *demux.Op) *demux.Op) {
	outer, inner := make(map[*demux.Op]*demux.Op), make(map[*demux.Op]*demux.Op)
	b.submit = func(op *demux.Op, tok demux.Token) error {
		if op == nil {
			return b.Completer.Submit(op, tok)
		}
		in := swap(op)
		if in == nil {
			return b.Completer.Submit(op, tok)
		}
		outer[in], inner[op] = op, in
		return b.Completer.Submit(in, tok)
	}
	b.cancel = func(op *demux.Op) error {
		if in := inner[op]; in != nil {
			return b.Completer.Cancel(in)
		}
		return b.Completer.Cancel(op)
	}
	b.completions(func(ev *demux.Event) bool {
		if op := outer[ev.Op]; op != nil {
			op.N, op.Err = 0, ev.Op.Err
			delete(inner, op)
			ev.Op = op
		}
		return true
	})
}

// completions makes Wait call f for each completion; false drops it.
func (b *brokenOps) completions(f func(ev *demux.Event) bool) {
	b.wait = mapEvents(b.Completer, func(ev *demux.Event) bool { return ev.Op == nil || f(ev) })
}

// skips makes Submit do nothing, with success, for the operations for which f is
// true.
func (b *brokenOps) skips(f func(op *demux.Op) bool) {
	b.submit = func(op *demux.Op, tok demux.Token) error {
		if op != nil && f(op) {
			return nil
		}
		return b.Completer.Submit(op, tok)
	}
}

// forgives makes Submit return nil where it would return what.
func (b *brokenOps) forgives(what error) {
	b.submit = func(op *demux.Op, tok demux.Token) error {
		if err := b.Completer.Submit(op, tok); !errors.Is(err, what) {
			return err
		}
		return nil
	}
}

func isEmptyRead(op *demux.Op) bool {
	return op.Kind == demux.OpRead && op.Buf != nil && len(op.Buf) == 0
}

func isEmptyWrite(op *demux.Op) bool { return op.Kind == demux.OpWrite && len(op.Buf) == 0 }

// opPlants are bugs in carrying out operations, each with the rule that it
// breaks.
var opPlants = []struct {
	rule, why string
	make      func(b *brokenOps)
}{
	{"O1", "an event comes twice", func(b *brokenOps) {
		var last []demux.Event
		b.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if len(last) > 0 {
				n := copy(dst, last)
				last = nil
				return n, nil
			}
			n, err := b.Completer.Wait(dst, timeout)
			last = slices.Clone(dst[:n])
			return n, err
		}
	}},
	{"O1", "an event has the token of the operation before", func(b *brokenOps) {
		last := demux.Token(0)
		b.submit = func(op *demux.Op, tok demux.Token) error {
			last, tok = tok, last
			return b.Completer.Submit(op, tok)
		}
	}},
	{"O1", "one operation of many is forgotten", func(b *brokenOps) {
		n := 0
		b.skips(func(*demux.Op) bool { n++; return n%16 == 0 })
	}},
	{"O2", "a buffer is written to after its event", func(b *brokenOps) {
		var old []byte
		b.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if len(old) > 0 {
				old[0]++
			}
			n, err := b.Completer.Wait(dst, timeout)
			for _, ev := range dst[:n] {
				if ev.Op != nil && ev.Op.Kind == demux.OpRead {
					old = ev.Op.Buf
				}
			}
			return n, err
		}
	}},
	{"O3", "Cancel does nothing", func(b *brokenOps) {
		b.cancel = func(*demux.Op) error { return nil }
	}},
	{"O3", "Cancel of what is not in flight returns nil", func(b *brokenOps) {
		b.cancel = func(op *demux.Op) error { _ = b.Completer.Cancel(op); return nil }
	}},
	{"O3", "a cancel that comes too late loses the data", func(b *brokenOps) {
		canceled := make(map[*demux.Op]bool)
		b.cancel = func(op *demux.Op) error {
			err := b.Completer.Cancel(op)
			canceled[op] = err == nil
			return err
		}
		b.completions(func(ev *demux.Event) bool {
			if canceled[ev.Op] {
				ev.Op.N, ev.Op.Err = 0, demux.ErrCanceled
			}
			return true
		})
	}},
	{"O4", "a second read is taken", func(b *brokenOps) { b.forgives(errors.ErrUnsupported) }},
	{"O5", "what finishes at once has no event", func(b *brokenOps) {
		b.skips(func(op *demux.Op) bool { return op.Kind == demux.OpRead && b.kernel.Unread(op.Handle) > 0 })
	}},
	{"O6", "the end of a stream is an error", func(b *brokenOps) {
		b.completions(func(ev *demux.Event) bool {
			if ev.Op.Kind == demux.OpRead && ev.Op.N == 0 && ev.Op.Err == nil {
				ev.Op.Err = io.EOF
			}
			return true
		})
	}},
	{"O6", "N is the size of the buffer", func(b *brokenOps) {
		b.completions(func(ev *demux.Event) bool {
			if ev.Op.Err == nil {
				ev.Op.N = len(ev.Op.Buf)
			}
			return true
		})
	}},
	{"O6", "a read of no bytes does not wait", func(b *brokenOps) {
		b.instead(func(op *demux.Op) *demux.Op {
			if isEmptyRead(op) {
				return &demux.Op{Kind: demux.OpWrite, Handle: op.Handle}
			}
			return nil
		})
	}},
	{"O6", "a read of no bytes takes one", func(b *brokenOps) {
		b.instead(func(op *demux.Op) *demux.Op {
			if isEmptyRead(op) {
				return &demux.Op{Kind: demux.OpRead, Handle: op.Handle, Buf: make([]byte, 1)}
			}
			return nil
		})
	}},
	{"O6", "a read of no bytes is not answered at the end", func(b *brokenOps) {
		ended := make(map[demux.Handle]bool)
		b.completions(func(ev *demux.Event) bool {
			if isEmptyRead(ev.Op) && ev.Op.Err == nil && b.kernel.Unread(ev.Op.Handle) == 0 && !ended[ev.Op.Handle] {
				ended[ev.Op.Handle] = true
				ev.Op.Err = io.EOF
			}
			return true
		})
	}},
	{"O6", "a write of no bytes sends one", func(b *brokenOps) {
		b.instead(func(op *demux.Op) *demux.Op {
			if isEmptyWrite(op) {
				return &demux.Op{Kind: demux.OpWrite, Handle: op.Handle, Buf: make([]byte, 1)}
			}
			return nil
		})
	}},
	{"O6", "a write of no bytes is refused", func(b *brokenOps) {
		b.submit = func(op *demux.Op, tok demux.Token) error {
			if op != nil && isEmptyWrite(op) {
				return syscall.EINVAL
			}
			return b.Completer.Submit(op, tok)
		}
	}},
	{"O7", "Close gives operations back as they are", func(b *brokenOps) {
		var flying []*demux.Op
		b.submit = func(op *demux.Op, tok demux.Token) error {
			flying = append(flying, op)
			return b.Completer.Submit(op, tok)
		}
		b.close = func() error {
			err := b.Completer.Close()
			for _, op := range flying {
				op.Err = nil
			}
			return err
		}
	}},
	{"O8", "no buffer is taken for an empty one", func(b *brokenOps) {
		b.submit = func(op *demux.Op, tok demux.Token) error {
			if op != nil && op.Buf == nil {
				op.Buf = []byte{}
			}
			return b.Completer.Submit(op, tok)
		}
	}},
	{"O9", "the read of a handle that was closed ends as at the end of a stream", func(b *brokenOps) {
		b.completions(func(ev *demux.Event) bool {
			if errors.Is(ev.Op.Err, syscall.ECONNABORTED) || errors.Is(ev.Op.Err, demux.ErrCanceled) {
				ev.Op.Err = nil
			}
			return true
		})
	}},
	{"O10", "a handle of another demux is taken", func(b *brokenOps) { b.forgives(demux.ErrAttached) }},
	{"W3", "an Op that is in flight is taken", func(b *brokenOps) {
		b.submit = func(op *demux.Op, tok demux.Token) error {
			defer func() { _ = recover() }()
			return b.Completer.Submit(op, tok)
		}
	}},
}

// brokenOpsHost is a simulated Windows whose demuxes carry out operations in
// another way.
func brokenOpsHost(plant func(b *brokenOps)) demux.Host {
	return backendHost{fakedemux.New(&fakedemux.Options{Dialect: "iocp"}), func(k *fakedemux.Kernel) (demux.Demux, error) {
		d, err := k.Open()
		if err != nil {
			return nil, err
		}
		b := &brokenOps{Completer: d.(demux.Completer), kernel: k}
		plant(b)
		return b, nil
	}}
}

// judgeOps runs every case of rule.
func judgeOps(rule string, plant func(b *brokenOps)) []violation {
	var failures []violation
	for _, r := range completionSuite {
		if r.rule != rule {
			continue
		}
		for _, tc := range r.cases {
			failures = append(failures, runCase(brokenOpsHost(plant), rule, tc, defaultPatience).failures...)
		}
	}
	return failures
}

// TestCompleterFindsPlantedBugs proves each rule of completion by a bug that it
// finds.
func TestCompleterFindsPlantedBugs(t *testing.T) {
	caught := make(map[string]bool)
	for _, p := range opPlants {
		t.Run(p.rule+"-"+strings.ReplaceAll(p.why, " ", "-"), func(t *testing.T) {
			failures := judgeOps(p.rule, p.make)
			if len(failures) == 0 {
				t.Fatal("not found")
			}
			for _, f := range failures {
				if f.rule != p.rule {
					t.Errorf("also found, and it breaks %s only: %v", p.rule, f)
				}
			}
			caught[p.rule] = true
		})
	}
	for _, r := range completionSuite {
		if !caught[r.rule] {
			t.Errorf("rule %s has caught nothing", r.rule)
		}
	}
}

func TestCompleterPassesTheWrapper(t *testing.T) {
	for _, r := range completionSuite {
		for _, f := range judgeOps(r.rule, func(b *brokenOps) { b.instead(func(*demux.Op) *demux.Op { return nil }) }) {
			t.Errorf("a wrapper without a bug: %v", f)
		}
	}
}
