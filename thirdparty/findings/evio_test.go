package findings

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tidwall/evio"
)

// TestEvioAccept leaves one descriptor, which the client takes: accept fails with EMFILE,
// and Serve returns.
func TestEvioAccept(t *testing.T) {
	inChild(t, "Serve has returned", func() string {
		addr, err := unused()
		if err != nil {
			return err.Error()
		}
		serving, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- evio.Serve(evio.Events{Serving: func(evio.Server) evio.Action { close(serving); return evio.None }}, "tcp://"+addr)
		}()
		<-serving
		if err := oneDescriptor(); err != nil {
			return err.Error()
		}
		_, _ = net.Dial("tcp", addr) // the end of the server may reset it
		if _, ok := await(ended); ok {
			return "Serve has returned"
		}
		return "Serve goes on"
	})
}

// TestEvioRegister has the kernel refuse to register a connection, as it does when the user
// has too many registrations: a goroutine of evio panics.
func TestEvioRegister(t *testing.T) {
	inChild(t, "panic: no space left on device", func() string {
		addr, err := unused()
		if err != nil {
			return err.Error()
		}
		serving := make(chan struct{})
		go func() {
			_ = evio.Serve(evio.Events{Serving: func(evio.Server) evio.Action { close(serving); return evio.None }}, "tcp://"+addr)
		}()
		<-serving
		if err := echo(addr); err == nil { // the loop is there
			return "an answer"
		}
		if err := refuseToRegister(anyDescriptor); err != nil {
			return err.Error()
		}
		at := netip.MustParseAddrPort(addr)
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err != nil {
			return err.Error()
		}
		// net.Dial would register its socket.
		if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
			return err.Error()
		}
		time.Sleep(patience)
		return "no panic"
	})
}

// TestEvioClosed has two connections wait before evio's loop starts, and ends the server in
// the Opened of the first: Closed is called for the second, which had no Opened.
func TestEvioClosed(t *testing.T) {
	addr := freeAddress(t)
	opened, closed := 0, 0
	err := evio.Serve(evio.Events{
		Serving: func(evio.Server) evio.Action {
			for range 2 {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					t.Error(err)
					continue
				}
				t.Cleanup(func() { _ = c.Close() })
			}
			return evio.None
		},
		Opened: func(evio.Conn) ([]byte, evio.Options, evio.Action) {
			opened++
			return nil, evio.Options{}, evio.Shutdown
		},
		Closed: func(evio.Conn, error) evio.Action {
			closed++
			return evio.None
		},
	}, "tcp://"+addr)
	if err != nil {
		t.Fatal(err)
	}
	if closed <= opened {
		t.Errorf("%d connections were opened and %d closed: the finding is mended", opened, closed)
	}
}

// TestEvioWakeEnded wakes a connection of a server that has ended: evio writes to the number
// that its eventfd had, which is a file's by now.
func TestEvioWakeEnded(t *testing.T) {
	addr := freeAddress(t)
	var conn evio.Conn
	err := evio.Serve(evio.Events{
		Serving: func(evio.Server) evio.Action {
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Error(err)
				return evio.Shutdown
			}
			t.Cleanup(func() { _ = c.Close() })
			return evio.None
		},
		Opened: func(c evio.Conn) ([]byte, evio.Options, evio.Action) {
			conn = c
			return nil, evio.Options{}, evio.Shutdown
		},
	}, "tcp://"+addr)
	if err != nil || conn == nil {
		t.Fatal(err, conn)
	}
	var files []*os.File
	for range 20 {
		f, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		files = append(files, f)
	}
	conn.Wake()
	for _, f := range files {
		if info, err := f.Stat(); err == nil && info.Size() > 0 {
			t.Logf("a file has %d bytes", info.Size())
			return
		}
	}
	t.Error("nothing was written to a file: the finding is mended")
}

// TestEvioTick stops a server whose Tick has asked for the next call in an hour: the goroutine
// that sleeps until then stays.
func TestEvioTick(t *testing.T) {
	before := tickers()
	addr := freeAddress(t)
	ticked := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- evio.Serve(evio.Events{
			Tick: func() (time.Duration, evio.Action) {
				close(ticked)
				return time.Hour, evio.None
			},
			Opened: func(evio.Conn) ([]byte, evio.Options, evio.Action) {
				return nil, evio.Options{}, evio.Shutdown
			},
		}, "tcp://"+addr)
	}()
	<-ticked
	dial(t, addr)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if tickers() == before {
		t.Error("no goroutine of a Tick is left: the finding is mended")
	}
}

// tickers counts the goroutines that call Tick.
func tickers() int {
	buf := make([]byte, 1<<20)
	return strings.Count(string(buf[:runtime.Stack(buf, true)]), "evio.loopTicker(")
}

// TestEvioWake wakes a connection whose output is pending: what Wake has the callback
// return replaces it.
func TestEvioWake(t *testing.T) {
	addr := freeAddress(t)
	response := bytes.Repeat([]byte("r"), 16<<20)
	conns := make(chan evio.Conn, 1)
	stop := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- evio.Serve(evio.Events{
			Data: func(c evio.Conn, in []byte) ([]byte, evio.Action) {
				if len(in) == 0 {
					return []byte("W"), evio.None
				}
				conns <- c
				return response, evio.None
			},
			Tick: func() (time.Duration, evio.Action) {
				select {
				case <-stop:
					return 0, evio.Shutdown
				default:
					return 10 * time.Millisecond, evio.None
				}
			},
		}, "tcp://"+addr)
	}()
	c := dial(t, addr)
	_, _ = c.Write([]byte("x"))
	woken := <-conns
	time.Sleep(100 * time.Millisecond)
	woken.Wake()
	time.Sleep(100 * time.Millisecond)
	if got := drain(c); got >= len(response)+1 {
		t.Errorf("all %d bytes have come: the finding is mended", got)
	}
	close(stop)
	<-ended
}

// TestEvioWakeClose has a connection closed when its output is sent, and wakes it before:
// what the callback returns for the Wake replaces Close, and the connection stays open.
func TestEvioWakeClose(t *testing.T) {
	addr := freeAddress(t)
	response := bytes.Repeat([]byte("r"), 16<<20)
	conns, closed := make(chan evio.Conn, 1), make(chan struct{}, 1)
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- evio.Serve(evio.Events{
			Data: func(c evio.Conn, in []byte) ([]byte, evio.Action) {
				if len(in) == 0 {
					return nil, evio.None
				}
				conns <- c
				return response, evio.Close
			},
			Closed: func(evio.Conn, error) evio.Action {
				closed <- struct{}{}
				return evio.None
			},
			Tick: func() (time.Duration, evio.Action) {
				select {
				case <-stop:
					return 0, evio.Shutdown
				default:
					return 10 * time.Millisecond, evio.None
				}
			},
		}, "tcp://"+addr)
	}()
	c := dial(t, addr)
	_, _ = c.Write([]byte("x"))
	woken, ok := await(conns)
	if !ok {
		t.Fatal("Data was not called")
	}
	time.Sleep(100 * time.Millisecond)
	woken.Wake()
	time.Sleep(100 * time.Millisecond)
	got := drain(c)
	if _, was := await(closed); was {
		t.Errorf("the connection was closed after %d bytes: the finding is mended", got)
	}
	close(stop)
	<-ended
}

// TestEvioSpins has output pending for a client that does not read, and input ready: evio
// tries to write again and again, though there is no room.
func TestEvioSpins(t *testing.T) {
	const tries = 10_000
	addr := freeAddress(t)
	writes := 0 // of evio's loop
	spins, answered := make(chan struct{}), make(chan struct{}, 16)
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- evio.Serve(evio.Events{
			Data: func(evio.Conn, []byte) ([]byte, evio.Action) {
				answered <- struct{}{}
				return big, evio.None
			},
			PreWrite: func() {
				if writes++; writes == tries {
					close(spins)
				}
			},
			Tick: func() (time.Duration, evio.Action) {
				select {
				case <-stop:
					return 0, evio.Shutdown
				default:
					return time.Millisecond, evio.None
				}
			},
		}, "tcp://"+addr)
	}()
	c := dial(t, addr)
	_, _ = c.Write([]byte("x"))
	_, _ = await(answered)
	_, _ = c.Write([]byte("y"))
	if _, ok := await(spins); !ok {
		t.Errorf("evio has not tried to write %d times: the finding is mended", tries)
	}
	close(stop)
	<-ended
}

// TestEvioListener opens files while servers stop: a file that gets the number of the
// listener is closed by evio.
func TestEvioListener(t *testing.T) {
	inChild(t, "a file is closed", func() string {
		closed, stop := make(chan struct{}, 1), make(chan struct{})
		defer close(stop)
		go openFiles(stop, closed)
		for end := time.Now().Add(10 * patience); time.Now().Before(end); {
			addr, err := unused()
			if err != nil {
				return err.Error()
			}
			err = evio.Serve(evio.Events{Serving: func(evio.Server) evio.Action { return evio.Shutdown }}, "tcp://"+addr)
			if err != nil {
				return err.Error()
			}
			select {
			case <-closed:
				return "a file is closed"
			default:
			}
		}
		return "all files stay open"
	})
}

// openFiles opens and closes files until one was closed by somebody else.
func openFiles(stop <-chan struct{}, closed chan<- struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		var files [16]int
		for i := range files {
			files[i], _ = syscall.Open(os.DevNull, syscall.O_RDONLY, 0)
		}
		for _, f := range files {
			if f >= 0 && errors.Is(syscall.Close(f), syscall.EBADF) {
				closed <- struct{}{}
				return
			}
		}
	}
}
