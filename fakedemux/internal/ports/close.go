package ports

import (
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
)

// How the sends and receives in flight on a connection may end when its socket is
// closed: the alternatives of PointClosing.
//
//   - STATUS_CONNECTION_ABORTED is what clients of Windows see today: error 1236,
//     ERROR_CONNECTION_ABORTED (nim-lang/Nim pull request 4098; apache/pulsar-client-cpp
//     pull request 284, by way of Boost.Asio), ECONNABORTED in libuv (joyent/libuv pull
//     request 1373), SocketError.ConnectionAborted in .NET (dotnet/corefx issue 24677).
//   - STATUS_LOCAL_DISCONNECT is error 64, ERROR_NETNAME_DELETED (Stack Overflow
//     14499593; cppalliance/corosio issue 98).
//   - STATUS_CANCELLED is error 995, WSA_OPERATION_ABORTED, which the documentation has:
//     closesocket, Remarks.
//   - A close with a receive in flight is said to be abortive, too: the peer gets a RST
//     and loses what it has not read (toitlang/toit pull request 3221).
const (
	closingAborted = iota
	closingLocal
	closingCanceled
	ClosingReset
	closingWays
)

// closing asks with which status the sends and receives of v end, whose last handle
// was closed. Operations of listeners, connects and datagram sockets are canceled:
// SocketError.OperationAborted in .NET (dotnet/runtime issue 32142), and the
// documentation of closesocket.
func (v *overlapped) closing() iocp.Errno {
	d := v.desc
	s, isStream := d.Object.(*objects.Stream)
	if !isStream || s.State == objects.Connecting || s.State == objects.Unconnected {
		return iocp.StatusCancelled
	}
	switch d.Kernel.Which(machine.FaultClosing, closingWays) {
	case closingLocal:
		return iocp.StatusLocalDisconnect
	case closingCanceled:
		return iocp.StatusCancelled
	case ClosingReset:
		s.Linger = true
	}
	return iocp.StatusConnectionAborted
}

// abort is called when the last handle was closed. It ends all polls that ask about
// d, through whatever handle they were made, and then the operations. A poll about
// another socket that was made through d goes on: a poll belongs to the sockets that it
// asks about, not to the handle that it was made through (KillSelectsForFCB, ReactOS
// drivers/network/afd/afd/select.c). So closing a handle of AFD ends no poll.
func (v *overlapped) abort() {
	for len(v.polls) > 0 {
		v.polls[0].closed(v.desc)
	}
	var status iocp.Errno // 0: not asked
	for i := 0; i < len(v.inFlight); {
		o := v.inFlight[i]
		if o.Kind == OperationPoll {
			i++
			continue
		}
		if status == 0 {
			status = v.closing()
		}
		o.stopped(status)
	}
	if v.Accept != nil {
		v.Accept.canceled()
	}
}

// Shutdown is shutdown of a stream socket. Sending ends behind the sends in
// flight.
func (k *Ports) Shutdown(s *objects.Stream, read, write bool) errno.Failure {
	v := k.Of(s.Desc)
	later := write && v.Has(OperationSend)
	if f := s.Shutdown(read, write && !later); f != errno.OK {
		return f
	}
	v.Shut = v.Shut || later
	if s.ReadShut && s.Received.Len()+s.Flight.Len() > 0 && s.State == objects.Connected {
		s.Received.Clear()
		s.Reset()
	}
	return errno.OK
}
