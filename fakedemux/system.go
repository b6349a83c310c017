package fakedemux

import "reactortest/scheduler"

// system is a machine with the objects that programs have: sockets, pipes, files,
// timers and processes. It knows that somebody may watch an object, and not who.
type system struct {
	machine
	traits traits

	streams  pool[stream]
	pipes    pool[pipe]
	eventfds pool[eventfd]

	listeners        []*listener
	bound            []*stream // with a name of their own, and no listener
	datagrams        []*datagram
	nextPort         uint16
	nextDatagramPort uint16
	nextName         int      // of autobind
	clients          []uint64 // ports in use, as bits; see clientPort
	nextClient       int
	turn             int // of groups of SO_REUSEPORT

	root      *vnode // of the file system, nil until a call needs it
	processes []process
	lastPID   int
	watchers  []processWatcher // of processes and signals, oldest first
}

// traits are what objects are like on one kernel, where kernels differ.
type traits struct {
	streamBuffer int  // bytes sent and unread in one direction of a stream
	linux        bool // a kernel is one of these three
	bsd          bool // what differs from Linux is in the functions that the code names
	winsock      bool // sockets are Windows': no pipes, pairs are TCP, errors stay

	// Of a BSD. Sizes are bytes.
	systemBuffers       bool // streams have the sizes below, and not streamBuffer
	tcpSend, tcpReceive int
	unixStream          int
	sendLow             int // so_snd.sb_lowat
	pipe                pipeTraits

	// What the watchers of a file are told.
	unlinked, unlinkedOne change // by its last name, and by another one
	grown, shrunk         change
	renamedAcross         change // the two directories
}

// pipeTraits are what a pipe is like on a BSD. A size of 0 stands for a pipe of Linux.
type pipeTraits struct {
	size, most int // of a new buffer, and of the largest
	grows      growth
	both       bool // it goes both ways
	together   bool // the watchers of both ends are in one list
}

// growth says when the buffer of a pipe grows.
type growth uint8

const (
	neverGrows  growth = iota
	doubles            // until a write fits; pipe_write and pipespace of FreeBSD, choose_pipespace of Darwin
	growsIfIdle        // to its largest size, when it is empty; pipe_write of NetBSD and OpenBSD
)

// actorBase separates the actors of pending steps from tasks.
const actorBase = 1 << 32

// begin begins a new run.
func (k *system) begin() {
	k.machine.begin()
	k.streams.reset()
	k.pipes.reset()
	k.eventfds.reset()
	k.listeners, k.bound, k.datagrams = k.listeners[:0], k.bound[:0], k.datagrams[:0]
	k.nextPort, k.nextDatagramPort = firstPort, firstPort+(lastPort-firstPort)/2
	k.nextName, k.nextClient, k.turn = 0, 0, 0
	clear(k.clients)
	k.root = nil
	k.processes, k.lastPID, k.watchers = k.processes[:0], initialPID, k.watchers[:0]
}

// later makes the step of what is to happen to d when the strategy says so.
func (k *system) later(name string, d *description, do func()) {
	k.tasks.Pend(&scheduler.Step{Name: name, Actor: actorBase + d.id, Object: d.id, Do: do})
}
