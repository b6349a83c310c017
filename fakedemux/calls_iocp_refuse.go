package fakedemux

import (
	"fmt"

	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/ports"
)

// NotSimulated refuses what Windows has and the simulation does not have; see
// Kernel.NotSimulated.
func (k *Kernel) notSimulated(what string) iocp.Errno { return k.system.Refuse(what).Winsock() }

// refuses says why an operation with these arguments can not be started, 0 if it can.
// An hEvent would be signaled, and with its lowest bit set it keeps the packet back
// (GetQueuedCompletionStatus, lpOverlapped): the simulation has no events.
func (w windowsCalls) refuses(op *iocp.Operation, kind ports.OperationKind) iocp.Errno {
	if op == nil {
		return 0
	}
	if op.Overlapped.Event != 0 {
		return w.k.notSimulated("hEvent of an OVERLAPPED")
	}
	if op.Flags == 0 || kind != ports.OperationRecv && kind != ports.OperationSend { // the others have no flags
		return 0
	}
	unknown := op.Flags
	for i := range ports.WinsockFlags {
		f := &ports.WinsockFlags[i]
		switch {
		case op.Flags&f.Bit == 0:
		case kind == ports.OperationRecv && !f.Recv, kind == ports.OperationSend && !f.Send: // WSARecv and WSASend, WSAEOPNOTSUPP
			return iocp.WSAEOPNOTSUPP
		case !f.Taken:
			return w.k.notSimulated(f.Name)
		}
		unknown &^= f.Bit
	}
	if unknown != 0 {
		return w.k.notSimulated(fmt.Sprintf("flag %#x of a message", unknown&-unknown))
	}
	return 0
}
