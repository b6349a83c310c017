package fakedemux

import (
	"time"

	"reactortest/demux"
)

// Happenings returns how many things have happened to objects in this run: an
// arrival, room in a buffer, an end, an error. It is not a call of a task; rules
// read it.
func (k *Kernel) Happenings() uint64 { return k.system.Events }

// Happened returns the value that Happenings had when something last happened
// to the object that h names, in one of the directions of want. It returns 0 if
// nothing has happened or h is not open. An edge-triggered registration is
// reported when it is made or modified, and otherwise only if something has
// happened in its direction, or in either direction where Traits.Merged holds.
// Happened is not a call of a task.
func (k *Kernel) Happened(h demux.Handle, want demux.Ready) uint64 {
	d := k.system.Find(handleFD(h))
	if d == nil {
		return 0
	}
	var last uint64
	if want&demux.Readable != 0 {
		last = d.Happened[0]
	}
	if want&demux.Writable != 0 {
		last = max(last, d.Happened[1])
	}
	return last
}

// Lateness returns by how much the timeouts of this run's waits were made late, by
// PointLate, in all. A wait that ended before its timeout counts as well.
func (k *Kernel) Lateness() time.Duration { return k.system.Late }
