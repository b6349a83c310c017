package findings

import (
	"context"
	"net"
	"os"
	"runtime"
	"sync/atomic"
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

// netpollLoop is an event loop that serves, and a listener's address.
func netpollLoop(t *testing.T, request netpoll.OnRequest, options ...netpoll.Option) (loop netpoll.EventLoop, addr string) {
	t.Helper()
	l, err := netpoll.CreateListener("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if loop, err = netpoll.NewEventLoop(request, options...); err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	go func() { _ = loop.Serve(l) }()
	if err := echo(addr); err != nil {
		t.Fatal(err)
	}
	return loop, addr
}

// shutDown calls Shutdown, and returns when it has returned.
func shutDown(t *testing.T, loop netpoll.EventLoop) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := loop.Shutdown(ctx); err != nil {
		t.Fatalf("Shutdown: %v", err)
	}
}

func netpollEcho(_ context.Context, c netpoll.Connection) error {
	b, err := c.Reader().Next(c.Reader().Len())
	if err == nil {
		_, err = c.Write(b)
	}
	return err
}

// TestNetpollAcceptDuringShutdown holds a connection in OnPrepare while Shutdown runs.
// Shutdown does not wait for it, and OnConnect is called afterwards.
func TestNetpollAcceptDuringShutdown(t *testing.T) {
	entered, release, opened := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var hold atomic.Bool
	loop, addr := netpollLoop(t, netpollEcho,
		netpoll.WithOnPrepare(func(netpoll.Connection) context.Context {
			if hold.Load() {
				close(entered)
				<-release
			}
			return context.Background()
		}),
		netpoll.WithOnConnect(func(ctx context.Context, _ netpoll.Connection) context.Context {
			if hold.Load() {
				close(opened)
			}
			return ctx
		}))
	hold.Store(true)
	dial(t, addr)
	if _, ok := await(entered); !ok {
		t.Fatal("OnPrepare was not called")
	}
	shutDown(t, loop)
	select {
	case <-opened:
		t.Fatal("OnConnect was called while OnPrepare had not returned")
	default:
	}
	close(release)
	if _, ok := await(opened); !ok {
		t.Error("OnConnect was not called after Shutdown: the finding is mended")
	}
}

// TestNetpollCloseDuringShutdown holds a close callback that OnPrepare has added, while
// another goroutine closes the connection. Shutdown does not wait for the callback.
func TestNetpollCloseDuringShutdown(t *testing.T) {
	entered, release, closed := make(chan struct{}), make(chan struct{}), make(chan struct{})
	conns := make(chan netpoll.Connection, 1)
	var hold atomic.Bool
	loop, addr := netpollLoop(t, netpollEcho,
		netpoll.WithOnPrepare(func(c netpoll.Connection) context.Context {
			if hold.Load() {
				_ = c.AddCloseCallback(func(netpoll.Connection) error {
					close(entered)
					<-release
					close(closed)
					return nil
				})
			}
			return context.Background()
		}),
		netpoll.WithOnConnect(func(ctx context.Context, c netpoll.Connection) context.Context {
			if hold.Load() {
				conns <- c
			}
			return ctx
		}))
	hold.Store(true)
	dial(t, addr)
	c, ok := await(conns)
	if !ok {
		t.Fatal("OnConnect was not called")
	}
	go func() { _ = c.Close() }()
	if _, ok := await(entered); !ok {
		t.Fatal("the callback was not called")
	}
	shutDown(t, loop)
	close(release)
	if _, ok := await(closed); !ok {
		t.Error("the callback has not ended")
	}
}
