package fakedemux

import (
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/kqueues"
	"reactortest/fakedemux/internal/objects"
)

// family is a set of dialects that are alike.
type family uint8

const (
	epollFamily family = 1 << iota
	kqueueFamily
	iocpFamily
	everyFamily = epollFamily | kqueueFamily | iocpFamily
)

// dialect is the kernel whose calls a Kernel answers, and whose backend its
// Open opens.
type dialect struct {
	name    string // as Options.Dialect and tapes have it
	family  family
	kqueue  *kqueue.Profile // of the calls that Kqueue returns
	winsock bool            // sockets are Windows': no pipes, pairs are TCP, errors stay
	old     bool            // sets Options.NoPwait2
	open    func(k *Kernel) (demux.Demux, error)
	errno   func(f errno.Failure) demux.Errno
}

// resolution is the grain of the timeouts that a wait of the dialect takes.
func (d *dialect) resolution() time.Duration {
	if d.old || d.winsock {
		return time.Millisecond
	}
	return time.Nanosecond
}

// traits returns what the objects of the dialect are like.
func (d *dialect) traits() objects.Traits {
	if d.family == kqueueFamily {
		return kqueues.Traits(d.kqueue)
	}
	t := kqueues.FileTraits(d.kqueue)
	t.Linux, t.Winsock = d.family == epollFamily, d.winsock
	return t
}

// dialects are all of them. The first is the default.
var dialects = makeDialects()

func makeDialects() []*dialect {
	newest := &dialect{
		name:   "epoll",
		family: epollFamily,
		kqueue: &kqueue.FreeBSD,
		open:   func(k *Kernel) (demux.Demux, error) { return opened(epoll.Open(linuxCalls{k})) },
		errno:  func(f errno.Failure) demux.Errno { return f.Linux().Symbol() },
	}
	before511 := *newest
	before511.name, before511.old = "epoll-5.10", true
	all := []*dialect{newest, &before511}
	for _, p := range kqueue.Profiles() {
		all = append(all, &dialect{
			name:   "kqueue-" + p.Name,
			family: kqueueFamily,
			kqueue: p,
			open:   func(k *Kernel) (demux.Demux, error) { return opened(kqueue.Open(bsdCalls{k, p}, p)) },
			errno:  func(f errno.Failure) demux.Errno { return f.BSD(p).Symbol() },
		})
	}
	return append(all, &dialect{
		name:    "iocp",
		family:  iocpFamily,
		kqueue:  &kqueue.FreeBSD,
		winsock: true,
		open:    func(k *Kernel) (demux.Demux, error) { return opened(iocp.Open(windowsCalls{k})) },
		errno:   func(f errno.Failure) demux.Errno { return f.Winsock().Symbol() },
	})
}

// opened turns the result of a backend's Open into a demux, nil if it failed.
func opened[D demux.Demux](d D, err error) (demux.Demux, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Dialects returns the values that Options.Dialect may have, the default first.
// A name that ends in a version stands for that version of the kernel; a name
// without a version stands for the newest.
func Dialects() []string {
	var names []string
	for _, d := range dialects {
		names = append(names, d.name)
	}
	return names
}

// lookupDialect returns the dialect called name. It panics if there is none.
func lookupDialect(name string) *dialect {
	if name == "" {
		return dialects[0]
	}
	for _, d := range dialects {
		if d.name == name {
			return d
		}
	}
	panic("fakedemux: there is no dialect " + name + "; they are " + strings.Join(Dialects(), ", "))
}

// err returns f as the error that a Host returns.
func (k *Kernel) err(call string, f errno.Failure) error {
	if f == errno.OK {
		return nil
	}
	if f == errno.Again {
		return demux.ErrAgain
	}
	if f == errno.Deadlock {
		return k.system.Tasks.Err()
	}
	return demux.SyscallError(call, k.dialect.errno(f))
}
