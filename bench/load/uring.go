//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// traffic is the load over io_uring: one call hands over the messages of many connections,
// and a receive goes on until it is ended. So the generator costs less a message than the
// servers do, and it is they who limit the rate.
type traffic struct {
	*load
	ring     *ring
	messages []byte // a message for each connection: the kernel may still need it after the call
	armed    int    // connections that have a receive
}

// What a completion is about: the index of a connection, and whether it has sent.
const sent = 1 << 32

// buffersOf is how many buffers there are for messages of a size.
func buffersOf(size int) int {
	if size > 1<<10 {
		return 256
	}
	return 2048
}

func newTraffic(l *load) (*traffic, error) {
	r, err := openRing(buffersOf(len(l.message)), len(l.message))
	if err != nil {
		return nil, err
	}
	return &traffic{load: l, ring: r}, nil
}

// run is load.run.
func (t *traffic) run(length time.Duration, replies int64) error {
	if err := t.prepare(); err != nil {
		return err
	}
	began, goal := time.Now(), t.done+replies
	last := began
	t.stopping = false
	for i := range t.conns {
		if err := t.begin(i); err != nil {
			return err
		}
	}
	for t.flying > 0 {
		if err := t.ring.enter(); err != nil {
			return err
		}
		n, err := t.ring.completions(t.completed)
		if err != nil {
			return err
		}
		now := time.Now()
		if !t.stopping && now.Sub(began) >= length && t.done+int64(t.flying) >= goal {
			t.stopping = true
		}
		if n > 0 {
			last = now
		} else if now.Sub(last) > patience {
			return fmt.Errorf("no reply for %v; %d messages are under way", patience, t.flying)
		}
	}
	return nil
}

// prepare gives each connection a message and a receive.
func (t *traffic) prepare() error {
	size := len(t.message)
	for i := t.armed; i < len(t.conns); i++ {
		t.messages = append(t.messages, t.message...)
	}
	for ; t.armed < len(t.conns); t.armed++ {
		binary.LittleEndian.PutUint64(t.messages[t.armed*size:], uint64(t.armed))
		if err := t.receive(t.armed); err != nil {
			return err
		}
	}
	return nil
}

func (t *traffic) receive(i int) error {
	s, err := t.ring.add()
	if err != nil {
		return err
	}
	s.opcode, s.flags, s.ioprio = opRecv, sqeBufferSelect, recvPollFirst|recvMultishot
	s.fd, s.userData = int32(t.conns[i].fd), uint64(i)
	return nil
}

// begin sends the next message.
func (t *traffic) begin(i int) error {
	c := &t.conns[i]
	c.number++
	c.got = 0
	m := t.messages[i*len(t.message):][:len(t.message)]
	binary.LittleEndian.PutUint64(m[8:], c.number)
	s, err := t.ring.add()
	if err != nil {
		return err
	}
	// With MSG_WAITALL io_uring sends all of it; io_uring_prep_send(3).
	s.opcode, s.flags, s.opFlags = opSend, sqeSkipSuccess, unix.MSG_WAITALL|unix.MSG_NOSIGNAL
	s.fd, s.userData = int32(c.fd), uint64(i)|sent
	s.addr, s.length = uint64(uintptr(unsafe.Pointer(unsafe.SliceData(m)))), uint32(len(m))
	t.flying++
	c.at = time.Since(t.start)
	return nil
}

func (t *traffic) completed(q *cqe) error {
	i := int(uint32(q.userData))
	if q.userData&sent != 0 { // it has failed
		return os.NewSyscallError("send", syscall.Errno(-q.res))
	}
	noBuffers := q.res == -int32(unix.ENOBUFS)
	switch {
	case q.res == 0:
		return errors.New("the server has closed a connection")
	case q.res < 0 && !noBuffers:
		return os.NewSyscallError("recv", syscall.Errno(-q.res))
	}
	if q.flags&cqeMore == 0 {
		if err := t.receive(i); err != nil {
			return err
		}
	}
	if noBuffers {
		return nil
	}
	if q.flags&cqeBuffer == 0 {
		return errors.New("io_uring has received into no buffer")
	}
	id := uint16(q.flags >> 16)
	c := &t.conns[i]
	whole, err := t.compare(c, i, t.ring.buffer(id, int(q.res)))
	t.ring.giveBack(id)
	if err != nil || !whole {
		return err
	}
	if t.arrived(c) {
		return t.begin(i)
	}
	return nil
}
