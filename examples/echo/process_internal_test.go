//go:build unix

package main

import (
	"bufio"
	"context"
	"flag"
	"log"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

var serve = flag.Bool("echo.serve", false, "serve until an interrupt, and test nothing: what the tests start")

func TestMain(m *testing.M) {
	flag.Parse()
	if !*serve {
		m.Run()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, "127.0.0.1:0"); err != nil {
		log.Fatal(err)
	}
}

// process runs the server in a process of its own, and returns its address. The end of the
// test interrupts it, and sees it end well.
func process(t *testing.T) netip.AddrPort {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-echo.serve")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the server ended: %v", err)
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, at, found := strings.Cut(strings.TrimSpace(line), "echo listens on ")
	addr, err := netip.ParseAddrPort(at)
	if !found || err != nil {
		t.Fatalf("the server says %q", line)
	}
	return addr
}

// TestRealInterrupt interrupts a process with a connection that has got everything back.
func TestRealInterrupt(t *testing.T) {
	haveBackend(t)
	c := dial(t, process(t))
	if err := ask(c, 1); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// roomFor reports whether this process may have n more descriptors open.
func roomFor(n int) (room bool, limit uint64) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return true, 0
	}
	return int64(l.Cur) >= int64(n+64), uint64(l.Cur) //nolint:unconvert // it is signed on some systems
}
