package fakedemux

import (
	"errors"
	"fmt"

	"reactortest/demux"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// The longest paths of sockets in bytes, without the NUL behind them: sun_path of
// unix(7), and of sys/un.h of the BSDs.
const (
	linuxPath = 107
	bsdPath   = 103
)

// ListenUnix is socket(2), bind(2) and listen(2). It returns errors.ErrUnsupported in the
// dialect of Windows. The file system is that of Linux.Open and BSD.Open: when a run
// begins, it has the directories / and /tmp. A path that is too long, or empty, is EINVAL.
func (k *Kernel) ListenUnix(path string, backlog int) (demux.Handle, error) {
	s, h, err := k.namedSocket("ListenUnix", "listen", "bind", path)
	if err != nil {
		return demux.NoHandle, err
	}
	if f := k.system.BindStream(s, &objects.Sockaddr{Family: objects.FamilyUnix, Path: path}); f != errno.OK {
		k.system.CloseFile(handleFD(h))
		return demux.NoHandle, k.err("bind", f)
	}
	if f := k.system.Listen(s.Desc, s, objects.BacklogOf(backlog)); f != errno.OK {
		k.system.CloseFile(handleFD(h))
		return demux.NoHandle, k.err("listen", f)
	}
	return h, nil
}

// ConnectUnix is socket(2) and connect(2), which has finished when it returns. It returns
// errors.ErrUnsupported in the dialect of Windows. While the backlog of the listener is
// full, it returns demux.ErrAgain in the dialects of Linux, and ECONNREFUSED in those of
// the BSDs: sonewconn fails in unp_connectat.
func (k *Kernel) ConnectUnix(path string) (demux.Handle, error) {
	s, h, err := k.namedSocket("ConnectUnix", "connect", "connect", path)
	if err != nil {
		return demux.NoHandle, err
	}
	to := objects.Sockaddr{Family: objects.FamilyUnix, Path: path}
	f := k.system.ConnectUnix(s, to.UnixName())
	if f == errno.Again && k.bsd() != nil {
		f = errno.ConnRefused
	}
	if f != errno.OK {
		k.system.CloseFile(handleFD(h))
		return demux.NoHandle, k.err("connect", f)
	}
	return h, nil
}

// RemoveUnix is unlink(2), whatever the path names. It returns errors.ErrUnsupported in
// the dialect of Windows.
func (k *Kernel) RemoveUnix(path string) error {
	if k.dialect.winsock {
		return fmt.Errorf("fakedemux: RemoveUnix: %w", errors.ErrUnsupported)
	}
	directory := errno.IsDirectory
	if k.bsd() != nil { // unlink(2), EPERM
		directory = errno.NotPermitted
	}
	return k.err("unlink", k.unlink(path, directory))
}

// namedSocket makes the stream socket of a method that gets a path. name is the step that
// the method is, and call refuses the path.
func (k *Kernel) namedSocket(method, name, call, path string) (*objects.Stream, demux.Handle, error) {
	if k.dialect.winsock {
		return nil, demux.NoHandle, fmt.Errorf("fakedemux: %s: %w", method, errors.ErrUnsupported)
	}
	k.system.Tasks.Switch(scheduler.Call{Name: name, Handle: -1})
	most := linuxPath
	if k.bsd() != nil {
		most = bsdPath
	}
	if path == "" {
		return nil, demux.NoHandle, k.err(call, errno.Invalid)
	}
	if f := k.system.Room(1); f != errno.OK {
		return nil, demux.NoHandle, k.err("socket", f)
	}
	if len(path) > most {
		return nil, demux.NoHandle, k.err(call, errno.Invalid)
	}
	s := k.system.NewStream(false, objects.Fresh)
	return s, demux.Handle(k.system.AddStream(s, name)), nil
}
