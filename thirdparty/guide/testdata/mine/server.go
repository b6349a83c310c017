// Package mine is a small server: a goroutine for each connection, with system calls that
// block.
package mine

import (
	"errors"
	"io"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Server calls its functions for each connection, in the goroutine of the connection.
type Server struct {
	Ready  func()
	Open   func(*Conn) []byte
	Data   func(*Conn, []byte) (closes bool)
	Closed func(*Conn, error)

	mu       sync.Mutex
	listener int
	stopping bool
	conns    map[*Conn]bool
	all      sync.WaitGroup
}

// Conn is a connection.
type Conn struct {
	Session any // the user's

	mu      sync.Mutex // guards fd and its end
	writing sync.Mutex
	fd      int
	ended   bool
}

// Serve accepts connections until Stop is called.
func (s *Server) Serve(addr string) error {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return err
	}
	s.conns = map[*Conn]bool{}
	if s.listener, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); err != nil {
		return err
	}
	defer syscall.Close(s.listener)
	if err := syscall.Bind(s.listener, &syscall.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}); err != nil {
		return err
	}
	if err := syscall.Listen(s.listener, 128); err != nil {
		return err
	}
	s.all.Add(1)
	defer s.all.Done()
	s.Ready()
	for !s.isStopping() {
		fd, _, err := syscall.Accept(s.listener)
		switch {
		case err == nil:
			s.start(&Conn{fd: fd})
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.ECONNABORTED):
		default: // no descriptors or no memory: perhaps there are some in a while
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}

// Stop ends everything, and returns when all goroutines have ended.
func (s *Server) Stop() {
	s.mu.Lock()
	s.stopping = true
	_ = syscall.Shutdown(s.listener, syscall.SHUT_RDWR)
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.all.Wait()
}

func (s *Server) isStopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}

func (s *Server) start(c *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		_ = syscall.Close(c.fd)
		return
	}
	s.conns[c] = true
	s.all.Add(1)
	go s.serve(c)
}

func (s *Server) serve(c *Conn) {
	defer s.all.Done()
	err := c.Write(s.Open(c))
	room := make([]byte, 4096)
	for err == nil {
		var n int
		n, err = syscall.Read(c.fd, room)
		switch {
		case errors.Is(err, syscall.EINTR):
			err = nil
		case err == nil && n == 0:
			err = io.EOF
		case err == nil && s.Data(c, room[:n]):
			err = io.EOF
		}
	}
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.Closed(c, err)
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.writing.Lock() // nobody writes any more
	defer c.writing.Unlock()
	_ = syscall.Close(c.fd)
}

// Write sends b, from any goroutine.
func (c *Conn) Write(b []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	for len(b) > 0 {
		if c.isEnded() {
			return syscall.EPIPE
		}
		n, err := syscall.Write(c.fd, b)
		if err != nil && !errors.Is(err, syscall.EINTR) {
			return err
		}
		b = b[max(n, 0):]
	}
	return nil
}

func (c *Conn) isEnded() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// Close has the connection end, from any goroutine.
func (c *Conn) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		_ = syscall.Shutdown(c.fd, syscall.SHUT_RDWR)
	}
}
