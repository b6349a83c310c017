package eventloop_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
)

func TestSimulatedHostsHaveNoSystem(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		l := open(t, k, nil)
		if _, err := l.Signal(func(os.Signal) {}, os.Interrupt); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Signal: %v, want ErrUnsupported", err)
		}
		if _, err := l.StartProcess(&exec.Cmd{}, func(error) {}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("StartProcess: %v, want ErrUnsupported", err)
		}
		must(t, l.RunWhileAlive())
		must(t, l.Close())
	})
}

// TestSignalStorm has signals arrive while the loop is busy: there is one call for
// each of them, and the next call needs a new one.
func TestSignalStorm(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		s := &system{Host: k}
		l := open(t, s, nil)
		var g log
		w, err := l.Signal(func(sig os.Signal) { g.say("%v", sig) }, made("a"), made("b"))
		must(t, err)
		for range 1000 {
			s.raise(made("b"))
		}
		s.raise(made("a"))
		if n := once(t, l); n != 2 {
			t.Errorf("%d functions were posted, want 2", n)
		}
		once(t, l)
		g.want(t, "b\na")
		s.raise(made("a"))
		must(t, w.Close())
		if err := w.Close(); !errors.Is(err, demux.ErrNotFound) {
			t.Errorf("second Close: %v, want ErrNotFound", err)
		}
		once(t, l)
		g.want(t, "") // it had arrived, and was not told
		must(t, l.Close())
	})
}

func TestSignalEnds(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		s := &system{Host: k, failing: made("bad")}
		l := open(t, s, nil)
		if _, err := l.Signal(func(os.Signal) {}, made("a"), made("bad")); !errors.Is(err, errSystem) {
			t.Errorf("Signal of a bad one: %v", err)
		}
		if len(s.fns) != 0 {
			t.Errorf("a Signal that failed left %d watched", len(s.fns))
		}
		must(t, l.RunWhileAlive()) // and it does not count
		w, err := l.Signal(func(os.Signal) {}, made("a"), made("b"))
		must(t, err)
		must(t, l.Close())
		if len(s.fns) != 0 {
			t.Errorf("Close of the loop left %d signals watched", len(s.fns))
		}
		if err := w.Close(); !errors.Is(err, demux.ErrNotFound) {
			t.Errorf("Close of the watch after the loop's: %v, want ErrNotFound", err)
		}
		if _, err := l.Signal(func(os.Signal) {}, made("a")); !errors.Is(err, demux.ErrClosed) {
			t.Errorf("Signal after Close: %v, want ErrClosed", err)
		}
	})
}

func TestProcessThatDoesNotStart(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		l := open(t, &system{Host: k}, nil)
		if _, err := l.StartProcess(&exec.Cmd{}, func(error) { t.Error("exited") }); !errors.Is(err, errSystem) {
			t.Errorf("StartProcess: %v", err)
		}
		must(t, l.RunWhileAlive()) // it does not count
		must(t, l.Close())
		if _, err := l.StartProcess(&exec.Cmd{}, func(error) { t.Error("exited") }); !errors.Is(err, demux.ErrClosed) {
			t.Errorf("StartProcess after Close: %v, want ErrClosed", err)
		}
	})
}

// childVariable tells the test binary that it is a child, and what it is to do.
const childVariable = "EVENTLOOP_TEST_CHILD"

func childCommand(t *testing.T, does string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), childVariable+"="+does)
	return cmd
}

func TestMain(m *testing.M) {
	switch does := os.Getenv(childVariable); does {
	case "":
		os.Exit(m.Run())
	case "exit":
		os.Exit(3)
	case "block":
		_, _ = os.Stdin.Read(make([]byte, 1))
	default:
		childOfSystem(does)
	}
}

func TestProcess(t *testing.T) {
	l := realLoop(t, nil)
	cmd := childCommand(t, "exit")
	exits := 0
	p, err := l.StartProcess(cmd, func(err error) {
		exits++
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 3 || cmd.ProcessState.ExitCode() != 3 {
			t.Errorf("exited: %v, want exit status 3", err)
		}
	})
	must(t, err)
	must(t, l.RunWhileAlive())
	if exits != 1 {
		t.Errorf("exited was called %d times", exits)
	}
	if err := p.Kill(); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("Kill of a process that has ended: %v, want os.ErrProcessDone", err)
	}
	if _, err := l.StartProcess(exec.Command("/no/such/program"), func(error) {}); err == nil {
		t.Error("a program that does not exist was started")
	}
	must(t, l.Close())
}

func TestKill(t *testing.T) {
	l := realLoop(t, nil)
	cmd := childCommand(t, "block")
	in, err := cmd.StdinPipe()
	must(t, err)
	defer in.Close()
	p, err := l.StartProcess(cmd, func(err error) {
		if err == nil || cmd.ProcessState.Success() {
			t.Error("a process that was killed has succeeded")
		}
		must(t, l.Close())
	})
	must(t, err)
	must(t, l.Post(func() { must(t, p.Kill()) }))
	must(t, l.Run(context.Background()))
}

// TestCloseLeavesTheChild closes the loop while a child runs.
func TestCloseLeavesTheChild(t *testing.T) {
	l := realLoop(t, nil)
	cmd := childCommand(t, "block")
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	_, err = l.StartProcess(cmd, func(error) { t.Error("exited was called after Close") })
	must(t, err)
	must(t, l.Close())
	must(t, in.Close()) // it ends by itself, and then its output does
	for b := make([]byte, 64); err == nil; {
		_, err = out.Read(b)
	}
}
