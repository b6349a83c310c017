//go:build linux

package main

// peer is what is measured: a server, or a program that measures itself.
type peer struct {
	name    string
	program string   // the binary's name
	args    []string // before the others, or for servers after them
	about   string
}

// program is one binary.
type program struct {
	name string
	from string // a Go package of this module, or a file of c/
	tags string // build tags of Go
	libs []string
	pkg  string // the package of Debian that a C program needs
}

var programs = []program{
	{name: "load", from: "./load"},
	{name: "ours", from: "./servers/ours"},
	{name: "oursuring", from: "./servers/oursuring"},
	{name: "rawxsys", from: "./servers/rawxsys"},
	{name: "rawcalls", from: "./servers/rawcalls"},
	{name: "nets", from: "./servers/nets"},
	{name: "gnets", from: "./servers/gnets"},
	{name: "gnets-opt", from: "./servers/gnets", tags: "poll_opt,gc_opt"},
	{name: "netpolls", from: "./servers/netpolls"},
	{name: "nbios", from: "./servers/nbios"},
	{name: "evios", from: "./servers/evios"},
	{name: "gaios", from: "./servers/gaios"},
	{name: "micro-ours", from: "./micro/ours"},
	{name: "micro-plain", from: "./micro/plain"},
	{name: "micro-gnets", from: "./micro/gnets"},
	{name: "micro-gnets-opt", from: "./micro/gnets", tags: "poll_opt,gc_opt"},
	{name: "echo_epoll", from: "echo_epoll.c", libs: []string{"-lpthread"}},
	{name: "echo_uv", from: "echo_uv.c", libs: []string{"-luv", "-lpthread"}, pkg: "libuv1-dev"},
	{name: "echo_event", from: "echo_event.c", libs: []string{"-levent_core", "-lpthread"}, pkg: "libevent-dev"},
	{name: "echo_ev", from: "echo_ev.c", libs: []string{"-lev", "-lpthread"}, pkg: "libev-dev"},
	{name: "micro_epoll", from: "micro_epoll.c", libs: []string{"-lpthread"}},
	{name: "micro_uv", from: "micro_uv.c", libs: []string{"-luv", "-lpthread"}, pkg: "libuv1-dev"},
	{name: "micro_event", from: "micro_event.c", libs: []string{"-levent_core", "-lpthread"}, pkg: "libevent-dev"},
	{name: "micro_ev", from: "micro_ev.c", libs: []string{"-lev", "-lpthread"}, pkg: "libev-dev"},
}

// servers are in the order in which a round measures them.
var servers = []peer{
	{name: "ours", program: "ours", about: "this project's loop on epoll"},
	{name: "ours-spin", program: "ours", args: []string{"spin"}, about: "the same, polling for 50 µs before it blocks"},
	{name: "ours-uring", program: "oursuring", about: "this project's completer on io_uring"},
	{name: "go-xsys", program: "rawxsys", about: "epoll in Go by golang.org/x/sys/unix"},
	{name: "go-raw", program: "rawcalls", about: "epoll in Go by syscall.RawSyscall6"},
	{name: "c", program: "echo_epoll", about: "epoll in C"},
	{name: "c-idle", program: "echo_epoll", args: []string{"idle"}, about: "the same with one idle thread"},
	{name: "net", program: "nets", about: "package net, a goroutine for each connection"},
	{name: "gnet", program: "gnets", about: "gnet v2.10.0"},
	{name: "gnet-opt", program: "gnets-opt", about: "the same with -tags poll_opt,gc_opt"},
	{name: "netpoll", program: "netpolls", about: "netpoll v0.7.2"},
	{name: "nbio", program: "nbios", about: "nbio v1.6.12"},
	{name: "evio", program: "evios", about: "evio v1.0.8"},
	{name: "gaio", program: "gaios", about: "gaio v1.2.34"},
	{name: "libuv", program: "echo_uv", about: "libuv's streams"},
	{name: "libevent", program: "echo_event", about: "libevent's bufferevents"},
	{name: "libev", program: "echo_ev", about: "libev's watchers"},
}

var dispatchers = []peer{
	{name: "ours", program: "micro-ours"},
	{name: "go-raw", program: "micro-plain", args: []string{"raw"}},
	{name: "go-xsys", program: "micro-plain"},
	{name: "gnet", program: "micro-gnets"},
	{name: "gnet-opt", program: "micro-gnets-opt"},
	{name: "c", program: "micro_epoll"},
	{name: "libuv", program: "micro_uv"},
	{name: "libevent", program: "micro_event"},
	{name: "libev", program: "micro_ev"},
}

var timekeepers = []peer{
	{name: "ours", program: "micro-ours"},
	{name: "go", program: "micro-plain", about: "time.AfterFunc"},
	{name: "libuv", program: "micro_uv"},
	{name: "libevent", program: "micro_event"},
	{name: "libev", program: "micro_ev"},
}

var posters = []peer{
	{name: "ours", program: "micro-ours"},
	{name: "gnet", program: "micro-gnets", about: "EventLoop.Execute"},
	{name: "gnet-trigger", program: "micro-gnets", args: []string{"trigger"}, about: "Poller.Trigger"},
	{name: "channel", program: "micro-plain", about: "a goroutine that takes functions from a channel"},
}
