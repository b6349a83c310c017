package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/epolls"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/kqueues"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// Flags of open(2) beside the access mode; asm-generic/fcntl.h.
const (
	openCreate     = 0x40
	openExclusive  = 0x80
	openTruncate   = 0x200
	openTTY        = 0x100 // O_NOCTTY
	linuxOpenKnown = 3 | openCreate | openExclusive | openTruncate | openTTY | flagAppend | flagLarge | flagDirectory | flagNoAtime | epoll.NonBlock | epoll.CloseOnExec
)

// Open is open(2), with the flags of Linux. A run begins with two directories, / and
// /tmp, and the working directory is /. O_CREAT makes a file that everybody may read and
// write. Open returns EINVAL for a flag that the simulation does not have, and
// ENOTSIMULATED for a FIFO, which only BSD.Mkfifo makes.
func (l Linux) Open(path string, flags int) (int, epoll.Errno) {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "open", Handle: -1})
	flags = machine.CInt(flags)
	switch {
	case path == "":
		return -1, epoll.ENOENT
	case flags&^linuxOpenKnown != 0, flags&openCreate != 0 && flags&flagDirectory != 0:
		return -1, epoll.EINVAL
	}
	if f := k.system.Room(1); f != errno.OK { // before it looks at the path; do_sys_openat2, Linux 6.18
		return -1, f.Linux()
	}
	v, f := k.openPath(path, flags)
	if f != errno.OK {
		return -1, f.Linux()
	}
	fd, file := k.system.AddFile(v, "open")
	d := file.Desc
	file.Mode = flags & 3
	if flags&openTruncate != 0 && len(v.Content) > 0 {
		k.system.SetSize(v, 0)
	}
	v.Tell(objects.ChangeOpened)
	d.Blocking = flags&epoll.NonBlock == 0
	d.Status = flags&(flagAppend|flagNoAtime|flagDirectory) | flagLarge
	k.closeOnExec(fd, flags)
	return fd, 0
}

// openPath returns the file that a path names, or why it cannot be opened. It makes
// one if the flags say so.
func (k *Kernel) openPath(path string, flags int) (*objects.Vnode, errno.Failure) {
	dir, name, v, f := k.system.FindFile(path)
	isNew := flags&(openCreate|openExclusive) == openCreate|openExclusive
	switch {
	case f != errno.OK:
		return nil, f
	case v == nil && flags&openCreate == 0:
		return nil, errno.NotFound
	case v == nil:
		v = objects.NewVnode(objects.VnodeFile)
		dir.Enter(name, v)
		dir.Tell(objects.ChangeWritten)
	case isNew:
		return nil, errno.Exists
	case v.Kind == objects.VnodeDirectory && (flags&3 != objects.ReadOnly || flags&(openCreate|openTruncate) != 0):
		return nil, errno.IsDirectory
	case v.Kind != objects.VnodeDirectory && flags&flagDirectory != 0:
		return nil, errno.NoDirectory
	case v.Kind == objects.VnodeSocket:
		return nil, errno.NoSuchDevice
	case v.Kind == objects.VnodeFifo:
		return nil, k.system.Refuse("FIFO that Linux opens")
	}
	return v, errno.OK
}

// Unlink is unlink(2): the name is free again, and the file stays while it is open.
func (l Linux) Unlink(path string) epoll.Errno { return l.k.unlink(path, errno.IsDirectory).Linux() }

// unlink is unlink(2), which fails for a directory with directory.
func (k *Kernel) unlink(path string, directory errno.Failure) errno.Failure {
	k.system.Tasks.Switch(scheduler.Call{Name: "unlink", Handle: -1})
	dir, name, v, f := k.system.FindFile(path)
	switch {
	case path == "":
		return errno.NotFound
	case f != errno.OK:
		return f
	case v == nil:
		return errno.NotFound
	case v.Kind == objects.VnodeDirectory:
		return directory
	}
	dir.Leave(name)
	dir.Tell(objects.ChangeWritten)
	k.system.LostName(v, false)
	return errno.OK
}

// Lseek is lseek(2) with SEEK_SET 0, SEEK_CUR 1 and SEEK_END 2.
func (l Linux) Lseek(fd int, offset int64, whence int) (int64, epoll.Errno) {
	d := l.k.system.Step("lseek", fd, false)
	if d == nil {
		return -1, epoll.EBADF
	}
	if whence = machine.CInt(whence); whence < 0 || whence > 2 {
		return -1, epoll.EINVAL
	}
	switch o := d.Object.(type) {
	case *objects.OpenFile:
		if whence == 2 && o.V.Kind == objects.VnodeDirectory { // where a directory ends depends on the file system
			return -1, epoll.EINVAL
		}
		switch whence {
		case 1:
			offset += int64(o.Offset)
		case 2:
			offset += int64(len(o.V.Content))
		}
		if offset < 0 || offset > objects.MaxFile && o.V.Kind != objects.VnodeDirectory {
			return -1, epoll.EINVAL
		}
		o.Offset = int(offset)
		return offset, 0
	default:
		if !canSeek(o) {
			return -1, errno.NoSeek.Linux()
		}
		return 0, 0
	}
}

// canSeek reports whether lseek(2) is possible, though it may change nothing;
// noop_llseek, Linux 6.18.
func canSeek(o machine.Object) bool {
	switch o.(type) {
	case *objects.Eventfd, *epolls.Instance, *objects.Timerfd:
		return true
	default:
		_, isFile := o.(*objects.OpenFile)
		return isFile
	}
}

// Sendfile is sendfile(2) from a regular file. With a nil offset it reads at the offset
// of the file, and moves that.
func (l Linux) Sendfile(out, in int, offset *int64, count int) (int, epoll.Errno) {
	k := l.k
	call := k.system.Call("sendfile", out, false)
	k.system.Tasks.Switch(call)
	for {
		n, e, restart := k.sendfile(call, out, in, offset, count)
		if !restart {
			return n, e
		}
	}
}

// sendfile is Sendfile once. restart is as of readBlocked.
func (k *Kernel) sendfile(call scheduler.Call, out, in int, offset *int64, count int) (n int, e epoll.Errno, restart bool) {
	from, to := k.system.Lookup(in), k.system.Lookup(out)
	if from == nil || !objects.CanRead(from.Object) {
		return -1, epoll.EBADF, false
	}
	source, isFile := from.Object.(*objects.OpenFile)
	if offset != nil && !isFile {
		return -1, errno.NoSeek.Linux(), false
	}
	if offset != nil && *offset < 0 || count < 0 {
		return -1, epoll.EINVAL, false
	}
	if to == nil || !objects.CanWrite(to.Object) {
		return -1, epoll.EBADF, false
	}
	w, isPipe := to.Object.(*objects.PipeWriter)
	switch {
	case isPipe && w.P.Reader == nil: // splice_file_to_pipe looks for room first
		return -1, errno.BrokenPipe.Linux(), false
	case isPipe && w.P.Full() && !to.Blocking:
		return -1, epoll.EAGAIN, false
	case isPipe && isFile && source.V.Kind != objects.VnodeDirectory:
	case to.Status&flagAppend != 0 || !canSeek(from.Object):
		return -1, epoll.EINVAL, false
	case count == 0:
		return 0, 0, false
	case !isFile || source.V.Kind == objects.VnodeDirectory:
		return -1, epoll.EINVAL, false
	}
	return k.copyFile(call, to, source, offset, count)
}

// copyFile is sendfile(2) of a file. restart is as of readBlocked.
func (k *Kernel) copyFile(call scheduler.Call, to *machine.Description, source *objects.OpenFile, offset *int64, count int) (n int, e epoll.Errno, restart bool) {
	at := source.Offset
	if offset != nil {
		at = int(min(*offset, objects.MaxFile))
	}
	var f errno.Failure
	if w, isPipe := to.Object.(*objects.PipeWriter); isPipe && w.P.Bsd.Size == 0 {
		n, f, restart = w.Splice(to, call, source.V, at, count)
	} else if b := source.V.From(at, count); len(b) > 0 {
		n, f = k.copyTo(to, call, b)
	}
	switch {
	case f != errno.OK:
		return -1, f.Linux(), restart
	case n == 0:
		return 0, 0, false
	}
	if offset != nil {
		*offset += int64(n)
	} else {
		source.Offset = at + n
	}
	return n, 0, false
}

// copyTo writes b to what sendfile(2) can write to.
func (k *Kernel) copyTo(to *machine.Description, call scheduler.Call, b []byte) (int, errno.Failure) {
	switch to.Object.(type) {
	case *epolls.Instance, *kqueues.Instance, *objects.Timerfd, *objects.Eventfd:
		return 0, errno.Invalid
	}
	for {
		n, f := to.Object.Write(b)
		if !to.Blocking || f == errno.OK && n == len(b) {
			return n, f
		}
		n, f, restart := writeRest(to, call, b, n, f)
		if !restart {
			return n, f
		}
	}
}

// Rlimit is a struct rlimit.
type Rlimit struct{ Cur, Max uint64 }

// Unlimited is RLIM_INFINITY.
const Unlimited = ^uint64(0)

// Resources of getrlimit(2), with the numbers of Linux.
const (
	ResourceFiles = 7  // RLIMIT_NOFILE
	resources     = 16 // RLIM_NLIMITS
)

// Getrlimit is getrlimit(2). RLIMIT_NOFILE is Options.Descriptors; a task outside the
// program with a table of its own has Options.World. Nothing else is limited.
func (l Linux) Getrlimit(resource int) (Rlimit, epoll.Errno) {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "getrlimit", Handle: -1, Reads: true})
	switch resource = machine.CInt(resource); {
	case resource < 0 || resource >= resources:
		return Rlimit{}, epoll.EINVAL
	case resource == ResourceFiles:
		n := uint64(k.processLimit())
		return Rlimit{n, n}, 0
	default:
		return Rlimit{Unlimited, Unlimited}, 0
	}
}
