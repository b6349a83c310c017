package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/proptest"
)

// phrases are what ann says, in this order.
var phrases = []string{"hello", "is anybody here?", "then not"}

// chat is the program under test: a server with some parts replaced, and clients.
func chat(p parts) proptest.Program {
	return func(t testing.TB, h demux.Host) {
		loop, err := eventloop.Open(h, nil)
		if err != nil {
			t.Fatal(err)
		}
		s, err := listen(loop, "127.0.0.1:0", t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		s.room.parts = p
		play(t, h, s, script{"ann", talk}, script{"bob", listenTo}, script{"ann's successor", succeed})
	}
}

// script is what a client does.
type script struct {
	name string
	act  func(c *client)
}

// play runs the server's loop and its clients, and stops the server when all
// clients have ended.
func play(t testing.TB, h demux.Host, s *server, scripts ...script) {
	world := proptest.World(h)
	var waits []func()
	for _, one := range scripts {
		waits = append(waits, proptest.Go(world, one.name, func() {
			if c := dial(t, world, s.addr); c != nil {
				one.act(c)
				_ = world.Close(c.handle)
			}
		}))
	}
	world.Go("end", func() {
		for _, wait := range waits {
			wait()
		}
		if err := s.net.Loop().Post(s.stop); err != nil {
			t.Errorf("Post: %v", err)
		}
	})
	if err := s.net.Loop().Run(context.Background()); err != nil {
		t.Errorf("Run: %v", err)
	}
	if len(s.room.members) > 0 || len(s.room.nicks) > 0 || s.net.Conns() > 0 {
		t.Errorf("the server has ended with %d members, %d nicks and %d connections", len(s.room.members), len(s.room.nicks), s.net.Conns())
	}
}

// slowReader is a room with a member that does not read.
func slowReader(t testing.TB, h demux.Host) {
	const words = 40
	loop, err := eventloop.Open(h, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := listen(loop, "127.0.0.1:0", t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	s.maxOutput = 300
	present := 0 // of mute and bob
	mute := func(c *client) {
		c.take("mute")
		present++
		proptest.Sleep(c.h, 3*time.Second)
		for c.lost == nil {
			c.line()
		}
		if slices.Contains(c.heard, "BYE") {
			t.Errorf("a member that does not read was not dropped: %q", c.heard)
		}
	}
	ann := func(c *client) {
		for c.take("ann"); present < 2; {
			proptest.Sleep(c.h, time.Millisecond)
		}
		for range words { // each word waits for the echo of bob's, so that only mute is slow
			c.send("SAY word")
			for c.lost == nil && c.line() != "FROM bob word" {
			}
		}
		if c.quit(); !slices.Contains(c.heard, "PART mute") {
			t.Errorf("ann was not told that mute was dropped: %q", c.heard)
		}
	}
	bob := func(c *client) {
		c.take("bob")
		present++
		for heard := 0; c.lost == nil && heard < words; {
			if c.line() == "FROM ann word" {
				heard++
				c.send("SAY word")
			}
		}
		c.quit()
	}
	play(t, h, s, script{"mute", mute}, script{"ann", ann}, script{"bob", bob})
}

// talk is ann, who says something and quits.
func talk(c *client) {
	if !c.take("ann") {
		return
	}
	for _, text := range phrases {
		c.send("SAY " + text)
	}
	c.quit()
}

// listenTo is bob, who hears what ann says from when he has come to when she
// quits or he does: nothing twice, nothing out of order, and no gap.
func listenTo(c *client) {
	if !c.take("bob") {
		return
	}
	for c.lost == nil && !slices.Contains(c.heard, "PART ann") && c.waitsFor(10*time.Millisecond) {
		c.line()
	}
	var said []string
	for _, line := range c.heard {
		if text, is := strings.CutPrefix(line, "FROM ann "); is && text != "I am new" {
			said = append(said, text)
		}
	}
	if all := strings.Join(phrases, "|"); !strings.Contains(all, strings.Join(said, "|")) {
		c.t.Errorf("bob heard %q of what ann said, %q", said, phrases)
	}
	c.quit()
}

// succeed takes the nick ann too, when it is free, and keeps it for a while.
func succeed(c *client) {
	if !c.take("ann") {
		return
	}
	since := len(c.heard)
	c.send("SAY I am new")
	for c.lost == nil && c.waitsFor(5*time.Millisecond) {
		c.line()
	}
	if slices.Contains(c.heard[since:], "PART ann") {
		c.t.Errorf("PART ann, and ann is here: %q", c.heard)
	}
	c.quit()
}

// client is one end of a connection to the server.
type client struct {
	t      testing.TB
	h      demux.Host
	handle demux.Handle
	input  []byte
	heard  []string // whole lines
	lost   error    // the network, or a server without memory, has ended the connection
}

// dial returns a connected client, nil if the network has reset it.
func dial(t testing.TB, h demux.Host, to netip.AddrPort) *client {
	handle, err := h.Connect(to)
	if err != nil {
		t.Errorf("connect: %v", err)
		return nil
	}
	for err = demux.ErrAgain; errors.Is(err, demux.ErrAgain); err = h.ConnectResult(handle) {
		if err := proptest.Await(h, handle, demux.Writable, -1); err != nil {
			t.Errorf("connect: %v", err)
		}
	}
	if err != nil {
		_ = h.Close(handle)
		return nil
	}
	return &client{t: t, h: h, handle: handle}
}

// send sends a line.
func (c *client) send(line string) {
	for b := []byte(line + "\n"); len(b) > 0 && c.lost == nil; {
		n, err := c.h.Write(c.handle, b)
		b = b[max(n, 0):]
		if errors.Is(err, demux.ErrAgain) {
			err = proptest.Await(c.h, c.handle, demux.Writable, -1)
		}
		c.lost = err
	}
}

// patience is how long the server may take to answer.
const patience = time.Minute

// line returns the next line, "" if the connection was lost. The server never
// answers WHAT, since no client sends what the protocol does not know.
func (c *client) line() string {
	for c.lost == nil {
		if line, rest, whole := bytes.Cut(c.input, []byte("\n")); whole {
			c.input = rest
			c.heard = append(c.heard, string(line))
			if bytes.HasPrefix(line, []byte("WHAT")) {
				c.t.Errorf("a line was taken for what it is not: %q", line)
			}
			return string(line)
		}
		var b [64]byte
		n, err := c.h.Read(c.handle, b[:])
		c.input = append(c.input, b[:max(n, 0)]...)
		if errors.Is(err, demux.ErrAgain) {
			if err = proptest.Await(c.h, c.handle, demux.Readable, c.h.Now()+patience); err != nil {
				c.t.Errorf("no answer: %v", err)
			}
		}
		c.lost = err
	}
	return ""
}

// waitsFor reports whether there is something to read within d.
func (c *client) waitsFor(d time.Duration) bool {
	return len(c.input) > 0 || proptest.Await(c.h, c.handle, demux.Readable, c.h.Now()+d) == nil
}

// take takes a nick, as soon as it is free.
func (c *client) take(nick string) bool {
	for c.lost == nil {
		c.send("NICK " + nick)
		for c.lost == nil {
			line := c.line()
			if line == "OK "+nick {
				return true
			}
			if line == "TAKEN "+nick {
				break
			}
		}
		proptest.Sleep(c.h, time.Millisecond)
	}
	return false
}

// quit leaves, and is told BYE.
func (c *client) quit() {
	if c.lost != nil {
		return
	}
	c.send("QUIT")
	for c.lost == nil {
		if c.line() == "BYE" {
			return
		}
	}
	if errors.Is(c.lost, io.EOF) {
		c.t.Errorf("QUIT was answered by the end, and not by BYE: %q %q", c.heard, c.input)
	}
}
