package realdemux

import (
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"sync/atomic"

	"reactortest/demux"
)

// NotifySignal has a channel for each signal. Package os/signal does not block to
// send: "for a channel used for notification of just one signal value, a buffer
// of size 1 is sufficient" (os/signal, Notify). So a storm of one signal does not
// drive out another.
func (*host) NotifySignal(sig os.Signal, fn func()) (stop func(), err error) {
	arrived := make(chan os.Signal, 1)
	ended := make(chan struct{})
	signal.Notify(arrived, sig)
	go func() {
		for {
			select {
			case <-arrived:
				fn()
			case <-ended:
				return
			}
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(arrived)
		close(ended)
	}), nil
}

// StartProcess starts cmd.
func (*host) StartProcess(cmd *exec.Cmd) (demux.Child, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &child{cmd: cmd}, nil
}

type child struct {
	cmd    *exec.Cmd
	waited atomic.Bool // Wait has returned
}

func (c *child) Wait() error {
	defer c.waited.Store(true)
	return c.cmd.Wait()
}

// Signal asks the process itself only while it is not waited for: on Windows, package
// os returns EINVAL for one whose handle Wait has closed, seen with Go 1.26.
func (c *child) Signal(sig os.Signal) error {
	if c.waited.Load() {
		return os.ErrProcessDone
	}
	return c.cmd.Process.Signal(sig)
}
