package fakedemux_test

import (
	"fmt"
	"strings"
	"testing"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// TestUnixDatagramsWithNames: what unix(7) says of names, as calls. On Linux the
// running kernel is asked too.
func TestUnixDatagramsWithNames(t *testing.T) {
	const want = `send to nobody = ECONNREFUSED
bind = ok
bind again = EINVAL
bind of nothing again = ok
another binds it = EADDRINUSE
send to it = 1
receive = 1
connect to nobody = ECONNREFUSED
connect = ok
write = 2
receive = 2
it sends where it is not connected = ENOTCONN
it connects to a third = ok
a second one sends to it = EPERM
a second one connects to it = EPERM
it is closed = ok
write = ECONNREFUSED
write = ENOTCONN
the name is free = ok
`
	sides := []*side{simulatedSide()}
	if runningSide != nil {
		sides = append(sides, runningSide(t))
	}
	for i, s := range sides {
		if got := namedDatagrams(s.calls); got != want {
			t.Errorf("kernel %d:\n%s\nwant:\n%s", i, got, want)
		}
	}
}

func namedDatagrams(l linuxSurface) string {
	var log strings.Builder
	say := func(what string, n int, e epoll.Errno) {
		answer := fmt.Sprint(n)
		if e == 98 {
			answer = "EADDRINUSE"
		} else if e != 0 {
			answer = errnoName(e)
		}
		fmt.Fprintf(&log, "%s = %s\n", what, answer)
	}
	did := func(what string, e epoll.Errno) {
		if e == 0 {
			fmt.Fprintf(&log, "%s = ok\n", what)
			return
		}
		say(what, 0, e)
	}
	var fds [4]int
	for i := range fds {
		fds[i], _ = l.Socket(fakedemux.FamilyUnix, fakedemux.TypeDatagram|epoll.NonBlock)
	}
	a, b, c, d := fds[0], fds[1], fds[2], fds[3]
	name, third := fakedemux.Sockaddr{Name: unixName}, fakedemux.Sockaddr{Name: unixName + " 3"}
	room := make([]byte, 8)
	send := func(what string, fd int) {
		n, e := l.Sendto(fd, []byte("x"), 0, name)
		say(what, n, e)
	}
	write := func(fd int) {
		n, e := l.Write(fd, []byte("xy"))
		say("write", n, e)
	}
	receive := func(fd int) {
		n, _, e := l.Recvfrom(fd, room, 0)
		say("receive", n, e)
	}
	send("send to nobody", b)
	did("bind", l.Bind(a, name))
	did("bind again", l.Bind(a, third))
	did("bind of nothing again", l.Bind(a, fakedemux.Sockaddr{}))
	did("another binds it", l.Bind(b, name))
	send("send to it", b)
	receive(a)
	did("connect to nobody", l.Connect(b, third))
	did("connect", l.Connect(b, name))
	write(b)
	receive(a)
	n, e := l.Write(a, room)
	say("it sends where it is not connected", n, e)
	l.Bind(c, third)
	did("it connects to a third", l.Connect(a, third))
	send("a second one sends to it", d)
	did("a second one connects to it", l.Connect(d, name))
	did("it is closed", l.Close(a))
	write(b)
	write(b)
	did("the name is free", l.Bind(d, name))
	for _, fd := range fds[1:] {
		l.Close(fd)
	}
	return log.String()
}
