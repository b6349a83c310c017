package fakedemux

import "reactortest/demux"

// worldBase is the first number in the table of the world. No number of the program
// is as large, so a number says whose it is.
const worldBase = MaxDescriptors

// table is the descriptors of one process.
type table struct {
	base   int            // the lowest number
	limit  int            // RLIMIT_NOFILE: numbers are below base+limit; the first of a program count
	files  []*description // by number, less base
	exec   []bool         // likewise: FD_CLOEXEC
	lowest int            // index below which none is free
	open   int
}

func (t *table) begin(base, limit int) {
	clear(t.files)
	t.base, t.limit, t.files, t.exec, t.lowest, t.open = base, limit, t.files[:0], t.exec[:0], 0, 0
}

// at returns the description that fd names, nil if it is not open.
func (t *table) at(fd int) *description {
	i := cInt(fd) - t.base
	if i < 0 || i >= len(t.files) {
		return nil
	}
	return t.files[i]
}

// install gives d the lowest free number that is at least from; open(2),
// "lowest-numbered file descriptor not currently open". It returns -1 if the limit
// leaves none.
func (t *table) install(d *description, from int) int {
	i := max(t.lowest, from-t.base)
	for i < len(t.files) && t.files[i] != nil {
		i++
	}
	if i >= t.limit {
		return -1
	}
	if i == t.lowest || from <= t.base {
		t.lowest = i + 1
	}
	t.set(i, d)
	return t.base + i
}

// set makes the number of index i, which is free, a name of d.
func (t *table) set(i int, d *description) {
	for len(t.files) <= i {
		t.files, t.exec = append(t.files, nil), append(t.exec, false)
	}
	t.files[i], t.exec[i] = d, false
	t.open++
	d.refs++
}

// remove frees a number. The caller drops the description.
func (t *table) remove(fd int) *description {
	d := t.at(fd)
	if d == nil {
		return nil
	}
	i := cInt(fd) - t.base
	t.files[i] = nil
	t.lowest = min(t.lowest, i)
	t.open--
	return d
}

// SetTables sets the fields First and World of Options, for the runs after the next
// Reset. It panics if a number is out of range.
func (k *Kernel) SetTables(first, world int) {
	k.options.First = limited("First", first, 0, defaultDescriptors)
	k.options.World = limited("World", world, 0, MaxDescriptors)
}

// beginTables empties the tables.
func (k *Kernel) beginTables() {
	k.program.begin(k.options.First, k.options.Descriptors-k.options.First)
	k.world.begin(worldBase, k.options.World)
	k.separate = k.options.World > 0
}

// table returns the table of the current task.
func (k *Kernel) table() *table {
	if k.separate && k.isOutside() {
		return &k.world
	}
	return &k.program
}

// lookup returns the description that fd names in the table of the current task, nil
// if it is not open.
func (k *Kernel) lookup(fd int) *description {
	t := &k.program
	if k.separate {
		t = k.table()
	}
	i := cInt(fd) - t.base
	if i < 0 || i >= len(t.files) {
		return nil
	}
	return t.files[i]
}

// find returns the description that fd names in either table.
func (k *Kernel) find(fd int) *description {
	if cInt(fd) >= worldBase {
		return k.world.at(fd)
	}
	return k.program.at(fd)
}

// cInt returns n as a call that takes an int of C gets it: the lower half, which is
// what the kernel reads from a register. Seen on Linux 6.18 (TestBadArgumentsOfLinux).
func cInt(n int) int { return int(int32(n)) }

// install gives d the lowest free descriptor of the current task. The caller has
// asked for room.
func (k *Kernel) install(d *description) int { return k.table().install(d, 0) }

// room reports whether n more descriptors may be made. It is where EMFILE and
// ENFILE come from, real and invented.
func (k *Kernel) room(n int) failure {
	if f := k.roomFor(n); f != ok {
		return f
	}
	return k.inventNoFile()
}

// roomFor reports whether the process has n more descriptors.
func (k *Kernel) roomFor(n int) failure {
	if t := k.table(); t.open+n > t.limit {
		return noFiles
	}
	return ok
}

// inventNoFile asks whether the process or the system is out of descriptors
// here and now.
func (k *Kernel) inventNoFile() failure {
	return [...]failure{ok, noFiles, tooManyFiles}[k.which(faultNoFile, 3)]
}

// add makes a description of o and installs it.
func (k *Kernel) add(o object, call string) (int, *description) {
	d := k.newDescription(o, call)
	return k.install(d), d
}

// closeFile is close(2). The number is free at once.
func (k *Kernel) closeFile(fd int) failure {
	d := k.table().remove(fd)
	if d == nil {
		return badFile
	}
	d.dropKnotes(cInt(fd))
	d.drop()
	return ok
}

// dup is dup(2).
func (k *Kernel) dup(fd int) (int, failure) {
	d := k.lookup(fd)
	if d == nil {
		return -1, badFile
	}
	if f := k.room(1); f != ok {
		return -1, f
	}
	return k.install(d), ok
}

// Object returns the number of the object that h names: the open file description,
// which duplicates share. Objects are numbered from 1, in the order of creation. The
// number is not used again in this run, unlike that of a handle. Object returns 0 if
// h is not open. It is not a call of a task; rules and reports read it.
func (k *Kernel) Object(h demux.Handle) uint64 {
	d := k.find(handleFD(h))
	if d == nil {
		return 0
	}
	return d.id
}

// Hand moves a descriptor to the other table, from the program to the world or back,
// like a message with SCM_RIGHTS and then a close. It returns the new number. If there
// is one table for both, Hand returns h. Hand returns EBADF if h is not open in the
// table of the current task, and EMFILE if the other table is full.
func (k *Kernel) Hand(h demux.Handle) (demux.Handle, error) {
	fd := handleFD(h)
	k.tasks.Switch(k.call("sendmsg", fd, false))
	d := k.lookup(fd)
	switch {
	case d == nil:
		return demux.NoHandle, k.err("sendmsg", badFile)
	case !k.separate:
		return h, nil
	}
	to := &k.world
	if k.isOutside() {
		to = &k.program
	}
	n := to.install(d, 0)
	if n < 0 {
		return demux.NoHandle, k.err("sendmsg", noFiles)
	}
	k.closeFile(fd)
	return demux.Handle(n), nil
}

// Leaks returns the descriptors of the program that are open, lowest first, and then
// the operations whose memory the program has not given back.
func (k *Kernel) Leaks() []Leak { return append(k.program.leaks(), k.Operations()...) }

// WorldLeaks returns the descriptors that are open in the table of the world, lowest
// first. It returns none if the world has no table of its own.
func (k *Kernel) WorldLeaks() []Leak { return k.world.leaks() }

func (t *table) leaks() []Leak {
	var leaks []Leak
	for i, d := range t.files {
		if d != nil {
			leaks = append(leaks, Leak{Handle: t.base + i, Kind: d.object.kind(), Opened: d.opened, Task: d.task})
		}
	}
	return leaks
}

// switchOn is a switch point of a call on fd, and returns what fd names then.
func (k *Kernel) switchOn(name string, fd int, reads bool) *description {
	k.tasks.Switch(k.call(name, fd, reads))
	return k.lookup(fd)
}

// setDescriptors replaces Options.Descriptors, from now on.
func (k *Kernel) setDescriptors(n int) {
	k.options.Descriptors = limited("Descriptors", n, defaultDescriptors, MaxDescriptors)
	k.program.limit = k.options.Descriptors - k.program.base
}
