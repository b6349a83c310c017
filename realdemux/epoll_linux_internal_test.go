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
