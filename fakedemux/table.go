package fakedemux

// worldBase is the first number in the table of the world. No number of the program
// is as large, so a number says whose it is.
const worldBase = mostDescriptors

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

// table returns the table of the current task.
func (k *machine) table() *table {
	if k.separate && k.isOutside() {
		return &k.world
	}
	return &k.program
}

// lookup returns the description that fd names in the table of the current task, nil
// if it is not open.
func (k *machine) lookup(fd int) *description {
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
func (k *machine) find(fd int) *description {
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
func (k *machine) install(d *description) int { return k.table().install(d, 0) }

// room reports whether n more descriptors may be made. It is where EMFILE and
// ENFILE come from, real and invented.
func (k *machine) room(n int) failure {
	if f := k.roomFor(n); f != ok {
		return f
	}
	return k.inventNoFile()
}

// roomFor reports whether the process has n more descriptors.
func (k *machine) roomFor(n int) failure {
	if t := k.table(); t.open+n > t.limit {
		return noFiles
	}
	return ok
}

// inventNoFile asks whether the process or the system is out of descriptors
// here and now.
func (k *machine) inventNoFile() failure {
	return [...]failure{ok, noFiles, tooManyFiles}[k.which(faultNoFile, 3)]
}

// add makes a description of o and installs it.
func (k *machine) add(o object, call string) (int, *description) {
	d := k.newDescription(o, call)
	return k.install(d), d
}

// closeFile is close(2). The number is free at once.
func (k *machine) closeFile(fd int) failure {
	d := k.table().remove(fd)
	if d == nil {
		return badFile
	}
	d.tellClosed(cInt(fd))
	d.drop()
	return ok
}

// dup is dup(2).
func (k *machine) dup(fd int) (int, failure) {
	d := k.lookup(fd)
	if d == nil {
		return -1, badFile
	}
	if f := k.room(1); f != ok {
		return -1, f
	}
	return k.install(d), ok
}

// beginTables empties the tables: the program's numbers begin with first and are below
// limit, and the world has room for as many as world, 0 for no table of its own.
func (k *machine) beginTables(first, limit, world int) {
	k.program.begin(first, limit-first)
	k.world.begin(worldBase, world)
	k.separate = world > 0
}

// opened calls f for every number of the table that is open, lowest first.
func (t *table) opened(f func(fd int, d *description)) {
	for i, d := range t.files {
		if d != nil {
			f(t.base+i, d)
		}
	}
}

// hand moves a descriptor of the current task to the other table, and returns its new
// number. There are two tables.
func (k *machine) hand(fd int) (int, failure) {
	d := k.lookup(fd)
	if d == nil {
		return -1, badFile
	}
	to := &k.world
	if k.isOutside() {
		to = &k.program
	}
	n := to.install(d, 0)
	if n < 0 {
		return -1, noFiles
	}
	k.closeFile(fd)
	return n, ok
}
