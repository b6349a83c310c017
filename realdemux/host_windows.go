package realdemux

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

var (
	ws2        = windows.NewLazySystemDLL("ws2_32.dll")
	acceptProc = ws2.NewProc("accept") // x/sys has AcceptEx only
	selectProc = ws2.NewProc("select")
)

// host is Windows.
type host struct {
	began time.Time
}

func (*host) Open() (demux.Demux, error) { return open() }

func (h *host) Now() time.Duration { return time.Since(h.began) }

func (*host) Go(_ string, f func()) { go f() }

func (*host) Yield(string) {}

// Pair connects two sockets over the loopback: Windows has no socketpair.
func (h *host) Pair() (a, b demux.Handle, err error) {
	l, at, err := h.Listen("127.0.0.1:0", 1)
	if err != nil {
		return demux.NoHandle, demux.NoHandle, err
	}
	defer func() { _ = h.Close(l) }()
	a, err = h.Connect(at)
	if err != nil {
		return demux.NoHandle, demux.NoHandle, err
	}
	b, err = acceptFrom(l, a)
	if err == nil {
		err = errors.Join(undelayed(a), undelayed(b))
	}
	if err != nil {
		_ = windows.Closesocket(windows.Handle(a))
		_ = windows.Closesocket(windows.Handle(b))
		return demux.NoHandle, demux.NoHandle, err
	}
	return a, b, nil
}

// acceptFrom takes the connection of client from l, and turns away whoever else
// comes to this port.
func acceptFrom(l, client demux.Handle) (demux.Handle, error) {
	for {
		if _, err := ready(l, reading, -1); err != nil {
			return demux.NoHandle, err
		}
		s, err := accept(l)
		if errors.Is(err, demux.ErrAgain) {
			continue
		}
		if err != nil {
			return demux.NoHandle, err
		}
		theirs, err := windows.Getpeername(windows.Handle(s))
		if err == nil {
			var mine windows.Sockaddr
			mine, err = windows.Getsockname(windows.Handle(client))
			if err == nil && addrPort(mine) == addrPort(theirs) {
				return s, nil
			}
		}
		_ = windows.Closesocket(windows.Handle(s))
		if err != nil {
			return demux.NoHandle, os.NewSyscallError("getpeername", err)
		}
	}
}

// undelayed has s send small writes at once, as a socketpair does.
func undelayed(s demux.Handle) error {
	return os.NewSyscallError("setsockopt",
		windows.SetsockoptInt(windows.Handle(s), windows.IPPROTO_TCP, windows.TCP_NODELAY, 1))
}

// Pipe returns errors.ErrUnsupported: pipes of Windows are not sockets, and AFD
// knows only sockets.
func (*host) Pipe() (r, w demux.Handle, err error) {
	return demux.NoHandle, demux.NoHandle, fmt.Errorf("realdemux: Pipe: %w", errors.ErrUnsupported)
}

func (*host) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("realdemux: Listen on %q: %w", addr, err)
	}
	s, err := newStream(at.Addr())
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, err
	}
	at, err = listen(windows.Handle(s), at, backlog)
	if err != nil {
		_ = windows.Closesocket(windows.Handle(s))
		return demux.NoHandle, netip.AddrPort{}, err
	}
	return s, at, nil
}

// listen does not set SO_REUSEADDR: on Windows that lets two listeners have
// one address.
func listen(s windows.Handle, at netip.AddrPort, backlog int) (netip.AddrPort, error) {
	if err := windows.Bind(s, sockaddr(at)); err != nil {
		return netip.AddrPort{}, failure("bind", err)
	}
	if err := windows.Listen(s, backlog); err != nil {
		return netip.AddrPort{}, failure("listen", err)
	}
	sa, err := windows.Getsockname(s)
	if err != nil {
		return netip.AddrPort{}, failure("getsockname", err)
	}
	return addrPort(sa), nil
}

func (*host) Accept(l demux.Handle) (demux.Handle, error) { return accept(l) }

func accept(l demux.Handle) (demux.Handle, error) {
	r, _, e := syscall.SyscallN(acceptProc.Addr(), uintptr(l), 0, 0)
	s := demux.Handle(r)
	if s == demux.NoHandle {
		return demux.NoHandle, failure("accept", e)
	}
	if e := setNonBlocking(s); e != 0 {
		_ = windows.Closesocket(windows.Handle(s))
		return demux.NoHandle, e.Err("WSAIoctl")
	}
	_ = windows.SetHandleInformation(windows.Handle(s), windows.HANDLE_FLAG_INHERIT, 0)
	return s, nil
}

func (*host) Connect(addr netip.AddrPort) (demux.Handle, error) {
	s, err := newStream(addr.Addr())
	if err != nil {
		return demux.NoHandle, err
	}
	if err := failure("connect", windows.Connect(windows.Handle(s), sockaddr(addr))); err != nil && !errors.Is(err, demux.ErrAgain) {
		_ = windows.Closesocket(windows.Handle(s))
		return demux.NoHandle, err
	}
	return s, nil
}

// Stream makes a stream handle of the family of addr that is not connected. An
// operation that connects needs such a handle.
func (*host) Stream(addr netip.Addr) (demux.Handle, error) { return newStream(addr) }

func newStream(addr netip.Addr) (demux.Handle, error) {
	if err := startup(); err != nil {
		return demux.NoHandle, err
	}
	s, e := stream(addr)
	return s, e.Err("WSASocket")
}

func (*host) ConnectResult(h demux.Handle) error {
	_, err := windows.Getpeername(windows.Handle(h))
	if e := number(err); e != iocp.WSAENOTCONN {
		return failure("getpeername", err)
	}
	// select: a failed attempt is among the exceptions.
	failed, err := ready(h, excepting, 0)
	switch {
	case err != nil:
		return err
	case !failed:
		return demux.ErrAgain
	}
	e, err := windows.GetsockoptInt(windows.Handle(h), windows.SOL_SOCKET, soError)
	if err != nil {
		return failure("getsockopt", err)
	}
	if e == 0 {
		e = int(iocp.WSAENOTCONN)
	}
	return failure("connect", syscall.Errno(e))
}

// soError is SO_ERROR; winsock2.h.
const soError = 0x1007

// What ready asks about.
const (
	reading = iota
	excepting
)

// ready reports whether h is in one of select's sets, and waits forever if
// msec is below 0.
func ready(h demux.Handle, set int, msec int32) (bool, error) {
	type fdSet struct {
		count uint32
		array [64]demux.Handle
	}
	var sets [2]*fdSet
	sets[set] = &fdSet{count: 1, array: [64]demux.Handle{h}}
	var timeout *windows.Timeval
	if msec >= 0 {
		timeout = &windows.Timeval{Sec: msec / 1000, Usec: msec % 1000 * 1000}
	}
	n, _, e := syscall.SyscallN(selectProc.Addr(), 0, uintptr(unsafe.Pointer(sets[reading])), 0,
		uintptr(unsafe.Pointer(sets[excepting])), uintptr(unsafe.Pointer(timeout)))
	if int32(n) < 0 {
		return false, failure("select", e)
	}
	return n > 0, nil
}

func (*host) Read(h demux.Handle, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	buf := windows.WSABuf{Len: size(b), Buf: unsafe.SliceData(b)}
	var n, flags uint32
	err := windows.WSARecv(windows.Handle(h), &buf, 1, &n, &flags, nil, nil)
	switch {
	case err != nil:
		return 0, failure("WSARecv", err)
	case n == 0:
		return 0, io.EOF
	default:
		return int(n), nil
	}
}

func (*host) Write(h demux.Handle, b []byte) (int, error) {
	buf := windows.WSABuf{Len: size(b), Buf: unsafe.SliceData(b)}
	var n uint32
	if err := windows.WSASend(windows.Handle(h), &buf, 1, &n, 0, nil, nil); err != nil {
		return 0, failure("WSASend", err)
	}
	return int(n), nil
}

func (*host) CloseWrite(h demux.Handle) error {
	return failure("shutdown", windows.Shutdown(windows.Handle(h), windows.SHUT_WR))
}

// Dup goes by way of WSADuplicateSocket, which Winsock knows of.
func (*host) Dup(h demux.Handle) (demux.Handle, error) {
	var info windows.WSAProtocolInfo
	if err := windows.WSADuplicateSocket(windows.Handle(h), windows.GetCurrentProcessId(), &info); err != nil {
		return demux.NoHandle, failure("WSADuplicateSocket", err)
	}
	const fromInfo = -1 // FROM_PROTOCOL_INFO
	s, err := windows.WSASocket(fromInfo, fromInfo, fromInfo, &info, 0, windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT)
	if err != nil {
		return demux.NoHandle, failure("WSASocket", err)
	}
	if e := setNonBlocking(demux.Handle(s)); e != 0 {
		_ = windows.Closesocket(s)
		return demux.NoHandle, e.Err("WSAIoctl")
	}
	return demux.Handle(s), nil
}

func (*host) Close(h demux.Handle) error {
	return failure("closesocket", windows.Closesocket(windows.Handle(h)))
}

// failure returns what a call that failed with err is to return, under the
// name that all systems have for the error where there is one.
func failure(call string, err error) error {
	e := number(err)
	if e == iocp.WSAEWOULDBLOCK {
		return demux.ErrAgain
	}
	return e.Err(call)
}
