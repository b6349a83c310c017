package fidelity

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// place moves a descriptor to the numbers of duos.
func (m *duoRunning) place(fd int, err error) int {
	if err != nil {
		panic(fmt.Sprintf("fidelity: the running kernel makes no object: %v", err))
	}
	n, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, duoBase)
	if err != nil {
		panic(fmt.Sprintf("fidelity: dup: %v", err))
	}
	_ = unix.Close(fd)
	return n
}

func (m *duoRunning) setup(o duoObject, f []int) {
	two := func(typ int) {
		fds, err := unix.Socketpair(unix.AF_UNIX, typ, 0)
		f[0] = m.place(fds[0], err)
		f[1] = m.place(fds[1], err)
	}
	switch o {
	case duoNothing, duoObjects:
	case duoPipe:
		var fds [2]int
		err := unix.Pipe2(fds[:], 0)
		f[0], f[1] = m.place(fds[0], err), m.place(fds[1], err)
	case duoPair:
		two(unix.SOCK_STREAM)
	case duoDatagrams:
		two(unix.SOCK_DGRAM)
	case duoPackets:
		two(unix.SOCK_SEQPACKET)
	case duoUnix, duoTCP, duoUnixListener, duoTCPListener:
		m.listener(o, f)
	case duoUDP:
		m.udp(f)
	case duoEventfd, duoSemaphore:
		f[0] = m.place(unix.Eventfd(0, int(o-duoEventfd)))
	case duoTimerfd:
		f[0] = m.place(unix.TimerfdCreate(unix.CLOCK_MONOTONIC, 0))
	case duoEpoll:
		f[0] = m.place(unix.EpollCreate1(0))
	}
}

func (m *duoRunning) socket(family int) int {
	fd := m.place(unix.Socket(family, unix.SOCK_STREAM, 0))
	if family == unix.AF_INET {
		_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 100_000)
	}
	return fd
}

func (m *duoRunning) listener(o duoObject, f []int) {
	family := unix.AF_UNIX
	var at unix.Sockaddr = &unix.SockaddrUnix{}
	if o == duoTCP || o == duoTCPListener {
		family = unix.AF_INET
		n := m.number + os.Getpid()<<14
		at = &unix.SockaddrInet4{Addr: [4]byte{127, byte(n>>16) | 2, byte(n >> 8), byte(n)}}
	}
	i := 0
	if o == duoUnix || o == duoTCP {
		i = 2
	}
	f[i] = m.socket(family)
	if err := unix.Bind(f[i], at); err != nil {
		panic(err)
	}
	if err := unix.Listen(f[i], 0); err != nil {
		panic(err)
	}
	if i == 0 {
		for i := 1; i < duoSlots; i++ {
			f[i] = m.socket(family)
		}
		return
	}
	name, err := unix.Getsockname(f[i])
	if err != nil {
		panic(err)
	}
	f[0] = m.socket(family)
	if err := unix.Connect(f[0], name); err != nil {
		panic(err)
	}
	fd, _, err := unix.Accept(f[i])
	f[1] = m.place(fd, err)
	if family == unix.AF_INET {
		_ = unix.SetsockoptInt(f[1], unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	}
}

func (m *duoRunning) udp(f []int) {
	var names [3]unix.Sockaddr
	for i := range names {
		f[i] = m.place(unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0))
		if err := unix.Bind(f[i], &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			panic(err)
		}
		names[i], _ = unix.Getsockname(f[i])
	}
	_ = unix.Connect(f[0], names[1])
	_ = unix.Connect(f[1], names[0])
}

func (m *duoRunning) fd(slot int8) int {
	if slot < 0 {
		return -1
	}
	return m.fds[slot]
}

// raw is the struct sockaddr of a slot, nil for none.
func (m *duoRunning) raw(slot int8) []byte {
	b := make([]byte, 128)
	size := uint32(len(b))
	if slot < 0 {
		return nil
	}
	_, _, e := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(m.fd(slot)), uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&size)))
	if e != 0 {
		return nil
	}
	return b[:size]
}
