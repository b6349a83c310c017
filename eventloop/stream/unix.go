package stream

import (
	"errors"
	"fmt"
	"time"

	"reactortest/demux"
)

// ListenUnix accepts connections on a unix socket at path, which must not exist. It removes
// the file when the listener is closed. It returns errors.ErrUnsupported if the host is no
// demux.UnixHost, and otherwise as Listen does.
func (n *Net) ListenUnix(path string, handler *Handler) (*Listener, error) {
	if n.closed {
		return nil, demux.ErrClosed
	}
	if err := n.canOperate(); err != nil {
		return nil, err
	}
	host, err := n.unix("ListenUnix")
	if err != nil {
		return nil, err
	}
	h, err := host.ListenUnix(path, n.o.Backlog)
	if err != nil {
		return nil, err
	}
	l, err := n.listen(&Listener{net: n, handler: handler, handle: h, path: path})
	if err != nil {
		return nil, errors.Join(err, host.RemoveUnix(path))
	}
	return l, nil
}

// DialUnix connects to a unix socket, as Dial does to a TCP address. Options.Operations do not
// apply to the attempt to connect, which is over at once or fails.
func (n *Net) DialUnix(path string, timeout time.Duration, handler *Handler) (*Conn, error) {
	if handler == nil {
		panic("stream: DialUnix without a Handler")
	}
	if n.closed {
		return nil, demux.ErrClosed
	}
	host, err := n.unix("DialUnix")
	if err != nil {
		return nil, err
	}
	h, err := host.ConnectUnix(path)
	if err != nil {
		return nil, err
	}
	return n.dialed(h, timeout, handler)
}

func (n *Net) unix(name string) (demux.UnixHost, error) {
	host, can := n.host.(demux.UnixHost)
	if !can {
		return nil, fmt.Errorf("stream: %s: %w", name, errors.ErrUnsupported)
	}
	return host, nil
}

// remove removes the file of a listener.
func (l *Listener) remove() error {
	if l.path == "" {
		return nil
	}
	return l.net.host.(demux.UnixHost).RemoveUnix(l.path)
}
