package findings

import (
	"context"
	"io"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/cloudwego/netpoll"
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

// startNetpoll starts a server that sends back what it gets.
func startNetpoll() (addr string, err error) {
	netpoll.SetLoggerOutput(io.Discard)
	l, err := netpoll.CreateListener("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	loop, err := netpoll.NewEventLoop(func(_ context.Context, c netpoll.Connection) error {
		b, err := c.Reader().Next(c.Reader().Len())
		if err == nil {
			_, err = c.Write(b)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	go func() { _ = loop.Serve(l) }()
	return l.Addr().String(), echo(l.Addr().String())
}

// TestNetpollAccept lets descriptors run short twice. The first time netpoll takes the
// listener out of its poller; the second time that does nothing, and each round of the
// poller starts another goroutine.
func TestNetpollAccept(t *testing.T) {
	inChild(t, "1000 goroutines", func() string {
		addr, err := startNetpoll()
		if err != nil {
			return err.Error()
		}
		var before syscall.Rlimit
		_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before)
		for range 2 {
			if err := oneDescriptor(); err != nil {
				return err.Error()
			}
			c, err := net.Dial("tcp", addr) // takes the last descriptor
			if err != nil {
				return err.Error()
			}
			for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
				if runtime.NumGoroutine() >= 1000 {
					return "1000 goroutines"
				}
			}
			_ = c.Close()
			_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before)
			if err := echo(addr); err != nil {
				return err.Error()
			}
			time.Sleep(patience) // its listener is watched again
		}
		return "no goroutines"
	})
}
