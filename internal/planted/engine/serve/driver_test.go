package serve_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"

	"reactortest/demux"
	"reactortest/proptest/server"
)

// stage is one run: an engine, its handler, and clients outside of it.
type stage struct {
	h     demux.Host
	lossy bool // the plan resets connections, or leaves the engine without memory for one

	mu     sync.Mutex
	states map[server.Conn]string // "open", "closed"
	faults []string
}

func (s *stage) errorf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) < 5 {
		s.faults = append(s.faults, fmt.Sprintf(format, args...))
	}
}

// move notes that a connection goes from one state to another one.
func (s *stage) move(c server.Conn, from, to string) {
	s.mu.Lock()
	was := s.states[c]
	s.states[c] = to
	s.mu.Unlock()
	if was != from {
		s.errorf("a connection that is %q becomes %q", was, to)
	}
}

// echo is the handler. What it does with data depends on the first byte of each piece:
// most of it comes back by Write, some by Async, some after a wake.
type echo struct {
	*stage
	ready func()
}

func (e echo) Ready() { e.ready() }

func (e echo) Open(c server.Conn) []byte {
	e.move(c, "", "open")
	return []byte("!")
}

func (e echo) Lost(server.Conn, error) {}

func (e echo) Data(c server.Conn, b []byte) bool {
	e.move(c, "open", "busy")
	defer e.move(c, "busy", "open")
	e.h.Yield("data")
	if err := c.Write(b); err != nil && !e.lossy {
		e.errorf("Write: %v", err)
	}
	if b[0]%8 == 0 {
		_ = c.(server.Waker).Wake()
	}
	return bytes.IndexByte(b, 0xff) >= 0
}

func (e echo) Woken(c server.Conn) {
	e.move(c, "open", "busy")
	e.h.Yield("woken")
	e.move(c, "busy", "open")
}

func (e echo) Closed(c server.Conn, err error) {
	e.h.Yield("closed")
	e.move(c, "open", "closed")
	if err != nil && !errors.Is(err, io.EOF) && !e.lossy {
		e.errorf("Closed: %v", err)
	}
}

// client is one peer. sleep and wait depend on the host.
type client struct {
	*stage
	addr  netip.AddrPort
	await func(h demux.Handle, want demux.Ready)
}

func (c client) lost(what string, err error) {
	if !c.lossy {
		c.errorf("client: %s: %v", what, err)
	}
}

func (c client) connect() demux.Handle {
	h, err := c.h.Connect(c.addr)
	for err == nil {
		if err = c.h.ConnectResult(h); err == nil {
			return h
		} else if errors.Is(err, demux.ErrAgain) {
			c.await(h, demux.Writable)
			err = nil
		} else {
			_ = c.h.Close(h)
		}
	}
	c.lost("connect", err)
	return demux.NoHandle
}

// exchange sends size bytes, ends its direction, and reads until the end. If greedy is
// set it writes all before it reads.
func (c client) exchange(id, size int, greedy bool) {
	h := c.connect()
	if h == demux.NoHandle {
		return
	}
	defer c.h.Close(h)
	want := append([]byte("!"), pattern(id, size)...)
	sent, shut, got, buf := 1, false, 0, make([]byte, 256)
	for {
		moved := false
		if sent < len(want) {
			n, err := c.h.Write(h, want[sent:min(len(want), sent+1<<12)])
			if err != nil && !errors.Is(err, demux.ErrAgain) {
				c.lost("write", err)
				return
			}
			sent, moved = sent+n, n > 0
			if moved && greedy {
				continue
			}
		} else if !shut {
			shut = true
			if err := c.h.CloseWrite(h); err != nil {
				c.lost("shutdown", err)
				return
			}
		}
		n, err := c.h.Read(h, buf)
		if !bytes.HasPrefix(want[got:], buf[:n]) {
			c.errorf("client %d: the bytes from number %d on are not those that were sent", id, got)
			return
		}
		got += n
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			if got != len(want) {
				c.lost("end", fmt.Errorf("after %d bytes of %d", got, len(want)))
			}
			return
		case !errors.Is(err, demux.ErrAgain):
			c.lost("read", err)
			return
		case !moved:
			ready := demux.Readable
			if sent < len(want) {
				ready |= demux.Writable
			}
			c.await(h, ready)
		}
	}
}

// leave closes in the middle.
func (c client) leave(id int) {
	if h := c.connect(); h != demux.NoHandle {
		_, _ = c.h.Write(h, pattern(id, 100))
		_ = c.h.Close(h)
	}
}

// stay waits for the end, which comes when the engine stops.
func (c client) stay(id int) {
	h := c.connect()
	if h == demux.NoHandle {
		return
	}
	_, _ = c.h.Write(h, pattern(id, 10))
	buf := make([]byte, 64)
	for {
		if _, err := c.h.Read(h, buf); errors.Is(err, demux.ErrAgain) {
			c.await(h, demux.Readable)
		} else if err != nil {
			break
		}
	}
	_ = c.h.Close(h)
}

func pattern(id, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(id*37+i*7+i/256) & 0x7f
	}
	return b
}

// timers sets timers and checks them.
func (s *stage) timers(e server.Timers) {
	set := func(d time.Duration) {
		due := s.h.Now() + d
		e.AfterFunc(d, func() {
			if now := s.h.Now(); now < due {
				s.errorf("a timer runs %v early", due-now)
			}
		})
	}
	set(time.Millisecond)
	set(0)
	stop := e.AfterFunc(time.Hour, func() { s.errorf("a stopped timer runs") })
	if !stop() || stop() {
		s.errorf("stop does not report whether it stopped the timer")
	}
}
