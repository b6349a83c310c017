package eventloop_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"reactortest/demux"
)

func TestForeignDemux(t *testing.T) {
	valid := demux.Event{Token: 0, Ready: demux.Readable} // of the first slot's first registration
	tests := []struct {
		why   string
		batch []demux.Event
		claim int
		err   string // in the error's text
		calls int
	}{
		{why: "more events than there is room for", batch: []demux.Event{valid}, claim: 129, err: "W1"},
		{why: "a negative number of events", batch: []demux.Event{valid}, claim: -1, err: "W1"},
		{why: "a token that nobody has had", batch: []demux.Event{{Token: 77, Ready: demux.Readable}}, err: "0x4d"},
		{why: "NoToken", batch: []demux.Event{{Token: demux.NoToken, Ready: demux.Readable}}, err: "0xffffffffffffffff"},
		{why: "a generation that is not there yet", batch: []demux.Event{{Token: 1 << 32, Ready: demux.Readable}}},
		{why: "a completion that nobody submitted", batch: []demux.Event{{Op: &demux.Op{}}}, err: "O1"},
		{why: "what comes behind a bad event is served in the next iteration", batch: []demux.Event{{Token: 77}, valid}, err: "0x4d", calls: 1},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			s := newStub()
			l := open(t, s, nil)
			calls := 0
			watch(t, l, 1, func(demux.Event) { calls++ })
			s.script, s.claim = [][]demux.Event{test.batch}, test.claim
			_, err := l.RunOnce(0)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error: %v, want one with %q", err, test.err)
			}
			once(t, l)
			if calls != test.calls {
				t.Errorf("the handler ran %d times, want %d", calls, test.calls)
			}
		})
	}
}

func TestWaitError(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	s.waitErr = errors.New("no memory")
	if err := l.Run(context.Background()); !errors.Is(err, s.waitErr) {
		t.Errorf("Run: %v, want the error of Wait", err)
	}
	s.waitErr = nil
	calls := 0
	l.AfterFunc(0, func() { calls++; must(t, l.Close()) })
	must(t, l.Run(context.Background()))
	if calls != 1 {
		t.Error("the loop did not go on after an error")
	}
}
