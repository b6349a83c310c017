package frame_test

import (
	"errors"
	"slices"
	"testing"

	"reactortest/demux"
	"reactortest/demux/frame"
)

func TestDirections(t *testing.T) {
	var d frame.Directions
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
