package fidelity

import (
	"encoding/binary"
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// drain reads until there is nothing left, and T has added nothing.
func (m *duoSimulated) drain(a *duoAct, fd int) Outcome {
	total, empty := 0, 0
	for reads := 0; ; reads++ {
		var o Outcome
		m.without(fd, func() Outcome {
			n, e := m.linux.Read(fd, m.buffer[:1<<16])
			o = result(n, e)
			return o
		})
		total += max(o.N, 0)
		switch {
		case o.Errno == epoll.EAGAIN && empty == 0:
			empty++
			m.rest()
		case o.Errno != 0 || o.N == 0 || reads == duoMost:
			return m.drained(a, total, o.Errno)
		default:
			empty = 0
			m.rest()
		}
	}
}

func (m *duoSimulated) drained(a *duoAct, total int, e epoll.Errno) Outcome {
	if r := m.seq.role(a.Slot); r.socket() || r == roleNone {
		m.got += total
	}
	return duoDrained(m.seq, a, total, m.got, e)
}

// fill writes until there is no room.
func (m *duoSimulated) fill(a *duoAct, fd int) Outcome {
	payload := duoFilling(m.seq, a, m.buffer)
	for range 1 << 12 {
		o := m.without(fd, func() Outcome { return result(m.linux.Write(fd, payload)) })
		if o.Errno != 0 {
			return o
		}
		m.rest()
	}
	return Outcome{}
}

func (m *duoSimulated) settime(a *duoAct, fd int) Outcome {
	flags, value, interval := timerSet(&Call{N: a.N})
	spec := fakedemux.Itimerspec{Value: value, Interval: interval}
	_, e := m.linux.TimerfdSettime(fd, flags, &spec)
	if e == 0 && a.N == timerSoon {
		m.k.Sleep(time.Microsecond)
	}
	return failed(e)
}

// duoPayload is what a write writes.
func duoPayload(s *duoSequence, a *duoAct, buffer []byte) []byte {
	if r := s.role(a.Slot); r == roleEventfd || r == roleSemaphore {
		return binary.NativeEndian.AppendUint64(buffer[:0], duoValue(a.N))
	}
	for i := range a.N {
		if a.N == duoBulk {
			break // nobody looks at it
		}
		buffer[i] = byte('a' + i%26)
	}
	return buffer[:a.N]
}

// duoValue is the value that a write to an eventfd adds: a number near its largest,
// or a small one.
func duoValue(n int) uint64 {
	if n >= 4096 {
		return ^uint64(0) - 2
	}
	return uint64(n)
}
