package frame

import "testing"

func TestLife(t *testing.T) {
	var l life
	if !l.enter(theUser) || !l.enter(anybody) {
		t.Fatal("an open demux lets nobody in")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a second user is let in")
			}
		}()
		l.enter(theUser)
	}()
	if first, user := l.close(); !first || !user || !l.isClosed() {
		t.Errorf("Close: first %v, user %v", first, user)
	}
	if first, _ := l.close(); first {
		t.Error("a second Close is the first")
	}
	if l.enter(anybody) {
		t.Error("a closed demux lets somebody in")
	}
	for _, row := range []struct {
		why  string
		as   role
		last bool
	}{
		{"the user leaves, and two are inside", theUser, false},
		{"a Wake leaves, and Close is inside", anybody, false},
		{"Close leaves last", anybody, true},
	} {
		if closed, last := l.leave(row.as); !closed || last != row.last {
			t.Errorf("%s: closed %v, last %v", row.why, closed, last)
		}
	}
}
