package machine

import "reactortest/fakedemux/internal/errno"

// WorldBase is the first number in the table of the world. No number of the program
// is as large, so a number says whose it is.
const WorldBase = MostDescriptors

// Table is the descriptors of one process.
type Table struct {
	Base   int            // the lowest number
	Limit  int            // RLIMIT_NOFILE: numbers are below base+limit; the first of a program count
	Files  []*Description // by number, less base
	Exec   []bool         // likewise: FD_CLOEXEC
	lowest int            // index below which none is free
	open   int
}

func (t *Table) begin(base, limit int) {
	clear(t.Files)
	t.Base, t.Limit, t.Files, t.Exec, t.lowest, t.open = base, limit, t.Files[:0], t.Exec[:0], 0, 0
}

// at returns the description that fd names, nil if it is not open.
func (t *Table) at(fd int) *Description {
	if i := CInt(fd) - t.Base; uint(i) < uint(len(t.Files)) {
		return t.Files[i]
	}
	return nil
}

// Install gives d the lowest free number that is at least from; open(2),
// "lowest-numbered file descriptor not currently open". It returns -1 if the limit
// leaves none.
func (t *Table) Install(d *Description, from int) int {
	i := max(t.lowest, from-t.Base)
	for i < len(t.Files) && t.Files[i] != nil {
		i++
	}
	if i >= t.Limit {
		return -1
	}
	if i == t.lowest || from <= t.Base {
		t.lowest = i + 1
	}
	t.Set(i, d)
	return t.Base + i
}

// Set makes the number of index i, which is free, a name of d.
func (t *Table) Set(i int, d *Description) {
	for len(t.Files) <= i {
		t.Files, t.Exec = append(t.Files, nil), append(t.Exec, false)
	}
	t.Files[i], t.Exec[i] = d, false
	t.open++
	d.Refs++
}

// remove frees a number. The caller drops the description.
func (t *Table) remove(fd int) *Description {
	d := t.at(fd)
	if d == nil {
		return nil
	}
	i := CInt(fd) - t.Base
	t.Files[i] = nil
	t.lowest = min(t.lowest, i)
	t.open--
	return d
}

// Table returns the table of the current task.
func (k *Machine) Table() *Table {
	if k.Separate && k.isOutside() {
		return &k.World
	}
	return &k.Program
}

// Lookup returns the description that fd names in the table of the current task, nil
// if it is not open.
func (k *Machine) Lookup(fd int) *Description {
	if k.Separate {
		return k.Table().at(fd)
	}
	return k.Program.at(fd)
}

// Find returns the description that fd names in either table.
func (k *Machine) Find(fd int) *Description {
	if CInt(fd) >= WorldBase {
		return k.World.at(fd)
	}
	return k.Program.at(fd)
}

// CInt returns n as a call that takes an int of C gets it: the lower half, which is
// what the kernel reads from a register. Seen on Linux 6.18 (TestBadArgumentsOfLinux).
func CInt(n int) int { return int(int32(n)) }

// Install gives d the lowest free descriptor of the current task. The caller has
// asked for room.
func (k *Machine) Install(d *Description) int { return k.Table().Install(d, 0) }

// Room reports whether n more descriptors may be made. It is where EMFILE and
// ENFILE come from, real and invented.
func (k *Machine) Room(n int) errno.Failure {
	if f := k.RoomFor(n); f != errno.OK {
		return f
	}
	return k.InventNoFile()
}

// RoomFor reports whether the process has n more descriptors.
func (k *Machine) RoomFor(n int) errno.Failure {
	if t := k.Table(); t.open+n > t.Limit {
		return errno.NoFiles
	}
	return errno.OK
}

// InventNoFile asks whether the process or the system is out of descriptors
// here and now.
func (k *Machine) InventNoFile() errno.Failure {
	return [...]errno.Failure{errno.OK, errno.NoFiles, errno.TooManyFiles}[k.Which(FaultNoFile, 3)]
}

// Add makes a description of o and installs it.
func (k *Machine) Add(o Object, call string) (int, *Description) {
	d := k.NewDescription(o, call)
	return k.Install(d), d
}

// CloseFile is close(2). The number is free at once.
func (k *Machine) CloseFile(fd int) errno.Failure {
	d := k.Table().remove(fd)
	if d == nil {
		return errno.BadFile
	}
	d.tellClosed(CInt(fd))
	d.Drop()
	return errno.OK
}

// Dup is dup(2).
func (k *Machine) Dup(fd int) (int, errno.Failure) {
	d := k.Lookup(fd)
	if d == nil {
		return -1, errno.BadFile
	}
	if f := k.Room(1); f != errno.OK {
		return -1, f
	}
	return k.Install(d), errno.OK
}

// BeginTables empties the tables: the program's numbers begin with first and are below
// limit, and the world has room for as many as world, 0 for no table of its own.
func (k *Machine) BeginTables(first, limit, world int) {
	k.Program.begin(first, limit-first)
	k.World.begin(WorldBase, world)
	k.Separate = world > 0
}

// Opened calls f for every number of the table that is open, lowest first.
func (t *Table) Opened(f func(fd int, d *Description)) {
	for i, d := range t.Files {
		if d != nil {
			f(t.Base+i, d)
		}
	}
}

// Hand moves a descriptor of the current task to the other table, and returns its new
// number. There are two tables.
func (k *Machine) Hand(fd int) (int, errno.Failure) {
	d := k.Lookup(fd)
	if d == nil {
		return -1, errno.BadFile
	}
	to := &k.World
	if k.isOutside() {
		to = &k.Program
	}
	n := to.Install(d, 0)
	if n < 0 {
		return -1, errno.NoFiles
	}
	k.CloseFile(fd)
	return n, errno.OK
}
