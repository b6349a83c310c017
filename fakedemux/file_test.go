package fakedemux_test

import (
	"math"
	"testing"

	"reactortest/demux/epoll"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
)

// TestOpenLooksForANumberFirst: at the limit nothing is made; do_sys_openat2, Linux 6.18.
func TestOpenLooksForANumberFirst(t *testing.T) {
	const create, directory = 0x40, 0x10000
	k := direct(fakedemux.Options{Descriptors: 2})
	l := k.Linux()
	if _, _, e := l.Pipe2(0); e != 0 {
		t.Fatal(e)
	}
	for _, path := range []string{"/new", "/nowhere/new"} {
		if _, e := l.Open(path, create); e != epoll.EMFILE {
			t.Errorf("Open(%q) at the limit: %v, want EMFILE", path, e)
		}
	}
	l.Close(0)
	if _, e := l.Open("/new", 0); e != epoll.ENOENT {
		t.Errorf("the file that was not opened: %v, want ENOENT", e)
	}
	for _, path := range []string{"/tmp", "/new"} {
		if _, e := l.Open(path, create|directory); e != epoll.EINVAL {
			t.Errorf("Open(%q) with O_CREAT and O_DIRECTORY: %v, want EINVAL", path, e)
		}
	}
}

// TestFilesHaveALimit: what is beyond it is refused, and nothing is written.
func TestFilesHaveALimit(t *testing.T) {
	k := direct(fakedemux.Options{Dialect: "kqueue-freebsd"})
	b := k.BSD()
	fd, e := b.Open("big", fakedemux.BSDOpenCreate|fakedemux.BSDOpenBoth)
	if e != 0 {
		t.Fatal(e)
	}
	if e := b.Ftruncate(fd, math.MaxInt); e != kqueue.EFBIG {
		t.Errorf("Ftruncate to the largest size: %v, want EFBIG", e)
	}
	if _, e := b.Lseek(fd, math.MaxInt); e != 0 {
		t.Fatal(e)
	}
	if n, e := b.Write(fd, []byte("x")); e != kqueue.EFBIG {
		t.Errorf("a write there: %d, %v, want EFBIG", n, e)
	}
}

// TestBSDOpensNoSocket: open(2) of the BSDs, EOPNOTSUPP.
func TestBSDOpensNoSocket(t *testing.T) {
	for _, dialect := range []string{"kqueue-freebsd", "kqueue-darwin"} {
		k := direct(fakedemux.Options{Dialect: dialect})
		l := k.Linux()
		s, _ := l.Socket(fakedemux.FamilyUnix, fakedemux.TypeStream)
		if e := l.Bind(s, fakedemux.Sockaddr{Family: fakedemux.FamilyUnix, Path: "/socket"}); e != 0 {
			t.Fatal(e)
		}
		if fd, e := k.BSD().Open("/socket", fakedemux.BSDOpenRead); e.Name() != "EOPNOTSUPP" {
			t.Errorf("%s: Open of a socket: %d, %v, want EOPNOTSUPP", dialect, fd, e)
		}
	}
}
