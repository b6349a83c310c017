package demux

import (
	"os"
	"os/exec"
)

// SignalHost is a Host that receives the operating system's signals. A program
// finds it by a type assertion. The hosts of package realdemux are SignalHosts,
// and simulated hosts are not.
type SignalHost interface {
	Host

	// NotifySignal calls fn in a thread of the host after sig has arrived, one
	// call at a time. Signals that arrive before fn is called, or while it runs,
	// may be reported by one call. At least one call begins after the last
	// arrival. fn must not block. While a signal has an fn, it has no other
	// effect on the process. stop gives the effect back that the signal had
	// before, unless somebody else is notified of it. A call of fn that has begun
	// may still run when stop has returned. Any thread may call stop, once.
	NotifySignal(sig os.Signal, fn func()) (stop func(), err error)
}

// ProcessHost is a Host that starts child processes. A program finds it by a
// type assertion. The hosts of package realdemux are ProcessHosts, and simulated
// hosts are not.
type ProcessHost interface {
	Host

	// StartProcess starts cmd, as cmd.Start does, and returns its errors.
	StartProcess(cmd *exec.Cmd) (Child, error)
}

// Child is a process that a ProcessHost has started.
type Child interface {
	// Wait blocks until the process has ended, and returns how, as exec.Cmd.Wait
	// does. It is called once.
	Wait() error

	// Signal sends sig to the process. It returns os.ErrProcessDone once Wait has
	// returned. Windows knows os.Kill alone. Any thread may call Signal.
	Signal(sig os.Signal) error
}
