package program

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"reactortest/demux"
	"reactortest/scheduler"
)

// simulated is a simulated host, as *fakedemux.Kernel is.
type simulated interface {
	demux.Host
	Sleep(d time.Duration)
	Await(h demux.Handle, want demux.Ready, deadline time.Duration) (bool, error)
	Tasks() *scheduler.Tasks
}

// below returns the host below what the judge has put around it.
func below(h demux.Host) demux.Host {
	if p, judged := h.(*host); judged {
		return p.inner
	}
	return h
}

// waits tells the judge that a task is about to wait.
func waits(h demux.Host) {
	if p, judged := h.(*host); judged {
		p.alive()
		p.settle()
	}
}

// Sleep blocks the calling task for d. On a simulated host that is virtual time,
// which costs nothing.
func Sleep(h demux.Host, d time.Duration) {
	waits(h)
	sleep(below(h), d)
}

// sleep waits on a demultiplexer of its own where time is real.
func sleep(h demux.Host, d time.Duration) {
	if k, is := h.(simulated); is {
		k.Sleep(d)
		return
	}
	end := h.Now() + d
	own, err := h.Open()
	if err != nil { // there are no descriptors left: wait without one
		for h.Now() < end {
			runtime.Gosched()
		}
		return
	}
	defer own.Close() //nolint:errcheck // it has waited for what it was asked
	var room [1]demux.Event
	for rest := d; rest > 0; rest = end - h.Now() {
		if _, err := own.Wait(room[:], rest); err != nil {
			return
		}
	}
}

// Await blocks the calling task until handle meets a condition in want, or has
// failed, or has hung up: the next Read, Write, Accept or ConnectResult tells
// which. It returns os.ErrDeadlineExceeded when h.Now has reached the deadline; a
// negative deadline is none. Any other error is the system's, such as EBADF for a
// handle that is not open. On a real host it waits on a demultiplexer of its own,
// so the handle may be registered elsewhere.
func Await(h demux.Host, handle demux.Handle, want demux.Ready, deadline time.Duration) error {
	waits(h)
	if want == 0 || want&^(demux.Readable|demux.Writable) != 0 {
		panic(fmt.Sprintf("proptest: Await waits for Readable, Writable or both, and not for %v", want))
	}
	if k, is := below(h).(simulated); is {
		ready, err := k.Await(handle, want, deadline)
		return awaited(ready, err)
	}
	return awaited(awaitReal(below(h), handle, want, deadline))
}

func awaited(ready bool, err error) error {
	if err == nil && !ready {
		return os.ErrDeadlineExceeded
	}
	return err
}

// awaitReal waits on a demultiplexer of its own.
func awaitReal(h demux.Host, handle demux.Handle, want demux.Ready, deadline time.Duration) (bool, error) {
	own, err := h.Open()
	if err != nil {
		return false, err
	}
	defer own.Close() //nolint:errcheck // it has told what it saw
	if err := own.Register(handle, 0, want, demux.Level); err != nil {
		return false, err
	}
	defer own.Deregister(handle) //nolint:errcheck // as above
	var room [1]demux.Event
	for {
		timeout := time.Duration(-1)
		if deadline >= 0 {
			timeout = max(deadline-h.Now(), 0)
		}
		n, err := own.Wait(room[:], timeout)
		if err != nil || n > 0 {
			return n > 0, err
		}
		if deadline >= 0 && h.Now() >= deadline {
			return false, nil
		}
	}
}

// Go starts a task that calls f, and returns a function that waits until f has
// returned. Any number of tasks may wait.
func Go(h demux.Host, name string, f func()) (wait func()) {
	k, is := below(h).(simulated)
	if !is {
		done := make(chan struct{})
		h.Go(name, func() {
			defer close(done)
			f()
		})
		return func() {
			waits(h)
			<-done
		}
	}
	tasks := k.Tasks()
	var waiters []*scheduler.Task
	done := false
	h.Go(name, func() {
		f()
		done = true
		for _, t := range waiters {
			tasks.Ready(t)
		}
	})
	call := scheduler.Call{Name: "wait for " + name, Handle: -1}
	return func() {
		waits(h)
		tasks.Switch(call)
		for !done {
			waiters = append(waiters, tasks.Current())
			tasks.Block(call, -1)
		}
	}
}
