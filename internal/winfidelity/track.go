package winfidelity

import (
	"reactortest/demux/iocp"
	"reactortest/internal/sequence"
)

// track keeps what the handles are, by what the simulation returned.
func (b *bench) track(c *Call, o *Outcome) {
	for len(b.handles) < int(c.Made)+ops[c.Op].makes {
		b.handles = append(b.handles, handle{port: sequence.None}) // also of calls that were taken out
	}
	for len(b.flights) <= int(c.Start) && ops[c.Op].starts {
		b.flights = append(b.flights, flight{compared: true})
	}
	if ops[c.Op].starts {
		b.flights[c.Start] = flight{call: *c, began: o.Word == pending, compared: o.Word != pending}
	}
	if o.Word != done && o.Word != pending {
		return
	}
	for i := range ops[c.Op].makes {
		b.handles[int(c.Made)+i] = handle{kind: made[c.Op], port: sequence.None, asked: All}
	}
	b.change(c)
}

// made is what the calls make.
var made = [opCount]kind{
	opPort: port, opAFD: afd, opListen: listener, opStream: fresh, opPair: stream, opConnect: busy, opAccept: stream, opSocket: fresh, opUDP: udp,
}

// change follows a handle that becomes another kind.
func (b *bench) change(c *Call) {
	h := b.at(c.Handle)
	switch c.Op { //nolint:exhaustive // the others change nothing
	case opAssociate:
		b.at(c.Other).port = c.Handle
	case opModes:
		h.skips = h.skips || c.Flags&iocp.SkipOnSuccess != 0
	case opCloseSocket, opCloseHandle:
		*h = handle{port: sequence.None}
	case opBind, opSendTo:
		h.bound = true
	case opAcceptEx, opAcceptReceive:
		s := b.at(c.Other)
		s.kind, s.asked, s.bare = busy, c.Start, true
	case opConnectEx, opConnectSend:
		h.kind, h.asked, h.bare = busy, c.Start, true
	case opUpdateAccepted, opUpdateConnected:
		h.bare = false
	}
}

// look updates what the simulation has of the handles.
func (b *bench) look() {
	for i := range b.handles {
		h := &b.handles[i]
		r := sequence.Ref(i)
		switch {
		case h.kind == port:
			for len(h.epochs) < b.simulated.Packets(b.simulated.handle(r)) {
				h.epochs = append(h.epochs, b.made)
			}
		case sockets.has(h.kind):
			h.conditions = b.simulated.conditions(r)
			if h.kind == busy && h.conditions&iocp.PollConnect != 0 {
				h.kind = stream
			}
			if h.kind == busy && h.asked >= 0 && accepts(b.flights[h.asked].call.Op) && !b.simulated.inFlight(h.asked) {
				h.kind = fresh // it was canceled
			}
		}
	}
}

// accepts reports whether a call is an AcceptEx.
func accepts(o Op) bool { return o == opAcceptEx || o == opAcceptReceive }

// connects reports whether a call is a ConnectEx.
func connects(o Op) bool { return o == opConnectEx || o == opConnectSend }
