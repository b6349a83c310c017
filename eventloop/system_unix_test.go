//go:build unix

package eventloop_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"reactortest/eventloop"
	"reactortest/realdemux"
)

// TestSignals has a signal arrive in a storm of another one, which the Go runtime
// uses too.
func TestSignals(t *testing.T) {
	l := realLoop(t, nil)
	storms := 0
	_, err := l.Signal(func(sig os.Signal) {
		if sig == syscall.SIGURG {
			storms++
			return
		}
		must(t, l.Close())
	}, syscall.SIGUSR1, syscall.SIGURG)
	must(t, err)
	self := os.Getpid()
	must(t, l.Post(func() {
		for i := range 2000 {
			must(t, syscall.Kill(self, syscall.SIGURG))
			if i == 1000 {
				must(t, syscall.Kill(self, syscall.SIGUSR1))
			}
		}
	}))
	must(t, l.Run(context.Background()))
	t.Logf("of 2000 SIGURG %d were told before SIGUSR1", storms)
}

// TestSignalHasItsEffectAgain has a child watch SIGTERM, close its watches, and die
// of the next.
func TestSignalHasItsEffectAgain(t *testing.T) {
	for _, does := range []string{"closes a watch", "closes the loop"} {
		t.Run(does, func(t *testing.T) {
			l := realLoop(t, nil)
			cmd := childCommand(t, does)
			in, err := cmd.StdinPipe()
			must(t, err)
			defer in.Close()
			_, err = l.StartProcess(cmd, func(err error) {
				var exit *exec.ExitError
				if !errors.As(err, &exit) {
					t.Fatalf("exited: %v", err)
				}
				status, ok := exit.Sys().(syscall.WaitStatus)
				if !ok || !status.Signaled() || status.Signal() != syscall.SIGTERM {
					t.Errorf("exited: %v, want the end by SIGTERM", err)
				}
			})
			must(t, err)
			must(t, l.RunWhileAlive())
			must(t, l.Close())
		})
	}
}

// childOfSystem sends itself SIGTERM twice. It is told of the first. (SIGUSR1 has no
// effect in a Go program, watched or not.)
func childOfSystem(does string) {
	l, err := eventloop.Open(realdemux.NewHost(), nil)
	check(err)
	_, err = l.Signal(func(os.Signal) { check(l.Close()) }, syscall.SIGTERM)
	check(err)
	if does == "closes a watch" {
		w, err := l.Signal(func(os.Signal) {}, syscall.SIGTERM)
		check(err)
		check(w.Close())
	}
	check(syscall.Kill(os.Getpid(), syscall.SIGTERM))
	check(l.Run(context.Background()))
	check(syscall.Kill(os.Getpid(), syscall.SIGTERM))
	_, _ = os.Stdin.Read(make([]byte, 1)) // until it dies
}
