package stream

import (
	"errors"
	"fmt"
	"net/netip"

	"reactortest/demux"
	"reactortest/eventloop"
)

// datagramBatch is how many datagrams are taken in one dispatch.
const datagramBatch = 32

// SocketHandler has the callbacks of a Socket. A callback that is nil is not called.
type SocketHandler struct {
	// Data tells of a datagram, and where it comes from. b is valid during the call. What
	// does not fit into Options.ReadBuffer is lost.
	Data func(s *Socket, b []byte, from netip.AddrPort)
	// Writable tells that there is room again, after a SendTo that has returned
	// demux.ErrAgain.
	Writable func(s *Socket)
	// Failed tells of a receive that has failed, as when a datagram that was sent is refused.
	// The socket goes on.
	Failed func(s *Socket, err error)
}

// Socket sends and receives UDP datagrams. Only the loop's goroutine may call its methods.
type Socket struct {
	net     *Net
	host    demux.DatagramHost
	handler *SocketHandler
	handle  demux.Handle
	addr    netip.AddrPort
	watch   *eventloop.Registration
	blocked bool
	index   int // in net.sockets
	closed  bool
}

// ListenDatagrams makes a UDP socket on addr; with port 0 the system chooses the port. It
// returns errors.ErrUnsupported if the host is no demux.DatagramHost, demux.ErrClosed after
// Close or Shutdown of the Net, and otherwise errors of the host.
func (n *Net) ListenDatagrams(addr string, handler *SocketHandler) (*Socket, error) {
	if handler == nil {
		panic("stream: ListenDatagrams without a SocketHandler")
	}
	if n.closed {
		return nil, demux.ErrClosed
	}
	host, can := n.host.(demux.DatagramHost)
	if !can {
		return nil, fmt.Errorf("stream: ListenDatagrams: %w", errors.ErrUnsupported)
	}
	h, at, err := host.Datagram(addr)
	if err != nil {
		return nil, err
	}
	s := &Socket{net: n, host: host, handler: handler, handle: h, addr: at, index: len(n.sockets)}
	if s.watch, err = n.loop.Watch(h, demux.Readable, demux.Level, s.ready); err != nil {
		return nil, errors.Join(err, n.host.Close(h))
	}
	n.sockets = append(n.sockets, s)
	return s, nil
}

// Addr returns the address that the socket is bound to.
func (s *Socket) Addr() netip.AddrPort { return s.addr }

// SendTo sends b as one datagram. It returns demux.ErrAgain if the system has no room: the
// datagram is dropped, and Writable is called when there is room. It returns demux.ErrClosed
// after Close, and otherwise errors of the host.
func (s *Socket) SendTo(b []byte, to netip.AddrPort) error {
	if s.closed {
		return demux.ErrClosed
	}
	_, err := s.host.SendTo(s.handle, b, to)
	if later(err) {
		s.block(true)
		return demux.ErrAgain
	}
	return err
}

// block says whether the socket waits for room.
func (s *Socket) block(blocked bool) {
	if s.blocked == blocked {
		return
	}
	want := demux.Readable
	if blocked {
		want |= demux.Writable
	}
	if err := s.watch.Modify(want, demux.Level); err == nil {
		s.blocked = blocked
	}
}

func (s *Socket) ready(ev demux.Event) {
	if ev.Ready&demux.Writable != 0 && s.blocked {
		s.block(false)
		if s.handler.Writable != nil {
			s.handler.Writable(s)
		}
	}
	if ev.Ready&demux.Readable != 0 {
		s.receive()
	}
}

func (s *Socket) receive() {
	for range datagramBatch {
		if s.closed {
			return // by a callback
		}
		n, from, err := s.host.ReceiveFrom(s.handle, s.net.buffer)
		switch {
		case err == nil:
			if s.handler.Data != nil {
				s.handler.Data(s, s.net.buffer[:n], from)
			}
		case later(err):
			return
		default:
			if s.handler.Failed != nil {
				s.handler.Failed(s, err)
			}
			return
		}
	}
}

// Close closes the socket. A second Close returns demux.ErrClosed. Close and Shutdown of the
// Net close its sockets.
func (s *Socket) Close() error {
	if s.closed {
		return demux.ErrClosed
	}
	s.closed = true
	n := s.net
	last := n.sockets[len(n.sockets)-1]
	n.sockets[s.index], last.index = last, s.index
	n.sockets[len(n.sockets)-1] = nil
	n.sockets = n.sockets[:len(n.sockets)-1]
	return errors.Join(s.watch.Close(), n.host.Close(s.handle))
}
