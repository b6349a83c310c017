// Package objects has what descriptors of a program name: sockets, pipes, files, timers and
// processes. An object tells those that watch it what has happened, and knows no dialect.
package objects

import (
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// System is a machine with the objects that programs have: sockets, pipes, files,
// timers and processes. It knows that somebody may watch an object, and not who.
type System struct {
	machine.Machine
	Traits Traits

	streams  machine.Pool[Stream]
	pipes    machine.Pool[pipe]
	eventfds machine.Pool[Eventfd]

	Listeners        []*Listener
	bound            []*Stream // with a name of their own, and no listener
	datagrams        []*Datagram
	nextPort         uint16
	nextDatagramPort uint16
	nextName         int      // of autobind
	clients          []uint64 // ports in use, as bits; see clientPort
	nextClient       int
	turn             int // of groups of SO_REUSEPORT

	root      *Vnode // of the file system, nil until a call needs it
	processes []process
	lastPID   int
	Watchers  []ProcessWatcher // of processes and signals, oldest first
}

// Traits are what objects are like on one kernel, where kernels differ.
type Traits struct {
	StreamBuffer int    // bytes sent and unread in one direction of a stream; see SetBuffer
	size         [2]int // bytes that a stream holds, unix and TCP
	Linux        bool   // a kernel is one of these three
	BSD          bool   // what differs from Linux is in the functions that the code names
	Winsock      bool   // sockets are Windows': no pipes, pairs are TCP, errors stay

	// Of a BSD. Sizes are bytes.
	SystemBuffers       bool // streams have the sizes below, and not StreamBuffer
	TCPSend, TCPReceive int
	UnixStream          int
	DatagramSend        int
	SendLow             int  // so_snd.sb_lowat
	UnixStops           bool // a unix stream has its whole buffer free until that many bytes are unread: SB_STOP
	UnixKeeps           bool // what a peer that is closed has not read takes room as before
	Pipe, Fifo          PipeTraits

	// What the watchers of a file are told.
	Unlinked, Replaced      [2]Change // that has lost its last name, or one of several
	Grown, Shrunk, SameSize Change
	// Of the directories, when a file moves from one to another: the one that it leaves,
	// the one that it enters, and the one where it replaces a file.
	MovedFrom, MovedInto, MovedOver Change
}

// PipeTraits are what a pipe is like on a BSD. A size of 0 stands for a pipe of Linux.
type PipeTraits struct {
	Size, Most int // of a new buffer, and of the largest
	Back       int // of a new buffer of the other direction
	Grows      Growth
	Both       bool // it goes both ways
	Together   bool // the watchers of both ends are in one list
	Room       int  // what a read that is an event leaves
	Always     bool // a read that finds nothing is an event too
	Low        int  // with less room nothing is written of what does not fit: so_snd.sb_lowat

	// Of a FIFO.
	Sockets bool // it is made of two sockets: each buffer has watchers, whatever end they watch
	Vnode   bool // its watchers hear of writes alone, as those of a file
	Stops   bool // as UnixStops
	Forgets bool // a read that returns the end is the end of it
}

// Growth says when the buffer of a pipe grows.
type Growth uint8

// The ways to grow.
const (
	neverGrows  Growth = iota
	Doubles            // until a write fits; pipe_write and pipespace of FreeBSD, choose_pipespace of Darwin
	GrowsIfIdle        // to its largest size, when it is empty; pipe_write of NetBSD and OpenBSD
)

// actorBase separates the actors of pending steps from tasks.
const actorBase = 1 << 32

// Begin begins a new run.
func (k *System) Begin() {
	k.Machine.Begin()
	k.streams.Reset()
	k.pipes.Reset()
	k.eventfds.Reset()
	k.Listeners, k.bound, k.datagrams = k.Listeners[:0], k.bound[:0], k.datagrams[:0]
	k.nextPort, k.nextDatagramPort = firstPort, firstPort+(lastPort-firstPort)/2
	k.nextName, k.nextClient, k.turn = 0, 0, 0
	clear(k.clients)
	k.root = nil
	k.processes, k.lastPID, k.Watchers = k.processes[:0], initialPID, k.Watchers[:0]
}

// Later makes the step of what is to happen to d when the strategy says so.
func (k *System) Later(name string, d *machine.Description, do func()) {
	k.Tasks.Pend(&scheduler.Step{Name: name, Actor: actorBase + d.ID, Object: d.ID, Do: do})
}
