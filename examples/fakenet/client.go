package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// client is a client of a server.
type client struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)
	addr string

	conn  net.Conn // nil: none, or it has failed
	lines *bufio.Reader
}

// patience is how long a client waits for an answer.
const patience = 10 * time.Second

// add adds n to the counter and returns the total. If the connection is reset, it sends
// the request again.
func (c *client) add(id string, n int) (total int, err error) {
	for {
		total, err = c.once(id, n)
		if err == nil {
			return total, nil
		}
		c.close()
		if !lost(err) {
			return 0, err
		}
	}
}

// lost reports whether a connection has ended without an answer.
func lost(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF)
}

// once makes one attempt.
func (c *client) once(id string, n int) (total int, err error) {
	if c.conn == nil {
		if c.conn, err = c.dial(context.Background(), "tcp", c.addr); err != nil {
			return 0, err
		}
		c.lines = bufio.NewReader(c.conn)
	}
	if err := c.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return 0, err
	}
	if _, err := fmt.Fprintf(c.conn, "ADD %s %d\n", id, n); err != nil {
		return 0, err
	}
	line, err := c.lines.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if _, err := fmt.Sscanf(line, "TOTAL %d\n", &total); err != nil {
		return 0, fmt.Errorf("the answer is %q", line)
	}
	return total, nil
}

// close ends the connection, if there is one.
func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}
