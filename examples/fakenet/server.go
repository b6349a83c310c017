package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"sync"
)

// server has a counter. A client sends lines "ADD id n", and gets "TOTAL n" for each. The
// id names the request: a client that does not know whether it was served sends it again,
// and it counts once.
type server struct {
	mu    sync.Mutex // guards the following, and is held over no call of the network
	total int
	seen  map[string]bool
}

func newServer() *server { return &server{seen: make(map[string]bool)} }

// serve has handle serve each connection of l, until l is closed and all of them have
// ended.
func serve(l net.Listener, handle func(c net.Conn) error) error {
	var wait sync.WaitGroup
	defer wait.Wait()
	for {
		c, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		}
		wait.Go(func() {
			_ = handle(c) // the client knows, too
			_ = c.Close()
		})
	}
}

// handle answers one client.
func (s *server) handle(c net.Conn) error {
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		if _, err := fmt.Fprintln(c, s.answer(lines.Text())); err != nil {
			return err
		}
	}
	return lines.Err()
}

// answer carries out one line.
func (s *server) answer(line string) string {
	var id string
	var n int
	if _, err := fmt.Sscanf(line, "ADD %s %d", &id, &n); err != nil {
		return fmt.Sprintf("ERROR %q is not ADD id n", line)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.seen[id] {
		s.seen[id] = true
		s.total += n
	}
	return fmt.Sprintf("TOTAL %d", s.total)
}
