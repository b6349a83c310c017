//go:build linux

package fakenet_test

import (
	"flag"
	"net"
	"testing"
	"time"

	"golang.org/x/net/nettest"
	"reactortest/fakedemux"
	"reactortest/fakenet"
	"reactortest/scheduler/bubble"
)

var seeds = flag.Int("fakenet.seeds", 1, "`seeds` of the runs with faults")

// TestConn has the suite of golang.org/x/net judge connections of package fakenet. Its
// goroutines are outside of the bubble, because tests in a bubble have no subtests.
func TestConn(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			t.Run("quiet", func(t *testing.T) {
				nettest.TestConn(t, func() (a, b net.Conn, stop func(), err error) { return open(t, network, fakenet.Run) })
			})
			t.Run("faults", func(t *testing.T) {
				for seed := range *seeds {
					o := &fakenet.Options{Seed: uint64(seed), Calls: 10_000_000, Plan: &fakedemux.Plan{Faults: 1000, Off: "oirfnpxyb"}}
					nettest.TestConn(t, func() (a, b net.Conn, stop func(), err error) { return open(t, network, o.Run) })
				}
			})
		})
	}
}

// gate lets goroutines outside of a bubble make calls in it.
type gate struct {
	requests chan request
	tick     chan struct{} // every millisecond of real time
	over     chan struct{} // closed when the run has ended
}

// request is one call.
type request struct {
	f    func()
	done chan struct{}
	last bool // the run is to end
}

// open starts a run that has the two ends of a connection. stop ends it.
func open(t *testing.T, network string, run func(t *testing.T, f func(t testing.TB))) (a, b net.Conn, stop func(), err error) {
	t.Helper()
	g := &gate{requests: make(chan request), tick: make(chan struct{}), over: make(chan struct{})}
	ready := make(chan error, 1)
	x, y := &conn{gate: g}, &conn{gate: g}
	go g.clock()
	go func() {
		defer close(g.over)
		run(t, func(testing.TB) {
			var err error
			x.c, y.c, err = pair(network)
			if ready <- err; err == nil {
				g.serve()
				x.c.Close()
				y.c.Close()
			}
		})
	}()
	if err := <-ready; err != nil {
		return nil, nil, nil, err
	}
	return x, y, func() {
		g.send(request{last: true})
		<-g.over
	}, nil
}

// pair returns the two ends of a connection.
func pair(network string) (a, b net.Conn, err error) {
	if network == "tcp" {
		return fakenet.Pipe()
	}
	l, err := fakenet.Listen("unix", "/socket")
	if err != nil {
		return nil, nil, err
	}
	defer l.Close()
	if a, err = fakenet.Dial("unix", "/socket"); err != nil {
		return nil, nil, err
	}
	b, err = l.Accept()
	return a, b, err
}

// clock ticks until the run has ended.
func (g *gate) clock() {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-g.over:
			return
		}
		select {
		case g.tick <- struct{}{}:
		case <-g.over:
			return
		}
	}
}

// serve carries out requests, each in a goroutine of its own. It runs in the bubble. The
// bubble is still while it waits for what is outside. When nothing comes, virtual time
// goes on as fast as real time does.
func (g *gate) serve() {
	for {
		var r request
		idle := false
		bubble.Current().Do("outside", -1, func() {
			select {
			case r = <-g.requests:
			case <-g.tick:
				idle = true
			}
		})
		switch {
		case idle:
			time.Sleep(time.Millisecond)
		case r.last:
			return
		default:
			fakenet.Go(func() {
				r.f()
				close(r.done)
			})
		}
	}
}

func (g *gate) send(r request) bool {
	select {
	case g.requests <- r:
		return true
	case <-g.over:
		return false
	}
}

// call has f called in the bubble. It returns false if the run has ended.
func (g *gate) call(f func()) bool {
	r := request{f: f, done: make(chan struct{})}
	if !g.send(r) {
		return false
	}
	select {
	case <-r.done:
		return true
	case <-g.over:
		return false
	}
}

// conn is a connection in a bubble, for goroutines outside of it.
type conn struct {
	gate *gate
	c    net.Conn
}

func (c *conn) Read(p []byte) (n int, err error) {
	if !c.gate.call(func() { n, err = c.c.Read(p) }) {
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *conn) Write(p []byte) (n int, err error) {
	if !c.gate.call(func() { n, err = c.c.Write(p) }) {
		return 0, net.ErrClosed
	}
	return n, err
}

func (c *conn) Close() (err error) { return c.do(func() error { return c.c.Close() }) }

func (c *conn) LocalAddr() net.Addr  { return c.c.LocalAddr() }
func (c *conn) RemoteAddr() net.Addr { return c.c.RemoteAddr() }

func (c *conn) SetDeadline(t time.Time) error      { return c.limit(t, c.c.SetDeadline) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.limit(t, c.c.SetReadDeadline) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.limit(t, c.c.SetWriteDeadline) }

// limit sets a deadline that is as far away on the clock of the bubble as it is on the
// real one.
func (c *conn) limit(t time.Time, set func(time.Time) error) error {
	left := time.Until(t)
	return c.do(func() error {
		if t.IsZero() {
			return set(t)
		}
		return set(time.Now().Add(left))
	})
}

func (c *conn) do(f func() error) (err error) {
	if !c.gate.call(func() { err = f() }) {
		return net.ErrClosed
	}
	return err
}
