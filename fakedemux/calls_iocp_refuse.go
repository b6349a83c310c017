package fakedemux

import (
	"fmt"

	"reactortest/demux/iocp"
)

// notSimulated refuses what Windows has and the simulation does not have; see
// Kernel.NotSimulated.
func (k *Kernel) notSimulated(what string) iocp.Errno { return k.refuse(what).winsock() }

// refuses says why an operation with these arguments can not be started, 0 if it can.
// An hEvent would be signaled, and with its lowest bit set it keeps the packet back
// (GetQueuedCompletionStatus, lpOverlapped): the simulation has no events.
func (w windowsCalls) refuses(op *iocp.Operation, kind operationKind) iocp.Errno {
	if op == nil {
		return 0
	}
	if op.Overlapped.Event != 0 {
		return w.k.notSimulated("hEvent of an OVERLAPPED")
	}
	if op.Flags == 0 || kind != operationRecv && kind != operationSend { // the others have no flags
		return 0
	}
	unknown := op.Flags
	for i := range winsockFlags {
		f := &winsockFlags[i]
		switch {
		case op.Flags&f.bit == 0:
		case kind == operationRecv && !f.recv, kind == operationSend && !f.send: // WSARecv and WSASend, WSAEOPNOTSUPP
			return iocp.WSAEOPNOTSUPP
		case !f.taken:
			return w.k.notSimulated(f.name)
		}
		unknown &^= f.bit
	}
	if unknown != 0 {
		return w.k.notSimulated(fmt.Sprintf("flag %#x of a message", unknown&-unknown))
	}
	return 0
}
