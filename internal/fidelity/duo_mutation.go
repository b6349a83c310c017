package fidelity

import (
	"fmt"
	"slices"

	"reactortest/demux/epoll"
)

// DuoMutation is a rule of blocked calls that is broken on purpose: it changes what a
// call of the simulation does or returns.
type DuoMutation struct {
	Name string
	Rule string // what it breaks

	main func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome // a call of the main task
	task func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome // a call of T
}

// DuoMutations returns all mutations of the rules of blocked calls.
func DuoMutations() []DuoMutation { return slices.Clone(duoMutations) }

// lookupDuoMutation returns the mutation, nil if name is empty.
func lookupDuoMutation(name string) (*DuoMutation, error) {
	if name == "" {
		return nil, nil
	}
	for i := range duoMutations {
		if duoMutations[i].Name == name {
			return &duoMutations[i], nil
		}
	}
	return nil, fmt.Errorf("fidelity: there is no mutation %q", name)
}

// in reports whether T is blocked in one of the calls, or in any if there are none,
// and whether that is about the slot.
func (m *duoSimulated) in(slot int8, calls ...duoOp) bool {
	if m.call == nil || !m.task.Blocked() || m.call.Slot != slot {
		return false
	}
	return len(calls) == 0 || slices.Contains(calls, m.call.Op)
}

// partial makes a write of T without blocking: it returns what there is room for.
func partial(m *duoSimulated, a *duoAct, call func() Outcome, when bool) Outcome {
	if !when {
		return call()
	}
	return m.without(m.fd(a.Slot), call)
}

var duoMutations = []DuoMutation{
	{
		Name: "close-ends-the-call", Rule: "a close does not end the calls that are blocked on the descriptor; close(2), NOTES",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoClose && m.in(a.Slot) {
				m.linux.Tgkill(m.task, duoEnds)
			}
			return call()
		},
	},
	{
		Name: "close-ends-the-description", Rule: "a blocked call keeps the description: the other end does not see that it was closed",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoClose && m.in(a.Slot, duoRead, duoRecv) {
				m.linux.Shutdown(m.fd(a.Slot), 1)
			}
			return call()
		},
	},
	{
		Name: "shutdown-wakes-nobody", Rule: "a shutdown ends a read and a write that are blocked; shutdown(2)",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoShutdown && m.in(a.Slot, duoRead, duoRecv, duoWrite, duoSend) {
				return Outcome{}
			}
			return call()
		},
	},
	{
		Name: "listener-shutdown-wakes-nobody", Rule: "a shutdown of a listener ends an accept with EINVAL",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoShutdown && m.in(a.Slot, duoAccept) {
				return Outcome{}
			}
			return call()
		},
	},
	{
		Name: "shutdown-wakes-a-connect", Rule: "a connect that waits for room in a backlog does not hear of a shutdown of the listener",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoShutdown && m.seq.role(a.Slot) == roleUnixListener && m.call != nil && m.call.Op == duoConnect && m.task.Blocked() {
				defer m.linux.Tgkill(m.task, duoEnds)
			}
			return call()
		},
	},
	{
		Name: "restart-returns-eintr", Rule: "a handler with SA_RESTART lets a read go on; signal(7)",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoSignal && m.call != nil && !m.call.Op.polls() && m.call.Op != duoWait {
				m.signal(0)
				return Outcome{}
			}
			return call()
		},
	},
	{
		Name: "poll-restarts", Rule: "a signal ends a poll and an epoll_wait, whatever its handler says; signal(7)",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoSignal && a.N == 1 && m.call != nil && (m.call.Op.polls() || m.call.Op == duoWait) {
				return Outcome{}
			}
			return call()
		},
	},
	{
		Name: "signal-ends-nothing", Rule: "a handler without SA_RESTART ends a blocked call with EINTR; signal(7)",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoSignal && a.N == 0 {
				return Outcome{}
			}
			return call()
		},
	},
	{
		Name: "pipe-write-returns-a-part", Rule: "a blocking write to a pipe returns when everything is written; write(2), pipe(7)",
		task: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			return partial(m, a, call, a.Op == duoWrite && m.seq.role(a.Slot) == roleWriter && a.N > 65536)
		},
	},
	{
		Name: "socket-write-returns-a-part", Rule: "a blocking send returns when everything is written; send(2)",
		task: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			return partial(m, a, call, a.N == duoBulk)
		},
	},
	{
		Name: "part-is-lost", Rule: "a write that has written a part returns the part, not the error",
		task: func(_ *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			o := call()
			if a.Op == duoWrite && o.N > 0 && o.N < a.N && a.N >= duoFew {
				return failed(epoll.EPIPE)
			}
			return o
		},
	},
	{
		Name: "reset-is-an-end", Rule: "a reset ends a blocked read with ECONNRESET",
		task: func(_ *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if o := call(); (a.Op != duoRead && a.Op != duoRecv) || o.Errno != epoll.ECONNRESET {
				return o
			}
			return Outcome{}
		},
	},
	{
		Name: "reader-takes-its-time", Rule: "a read returns as soon as there is something; read(2)",
		task: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			o := call()
			if a.Op == duoRead && a.N == 5000 && o.N > 0 && o.N < a.N && m.seq.role(a.Slot).stream() {
				n, _ := m.linux.Read(m.fd(a.Slot), m.other[:a.N-o.N])
				o.N += max(n, 0)
			}
			return o
		},
	},
	{
		Name: "poll-keeps-the-description", Rule: "a poll looks its descriptors up again when it wakes up: one that was closed is POLLNVAL",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoClose && m.call != nil && m.call.Op.polls() && m.task.Blocked() {
				for _, w := range m.call.Watch {
					if w.Events != 0 && w.Slot == a.Slot {
						return Outcome{} // it stays open
					}
				}
			}
			return call()
		},
	},
	{
		Name: "poll-hides-hang-ups", Rule: "a poll reports POLLHUP and POLLERR, asked for or not; poll(2)",
		task: func(_ *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			o := call()
			if a.Op == duoPoll || a.Op == duoPpoll {
				for i := range o.Events {
					if o.Events[i].Events == hup || o.Events[i].Events == bad {
						o.Events[i].Events, o.N = 0, max(o.N-1, 0)
					}
				}
			}
			return o
		},
	},
	{
		Name: "connect-does-not-wait", Rule: "a connect to a unix listener whose backlog is full waits for room; unix(7), connect(2)",
		task: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			return partial(m, a, call, a.Op == duoConnect && m.seq.role(a.Slot) == roleUnixFresh)
		},
	},
	{
		Name: "eventfd-write-does-not-wait", Rule: "a write that would pass the largest value of an eventfd waits; eventfd(2)",
		task: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			return partial(m, a, call, a.Op == duoWrite && m.seq.role(a.Slot) == roleEventfd)
		},
	},
	{
		Name: "timer-wakes-nobody", Rule: "a timer that expires ends a blocked read; timerfd_create(2)",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoSettime && m.in(a.Slot, duoRead) && a.N == timerSoon {
				return Outcome{}
			}
			return call()
		},
	},
	{
		Name: "add-wakes-nobody", Rule: "what is registered while an epoll_wait is blocked ends it, if it is ready; epoll_wait(2), NOTES",
		main: func(m *duoSimulated, a *duoAct, call func() Outcome) Outcome {
			if a.Op == duoAdd && m.in(a.Slot, duoWait) {
				return Outcome{}
			}
			return call()
		},
	},
}
