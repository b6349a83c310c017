package demuxsuite

import (
	"errors"
	"syscall"
	"time"

	"reactortest/demux"
)

// morePlants break W7 to W14.
var morePlants = []plant{
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
