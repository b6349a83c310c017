package fakedemux

import "reactortest/fakedemux/internal/machine"

// The choice points of the simulated kernel.
var (
	PointOrder     = machine.PointOrder
	PointDelay     = machine.PointDelay
	PointSplit     = machine.PointSplit
	PointDeliver   = machine.PointDeliver
	PointConnect   = machine.PointConnect
	PointShort     = machine.PointShort
	PointReset     = machine.PointReset
	PointInterrupt = machine.PointInterrupt
	PointLate      = machine.PointLate
	PointNoFile    = machine.PointNoFile
	PointNoSpace   = machine.PointNoSpace
	PointPacket    = machine.PointPacket
	PointCancel    = machine.PointCancel
	PointPolls     = machine.PointPolls
	PointClosing   = machine.PointClosing
	PointAgain     = machine.PointAgain
	PointShortRead = machine.PointShortRead
	PointSignal    = machine.PointSignal
	PointSpurious  = machine.PointSpurious
	PointGroup     = machine.PointGroup
	PointHold      = machine.PointHold
)
