package fakedemux

import (
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// More conditions of poll(2), which sockets, pipes and epoll instances report beside
// EPOLLIN and EPOLLOUT.
const (
	PollReadNormal  = objects.PollReadNormal  // POLLRDNORM, 0x40
	PollWriteNormal = objects.PollWriteNormal // POLLWRNORM, 0x100
	PollWriteBand   = objects.PollWriteBand   // POLLWRBAND, 0x200
)

// What the three sets of select(2) ask for; fs/select.c, Linux 6.18.
const (
	selectRead   = PollReadNormal | objects.PollReadBand | epoll.EPOLLIN | epoll.EPOLLHUP | epoll.EPOLLERR | PollInvalid
	selectWrite  = PollWriteBand | PollWriteNormal | epoll.EPOLLOUT | epoll.EPOLLERR | PollInvalid
	selectExcept = epoll.EPOLLPRI | PollInvalid
)

// PollFD is a struct pollfd.
type PollFD struct {
	FD              int
	Events, Revents uint32 // 16 bits of each are used
}

// FDSetSize is FD_SETSIZE, the number of descriptors that an FDSet has room for.
const FDSetSize = 1024

// FDSet is an fd_set of select(2).
type FDSet [FDSetSize / 64]uint64

// Set is FD_SET. It panics if fd is not in 0 to FDSetSize-1.
func (s *FDSet) Set(fd int) { s[fd/64] |= 1 << (fd % 64) }

// Clear is FD_CLR. It panics as Set does.
func (s *FDSet) Clear(fd int) { s[fd/64] &^= 1 << (fd % 64) }

// Has is FD_ISSET. It panics as Set does.
func (s *FDSet) Has(fd int) bool { return s[fd/64]&(1<<(fd%64)) != 0 }

// PollFiles is poll(2) of any number of descriptors. A negative msec means no timeout.
// The call returns how many of fds have something in Revents. Each time that it wakes
// up, it looks the descriptors up by number. So a descriptor that was closed meanwhile
// has PollInvalid, but the close itself does not wake the call; seen on Linux 6.18.
func (l Linux) PollFiles(fds []PollFD, msec int) (int, epoll.Errno) {
	return l.pollFiles("poll", fds, milliseconds(msec))
}

// Ppoll is ppoll(2): PollFiles with another timeout, nil for none, and with another mask
// of signals unless mask is nil. A signal that the mask lets through ends the call with
// EINTR, even if the timeout is 0, unless a descriptor has something to report. Unlike
// Linux, the call does not change the timeout.
func (l Linux) Ppoll(fds []PollFD, timeout *epoll.Timespec, mask *Sigset) (int, epoll.Errno) {
	d, e := pollTimeout(timeout)
	if e != 0 {
		return -1, e
	}
	if mask == nil {
		return l.pollFiles("ppoll", fds, d)
	}
	k := l.k
	old := k.system.SetMask(uint64(*mask&^unblockable), false)
	n, e := l.pollFiles("ppoll", fds, d)
	k.system.SetMask(old, true)
	return n, e
}

// pollTimeout returns the timeout of a ppoll or a select, -1 for none.
func pollTimeout(ts *epoll.Timespec) (time.Duration, epoll.Errno) {
	if ts == nil {
		return -1, 0
	}
	d, valid := duration(*ts)
	if !valid {
		return 0, epoll.EINVAL
	}
	return d, 0
}

func (l Linux) pollFiles(name string, fds []PollFD, timeout time.Duration) (int, epoll.Errno) {
	k := l.k
	call := scheduler.Call{Name: name, Handle: -1, Reads: true}
	k.system.Tasks.Switch(call)
	if len(fds) > k.options.Descriptors {
		return -1, epoll.EINVAL
	}
	p := k.newPollWait(call)
	n, e := p.wait(timeout, func(first bool) int {
		ready := 0
		for i := range fds {
			f := &fds[i]
			if f.Revents = p.look(f.FD, uint16(f.Events), first && ready == 0); f.Revents != 0 {
				ready++
			}
		}
		return ready
	})
	p.end()
	if e != 0 {
		return -1, e
	}
	return n, 0
}

// look returns what there is to report for fd, and registers the call with it.
func (p *pollWait) look(fd int, events uint16, register bool) uint32 {
	if machine.CInt(fd) < 0 {
		return 0
	}
	d := p.kernel.system.Lookup(fd)
	if d == nil {
		return PollInvalid
	}
	asked := uint32(events) | machine.AlwaysWatched
	m := d.Object.Poll()
	if register {
		p.register(d, wakesFor(asked))
	}
	return (m | objects.Bands(d.Object, m)) & asked
}

// wakesFor returns the conditions that wake a call that asks for asked: the bands come
// with EPOLLIN and EPOLLOUT.
func wakesFor(asked uint32) uint32 {
	if asked&PollReadNormal != 0 {
		asked |= epoll.EPOLLIN
	}
	if asked&(PollWriteNormal|PollWriteBand) != 0 {
		asked |= epoll.EPOLLOUT
	}
	return asked
}

// Select is select(2) of the descriptors below n. A nil timeout means none. The call
// leaves in each set the descriptors that are ready, and returns how many bits are set.
// If a descriptor is not open, it returns EBADF. A descriptor that is closed while the
// call is blocked is ready in every set when the call next wakes up, but the close
// itself does not wake the call. Unlike select(2) of Linux, and like pselect(2), the call
// does not change the timeout.
func (l Linux) Select(n int, read, write, except *FDSet, timeout *epoll.Timespec) (int, epoll.Errno) {
	k := l.k
	call := scheduler.Call{Name: "select", Handle: -1, Reads: true}
	k.system.Tasks.Switch(call)
	limit, e := pollTimeout(timeout)
	if n = machine.CInt(n); n < 0 || e != 0 {
		return -1, epoll.EINVAL
	}
	sets := [3]*FDSet{read, write, except}
	var in, out [3]FDSet
	n = min(n, FDSetSize)
	for i, s := range sets {
		if s != nil {
			in[i] = *s
		}
	}
	if !k.selectable(n, &in) {
		return -1, epoll.EBADF
	}
	p := k.newPollWait(call)
	ready, e := p.wait(limit, func(first bool) int {
		out = [3]FDSet{}
		return p.selectOnce(n, &in, &out, first)
	})
	p.end()
	if e != 0 {
		return -1, e
	}
	for i, s := range sets {
		if s != nil {
			*s = out[i]
		}
	}
	return ready, 0
}

// selectable reports whether every descriptor of the sets is open.
func (k *Kernel) selectable(n int, in *[3]FDSet) bool {
	for fd := range n {
		if (in[0].Has(fd) || in[1].Has(fd) || in[2].Has(fd)) && k.system.Lookup(fd) == nil {
			return false
		}
	}
	return true
}

var selectEvents = [3]uint32{selectRead, selectWrite, selectExcept}

// selectOnce looks at the descriptors once, and returns how many bits are set in out.
func (p *pollWait) selectOnce(n int, in, out *[3]FDSet, first bool) int {
	ready := 0
	for fd := range n {
		asked := uint32(selectExcept)
		wanted := false
		for i := range in {
			if in[i].Has(fd) {
				asked, wanted = asked|selectEvents[i], true
			}
		}
		if !wanted {
			continue
		}
		m := uint32(PollInvalid)
		if d := p.kernel.system.Lookup(fd); d != nil {
			m = d.Object.Poll()
			if first && ready == 0 {
				p.register(d, asked)
			}
		}
		for i := range in {
			if in[i].Has(fd) && m&selectEvents[i] != 0 {
				out[i].Set(fd)
				ready++
			}
		}
	}
	return ready
}

// pollWait is a poll or a select that may block. It is a waiter of every description
// that it has looked at the first time, and keeps it alive: poll_table_entry,
// Linux 6.18.
type pollWait struct {
	kernel *Kernel
	call   scheduler.Call
	task   *scheduler.Task
	held   []*machine.Description
	wakes  []uint32 // for each of held, the conditions that wake the call
}

func (k *Kernel) newPollWait(call scheduler.Call) *pollWait {
	var p *pollWait
	if n := len(k.sparePolls); n > 0 {
		p, k.sparePolls = k.sparePolls[n-1], k.sparePolls[:n-1]
	} else {
		p = new(pollWait)
	}
	p.kernel, p.call, p.task = k, call, k.system.Tasks.Current()
	p.held, p.wakes = p.held[:0], p.wakes[:0]
	return p
}

func (p *pollWait) register(d *machine.Description, events uint32) {
	d.Refs++
	p.held, p.wakes = append(p.held, d), append(p.wakes, events)
}

// end lets go of the descriptions.
func (p *pollWait) end() {
	for _, d := range p.held {
		d.Drop()
	}
	p.kernel.sparePolls = append(p.kernel.sparePolls, p)
}

// wait calls look until it finds something, the timeout has passed or a signal comes.
func (p *pollWait) wait(timeout time.Duration, look func(first bool) int) (int, epoll.Errno) {
	k := p.kernel
	n := look(true)
	switch {
	case n > 0:
		k.system.Polls = 0
		return n, 0
	case k.system.Interrupted(p.task):
		return 0, epoll.EINTR // with a timeout of 0 too; do_poll, fs/select.c, Linux 6.18
	case timeout == 0:
		k.system.EmptyPoll()
		return 0, 0
	}
	k.system.Polls = 0
	limit := k.system.WaitLimit(timeout)
	if limit.Over(k.Now()) {
		return 0, epoll.EINTR
	}
	for {
		why := p.block(limit.End())
		if n = look(false); n > 0 {
			k.system.Caught(p.task) // the handler has run
			return n, 0
		}
		switch {
		case k.system.Interrupted(p.task) || limit.Over(k.Now()):
			return 0, epoll.EINTR
		case why == scheduler.TimedOut:
			return 0, 0
		case why == scheduler.Deadlocked:
			return 0, epoll.EDEADLK
		}
	}
}

// block waits for one of the descriptions.
func (p *pollWait) block(deadline time.Duration) scheduler.Wakeup {
	for i, d := range p.held {
		d.Wait(p.task, p.wakes[i])
	}
	why := p.kernel.system.Sleep(p.call, deadline)
	for _, d := range p.held {
		d.Leave(p.task)
	}
	return why
}
