//go:build unix

package realdemux_test

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"reactortest/demux"
	"reactortest/realdemux"
)

// TestNotifySignal has a signal arrive, and sees that stop leaves no goroutine.
func TestNotifySignal(t *testing.T) {
	for _, h := range []demux.Host{realdemux.NewHost(), realdemux.NewCompleterHost()} {
		s, ok := h.(demux.SignalHost)
		if !ok {
			t.Fatalf("%T is no SignalHost", h)
		}
		told := make(chan struct{})
		stop, err := s.NotifySignal(syscall.SIGUSR1, func() { told <- struct{}{} })
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
				t.Fatal(err)
			}
			<-told
		}
		stop()
		// It ends by itself: a test that never sees it end is stopped by go test.
		for stacks := make([]byte, 1<<20); strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), ".NotifySignal."); {
			runtime.Gosched()
		}
	}
}

func TestStartProcess(t *testing.T) {
	h, ok := realdemux.NewHost().(demux.ProcessHost)
	if !ok {
		t.Fatal("the host is no ProcessHost")
	}
	if _, err := h.StartProcess(exec.Command("/no/such/program")); err == nil {
		t.Error("a program that does not exist was started")
	}
	child, err := h.StartProcess(exec.Command("cat", "/dev/zero"))
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("Signal: %v", err)
	}
	if err := child.Wait(); err == nil || !strings.Contains(err.Error(), syscall.SIGTERM.String()) {
		t.Errorf("Wait: %v, want the end by SIGTERM", err)
	}
}
