package story

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
)

// bsd is a machine that has the calls of a BSD.
type bsd interface {
	Kqueue() kqueue.Syscalls
}

// profile is the system whose numbers the stories of kqueue are told in: they
// are played on the simulated kernel with the calls of this one, or of the
// dialect's.
func (x *scene) profile() *kqueue.Profile {
	if x.kernel != nil {
		if name, is := strings.CutPrefix(x.kernel.Dialect(), "kqueue-"); is {
			return kqueue.LookupProfile(name)
		}
	}
	return &kqueue.FreeBSD
}

// kqueueCalls returns the calls of a BSD.
func (x *scene) kqueueCalls(c *command) kqueue.Syscalls {
	m, have := x.host.(bsd)
	if !have {
		x.fail(c, "this machine has no kqueue")
		return nil
	}
	return m.Kqueue()
}

func (x *scene) kqueueCreate(c *command) string {
	calls := x.kqueueCalls(c)
	if calls == nil {
		return ""
	}
	kq, e := calls.Kqueue()
	return x.made(e.Err("kqueue"), c.args, demux.Handle(kq))
}

// kqueueChange makes one change: without room for an event, or with, as
// "kqueue ask" does.
func (x *scene) kqueueChange(c *command) string {
	calls, kq := x.kqueueCalls(c), x.handle(c, c.args[0])
	change := x.parseChange(c)
	if x.err != nil {
		return ""
	}
	var events []kqueue.Kevent
	if c.verb.name == "kqueue ask" {
		events = make([]kqueue.Kevent, 1)
	}
	n, e := calls.Kevent(int(kq), []kqueue.Kevent{change}, events, &kqueue.Timespec{})
	switch {
	case e != 0:
		return failure(e.Err("kevent"))
	case events == nil:
		return "ok"
	default:
		return x.tellEvents(events[:n])
	}
}

// parseChange reads FILTER IDENT FLAGS [data N] [note N] [as DATA].
func (x *scene) parseChange(c *command) kqueue.Kevent {
	ev := kqueue.Kevent{Udata: x.userData(c.args[2])}
	filter, known := x.filters()[c.args[1]]
	if !known {
		x.fail(c, "%q: the filters are read, write, vnode, proc, signal, timer and user", c.args[1])
		return ev
	}
	ev.Filter = filter
	switch c.args[1] {
	case "read", "write", "vnode":
		ev.Ident = uint64(x.handle(c, c.args[2]))
	default:
		n, err := number(c.args[2])
		if err != nil {
			x.fail(c, "%v", err)
		}
		ev.Ident = uint64(n)
	}
	for name := range strings.SplitSeq(c.args[3], "|") {
		bit, known := kqueueFlag(name)
		if !known {
			x.fail(c, "%q: the flags are add, delete, enable, disable, oneshot, clear, receipt and dispatch, joined by |", name)
		}
		ev.Flags |= bit
	}
	words := c.args[4:]
	for ; len(words) >= 2; words = words[2:] {
		n, err := strconv.ParseInt(words[1], 0, 64)
		switch {
		case words[0] == "as":
			ev.Udata = x.userData(words[1])
		case words[0] == "data" && err == nil:
			ev.Data = n
		case words[0] == "note" && err == nil:
			ev.Fflags = uint32(n)
		default:
			x.fail(c, "the command is: %s", c.verb.usage)
		}
	}
	if len(words) > 0 {
		x.fail(c, "the command is: %s", c.verb.usage)
	}
	return ev
}

func (x *scene) kqueueWait(c *command) string {
	room, timeout, words := defaultRoom, time.Duration(0), c.args[1:]
	var err error
	if len(words) > 1 && words[0] == "max" {
		if room, err = number(words[1]); err != nil {
			return x.fail(c, "%v", err)
		}
		words = words[2:]
	}
	if len(words) > 0 {
		if timeout, err = duration(words[0]); err != nil || len(words) > 1 {
			return x.fail(c, "the command is: %s", c.verb.usage)
		}
	}
	calls, kq := x.kqueueCalls(c), x.handle(c, c.args[0])
	if x.err != nil {
		return ""
	}
	var ts *kqueue.Timespec
	if timeout >= 0 {
		ts = &kqueue.Timespec{Sec: int64(timeout / time.Second), Nsec: int64(timeout % time.Second)}
	}
	events := make([]kqueue.Kevent, room)
	n, e := calls.Kevent(int(kq), nil, events, ts)
	if e != 0 {
		return failure(e.Err("kevent")) + x.moved()
	}
	return x.tellEvents(events[:n]) + x.moved()
}

// tellEvents tells events as "a:read=5 b:write|eof=0!ECONNREFUSED".
func (x *scene) tellEvents(events []kqueue.Kevent) string {
	if len(events) == 0 {
		return "nothing"
	}
	var all []string
	for _, ev := range events {
		all = append(all, x.tellEvent(ev))
	}
	return strings.Join(all, " ")
}

func (x *scene) tellEvent(ev kqueue.Kevent) string {
	name := fmt.Sprintf("%d", ev.Udata)
	if ev.Udata < uint64(len(x.data)) {
		name = x.data[ev.Udata]
	}
	if ev.Flags&kqueue.Error != 0 {
		if ev.Data == 0 {
			return name + ":receipt"
		}
		return name + ":error=" + kqueue.Errno(ev.Data).Name()
	}
	filter := ""
	for f, number := range x.filters() {
		if number == ev.Filter {
			filter = f
		}
	}
	told := name + ":" + filter
	if ev.Flags&kqueue.EOF != 0 {
		told += "|eof"
	}
	told += fmt.Sprintf("=%d", ev.Data)
	switch {
	case ev.Fflags == 0:
	case filter == "read" || filter == "write":
		told += "!" + kqueue.Errno(ev.Fflags).Name()
	default:
		told += fmt.Sprintf("!%#x", ev.Fflags)
	}
	return told
}

// filters returns the numbers of the filters.
func (x *scene) filters() map[string]int32 {
	p := x.profile()
	f := map[string]int32{
		"read": p.Read, "write": p.Write, "vnode": p.Vnode, "proc": p.Proc, "signal": p.Signal, "timer": p.Timer,
	}
	if p.HasUser {
		f["user"] = p.User
	}
	return f
}

func kqueueFlag(name string) (uint32, bool) {
	bits := map[string]uint32{
		"add": kqueue.Add, "delete": kqueue.Delete, "enable": kqueue.Enable, "disable": kqueue.Disable,
		"oneshot": kqueue.Oneshot, "clear": kqueue.Clear, "receipt": kqueue.Receipt, "dispatch": kqueue.Dispatch,
		"-": 0,
	}
	bit, known := bits[name]
	return bit, known
}
