//go:build linux

package sim

import (
	"fmt"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// Trap is a system call that is made by number.
type Trap struct {
	Number uintptr
	Name   string
	call   func(a *[6]uintptr) (int, error)
}

// Traps returns the raw calls that the simulation answers, by number. Every other one
// fails with ENOSYS.
func Traps() []Trap { return slices.Clone(traps) }

// traps are those that every architecture has, and then those of this one.
var traps = sorted(append([]Trap{
	{unix.SYS_READ, "read", func(a *[6]uintptr) (int, error) { return Read(integer(a[0]), buffer(a[1], a[2])) }},
	{unix.SYS_WRITE, "write", func(a *[6]uintptr) (int, error) { return Write(integer(a[0]), buffer(a[1], a[2])) }},
	{unix.SYS_READV, "readv", func(a *[6]uintptr) (int, error) {
		return Readv(integer(a[0]), vectors(pointer(a[1]), int(a[2])))
	}},
	{unix.SYS_WRITEV, "writev", func(a *[6]uintptr) (int, error) {
		return Writev(integer(a[0]), vectors(pointer(a[1]), int(a[2])))
	}},
	{unix.SYS_CLOSE, "close", func(a *[6]uintptr) (int, error) { return zero(Close(integer(a[0]))) }},
	{unix.SYS_DUP, "dup", func(a *[6]uintptr) (int, error) { return Dup(integer(a[0])) }},
	{unix.SYS_DUP3, "dup3", func(a *[6]uintptr) (int, error) {
		return integer(a[1]), Dup3(integer(a[0]), integer(a[1]), integer(a[2]))
	}},
	{unix.SYS_PIPE2, "pipe2", rawPipe2},
	{unix.SYS_IOCTL, "ioctl", rawIoctl},
	{unix.SYS_EVENTFD2, "eventfd2", func(a *[6]uintptr) (int, error) { return Eventfd(uint(uint32(a[0])), integer(a[1])) }},
	{unix.SYS_EPOLL_CREATE1, "epoll_create1", func(a *[6]uintptr) (int, error) { return EpollCreate1(integer(a[0])) }},
	{unix.SYS_EPOLL_CTL, "epoll_ctl", func(a *[6]uintptr) (int, error) {
		return zero(EpollCtl(integer(a[0]), integer(a[1]), integer(a[2]), (*Event)(pointer(a[3]))))
	}},
	{unix.SYS_EPOLL_PWAIT, "epoll_pwait", rawEpollWait},
	{unix.SYS_SOCKET, "socket", func(a *[6]uintptr) (int, error) {
		return Socket(integer(a[0]), integer(a[1]), integer(a[2]))
	}},
	{unix.SYS_BIND, "bind", func(a *[6]uintptr) (int, error) { return rawName(Bind, a) }},
	{unix.SYS_CONNECT, "connect", func(a *[6]uintptr) (int, error) { return rawName(Connect, a) }},
	{unix.SYS_LISTEN, "listen", func(a *[6]uintptr) (int, error) { return zero(Listen(integer(a[0]), integer(a[1]))) }},
	{unix.SYS_ACCEPT4, "accept4", rawAccept},
	{unix.SYS_SHUTDOWN, "shutdown", func(a *[6]uintptr) (int, error) { return zero(Shutdown(integer(a[0]), integer(a[1]))) }},
	{unix.SYS_GETSOCKNAME, "getsockname", func(a *[6]uintptr) (int, error) { return rawGetname(Getsockname, a) }},
	{unix.SYS_GETPEERNAME, "getpeername", func(a *[6]uintptr) (int, error) { return rawGetname(Getpeername, a) }},
	{unix.SYS_SETSOCKOPT, "setsockopt", func(a *[6]uintptr) (int, error) {
		return zero(Setsockopt(integer(a[0]), integer(a[1]), integer(a[2]), buffer(a[3], a[4])))
	}},
	{unix.SYS_GETSOCKOPT, "getsockopt", rawGetsockopt},
	{unix.SYS_SENDTO, "sendto", rawSendto},
	{unix.SYS_RECVFROM, "recvfrom", rawRecvfrom},
	{unix.SYS_SENDMSG, "sendmsg", rawSendmsg},
	{unix.SYS_RECVMSG, "recvmsg", rawRecvmsg},
}, architecture...))

func sorted(all []Trap) []Trap {
	slices.SortFunc(all, func(x, y Trap) int { return int(x.Number) - int(y.Number) })
	return all
}

// Raw makes the call with the given number. A call that the simulation does not have
// fails with ENOSYS, and the judge hears of it.
func Raw(number uintptr, a *[6]uintptr) (uintptr, syscall.Errno) {
	i, known := slices.BinarySearchFunc(traps, number, func(t Trap, n uintptr) int { return int(t.Number) - int(n) })
	if !known {
		_, err := Call(fmt.Sprintf("syscall %d", number), -1, func(fakedemux.Linux) (int, epoll.Errno) { return -1, epoll.ENOSYS })
		return ^uintptr(0), syscall.Errno(Number(err))
	}
	n, err := traps[i].call(a)
	if err != nil {
		return ^uintptr(0), syscall.Errno(Number(err))
	}
	return uintptr(n), 0
}

// integer is an int of C.
func integer(a uintptr) int { return int(int32(a)) }

func zero(err error) (int, error) { return 0, err }

func rawPipe2(a *[6]uintptr) (int, error) {
	r, w, err := Pipe2(integer(a[1]))
	if err == nil {
		*(*[2]int32)(pointer(a[0])) = [2]int32{int32(r), int32(w)}
	}
	return 0, err
}

// fcntl is fcntl(2) of the commands whose argument is an int.
func rawFcntl(a *[6]uintptr) (int, error) { return Fcntl(integer(a[0]), integer(a[1]), integer(a[2])) }

// rawIoctl is ioctl(2) of the requests that point to an int.
func rawIoctl(a *[6]uintptr) (int, error) {
	v := (*int32)(pointer(a[2]))
	if v == nil {
		return -1, syscall.EFAULT
	}
	n, err := Ioctl(integer(a[0]), integer(a[1]), int(*v))
	if err != nil {
		return -1, err
	}
	if request := integer(a[1]); request == fakedemux.IoctlUnread || request == fakedemux.IoctlUnsent {
		*v = int32(n)
	}
	return 0, nil
}

// rawEpollWait is epoll_wait(2), and epoll_pwait(2): the fifth argument of the first
// is not looked at.
func rawEpollWait(a *[6]uintptr) (int, error) {
	room := integer(a[2])
	var events []Event
	if room > 0 && a[1] != 0 {
		events = eventsAt(a[1], room)
	}
	return EpollWait(integer(a[0]), events, integer(a[3]), nil)
}

func rawName(call func(int, fakedemux.Sockaddr) error, a *[6]uintptr) (int, error) {
	at, err := fromRaw(a[1], integer(a[2]))
	if err != nil {
		return -1, err
	}
	return zero(call(integer(a[0]), at))
}

func rawGetname(call func(int) (fakedemux.Sockaddr, error), a *[6]uintptr) (int, error) {
	at, err := call(integer(a[0]))
	if err == nil {
		toRaw(at, a[1], a[2])
	}
	return 0, err
}

func rawAccept(a *[6]uintptr) (int, error) {
	n, from, err := Accept4(integer(a[0]), integer(a[3]))
	if err == nil {
		toRaw(from, a[1], a[2])
	}
	return n, err
}

func rawGetsockopt(a *[6]uintptr) (int, error) {
	size := (*uint32)(pointer(a[4]))
	if size == nil {
		return -1, syscall.EFAULT
	}
	n, err := Getsockopt(integer(a[0]), integer(a[1]), integer(a[2]), buffer(a[3], uintptr(*size)))
	if err == nil {
		*size = uint32(n)
	}
	return 0, err
}

func rawSendto(a *[6]uintptr) (int, error) {
	to, err := fromRaw(a[4], integer(a[5]))
	if err != nil {
		return -1, err
	}
	return Sendto(integer(a[0]), buffer(a[1], a[2]), integer(a[3]), to)
}

func rawRecvfrom(a *[6]uintptr) (int, error) {
	n, from, err := Recvfrom(integer(a[0]), buffer(a[1], a[2]), integer(a[3]))
	if err == nil {
		toRaw(from, a[4], a[5])
	}
	return n, err
}

func rawSendmsg(a *[6]uintptr) (int, error) {
	h := (*syscall.Msghdr)(pointer(a[1]))
	if h == nil {
		return -1, syscall.EFAULT
	}
	to, err := fromRaw(address(h.Name), int(h.Namelen))
	if err != nil {
		return -1, err
	}
	m := fakedemux.Message{Name: to, Vectors: vectors(base(h), int(h.Iovlen)), Control: buffer(address(h.Control), uintptr(h.Controllen))}
	return Sendmsg(integer(a[0]), &m, integer(a[2]))
}

func rawRecvmsg(a *[6]uintptr) (int, error) {
	h := (*syscall.Msghdr)(pointer(a[1]))
	if h == nil {
		return -1, syscall.EFAULT
	}
	m := fakedemux.Message{Vectors: vectors(base(h), int(h.Iovlen))}
	n, err := Recvmsg(integer(a[0]), &m, integer(a[2]))
	if err == nil {
		if h.Name != nil {
			toRaw(m.Name, address(h.Name), address((*byte)(nameLength(h))))
		}
		h.Controllen, h.Flags = 0, int32(m.Flags)
	}
	return n, err
}
