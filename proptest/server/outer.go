package server

import (
	"errors"
	"net/netip"
	"runtime"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// outer is the machine as the world sees it: peers, and the function that plays the
// run. On a simulated kernel its tasks act outside of the program.
type outer struct {
	host   demux.Host
	kernel *fakedemux.Kernel // nil on a real host
}

// Go starts a task of the world.
func (o outer) Go(name string, f func()) {
	o.host.Go(name, func() {
		if o.kernel != nil {
			o.kernel.Outside(true)
		}
		f()
	})
}

// sleep blocks the calling task.
func (o outer) sleep(d time.Duration) {
	if o.kernel != nil {
		o.kernel.Sleep(d)
		return
	}
	sleepReal(o.host, d)
}

// sleepReal waits on a demultiplexer of its own.
func sleepReal(h demux.Host, d time.Duration) {
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

// await blocks until h is ready for want, and reports whether it is before the
// deadline; a negative one is none.
func (o outer) await(h demux.Handle, want demux.Ready, deadline time.Duration) bool {
	if o.kernel != nil {
		ready, err := o.kernel.Await(h, want, deadline)
		return ready && err == nil
	}
	own, err := o.host.Open()
	if err != nil {
		return false
	}
	defer own.Close() //nolint:errcheck // it has told what it saw
	if own.Register(h, 0, want, demux.Level) != nil {
		return false
	}
	defer own.Deregister(h) //nolint:errcheck // as above
	var room [1]demux.Event
	for {
		timeout := time.Duration(-1)
		if deadline >= 0 {
			if timeout = deadline - o.host.Now(); timeout <= 0 {
				return false
			}
		}
		if n, err := own.Wait(room[:], timeout); n > 0 || err != nil {
			return n > 0
		}
	}
}

// connect makes a connection, and returns the port of its near end, 0 if that is not
// known.
func (o outer) connect(to netip.AddrPort, deadline time.Duration) (demux.Handle, uint16, error) {
	h, err := o.host.Connect(to)
	if err != nil {
		return demux.NoHandle, 0, err
	}
	for {
		if !o.await(h, demux.Writable, deadline) {
			err = errLate
			break
		}
		if err = o.host.ConnectResult(h); !errors.Is(err, demux.ErrAgain) {
			break
		}
	}
	if err != nil {
		_ = o.host.Close(h)
		return demux.NoHandle, 0, err
	}
	return h, o.port(h), nil
}

var errLate = errors.New("not connected in time")

func (o outer) port(h demux.Handle) uint16 {
	if o.kernel == nil {
		return 0
	}
	at, e := o.kernel.Linux().Getsockname(int(h))
	if e != 0 {
		return 0
	}
	return at.Port
}

// peerPort returns the port of the far end of a handle of the engine, 0 if that is not
// known. It is a call of the current task.
func (o outer) peerPort(h int) uint16 {
	if o.kernel == nil || h < 0 {
		return 0
	}
	at, e := o.kernel.Linux().Getpeername(h)
	if e != 0 {
		return 0
	}
	return at.Port
}

// reset closes h so that its far end gets a RST. A real host closes it.
func (o outer) reset(h demux.Handle) {
	if o.kernel != nil {
		_ = o.kernel.Linux().ResetOnClose(int(h))
	}
	_ = o.host.Close(h)
}

// isReset reports whether err says that a connection was reset.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.ENOTCONN)
}
