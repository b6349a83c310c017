package fakedemux

import (
	"reactortest/demux/kqueue"
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
	OpenRead     = 0x0000
	OpenWrite    = 0x0001
	OpenBoth     = 0x0002
	OpenNonblock = 0x0004
	OpenAppend   = 0x0008
	OpenCreate   = 0x0200
	OpenTruncate = 0x0400
	OpenExcl     = 0x0800
	openKnown    = OpenBoth | OpenWrite | OpenNonblock | OpenAppend | OpenCreate | OpenTruncate | OpenExcl
)

// begin is the switch point of a call on a path.
func (b BSD) begin(name string) { b.k.tasks.Switch(scheduler.Call{Name: name, Handle: -1}) }

// Open is open(2). The open of a FIFO does not wait for the other end, and a FIFO has
// one reader and one writer at most. A call that asks for more returns ENOTSIMULATED, and
// so does a flag without a constant in this package.
func (b BSD) Open(path string, flags int) (int, kqueue.Errno) {
	k := b.k
	b.begin("open")
	if flags&^openKnown != 0 {
		return -1, k.refuse("such a flag of open(2)").bsd(b.p)
	}
	if f := k.room(1); f != ok {
		return -1, f.bsd(b.p)
	}
	dir, name, v, f := k.findFile(path)
	writes := flags&(OpenWrite|OpenBoth) != 0
	switch {
	case flags&(OpenWrite|OpenBoth) == OpenWrite|OpenBoth:
		return -1, kqueue.EINVAL
	case f != ok:
		return -1, f.bsd(b.p)
	case v == nil && flags&OpenCreate == 0:
		return -1, kqueue.ENOENT
	case v == nil:
		v = newVnode(vnodeFile)
		dir.enter(name, v)
		dir.tell(changeWritten)
	case flags&(OpenCreate|OpenExcl) == OpenCreate|OpenExcl:
		return -1, kqueue.EEXIST
	case v.kind == vnodeDirectory && writes:
		return -1, kqueue.EISDIR
	case v.kind == vnodeFifo:
		return b.openFifo(v, flags)
	case v.kind == vnodeSocket: // open(2), EOPNOTSUPP
		return -1, notSupported.bsd(b.p)
	}
	fd, file := k.addFile(v, "open")
	file.mode, file.appends = flags&(OpenWrite|OpenBoth), flags&OpenAppend != 0
	if flags&OpenTruncate != 0 && writes && len(v.content) > 0 {
		k.setSize(v, 0)
	}
	v.tell(changeOpened)
	return fd, 0
}

// openFifo opens one end of a FIFO.
func (b BSD) openFifo(v *vnode, flags int) (int, kqueue.Errno) {
	k := b.k
	if v.pipe == nil || v.pipe.reader == nil && v.pipe.writer == nil {
		v.pipe = k.newPipe()
		v.pipe.bsd.both = false
		v.pipe.fifo, v.pipe.unwritten = v, true
	}
	p := v.pipe
	writes := flags&(OpenWrite|OpenBoth) != 0
	switch {
	case flags&OpenBoth != 0, writes && p.writer != nil, !writes && p.reader != nil:
		return -1, k.refuse("FIFO that is open twice for the same direction").bsd(b.p)
	case flags&OpenNonblock == 0 && (p.reader == nil && writes || p.writer == nil && !writes):
		return -1, k.refuse("open(2) that waits for the other end of a FIFO").bsd(b.p)
	case writes && p.reader == nil:
		return -1, kqueue.ENXIO
	}
	var o object = &p.readEnd
	if writes {
		o = &p.writeEnd
	}
	fd, d := k.add(o, "open")
	d.blocking = flags&OpenNonblock == 0
	if writes {
		p.opened(d)
	} else {
		p.reader = d
	}
	v.opens = append(v.opens, d)
	v.tell(changeOpened)
	return fd, 0
}

// Mkfifo is mkfifo(2).
func (b BSD) Mkfifo(path string) kqueue.Errno { return b.make("mkfifo", path, vnodeFifo) }

// Mkdir is mkdir(2).
func (b BSD) Mkdir(path string) kqueue.Errno { return b.make("mkdir", path, vnodeDirectory) }

func (b BSD) make(call, path string, kind vnodeKind) kqueue.Errno {
	b.begin(call)
	dir, name, v, f := b.k.findFile(path)
	switch {
	case f != ok:
		return f.bsd(b.p)
	case v != nil:
		return kqueue.EEXIST
	}
	dir.enter(name, newVnode(kind))
	c := changeWritten
	if kind == vnodeDirectory {
		c |= changeLinked
	}
	dir.tell(c)
	return 0
}

// Unlink is unlink(2).
func (b BSD) Unlink(path string) kqueue.Errno {
	b.begin("unlink")
	dir, name, v, f := b.k.findFile(path)
	switch {
	case f != ok:
		return f.bsd(b.p)
	case v == nil:
		return kqueue.ENOENT
	case v.kind == vnodeDirectory:
		return kqueue.EPERM
	}
	dir.leave(name)
	dir.tell(changeWritten)
	b.k.unlinked(v)
	return 0
}

// Rmdir is rmdir(2).
func (b BSD) Rmdir(path string) kqueue.Errno {
	b.begin("rmdir")
	dir, name, v, f := b.k.findFile(path)
	switch {
	case f != ok:
		return f.bsd(b.p)
	case v == nil:
		return kqueue.ENOENT
	case v == dir:
		return kqueue.EINVAL
	case v.kind != vnodeDirectory:
		return kqueue.ENOTDIR
	case len(v.entries) > 0:
		return kqueue.ENOTEMPTY
	}
	dir.leave(name)
	dir.tell(changeWritten | changeLinked)
	b.k.unlinked(v)
	return 0
}

// Link is link(2).
func (b BSD) Link(path, to string) kqueue.Errno {
	b.begin("link")
	_, _, v, f := b.k.findFile(path)
	dir, name, there, f2 := b.k.findFile(to)
	switch {
	case f != ok:
		return f.bsd(b.p)
	case f2 != ok:
		return f2.bsd(b.p)
	case v == nil:
		return kqueue.ENOENT
	case there != nil:
		return kqueue.EEXIST
	case v.kind == vnodeDirectory:
		return kqueue.EPERM
	}
	dir.enter(name, v)
	v.tell(changeLinked)
	dir.tell(changeWritten)
	return 0
}

// Rename is rename(2). For a directory it returns ENOTSIMULATED.
func (b BSD) Rename(from, to string) kqueue.Errno {
	k := b.k
	b.begin("rename")
	dir, name, v, f := k.findFile(from)
	dir2, name2, there, f2 := k.findFile(to)
	switch {
	case f != ok:
		return f.bsd(b.p)
	case f2 != ok:
		return f2.bsd(b.p)
	case v == nil:
		return kqueue.ENOENT
	case v.kind == vnodeDirectory:
		return k.refuse("rename(2) of a directory").bsd(b.p)
	case there == v:
		return 0
	case there != nil && there.kind == vnodeDirectory:
		return kqueue.EISDIR
	}
	dir.leave(name)
	if there != nil {
		dir2.leave(name2)
	}
	dir2.enter(name2, v)
	if dir2 == dir {
		dir.tell(changeWritten)
	} else {
		dir.tell(k.traits.renamedAcross)
		dir2.tell(k.traits.renamedAcross)
	}
	v.tell(changeRenamed)
	if there != nil {
		there.tell(changeDeleted)
	}
	return 0
}

// Chmod is chmod(2). It has no mode: the simulation does not check permissions.
func (b BSD) Chmod(path string) kqueue.Errno {
	b.begin("chmod")
	_, _, v, f := b.k.findFile(path)
	switch {
	case f != ok:
		return f.bsd(b.p)
	case v == nil:
		return kqueue.ENOENT
	}
	v.tell(changeAttributes)
	return 0
}

// Revoke makes the file system of a file go away, as a forced umount(2) does:
// NOTE_REVOKE.
func (b BSD) Revoke(path string) kqueue.Errno {
	b.begin("unmount")
	dir, name, v, f := b.k.findFile(path)
	switch {
	case f != ok:
		return f.bsd(b.p)
	case v == nil || v == dir:
		return kqueue.ENOENT
	}
	dir.leave(name)
	v.revoke()
	return 0
}

// file returns the open file of a descriptor.
func (b BSD) file(call string, fd int) (*openFile, kqueue.Errno) {
	b.k.tasks.Switch(b.k.call(call, fd, false))
	d := b.k.lookup(fd)
	if d == nil {
		return nil, kqueue.EBADF
	}
	f, is := d.object.(*openFile)
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
	case f.v.kind == vnodeDirectory, !canWrite(f), size < 0:
		return kqueue.EINVAL
	case size > maxFile:
		return tooBig.bsd(b.p)
	}
	b.k.setSize(f.v, size)
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
	f.offset = offset
	if rulesOf(b.p)[cellReadSeek] == answerReported {
		f.v.tell(0)
	}
	return offset, 0
}

// Dup is dup(2).
func (b BSD) Dup(fd int) (int, kqueue.Errno) {
	b.k.tasks.Switch(b.k.call("dup", fd, true))
	n, f := b.k.dup(fd)
	if f != ok {
		return -1, f.bsd(b.p)
	}
	return n, 0
}
