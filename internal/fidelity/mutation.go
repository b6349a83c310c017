package fidelity

import (
	"cmp"
	"fmt"
	"slices"

	"reactortest/demux/epoll"
)

// Mutation is a rule of the epoll dialect that is broken on purpose. It changes
// the arguments or the results of a call of the simulation.
type Mutation struct {
	Name string
	Rule string // what it breaks, and its source

	ctl   func(m *mutant, epfd, op, fd int, ev *epoll.Event) epoll.Errno
	wait  func(m *mutant, epfd int, events []epoll.Event, call waitCall) (int, epoll.Errno)
	event func(m *mutant, ev *epoll.Event) // each that is reported; without events it is not
	close func(m *mutant, fd int)          // before the descriptor is closed

	call    func(m *simulated, c *Call) // changes what another call is asked
	outcome func(c *Call, o *Outcome)   // changes what another call returns
}

// wrap returns what wraps the calls of epoll, nil if nothing does.
func (m *Mutation) wrap() func(epoll.Syscalls) epoll.Syscalls {
	if m == nil || m.call != nil || m.outcome != nil {
		return nil
	}
	return func(inner epoll.Syscalls) epoll.Syscalls { return newMutant(m, inner) }
}

// Mutations returns all mutations.
func Mutations() []Mutation { return slices.Clone(mutations) }

// lookupMutation returns the mutation of that name, nil if name is empty.
func lookupMutation(name string) (*Mutation, error) {
	if name == "" {
		return nil, nil
	}
	for i := range mutations {
		if m := &mutations[i]; m.Name == name {
			return m, nil
		}
	}
	return nil, fmt.Errorf("fidelity: there is no mutation %q", name)
}

// asking changes the interest of each ADD and MOD.
func asking(change func(events uint32) uint32) func(*mutant, int, int, int, *epoll.Event) epoll.Errno {
	return func(m *mutant, epfd, op, fd int, ev *epoll.Event) epoll.Errno {
		ev.Events = change(ev.Events)
		return m.Syscalls.EpollCtl(epfd, op, fd, ev)
	}
}

// answering changes what epoll_ctl returns.
func answering(change func(m *mutant, epfd, op, fd int, ev *epoll.Event, e epoll.Errno) epoll.Errno) func(*mutant, int, int, int, *epoll.Event) epoll.Errno {
	return func(m *mutant, epfd, op, fd int, ev *epoll.Event) epoll.Errno {
		return change(m, epfd, op, fd, ev, m.Syscalls.EpollCtl(epfd, op, fd, ev))
	}
}

// instead returns another error of one operation; op 0 is every one.
func instead(op int, old, returned epoll.Errno) func(*mutant, int, int, int, *epoll.Event) epoll.Errno {
	return answering(func(_ *mutant, _, asked, _ int, _ *epoll.Event, e epoll.Errno) epoll.Errno {
		if e == old && (op == 0 || op == asked) {
			return returned
		}
		return e
	})
}

// modifying changes each MOD.
func modifying(change func(m *mutant, epfd, fd int, ev *epoll.Event)) func(*mutant, int, int, int, *epoll.Event) epoll.Errno {
	return func(m *mutant, epfd, op, fd int, ev *epoll.Event) epoll.Errno {
		if op == epoll.CtlMod {
			change(m, epfd, fd, ev)
		}
		return m.Syscalls.EpollCtl(epfd, op, fd, ev)
	}
}

// reporting changes the conditions of each event.
func reporting(change func(events, asked uint32) uint32) func(*mutant, *epoll.Event) {
	return func(m *mutant, ev *epoll.Event) { ev.Events = change(ev.Events, m.regs[ev.Data].events) }
}

// mutations are all of them, by what they change.
var mutations = slices.Concat(onTheWayIn, onTheWayOut, ofPrograms)

// onTheWayIn are those of epoll_ctl(2) and close(2).
var onTheWayIn = []Mutation{
	{Name: "edge-is-level", Rule: "EPOLLET reports a condition once; epoll(7)", ctl: asking(func(ev uint32) uint32 { return ev &^ et })},
	{Name: "level-is-edge", Rule: "without EPOLLET a condition is reported while it holds; epoll(7)", ctl: asking(func(ev uint32) uint32 { return ev | et })},
	{Name: "oneshot-ignored", Rule: "EPOLLONESHOT disables after one event; epoll_ctl(2)", ctl: asking(func(ev uint32) uint32 { return ev &^ oneshot })},
	{Name: "always-oneshot", Rule: "only EPOLLONESHOT disables; epoll_ctl(2)", ctl: asking(func(ev uint32) uint32 {
		if ev&alone != 0 {
			return ev
		}
		return ev | oneshot
	})},
	{Name: "exclusive-ignored", Rule: "EPOLLEXCLUSIVE goes with few bits, and not with MOD; epoll_ctl(2)", ctl: asking(func(ev uint32) uint32 { return ev &^ alone })},
	{Name: "exclusive-with-anything", Rule: "EPOLLEXCLUSIVE goes with few bits; epoll_ctl(2)", ctl: asking(func(ev uint32) uint32 {
		if ev&alone != 0 {
			ev &^= rdhup | pri | oneshot
		}
		return ev
	})},
	{Name: "rdhup-comes-with-in", Rule: "EPOLLRDHUP is reported to those who ask for it; epoll_ctl(2)", ctl: asking(func(ev uint32) uint32 {
		if ev&in != 0 && ev&alone == 0 {
			ev |= rdhup
		}
		return ev
	})},
	{Name: "pri-is-in", Rule: "EPOLLPRI is not EPOLLIN; poll(2)", ctl: asking(func(ev uint32) uint32 {
		if ev&pri != 0 {
			ev |= in
		}
		return ev
	})},
	{Name: "data-of-32-bits", Rule: "the data of a registration have 64 bits; epoll_ctl(2)", ctl: func(m *mutant, epfd, op, fd int, ev *epoll.Event) epoll.Errno {
		ev.Data &= 1<<32 - 1
		return m.Syscalls.EpollCtl(epfd, op, fd, ev)
	}},
	{Name: "mod-keeps-data", Rule: "EPOLL_CTL_MOD replaces interest and data; epoll_ctl(2)", ctl: modifying(func(m *mutant, epfd, fd int, ev *epoll.Event) {
		if _, data, known := m.registered(epfd, fd); known {
			ev.Data = data
		}
	})},
	{Name: "mod-keeps-interest", Rule: "EPOLL_CTL_MOD replaces interest and data; epoll_ctl(2)", ctl: modifying(func(m *mutant, epfd, fd int, ev *epoll.Event) {
		events, _, _ := m.registered(epfd, fd)
		ev.Events |= events &^ modes
	})},
	{Name: "mod-keeps-edge", Rule: "EPOLL_CTL_MOD changes the mode too; epoll_ctl(2)", ctl: modifying(func(m *mutant, epfd, fd int, ev *epoll.Event) {
		if events, _, known := m.registered(epfd, fd); known {
			ev.Events = ev.Events&^et | events&et
		}
	})},
	{Name: "mod-goes-to-the-end", Rule: "EPOLL_CTL_MOD of a ready registration keeps its place; seen on Linux 6.18", ctl: modifying(func(m *mutant, epfd, fd int, ev *epoll.Event) {
		if events, _, _ := m.registered(epfd, fd); (events|ev.Events)&alone == 0 && m.Syscalls.EpollCtl(epfd, epoll.CtlDel, fd, ev) == 0 {
			m.Syscalls.EpollCtl(epfd, epoll.CtlAdd, fd, ev)
		}
	})},
	{Name: "add-modifies", Rule: "EEXIST; epoll_ctl(2)", ctl: answering(func(m *mutant, epfd, op, fd int, ev *epoll.Event, e epoll.Errno) epoll.Errno {
		if op == epoll.CtlAdd && e == epoll.EEXIST {
			return m.Syscalls.EpollCtl(epfd, epoll.CtlMod, fd, ev)
		}
		return e
	})},
	{Name: "mod-adds", Rule: "ENOENT; epoll_ctl(2)", ctl: answering(func(m *mutant, epfd, op, fd int, ev *epoll.Event, e epoll.Errno) epoll.Errno {
		if op == epoll.CtlMod && e == epoll.ENOENT {
			return m.Syscalls.EpollCtl(epfd, epoll.CtlAdd, fd, ev)
		}
		return e
	})},
	{Name: "del-of-none-succeeds", Rule: "ENOENT; epoll_ctl(2)", ctl: instead(epoll.CtlDel, epoll.ENOENT, 0)},
	{Name: "closed-is-not-found", Rule: "EBADF; epoll_ctl(2)", ctl: instead(epoll.CtlMod, epoll.EBADF, epoll.ENOENT)},
	{Name: "file-is-taken", Rule: "EPERM; epoll_ctl(2)", ctl: instead(epoll.CtlAdd, epoll.EPERM, 0)},
	{Name: "itself-is-a-circle", Rule: "EINVAL for an instance in itself; epoll_ctl(2)", ctl: func(m *mutant, epfd, op, fd int, ev *epoll.Event) epoll.Errno {
		e := m.Syscalls.EpollCtl(epfd, op, fd, ev)
		if e == epoll.EINVAL && epfd == fd {
			return epoll.ELOOP
		}
		return e
	}},
	{Name: "circle-is-invalid", Rule: "ELOOP for a circle; epoll_ctl(2)", ctl: instead(epoll.CtlAdd, epoll.ELOOP, epoll.EINVAL)},
	{Name: "del-silences-only", Rule: "EPOLL_CTL_DEL ends the registration; epoll_ctl(2)", ctl: func(m *mutant, epfd, op, fd int, ev *epoll.Event) epoll.Errno {
		if events, data, _ := m.registered(epfd, fd); op == epoll.CtlDel && events&alone == 0 {
			return m.Syscalls.EpollCtl(epfd, epoll.CtlMod, fd, &epoll.Event{Data: data})
		}
		return m.Syscalls.EpollCtl(epfd, op, fd, ev)
	}},
	{Name: "close-ends-registrations", Rule: "a registration ends with the last descriptor of its description; epoll(7), Q6", close: func(m *mutant, fd int) {
		for _, r := range m.entries() {
			if r.fd == fd {
				m.Syscalls.EpollCtl(r.epfd, epoll.CtlDel, fd, nil)
			}
		}
	}},
}

// onTheWayOut are those of epoll_wait(2).
var onTheWayOut = []Mutation{
	{Name: "hup-when-asked", Rule: "EPOLLHUP is reported whether asked for or not; epoll_ctl(2)", event: reporting(func(ev, asked uint32) uint32 { return ev&^hup | ev&asked&hup })},
	{Name: "err-when-asked", Rule: "EPOLLERR is reported whether asked for or not; epoll_ctl(2)", event: reporting(func(ev, asked uint32) uint32 { return ev&^bad | ev&asked&bad })},
	{Name: "pri-not-reported", Rule: "EPOLLPRI says that out-of-band data have arrived; poll(2)", event: reporting(func(ev, _ uint32) uint32 { return ev &^ pri })},
	{Name: "hup-is-readable", Rule: "EPOLLHUP does not imply EPOLLIN; poll(2)", event: reporting(func(ev, _ uint32) uint32 {
		if ev&hup != 0 {
			ev |= in
		}
		return ev
	})},
	{Name: "hup-hides-out", Rule: "a unix socket and a TCP socket that have ended are writable: a write fails at once; poll(2)", event: reporting(func(ev, _ uint32) uint32 {
		if ev&hup != 0 {
			ev &^= out
		}
		return ev
	})},
	{Name: "one-condition-an-event", Rule: "an event has every condition that holds; epoll_wait(2)", event: reporting(func(ev, _ uint32) uint32 {
		if ev&in != 0 {
			ev &^= out
		}
		return ev
	})},
	{Name: "edge-needs-a-read", Rule: "every arrival is an edge, read or not; epoll(7)", event: func(m *mutant, ev *epoll.Event) {
		r := m.regs[ev.Data]
		if r.events&et == 0 || ev.Events&in == 0 {
			return
		}
		if reported, known := m.read[r.fd]; known && !reported {
			ev.Events &^= in
		}
		m.read[r.fd] = false
	}},
	{Name: "oneshot-leaves-hup", Rule: "after EPOLLONESHOT EPOLLHUP and EPOLLERR are off too; epoll_ctl(2)", event: func(m *mutant, ev *epoll.Event) {
		if r := m.regs[ev.Data]; r.events&oneshot != 0 {
			m.Syscalls.EpollCtl(r.epfd, epoll.CtlMod, r.fd, &epoll.Event{Data: ev.Data, Events: oneshot | et})
		}
	}},
	{Name: "oneshot-removes", Rule: "after EPOLLONESHOT the registration stays; epoll_ctl(2)", event: func(m *mutant, ev *epoll.Event) {
		if r := m.regs[ev.Data]; r.events&oneshot != 0 {
			m.Syscalls.EpollCtl(r.epfd, epoll.CtlDel, r.fd, nil)
		}
	}},
	{Name: "batch-is-a-stack", Rule: "the ready list is first in, first out; seen on Linux 6.18", wait: func(_ *mutant, _ int, events []epoll.Event, call waitCall) (int, epoll.Errno) {
		n, e := call(events)
		slices.Reverse(events[:max(n, 0)])
		return n, e
	}},
	{Name: "no-round-robin", Rule: "a batch that does not fit goes round; epoll_wait(2)", wait: func(m *mutant, _ int, events []epoll.Event, call waitCall) (int, epoll.Errno) {
		if len(events) == 0 {
			return call(events)
		}
		n, e := call(m.room[:])
		if e != 0 {
			return n, e
		}
		slices.SortFunc(m.room[:n], func(a, b epoll.Event) int { return cmp.Compare(a.Data, b.Data) })
		return copy(events, m.room[:n]), 0
	}},
	{Name: "maxevents-0-polls", Rule: "EINVAL for a batch without room; epoll_wait(2)", wait: func(m *mutant, _ int, events []epoll.Event, call waitCall) (int, epoll.Errno) {
		if len(events) > 0 {
			return call(events)
		}
		if _, e := call(m.room[:1]); e != 0 {
			return -1, e
		}
		return 0, 0
	}},
	{Name: "no-epoll-is-bad", Rule: "EINVAL for a descriptor that is no epoll instance; epoll_wait(2)", wait: func(_ *mutant, _ int, events []epoll.Event, call waitCall) (int, epoll.Errno) {
		n, e := call(events)
		if e == epoll.EINVAL && len(events) > 0 {
			e = epoll.EBADF
		}
		return n, e
	}},
}
