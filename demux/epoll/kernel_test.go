package epoll_test

import (
	"sync"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

// kernel is a Syscalls of a few lines: descriptors with a readiness that the
// test sets, one epoll instance, answers that the test plants.
type kernel struct {
	mu      sync.Mutex
	changed *sync.Cond
	now     time.Duration

	next     int
	open     map[int]bool
	blocking map[int]bool
	counter  map[int]uint64 // of eventfds
	written  map[int]bool   // since it was reported last
	bits     map[int]uint32 // of the test's own descriptors
	items    []item         // in the order of the ready list
	waits    []string       // the timeouts that the waits were given

	noPwait2  bool
	interrupt int           // how many waits EINTR ends
	elapse    time.Duration // how far a wait that is interrupted gets
	fail      map[string]epoll.Errno
}

type item struct {
	fd int
	ev epoll.Event
}

func newKernel() *kernel {
	k := &kernel{
		next:     3,
		open:     make(map[int]bool),
		blocking: make(map[int]bool),
		counter:  make(map[int]uint64),
		written:  make(map[int]bool),
		bits:     make(map[int]uint32),
		fail:     make(map[string]epoll.Errno),
	}
	k.changed = sync.NewCond(&k.mu)
	return k
}

// handle makes a descriptor of the test's.
func (k *kernel) handle() demux.Handle {
	k.mu.Lock()
	defer k.mu.Unlock()
	return demux.Handle(k.add())
}

func (k *kernel) add() int {
	fd := k.next
	k.next++
	k.open[fd] = true
	return fd
}

// set makes bits the readiness of h.
func (k *kernel) set(h demux.Handle, bits uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.bits[int(h)] = bits
	k.changed.Broadcast()
}

// forget closes h. Its registration stays if a duplicate is thought to be open.
func (k *kernel) forget(h demux.Handle, dup bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.open, int(h))
	for i := range k.items {
		if k.items[i].fd != int(h) {
			continue
		}
		if dup {
			k.items[i].fd = -1 - int(h) // the number may be used again
			k.bits[-1-int(h)] = k.bits[int(h)]
		} else {
			k.items = append(k.items[:i], k.items[i+1:]...)
		}
		return
	}
}

// reopen makes h the number of a new object.
func (k *kernel) reopen(h demux.Handle) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open[int(h)] = true
	k.bits[int(h)] = 0
}

func (k *kernel) opened() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.open)
}

func (k *kernel) EpollCreate1(int) (int, epoll.Errno) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := k.fail["epoll_create1"]; e != 0 {
		return -1, e
	}
	return k.add(), 0
}

func (k *kernel) Eventfd(initval uint, flags int) (int, epoll.Errno) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := k.fail["eventfd"]; e != 0 {
		return -1, e
	}
	fd := k.add()
	k.counter[fd] = uint64(initval)
	k.blocking[fd] = flags&epoll.NonBlock == 0
	return fd, 0
}

func (k *kernel) EpollCtl(_, op, fd int, ev *epoll.Event) epoll.Errno {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := k.fail["epoll_ctl"]; e != 0 {
		return e
	}
	if !k.open[fd] {
		return epoll.EBADF
	}
	at := -1
	for i := range k.items {
		if k.items[i].fd == fd {
			at = i
		}
	}
	switch {
	case op == epoll.CtlAdd && at >= 0:
		return epoll.EEXIST
	case op == epoll.CtlAdd:
		k.items = append(k.items, item{fd, *ev})
	case at < 0:
		return epoll.ENOENT
	case op == epoll.CtlMod:
		k.items[at].ev = *ev
	default:
		k.items = append(k.items[:at], k.items[at+1:]...)
	}
	return 0
}

func (k *kernel) EpollWait(_ int, events []epoll.Event, msec int) (int, epoll.Errno) {
	timeout := time.Duration(msec) * time.Millisecond
	if msec < 0 {
		timeout = -1
	}
	return k.wait(events, timeout)
}

func (k *kernel) EpollPwait2(epfd int, events []epoll.Event, ts *epoll.Timespec) (int, epoll.Errno) {
	switch {
	case k.noPwait2:
		return -1, epoll.ENOSYS
	case epfd < 0:
		return -1, epoll.EBADF
	case ts == nil:
		return k.wait(events, -1)
	default:
		return k.wait(events, time.Duration(ts.Sec)*time.Second+time.Duration(ts.Nsec))
	}
}

func (k *kernel) wait(events []epoll.Event, timeout time.Duration) (int, epoll.Errno) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.waits != nil {
		k.waits = append(k.waits, timeout.String())
	}
	if e := k.fail["epoll_wait"]; e != 0 {
		return -1, e
	}
	if k.interrupt > 0 {
		k.interrupt--
		k.now += k.elapse
		return -1, epoll.EINTR
	}
	for {
		if n := k.collect(events); n > 0 {
			return n, 0
		}
		if timeout >= 0 {
			k.now += timeout
			return 0, 0
		}
		k.changed.Wait()
	}
}

// collect reports what is ready, and moves it to the end of the list.
func (k *kernel) collect(events []epoll.Event) int {
	n := 0
	for i, left := 0, len(k.items); left > 0 && n < len(events); left-- {
		it := k.items[i]
		bits := k.bits[it.fd]
		if k.counter[it.fd] > 0 && (k.written[it.fd] || it.ev.Events&epoll.EPOLLET == 0) {
			bits = epoll.EPOLLIN
		}
		bits &= it.ev.Events | epoll.EPOLLERR | epoll.EPOLLHUP
		if bits == 0 {
			i++
			continue
		}
		k.written[it.fd] = false
		events[n] = epoll.Event{Events: bits, Data: it.ev.Data}
		n++
		copy(k.items[i:], k.items[i+1:])
		k.items[len(k.items)-1] = it
	}
	return n
}

func (k *kernel) Read(fd int, b []byte) (int, epoll.Errno) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.counter[fd] == 0 {
		switch {
		case !k.open[fd]:
			return -1, epoll.EBADF
		case !k.blocking[fd]:
			return -1, epoll.EAGAIN
		}
		k.changed.Wait()
	}
	k.counter[fd] = 0
	return len(b), 0
}

func (k *kernel) Write(fd int, b []byte) (int, epoll.Errno) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if e := k.fail["write"]; e != 0 {
		return -1, e
	}
	if !k.open[fd] {
		return -1, epoll.EBADF
	}
	k.counter[fd]++
	k.written[fd] = true
	k.changed.Broadcast()
	return len(b), 0
}

func (k *kernel) Close(fd int) epoll.Errno {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.open[fd] {
		return epoll.EBADF
	}
	delete(k.open, fd)
	return 0
}

func (k *kernel) Now() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.now
}
