package eventloop

import (
	"errors"
	"os"
	"os/exec"

	"reactortest/demux"
)

// Process is a child process whose end the loop is told of. Any goroutine may
// call its methods.
type Process struct {
	child demux.Child
}

// StartProcess starts cmd. When the process has ended, the loop calls exited
// once, in the posted phase, with the error that exec.Cmd.Wait has for it: nil
// for an exit with status 0, and an *exec.ExitError for another one. cmd's
// Stdin, Stdout, Stderr, Cancel and WaitDelay have their usual meaning, and
// cmd.ProcessState is set when exited is called. Do not call cmd.Wait.
//
// A thread of the process's own waits for it, so children take no worker of the
// loop. RunWhileAlive waits for exited. Close of the loop does not kill the
// child: the thread still waits for it, and exited is not called. To kill it
// first, call Kill, or make cmd with exec.CommandContext.
//
// StartProcess returns the error of cmd.Start, demux.ErrClosed once the loop is
// closed, and errors.ErrUnsupported if the host is not a demux.ProcessHost:
// simulated hosts are not. cmd is not started then. It panics if cmd or exited
// is nil. Any goroutine may call it.
func (l *Loop) StartProcess(cmd *exec.Cmd, exited func(err error)) (*Process, error) {
	if cmd == nil || exited == nil {
		panic("eventloop: StartProcess without a command or without a function")
	}
	h, ok := l.host.(demux.ProcessHost)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	if l.closed.Load() {
		return nil, demux.ErrClosed
	}
	l.other.alive.Add(1)
	child, err := h.StartProcess(cmd)
	if err != nil {
		l.other.alive.Add(-1)
		return nil, err
	}
	l.host.Go("child", func() {
		err := child.Wait()
		_ = l.Post(func() { // ErrClosed: nobody is left to be told
			l.other.alive.Add(-1)
			exited(err)
		})
	})
	return &Process{child}, nil
}

// Signal sends sig to the process. It returns os.ErrProcessDone once exited has been
// called. Windows knows os.Kill alone.
func (p *Process) Signal(sig os.Signal) error { return p.child.Signal(sig) }

// Kill ends the process: it is Signal(os.Kill). The loop still calls exited.
func (p *Process) Kill() error { return p.child.Signal(os.Kill) }
