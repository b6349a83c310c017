package fakedemux

import "reactortest/demux/iocp"

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
	closingReset
	closingWays
)

// closing asks with which status the sends and receives of v end, whose last handle
// was closed. Operations of listeners, connects and datagram sockets are canceled:
// SocketError.OperationAborted in .NET (dotnet/runtime issue 32142), and the
// documentation of closesocket.
func (v *overlapped) closing() iocp.Errno {
	d := v.desc
	s, isStream := d.object.(*stream)
	if !isStream || s.state == connecting || s.state == unconnected {
		return iocp.StatusCancelled
	}
	switch d.kernel.which(faultClosing, closingWays) {
	case closingLocal:
		return iocp.StatusLocalDisconnect
	case closingCanceled:
		return iocp.StatusCancelled
	case closingReset:
		s.linger = true
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
		if o.kind == operationPoll {
			i++
			continue
		}
		if status == 0 {
			status = v.closing()
		}
		o.stopped(status)
	}
	if v.accept != nil {
		v.accept.canceled()
	}
}

// shutdown is shutdown of a stream socket. Sending ends behind the sends in
// flight.
func (k *ports) shutdown(s *stream, read, write bool) failure {
	v := k.of(s.desc)
	later := write && v.has(operationSend)
	if f := s.shutdown(read, write && !later); f != ok {
		return f
	}
	v.shut = v.shut || later
	if s.readShut && s.received.len()+s.flight.len() > 0 && s.state == connected {
		s.received.clear()
		s.reset()
	}
	return ok
}
