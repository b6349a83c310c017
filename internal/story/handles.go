package story

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

const (
	loopback = "127.0.0.1:0"
	nobody   = "nobody"
)

// nobodyAt is an address where nobody listens: port 1 of the loopback network.
var nobodyAt = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 1)

func (x *scene) pair(c *command) string {
	a, b, err := x.host.Pair()
	return x.made(err, c.args, a, b)
}

func (x *scene) pipe(c *command) string {
	r, w, err := x.host.Pipe()
	return x.made(err, c.args, r, w)
}

func (x *scene) listen(c *command) string {
	backlog := 128
	if len(c.args) == 2 {
		var err error
		if backlog, err = number(c.args[1]); err != nil {
			return x.fail(c, "%v", err)
		}
	}
	l, addr, err := x.host.Listen(loopback, backlog)
	if err == nil {
		x.addresses[c.args[0]] = addr
	}
	return x.made(err, c.args[:1], l)
}

func (x *scene) connect(c *command) string {
	addr, have := x.addresses[c.args[1]]
	if c.args[1] == nobody {
		addr, have = nobodyAt, true
	}
	if !have {
		return x.fail(c, "%q names no listener", c.args[1])
	}
	h, err := x.host.Connect(addr)
	return x.made(err, c.args[:1], h)
}

func (x *scene) result(c *command) string {
	if err := x.host.ConnectResult(x.handle(c, c.args[0])); err != nil {
		return failure(err)
	}
	return "connected"
}

func (x *scene) accept(c *command) string {
	h, err := x.host.Accept(x.handle(c, c.args[0]))
	return x.made(err, c.args[1:], h)
}

func (x *scene) dup(c *command) string {
	h, err := x.host.Dup(x.handle(c, c.args[0]))
	return x.made(err, c.args[1:], h)
}

func (x *scene) file(c *command) string {
	h, err := x.host.File()
	return x.made(err, c.args, h)
}

func (x *scene) eventfd(c *command) string {
	words, flags := c.args[1:], epoll.NonBlock
	if n := len(words); n > 0 && words[n-1] == "blocking" {
		words, flags = words[:n-1], 0
	}
	var count uint64
	if len(words) > 0 {
		var err error
		if count, err = strconv.ParseUint(words[0], 10, 32); err != nil || len(words) > 1 {
			return x.fail(c, "the command is: %s", c.verb.usage)
		}
	}
	fd, e := x.host.Epoll().Eventfd(uint(count), flags)
	return x.made(e.Err("eventfd"), c.args[:1], demux.Handle(fd))
}

// add writes the counter of an eventfd, eight bytes in the host's order.
func (x *scene) add(c *command) string {
	v, err := strconv.ParseUint(c.args[1], 10, 64)
	if err != nil {
		return x.fail(c, "%q: a counter is a number below 2^64", c.args[1])
	}
	_, e := x.host.Epoll().Write(int(x.handle(c, c.args[0])), binary.NativeEndian.AppendUint64(nil, v))
	return errnoName(e)
}

func (x *scene) take(c *command) string {
	var b [8]byte
	if _, e := x.host.Epoll().Read(int(x.handle(c, c.args[0])), b[:]); e != 0 {
		return errnoName(e)
	}
	return strconv.FormatUint(binary.NativeEndian.Uint64(b[:]), 10)
}

func (x *scene) write(c *command) string {
	b, err := text(c.args[1])
	if err != nil {
		return x.fail(c, "%v", err)
	}
	switch n, err := x.host.Write(x.handle(c, c.args[0]), b); {
	case err != nil:
		return failure(err)
	case n < len(b):
		return fmt.Sprintf("%d bytes", n)
	default:
		return ""
	}
}

func (x *scene) fill(c *command) string {
	h, b, all := x.handle(c, c.args[0]), make([]byte, 1000), 0
	for x.err == nil {
		n, err := x.host.Write(h, b)
		if err != nil {
			return fmt.Sprintf("%d bytes, then %s", all, failure(err))
		}
		all += n
	}
	return ""
}

func (x *scene) read(c *command) string {
	size := 4096
	if len(c.args) == 2 {
		var err error
		if size, err = number(c.args[1]); err != nil {
			return x.fail(c, "%v", err)
		}
	}
	b := make([]byte, size)
	n, err := x.host.Read(x.handle(c, c.args[0]), b)
	if err != nil {
		return failure(err)
	}
	return shown(b[:n])
}

func (x *scene) drain(c *command) string {
	h, b, all := x.handle(c, c.args[0]), make([]byte, 4096), []byte(nil)
	for x.err == nil && len(all) <= maxBytes {
		n, err := x.host.Read(h, b)
		all = append(all, b[:n]...)
		switch {
		case err != nil && len(all) == 0:
			return failure(err)
		case err != nil:
			return shown(all) + ", then " + failure(err)
		}
	}
	return shown(all)
}

func (x *scene) shut(c *command) string {
	return failure(x.host.CloseWrite(x.handle(c, c.args[0])))
}

// close closes the registration before the handle, as rule W14 asks.
func (x *scene) close(c *command) string {
	name := c.args[0]
	h, have := x.handles[name]
	if !have {
		return ""
	}
	var unwatched error
	if r := x.watches[name]; r != nil {
		delete(x.watches, name)
		unwatched = r.Close()
	}
	delete(x.handles, name)
	return failure(errors.Join(unwatched, x.host.Close(h)))
}

func (x *scene) abandon(c *command) string {
	h := x.handle(c, c.args[0])
	delete(x.handles, c.args[0])
	return failure(x.host.Close(h))
}

func (x *scene) number(c *command) string {
	return strconv.Itoa(int(x.handle(c, c.args[0])))
}

// leaks tells the descriptors that are open, by the names that the script has
// for them.
func (x *scene) leaks(c *command) string {
	if x.kernel == nil {
		return x.fail(c, "%s is for the simulated kernel", c.verb.name)
	}
	var all []string
	for _, l := range x.kernel.Leaks() {
		label := strconv.Itoa(l.Handle)
		for _, name := range x.names {
			if h, have := x.handles[name]; have && h == demux.Handle(l.Handle) {
				label = name
			}
		}
		all = append(all, l.Kind+" "+label)
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}
