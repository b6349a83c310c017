//go:build linux

package realdemux

import (
	"testing"

	"reactortest/demux/epoll"
)

func TestEpollCtlWithoutAnEvent(t *testing.T) {
	calls := newCalls()
	epfd, e := calls.EpollCreate1(0)
	if e != 0 {
		t.Fatal(e)
	}
	defer calls.Close(epfd)
	fd, e := calls.Eventfd(0, 0)
	if e != 0 {
		t.Fatal(e)
	}
	defer calls.Close(fd)
	for _, tt := range []struct {
		why  string
		op   int
		want epoll.Errno
	}{
		{"a registration is of something", epoll.CtlAdd, epoll.EFAULT},
		{"so is another", epoll.CtlMod, epoll.EFAULT},
		{"its end is of nothing", epoll.CtlDel, epoll.ENOENT},
	} {
		if got := calls.EpollCtl(epfd, tt.op, fd, nil); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.why, got, tt.want)
		}
	}
}

// TestEarlyWake has Wakes before a wait sleeps. A write to a closed descriptor would fail.
func TestEarlyWake(t *testing.T) {
	calls := newCalls()
	fd, e := calls.Eventfd(0, epoll.NonBlock)
	if e != 0 {
		t.Fatal(e)
	}
	if e := calls.Close(fd); e != 0 {
		t.Fatal(e)
	}
	wake := func() epoll.Errno {
		_, e := calls.Write(fd, make([]byte, 8))
		return e
	}
	if e := wake(); e != epoll.EBADF {
		t.Errorf("before: %v, want a write", e)
	}
	calls.early.open()
	if calls.early.isTold() {
		t.Error("told of a Wake that wrote")
	}
	for range 2 {
		if e := wake(); e != 0 {
			t.Errorf("between open and close: %v, want no write", e)
		}
	}
	if !calls.early.isTold() || !calls.early.close() {
		t.Error("the wait was not told")
	}
	if e := wake(); e != epoll.EBADF {
		t.Errorf("after: %v, want a write", e)
	}
	calls.early.open()
	if calls.early.close() {
		t.Error("told again of a Wake")
	}
}
