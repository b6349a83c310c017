package fakedemux_test

// winMoreFacts are facts about the calls that the backend does not make, and about
// what packets carry.
var winMoreFacts = []winFact{
	{
		name: "the packet of a poll has a number of bytes",
		why:  "fill_poll_output, Wine dlls/ntdll/unix/socket.c: the header of an AFD_POLL_INFO, 16 bytes, and 16 for each handle reported",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q SEND = SEND", "getn p 1 100 = q 32",
			"poll f a r RECEIVE = pending", "write b x = 1", "getn p 1 100 = r 32", "poll f a s DISCONNECT 0 = nothing", "getn p 1 100 = s 16",
			"poll f a t DISCONNECT 5 = pending", "getn p 1 1000 = t 16",
		},
	},
	{
		name: "the packet of a canceled poll has no bytes",
		why:  "observed on Wine 8.0; ReactOS counts the handles that were asked about, as it always does: SignalSocket, drivers/network/afd/afd/select.c",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "poll f a q RECEIVE = pending", "cancelafd f q = OK", "getn p 1 100 = q 0",
		},
	},
	{
		name: "the status is pending until the packet is dequeued",
		why:  "a pending request of a handle with a port is completed by the thread that dequeues it; see publish",
		wine: "the status is written by an APC, which may come before",
		now:  true,
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 9 = pending", "write b x = 1",
			"status r = pending", "get p 1 100 = 7 r OK 1", "status r = OK",
			"poll f a q RECEIVE = pending", "write b x = 1", "status q = pending", "get p 1 100 = 1 q OK RECEIVE", "status q = OK",
		},
	},
	{
		name: "the status of what finishes in the call is there when it returns",
		why:  "WSARecv and WSASend: the operation has completed when the call returns 0; observed on Wine 8.0",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "send a w abc = OK 3", "status w = OK", "write b hi = 2", "recv a r 9 = OK 2", "status r = OK",
			"get p 2 100 = 7 w OK 3, 7 r OK 2",
		},
	},
	{
		name: "the status without a port is there when the operation ends",
		why:  "OVERLAPPED, Internal: the status of a completed request; observed on Wine 8.0",
		lines: []string{
			"pair a b = OK", "recv a r 9 = pending", "status r = pending", "write b x = 1", "port p = OK", "get p 1 20 = WAIT_TIMEOUT", "status r = OK", "data r = x",
		},
	},
	{
		name: "another attempt after a refusal",
		why:  "ConnectEx, Remarks: after WSAECONNREFUSED the application can call ConnectEx again on the same socket",
		wine: "the socket below has the error of the first attempt: WSAECONNABORTED",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "close l = OK", "stream s = OK", "associate p s 7 = OK", "connectex s l o = pending", "get p 1 5000 = 7 o CONNECTION_REFUSED 0",
			"listen k 4 = OK", "connectex s k o2 = pending", "get p 1 1000 = 7 o2 OK 0",
		},
	},
	{
		name: "a full backlog refuses",
		why:  `listen, Remarks: "if a connection request arrives when the queue is full, the client will receive an error with an indication of WSAECONNREFUSED"`,
		wine: "the backlog is Linux's",
		lines: []string{
			"port p = OK", "listen l 2 = OK", "stream a = OK", "stream b = OK", "stream c = OK", "associate p a 1 = OK", "associate p b 2 = OK", "associate p c 3 = OK",
			"connectex a l oa = pending", "get p 1 100 = 1 oa OK 0", "connectex b l ob = pending", "get p 1 100 = 2 ob OK 0",
			"connectex c l oc = pending", "get p 1 5000 = 3 oc CONNECTION_REFUSED 0", "accept l s = OK", "connectex c l oc = pending", "get p 1 100 = 3 oc OK 0",
		},
	},
	{
		name: "a backlog of 0 is 1",
		why:  "Winsock 1.1, listen: illegal values are replaced by the nearest legal value",
		wine: "the backlog is Linux's",
		lines: []string{
			"port p = OK", "listen l 0 = OK", "stream a = OK", "stream b = OK", "associate p a 1 = OK", "associate p b 2 = OK",
			"connectex a l oa = pending", "get p 1 100 = 1 oa OK 0", "connectex b l ob = pending", "get p 1 5000 = 2 ob CONNECTION_REFUSED 0",
		},
	},
	{
		name: "a poll of several sockets finds all that holds",
		why:  "IOCTL_AFD_POLL, NumberOfHandles; select of Wine dlls/ws2_32/socket.c makes such polls",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "pair c d = OK", "write b x = 1",
			"pollmany f q a:RECEIVE c:RECEIVE|SEND d:RECEIVE = a:RECEIVE c:SEND", "get p 1 = WAIT_TIMEOUT",
		},
	},
	{
		name: "a poll of several sockets waits for the first",
		why:  "complete_async_polls, Wine server/sock.c",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "pair a b = OK", "pair c d = OK", "pollmany f q a:RECEIVE c:RECEIVE|DISCONNECT = pending",
			"shutdown d = OK", "get p 1 100 = 1 q OK c:DISCONNECT", "write b x = 1", "get p 1 20 = WAIT_TIMEOUT",
			"pollmany f q c:RECEIVE d:RECEIVE = pending", "closesocket d = OK", "get p 1 100 = 1 q OK d:LOCAL_CLOSE",
		},
	},
	{
		name: "urgent data",
		why:  "AFD_POLL_RECEIVE_EXPEDITED; WSASend and WSARecv, MSG_OOB",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "associate p a 7 = OK", "modes a skip = OK",
			"poll f b q EXPEDITED = pending", "poll f b r RECEIVE = pending", "oobsend a w x = OK 1", "get p 4 100 = 1 q OK EXPEDITED", "poll f b q EXPEDITED|RECEIVE|SEND = EXPEDITED|SEND",
			"oobrecv b o 4 = OK 1", "data o = x", "poll f b q EXPEDITED = pending", "write a y = 1", "get p 1 100 = 1 r OK RECEIVE",
		},
	},
	{
		name: "a receive of urgent data waits for them",
		why:  "WSARecv, MSG_OOB: it processes out-of-band data, and overlapped it waits",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p b 7 = OK", "oobrecv b o 4 = pending", "recv b r 4 = pending", "oobsend a w x = OK 1",
			"get p 4 100 = 7 o OK 1", "write a y = 1", "get p 4 100 = 7 r OK 1", "data r = y",
		},
	},
	{
		name: "an accept with data",
		why:  "AcceptEx, dwReceiveDataLength: the operation does not complete until a connection is accepted and data is read",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "acceptrecv l s o 8 = pending", "connect l c = OK", "get p 1 20 = WAIT_TIMEOUT",
			"write c hello = 5", "get p 1 1000 = 7 o OK 5", "data o = hello", "updateaccept s l = OK", "write s hi = 2", "read c 4 = hi",
		},
	},
	{
		name: "an accept with data takes no more than it has room for",
		why:  "AcceptEx, dwReceiveDataLength",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "acceptrecv l s o 3 = pending", "connect l c = OK", "write c hello = 5",
			"get p 1 1000 = 7 o OK 3", "data o = hel", "updateaccept s l = OK", "read s 9 = lo",
		},
	},
	{
		name: "an accept with data, and the end comes first",
		why:  "AcceptEx, Remarks: a client that closes without data completes it, with 0 bytes",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "acceptrecv l s o 8 = pending", "connect l c = OK", "close c = OK",
			"get p 1 1000 = 7 o OK 0",
		},
	},
	{
		name: "an accept with data that ends in a reset",
		why:  "AcceptEx, WSAECONNRESET: terminated by the remote peer before the call was accepted; FD.Accept, Go internal/poll/fd_windows.go, ERROR_NETNAME_DELETED",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "acceptrecv l s o 8 = pending", "stream c = OK", "port q = OK", "associate q c 1 = OK",
			"connectex c l oc = pending", "get q 1 1000 = 1 oc OK 0", "linger c = OK", "closesocket c = OK", "get p 1 1000 = 7 o CONNECTION_RESET 0",
		},
	},
	{
		name: "an accept of what was reset while it waited",
		why:  "AcceptEx, WSAECONNRESET",
		wine: "the connection of the socket below is accepted",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "stream c = OK", "port q = OK", "associate q c 1 = OK", "connectex c l oc = pending",
			"get q 1 1000 = 1 oc OK 0", "linger c = OK", "closesocket c = OK", "socket l s = OK", "acceptex l s o = WSAECONNRESET", "get p 1 = WAIT_TIMEOUT",
			"connect l d = OK", "acceptex l s o = OK 0 or OK", "get p 1 100 = 7 o OK 0",
		},
	},
	{
		name: "two accepts with data take two connections",
		why:  "AcceptEx, Remarks: each call is about one connection",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "socket l u = OK", "acceptrecv l s o 8 = pending", "acceptrecv l u o2 8 = pending",
			"connect l c = OK", "connect l d = OK", "write d dd = 2", "get p 1 1000 = 7 o2 OK 2", "write c c = 1", "get p 1 1000 = 7 o OK 1",
		},
	},
	{
		name: "a connect with data",
		why:  "ConnectEx, lpSendBuffer: sent after the connection is there",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "stream s = OK", "associate p s 7 = OK", "connectsend s l o hello = pending", "get p 1 1000 = 7 o OK 5",
			"accept l c = OK", "read c 9 = hello",
		},
	},
	{
		name: "a connect with data that is refused",
		why:  "ConnectEx, WSAECONNREFUSED",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "close l = OK", "stream s = OK", "associate p s 7 = OK", "connectsend s l o hello = pending", "get p 1 5000 = 7 o CONNECTION_REFUSED 0",
		},
	},
	{
		name: "shutdown of sending",
		why:  "shutdown, SD_SEND: a FIN behind what was sent",
		lines: []string{
			"pair a b = OK", "shut a send = OK", "read b 1 = EOF", "port p = OK", "associate p a 7 = OK", "send a w x = WSAESHUTDOWN", "recv a r 4 = pending",
			"write b x = 1", "get p 1 100 = 7 r OK 1",
		},
	},
	{
		name: "shutdown of receiving",
		why:  "shutdown, SD_RECEIVE; WSARecv, WSAESHUTDOWN",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "shut a receive = OK", "recv a r 4 = WSAESHUTDOWN", "send a w x = OK 1", "read b 1 = x",
		},
	},
	{
		name: "data after a shutdown of receiving reset the connection",
		why:  "shutdown, Remarks: if data arrive subsequently, the connection is reset, since the data cannot be delivered",
		wine: "Linux takes them and drops them",
		lines: []string{
			"pair a b = OK", "shut a receive = OK", "write b x = 1", "write b y = ECONNRESET",
		},
	},
	{
		name: "unread data at a shutdown of receiving reset the connection",
		why:  "shutdown, Remarks: if there is still data queued waiting to be received, the connection is reset",
		wine: "Linux keeps them",
		lines: []string{
			"pair a b = OK", "write b x = 1", "shut a receive = OK", "write b y = ECONNRESET", "read b 1 = ECONNRESET",
		},
	},
	{
		name: "shutdown of both",
		why:  "shutdown, SD_BOTH; comp.programming.threads, July 2011: it does not end the operations in flight",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "recv a r 4 = pending", "shut a both = OK", "get p 1 20 = WAIT_TIMEOUT", "read b 1 = EOF",
			"recv a r2 4 = WSAESHUTDOWN", "send a w x = WSAESHUTDOWN", "close b = OK", "get p 1 100 = 7 r OK 0",
		},
	},
	{
		name: "a poll after a shutdown of receiving",
		why:  "AfdDisconnect, ReactOS drivers/network/afd/afd/main.c: the receive event is cleared",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "pair a b = OK", "shut a receive = OK", "poll f a q RECEIVE|DISCONNECT = pending",
			"shutdown b = OK", "get p 1 100 = 1 q OK DISCONNECT",
		},
	},
	{
		name: "a close that lingers for no time resets",
		why:  "closesocket, Remarks: SO_LINGER with a zero timeout: the virtual circuit is reset",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p b 7 = OK", "recv b r 4 = pending", "linger a = OK", "closesocket a = OK", "get p 1 100 = 7 r CONNECTION_RESET 0",
		},
	},
	{
		name: "disconnect",
		why:  "DisconnectEx: closes the connection, behind what was sent",
		wine: "DisconnectEx is not there in every version",
		lines: []string{
			"port p = OK", "pair a b = OK", "associate p a 7 = OK", "send a w hello = OK 5", "get p 1 100 = 7 w OK 5", "disconnectex a o = OK 0", "get p 1 100 = 7 o OK 0",
			"read b 9 = hello", "read b 9 = EOF", "send a w x = WSAESHUTDOWN",
		},
	},
	{
		name: "disconnect and use again",
		why:  "DisconnectEx, TF_REUSE_SOCKET: the socket can be passed to AcceptEx or ConnectEx again",
		wine: "DisconnectEx is not there in every version",
		lines: []string{
			"port p = OK", "listen l 4 = OK", "associate p l 7 = OK", "socket l s = OK", "associate p s 8 = OK", "connect l c = OK", "acceptex l s o = OK", "get p 1 100 = 7 o OK 0",
			"updateaccept s l = OK", "disconnectex s d reuse = pending", "read c 1 = EOF", "get p 1 20 = WAIT_TIMEOUT", "close c = OK", "get p 1 100 = 8 d OK 0",
			"recv s r 1 = WSAENOTCONN", "connect l e = OK", "acceptex l s o = OK", "get p 1 100 = 7 o OK 0", "updateaccept s l = OK", "write e again = 5", "read s 9 = again",
		},
	},
	{
		name: "disconnect: mistakes",
		why:  "DisconnectEx, WSAENOTCONN, WSAEINVAL, WSAENOTSOCK",
		wine: "DisconnectEx is not there in every version",
		lines: []string{
			"stream s = OK", "disconnectex s o = WSAENOTCONN", "pair a b = OK", "disconnectex a o other = WSAEINVAL", "disconnectex none o = WSAENOTSOCK",
		},
	},
	{
		name: "bind",
		why:  "bind, WSAEINVAL: already bound; WSAEADDRINUSE; getsockname, WSAEINVAL: not bound",
		lines: []string{
			"stream s = OK", "addr s = WSAEINVAL", "bind s = OK", "addr s = OK", "bind s = WSAEINVAL", "stream u = OK", "bind u s = WSAEADDRINUSE", "bind u = OK",
			"listen l 2 = OK", "stream v = OK", "bind v l = WSAEADDRINUSE", "bind l = WSAEINVAL", "bind none = WSAENOTSOCK", "addr l = OK", "addr none = WSAENOTSOCK",
			"closesocket s = OK", "port p = OK", "associate p u 1 = OK", "connectex u l o = pending", "get p 1 100 = 1 o OK 0", "bind u = WSAEINVAL", "addr u = OK",
		},
	},
}

// winDatagramFacts are facts about UDP.
var winDatagramFacts = []winFact{
	{
		name: "a message",
		why:  "WSASendTo and WSARecvFrom: one message, and who sent it",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind a = OK", "bind b = OK", "associate p a 1 = OK", "associate p b 2 = OK", "sendto a b w hello = OK 5",
			"recvfrom b r 9 = OK 5", "data r = hello", "from r a = OK", "get p 2 100 = 1 w OK 5, 2 r OK 5",
		},
	},
	{
		name: "a receive that waits for a message",
		why:  "WSARecvFrom; messages keep their boundaries, in the order of their arrival",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind b = OK", "associate p b 2 = OK", "recvfrom b r 9 = pending", "recvfrom b r2 9 = pending", "sendto a b w one = OK 3",
			"sendto a b w two = OK 3", "get p 1 100 = 2 r OK 3", "get p 1 100 = 2 r2 OK 3", "data r = one", "data r2 = two", "from r a = OK",
		},
	},
	{
		name: "a message that does not fit",
		why:  "WSARecvFrom, WSAEMSGSIZE: the rest is lost; as the status of a packet it is the warning STATUS_BUFFER_OVERFLOW",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind b = OK", "associate p b 2 = OK", "recvfrom b r 2 = pending", "sendto a b w hello = OK 5",
			"get p 1 100 = 2 r BUFFER_OVERFLOW 2", "data r = he", "sendto a b w x = OK 1", "recvfrom b r 9 = OK 1", "get p 1 100 = 2 r OK 1",
		},
	},
	{
		name: "a message that does not fit, in the call",
		why:  "a warning is no error: the operation has started, and its packet comes (Stack Overflow, answer 5500630); with skip on success clients can not rely on it: uv_wsarecvfrom_workaround, libuv src/win/winsock.c",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind b = OK", "associate p b 2 = OK", "sendto a b w hello = OK 5", "recvfrom b r 2 = WSAEMSGSIZE", "get p 1 100 = 2 r BUFFER_OVERFLOW 2",
		},
	},
	{
		name: "an empty message",
		why:  "WSASendTo, Remarks: a message of zero bytes is sent",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind b = OK", "associate p b 2 = OK", "recvfrom b r 4 = pending", "sendto a b w  = OK 0", "get p 1 100 = 2 r OK 0", "from r a = OK",
		},
	},
	{
		name: "a message that finds nobody",
		why:  "WSARecvFrom, WSAECONNRESET: a previous send has resulted in an ICMP port unreachable message, on a UDP socket; in a packet it is STATUS_PORT_UNREACHABLE",
		wine: "Linux tells it on a connected socket only, and as a refusal",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind a = OK", "bind b = OK", "associate p a 1 = OK", "recvfrom a r 4 = pending", "close b = OK", "sendto a b w x = OK 1",
			"get p 2 100 = 1 w OK 1, 1 r PORT_UNREACHABLE 0", "sendto a b w x = OK 1", "get p 1 100 = 1 w OK 1", "recvfrom a r 4 = WSAECONNRESET", "recvfrom a r 4 = pending",
		},
	},
	{
		name: "polls of a UDP socket",
		why:  "AFD_POLL_RECEIVE, AFD_POLL_SEND; select, Remarks",
		lines: []string{
			"port p = OK", "afd f = OK", "associate p f 1 = OK", "modes f skip = OK", "udp a = OK", "udp b = OK", "bind b = OK",
			"poll f b q RECEIVE|SEND = SEND", "poll f b q RECEIVE = pending", "sendto a b w hi = OK 2", "get p 1 100 = 1 q OK RECEIVE",
			"poll f b q RECEIVE|SEND|DISCONNECT|ABORT = RECEIVE|SEND", "recvfrom b r 9 = OK 2", "poll f b q RECEIVE = pending", "closesocket b = OK", "get p 1 100 = 1 q OK LOCAL_CLOSE",
		},
	},
	{
		name: "closing a UDP socket cancels",
		why:  "closesocket, Remarks: WSA_OPERATION_ABORTED",
		wine: "the status is STATUS_HANDLES_CLOSED, 0x8000000A",
		lines: []string{
			"port p = OK", "udp b = OK", "bind b = OK", "associate p b 2 = OK", "recvfrom b r 4 = pending", "closesocket b = OK", "get p 1 100 = 2 r CANCELLED 0",
		},
	},
	{
		name: "canceling a receive of UDP",
		why:  "CancelIoEx",
		lines: []string{
			"port p = OK", "udp b = OK", "bind b = OK", "associate p b 2 = OK", "recvfrom b r 4 = pending", "cancel b r = OK", "get p 1 100 = 2 r CANCELLED 0",
		},
	},
	{
		name: "a connected UDP socket",
		why:  "WSAConnect, Remarks: WSASend and WSARecv use the default destination; WSASend, WSAENOTCONN",
		wine: "without one, the socket below wants an address, and that is WSAEINVAL",
		lines: []string{
			"port p = OK", "udp a = OK", "udp b = OK", "bind b = OK", "associate p a 1 = OK", "associate p b 2 = OK", "send a w x = WSAENOTCONN", "connectudp a b = OK",
			"send a w x = OK 1", "get p 1 100 = 1 w OK 1", "recv b r 4 = OK 1", "get p 1 100 = 2 r OK 1", "data r = x",
		},
	},
	{
		name: "UDP: mistakes",
		why:  "WSARecvFrom, WSAEINVAL: not bound; WSAENOTSOCK; shutdown and WSAESHUTDOWN",
		wine: "it binds for the receive",
		lines: []string{
			"udp a = OK", "udp b = OK", "recvfrom a r 4 = WSAEINVAL", "bind a = OK", "bind a = WSAEINVAL", "bind b a = WSAEADDRINUSE", "recvfrom none r 4 = WSAENOTSOCK",
			"shut a receive = OK", "recvfrom a r 4 = WSAESHUTDOWN", "shut a both = OK", "sendto a b w x = WSAESHUTDOWN", "shut a other = WSAEINVAL", "linger a = WSAENOPROTOOPT",
			"pair c d = OK", "recvfrom c r 4 = pending", "sendto d b w x = OK 1", "read d 1 = EAGAIN", "data r = x", "stream e = OK", "recvfrom e q 4 = WSAENOTCONN",
		},
	},
}
