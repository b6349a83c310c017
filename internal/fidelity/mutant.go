package fidelity

import (
	"maps"
	"slices"

	"reactortest/demux/epoll"
)

// mutant are the calls of a kernel, some of them changed.
type mutant struct {
	epoll.Syscalls
	of   *Mutation
	regs map[uint64]entry  // what was registered, by data
	last map[[2]int]uint64 // the data of a registration, by epoll instance and target
	room [maxEvents]epoll.Event
	read map[int]bool // descriptors that were read since they were reported
}

// entry is a registration as its ADD or MOD asked for it.
type entry struct {
	epfd, fd int
	events   uint32
}

// newMutant returns the calls of inner, changed as m says.
func newMutant(m *Mutation, inner epoll.Syscalls) epoll.Syscalls {
	return &mutant{Syscalls: inner, of: m, regs: map[uint64]entry{}, last: map[[2]int]uint64{}, read: map[int]bool{}}
}

// EpollCtl asks the mutation, and remembers what was registered.
func (m *mutant) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	asked := *ev
	var e epoll.Errno
	if m.of.ctl != nil {
		e = m.of.ctl(m, epfd, op, fd, &asked)
	} else {
		e = m.Syscalls.EpollCtl(epfd, op, fd, &asked)
	}
	if e == 0 && op != epoll.CtlDel {
		m.regs[asked.Data] = entry{epfd, fd, asked.Events}
		m.last[[2]int{epfd, fd}] = asked.Data
	}
	return e
}

// registered returns what epfd was last asked for of fd.
func (m *mutant) registered(epfd, fd int) (events uint32, data uint64, known bool) {
	data, known = m.last[[2]int{epfd, fd}]
	return m.regs[data].events, data, known
}

// EpollWait asks the mutation.
func (m *mutant) EpollWait(epfd int, events []epoll.Event, msec int) (int, epoll.Errno) {
	return m.wait(epfd, events, func(events []epoll.Event) (int, epoll.Errno) {
		return m.Syscalls.EpollWait(epfd, events, msec)
	})
}

// EpollPwait2 asks the mutation.
func (m *mutant) EpollPwait2(epfd int, events []epoll.Event, timeout *epoll.Timespec) (int, epoll.Errno) {
	return m.wait(epfd, events, func(events []epoll.Event) (int, epoll.Errno) {
		return m.Syscalls.EpollPwait2(epfd, events, timeout)
	})
}

// waitCall is one of the two waits.
type waitCall func(events []epoll.Event) (int, epoll.Errno)

func (m *mutant) wait(epfd int, events []epoll.Event, call waitCall) (int, epoll.Errno) {
	var n int
	var e epoll.Errno
	if m.of.wait != nil {
		n, e = m.of.wait(m, epfd, events, call)
	} else {
		n, e = call(events)
	}
	if m.of.event == nil || e != 0 {
		return n, e
	}
	kept := 0
	for _, ev := range events[:n] {
		if m.of.event(m, &ev); ev.Events != 0 {
			events[kept] = ev
			kept++
		}
	}
	return kept, 0
}

// Read remembers what was read.
func (m *mutant) Read(fd int, b []byte) (int, epoll.Errno) {
	m.read[fd] = true
	return m.Syscalls.Read(fd, b)
}

// Close asks the mutation.
func (m *mutant) Close(fd int) epoll.Errno {
	if m.of.close != nil {
		m.of.close(m, fd)
	}
	return m.Syscalls.Close(fd)
}

// entries returns what was registered, in the order of data.
func (m *mutant) entries() []entry {
	var all []entry
	for _, data := range slices.Sorted(maps.Keys(m.regs)) {
		all = append(all, m.regs[data])
	}
	return all
}
