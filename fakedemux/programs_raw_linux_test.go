//go:build amd64 || arm64

package fakedemux_test

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// The calls that whole programs make, as the running kernel has them.

func (raw) SocketProtocol(family, typ, protocol int) (int, epoll.Errno) {
	return call(unix.SYS_SOCKET, uintptr(family), uintptr(typ), uintptr(protocol))
}

func (raw) Dup2(fd, to int) (int, epoll.Errno) {
	if int32(fd) == int32(to) { // there is no dup2 on arm64; see dup2(3)
		if _, e := call(unix.SYS_FCNTL, uintptr(fd), unix.F_GETFD); e != 0 {
			return -1, e
		}
		return int(int32(to)), 0
	}
	return call(unix.SYS_DUP3, uintptr(fd), uintptr(to), 0)
}

func (raw) Dup3(fd, to, flags int) (int, epoll.Errno) {
	return call(unix.SYS_DUP3, uintptr(fd), uintptr(to), uintptr(flags))
}

func (raw) Fcntl(fd, cmd, arg int) (int, epoll.Errno) {
	return call(unix.SYS_FCNTL, uintptr(fd), uintptr(cmd), uintptr(arg))
}

func (raw) Ioctl(fd, request, arg int) (int, epoll.Errno) {
	v := int32(arg)
	stores := request == fakedemux.IoctlUnread || request == fakedemux.IoctlUnsent
	if stores {
		v = 0
	}
	n, e := call(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&v)))
	if stores && e == 0 {
		n = int(v)
	}
	return n, e
}

func (raw) Setsockopt(fd, level, name int, value []byte) epoll.Errno {
	_, e := call(unix.SYS_SETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name), uintptr(unsafe.Pointer(unsafe.SliceData(value))), uintptr(len(value)))
	return e
}

func (raw) Getsockopt(fd, level, name int, value []byte) (int, epoll.Errno) {
	size := int32(len(value))
	if _, e := call(unix.SYS_GETSOCKOPT, uintptr(fd), uintptr(level), uintptr(name), uintptr(unsafe.Pointer(unsafe.SliceData(value))), uintptr(unsafe.Pointer(&size))); e != 0 {
		return -1, e
	}
	return int(size), 0
}

func (raw) Getrlimit(resource int) (limit fakedemux.Rlimit, e epoll.Errno) {
	_, e = call(unix.SYS_PRLIMIT64, 0, uintptr(resource), 0, uintptr(unsafe.Pointer(&limit)))
	return limit, e
}

func (raw) Lseek(fd int, offset int64, whence int) (int64, epoll.Errno) {
	n, e := call(unix.SYS_LSEEK, uintptr(fd), uintptr(offset), uintptr(whence))
	return int64(n), e
}

func (raw) Open(path string, flags int) (int, epoll.Errno) {
	name := append([]byte(path), 0)
	at := unix.AT_FDCWD
	return call(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(unsafe.SliceData(name))), uintptr(flags), 0o600)
}

func (raw) Unlink(path string) epoll.Errno {
	name := append([]byte(path), 0)
	at := unix.AT_FDCWD
	_, e := call(unix.SYS_UNLINKAT, uintptr(at), uintptr(unsafe.Pointer(unsafe.SliceData(name))), 0)
	return e
}

func iovecs(vectors [][]byte) []unix.Iovec {
	all := make([]unix.Iovec, len(vectors))
	for i, v := range vectors {
		all[i].Base = unsafe.SliceData(v)
		all[i].SetLen(len(v))
	}
	return all
}

func (raw) Readv(fd int, vectors [][]byte) (int, epoll.Errno) {
	v := iovecs(vectors)
	return call(unix.SYS_READV, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(v))), uintptr(len(v)))
}

func (raw) Writev(fd int, vectors [][]byte) (int, epoll.Errno) {
	v := iovecs(vectors)
	return call(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(v))), uintptr(len(v)))
}

func (r raw) Sendmsg(fd int, m *fakedemux.Message, flags int) (int, epoll.Errno) {
	v := iovecs(m.Vectors)
	h := unix.Msghdr{Iov: unsafe.SliceData(v)}
	h.SetIovlen(len(v))
	var name []byte
	if m.Name != (fakedemux.Sockaddr{}) {
		name = r.address(fd, m.Name)
		h.Name, h.Namelen = unsafe.SliceData(name), uint32(len(name))
	}
	return call(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&h)), uintptr(flags|unix.MSG_NOSIGNAL))
}

func (raw) Recvmsg(fd int, m *fakedemux.Message, flags int) (int, epoll.Errno) {
	v := iovecs(m.Vectors)
	var name [128]byte
	h := unix.Msghdr{Iov: unsafe.SliceData(v), Name: &name[0], Namelen: uint32(len(name))}
	h.SetIovlen(len(v))
	n, e := call(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&h)), uintptr(flags))
	if e == 0 {
		m.Name, m.Flags = parseAddress(name[:h.Namelen]), int(h.Flags)
	}
	return n, e
}

func (raw) Sendfile(out, in int, offset *int64, count int) (int, epoll.Errno) {
	return call(unix.SYS_SENDFILE, uintptr(out), uintptr(in), uintptr(unsafe.Pointer(offset)), uintptr(count))
}
