//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/bench/internal/serve"
)

// patience is how long the generator waits for a server to listen, and for a reply.
const patience = 10 * time.Second

// load sends messages. A message has the number of its connection, the number of the
// message, and bytes that depend on their place.
type load struct {
	network, address string
	epfd             int
	traffic          *traffic // nil: over epoll
	conns            []conn
	message          []byte
	buf              []byte
	events           []unix.EpollEvent

	start     time.Time
	stopping  bool  // no new messages are sent
	flying    int   // messages under way
	done      int64 // replies so far
	latencies histogram
}

type conn struct {
	fd     int
	number uint64 // of the message
	sent   int    // bytes of it
	got    int    // bytes of the reply
	at     time.Duration
	full   bool // the socket accepts no more
}

func newLoad(o *options) (*load, error) {
	if o.size < 16 || o.conns < 1 {
		return nil, errors.New("too few connections, or messages that are too short")
	}
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	l := &load{
		network: o.network, address: o.address, epfd: epfd, start: time.Now(),
		message: make([]byte, o.size), buf: make([]byte, 64<<10), events: make([]unix.EpollEvent, 1024),
	}
	for i := range l.message {
		l.message[i] = byte(i*7 + i>>8)
	}
	// One connection needs no help: the generator waits for the server.
	if o.epoll || o.conns == 1 || o.memory {
		return l, nil
	}
	if l.traffic, err = newTraffic(l); err != nil {
		fmt.Fprintln(os.Stderr, "load: over epoll, because:", err)
	}
	return l, nil
}

// by says how messages are sent.
func (l *load) by() string {
	if l.traffic != nil {
		return "io_uring"
	}
	return "epoll"
}

// connect adds connections. It waits for the server to listen.
func (l *load) connect(n int) error {
	for deadline := time.Now().Add(patience); n > 0; {
		fd, err := serve.Dial(l.network, l.address)
		if err != nil {
			if time.Now().After(deadline) {
				return err
			}
			time.Sleep(time.Millisecond)
			continue
		}
		// A connection that is reset leaves no port in TIME_WAIT.
		if l.network == "tcp" {
			_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
		}
		if err := l.control(unix.EPOLL_CTL_ADD, fd, len(l.conns), unix.EPOLLIN); err != nil {
			return err
		}
		l.conns = append(l.conns, conn{fd: fd})
		n--
	}
	return nil
}

func (l *load) control(op, fd, index int, events uint32) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(index)}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(l.epfd, op, fd, &ev))
}

// run sends over io_uring, if the generator uses it, and otherwise over epoll.
func (l *load) run(length time.Duration, replies int64) error {
	if l.traffic != nil {
		return l.traffic.run(length, replies)
	}
	return l.poll(length, replies)
}

// poll sends on all connections, until length has passed and at least so many replies have
// come, and takes the replies to everything that was sent.
func (l *load) poll(length time.Duration, replies int64) error {
	began, goal := time.Now(), l.done+replies
	last := began
	l.stopping = false
	for i := range l.conns {
		if err := l.begin(&l.conns[i], i); err != nil {
			return err
		}
	}
	for l.flying > 0 {
		n, e := wait(l.epfd, l.events)
		if e != 0 && e != unix.EINTR {
			return os.NewSyscallError("epoll_wait", e)
		}
		now := time.Now()
		if !l.stopping && now.Sub(began) >= length && l.done+int64(l.flying) >= goal {
			l.stopping = true
		}
		if n > 0 {
			last = now
		} else if now.Sub(last) > patience {
			return fmt.Errorf("no reply for %v; %d messages are under way", patience, l.flying)
		}
		for i := range max(n, 0) {
			if err := l.ready(&l.events[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *load) ready(ev *unix.EpollEvent) error {
	i := int(ev.Fd)
	c := &l.conns[i]
	if ev.Events&unix.EPOLLOUT != 0 {
		if err := l.send(c, i); err != nil {
			return err
		}
	}
	if ev.Events&^unix.EPOLLOUT == 0 {
		return nil
	}
	n, e := call(unix.SYS_READ, c.fd, l.buf)
	switch {
	case e == unix.EAGAIN:
		return nil
	case e != 0:
		return os.NewSyscallError("read", e)
	case n == 0:
		return errors.New("the server has closed a connection")
	}
	whole, err := l.compare(c, i, l.buf[:n])
	if err != nil || !whole {
		return err
	}
	if l.arrived(c) {
		return l.begin(c, i)
	}
	return nil
}

// compare compares what came back with what was sent. It reports whether the reply is whole.
func (l *load) compare(c *conn, i int, b []byte) (whole bool, err error) {
	if c.got+len(b) > len(l.message) {
		return false, fmt.Errorf("connection %d: more bytes came back than were sent", i)
	}
	l.number(c, i)
	if !bytes.Equal(b, l.message[c.got:c.got+len(b)]) {
		return false, fmt.Errorf("connection %d, message %d: other bytes came back than were sent", i, c.number)
	}
	c.got += len(b)
	return c.got == len(l.message), nil
}

// arrived counts a reply. It reports whether another message follows.
func (l *load) arrived(c *conn) bool {
	l.latencies.add(time.Since(l.start) - c.at)
	l.done++
	l.flying--
	return !l.stopping
}

// begin sends the next message.
func (l *load) begin(c *conn, i int) error {
	c.number++
	c.sent, c.got = 0, 0
	c.at = time.Since(l.start)
	l.flying++
	return l.send(c, i)
}

// number writes the numbers of a connection's message into the message.
func (l *load) number(c *conn, i int) {
	binary.LittleEndian.PutUint64(l.message, uint64(i))
	binary.LittleEndian.PutUint64(l.message[8:], c.number)
}

func (l *load) send(c *conn, i int) error {
	l.number(c, i)
	n, e := call(unix.SYS_WRITE, c.fd, l.message[c.sent:])
	if e != 0 && e != unix.EAGAIN {
		return os.NewSyscallError("write", e)
	}
	if e == 0 {
		c.sent += n
	}
	full := c.sent < len(l.message)
	if full == c.full {
		return nil
	}
	c.full = full
	events := uint32(unix.EPOLLIN)
	if full {
		events |= unix.EPOLLOUT
	}
	return l.control(unix.EPOLL_CTL_MOD, c.fd, i, events)
}

// The Go scheduler need not know of calls that never block.

func call(number uintptr, fd int, b []byte) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(number, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), 0, 0, 0)
	return int(n), e
}

func wait(epfd int, events []unix.EpollEvent) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), 0, 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}
