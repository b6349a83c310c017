package demuxsuite_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/demuxsuite"
)

// scripted is a demux that answers what it is told.
type scripted struct {
	traits demux.Traits
	events []demux.Event // of the next Wait
	n      int           // added to what Wait returns
	err    error         // of the next call
}

func (s *scripted) Register(demux.Handle, demux.Token, demux.Ready, demux.Mode) error {
	return s.take()
}

func (s *scripted) Modify(demux.Handle, demux.Token, demux.Ready, demux.Mode) error { return s.take() }

func (s *scripted) Deregister(demux.Handle) error { return s.take() }

func (s *scripted) Wake() error { return s.take() }

func (s *scripted) Close() error { return s.take() }

func (s *scripted) Traits() demux.Traits { return s.traits }

func (s *scripted) Wait(dst []demux.Event, _ time.Duration) (int, error) {
	n := copy(dst, s.events) + s.n
	s.events, s.n = nil, 0
	return n, s.take()
}

func (s *scripted) take() error {
	err := s.err
	s.err = nil
	return err
}

// A step makes a call on d, after it has told s what to answer.
type step func(s *scripted, d demux.Demux)

func reg(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode, err error) step {
	return func(s *scripted, d demux.Demux) {
		s.err = err
		_ = d.Register(h, tok, want, mode)
	}
}

func mod(tok demux.Token, mode demux.Mode, err error) step {
	return func(s *scripted, d demux.Demux) {
		s.err = err
		_ = d.Modify(3, tok, demux.Readable, mode)
	}
}

func dereg(err error) step {
	return func(s *scripted, d demux.Demux) {
		s.err = err
		_ = d.Deregister(3)
	}
}

func reports(events ...demux.Event) step {
	return func(s *scripted, d demux.Demux) {
		s.events = events
		_, _ = d.Wait(make([]demux.Event, 4), 0)
	}
}

func ev(tok demux.Token, ready demux.Ready) demux.Event { return demux.Event{Token: tok, Ready: ready} }

func TestCheckContract(t *testing.T) {
	const (
		r, w, h, f = demux.Readable, demux.Writable, demux.Hangup, demux.Failed
		level      = demux.Level
	)
	all := demux.Traits{Name: "scripted", Level: true, Edge: true, Oneshot: true, Merged: true, Unasked: h | f}
	apart := all
	apart.Merged, apart.Unasked = false, 0
	levelOnly := demux.Traits{Level: true, Merged: true}
	closing := func(_ *scripted, d demux.Demux) { _ = d.Close() }
	for _, tt := range []struct {
		why    string
		traits demux.Traits
		before []step
		last   step
		rule   string // the one that is reported, "" for none
		says   string // and a part of what is reported
	}{
		{"level, twice", all, []step{reg(3, 1, r|w, level, nil), reports(ev(1, r))}, reports(ev(1, r|w)), "", ""},
		{"an event of nobody", all, nil, reports(ev(1, r)), "W10", "never registered"},
		{"the wake's own event", all, nil, reports(ev(demux.NoToken, r)), "W10", "never registered"},
		{"a completion that nobody submitted", all, nil, reports(demux.Event{Token: 1, Op: new(demux.Op)}), "O1", "operation"},
		{"no condition", all, []step{reg(3, 1, r, level, nil)}, reports(ev(1, 0)), "W1", "no condition"},
		{"bits that are no condition", all, []step{reg(3, 1, r, level, nil)}, reports(ev(1, 1<<6)), "W8", "no condition"},
		{"what is not wanted", all, []step{reg(3, 1, r, level, nil)}, reports(ev(1, r|w)), "W8", "not wanted"},
		{"a hang-up alone", all, []step{reg(3, 1, r, level, nil)}, reports(ev(1, h)), "W8", "lacks"},
		{"a hang-up with one of two", all, []step{reg(3, 1, r|w, level, nil)}, reports(ev(1, h|r)), "W8", "lacks"},
		{"a hang-up with the one it concerns", apart, []step{reg(3, 1, r|w, level, nil)}, reports(ev(1, h|r)), "", ""},
		{"a hang-up with neither", apart, []step{reg(3, 1, r|w, level, nil)}, reports(ev(1, h)), "W8", "lacks"},
		{"unasked, as Traits says", all, []step{reg(3, 1, 0, level, nil)}, reports(ev(1, h)), "", ""},
		{"unasked, as Traits denies", apart, []step{reg(3, 1, 0, level, nil)}, reports(ev(1, h)), "W8", "asked for"},
		{"the second in a batch", all, []step{reg(3, 1, r|w, level, nil)}, reports(ev(1, r), ev(1, w)), "W7", "second"},
		{"two directions where they are apart", apart, []step{reg(3, 1, r|w, level, nil)}, reports(ev(1, r), ev(1, w)), "", ""},
		{"two registrations with one token", all, []step{reg(3, 1, r, level, nil), reg(4, 1, r, level, nil)}, reports(ev(1, r), ev(1, r)), "", ""},
		{"three events of two registrations", all, []step{reg(3, 1, r, level, nil), reg(4, 1, r, level, nil)}, reports(ev(1, r), ev(1, r), ev(1, r)), "W7", "second"},
		{"the second of a oneshot", all, []step{reg(3, 1, r, demux.Oneshot, nil), reports(ev(1, r))}, reports(ev(1, r)), "W6", "second"},
		{"both halves of a oneshot: one event, and not one a direction", apart, []step{reg(3, 1, r|w, demux.Oneshot, nil)}, reports(ev(1, r), ev(1, w)), "W6", "second"},
		{"the half of a oneshot in a later batch", apart, []step{reg(3, 1, r|w, demux.Oneshot, nil), reports(ev(1, r))}, reports(ev(1, w)), "W6", "second"},
		{"a oneshot after Modify", all, []step{reg(3, 1, r, demux.Oneshot, nil), reports(ev(1, r)), mod(1, demux.Oneshot, nil)}, reports(ev(1, r)), "", ""},
		{"an event after Deregister", all, []step{reg(3, 1, r, level, nil), dereg(nil)}, reports(ev(1, r)), "W9", "no longer in use"},
		{"the old token after Modify", all, []step{reg(3, 1, r, level, nil), mod(2, level, nil)}, reports(ev(1, r)), "W9", "no longer in use"},
		{"the new token after Modify", all, []step{reg(3, 1, r, level, nil), mod(2, level, nil)}, reports(ev(2, r)), "", ""},
		{"a handle that was closed lives on", all, []step{reg(3, 1, r, level, nil), dereg(demux.ErrNotFound)}, reports(ev(1, r)), "", ""},
		{"a number that came back", all, []step{reg(3, 1, r, level, nil), reg(3, 2, r, level, nil)}, reports(ev(1, r), ev(2, r)), "", ""},
		{"ErrExists of an unregistered handle", all, nil, reg(3, 1, r, level, demux.ErrExists), "W12", "not registered"},
		{"ErrExists of a registered one", all, []step{reg(3, 1, r, level, nil)}, reg(3, 2, r, level, demux.ErrExists), "", ""},
		{"ErrNotFound of Register", all, nil, reg(3, 1, r, level, demux.ErrNotFound), "W12", "ErrNotFound"},
		{"ErrExists of Modify", all, []step{reg(3, 1, r, level, nil)}, mod(1, level, demux.ErrExists), "W12", "ErrExists"},
		{"Modify of an unregistered handle", all, nil, mod(1, level, nil), "W12", "not registered"},
		{"Deregister of an unregistered handle", all, nil, dereg(nil), "W12", "not registered"},
		{"a second Deregister", all, []step{reg(3, 1, r, level, nil), dereg(nil)}, dereg(nil), "W12", "not registered"},
		{"the system's error is nobody's fault", all, nil, reg(3, 1, r, level, syscall.ENOSPC), "", ""},
		{"a mode that is denied and taken", levelOnly, nil, reg(3, 1, r, demux.Edge, nil), "W3", "denies"},
		{"a mode that is denied and refused", levelOnly, nil, reg(3, 1, r, demux.Edge, errors.ErrUnsupported), "", ""},
		{"a mode that is denied and modified to", levelOnly, []step{reg(3, 1, r, level, nil)}, mod(1, demux.Oneshot, demux.ErrNotFound), "W3", "denies"},
		{"Hangup wanted", all, nil, reg(3, 1, h, level, syscall.EINVAL), "W3", "must panic"},
		{"NoToken", all, []step{reg(3, 1, r, level, nil)}, mod(demux.NoToken, level, nil), "W3", "must panic"},
		{"unknown mode bits", all, nil, reg(3, 1, r, 1<<5, nil), "W3", "must panic"},
		{"no room for events", all, nil, func(_ *scripted, d demux.Demux) { _, _ = d.Wait(nil, 0) }, "W3", "must panic"},
		{"more events than there is room for", all, nil, func(s *scripted, d demux.Demux) {
			s.n = 5
			n, _ := d.Wait(make([]demux.Event, 4), 0)
			if n != 4 {
				panic("n was not cut")
			}
		}, "W1", "n = 5"},
		{"fewer than none", all, nil, func(s *scripted, d demux.Demux) {
			s.n = -1
			_, _ = d.Wait(make([]demux.Event, 4), 0)
		}, "W1", "n = -1"},
		{"events and an error", all, []step{reg(3, 1, r, level, nil)}, func(s *scripted, d demux.Demux) {
			s.err = syscall.EINTR
			reports(ev(1, r))(s, d)
		}, "W1", "the error"},
		{"an event after Close", all, []step{reg(3, 1, r, level, nil), closing}, reports(ev(1, r)), "W13", "after Close"},
		{"a Wait after Close", all, []step{closing}, reports(), "W13", "after Close"},
		{"a Wake after Close", all, []step{closing}, func(_ *scripted, d demux.Demux) { _ = d.Wake() }, "W13", "after Close"},
		{"a second Close", all, []step{closing}, closing, "W13", "after Close"},
		{"Register after Close", all, []step{closing}, reg(3, 1, r, level, nil), "W13", "after Close"},
		{"ErrClosed after Close", all, []step{closing}, reg(3, 1, r, level, demux.ErrClosed), "", ""},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var got []string
			s := &scripted{traits: tt.traits}
			d := demuxsuite.CheckContract(s, func(rule, msg string) { got = append(got, rule+": "+msg) })
			for _, step := range tt.before {
				step(s, d)
			}
			if len(got) > 0 {
				t.Fatalf("before the last step: reported %q", got)
			}
			tt.last(s, d)
			switch {
			case tt.rule == "" && len(got) > 0:
				t.Errorf("reported %q, want nothing", got)
			case tt.rule != "" && (len(got) == 0 || !strings.HasPrefix(got[0], tt.rule+": ") || !strings.Contains(got[0], tt.says)):
				t.Errorf("reported %q, want %s and %q", got, tt.rule, tt.says)
			}
		})
	}
}

func TestCheckContractKeepsTheHandle(t *testing.T) {
	k := fakedemux.New(nil)
	inner, err := k.Open()
	if err != nil {
		t.Fatal(err)
	}
	d := demuxsuite.CheckContract(inner, func(rule, msg string) { t.Errorf("%s: %s", rule, msg) })
	if got, ok := d.(demux.Handler); !ok || got.Handle() != inner.(demux.Handler).Handle() {
		t.Error("the wrapper of a demux that has a handle does not have it")
	}
	if _, ok := demuxsuite.CheckContract(&scripted{}, nil).(demux.Handler); ok {
		t.Error("the wrapper of a demux without a handle has one")
	}
	if got, want := d.Traits(), inner.Traits(); got != want {
		t.Errorf("Traits: got %+v, want %+v", got, want)
	}
}
