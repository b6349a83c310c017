package story

// verbs is the table of commands. It is filled by init, since the functions in
// it look at the table.
var verbs []verb

func init() {
	verbs = append(verbs, setupVerbs...)
	verbs = append(verbs, handleVerbs...)
	verbs = append(verbs, loopVerbs...)
	verbs = append(verbs, epollVerbs...)
	verbs = append(verbs, kqueueVerbs...)
	verbs = append(verbs, timeVerbs...)
}

var setupVerbs = []verb{
	{name: "plan", usage: "plan f2", least: 1, most: 1, setup: (*setup).plan},
	{name: "decide", usage: "decide order#0=1 ...", least: 1, most: 100, setup: (*setup).decide},
	{name: "option", usage: "option descriptors N | buffer N | nopwait2", least: 1, most: 2, setup: (*setup).option},
	{name: "real", usage: "real", setup: func(u *setup, _ []string) error { u.real = true; return nil }},
}

var handleVerbs = []verb{
	{name: "pair", usage: "pair NAME NAME", least: 2, most: 2, do: (*scene).pair},
	{name: "pipe", usage: "pipe READER WRITER", least: 2, most: 2, do: (*scene).pipe},
	{name: "listen", usage: "listen NAME [BACKLOG]", least: 1, most: 2, do: (*scene).listen},
	{name: "connect", usage: "connect NAME LISTENER", least: 2, most: 2, do: (*scene).connect},
	{name: "result", usage: "result NAME", least: 1, most: 1, do: (*scene).result},
	{name: "accept", usage: "accept LISTENER NAME", least: 2, most: 2, do: (*scene).accept},
	{name: "dup", usage: "dup NAME NEW", least: 2, most: 2, do: (*scene).dup},
	{name: "file", usage: "file NAME", least: 1, most: 1, do: (*scene).file},
	{name: "eventfd", usage: "eventfd NAME [N] [blocking]", least: 1, most: 3, do: (*scene).eventfd},
	{name: "add", usage: "add EVENTFD N", least: 2, most: 2, do: (*scene).add},
	{name: "take", usage: "take EVENTFD", least: 1, most: 1, do: (*scene).take},
	{name: "write", usage: "write NAME TEXT | *N", least: 2, most: 2, do: (*scene).write},
	{name: "fill", usage: "fill NAME", least: 1, most: 1, do: (*scene).fill},
	{name: "read", usage: "read NAME [N]", least: 1, most: 2, do: (*scene).read},
	{name: "drain", usage: "drain NAME", least: 1, most: 1, do: (*scene).drain},
	{name: "shut", usage: "shut NAME", least: 1, most: 1, do: (*scene).shut},
	{name: "close", usage: "close NAME", least: 1, most: 1, do: (*scene).close},
	{name: "abandon", usage: "abandon NAME", least: 1, most: 1, do: (*scene).abandon},
	{name: "number", usage: "number NAME", least: 1, most: 1, do: (*scene).number},
	{name: "leaks", usage: "leaks", do: (*scene).leaks},
}

var loopVerbs = []verb{
	{name: "loop", usage: "loop BATCH", least: 1, most: 1, do: (*scene).openLoop},
	{name: "watch", usage: "watch NAME r|w|rw|- [MODE]", least: 2, most: 3, do: (*scene).watch},
	{name: "modify", usage: "modify NAME r|w|rw|- [MODE]", least: 2, most: 3, do: (*scene).modify},
	{name: "unwatch", usage: "unwatch NAME [FUNCTION]", least: 1, most: 2, do: (*scene).unwatch},
	{name: "on", usage: "on NAME COMMAND", least: 1, inner: true, do: (*scene).on},
	{name: "post", usage: "post FUNCTION", least: 1, most: 1, do: (*scene).post},
	{name: "timer", usage: "timer FUNCTION TIME", least: 2, most: 2, do: (*scene).timer},
	{name: "cancel", usage: "cancel FUNCTION", least: 1, most: 1, do: (*scene).cancel},
	{name: "iterate", usage: "iterate N [TIME | forever]", least: 1, most: 2, do: (*scene).iterate},
	{name: "run", usage: "run", do: (*scene).runLoop},
	{name: "run-alive", usage: "run-alive", do: (*scene).runAlive},
	{name: "stop", usage: "stop", do: (*scene).stop},
}

var epollVerbs = []verb{
	{name: "epoll create", usage: "epoll create NAME", least: 1, most: 1, do: (*scene).epollCreate},
	{name: "epoll add", usage: "epoll add EPOLL NAME BITS [as DATA]", least: 3, most: 5, do: (*scene).epollCtl},
	{name: "epoll mod", usage: "epoll mod EPOLL NAME BITS [as DATA]", least: 3, most: 5, do: (*scene).epollCtl},
	{name: "epoll del", usage: "epoll del EPOLL NAME", least: 2, most: 2, do: (*scene).epollCtl},
	{name: "epoll wait", usage: "epoll wait EPOLL [max N] [TIME | forever]", least: 1, most: 4, do: (*scene).epollWait},
}

var kqueueVerbs = []verb{
	{name: "kqueue create", usage: "kqueue create NAME", least: 1, most: 1, do: (*scene).kqueueCreate},
	{name: "kqueue change", usage: "kqueue change KQUEUE FILTER IDENT FLAGS [data N] [note N] [as DATA]", least: 4, most: 10, do: (*scene).kqueueChange},
	{name: "kqueue ask", usage: "kqueue ask KQUEUE FILTER IDENT FLAGS [data N] [note N] [as DATA]", least: 4, most: 10, do: (*scene).kqueueChange},
	{name: "kqueue wait", usage: "kqueue wait KQUEUE [max N] [TIME | forever]", least: 1, most: 4, do: (*scene).kqueueWait},
}

var timeVerbs = []verb{
	{name: "at", usage: "at TIME COMMAND", least: 1, inner: true, do: (*scene).at},
	{name: "go", usage: "go NAME COMMAND", least: 1, inner: true, do: (*scene).start},
	{name: "sleep", usage: "sleep TIME", least: 1, most: 1, do: (*scene).sleep},
}
