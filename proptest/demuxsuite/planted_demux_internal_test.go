package demuxsuite

import (
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
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

// judgePlanted runs every case of rule on the planted demux.
func judgePlanted(rule string, plant func(*plantedHost, demux.Demux) demux.Demux) []violation {
	var failures []violation
	for _, r := range readinessSuite {
		if r.rule != rule {
			continue
		}
		for _, tc := range r.cases {
			h := &plantedHost{Kernel: fakedemux.New(nil), plant: plant}
			failures = append(failures, runCase(h, r.rule, tc, defaultPatience).failures...)
		}
	}
	return failures
}

func TestDemuxFindsPlantedBugs(t *testing.T) {
	caught := make(map[string]bool)
	for _, p := range slices.Concat(plants, morePlants) {
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
	for _, r := range readinessSuite {
		if !caught[r.rule] {
			t.Errorf("rule %s has caught nothing", r.rule)
		}
	}
}

func TestDemuxPassesTheWrapper(t *testing.T) {
	for _, r := range readinessSuite {
		for _, f := range judgePlanted(r.rule, func(_ *plantedHost, d demux.Demux) demux.Demux { return &planted{Demux: d} }) {
			t.Errorf("a wrapper without a bug: %v", f)
		}
	}
}
