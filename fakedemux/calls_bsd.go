package fakedemux

import (
	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/kqueues"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// BSD has the calls of a BSD, with its numbers: those of kqueue.Syscalls, and calls on
// named files, which EVFILT_VNODE reports. Its methods are calls of tasks. The file
// system is in memory, and it is the one that Linux.Open uses. When a run begins, it has
// the directories / and /tmp. A path is names joined by slashes, from the root.
type BSD struct{ bsdCalls }

// BSD returns the calls of a BSD, for code that makes them itself. They have the
// profile of the kernel's dialect if that is a BSD, and FreeBSD's otherwise.
func (k *Kernel) BSD() BSD { return BSD{bsdCalls{k, k.dialect.kqueue}} }

// The flags of BSD.Open; sys/fcntl.h. Those of Linux.Open have other numbers.
const (
	BSDOpenRead     = 0x0000
	BSDOpenWrite    = 0x0001
	BSDOpenBoth     = 0x0002
	BSDOpenNonblock = 0x0004
	BSDOpenAppend   = 0x0008
	BSDOpenCreate   = 0x0200
	BSDOpenTruncate = 0x0400
	BSDOpenExcl     = 0x0800
	openKnown       = BSDOpenBoth | BSDOpenWrite | BSDOpenNonblock | BSDOpenAppend | BSDOpenCreate | BSDOpenTruncate | BSDOpenExcl
)

// begin is the switch point of a call on a path.
func (b BSD) begin(name string) { b.k.system.Tasks.Switch(scheduler.Call{Name: name, Handle: -1}) }

// Open is open(2). The open of a FIFO does not wait for the other end, and a FIFO has
// one reader and one writer at most. A call that asks for more returns ENOTSIMULATED, and
// so does a flag without a constant in this package.
func (b BSD) Open(path string, flags int) (int, kqueue.Errno) {
	k := b.k
	b.begin("open")
	if flags&^openKnown != 0 {
		return -1, k.system.Refuse("such a flag of open(2)").BSD(b.p)
	}
	if f := k.system.Room(1); f != errno.OK {
		return -1, f.BSD(b.p)
	}
	dir, name, v, f := k.system.FindFile(path)
	writes := flags&(BSDOpenWrite|BSDOpenBoth) != 0
	isNew := v == nil
	switch {
	case flags&(BSDOpenWrite|BSDOpenBoth) == BSDOpenWrite|BSDOpenBoth:
		return -1, kqueue.EINVAL
	case f != errno.OK:
		return -1, f.BSD(b.p)
	case v == nil && flags&BSDOpenCreate == 0:
		return -1, kqueue.ENOENT
	case v == nil:
		v = objects.NewVnode(objects.VnodeFile)
		dir.Enter(name, v)
		dir.Tell(objects.ChangeWritten)
	case flags&(BSDOpenCreate|BSDOpenExcl) == BSDOpenCreate|BSDOpenExcl:
		return -1, kqueue.EEXIST
	case v.Kind == objects.VnodeDirectory && writes:
		return -1, kqueue.EISDIR
	case v.Kind == objects.VnodeFifo:
		return b.openFifo(v, flags)
	case v.Kind == objects.VnodeSocket: // open(2), EOPNOTSUPP
		return -1, errno.NotSupported.BSD(b.p)
	}
	fd, file := k.system.AddFile(v, "open")
	file.Mode, file.Appends = flags&(BSDOpenWrite|BSDOpenBoth), flags&BSDOpenAppend != 0
	if flags&BSDOpenTruncate != 0 && writes && !isNew {
		k.system.SetSize(v, 0)
	}
	v.Tell(objects.ChangeOpened)
	return fd, 0
}

// openFifo opens one end of a FIFO.
func (b BSD) openFifo(v *objects.Vnode, flags int) (int, kqueue.Errno) {
	k := b.k
	if v.Pipe == nil || v.Pipe.Reader == nil && v.Pipe.Writer == nil {
		v.Pipe = k.system.NewFifo(v)
	}
	p := v.Pipe
	writes := flags&(BSDOpenWrite|BSDOpenBoth) != 0
	switch {
	case flags&BSDOpenBoth != 0, writes && p.Writer != nil, !writes && p.Reader != nil:
		return -1, k.system.Refuse("FIFO that is open twice for the same direction").BSD(b.p)
	case flags&BSDOpenNonblock == 0 && (p.Reader == nil && writes || p.Writer == nil && !writes):
		return -1, k.system.Refuse("open(2) that waits for the other end of a FIFO").BSD(b.p)
	case writes && p.Reader == nil:
		return -1, kqueue.ENXIO
	}
	var o machine.Object = &p.ReadEnd
	if writes {
		o = &p.WriteEnd
	}
	fd, d := k.system.Add(o, "open")
	d.Blocking = flags&BSDOpenNonblock == 0
	if writes {
		p.Opened(d)
	} else {
		p.Reader = d
	}
	v.Opens = append(v.Opens, d)
	v.Tell(objects.ChangeOpened)
	return fd, 0
}

// existing is the switch point of a call on a path of a file that must exist. It returns
// the directory and the name of the file as well.
func (b BSD) existing(call, path string) (dir *objects.Vnode, name string, v *objects.Vnode, e kqueue.Errno) {
	b.begin(call)
	dir, name, v, f := b.k.system.FindFile(path)
	switch {
	case f != errno.OK:
		return nil, "", nil, f.BSD(b.p)
	case v == nil:
		return nil, "", nil, kqueue.ENOENT
	default:
		return dir, name, v, 0
	}
}

// Mkfifo is mkfifo(2).
func (b BSD) Mkfifo(path string) kqueue.Errno { return b.make("mkfifo", path, objects.VnodeFifo) }

// Mkdir is mkdir(2).
func (b BSD) Mkdir(path string) kqueue.Errno { return b.make("mkdir", path, objects.VnodeDirectory) }

func (b BSD) make(call, path string, kind objects.VnodeKind) kqueue.Errno {
	b.begin(call)
	dir, name, v, f := b.k.system.FindFile(path)
	switch {
	case f != errno.OK:
		return f.BSD(b.p)
	case v != nil:
		return kqueue.EEXIST
	}
	dir.Enter(name, objects.NewVnode(kind))
	c := objects.ChangeWritten
	if kind == objects.VnodeDirectory {
		c |= objects.ChangeLinked
	}
	dir.Tell(c)
	return 0
}

// Unlink is unlink(2).
func (b BSD) Unlink(path string) kqueue.Errno {
	dir, name, v, e := b.existing("unlink", path)
	switch {
	case e != 0:
		return e
	case v.Kind == objects.VnodeDirectory:
		return kqueue.EPERM
	}
	dir.Leave(name)
	dir.Tell(objects.ChangeWritten)
	b.k.system.LostName(v, false)
	return 0
}

// Rmdir is rmdir(2).
func (b BSD) Rmdir(path string) kqueue.Errno {
	dir, name, v, e := b.existing("rmdir", path)
	switch {
	case e != 0:
		return e
	case v == dir:
		return kqueue.EINVAL
	case v.Kind != objects.VnodeDirectory:
		return kqueue.ENOTDIR
	case len(v.Entries) > 0:
		return kqueue.ENOTEMPTY
	}
	dir.Leave(name)
	dir.Tell(objects.ChangeWritten | objects.ChangeLinked)
	b.k.system.LostName(v, false)
	return 0
}

// Link is link(2).
func (b BSD) Link(path, to string) kqueue.Errno {
	b.begin("link")
	_, _, v, f := b.k.system.FindFile(path)
	dir, name, there, f2 := b.k.system.FindFile(to)
	switch {
	case f != errno.OK:
		return f.BSD(b.p)
	case f2 != errno.OK:
		return f2.BSD(b.p)
	case v == nil:
		return kqueue.ENOENT
	case there != nil:
		return kqueue.EEXIST
	case v.Kind == objects.VnodeDirectory:
		return kqueue.EPERM
	}
	dir.Enter(name, v)
	v.Tell(objects.ChangeLinked)
	dir.Tell(objects.ChangeWritten)
	return 0
}

// Rename is rename(2). For a directory it returns ENOTSIMULATED.
func (b BSD) Rename(from, to string) kqueue.Errno {
	k := b.k
	b.begin("rename")
	dir, name, v, f := k.system.FindFile(from)
	dir2, name2, there, f2 := k.system.FindFile(to)
	switch {
	case f != errno.OK:
		return f.BSD(b.p)
	case f2 != errno.OK:
		return f2.BSD(b.p)
	case v == nil:
		return kqueue.ENOENT
	case v.Kind == objects.VnodeDirectory:
		return k.system.Refuse("rename(2) of a directory").BSD(b.p)
	case there == v:
		return 0
	case there != nil && there.Kind == objects.VnodeDirectory:
		return kqueue.EISDIR
	}
	dir.Leave(name)
	if there != nil {
		dir2.Leave(name2)
	}
	dir2.Enter(name2, v)
	switch {
	case dir == dir2:
		dir.Tell(objects.ChangeWritten)
	case there != nil:
		dir.Tell(k.system.Traits.MovedFrom)
		dir2.Tell(k.system.Traits.MovedOver)
	default:
		dir.Tell(k.system.Traits.MovedFrom)
		dir2.Tell(k.system.Traits.MovedInto)
	}
	v.Tell(objects.ChangeRenamed)
	if there != nil {
		k.system.LostName(there, true)
	}
	return 0
}

// Chmod is chmod(2). It has no mode: the simulation does not check permissions.
func (b BSD) Chmod(path string) kqueue.Errno {
	_, _, v, e := b.existing("chmod", path)
	if e != 0 {
		return e
	}
	v.Tell(objects.ChangeAttributes)
	return 0
}

// Revoke makes the file system of a file go away, as a forced umount(2) does:
// NOTE_REVOKE.
func (b BSD) Revoke(path string) kqueue.Errno {
	dir, name, v, e := b.existing("unmount", path)
	switch {
	case e != 0:
		return e
	case v == dir:
		return kqueue.ENOENT
	}
	dir.Leave(name)
	v.Revoke()
	return 0
}

// file returns the open file of a descriptor.
func (b BSD) file(call string, fd int) (*objects.OpenFile, kqueue.Errno) {
	d := b.k.system.Step(call, fd, false)
	if d == nil {
		return nil, kqueue.EBADF
	}
	f, is := d.Object.(*objects.OpenFile)
	if !is {
		return nil, kqueue.EINVAL
	}
	return f, 0
}

// Ftruncate is ftruncate(2).
func (b BSD) Ftruncate(fd, size int) kqueue.Errno {
	f, e := b.file("ftruncate", fd)
	switch {
	case e != 0:
		return e
	case f.V.Kind == objects.VnodeDirectory, !objects.CanWrite(f), size < 0:
		return kqueue.EINVAL
	case size > objects.MaxFile:
		return errno.TooBig.BSD(b.p)
	}
	b.k.system.SetSize(f.V, size)
	return 0
}

// Lseek is lseek(2) with SEEK_SET. It returns the new offset.
func (b BSD) Lseek(fd, offset int) (int, kqueue.Errno) {
	f, e := b.file("lseek", fd)
	switch {
	case e != 0:
		return -1, e
	case offset < 0:
		return -1, kqueue.EINVAL
	}
	f.Offset = offset
	if kqueues.RulesOf(b.p)[kqueues.CellReadSeek] == kqueues.AnswerReported {
		f.V.Tell(0)
	}
	return offset, 0
}

// Dup is dup(2).
func (b BSD) Dup(fd int) (int, kqueue.Errno) {
	b.k.system.Step("dup", fd, true)
	n, f := b.k.system.Dup(fd)
	if f != errno.OK {
		return -1, f.BSD(b.p)
	}
	return n, 0
}
