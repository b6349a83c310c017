package demuxsuite

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// The rules of TestDemux are held against demuxes with a planted bug. Each is
// a wrapper around the simulated epoll and breaks one rule; a rule that misses
// its demux would prove nothing on others.

// plantedHost is a simulated host whose Open gives a broken demux.
type plantedHost struct {
	*fakedemux.Kernel
	plant func(h *plantedHost, d demux.Demux) demux.Demux
}

func (h *plantedHost) Open() (demux.Demux, error) {
	d, err := h.Kernel.Open()
	if err != nil {
		return nil, err
	}
	return h.plant(h, d), nil
}

// planted is a demux whose calls go through functions where those are set.
type planted struct {
	demux.Demux
	traits     func(demux.Traits) demux.Traits
	register   func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error
	modify     func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error
	deregister func(h demux.Handle) error
	wait       func(dst []demux.Event, timeout time.Duration) (int, error)
	wake       func() error
	close      func() error
}

func (p *planted) Traits() demux.Traits {
	if p.traits != nil {
		return p.traits(p.Demux.Traits())
	}
	return p.Demux.Traits()
}

func (p *planted) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if p.register != nil {
		return p.register(h, tok, want, mode)
	}
	return p.Demux.Register(h, tok, want, mode)
}

func (p *planted) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if p.modify != nil {
		return p.modify(h, tok, want, mode)
	}
	return p.Demux.Modify(h, tok, want, mode)
}

func (p *planted) Deregister(h demux.Handle) error {
	if p.deregister != nil {
		return p.deregister(h)
	}
	return p.Demux.Deregister(h)
}

func (p *planted) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	if p.wait != nil {
		return p.wait(dst, timeout)
	}
	return p.Demux.Wait(dst, timeout)
}

func (p *planted) Wake() error {
	if p.wake != nil {
		return p.wake()
	}
	return p.Demux.Wake()
}

func (p *planted) Close() error {
	if p.close != nil {
		return p.close()
	}
	return p.Demux.Close()
}

// mapEvents is a Wait whose events go through f; it drops those for which f is
// false.
func mapEvents(d demux.Demux, f func(ev *demux.Event) bool) func([]demux.Event, time.Duration) (int, error) {
	return func(dst []demux.Event, timeout time.Duration) (int, error) {
		n, err := d.Wait(dst, timeout)
		kept := 0
		for i := range n {
			if f(&dst[i]) {
				dst[kept] = dst[i]
				kept++
			}
		}
		return kept, err
	}
}

// plant is a broken demux.
type plant struct {
	rule string
	why  string
	make func(h *plantedHost, p *planted)
}

var plants = []plant{
	{"W1", "every second Wait forgets to look", func(_ *plantedHost, p *planted) {
		turn := 0
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if turn++; turn%2 == 0 {
				return 0, nil
			}
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W1", "a report is lost", func(_ *plantedHost, p *planted) {
		p.wait = mapEvents(p.Demux, func(*demux.Event) bool { return false })
	}},
	{"W1", "n counts more events than there is room for", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			n, err := p.Demux.Wait(dst, timeout)
			if n > 0 {
				n = len(dst) + 1
			}
			return n, err
		}
	}},
	{"W2", "timeouts are rounded down to milliseconds", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if timeout > 0 {
				timeout = timeout.Truncate(time.Millisecond)
			}
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W2", "a timeout below 0 polls", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			return p.Demux.Wait(dst, max(timeout, 0))
		}
	}},
	{"W2", "a long timeout overflows", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if timeout > 0 {
				timeout = max(time.Duration(int32(timeout/time.Millisecond))*time.Millisecond, 1)
			}
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W3", "no room for events is not seen", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if len(dst) == 0 {
				return 0, nil
			}
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W3", "Hangup may be wanted", func(_ *plantedHost, p *planted) {
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			return p.Demux.Register(h, tok, want&^demux.Hangup, mode)
		}
	}},
	{"W3", "a mode that Traits denies is taken", func(_ *plantedHost, p *planted) {
		p.traits = func(t demux.Traits) demux.Traits {
			t.Edge = false
			return t
		}
	}},
	{"W3", "a Register that fails changes the registration", func(_ *plantedHost, p *planted) {
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			err := p.Demux.Register(h, tok, want, mode)
			if errors.Is(err, demux.ErrExists) {
				_ = p.Demux.Modify(h, tok, want, mode)
			}
			return err
		}
	}},
	{"W3", "a Modify that fails has deleted the registration", func(_ *plantedHost, p *planted) {
		p.modify = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			_ = p.Demux.Deregister(h)
			return p.Demux.Register(h, tok, want, mode)
		}
	}},
	{"W4", "level is edge", func(_ *plantedHost, p *planted) {
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			if mode == demux.Level {
				mode = demux.Edge
			}
			return p.Demux.Register(h, tok, want, mode)
		}
	}},
	{"W4", "a batch has three events at the most", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			return p.Demux.Wait(dst[:min(len(dst), 3)], timeout)
		}
	}},
	{"W5", "what holds at Modify is forgotten", func(_ *plantedHost, p *planted) {
		deaf := make(map[demux.Token]bool)
		p.modify = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			deaf[tok] = mode&demux.Edge != 0
			return p.Demux.Modify(h, tok, want, mode)
		}
		p.wait = mapEvents(p.Demux, func(ev *demux.Event) bool { return !deaf[ev.Token] })
	}},
	{"W5", "an edge comes once", func(_ *plantedHost, p *planted) {
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			if mode == demux.Edge {
				mode |= demux.Oneshot
			}
			return p.Demux.Register(h, tok, want, mode)
		}
	}},
	{"W6", "oneshot is level", func(_ *plantedHost, p *planted) {
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			return p.Demux.Register(h, tok, want, mode&^demux.Oneshot)
		}
	}},
	{"W6", "each direction is oneshot of its own", func(_ *plantedHost, p *planted) {
		type shot struct {
			h    demux.Handle
			want demux.Ready
		}
		shots := make(map[demux.Token]shot)
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			if mode&demux.Oneshot != 0 {
				shots[tok] = shot{h, want}
			}
			return p.Demux.Register(h, tok, want, mode)
		}
		p.wait = mapEvents(p.Demux, func(ev *demux.Event) bool {
			if s, ok := shots[ev.Token]; ok && s.want&^ev.Ready != 0 {
				_ = p.Demux.Modify(s.h, ev.Token, s.want&^ev.Ready, demux.Oneshot)
			}
			return true
		})
	}},
	{"W6", "a oneshot registration is gone after its event", func(_ *plantedHost, p *planted) {
		handles := make(map[demux.Token]demux.Handle)
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			if mode&demux.Oneshot != 0 {
				handles[tok] = h
			}
			return p.Demux.Register(h, tok, want, mode)
		}
		p.wait = mapEvents(p.Demux, func(ev *demux.Event) bool {
			if h, ok := handles[ev.Token]; ok {
				_ = p.Demux.Deregister(h)
			}
			return true
		})
	}},
	{"W7", "each direction comes in an event of its own", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			n, err := p.Demux.Wait(dst, timeout)
			for i := range n {
				if n < len(dst) && dst[i].Ready == demux.Readable|demux.Writable {
					dst[i].Ready = demux.Readable
					dst[n] = demux.Event{Token: dst[i].Token, Ready: demux.Writable}
					n++
				}
			}
			return n, err
		}
	}},
	{"W7", "one direction hides the other", func(_ *plantedHost, p *planted) {
		p.wait = mapEvents(p.Demux, func(ev *demux.Event) bool {
			if ev.Ready&demux.Readable != 0 {
				ev.Ready &^= demux.Writable
			}
			return true
		})
	}},
	{"W8", "a hang-up comes alone", func(_ *plantedHost, p *planted) {
		p.wait = mapEvents(p.Demux, func(ev *demux.Event) bool {
			if ev.Ready&demux.Hangup != 0 {
				ev.Ready = demux.Hangup
			}
			return true
		})
	}},
	{"W8", "a hang-up is not told from data", func(_ *plantedHost, p *planted) {
		p.wait = mapEvents(p.Demux, func(ev *demux.Event) bool {
			ev.Ready &^= demux.Hangup
			return ev.Ready != 0
		})
	}},
	{"W8", "a half-close is reported unasked", func(_ *plantedHost, p *planted) {
		blind := make(map[demux.Token]bool)
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			blind[tok] = want&demux.Readable == 0
			return p.Demux.Register(h, tok, want|demux.Readable, mode)
		}
		p.wait = mapEvents(p.Demux, func(ev *demux.Event) bool {
			if blind[ev.Token] {
				ev.Ready &^= demux.Readable
			}
			return ev.Ready != 0
		})
	}},
	{"W8", "what is not wanted is reported", func(_ *plantedHost, p *planted) {
		p.register = func(h demux.Handle, tok demux.Token, _ demux.Ready, mode demux.Mode) error {
			return p.Demux.Register(h, tok, demux.Readable|demux.Writable, mode)
		}
	}},
	{"W9", "Deregister leaves the registration in the kernel", func(_ *plantedHost, p *planted) {
		p.deregister = func(h demux.Handle) error { return nil }
	}},
	{"W9", "Modify keeps the old token", func(_ *plantedHost, p *planted) {
		first := make(map[demux.Handle]demux.Token)
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			first[h] = tok
			return p.Demux.Register(h, tok, want, mode)
		}
		p.modify = func(h demux.Handle, _ demux.Token, want demux.Ready, mode demux.Mode) error {
			return p.Demux.Modify(h, first[h], want, mode)
		}
	}},
	{"W9", "events are kept over Deregister", func(_ *plantedHost, p *planted) {
		var kept []demux.Event
		p.deregister = func(h demux.Handle) error {
			var dst [1]demux.Event
			if n, err := p.Demux.Wait(dst[:], 0); n > 0 && err == nil {
				kept = append(kept, dst[0])
			}
			return p.Demux.Deregister(h)
		}
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if len(kept) > 0 && len(dst) > 0 {
				dst[0], kept = kept[0], kept[1:]
				return 1, nil
			}
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W10", "the lowest token is always first", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if len(dst) == 0 {
				return p.Demux.Wait(dst, timeout)
			}
			all := make([]demux.Event, 64)
			n, err := p.Demux.Wait(all, timeout)
			for i := 1; i < n; i++ {
				for j := i; j > 0 && all[j].Token < all[j-1].Token; j-- {
					all[j], all[j-1] = all[j-1], all[j]
				}
			}
			return copy(dst, all[:n]), err
		}
	}},
	{"W10", "the wake is reported", func(_ *plantedHost, p *planted) {
		woken := false
		p.wake = func() error {
			woken = true
			return p.Demux.Wake()
		}
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			n, err := p.Demux.Wait(dst, timeout)
			if n < len(dst) && err == nil && woken {
				dst[n], woken = demux.Event{Token: demux.NoToken, Ready: demux.Readable}, false
				n++
			}
			return n, err
		}
	}},
	{"W11", "Wake does nothing", func(_ *plantedHost, p *planted) {
		p.wake = func() error { return nil }
	}},
	{"W11", "a Wake is lost unless a Wait is blocked", func(_ *plantedHost, p *planted) {
		waiting := false
		p.wake = func() error {
			if waiting {
				return p.Demux.Wake()
			}
			return nil
		}
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			waiting = true
			defer func() { waiting = false }()
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W11", "a Wake is never consumed", func(_ *plantedHost, p *planted) {
		woken := false
		p.wake = func() error {
			woken = true
			return p.Demux.Wake()
		}
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if woken {
				timeout = 0
			}
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W11", "wakes do not coalesce", func(_ *plantedHost, p *planted) {
		wakes := 0
		p.wake = func() error {
			wakes++
			return p.Demux.Wake()
		}
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if wakes > 0 {
				wakes--
				timeout = 0
			}
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W12", "Register of a registered handle modifies", func(_ *plantedHost, p *planted) {
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			err := p.Demux.Register(h, tok, want, mode)
			if errors.Is(err, demux.ErrExists) {
				return p.Demux.Modify(h, tok, want, mode)
			}
			return err
		}
	}},
	{"W12", "Modify of an unregistered handle registers", func(_ *plantedHost, p *planted) {
		p.modify = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			err := p.Demux.Modify(h, tok, want, mode)
			if errors.Is(err, demux.ErrNotFound) {
				return p.Demux.Register(h, tok, want, mode)
			}
			return err
		}
	}},
	{"W12", "Deregister is content with anything", func(_ *plantedHost, p *planted) {
		p.deregister = func(h demux.Handle) error {
			if err := p.Demux.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
				return err
			}
			return nil
		}
	}},
	{"W12", "a handle that is not open is ErrNotFound for Register", func(_ *plantedHost, p *planted) {
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			err := p.Demux.Register(h, tok, want, mode)
			if errors.Is(err, syscall.EBADF) {
				return demux.ErrNotFound
			}
			return err
		}
	}},
	{"W13", "Close does not end a blocked Wait", func(_ *plantedHost, p *planted) {
		waiting := false
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			waiting = true
			defer func() { waiting = false }()
			return p.Demux.Wait(dst, timeout)
		}
		p.close = func() error {
			if waiting {
				return nil
			}
			return p.Demux.Close()
		}
	}},
	{"W13", "a Wait that Close ended returns nil", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			n, err := p.Demux.Wait(dst, timeout)
			if errors.Is(err, demux.ErrClosed) {
				err = nil
			}
			return n, err
		}
	}},
	{"W13", "a Wake after Close returns nil", func(_ *plantedHost, p *planted) {
		p.wake = func() error {
			_ = p.Demux.Wake()
			return nil
		}
	}},
	{"W13", "a second Close returns nil", func(_ *plantedHost, p *planted) {
		p.close = func() error {
			_ = p.Demux.Close()
			return nil
		}
	}},
	{"W13", "events come after Close", func(_ *plantedHost, p *planted) {
		closed := false
		p.close = func() error {
			closed = true
			return p.Demux.Close()
		}
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if closed && len(dst) > 0 {
				dst[0] = demux.Event{Token: 1, Ready: demux.Readable}
				return 1, nil
			}
			return p.Demux.Wait(dst, timeout)
		}
	}},
	{"W13", "a descriptor is left", func(h *plantedHost, p *planted) {
		a, b, _ := h.Pair()
		p.close = func() error {
			_ = h.Close(a)
			_ = b // forgotten
			return p.Demux.Close()
		}
	}},
	{"W13", "a Wake after Close writes to the number that was its own", func(h *plantedHost, p *planted) {
		fd := p.Demux.(demux.Handler).Handle()
		p.wake = func() error {
			err := p.Demux.Wake()
			if errors.Is(err, demux.ErrClosed) {
				_, _ = h.Write(fd, make([]byte, 8))
			}
			return err
		}
	}},
	{"W14", "tokens are found by handle", func(_ *plantedHost, p *planted) {
		tokens := make(map[demux.Token]demux.Token) // by handle
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			err := p.Demux.Register(h, demux.Token(h), want, mode)
			if err == nil {
				tokens[demux.Token(h)] = tok
			}
			return err
		}
		p.modify = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			err := p.Demux.Modify(h, demux.Token(h), want, mode)
			if err == nil {
				tokens[demux.Token(h)] = tok
			}
			return err
		}
		p.wait = mapEvents(p.Demux, func(ev *demux.Event) bool {
			ev.Token = tokens[ev.Token]
			return true
		})
	}},
	{"W14", "a number that is used again cannot be registered", func(_ *plantedHost, p *planted) {
		known := make(map[demux.Handle]bool)
		p.register = func(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
			if known[h] {
				if err := p.Demux.Register(h, tok, want, mode); err != nil {
					return err
				}
				_ = p.Demux.Deregister(h)
				return syscall.EINVAL
			}
			err := p.Demux.Register(h, tok, want, mode)
			known[h] = err == nil
			return err
		}
		p.deregister = func(h demux.Handle) error {
			delete(known, h)
			return p.Demux.Deregister(h)
		}
	}},
}

// judgePlanted runs every case of rule on the planted demux.
func judgePlanted(rule string, plant func(*plantedHost, demux.Demux) demux.Demux) []demuxFailure {
	var failures []demuxFailure
	for _, r := range demuxSuite {
		if r.rule != rule {
			continue
		}
		for _, tc := range r.cases {
			h := &plantedHost{Kernel: fakedemux.New(nil), plant: plant}
			failures = append(failures, runDemuxCase(h, r.rule, tc, demuxPatience).failures...)
		}
	}
	return failures
}

func TestDemuxFindsPlantedBugs(t *testing.T) {
	caught := make(map[string]bool)
	for _, p := range plants {
		t.Run(p.rule+"-"+strings.ReplaceAll(p.why, " ", "-"), func(t *testing.T) {
			failures := judgePlanted(p.rule, func(h *plantedHost, d demux.Demux) demux.Demux {
				broken := &planted{Demux: d}
				p.make(h, broken)
				return broken
			})
			for _, f := range failures {
				if f.rule == p.rule {
					caught[p.rule] = true
					return
				}
			}
			t.Errorf("%s: %s: not found, the failures are %v", p.rule, p.why, failures)
		})
	}
	for _, r := range demuxSuite {
		if !caught[r.rule] {
			t.Errorf("rule %s has caught nothing", r.rule)
		}
	}
}

func TestDemuxPassesTheWrapper(t *testing.T) {
	for _, r := range demuxSuite {
		for _, f := range judgePlanted(r.rule, func(_ *plantedHost, d demux.Demux) demux.Demux { return &planted{Demux: d} }) {
			t.Errorf("a wrapper without a bug: %v", f)
		}
	}
}

// TestDemuxOnManyTapes runs the suite on kernels that use their freedom. A case
// that fails here asks for more than the contract promises, or the simulated
// kernel does something that its counterpart cannot.
func TestDemuxOnManyTapes(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		t.Run(dialect, func(t *testing.T) {
			for _, plan := range []fakedemux.Plan{{}, fakedemux.DefaultPlan, {Mode: fakedemux.POSIX, Faults: 3}} {
				demuxOnManyTapes(t, dialect, plan)
			}
		})
	}
}

func demuxOnManyTapes(t *testing.T, dialect string, plan fakedemux.Plan) {
	t.Helper()
	const runs = 10
	for _, r := range demuxSuite {
		for _, tc := range r.cases {
			strategy := scheduler.NewSearch(1)
			for run := range runs {
				k := fakedemux.New(&fakedemux.Options{Dialect: dialect, Plan: &plan})
				strategy.Begin(run)
				k.Reset(strategy)
				for _, f := range runDemuxCase(k, r.rule, tc, demuxPatience).failures {
					t.Errorf("%s/%s, plan %v, run %d: %v", r.rule, tc.name, plan, run, f)
				}
			}
		}
	}
}

// hung is a demux whose Wait never returns, on a host without tasks.
type hung struct{ demux.Demux }

func (hung) Wait([]demux.Event, time.Duration) (int, error) { select {} }

type hungHost struct{ *fakedemux.Kernel }

func (h hungHost) Open() (demux.Demux, error) {
	d, err := h.Kernel.Open()
	return hung{d}, err
}

func (hungHost) Run(main func()) error {
	main()
	return nil
}

func TestDemuxEndsAHang(t *testing.T) {
	c := demuxCase{"hang", func(c *demuxCheck) { c.wait(c.open(), make([]demux.Event, 1), 0) }}
	got := runDemuxCase(hungHost{fakedemux.New(nil)}, "W1", c, time.Millisecond)
	if len(got.failures) != 1 || !strings.Contains(got.failures[0].text, "hangs") {
		t.Errorf("a Wait that never returns: got %v, want one failure that says so", got.failures)
	}
}

func TestDemuxFailureNamesRuleAndPlace(t *testing.T) {
	failures := judgePlanted("W4", func(_ *plantedHost, d demux.Demux) demux.Demux {
		p := &planted{Demux: d}
		p.wait = mapEvents(d, func(*demux.Event) bool { return false })
		return p
	})
	if len(failures) == 0 {
		t.Fatal("no failure")
	}
	got := failures[0].String()
	for _, want := range []string{"W4: ", "rule: While the condition of a level registration holds", "demux_modes.go:"} {
		if !strings.Contains(got, want) {
			t.Errorf("the failure lacks %q:\n%s", want, got)
		}
	}
}

func TestDemuxPanicIsAFailure(t *testing.T) {
	c := demuxCase{"panic", func(c *demuxCheck) {
		task := c.start("task", func() { panic("in a task") })
		c.join(task)
		panic("in the case")
	}}
	got := runDemuxCase(fakedemux.New(nil), "W1", c, demuxPatience)
	text := fmt.Sprint(got.failures)
	if len(got.failures) != 2 || !strings.Contains(text, "in a task") || !strings.Contains(text, "in the case") {
		t.Errorf("got %v, want both panics", got.failures)
	}
}

// TestDemuxRulesAreTheContracts holds the sentences of the failure messages
// against the package documentation.
func TestDemuxRulesAreTheContracts(t *testing.T) {
	source, err := os.ReadFile("../../demux/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.Join(strings.Fields(strings.ReplaceAll(string(source), "\n//", "\n")), " ")
	for i, r := range DemuxRules() {
		if want := fmt.Sprintf("W%d", i+1); r.Name != want || demuxSuite[i].rule != want {
			t.Errorf("rule %d is %s, with the cases of %s", i+1, r.Name, demuxSuite[i].rule)
		}
		if !regexp.MustCompile(r.Name + `, [^.]+\. ` + regexp.QuoteMeta(r.Rule)).MatchString(doc) {
			t.Errorf("%s: package demux does not say %q", r.Name, r.Rule)
		}
		if r.Must == (r.Name == "W10") || r.Why == "" {
			t.Errorf("%s: Must %v, Why %q", r.Name, r.Must, r.Why)
		}
	}
}
