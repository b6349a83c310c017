package findings

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childEnv names the test whose body runs in a process of its own.
const childEnv = "REACTORTEST_FINDING"

// inChild runs body in a process of its own, because it takes the descriptors of the
// process away. What body returns is what has been seen, or the panic that ends the process.
func inChild(t *testing.T, want string, body func() string) {
	t.Helper()
	if os.Getenv(childEnv) == t.Name() {
		_, _ = os.Stdout.WriteString("seen: " + body() + "\n")
		os.Exit(0)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), childEnv+"="+t.Name())
	out, err := cmd.CombinedOutput()
	_, seen, _ := strings.Cut(string(out), "seen: ")
	if err != nil {
		_, text, panics := strings.Cut("\n"+string(out), "\npanic: ")
		if !panics {
			t.Fatalf("%v\n%s", err, out)
		}
		line, _, _ := strings.Cut(text, "\n")
		seen = "panic: " + line
	}
	if seen = strings.TrimSpace(seen); seen != want {
		t.Errorf("seen: %s, want %s", seen, want)
	}
}

// oneDescriptor leaves one descriptor to the process.
func oneDescriptor() error {
	_, err := leave(1)
	return err
}

// noDescriptor leaves no descriptor to the process, until restore is called.
func noDescriptor() (restore func() error, err error) { return leave(0) }

func leave(n uint64) (restore func() error, err error) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	next := uint64(f.Fd())
	_ = f.Close()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return nil, err
	}
	before := limit
	limit.Cur = next + n
	restore = func() error { return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before) }
	return restore, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// freeAddress returns an address of this host that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	addr, err := unused()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

func unused() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// echo sends a byte and reads it. It tries until the server is there.
func echo(addr string) error {
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			_ = c.SetDeadline(end)
			if _, err = c.Write([]byte("x")); err == nil {
				_, err = c.Read(make([]byte, 1))
			}
			_ = c.Close()
		}
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

// patience is how long a test waits for what must come, or must not come.
const patience = 2 * time.Second

func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			t.Cleanup(func() { _ = c.Close() })
			tcp := c.(*net.TCPConn)
			// Otherwise the buffer grows to net.ipv4.tcp_rmem's limit, tcp(7), which may be
			// more than big has.
			_ = tcp.SetReadBuffer(64 << 10)
			return tcp
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// drain reads until nothing has come for a while, and returns how many bytes that were.
func drain(c net.Conn) (n int) {
	var buf [1 << 16]byte
	for {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		m, err := c.Read(buf[:])
		n += m
		if err != nil {
			return n
		}
	}
}

// await waits until a channel has something, or patience is over.
func await[T any](c <-chan T) (v T, ok bool) {
	select {
	case v = <-c:
		return v, true
	case <-time.After(patience):
		return v, false
	}
}

// big is more than a socket holds.
var big = bytes.Repeat([]byte("x"), 24<<20)
