package demux_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"reactortest/demux"
)

func TestCheckOp(t *testing.T) {
	lends := demux.Traits{Lends: true}
	read := func(buf []byte) *demux.Op { return &demux.Op{Kind: demux.OpRead, Buf: buf} }
	for _, tt := range []struct {
		why    string
		traits demux.Traits
		op     *demux.Op
		tok    demux.Token
		panics string // what the panic says, "" for none
		err    error
	}{
		{why: "a read", op: read(make([]byte, 1))},
		{why: "an empty buffer is one", op: read([]byte{})},
		{why: "the largest token", op: read([]byte{}), tok: demux.NoToken - 1},
		{why: "no buffer, and none is lent", op: read(nil), err: errors.ErrUnsupported},
		{why: "no buffer, and one is lent", traits: lends, op: read(nil)},
		{why: "an accept has no buffer", op: &demux.Op{Kind: demux.OpAccept}},
		{why: "no operation", panics: "nil Op"},
		{why: "the reserved token", op: read([]byte{}), tok: demux.NoToken, panics: "NoToken"},
		{why: "a kind below the first", op: &demux.Op{}, panics: "unknown kind 0"},
		{why: "a kind beyond the last", op: &demux.Op{Kind: demux.OpConnect + 1}, panics: "unknown kind 5"},
		{why: "a mistake comes before a refusal", op: read(nil), tok: demux.NoToken, panics: "NoToken"},
	} {
		var err error
		panicked := func() (text string) {
			defer func() { text, _ = recover().(string) }()
			err = tt.traits.CheckOp(tt.op, tt.tok)
			return ""
		}()
		if (tt.panics == "") != (panicked == "") || !strings.Contains(panicked, tt.panics) {
			t.Errorf("%s: panic %q, want one with %q", tt.why, panicked, tt.panics)
		}
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: got error %v, want %v", tt.why, err, tt.err)
		}
	}
}

func TestDirections(t *testing.T) {
	var d demux.Directions
	ops := map[demux.OpKind]*demux.Op{}
	for kind := demux.OpRead; kind <= demux.OpConnect; kind++ {
		ops[kind] = &demux.Op{Kind: kind}
	}
	for _, tt := range []struct {
		why      string
		occupies demux.OpKind
		inFlight bool
		refuses  []demux.OpKind
	}{
		{"an accept is no direction", demux.OpAccept, true, nil},
		{"one read", demux.OpRead, true, []demux.OpKind{demux.OpRead}},
		{"and one write beside it", demux.OpWrite, true, []demux.OpKind{demux.OpRead, demux.OpWrite}},
		{"the read is over", demux.OpRead, false, []demux.OpKind{demux.OpWrite}},
		{"the write too", demux.OpWrite, false, nil},
	} {
		d.Occupy(ops[tt.occupies], tt.inFlight)
		var refused []demux.OpKind
		for kind := demux.OpRead; kind <= demux.OpConnect; kind++ {
			if err := d.Check(ops[kind]); errors.Is(err, errors.ErrUnsupported) {
				refused = append(refused, kind)
			} else if err != nil {
				t.Errorf("%s: %v", tt.why, err)
			}
		}
		if !slices.Equal(refused, tt.refuses) {
			t.Errorf("%s: refused are %v, want %v", tt.why, refused, tt.refuses)
		}
	}
}
