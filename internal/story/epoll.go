package story

import (
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

const defaultRoom = 8 // events of one epoll wait

func (x *scene) epollCreate(c *command) string {
	fd, e := x.host.Epoll().EpollCreate1(0)
	return x.made(e.Err("epoll_create1"), c.args, demux.Handle(fd))
}

func (x *scene) epollCtl(c *command) string {
	ops := map[string]int{"epoll add": epoll.CtlAdd, "epoll mod": epoll.CtlMod, "epoll del": epoll.CtlDel}
	ep, target := x.handle(c, c.args[0]), x.handle(c, c.args[1])
	var ev epoll.Event
	if len(c.args) > 2 {
		data := c.args[1]
		if as := c.args[3:]; len(as) == 2 && as[0] == "as" {
			data = as[1]
		} else if len(as) > 0 {
			return x.fail(c, "the command is: %s", c.verb.usage)
		}
		bits, err := parseBits(c.args[2])
		if err != nil {
			return x.fail(c, "%v", err)
		}
		ev = epoll.Event{Events: bits, Data: x.userData(data)}
	}
	if x.err != nil {
		return ""
	}
	if e := x.host.Epoll().EpollCtl(int(ep), ops[c.verb.name], int(target), &ev); e != 0 {
		return errnoName(e)
	}
	return "ok"
}

// userData returns the number that stands for name.
func (p *player) userData(name string) uint64 {
	for i, have := range p.data {
		if have == name {
			return uint64(i)
		}
	}
	p.data = append(p.data, name)
	return uint64(len(p.data) - 1)
}

func (x *scene) epollWait(c *command) string {
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
	ep := x.handle(c, c.args[0])
	if x.err != nil {
		return ""
	}
	events := make([]epoll.Event, room)
	n, e := x.wait(int(ep), events, timeout)
	if e != 0 {
		return errnoName(e) + x.moved()
	}
	var all []string
	for _, ev := range events[:n] {
		all = append(all, x.data[ev.Data]+":"+formatBits(ev.Events))
	}
	if n == 0 {
		all = []string{"nothing"}
	}
	return strings.Join(all, " ") + x.moved()
}

// wait is epoll_wait(2), whose grain is a millisecond, or epoll_pwait2(2) for
// a finer timeout.
func (x *scene) wait(ep int, events []epoll.Event, timeout time.Duration) (int, epoll.Errno) {
	switch {
	case timeout < 0:
		return x.host.Epoll().EpollWait(ep, events, -1)
	case timeout%time.Millisecond == 0:
		return x.host.Epoll().EpollWait(ep, events, int(timeout/time.Millisecond))
	default:
		ts := epoll.Timespec{Sec: int64(timeout / time.Second), Nsec: int64(timeout % time.Second)}
		return x.host.Epoll().EpollPwait2(ep, events, &ts)
	}
}
