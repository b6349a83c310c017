package main

import (
	"bufio"

	"reactortest/eventloop/stream"
)

// parts are what the tests replace by wrong ones.
type parts struct {
	cut    bufio.SplitFunc
	leave  func(r *room, m *member)
	finish func(c *stream.Conn) // of a member that has left
}

// correct are the right ones.
var correct = parts{cut: cutLine, leave: (*room).leaveOnce, finish: sendAll}

// sendAll has what waits for a member sent, and then the end.
func sendAll(c *stream.Conn) { _ = c.Close() } // ErrClosed: it has ended
