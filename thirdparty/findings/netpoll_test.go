package findings

import (
	"context"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/cloudwego/netpoll"
	"golang.org/x/sys/unix"
)

// TestNetpollListenerClose closes listeners while another goroutine opens files. A listener
// closes its descriptor twice, and the number may be that of a file by then.
func TestNetpollListenerClose(t *testing.T) {
	inChild(t, "a file was closed", func() string {
		stolen := make(chan struct{})
		go func() {
			for {
				fd, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
				if err != nil {
					continue
				}
				runtime.Gosched()
				if syscall.Close(fd) == syscall.EBADF {
					close(stolen)
					return
				}
			}
		}()
		for end := time.Now().Add(10 * patience); time.Now().Before(end); {
			l, err := netpoll.CreateListener("tcp", "127.0.0.1:0")
			if err == nil {
				_ = l.Close()
			}
			select {
			case <-stolen:
				return "a file was closed"
			default:
			}
		}
		return "no file was closed"
	})
}

// startNetpoll starts a server that sends back what it gets. What netpoll logs is dropped:
// only later versions have SetLoggerOutput.
func startNetpoll() (l netpoll.Listener, err error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer null.Close() //nolint:errcheck // nothing was written
	if err := syscall.Dup3(int(null.Fd()), 2, 0); err != nil {
		return nil, err
	}
	l, err = netpoll.CreateListener("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	loop, err := netpoll.NewEventLoop(func(_ context.Context, c netpoll.Connection) error {
		b, err := c.Reader().Next(c.Reader().Len())
		if err == nil {
			_, err = c.Write(b)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	go func() { _ = loop.Serve(l) }()
	return l, echo(l.Addr().String())
}

// TestNetpollAccept lets descriptors run short twice. The first time netpoll takes the
// listener out of its poller; the second time that does nothing, and each round of the
// poller starts another goroutine.
func TestNetpollAccept(t *testing.T) {
	inChild(t, "1000 goroutines", func() string {
		l, err := startNetpoll()
		if err != nil {
			return err.Error()
		}
		for range 2 {
			spins := false
			err := withoutDescriptors(l.Addr().String(), func() {
				for end := time.Now().Add(patience); !spins && time.Now().Before(end); time.Sleep(time.Millisecond) {
					spins = runtime.NumGoroutine() >= 1000
				}
			})
			switch {
			case err != nil:
				return err.Error()
			case spins:
				return "1000 goroutines"
			}
			if err := echo(l.Addr().String()); err != nil {
				return err.Error()
			}
			time.Sleep(patience) // its listener is watched again
		}
		return "no goroutines"
	})
}

// withoutDescriptors calls f while a server at addr has a connection to accept, and the
// process has no descriptors.
func withoutDescriptors(addr string, f func()) error {
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		return err
	}
	if err := oneDescriptor(); err != nil {
		return err
	}
	c, err := net.Dial("tcp", addr) // takes the last one
	if err != nil {
		return err
	}
	f()
	_ = c.Close()
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before)
}

// TestNetpollRegister lets descriptors run short, and has the kernel refuse to register the
// listener again, as it does when the user has too many registrations. netpoll does not look
// at the error, and accepts no more.
func TestNetpollRegister(t *testing.T) {
	inChild(t, "no answer", func() string {
		l, err := startNetpoll()
		if err != nil {
			return err.Error()
		}
		if err := refuseToRegister(l.Fd()); err != nil {
			return err.Error()
		}
		if err := withoutDescriptors(l.Addr().String(), func() { time.Sleep(patience / 10) }); err != nil {
			return err.Error()
		}
		time.Sleep(patience) // it tries again
		if echo(l.Addr().String()) != nil {
			return "no answer"
		}
		return "an answer"
	})
}

// anyDescriptor is any descriptor.
const anyDescriptor = -1

// refuseToRegister has epoll_ctl fail with ENOSPC for registrations of fd, in all threads.
func refuseToRegister(fd int) error {
	const (
		number, op, handle = 0, 24, 32 // offsets in struct seccomp_data
		load               = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal              = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		give               = unix.BPF_RET | unix.BPF_K
	)
	code := []unix.SockFilter{
		{Code: load, K: number},
		{Code: equal, K: unix.SYS_EPOLL_CTL, Jf: 5},
		{Code: load, K: op},
		{Code: equal, K: unix.EPOLL_CTL_ADD, Jf: 3},
		{Code: load, K: handle},
		{Code: equal, K: uint32(fd), Jf: 1},
		{Code: give, K: unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSPC)},
		{Code: give, K: unix.SECCOMP_RET_ALLOW},
	}
	if fd == anyDescriptor {
		code[5].Jf = 0
	}
	filter := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter)))
	if e != 0 {
		return e
	}
	return nil
}
