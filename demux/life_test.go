package demux_test

import (
	"testing"

	"reactortest/demux"
)

func TestLife(t *testing.T) {
	var l demux.Life
	if !l.Enter(demux.TheUser) || !l.Enter(demux.Anybody) {
		t.Fatal("an open demux lets nobody in")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a second user is let in")
			}
		}()
		l.Enter(demux.TheUser)
	}()
	if first, user := l.Close(); !first || !user || !l.Closed() {
		t.Errorf("Close: first %v, user %v", first, user)
	}
	if first, _ := l.Close(); first {
		t.Error("a second Close is the first")
	}
	if l.Enter(demux.Anybody) {
		t.Error("a closed demux lets somebody in")
	}
	for _, row := range []struct {
		why  string
		as   demux.Role
		last bool
	}{
		{"the user leaves, and two are inside", demux.TheUser, false},
		{"a Wake leaves, and Close is inside", demux.Anybody, false},
		{"Close leaves last", demux.Anybody, true},
	} {
		if closed, last := l.Leave(row.as); !closed || last != row.last {
			t.Errorf("%s: closed %v, last %v", row.why, closed, last)
		}
	}
}
