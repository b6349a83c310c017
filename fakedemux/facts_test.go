package fakedemux_test

import "testing"

// fact is a rule of the simulated kernel, told as calls and what they return.
// On Linux the running kernel is asked too.
type fact struct {
	name, why string
	lines     []string
}

var facts = []fact{
	{
		name: "newest registration first",
		why:  "seen on Linux 6.18: a description tells its registrations in the reverse order of their ADD",
		lines: []string{
			"pair = 0,1", "dup 0 = 2", "epoll = 3", "add 3 0 IN 10 = 0", "add 3 2 IN 12 = 0",
			"write 1 1 = 1", "wait 3 4 = 2 12:IN 10:IN",
		},
	},
	{
		name: "poll drops stale entries",
		why:  "seen on Linux 6.18: a look at an epoll descriptor takes from its list what has nothing to report",
		lines: []string{
			"pair = 0,1", "pair = 2,3", "epoll = 4", "add 4 0 IN 10 = 0", "add 4 2 IN 12 = 0",
			"write 1 1 = 1", "read 0 1 = 1 \"a\"", "poll 4 = 0",
			"write 3 1 = 1", "write 1 1 = 1", "wait 4 4 = 2 12:IN 10:IN",
		},
	},
	{
		name: "a stale entry keeps its place",
		why:  "seen on Linux 6.18: without such a look it is where it was",
		lines: []string{
			"pair = 0,1", "pair = 2,3", "epoll = 4", "add 4 0 IN 10 = 0", "add 4 2 IN 12 = 0",
			"write 1 1 = 1", "read 0 1 = 1 \"a\"",
			"write 3 1 = 1", "write 1 1 = 1", "wait 4 4 = 2 10:IN 12:IN",
		},
	},
	{
		name: "modify of a listed registration is no edge above",
		why:  "seen on Linux 6.18: only what comes on the list tells those that watch the instance",
		lines: []string{
			"pair = 0,1", "epoll = 2", "epoll = 3", "add 2 0 IN 10 = 0", "add 3 2 IN|ET 12 = 0",
			"write 1 1 = 1", "wait 3 1 = 1 12:IN", "mod 2 0 IN 11 = 0", "wait 3 1 = 0",
			"write 1 1 = 1", "wait 3 1 = 1 12:IN",
		},
	},
	{
		name: "round robin",
		why:  "epoll_wait(2): further calls go round the ready descriptors",
		lines: []string{
			"pair = 0,1", "pair = 2,3", "pair = 4,5", "epoll = 6",
			"add 6 0 OUT 10 = 0", "add 6 2 OUT 12 = 0", "add 6 4 OUT 14 = 0",
			"wait 6 2 = 2 10:OUT 12:OUT", "wait 6 2 = 2 14:OUT 10:OUT", "wait 6 1 = 1 12:OUT", "wait 6 9 = 3 14:OUT 10:OUT 12:OUT",
		},
	},
	{
		name: "edge: every arrival",
		why:  "epoll(7): a new event with each chunk of data, read or not",
		lines: []string{
			"pair = 0,1", "epoll = 2", "add 2 0 IN|ET 10 = 0", "write 1 2 = 2", "wait 2 1 = 1 10:IN", "wait 2 1 = 0",
			"write 1 2 = 2", "wait 2 1 = 1 10:IN", "read 0 1 = 1 \"a\"", "wait 2 1 = 0",
		},
	},
	{
		name: "edge: a unix writer hears of each message that was read whole",
		why:  "seen on Linux 6.18",
		lines: []string{
			"pair = 0,1", "epoll = 2", "add 2 1 OUT|ET 11 = 0", "wait 2 1 = 1 11:OUT",
			"write 1 3 = 3", "write 1 2 = 2", "wait 2 1 = 0",
			"read 0 2 = 2 \"ab\"", "wait 2 1 = 0", "read 0 1 = 1 \"c\"", "wait 2 1 = 1 11:OUT",
			"read 0 1 = 1 \"a\"", "wait 2 1 = 0", "read 0 9 = 1 \"b\"", "wait 2 1 = 1 11:OUT",
			"write 1 1 = 1", "write 1 1 = 1", "read 0 2 = 2 \"aa\"", "wait 2 1 = 1 11:OUT", "wait 2 1 = 0",
		},
	},
	{
		name: "edge: a TCP writer hears only after it met a full buffer",
		why:  "seen on Linux 6.18",
		lines: []string{
			"listen 4 = 0", "connect 0 = 1", "accept 0 = 2", "epoll = 3", "add 3 1 OUT|ET 11 = 0", "wait 3 1 = 1 11:OUT",
			"write 1 3 = 3", "poll 2 = IN|OUT", "read 2 3 = 3 \"abc\"", "wait 3 1 = 0",
		},
	},
	{
		name: "data announces EPOLLPRI",
		why:  "seen on Linux 6.18: a registration for EPOLLPRI alone gets its place on the list, and reports what comes later",
		lines: []string{
			"pair = 0,1", "pair = 2,3", "epoll = 4", "add 4 0 PRI 10 = 0", "add 4 2 IN 12 = 0",
			"write 1 1 = 1", "write 3 1 = 1", "close 1 = 0", "wait 4 4 = 2 10:HUP 12:IN",
		},
	},
	{
		name: "shutdown tells both ends of a unix socket each time",
		why:  "seen on Linux 6.18",
		lines: []string{
			"pair = 0,1", "epoll = 2", "add 2 0 IN|OUT|RDHUP|ET 10 = 0", "add 2 1 IN|OUT|RDHUP|ET 11 = 0",
			"wait 2 4 = 2 10:OUT 11:OUT", "shutdown 0 = 0", "wait 2 4 = 2 10:OUT 11:IN|OUT|RDHUP",
			"shutdown 0 = 0", "wait 2 4 = 2 10:OUT 11:IN|OUT|RDHUP", "write 0 1 = EPIPE", "write 0 0 = EPIPE",
		},
	},
	{
		name: "unix close",
		why:  "seen on Linux 6.18: the peer finds both directions shut down",
		lines: []string{
			"pair = 0,1", "write 1 2 = 2", "close 1 = 0", "poll 0 = IN|OUT|HUP|RDHUP",
			"read 0 9 = 2 \"ab\"", "read 0 9 = 0", "write 0 1 = EPIPE", "shutdown 0 = 0", "result 0 = 0",
		},
	},
	{
		name: "unix close with unread data",
		why:  "seen on Linux 6.18: ECONNRESET once, behind what has arrived",
		lines: []string{
			"pair = 0,1", "write 0 1 = 1", "write 1 1 = 1", "close 1 = 0", "poll 0 = IN|OUT|ERR|HUP|RDHUP",
			"read 0 9 = 1 \"a\"", "write 0 1 = EPIPE", "read 0 9 = ECONNRESET", "read 0 9 = 0", "poll 0 = IN|OUT|HUP|RDHUP",
		},
	},
	{
		name: "TCP half close and close",
		why:  "seen on Linux 6.18: no EPOLLHUP until both directions have ended",
		lines: []string{
			"listen 4 = 0", "connect 0 = 1", "accept 0 = 2", "shutdown 2 = 0", "poll 1 = IN|OUT|RDHUP", "poll 2 = OUT",
			"write 1 1 = 1", "poll 2 = IN|OUT", "read 2 9 = 1 \"a\"", "read 1 9 = 0", "write 2 1 = EPIPE",
			"shutdown 2 = 0", "shutdown 1 = 0", "poll 2 = IN|OUT|HUP|RDHUP", "poll 1 = IN|OUT|HUP|RDHUP",
			"shutdown 2 = ENOTCONN", "result 2 = ENOTCONN", "close 2 = 0", "poll 1 = IN|OUT|HUP|RDHUP",
		},
	},
	{
		name: "TCP write to a closed peer",
		why:  "seen on Linux 6.18: the first is taken, the answer is a reset; who has read the FIN reads the end forever",
		lines: []string{
			"listen 4 = 0", "connect 0 = 1", "accept 0 = 2", "close 2 = 0", "poll 1 = IN|OUT|RDHUP",
			"write 1 0 = 0", "write 1 1 = 1", "poll 1 = IN|OUT|ERR|HUP|RDHUP", "read 1 9 = 0",
			"write 1 1 = EPIPE", "poll 1 = IN|OUT|HUP|RDHUP", "write 1 1 = EPIPE", "result 1 = ENOTCONN",
		},
	},
	{
		name: "TCP reset by unread data",
		why:  "RFC 2525, 2.17; seen on Linux 6.18: data first, then ECONNRESET once",
		lines: []string{
			"listen 4 = 0", "connect 0 = 1", "accept 0 = 2", "write 1 2 = 2", "write 2 2 = 2", "poll 1 = IN|OUT", "poll 2 = IN|OUT",
			"close 2 = 0", "poll 1 = IN|OUT|ERR|HUP|RDHUP", "read 1 9 = 2 \"ab\"", "write 1 1 = ECONNRESET",
			"read 1 9 = 0", "write 1 1 = EPIPE", "shutdown 1 = ENOTCONN",
		},
	},
	{
		name: "TCP reset after a FIN",
		why:  "seen on Linux 6.18: EPIPE, not ECONNRESET, for who has got the FIN and sent none",
		lines: []string{
			"listen 4 = 0", "connect 0 = 1", "accept 0 = 2", "write 1 2 = 2", "poll 2 = IN|OUT", "shutdown 2 = 0", "poll 1 = IN|OUT|RDHUP",
			"close 2 = 0", "poll 1 = IN|OUT|ERR|HUP|RDHUP", "result 1 = EPIPE", "result 1 = ENOTCONN", "read 1 9 = 0",
		},
	},
	{
		name: "no reset once TCP is done",
		why:  "seen on Linux 6.18: unread data reset nothing when both FINs have arrived",
		lines: []string{
			"listen 4 = 0", "connect 0 = 1", "accept 0 = 2", "write 1 2 = 2", "poll 2 = IN|OUT", "shutdown 1 = 0", "shutdown 2 = 0",
			"poll 1 = IN|OUT|HUP|RDHUP", "poll 2 = IN|OUT|HUP|RDHUP", "close 2 = 0", "poll 1 = IN|OUT|HUP|RDHUP", "read 1 1 = 0",
		},
	},
	{
		name: "refused",
		why:  "connect(2), ECONNREFUSED, once",
		lines: []string{
			"listen 4 = 0", "close 0 = 0", "connect 0 = 0", "poll 0 = IN|OUT|ERR|HUP|RDHUP",
			"read 0 1 = ECONNREFUSED", "read 0 1 = 0", "write 0 1 = EPIPE", "result 0 = ENOTCONN", "shutdown 0 = ENOTCONN",
		},
	},
	{
		name: "refused, told by a write",
		why:  "seen on Linux 6.18: by a write of nothing too",
		lines: []string{
			"listen 4 = 0", "close 0 = 0", "connect 0 = 0", "poll 0 = IN|OUT|ERR|HUP|RDHUP",
			"write 0 0 = ECONNREFUSED", "write 0 0 = EPIPE", "poll 0 = IN|OUT|HUP|RDHUP",
		},
	},
	{
		name: "closing a listener resets who waits in its backlog",
		why:  "seen on Linux 6.18",
		lines: []string{
			"listen 4 = 0", "connect 0 = 1", "poll 0 = IN", "close 0 = 0", "poll 1 = IN|OUT|ERR|HUP|RDHUP", "result 1 = ECONNRESET",
		},
	},
	{
		name: "one more than the backlog",
		why:  "seen on Linux 6.18: backlog 1 lets two connections wait, the third goes on trying",
		lines: []string{
			"listen 1 = 0", "connect 0 = 1", "connect 0 = 2", "connect 0 = 3", "poll 1 = OUT", "poll 2 = OUT", "poll 3 = 0",
			"read 3 1 = EAGAIN", "write 3 1 = EAGAIN", "accept 0 = 4", "accept 0 = 5", "accept 0 = EAGAIN",
		},
	},
	{
		name: "shutdown of an attempt",
		why:  "seen on Linux 6.18: it is given up, with ECONNRESET",
		lines: []string{
			"listen 0 = 0", "connect 0 = 1", "connect 0 = 2", "poll 2 = 0", "shutdown 2 = 0", "poll 2 = OUT|ERR|HUP",
			"read 2 1 = ECONNRESET", "read 2 1 = ENOTCONN", "write 2 1 = EPIPE", "poll 2 = OUT|HUP", "shutdown 2 = ENOTCONN",
		},
	},
	{
		name: "a listener is no stream",
		why:  "seen on Linux 6.18",
		lines: []string{
			"listen 1 = 0", "read 0 1 = ENOTCONN", "read 0 0 = 0", "write 0 1 = EPIPE", "write 0 0 = EPIPE", "shutdown 0 = 0",
			"result 0 = ENOTCONN", "pair = 1,2", "accept 1 = EINVAL", "pipe = 3,4", "accept 3 = ENOTSOCK", "shutdown 3 = ENOTSOCK", "result 3 = ENOTSOCK",
		},
	},
	{
		name: "eventfd",
		why:  "eventfd(2); exactly 8 bytes: seen on Linux 6.18",
		lines: []string{
			"eventfd 0 = 0", "poll 0 = OUT", "read 0 8 = EAGAIN", "read 0 7 = EINVAL", "write 0 7 = EINVAL", "write 0 9 = EINVAL", "write 0 0 = EINVAL",
			"signal 0 18446744073709551615 = EINVAL", "signal 0 18446744073709551614 = 8", "poll 0 = IN", "signal 0 1 = EAGAIN", "signal 0 0 = 8",
			"read 0 9 = 8 \"\\xfe\\xff\\xff\\xff\\xff\\xff\\xff\\xff\"", "poll 0 = OUT",
		},
	},
	{
		name: "eventfd edges",
		why:  "seen on Linux 6.18: each read and each write, of 0 too",
		lines: []string{
			"eventfd 1 = 0", "epoll = 1", "add 1 0 IN|OUT|ET 5 = 0", "wait 1 1 = 1 5:IN|OUT", "signal 0 0 = 8", "wait 1 1 = 1 5:IN|OUT",
			"read 0 8 = 8 \"\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\"", "wait 1 1 = 1 5:OUT", "read 0 8 = EAGAIN", "wait 1 1 = 0",
		},
	},
	{
		name: "pipe ends",
		why:  "pipe(7), poll(2); nothing to write is no error: seen on Linux 6.18",
		lines: []string{
			"pipe = 0,1", "write 1 2 = 2", "write 0 1 = EBADF", "read 1 1 = EBADF", "close 1 = 0", "poll 0 = IN|HUP", "read 0 9 = 2 \"ab\"", "poll 0 = HUP", "read 0 1 = 0",
			"pipe = 1,2", "close 1 = 0", "poll 2 = OUT|ERR", "write 2 1 = EPIPE", "write 2 0 = 0",
		},
	},
	{
		name: "pipe pages",
		why:  "pipe(7), PIPE_BUF; seen on Linux 6.18: a page is free when all of it was read",
		lines: []string{
			"pipe = 0,1", "write 1 65536 = 65536", "write 1 1 = EAGAIN", "poll 1 = 0", "read 0 100 = 100", "write 1 1 = EAGAIN", "poll 1 = 0",
			"read 0 3996 = 3996", "poll 1 = OUT", "write 1 4097 = 4096", "write 1 4096 = EAGAIN", "read 0 4096 = 4096",
			"write 1 1 = 1", "poll 1 = 0", "write 1 4095 = 4095", "write 1 1 = EAGAIN", "read 0 65536 = 65536", "read 0 1 = EAGAIN",
		},
	},
	{
		name: "pipe: the rest of a write goes in the last page",
		why:  "seen on Linux 6.18: only what is no multiple of a page, and only if it fits",
		lines: []string{
			"pipe = 0,1", "write 1 1 = 1", "write 1 61440 = 61440", "poll 1 = 0", "write 1 1 = EAGAIN", "read 0 65536 = 61441",
			"write 1 1 = 1", "write 1 4098 = 4098", "write 1 4096 = 4096", "write 1 53248 = 53248", "poll 1 = 0", "write 1 1 = EAGAIN",
			"read 0 65536 = 61443", "write 1 61440 = 61440", "write 1 1 = 1", "poll 1 = 0", "write 1 4095 = 4095", "write 1 1 = EAGAIN",
		},
	},
	{
		name: "a write to a full pipe tells the reader",
		why:  "seen on Linux 6.18, and a read tells the writer only when a full pipe has a free page",
		lines: []string{
			"pipe = 0,1", "epoll = 2", "add 2 0 IN|ET 10 = 0", "add 2 1 OUT|ET 11 = 0", "wait 2 4 = 1 11:OUT", "write 1 65536 = 65536", "wait 2 4 = 1 10:IN",
			"write 1 1 = EAGAIN", "wait 2 4 = 1 10:IN", "read 0 100 = 100", "wait 2 4 = 0", "read 0 4000 = 4000", "wait 2 4 = 1 11:OUT",
			"read 0 4096 = 4096", "wait 2 4 = 0",
		},
	},
	{
		name: "a file",
		why:  "epoll_ctl(2), EPERM, before any other look at the arguments but EBADF",
		lines: []string{
			"file = 0", "epoll = 1", "add 1 0 IN 5 = EPERM", "add 0 0 IN 5 = EPERM", "add 1 9 IN 5 = EBADF", "add 9 0 IN 5 = EBADF",
			"write 0 3 = 3", "read 0 3 = 0", "pair = 2,3", "add 2 3 IN 5 = EINVAL",
		},
	},
	{
		name: "dup keeps a registration",
		why:  "epoll(7), Q6; the number belongs to its name: the dup is another one",
		lines: []string{
			"pair = 0,1", "epoll = 2", "add 2 0 IN 10 = 0", "dup 0 = 3", "close 0 = 0", "write 1 1 = 1", "wait 2 4 = 1 10:IN",
			"del 2 0 = EBADF", "del 2 3 = ENOENT", "add 2 3 IN 13 = 0", "wait 2 4 = 2 10:IN 13:IN", "close 3 = 0", "wait 2 4 = 0",
		},
	},
	{
		name: "a number that comes back is another registration",
		why:  "epoll(7), Q1: the key is the number and the description",
		lines: []string{
			"pair = 0,1", "epoll = 2", "add 2 0 IN 10 = 0", "dup 0 = 3", "close 0 = 0", "eventfd 1 = 0", "mod 2 0 IN 20 = ENOENT",
			"add 2 0 IN 20 = 0", "write 1 1 = 1", "wait 2 4 = 2 20:IN 10:IN",
		},
	},
	{
		name: "an epoll descriptor that is closed is gone",
		why:  "close(2); its number names what comes next",
		lines: []string{
			"pair = 0,1", "epoll = 2", "add 2 0 OUT 10 = 0", "close 2 = 0", "wait 2 1 = EBADF", "epoll = 2", "wait 2 1 = 0", "add 2 0 OUT 11 = 0", "wait 2 4 = 1 11:OUT",
		},
	},
	{
		name: "oneshot silences everything",
		why:  "epoll_ctl(2), EPOLLONESHOT: EPOLLHUP and EPOLLERR too, until MOD",
		lines: []string{
			"pair = 0,1", "epoll = 2", "add 2 0 OUT|ONESHOT 10 = 0", "wait 2 1 = 1 10:OUT", "write 0 1 = 1", "close 1 = 0", "wait 2 1 = 0",
			"add 2 0 IN 11 = EEXIST", "mod 2 0 ONESHOT 11 = 0", "wait 2 1 = 1 11:ERR|HUP", "wait 2 1 = 0",
		},
	},
	{
		name: "modify arms again",
		why:  "epoll_ctl(2), EPOLL_CTL_MOD; a condition that holds is reported",
		lines: []string{
			"pair = 0,1", "epoll = 2", "add 2 0 OUT|ET 10 = 0", "wait 2 1 = 1 10:OUT", "wait 2 1 = 0", "mod 2 0 OUT|ET 11 = 0", "wait 2 1 = 1 11:OUT",
		},
	},
	{
		name: "maxevents",
		why:  "epoll_wait(2), EINVAL; seen on Linux 6.18: EBADF comes first",
		lines: []string{
			"epoll = 0", "wait 0 0 = EINVAL", "wait 9 0 = EBADF", "pair = 1,2", "wait 1 1 = EINVAL",
		},
	},
	{
		name: "nesting",
		why:  "epoll_ctl(2), ELOOP and EINVAL: five in a row, no circle, not itself",
		lines: []string{
			"epoll = 0", "epoll = 1", "epoll = 2", "epoll = 3", "epoll = 4", "epoll = 5", "add 0 0 IN 1 = EINVAL",
			"add 1 0 IN 1 = 0", "add 0 1 IN 1 = ELOOP", "add 2 1 IN 1 = 0", "add 3 2 IN 1 = 0", "add 4 3 IN 1 = 0", "add 5 4 IN 1 = ELOOP",
			"add 0 5 IN 1 = ELOOP", "add 0 4 IN 1 = ELOOP", "pair = 6,7", "add 0 6 OUT 1 = 0", "wait 4 1 = 1 1:IN",
		},
	},
	{
		name: "exclusive",
		why:  "epoll_ctl(2), EPOLLEXCLUSIVE: with ADD only, not of an epoll descriptor, few other bits",
		lines: []string{
			"pair = 0,1", "epoll = 2", "epoll = 3", "add 2 3 EXCLUSIVE|IN 1 = EINVAL", "add 2 0 EXCLUSIVE|IN|RDHUP 1 = EINVAL", "add 2 0 EXCLUSIVE|IN|ONESHOT 1 = EINVAL",
			"add 2 0 EXCLUSIVE|IN|ET 1 = 0", "mod 2 0 IN 2 = EINVAL", "mod 2 0 EXCLUSIVE|IN 2 = EINVAL", "add 3 0 EXCLUSIVE|IN 3 = 0",
			"write 1 1 = 1", "wait 2 4 = 1 1:IN", "wait 3 4 = 1 3:IN", "del 2 0 = 0", "write 1 1 = 1", "wait 2 4 = 0",
		},
	},
}

func TestFacts(t *testing.T) {
	for _, f := range facts {
		t.Run(f.name, func(t *testing.T) { play(t, newSimulated(), f.lines, 0) })
	}
}
