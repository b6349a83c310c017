package demuxsuite

import (
	"errors"
	"time"

	"reactortest/demux"
)

// plants break W1 to W6.
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
	{"W2", "timeouts are doubled", func(_ *plantedHost, p *planted) {
		p.wait = func(dst []demux.Event, timeout time.Duration) (int, error) {
			if timeout > 0 && timeout < time.Hour {
				timeout *= 2
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
}
