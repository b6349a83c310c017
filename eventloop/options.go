package eventloop

import (
	"errors"
	"fmt"
	"time"

	"reactortest/demux"
)

// Limits of Options.
const (
	DefaultBatch = 128
	MaxBatch     = 1 << 16
	MaxSpin      = 10 * time.Millisecond
)

// Options are the settings of a Loop. A nil *Options means the defaults.
type Options struct {
	// Batch is the largest number of events that one Wait returns, from 1 to
	// MaxBatch; 0 means DefaultBatch.
	Batch int
	// Workers is the largest number of works of Go that run at the same time, from
	// 1 to MaxWorkers; 0 means DefaultWorkers.
	Workers int
	// Queue is the largest number of works of Go that wait for a worker, from 1 to
	// MaxQueue; 0 means DefaultQueue.
	Queue int
	// Observer is called for every step, before the step's function is called.
	// It runs in the loop's goroutine and must not call the loop. A nil Observer
	// is not called.
	Observer func(Step)
	// Spin is how long an iteration with nothing to do polls the kernel before it
	// sleeps in it, from 0 to MaxSpin. It shortens the time that the first event
	// takes and costs processor time. 0, the default, means that the loop sleeps
	// at once. The loop's demux does the spinning: it has a method
	// SetSpin(time.Duration), as the one of realdemux on Linux has. Open fails for
	// other demuxes, such as those of simulated kernels.
	Spin time.Duration
	// LockOSThread makes Run and RunWhileAlive stay on one thread, as
	// runtime.LockOSThread does, until they return. The caller of RunOnce can
	// lock its thread itself. The host does the locking: it has a method
	// LockOSThread() (unlock func()), as that of realdemux has. Open fails for
	// other hosts, such as simulated kernels. On io_uring from
	// Linux 5.19 on, the loop is not interrupted for operations that end; if RunOnce
	// is called on several threads, it may learn of them a tick of the clock later.
	LockOSThread bool
}

// spinner is a demux that can poll for a while before it sleeps.
type spinner interface{ SetSpin(d time.Duration) }

// threaded is a host whose goroutines can be locked to threads.
type threaded interface{ LockOSThread() (unlock func()) }

// threadOpener is a host whose demuxes can be made for one thread.
type threadOpener interface {
	OpenOnThread() (demux.Demux, error)
}

// Open makes a loop on a demux of h. It panics if an option is out of range. It
// returns a wrapped errors.ErrUnsupported, which names the option, if h or its
// demux does not offer an option.
func Open(h demux.Host, o *Options) (*Loop, error) {
	if o == nil {
		o = &Options{}
	}
	batch := option("Batch", o.Batch, DefaultBatch, MaxBatch)
	workers := option("Workers", o.Workers, DefaultWorkers, MaxWorkers)
	queue := option("Queue", o.Queue, DefaultQueue, MaxQueue)
	if o.Spin < 0 || o.Spin > MaxSpin {
		panic(fmt.Sprintf("eventloop: Spin is %v, not in 0 to %v", o.Spin, MaxSpin))
	}
	l := &Loop{host: h, observer: o.Observer, batch: make([]demux.Event, batch)}
	l.other.limit, l.other.room = workers, queue
	open := h.Open
	if o.LockOSThread {
		t, ok := h.(threaded)
		if !ok {
			return nil, fmt.Errorf("eventloop: Options.LockOSThread on this host: %w", errors.ErrUnsupported)
		}
		l.lock = t.LockOSThread
		if o, can := h.(threadOpener); can {
			open = o.OpenOnThread
		}
	}
	var err error
	if l.demux, err = open(); err != nil {
		return nil, err
	}
	if o.Spin > 0 {
		s, ok := l.demux.(spinner)
		if !ok {
			err := fmt.Errorf("eventloop: Options.Spin with the demux %s: %w", l.demux.Traits().Name, errors.ErrUnsupported)
			return nil, errors.Join(err, l.demux.Close())
		}
		s.SetSpin(o.Spin)
	}
	if b, can := l.demux.(demux.Batcher); can {
		_ = b.SetBatch(true) // ErrClosed: every other call returns it as well
	}
	return l, nil
}
