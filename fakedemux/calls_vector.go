package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/epolls"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/kqueues"
	"reactortest/fakedemux/internal/objects"
)

// Readv is readv(2).
func (l Linux) Readv(fd int, vectors [][]byte) (int, epoll.Errno) {
	k := l.k
	if f, done := l.vectored("readv", fd, vectors, true); done {
		return zeroOr(f)
	}
	b, own := k.space(vectors)
	n, f := k.readFile(fd, b)
	scatter(vectors, own, n)
	k.system.GiveBytes(own)
	if f != errno.OK {
		return -1, f.Linux()
	}
	return n, 0
}

// Writev is writev(2). It writes the vectors as one, except to an eventfd, which
// takes them one by one.
func (l Linux) Writev(fd int, vectors [][]byte) (int, epoll.Errno) {
	n, f := l.k.writev(fd, vectors)
	if f != errno.OK {
		return -1, f.Linux()
	}
	return n, 0
}

// writev is writev(2) of Linux.
func (k *Kernel) writev(fd int, vectors [][]byte) (int, errno.Failure) {
	if f, done := k.Linux().vectored("writev", fd, vectors, false); done {
		return 0, f
	}
	if d := k.system.Lookup(fd); d != nil {
		if _, counter := d.Object.(*objects.Eventfd); counter {
			return k.writeEach(fd, vectors)
		}
	}
	b, own := k.gather(vectors)
	n, f := k.writeFile(fd, b)
	k.system.GiveBytes(own)
	return n, f
}

// writeEach writes vectors one by one; do_loop_readv_writev, Linux 6.18.
func (k *Kernel) writeEach(fd int, vectors [][]byte) (int, errno.Failure) {
	done := 0
	for i, v := range vectors {
		if len(v) == 0 && i > 0 {
			continue
		}
		n, f := k.writeFile(fd, v)
		switch {
		case f != errno.OK && done == 0:
			return 0, f
		case f != errno.OK:
			return done, errno.OK
		}
		done += n
	}
	return done, errno.OK
}

func zeroOr(f errno.Failure) (int, epoll.Errno) {
	if f != errno.OK {
		return -1, f.Linux()
	}
	return 0, 0
}

// vectored answers a call whose vectors are none or empty, which asks the object for
// nothing; vfs_readv, Linux 6.18.
func (l Linux) vectored(name string, fd int, vectors [][]byte, reads bool) (f errno.Failure, done bool) {
	for _, v := range vectors {
		if len(v) > 0 && len(vectors) <= maxVectors {
			return errno.OK, false
		}
	}
	d := l.k.system.Step(name, fd, reads)
	if d == nil {
		return errno.BadFile, true
	}
	if reads && !objects.CanRead(d.Object) || !reads && !objects.CanWrite(d.Object) {
		return errno.BadFile, true
	}
	switch d.Object.(type) {
	case *epolls.Instance, *kqueues.Instance:
		return errno.Invalid, true
	case *objects.Timerfd:
		if !reads {
			return errno.Invalid, true
		}
	}
	if len(vectors) > maxVectors {
		return errno.Invalid, true
	}
	return errno.OK, true
}

// gather returns the bytes of vectors, and the memory that GiveBytes takes back.
func (k *Kernel) gather(vectors [][]byte) (b, own []byte) {
	if len(vectors) == 1 {
		return vectors[0], nil
	}
	own = k.system.TakeBytes(size(vectors))[:0]
	for _, v := range vectors {
		own = append(own, v...)
	}
	return own, own
}

// space returns room for what vectors hold, and the memory that scatter reads and
// GiveBytes takes back.
func (k *Kernel) space(vectors [][]byte) (b, own []byte) {
	if len(vectors) == 1 {
		return vectors[0], nil
	}
	own = k.system.TakeBytes(size(vectors))
	return own, own
}

// scatter moves n bytes of own to vectors.
func scatter(vectors [][]byte, own []byte, n int) {
	rest := own[:min(max(n, 0), len(own))]
	for _, v := range vectors {
		rest = rest[copy(v, rest):]
		if len(rest) == 0 {
			return
		}
	}
}

func size(vectors [][]byte) int {
	n := 0
	for _, v := range vectors {
		n += len(v)
	}
	return n
}
