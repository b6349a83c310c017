package demux_test

import (
	"errors"
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
